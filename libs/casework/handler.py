"""The one way a command becomes events: load, decide, seal, append; again if others were first."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

from libs.access.identity import Subject
from libs.access.policy import Policy
from libs.access.sealing import CaseKey
from libs.casework.bodies import read_body
from libs.casework.casekeys import CaseKeys
from libs.casework.cases import Cases
from libs.casework.commanding import Asked, Contested, Done, NotPermitted, Unseen, VersionMoved
from libs.casework.drafting import draft
from libs.casework.files import Files
from libs.casework.folding import KnownCase, unborn
from libs.casework.identifiers import complaint_of, is_complaint, new_complaint, stream_of
from libs.casework.registry import REGISTRY
from libs.casework.regulations import Regulations
from libs.casework.shaping import BadFields, Shaped, shape
from libs.casework.storetime import StoreTime
from libs.complaints.commands import Command, Decision, Refusal
from libs.complaints.decide import decide
from libs.events.envelope import Actor, Append, Appended, NewEvent
from libs.events.errors import OutsideValidity, StreamBusy, VersionConflict
from libs.events.postgres.store import EventStore

TRIES = 5
LONGEST_PAUSE_S = 0.05
NO_VERSION = 10**9
"""A version that no stream has: an append expecting it stores nothing, whatever happens."""


class CaseHandler:
    """Takes steps for one service. Used from one event loop."""

    def __init__(
        self,
        *,
        service: str,
        store: EventStore,
        store_id: str,
        cases: Cases,
        keys: CaseKeys,
        files: Files,
        regulations: Regulations,
        policy: Policy,
        time: StoreTime,
        decided_again: Callable[[], None],
    ) -> None:
        self._service, self._store, self._store_id = service, store, store_id
        self._cases, self._keys, self._regulations = cases, keys, regulations
        self._files = files
        self._policy, self._time, self._decided_again = policy, time, decided_again

    async def handle(self, asked: Asked) -> Done | Refusal:
        """Take the step and return its durable result, or the refusal with every broken rule.

        A repeat (same command id and hash) returns the first
        result and changes nothing, also where the step would be refused by now. Raises `Unseen`,
        `NotPermitted`, `VersionMoved`, `Contested`, `BadFields`, `KeyGone`, `UnknownProcedure`,
        and the store's `CommandReused`, `HappenedAhead` and `StoreUnavailable`.
        """
        stream = self._stream(asked)
        await self._time.make_sure()
        for _ in range(TRIES):
            try:
                return await self._attempt(asked, await self._case(stream, asked))
            except (VersionConflict, StreamBusy, OutsideValidity) as reason:
                if isinstance(reason, OutsideValidity):
                    await self._time.refresh()
                self._decided_again()
                # Jitter, so that those who collided do not collide again.
                await asyncio.sleep(random.uniform(0, LONGEST_PAUSE_S))  # noqa: S311
        raise Contested

    async def look(self, subject: Subject, complaint: str, action: str) -> KnownCase:
        """Return a case that the subject may see and act on so. Raises `Unseen`, `NotPermitted`."""
        if not is_complaint(complaint):
            raise Unseen
        known = await self._cases.load(stream_of(complaint))
        if known is None:
            raise Unseen
        self._check_access(subject, action, known)
        return known

    async def _attempt(self, asked: Asked, known: KnownCase) -> Done | Refusal:
        self._check_access(asked.subject, asked.action.name, known)
        if asked.version_seen is not None and known.acted > asked.version_seen:
            first = await self._first_result(asked)
            if first is None:
                raise VersionMoved(known.version)
            return first
        decision = self._decide(asked, known)
        if isinstance(decision, Refusal):
            return await self._first_result(asked) or decision
        fields = known.pinned.procedure.fields[asked.action.name]
        await self._files.check(known.stream, decision.events[0].data, fields)
        lock = await self._lock(asked.subject, known, decision)
        appended = await self._store.append(draft(asked, self._service, known, decision, lock))
        if appended.repeated:
            return await self._as_first_told(appended)
        return _done(appended, known, decision)

    def _decide(self, asked: Asked, known: KnownCase) -> Decision | Refusal:
        pinned, now = known.pinned, self._time.now()
        try:
            shaped = _shaped(asked, known)
        except BadFields as bad:
            if bad.unfit is not None:
                command = _command(asked, known, bad.unfit)
                said = decide(known.case, command, pinned.procedure, pinned.calendar, now)
                bad.broken = said.broken if isinstance(said, Refusal) else ()
            raise
        command = _command(asked, known, shaped)
        return decide(known.case, command, pinned.procedure, pinned.calendar, now)

    def _stream(self, asked: Asked) -> str:
        if asked.complaint is None:
            return stream_of(new_complaint(self._store_id))
        if not is_complaint(asked.complaint):
            raise Unseen
        return stream_of(asked.complaint)

    async def _case(self, stream: str, asked: Asked) -> KnownCase:
        if asked.procedure is not None:
            return unborn(stream, asked.subject.unit, self._regulations.current(asked.procedure))
        known = await self._cases.load(stream)
        if known is None:
            raise Unseen
        return known

    def _check_access(self, subject: Subject, action: str, known: KnownCase) -> None:
        access = self._policy.decide(subject, known.involvement)
        if not access.allowed and known.version:
            raise Unseen
        if not access.permits(action):
            raise NotPermitted

    async def _lock(
        self, subject: Subject, known: KnownCase, decision: Decision
    ) -> tuple[CaseKey | None, bytes | None]:
        if not known.version:
            return self._keys.new(subject.unit)
        seals = any(event.seal for event in decision.events)
        return (await self._keys.of(known.stream) if seals else None), None

    async def _first_result(self, asked: Asked) -> Done | None:
        """Return what the command led to when it was first sent, if it was.

        The store knows; it is asked by an append that cannot store anything: it expects a version
        that no stream reaches. Raises `CommandReused`.
        """
        subject, event = asked.subject, asked.action.event
        probe = Append(
            stream=stream_of(asked.complaint or new_complaint(self._store_id)),
            expected_version=NO_VERSION,
            command_id=asked.command_id,
            command_hash=asked.command_hash,
            service=self._service,
            actor=Actor(staff=subject.staff, role=subject.role, unit=subject.unit),
            events=(NewEvent(type=event, schema=REGISTRY[event].schema, body=b"{}"),),
        )
        try:
            return await self._as_first_told(await self._store.append(probe))
        except VersionConflict:
            return None

    async def _as_first_told(self, appended: Appended) -> Done:
        known = await self._cases.load(appended.stream)
        assert known is not None, "a command's stream is never empty"
        events = await self._store.load(appended.stream, appended.first_version - 1)
        first = [event for event in events if event.version <= appended.last_version]
        orders = (read_body(event).order for event in first)
        return Done(
            complaint=complaint_of(appended.stream),
            number=known.case.number,
            order=next((order for order in orders if order), None),
            version=appended.last_version,
            recorded_at=appended.recorded_at,
            events=tuple((event.type, event.version) for event in first),
            repeated=True,
        )


def _shaped(asked: Asked, known: KnownCase) -> Shaped:
    extra = ("procedure",) if known.version == 0 else ()
    return shape(asked.body, asked.action.name, known.pinned.procedure, extra)


def _command(asked: Asked, known: KnownCase, shaped: Shaped) -> Command:
    subject = asked.subject
    return Command(
        id=asked.command_id,
        action=asked.action.name,
        complaint=complaint_of(known.stream),
        staff=subject.staff,
        role=subject.role,
        unit=subject.unit,
        post=subject.post,
        order=shaped.order,
        to=shaped.to,
        data=shaped.data,
        happened_at=shaped.happened_at,
    )


def _done(appended: Appended, known: KnownCase, decision: Decision) -> Done:
    return Done(
        complaint=complaint_of(appended.stream),
        number=appended.number or known.case.number,
        order=next((event.order for event in decision.events if event.order), None),
        version=appended.last_version,
        recorded_at=appended.recorded_at,
        events=tuple(
            (event.type, appended.first_version + place)
            for place, event in enumerate(decision.events)
        ),
        advice=decision.advice,
    )
