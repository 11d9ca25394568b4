"""Work lists: what a unit has in hand, the most pressing first, page by page."""

from __future__ import annotations

import msgspec
import pytest

from libs.access.identity import Subject
from libs.casework.reading import read_case
from libs.casework.registry import REGISTRY
from libs.casework.regulations import Regulations
from libs.events.postgres.database import Database
from libs.events.postgres.store import EventStore
from services.dispatch.rows import WorkRow, rows_of
from tests.services.test_life import listed
from tests.services.world import CENTRE, HANDLER, NATIONAL

QUEUE_AGENT = Subject(staff="s-q", role="agent", unit="jilin/hotline")


def item_of(page, complaint, order=None):
    found = [i for i in page["items"] if i["complaint"] == complaint and i["order"] == order]
    return found[0] if found else None


def test_an_order_is_listed_where_it_lies(world):
    complaint = world.register(level="provincial")["complaint"]
    world.step(complaint, "issue-order", CENTRE, to="henan/network")
    item = item_of(listed(world, "henan/network", complaint, HANDLER), complaint, "A")
    assert (item["kind"], item["received"], item["level"]) == ("main", False, "provincial")
    (clock,) = item["clocks"]
    assert clock["clock"] == "handle-order"
    assert 0 < clock["remaining_s"] <= 16 * 3600
    assert item["remaining_s"] == clock["remaining_s"]
    assert item["due_at"] == clock["due_at"]

    world.step(complaint, "forward-order", HANDLER, order="A", to="henan/billing")
    page = listed(world, "henan/billing", complaint)
    assert item_of(page, complaint, "A")["unit"] == "henan/billing"
    elsewhere = listed(world, "henan/hotline", complaint, position=page["position"])
    assert item_of(elsewhere, complaint)["kind"] == "complaint"


def test_a_finished_complaint_leaves_the_list(world):
    complaint = world.register()["complaint"]
    page = listed(world, "henan/hotline", complaint)
    world.step(complaint, "answer", CENTRE, **{"with": {"text": "已答复"}})
    closed = world.step(complaint, "close", CENTRE, **{"with": {"outcome": "solved"}})
    marker = world.register()["complaint"]
    after = listed(world, "henan/hotline", marker, position=page["position"])
    assert closed.status_code == 200
    # The feed keeps the order of one writer's acknowledged commands loosely: wait for this one too.
    for _ in range(500):
        if item_of(after, complaint) is None:
            break
        after = listed(world, "henan/hotline", marker)
    # Its dispatch clock was never met by an order; closing cancelled it.
    assert item_of(after, complaint) is None


def test_the_procedures_order_of_priority_holds_across_pages(world):
    told = [
        {},
        {"gravity": True},
        {"customer_tier": "vip"},
        {"customer_tier": "vip", "gravity": True},
        {"customer_tier": "ordinary"},
    ]
    complaints = [world.register(subject=QUEUE_AGENT, **fields)["complaint"] for fields in told]
    for complaint in complaints:
        listed(world, "jilin", complaint, NATIONAL)
    seen, cursor = [], None
    while True:
        asked = {"unit": "jilin", "limit": 2} | ({"cursor": cursor} if cursor else {})
        page = world.dispatch.get(
            "/work-list", params=asked, headers=world.headers(NATIONAL)
        ).json()
        assert len(page["items"]) <= 2
        seen += [item["complaint"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == [complaints[place] for place in (3, 2, 1, 0, 4)]


def test_a_position_not_reached_is_told(world):
    answer = world.dispatch.get(
        "/work-list", params={"unit": "henan", "position": 10**9}, headers=world.headers(CENTRE)
    )
    assert answer.status_code == 503
    assert answer.json()["type"].endswith("behind")


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"unit": "henan", "limit": 0}, "limit"),
        ({"unit": "henan", "limit": 201}, "limit"),
        ({"unit": "Henan"}, "unit"),
        ({"unit": "henan/"}, "unit"),
        ({"unit": "henan%"}, "unit"),
        ({}, "unit"),
        ({"unit": "henan", "cursor": "x"}, "cursor"),
        ({"unit": "henan", "cursor": "bm9wZQ"}, "cursor"),
        ({"unit": "henan", "cursor": "é"}, "cursor"),
        ({"unit": "henan", "position": "x"}, "position"),
    ],
)
def test_a_bad_question_is_named(world, asked, field):
    answer = world.dispatch.get("/work-list", params=asked, headers=world.headers(CENTRE))
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_rows_depend_on_the_feed_and_not_on_what_was_remembered(world, regulations_folder):
    """The rows made of the whole stream at once are those that grew event by event."""
    complaint = world.register(customer_tier="vip")["complaint"]
    world.step(complaint, "issue-order", CENTRE, to="henan/network")
    world.step(complaint, "receive-order", HANDLER, order="A")
    page = listed(world, "henan/network", complaint)
    while item_of(page, complaint, "A")["version"] < len(world.events(complaint)):
        page = listed(world, "henan/network", complaint)
    stream = f"complaint/{complaint}"
    columns = ", ".join(WorkRow.__struct_fields__)
    grown = world.ask(f"SELECT {columns} FROM dispatch.work WHERE stream = %s ORDER BY 2", stream)
    database = Database(world.dsn, application_name="test")
    store = EventStore(database, service="dispatch", registry=REGISTRY)
    history = read_case(store, Regulations(regulations_folder), stream)
    made = sorted(rows_of(history.known), key=lambda row: row.order_id)
    database.close()
    assert [msgspec.convert(dict(zip(WorkRow.__struct_fields__, row, strict=True)), WorkRow)
            for row in grown] == made  # fmt: skip
