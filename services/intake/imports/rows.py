"""A ledger's row as the steps of one complaint, or everything that is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from libs.complaints.actions import ACTIONS
from libs.complaints.retelling import ToldStep
from libs.procedures.facts import Value
from libs.procedures.fieldtypes import FieldType
from libs.procedures.schema import Procedure
from services.intake.imports.cells import time_of, value_of
from services.intake.imports.columnmap import TIMES, ColumnMap, Drawn, Source, StepMap, drawn
from services.intake.imports.faults import LedgerRefused, RowFault
from services.intake.imports.ledger import is_empty

MOST_TEXT_BYTES = 36_000
"""All free text of a step together: sealed and encoded it must fit an event's 64 KiB."""
_NUMBER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,38}[A-Za-z0-9])?", re.ASCII)
_PERSONAL = re.compile(r"1[3-9]\d{9}|\d{17}[\dXx]", re.ASCII)
_UNIT = FieldType(kind="unit")
_UNITS = FieldType(kind="unit", many=True)
_SLUG = FieldType(kind="slug")
_TEXT = FieldType(kind="text")


class ToldComplaint(msgspec.Struct, frozen=True, kw_only=True):
    """One row: the number it had in the old ledger, its steps in the order they were taken."""

    row: int
    number: str
    steps: tuple[ToldStep, ...]


class RowReader:
    """Reads the rows of one ledger by its map.

    Raises LedgerRefused when the ledger's titles are not the map's: a column that is missing, comes
    twice, or that the map neither uses nor ignores.
    """

    def __init__(
        self, titles: Sequence[str], plan: ColumnMap, procedure: Procedure, until: datetime
    ) -> None:
        _check_titles(titles, plan)
        self._places = {title: place for place, title in enumerate(titles) if title}
        self._plan, self._procedure, self._until = plan, procedure, until
        self._zone = ZoneInfo(plan.timezone) if plan.timezone else procedure.zone
        self._patterns = tuple(plan.times) or TIMES

    def read(self, row: int, cells: Sequence[object]) -> ToldComplaint | list[RowFault]:
        """The complaint that the row tells, or every fault of the row."""
        return _Row(self, row, cells).told()

    def cell(self, source: Drawn, cells: Sequence[object]) -> object:
        """What the map draws from the row; None where nothing is written."""
        if source.column is None:
            return source.value
        cell = cells[self._places[source.column]]
        return source.default if is_empty(cell) else cell

    def time(self, cell: object) -> tuple[datetime | None, str | None]:
        """A moment that has been, in UTC."""
        at, reason = time_of(cell, self._zone, self._patterns)
        if at is not None and at > self._until:
            return None, "lies in the future"
        return at, reason

    def value(self, cell: object, field: FieldType, source: Drawn) -> tuple[Value, str | None]:
        """A cell as its field holds it."""
        # The map's own values are in our words already.
        own = source.column is None or cell is source.default
        words = {} if own else source.values
        return value_of(cell, field, words, self._zone, self._patterns)

    @property
    def plan(self) -> ColumnMap:
        """The map."""
        return self._plan

    def fields(self, action: str) -> dict[str, FieldType]:
        """The fields of a step under the ledger's procedure."""
        return self._procedure.fields[action]


