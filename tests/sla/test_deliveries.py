"""A notice reaches its channel once per event that counts, however often it has to be tried."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from libs.events.envelope import Actor, FeedEvent, StoredEvent
from libs.events.postgres.database import Database
from services.sla.deliveries import Deliverer
from services.sla.notices import Notices
from services.sla.webhook import Webhook, signature, signing_key
from tests.sla.receiver import Receiver, receiving

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
AT = datetime(2026, 3, 2, 4, 36, tzinfo=UTC)
AT_ONCE = (0.0,) * 5


@pytest.fixture
def database(role_dsn: Callable[..., str]) -> Iterator[Database]:
    database = Database(role_dsn("redress_sla"), application_name="test")
    yield database
    database.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def told(version: int, event_type: str = "DeadlineMissed") -> FeedEvent:
    body = {
        "order": "A",
        "data": {"clock": "handle-order", "run": 1, "due_at": "2026-03-02T04:36:00.000000Z"},
        "sealed": {
            "reason": {"key": "k", "nonce": "n", "ciphertext": "c2VhbGVk", "commitment": "c"}
        },
        "salt": "00",
    }
    event = StoredEvent(
        stream="complaint/s1-1",
        version=version,
        type=event_type,
        schema=1,
        happened_at=AT,
        recorded_at=AT,
        actor=Actor(staff="watchdog", role="system", unit="national"),
        service="sla",
        command_id="c",
        number=None,
        header=b"{}",
        body=json.dumps(body).encode(),
        hash=b"",
    )
    return FeedEvent(position=version, event=event)


def tell(database: Database, *events: FeedEvent, channels: tuple[str, ...] = ("webhook",)) -> None:
    with database.transaction() as cursor:
        Notices(channels).apply(cursor, events)


def states(database: Database) -> list[tuple[int, str, int, str | None]]:
    with database.transaction() as cursor:
        cursor.execute(
            "SELECT version, state, attempts, last_answer FROM sla.deliveries ORDER BY version"
        )
        return list(cursor.fetchall())


def deliverer(
    database: Database, receiver: Receiver, waits_s: tuple[float, ...] = AT_ONCE
) -> Deliverer:
    return Deliverer(database, Webhook(receiver.url, SECRET), waits_s=waits_s)


def test_a_notice_arrives_signed_with_its_events_id(database: Database, receiver: Receiver) -> None:
    tell(database, told(3))
    assert deliverer(database, receiver).step() == 1
    [arrived] = receiver.received
    assert arrived.event_id == "complaint/s1-1/3"
    assert arrived.signature == signature(
        signing_key(SECRET), arrived.event_id, arrived.timestamp, arrived.body
    )
    notice = json.loads(arrived.body)
    assert notice["type"] == "complaint.deadline-missed"
    assert notice["data"]["complaint"] == "s1-1"
    assert notice["data"]["order"] == "A"
    assert notice["data"]["fields"]["clock"] == "handle-order"
    assert states(database) == [(3, "delivered", 1, "status 204")]


def test_nothing_sealed_leaves_the_house(database: Database, receiver: Receiver) -> None:
    tell(database, told(3, "OrderUrged"))
    deliverer(database, receiver).step()
    [arrived] = receiver.received
    assert b"sealed" not in arrived.body
    assert b"c2VhbGVk" not in arrived.body


def test_an_event_told_twice_is_delivered_once(database: Database, receiver: Receiver) -> None:
    tell(database, told(3))
    tell(database, told(3), told(4))
    worker = deliverer(database, receiver)
    while worker.step():
        pass
    assert sorted(arrived.event_id for arrived in receiver.received) == [
        "complaint/s1-1/3",
        "complaint/s1-1/4",
    ]


@pytest.mark.parametrize("status", [302, 400, 429, 500, 503])
def test_a_refused_notice_is_tried_again_under_the_same_id(
    database: Database, receiver: Receiver, status: int
) -> None:
    receiver.statuses = [status, status]
    tell(database, told(3))
    worker = deliverer(database, receiver)
    while worker.step():
        pass
    assert [arrived.event_id for arrived in receiver.received] == ["complaint/s1-1/3"] * 3
    assert states(database) == [(3, "delivered", 3, "status 204")]


def test_back_off_holds_the_next_try(database: Database, receiver: Receiver) -> None:
    receiver.statuses = [500]
    tell(database, told(3))
    worker = deliverer(database, receiver, waits_s=(3600.0,))
    assert worker.step() == 1
    assert worker.step() == 0
    assert states(database) == [(3, "pending", 1, "status 500")]


def test_what_cannot_be_delivered_is_kept_as_dead(database: Database, receiver: Receiver) -> None:
    receiver.statuses = [500] * 9
    tell(database, told(3))
    worker = deliverer(database, receiver)
    while worker.step():
        pass
    assert len(receiver.received) == 1 + len(AT_ONCE)
    assert states(database) == [(3, "dead", 6, "status 500")]


def test_a_receiver_that_is_away_is_no_accident(database: Database) -> None:
    tell(database, told(3))
    Deliverer(database, Webhook("http://127.0.0.1:1/", SECRET), waits_s=(3600.0,)).step()
    assert states(database) == [(3, "pending", 1, "ConnectError")]


def test_a_notice_in_a_dead_workers_hands_comes_back_after_its_lease(
    database: Database, receiver: Receiver
) -> None:
    tell(database, told(3))
    with database.transaction() as cursor:
        # As a worker leaves it that died between its claim and its answer.
        cursor.execute(
            "UPDATE sla.deliveries SET attempts = 1, next_try_at = clock_timestamp() + '1 s'"
        )
    worker = deliverer(database, receiver)
    assert worker.step() == 0
    with database.transaction() as cursor:
        cursor.execute("UPDATE sla.deliveries SET next_try_at = clock_timestamp()")
    assert worker.step() == 1
    assert states(database) == [(3, "delivered", 2, "status 204")]


def test_workers_side_by_side_do_not_deliver_twice(database: Database, receiver: Receiver) -> None:
    tell(database, *(told(version) for version in range(1, 41)))

    def work(_: int) -> None:
        worker = deliverer(database, receiver)
        while worker.step():
            pass

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(work, range(4)))
    assert len(receiver.received) == 40
    assert len({arrived.event_id for arrived in receiver.received}) == 40
