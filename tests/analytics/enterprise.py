"""A small enterprise at work: intake, dispatch and analytics over HTTP on a simulation database."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg2

from libs.access.identity import Subject
from services.analytics import bootstrap as analytics
from services.analytics.settings import AnalyticsSettings
from services.dispatch import bootstrap as dispatch
from services.dispatch.settings import DispatchSettings
from services.intake import bootstrap as intake
from services.intake.settings import IntakeSettings
from tests.services.world import CENTRE, HANDLER, NATIONAL, World, sequencing, serving

PROCEDURES = Path(__file__).parents[2] / "procedures"
START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
STANDSTILL = 0.001
TEXT = "家里宽带三天没有网，客服每次都说已派人"
BUSINESS = {
    "level": "provincial",
    "category": "on-net-quality",
    "business": "fixed-phone",
    "customer_tier": "ordinary",
    "home": "henan",
}
ROLES = ("intake", "dispatch", "analytics", "relay")


class Enterprise(World):
    """The running services, the simulation's clock, and whoever speaks to them."""

    def __init__(self, dsn: str, keys: Path, urls: dict[str, str], analytics_dsn: str) -> None:
        super().__init__(dsn, keys, urls["intake"], urls["dispatch"])
        self.urls, self.analytics_dsn = urls, analytics_dsn
        self.analytics = httpx.Client(base_url=urls["analytics"], timeout=30)

    def close(self) -> None:
        super().close()
        self.analytics.close()

    def set_time(self, at: datetime | None, pace: float = STANDSTILL) -> None:
        """Jump forward to `at` (None: stay); from then on time goes at this pace."""
        with contextlib.closing(psycopg2.connect(self.dsn)) as session, session.cursor() as cursor:
            cursor.execute("SELECT events.set_clock(%s, %s)", (at, pace))
            session.commit()
        # Services look at the store's clock once a second; until then they would think it earlier.
        if at is not None:
            wait_until(lambda: self._time_of_dispatch() >= at)

    def _time_of_dispatch(self) -> datetime:
        headers = {"Authorization": f"Bearer {self.token(NATIONAL)}"}
        answer = self.dispatch.get("/work-list", params={"unit": "henan"}, headers=headers)
        return datetime.fromisoformat(answer.json()["as_of"])

    def now(self) -> datetime:
        moment = self.ask("SELECT events.now()")[0][0]
        assert isinstance(moment, datetime)
        return moment

    def pass_hours(self, hours: float) -> None:
        self.set_time(self.now() + timedelta(hours=hours))

    def complaint(self, province: str = "henan", **fields: Any) -> dict[str, Any]:
        """A provincial complaint taken at the province's hotline."""
        agent = Subject(staff="s-agent", role="agent", unit=f"{province}/hotline")
        told = {**BUSINESS, "content": TEXT, "recorded": True, **fields}
        found: dict[str, Any] = self.register(agent, **told)
        return found

    def do(self, complaint: str, action: str, subject: Subject, **body: Any) -> dict[str, Any]:
        """One step that must succeed."""
        answer = self.step(complaint, action, subject, **body)
        assert answer.is_success, answer.text
        done: dict[str, Any] = answer.json()
        return done

    def settle(self, complaint: str, **closing: Any) -> None:
        """The whole way of an order, from issuing to closing."""
        self.do(complaint, "issue-order", CENTRE, order="A", to="henan/network")
        self.do(complaint, "receive-order", HANDLER, order="A")
        fed = {"result": "solved", "text": "更换光猫后恢复"}
        self.do(complaint, "feed-back", HANDLER, order="A", to="henan/centre", **{"with": fed})
        answer = {"by": "phone", "text": "已告知客户故障修复"}
        self.do(complaint, "answer", CENTRE, **{"with": answer})
        self.do(complaint, "close", CENTRE, **{"with": {"outcome": "solved", **closing}})

    def asked(self, path: str, subject: Subject = NATIONAL, **query: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token(subject)}"}
        return self.analytics.get(path, params=query, headers=headers)

    def read(self, path: str, subject: Subject = NATIONAL, **query: str) -> Any:
        """An answer of analytics that must succeed."""
        answer = self.asked(path, subject, **query)
        assert answer.status_code == httpx.codes.OK, answer.text
        return answer.json()

    def caught_up(self) -> None:
        """Wait until the fact tables hold every event stored by now."""
        wanted = self.ask("SELECT coalesce(sum(version), 0) FROM events.streams")[0][0]
        seen = (
            "SELECT coalesce(sum(s.version), 0) FROM events.seen s JOIN events.builds b"
            " USING (build) WHERE b.projection = 'analytics-facts' AND b.state = 'live'"
        )
        wait_until(lambda: self.ask(seen)[0][0] >= wanted)


def wait_until(reached: Callable[[], bool], seconds: float = 20.0) -> None:
    """Poll until it holds; the deadline is for a broken product, it measures nothing."""
    by = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < by, "it never came about"
        time.sleep(0.02)


@contextlib.contextmanager
def enterprise(
    dsn: str, address: Callable[[str, str], str], keys: Path, **settings: Any
) -> Iterator[Enterprise]:
    """The services on this database, which becomes a simulation; `address` gives a role's login."""
    with contextlib.closing(psycopg2.connect(dsn)) as session, session.cursor() as cursor:
        cursor.execute("SELECT events.declare_simulation(%s, %s)", (START, STANDSTILL))
        session.commit()
    login = {role: address(f"redress_{role}", dsn) for role in ROLES}
    common: dict[str, Any] = {"keys": keys, "procedures": PROCEDURES, **settings}
    taking = IntakeSettings(
        database_url=login["intake"], default_procedure="telecom-complaint", **common
    )
    working = DispatchSettings(database_url=login["dispatch"], **common)
    reading = AnalyticsSettings(database_url=login["analytics"], **common)
    with contextlib.ExitStack() as stack:
        stack.enter_context(sequencing(login["relay"]))
        urls = {
            "intake": stack.enter_context(serving(intake.build(taking))),
            "dispatch": stack.enter_context(serving(dispatch.build(working))),
            "analytics": stack.enter_context(serving(analytics.build(reading))),
        }
        everybody = Enterprise(dsn, keys, urls, login["analytics"])
        stack.callback(everybody.close)
        yield everybody
