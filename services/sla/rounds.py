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
from services.sla.recording import Firing, append_of, firing_of
from services.sla.runs import ClockRow


class Claimed(NamedTuple):
    """A row claimed at a time of the store.

    `firing`: judged ahead, and its stream stands as it did then. Otherwise the row is judged now;
    `on_record` then says whether its rung was recorded before.
    """

    row: ClockRow
    at: datetime
    on_record: bool
    firing: Firing | None


class Fired(NamedTuple):
    """A recorded rung: its row, the version of its event and when that was recorded."""

    row: ClockRow
    version: int
    recorded_at: datetime


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
        self._pending: list[tuple[ClockRow, Firing]] = []
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
        return [append_of(row, firing) for row, firing in self._pending]

    def take(self, claimed: Iterable[Claimed], cases: Mapping[str, KnownCase | Unfolded]) -> None:
        """Judge every row on its case, unless that was done ahead."""
        for one in claimed:
            if one.row.complaint in self._written:
                self.left += 1
            elif one.firing is not None:
                self._fire(one.row, one.firing)
            else:
                self._take(one, cases[one.row.complaint])

    def _take(self, claimed: Claimed, known: KnownCase | Unfolded) -> None:
        row = claimed.row
        if isinstance(known, Unfolded):
            self.parked.append((row, known.reason))
            return
        match judge(row, known, claimed.at, on_record=claimed.on_record):
            case Record() as record:
                self._fire(row, firing_of(record, known))
            case Move(to=to):
                self._move(row, to)
            case Leave():
                self.left += 1

    def _fire(self, row: ClockRow, firing: Firing) -> None:
        self._written.add(row.complaint)
        self._pending.append((row, firing))

    def settle(self, outcomes: Sequence[Appended | StreamError]) -> None:
        """Take up what became of `appends`, in their order.

        Where somebody else was first, or time has not gone far enough, the row is judged again in
        a later round; any other refusal is a fault that waiting does not heal.
        """
        for (row, firing), outcome in zip(self._pending, outcomes, strict=True):
            match outcome:
                case Appended():
                    self._settle(row, firing.then, outcome)
                case VersionConflict() | StreamBusy() | OutsideValidity():
                    self.left += 1
                case _:
                    self.parked.append((row, type(outcome).__name__))

    def _settle(self, row: ClockRow, then: ClockRow | None, appended: Appended) -> None:
        self.fired.append(Fired(row, appended.first_version, appended.recorded_at))
        if then is not None:
            then = msgspec.structs.replace(then, version=appended.last_version)
        self._move(row, then)

    def _move(self, row: ClockRow, to: ClockRow | None) -> None:
        if to is None:
            self.ended.append(row)
        else:
            self.moved.append(to)
