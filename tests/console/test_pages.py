"""Every page in a real browser: live, ticking, free of complaints, strangers and barriers."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from libs.access.identity import Subject
from tests.analytics.enterprise import Enterprise, wait_until
from tests.console.browsing import Watched
from tests.services.world import NATIONAL

pytestmark = pytest.mark.browser

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
BOTH = pytest.mark.parametrize("language", ["zh-Hans", "en"], indirect=True)
THEN = "axis=recorded&at=2026-03-02T09:30"
CHINESE = re.compile(r"[一-鿿]")


@BOTH
def test_every_page_is_free_of_barriers_complaints_and_strangers(
    watched: Watched, work: Enterprise, console_url: str, language: str
):
    case = work.read("/cases")["items"][0]["complaint"]
    paths = ["/", f"/cases/{case}", f"/cases/{case}?{THEN}"]
    if language == "zh-Hans":  # structure and colours do not depend on the language
        paths += [
            "/cases",
            "/work?unit=henan/network",
            f"/work?unit=henan&{THEN}",
            "/rates?by=level",
            "/login",
            "/no-such-page",
        ]
    for path in paths:
        watched.page.goto(console_url + path)
        for clock in watched.page.locator("details.clock summary").all():
            clock.click()
        found = Axe().run(watched.page, options={"runOnly": RULES}).response["violations"]
        assert [(path, each["id"], each["nodes"][0]["html"]) for each in found] == []
    own = {urlsplit(console_url).netloc}
    assert watched.hosts == own
    assert [text for text in watched.complaints if "404" not in text] == []


@BOTH
def test_no_word_is_left_in_the_other_language(
    watched: Watched, work: Enterprise, console_url: str, language: str
):
    case = work.read("/cases", status="closed")["items"][0]["complaint"]
    past = f"/cases/{case}?{THEN}"
    for path in ("/", "/cases", f"/cases/{case}", past, "/work?unit=henan", "/rates"):
        watched.page.goto(console_url + path)
        assert watched.page.locator("html").get_attribute("lang") == language
        # What customers and staff wrote, and quotations of a regulation, stay as they are.
        text = watched.page.evaluate(
            """() => { const page = document.body.cloneNode(true);
            page.querySelectorAll('.words, .said, blockquote, [lang]').forEach(n => n.remove());
            return page.textContent }"""
        )
        assert bool(CHINESE.search(text)) == (language == "zh-Hans"), path


def test_a_new_complaint_reaches_the_open_board_by_itself(
    watched: Watched, work: Enterprise, console_url: str
):
    watched.page.goto(console_url)
    expect(watched.page.locator("[data-live=on]")).to_be_visible()
    before = int(watched.page.locator("#total-open").inner_text())
    watched.page.evaluate("window.stayed = true")
    work.pass_hours(0.5)
    taken = work.complaint("yunnan")
    expect(watched.page.locator("#total-open")).to_have_text(str(before + 1))
    expect(watched.page.locator(".feed")).to_contain_text(taken["number"])
    assert watched.page.evaluate("window.stayed")
    local = work.now().astimezone(ZoneInfo("Asia/Shanghai")).strftime("%Y-%m-%d %H:")
    expect(watched.page.locator("[x-data=wallclock] span")).to_contain_text(local)


def test_the_board_keeps_the_keyboard_s_place_while_it_changes(
    watched: Watched, work: Enterprise, console_url: str
):
    watched.page.goto(console_url)
    expect(watched.page.locator("[data-live=on]")).to_be_visible()
    watched.page.locator("#tile-henan").focus()
    before = watched.page.locator("#total-open").inner_text()
    work.complaint()
    expect(watched.page.locator("#total-open")).not_to_have_text(before)
    assert watched.page.evaluate("document.activeElement.id") == "tile-henan"
    watched.page.keyboard.press("Enter")
    expect(watched.page).to_have_url(re.compile("province=henan"))


def test_a_countdown_runs_by_the_services_time(
    watched: Watched, work: Enterprise, console_url: str
):
    taken = work.complaint()["complaint"]
    work.set_time(None, pace=60)
    try:
        watched.page.goto(f"{console_url}/cases/{taken}")
        left = watched.page.locator(".countdown").first
        shown = left.inner_text()
        expect(left).not_to_have_text(shown)
        expect(watched.page.locator("[x-data=wallclock] span")).to_contain_text("2026-03-02")
    finally:
        work.set_time(None)


def test_a_case_explains_its_deadlines_with_the_keyboard_alone(
    watched: Watched, work: Enterprise, console_url: str
):
    taken = work.complaint()["complaint"]
    watched.page.goto(f"{console_url}/cases/{taken}")
    clock = watched.page.locator("#clock-answer-provincial--1")
    clock.locator("summary").focus()
    watched.page.keyboard.press("Enter")
    expect(clock.locator(".why")).to_be_visible()
    expect(clock.locator(".why")).to_contain_text("48")
    expect(clock.locator("tfoot")).to_contain_text("2")


def test_the_printed_case_opens_with_its_own_style_and_no_complaint(
    watched: Watched, work: Enterprise, console_url: str, tmp_path: Path
):
    taken = work.read("/cases", status="closed")["items"][0]["complaint"]
    watched.page.goto(f"{console_url}/cases/{taken}/export?format=html")
    expect(watched.page.locator("h1")).to_have_text("投诉处理案卷")
    border = watched.page.evaluate("getComputedStyle(document.querySelector('td')).borderTopStyle")
    assert border == "solid"
    assert watched.complaints == []


def test_signing_in_takes_a_good_token_and_refuses_any_other(
    browser: Browser, work: Enterprise, console_url: str
):
    context = browser.new_context(locale="zh-CN")
    page = context.new_page()
    page.goto(f"{console_url}/cases")
    expect(page).to_have_url(f"{console_url}/login")
    page.locator("#token").fill("not a token")
    page.locator("button.main").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.locator("#token").fill(work.token(NATIONAL))
    page.locator("button.main").click()
    expect(page.locator("#total-open")).to_be_visible()
    cookie = next(each for each in context.cookies() if each["name"] == "redress_token")
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    context.close()


def test_the_work_list_shows_what_a_unit_has_in_hand_with_its_running_clocks(
    watched: Watched, console_url: str
):
    watched.page.goto(f"{console_url}/work?unit=henan/network")
    rows = watched.page.locator("tbody tr")
    expect(rows).to_have_count(1)
    expect(rows.first.locator(".countdown")).to_have_count(1)
    watched.page.goto(f"{console_url}/work?unit=xinjiang/network")
    expect(watched.page.locator(".empty")).to_be_visible()


def test_a_page_of_the_past_says_so_and_stands_still(
    watched: Watched, work: Enterprise, console_url: str
):
    case = work.complaint()["complaint"]
    work.pass_hours(0.5)
    then = work.now()
    work.pass_hours(5)
    local = then.astimezone(ZoneInfo("Asia/Shanghai"))
    page = watched.page
    page.goto(f"{console_url}/cases/{case}")
    expect(page.locator(".past")).to_have_count(0)
    page.fill("#look-at", f"{local:%Y-%m-%dT%H:%M:%S}")
    page.select_option("#look-axis", "happened")
    page.click(".lookback button")
    expect(page.locator(".past")).to_contain_text(f"{local:%Y-%m-%d %H:%M:%S}")
    # Long overdue by now, in time then; and nothing on the page counts down.
    expect(page.locator("details.clock [data-tone=overdue]")).to_have_count(0)
    expect(page.locator("#content [x-data=countdown]")).to_have_count(0)
    page.click(".past a")
    expect(page.locator(".past")).to_have_count(0)
    expect(page.locator("details.clock .chip[data-tone=overdue]").first).to_be_visible()


def test_a_case_shows_other_complaints_of_its_customer_and_its_link(
    watched: Watched, work: Enterprise, console_url: str
):
    contact = "13800009876"
    earlier, later = (work.complaint(contact=contact)["complaint"] for _ in range(2))
    agent = Subject(staff="s-agent", role="agent", unit="henan/hotline")
    work.do(later, "link-repeat", agent, **{"with": {"earlier": earlier}})
    page = watched.page

    def shown() -> bool:
        page.goto(f"{console_url}/cases/{later}")
        return page.locator("section[aria-labelledby=repeats] li").count() > 0

    wait_until(shown)
    card = page.locator("section[aria-labelledby=repeats]")
    expect(card.locator(f"a[href='/cases/{earlier}']")).to_have_count(2)
    expect(card.locator(".tag.warn")).to_have_count(1)
