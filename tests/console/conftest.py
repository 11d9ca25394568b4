"""A small enterprise with the console before it, and a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from services.console import bootstrap as console
from services.console.settings import ConsoleSettings
from tests.analytics.enterprise import Enterprise, enterprise
from tests.console.browsing import Watched, chromium, visit
from tests.services.world import CENTRE, NATIONAL, serving


@pytest.fixture(scope="module")
def work(
    module_database: str,
    role_dsn_of: Callable[[str, str], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Enterprise]:
    """An enterprise with cases of every kind: in hand, late, returned to the customer, closed."""
    with enterprise(module_database, role_dsn_of, tmp_path_factory.mktemp("keys")) as working:
        _overdue, closed, in_hand = (working.complaint()["complaint"] for _ in range(3))
        working.settle(closed)
        working.pass_hours(4.5)
        working.do(in_hand, "issue-order", CENTRE, order="A", to="henan/network")
        working.complaint("hebei", customer_tier="vip")
        working.caught_up()
        yield working


@pytest.fixture(scope="module")
def console_url(work: Enterprise, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The console before that enterprise."""
    settings = ConsoleSettings(
        analytics_url=work.urls["analytics"],
        intake_url=work.urls["intake"],
        dispatch_url=work.urls["dispatch"],
        home=tmp_path_factory.mktemp("home"),
        board_seconds=0.1,
    )
    with serving(console.build(settings)) as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, for one module: its driver keeps an event loop running in this thread meanwhile."""
    with chromium() as found:
        yield found


@pytest.fixture
def language(request: pytest.FixtureRequest) -> str:
    """Simplified Chinese, or what a test is parametrised with."""
    code: str = getattr(request, "param", "zh-Hans")
    return code


@pytest.fixture
def watched(
    browser: Browser, work: Enterprise, console_url: str, language: str
) -> Iterator[Watched]:
    """A page of a visitor of the national centre."""
    context = visit(browser, console_url, work.token(NATIONAL), language)
    yield Watched(context.new_page())
    context.close()
