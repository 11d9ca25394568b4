"""Takes the pictures of the README from a running demo: `.venv/bin/python docs/pictures/take.py`.

First `take.py --prepare`, then start `redress demo` and let it play for a minute or two. Needs
Chromium and the test group's Playwright. Options: the console's address, the folder of the data.

`--prepare` gives the demo made-up texts: pictures are committed, customers' real words never are.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from redress.demo.texts import made_up

HERE = Path(__file__).parent
SIZE = {"width": 1440, "height": 900}
LANGUAGES = ("zh-Hans", "en")
PAGES = {"work": "/work?unit=henan", "cases": "/cases", "rates": "/rates"}
# The case that has most to tell.
MOST_TOLD = "tbody tr:has(.tag.bad) a[href^='/cases/']"


def main() -> None:
    """Write board, work list, list, case and rates, in each language."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--console", default="http://127.0.0.1:8600")
    parser.add_argument("--home", type=Path, default=Path("var/demo"))
    parser.add_argument("--prepare", action="store_true", help="made-up texts for the next demo")
    chosen = parser.parse_args()
    if chosen.prepare:
        kept = chosen.home.parent / "demo-texts" / "texts.txt"
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text("\n".join(made_up(500, seed=1)), encoding="utf-8")
        return
    accounts = json.loads((chosen.home / "run" / "demo-accounts.json").read_text(encoding="utf-8"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        case: str | None = None
        for language in LANGUAGES:
            case = take_all(browser, chosen.console, accounts[0]["token"], language, case)
        browser.close()


def take_all(browser: Browser, console: str, token: str, language: str, case: str | None) -> str:
    """Every picture in one language; returns the case shown, so that all show the same."""
    context = browser.new_context(viewport=SIZE, locale="zh-CN", timezone_id="Asia/Shanghai")
    cookies: list[Any] = [
        {"name": "redress_token", "value": token, "url": console},
        {"name": "redress_language", "value": language, "url": console},
    ]
    context.add_cookies(cookies)
    page = context.new_page()
    page.goto(console)
    page.locator("[data-live=on]").wait_for()
    save(page, "board", language)
    for name, path in PAGES.items():
        page.goto(console + path)
        save(page, name, language)
    if case is None:
        page.goto(f"{console}/cases?status=closed")
        late = page.locator(MOST_TOLD)
        found = late if late.count() else page.locator("tbody a[href^='/cases/']")
        case = str(found.first.get_attribute("href"))
    page.goto(console + case)
    page.locator("details.clock summary").first.click()
    save(page, "case", language, whole=True)
    context.close()
    return case


def save(page: Page, name: str, language: str, *, whole: bool = False) -> None:
    """One picture; a whole page may be longer than the window."""
    page.screenshot(path=HERE / f"{name}.{language}.png", full_page=whole)


if __name__ == "__main__":
    main()
