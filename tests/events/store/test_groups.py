"""Many asynchronous callers in one process."""

from __future__ import annotations

import asyncio
import random

import pytest

from libs.events.envelope import Appended
from libs.events.errors import (
    CommandReused,
    NotOwner,
    StoreRefused,
    StoreUnavailable,
    VersionConflict,
)
from libs.events.postgres.store import EventStore
from libs.events.registry import EventType, Registry
from tests.events.store.chains import assert_sound
from tests.events.store.given import REGISTRY, append, event, new_stream, numbers


def with_store(database, work, registry=REGISTRY):
    async def main():
        async with EventStore(database, service="intake", registry=registry) as store:
            return await work(store)

    return asyncio.run(main())


def test_three_hundred_callers_each_get_their_own_answer(fresh):
    appends = [append(new_stream(), 0, *[event()] * (1 + n % 3)) for n in range(300)]

    async def work(store):
        return await asyncio.gather(*[store.append(each) for each in appends])

    for wanted, done in zip(appends, with_store(fresh, work), strict=True):
        assert (done.stream, done.last_version) == (wanted.stream, len(wanted.events))
    streams = assert_sound(fresh)
    assert streams == {a.stream: [a.command_id] * len(a.events) for a in appends}


def test_one_callers_refusal_never_touches_his_neighbours(fresh):
    stream, used = new_stream(), append(new_stream(), command="c-used")
    good = [append(new_stream(), number=numbers("#")) for _ in range(20)]
    lying = Registry(
        [
            *(t for t in REGISTRY if t.name != "Sent"),
            EventType(name="Sent", services=frozenset({"intake"})),
        ]
    )
    bad = [
        (append(stream, 4), VersionConflict),
        (append(new_stream(), command="c-used", content="other"), CommandReused),
        (append(new_stream(), 0, event("Sent")), NotOwner),
        # Makes the whole statement fail: no such time zone.
        (append(new_stream(), number=numbers("#", timezone="Nowhere/Land")), StoreRefused),
    ]

    async def work(store):
        await store.append(used)
        mixed = [*good, *(each for each, _ in bad), used]
        random.Random(7).shuffle(mixed)
        results = await asyncio.gather(*[store.append(a) for a in mixed], return_exceptions=True)
        return dict(zip([id(a) for a in mixed], results, strict=True))

    results = with_store(fresh, work, lying)
    assert all(isinstance(results[id(each)], Appended) for each in good)
    assert sorted(int(results[id(each)].number) for each in good) == list(range(1, 21))
    assert results[id(used)].repeated
    for each, error in bad:
        assert isinstance(results[id(each)], error)
    assert_sound(fresh)


def test_appends_to_one_stream_keep_the_order_they_were_made_in(fresh):
    stream = new_stream()

    async def work(store):
        await asyncio.gather(*[store.append(append(stream, n)) for n in range(30)])
        return await store.load(stream)

    assert [each.version for each in with_store(fresh, work)] == list(range(1, 31))


def test_the_same_command_many_times_at_once_is_stored_once(fresh):
    command = append(new_stream(), number=numbers("#"))
    elsewhere = [
        append(new_stream(), command=command.command_id, number=numbers("#")) for _ in range(5)
    ]

    async def work(store):
        return await asyncio.gather(*[store.append(a) for a in [command, *elsewhere, command]])

    results = with_store(fresh, work)
    assert {(each.stream, each.number) for each in results} == {(command.stream, "1")}
    assert sum(not each.repeated for each in results) == 1
    assert_sound(fresh)


def test_loads_go_together_and_come_apart(fresh):
    appends = [append(new_stream(), 0, *[event()] * (n % 4 + 1)) for n in range(150)]

    async def work(store):
        await asyncio.gather(*[store.append(a) for a in appends])
        whole = await asyncio.gather(*[store.load(a.stream) for a in appends])
        later = await asyncio.gather(*[store.load(a.stream, 2) for a in appends])
        return whole, later, await store.load("complaint/unknown")

    whole, later, unknown = with_store(fresh, work)
    assert unknown == []
    for wanted, stored, rest in zip(appends, whole, later, strict=True):
        assert [each.body for each in stored] == [each.body for each in wanted.events]
        assert {each.stream for each in stored} == {wanted.stream}
        assert rest == stored[2:]


def test_closing_answers_everybody_first_and_then_refuses(fresh):
    async def main():
        store = EventStore(fresh, service="intake", registry=REGISTRY)
        with pytest.raises(StoreUnavailable):
            await store.append(append(new_stream()))
        await store.start()
        waiting = [asyncio.ensure_future(store.append(append(new_stream()))) for _ in range(400)]
        await asyncio.sleep(0)
        await store.close()
        assert all(task.done() for task in waiting)
        with pytest.raises(StoreUnavailable):
            await store.append(append(new_stream()))
        return [task.result() for task in waiting]

    assert len({done.stream for done in asyncio.run(main())}) == 400
    assert len(assert_sound(fresh)) == 400


def test_a_caller_who_gave_up_disturbs_nobody(fresh):
    async def work(store):
        gone = [asyncio.ensure_future(store.append(append(new_stream()))) for _ in range(10)]
        await asyncio.sleep(0)
        for task in gone:
            task.cancel()
        return await asyncio.gather(*[store.append(append(new_stream())) for _ in range(10)])

    assert len(with_store(fresh, work)) == 10
    assert_sound(fresh)


def test_a_stream_held_by_another_transaction_is_waited_for(fresh):
    held, free = append(new_stream()), append(new_stream())
    holder = EventStore(fresh, service="intake", registry=REGISTRY)

    async def work(store):
        with fresh.transaction() as cursor:
            holder.append_in(cursor, held)
            waiting = asyncio.ensure_future(store.append(append(held.stream, 1)))
            await store.append(free)  # not held up by its busy neighbour
            assert not waiting.done()
        return await waiting

    assert with_store(fresh, work).last_version == 2
