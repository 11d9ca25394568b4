"""Lists, the board and on-time closure: counted from facts that follow the feed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from libs.casework.registry import REGISTRY
from libs.casework.regulations import Regulations
from libs.events.postgres.database import Database
from libs.events.postgres.rebuild import Rebuild
from libs.events.postgres.store import EventStore
from services.analytics.projection import CaseFacts
from tests.analytics.enterprise import PROCEDURES, Enterprise, enterprise
from tests.services.world import CENTRE


@pytest.fixture
def work(
    fresh_database: str, role_dsn_of: Callable[[str, str], str], tmp_path: Path
) -> Iterator[Enterprise]:
    """Figures count everything there is: each test has its own enterprise."""
    with enterprise(fresh_database, role_dsn_of, tmp_path) as working:
        yield working


def test_the_board_counts_each_open_complaint_once_by_its_most_pressing_clock(work: Enterprise):
    in_hand = [work.complaint() for _ in range(3)]
    work.complaint("hebei")
    work.do(in_hand[0]["complaint"], "issue-order", CENTRE, order="A", to="henan/network")
    work.pass_hours(3.7)  # beyond 90 % of the four hours for dispatch
    work.caught_up()
    board = work.read("/board")
    henan = next(unit for unit in board["units"] if unit["unit"] == "henan")
    assert (henan["on_time"], henan["due_soon"], henan["overdue"]) == (1, 2, 0)
    assert board["totals"]["open"] == 4
    assert len(board["units"]) == 32
    assert board["urgent"][0]["clock"] == "dispatch-order"
    assert {event["type"] for event in board["latest"]} >= {"OrderIssued", "ComplaintRegistered"}


def test_a_complaint_open_and_past_its_limit_stays_in_the_denominator(work: Enterprise):
    kept, late, never = (work.complaint()["complaint"] for _ in range(3))
    work.settle(kept)
    work.pass_hours(49)
    work.settle(late)
    work.caught_up()
    rate = work.read("/rates/on-time", by="province")
    assert rate["total"]["without_extensions"] == {"numerator": 1, "denominator": 3, "pending": 0}
    assert [row["key"] for row in rate["rows"]] == ["henan"]
    assert work.read(f"/cases/{never}")["status"] == "open"


def test_a_closing_that_the_procedure_does_not_count_is_not_on_time(work: Enterprise):
    work.settle(work.complaint()["complaint"], outcome="not-agreed")
    work.settle(work.complaint()["complaint"], outcome="agreed-explanation")
    work.caught_up()
    total = work.read("/rates/on-time", by="channel")["total"]["without_extensions"]
    assert total == {"numerator": 1, "denominator": 2, "pending": 0}


def test_pages_of_the_list_hold_every_complaint_once_newest_first(work: Enterprise):
    taken = [work.complaint()["complaint"] for _ in range(5)]
    work.caught_up()
    seen: list[str] = []
    place: dict[str, str] = {}
    while True:
        page = work.read("/cases", limit="2", **place)
        seen += [case["complaint"] for case in page["items"]]
        if page["next"] is None:
            break
        place = {"after": page["next"]}
    assert seen == taken[::-1]


def test_the_list_is_filtered_by_number_place_and_standing(work: Enterprise):
    first, second = work.complaint(), work.complaint("hebei", level="general")
    work.settle(first["complaint"])
    work.caught_up()

    def found(**query: str) -> list[str]:
        return [case["complaint"] for case in work.read("/cases", **query)["items"]]

    assert found(province="hebei") == [second["complaint"]]
    assert found(number=first["number"]) == [first["complaint"]]
    assert found(status="closed") == [first["complaint"]]
    assert found(level="general", standing="on-time") == [second["complaint"]]
    assert found(standing="overdue") == []


def test_the_list_names_the_clock_that_the_case_itself_names(work: Enterprise):
    taken = work.complaint()["complaint"]
    work.caught_up()
    case = work.read(f"/cases/{taken}")
    listed = work.read("/cases")["items"][0]["next"]
    running = [clock for clock in case["clocks"] if clock["state"] == "open"]
    first = min(running, key=lambda clock: clock["due_at"])
    assert (listed["clock"], listed["due_at"]) == (first["clock"], first["due_at"])


def test_a_cursor_from_elsewhere_and_an_unknown_dimension_are_refused(work: Enterprise):
    assert work.asked("/cases", after="nonsense").status_code == 422
    assert work.asked("/rates/on-time", by="weather").status_code == 422


def test_metrics_give_numerator_and_denominator_from_the_start(work: Enterprise):
    text = work.analytics.get("/metrics").text
    child = 'redress_closures_counted{dimension="province",extensions="without",value="tibet"}'
    assert f"{child} 0.0" in text
    assert 'redress_closures_on_time{dimension="level"' in text
    assert 'redress_closures_on_time{dimension="channel",extensions="with",value="other"}' in text


def test_facts_made_again_from_nothing_are_the_same_facts(work: Enterprise):
    taken = work.complaint()["complaint"]
    work.settle(taken)
    called = {"reached": True, "satisfaction": "satisfied"}
    work.do(taken, "revisit", CENTRE, **{"with": called})
    work.complaint("hebei")
    work.caught_up()
    tables = ("cases", "cycles", "orders", "clocks", "revisits")
    assert all(work.ask(f"SELECT * FROM analytics.{name}") for name in tables)
    database = Database(work.dsn, application_name="test-rebuild")
    try:
        store = EventStore(database, service="analytics", registry=REGISTRY)
        rebuild = Rebuild(database, CaseFacts(store, Regulations(PROCEDURES)), page=3)
        rebuild.begin()
        while rebuild.catch_up():
            pass
        assert rebuild.compare().differing == []
    finally:
        database.close()
