"""One round of the watchdog, sorted: what is appended, what became of it, where each row goes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from libs.casework.folding import KnownCase
from libs.events.envelope import Append, Appended
from libs.events.errors import OutsideValidity, StreamBusy, StreamError, VersionConflict
from services.sla.folding import Unfolded
from services.sla.judging import Leave, Move, Record, judge
from services.sla.recording import append_of
from services.sla.runs import ClockRow


class Claimed(NamedTuple):
    """A row claimed at a time of the store; `on_record`: its rung was recorded before."""

    row: ClockRow
    at: datetime
    on_record: bool


class Fired(NamedTuple):
    """A recorded rung: its row, the version of its event and when that was recorded."""

    row: ClockRow
    version: int
    recorded_at: datetime


class _Pending(NamedTuple):
    row: ClockRow
    record: Record
    append: Append


class Round:
    """Sorts claimed rows, oldest first, into lists that statements take.

    At most one append per complaint: the next one would have to be judged on the case after it, so
    the complaint's other rows wait for the next round.
    """

    def __init__(self) -> None:
        self.fired: list[Fired] = []
        self.moved: list[ClockRow] = []
        self.ended: list[ClockRow] = []
        self.parked: list[tuple[ClockRow, str]] = []
        self.left = 0
        self._pending: list[_Pending] = []
        self._written: set[str] = set()

    @property
    def counts(self) -> dict[str, int]:
        """How many rows met which end."""
        return {
            "recorded": len(self.fired),
            "moved": len(self.moved) + len(self.ended) - len(self.fired),
            "parked": len(self.parked),
            "left": self.left,
        }

    @property
    def dealt_with(self) -> int:
        """How many rows will not be claimed again as they were."""
        return len(self.moved) + len(self.ended) + len(self.parked)

    @property
    def appends(self) -> list[Append]:
        """What is to be appended, oldest rung first."""
        return [pending.append for pending in self._pending]

    def take(self, claimed: Iterable[Claimed], cases: Mapping[str, KnownCase | Unfolded]) -> None:
        """Judge every row on its case."""
        for one in claimed:
            case = cases[one.row.complaint]
            if isinstance(case, Unfolded):
                self.parked.append((one.row, case.reason))
            elif one.row.complaint in self._written:
                self.left += 1
            else:
                self._take(one, case)

    def _take(self, claimed: Claimed, case: KnownCase) -> None:
        row = claimed.row
        match judge(row, case, claimed.at, on_record=claimed.on_record):
            case Record() as record:
                self._written.add(row.complaint)
                self._pending.append(_Pending(row, record, append_of(row, record, case)))
            case Move(to=to):
                self._move(row, to)
            case Leave():
                self.left += 1

    def settle(self, outcomes: Sequence[Appended | StreamError]) -> None:
        """Take up what became of `appends`, in their order.

        Where somebody else was first, or time has not gone far enough, the row is judged again in
        a later round; any other refusal is a fault that waiting does not heal.
        """
        for pending, outcome in zip(self._pending, outcomes, strict=True):
            match outcome:
                case Appended():
                    self._settle(pending, outcome)
                case VersionConflict() | StreamBusy() | OutsideValidity():
                    self.left += 1
                case _:
                    self.parked.append((pending.row, type(outcome).__name__))

    def _settle(self, pending: _Pending, appended: Appended) -> None:
        self.fired.append(Fired(pending.row, appended.first_version, appended.recorded_at))
        then = pending.record.then
        if then is not None:
            then = msgspec.structs.replace(then, version=appended.last_version)
        self._move(pending.row, then)

    def _move(self, row: ClockRow, to: ClockRow | None) -> None:
        if to is None:
            self.ended.append(row)
        else:
            self.moved.append(to)