class _Row:
    """One row being read; faults gather until all of it has been looked at."""

    def __init__(self, reader: RowReader, row: int, cells: Sequence[object]) -> None:
        self._reader, self._row, self._cells = reader, row, cells
        self._faults: list[RowFault] = []

    def told(self) -> ToldComplaint | list[RowFault]:
        plan = self._reader.plan
        number = self._number(plan.number)
        steps = [step for each in plan.steps if (step := self._step(each)) is not None]
        self._check_order(steps)
        if self._faults:
            return self._faults
        # Steps of one minute stay in the map's order.
        steps.sort(key=lambda step: step.at)
        return ToldComplaint(row=self._row, number=number, steps=tuple(steps))

    def _fault(self, field: str, reason: str) -> None:
        self._faults.append(RowFault(row=self._row, field=field, reason=reason))

    def _number(self, source: Source) -> str:
        given = drawn(source)
        value = self._drawn("number", source, _TEXT, required=True)
        if value is None:
            return ""
        number = f"{given.prefix}{value}"
        if not _NUMBER.fullmatch(number):
            self._fault("number", "must be up to 40 letters, digits and . _ / - without spaces")
        elif _PERSONAL.fullmatch(str(value)):
            self._fault("number", "looks like a telephone or identity card number")
        return number

    def _step(self, step: StepMap) -> ToldStep | None:
        cell = self._reader.cell(drawn(step.at), self._cells)
        if is_empty(cell):
            if step.do == "register":
                self._fault("register.at", "is empty")
            return None
        at, reason = self._reader.time(cell)
        if at is None:
            self._fault(f"{step.do}.at", reason or "is no time")
        role = self._drawn(f"{step.do}.by", step.by, _SLUG, required=True)
        unit = self._drawn(f"{step.do}.unit", step.unit, _UNIT, required=True)
        staff = self._optional(f"{step.do}.staff", step.staff, _SLUG)
        to = self._optional(f"{step.do}.to", step.to, _UNITS)
        if ACTIONS[step.do].to and not to:
            self._fault(f"{step.do}.to", "is empty")
        data = self._fields(step)
        if at is None or role is None or unit is None:
            return None
        return ToldStep(
            action=step.do,
            at=at,
            role=str(role),
            unit=str(unit),
            staff=None if staff is None else str(staff),
            order=step.order,
            to=tuple(map(str, to)) if isinstance(to, tuple) else (),
            data=data,
        )

    def _fields(self, step: StepMap) -> dict[str, Value]:
        declared = self._reader.fields(step.do)
        data: dict[str, Value] = {}
        for name, source in step.with_.items():
            value = self._drawn(f"{step.do}.{name}", source, declared[name])
            if value is not None:
                data[name] = value
        texts = [str(value) for name, value in data.items() if declared[name].seals(value)]
        if sum(map(len, texts)) * 4 > MOST_TEXT_BYTES and (
            sum(len(text.encode()) for text in texts) > MOST_TEXT_BYTES
        ):
            self._fault(step.do, f"has more than {MOST_TEXT_BYTES} bytes of text")
        return data

    def _optional(self, path: str, source: Source | None, field: FieldType) -> Value:
        return None if source is None else self._drawn(path, source, field)

    def _drawn(
        self, path: str, source: Source, field: FieldType, *, required: bool = False
    ) -> Value:
        given = drawn(source)
        cell = self._reader.cell(given, self._cells)
        if is_empty(cell):
            if required:
                self._fault(path, "is empty")
            return None
        value, reason = self._reader.value(cell, field, given)
        if reason is not None:
            self._fault(path, reason)
        return value

    def _check_order(self, steps: Sequence[ToldStep]) -> None:
        if not steps or steps[0].action != "register":
            return
        opened = {step.order for step in steps if ACTIONS[step.action].order == "new"}
        for step in steps[1:]:
            if step.at < steps[0].at:
                self._fault(f"{step.action}.at", "lies before the registration")
            needs_order = step.order is not None and ACTIONS[step.action].order != "new"
            if needs_order and step.order not in opened:
                self._fault(f"{step.action}.at", f"order {step.order} was never issued")


def _check_titles(titles: Sequence[str], plan: ColumnMap) -> None:
    """Unknown titles are told by their place only: without a title row they would be values."""
    wanted = plan.columns()
    missing = sorted(wanted - set(titles))
    twice = sorted({title for title in titles if titles.count(title) > 1} & wanted)
    known = wanted | set(plan.ignore)
    unknown = [place for place, title in enumerate(titles, start=1) if title not in known]
    reasons = []
    if missing:
        reasons.append(f"the ledger has no column {', '.join(missing)}")
    if twice:
        reasons.append(f"the ledger has more than one column {', '.join(twice)}")
    if unknown:
        places = ", ".join(map(str, unknown[:20]))
        reasons.append(f"the map neither uses nor ignores column {places}")
    if reasons:
        raise LedgerRefused("; ".join(reasons))
