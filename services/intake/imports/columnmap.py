"""The column map: which column of a ledger says what. YAML, checked against its procedure."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import yaml

from libs.access.identity import ROLES
from libs.complaints.actions import ACTIONS
from libs.procedures.schema import Procedure, UnknownProcedure

MOST_BYTES = 1024 * 1024
TIMES = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y年%m月%d日 %H:%M:%S",
    "%Y年%m月%d日 %H:%M",
    "%Y年%m月%d日 %H时%M分",
)
"""How ledgers write times, tried in this order after ISO 8601."""

Plain = str | int | bool


class Drawn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a value comes from: a column, or the same `value` in every row.

    `values` says in our words what the ledger says in its own; with it, any other word is a fault.
    `default` stands where the cell is empty. `prefix` goes before the text of the cell.
    """

    column: str | None = None
    value: Plain | None = None
    values: dict[str, Plain | None] = {}
    default: Plain | None = None
    prefix: str = ""


Source = str | Drawn
"""A bare text names a column."""


class StepMap(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A step that a row tells where its `at` cell is filled: who took it, and what was said."""

    do: str
    at: Source
    by: Source
    unit: Source
    staff: Source | None = None
    order: str | None = None
    to: Source | None = None
    with_: dict[str, Source] = msgspec.field(default={}, name="with")


class ColumnMap(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole map. `source`: a short word for the old system. `ignore`: columns not brought in.

    Times without an offset are those of `timezone`, the procedure's own when none is named.
    """

    procedure: str
    source: str
    number: Source
    steps: list[StepMap]
    ignore: list[str] = []
    timezone: str | None = None
    times: list[str] = []
    encoding: str | None = None
    delimiter: str = ","
    sheet: str | None = None

    def columns(self) -> set[str]:
        """Every column that the map draws from."""
        sources = [self.number]
        for step in self.steps:
            sources += [step.at, step.by, step.unit, *step.with_.values()]
            sources += [each for each in (step.staff, step.to) if each is not None]
        return {column for each in sources if (column := _drawn(each).column) is not None}

    def digest(self) -> bytes:
        """A hash of all that the map says."""
        return hashlib.sha256(msgspec.json.encode(self, order="sorted")).digest()


class MapError(Exception):
    """The column map cannot be used; the text says where and why."""


def drawn(source: Source) -> Drawn:
    """The source in its long form."""
    return _drawn(source)


def _drawn(source: Source) -> Drawn:
    return Drawn(column=source) if isinstance(source, str) else source


def load_map(path: Path, find: Callable[[str], Procedure]) -> tuple[ColumnMap, Procedure]:
    """The map in a file and the procedure it names. Raises MapError.

    `find` gives the version in force of a procedure, or raises `UnknownProcedure`.
    """
    if path.stat().st_size > MOST_BYTES:
        raise MapError(f"{path.name}: larger than {MOST_BYTES >> 10} KiB")
    try:
        told = yaml.safe_load(path.read_bytes())
        plan = msgspec.convert(told, ColumnMap)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = "" if mark is None else f":{mark.line + 1}"
        raise MapError(f"{path.name}{place}: is not YAML") from None
    except msgspec.ValidationError as error:
        raise MapError(f"{path.name}: {error}") from None
    except UnicodeDecodeError:
        raise MapError(f"{path.name}: is not in UTF-8") from None
    try:
        procedure = find(plan.procedure)
    except UnknownProcedure as error:
        raise MapError(f"{path.name}: {error}") from None
    faults = [*_faults(plan), *_step_faults(plan, procedure)]
    if faults:
        raise MapError(f"{path.name}: " + "; ".join(faults))
    return plan, procedure


def _faults(plan: ColumnMap) -> list[str]:
    faults = []
    if not plan.steps or plan.steps[0].do != "register":
        faults.append("steps: the first one must be register")
    if sum(step.do == "register" for step in plan.steps) > 1:
        faults.append("steps: only one can be register")
    if not plan.source.isascii() or not plan.source.replace("-", "").isalnum():
        faults.append("source: a short word of letters, digits and hyphens")
    if plan.encoding not in {None, "utf-8", "gb18030"}:
        faults.append("encoding: utf-8 or gb18030")
    if len(plan.delimiter) != 1:
        faults.append("delimiter: one character")
    if both := sorted(plan.columns() & set(plan.ignore)):
        faults.append(f"ignore: used by the map as well: {', '.join(both)}")
    if plan.timezone is not None:
        try:
            ZoneInfo(plan.timezone)
        except (KeyError, ValueError, OSError):
            faults.append("timezone: no such zone")
    return faults


def _step_faults(plan: ColumnMap, procedure: Procedure) -> list[str]:
    faults = []
    for place, step in enumerate(plan.steps, start=1):
        path = f"steps[{place}]"
        action = ACTIONS.get(step.do)
        if action is None:
            faults.append(f"{path}.do: no such action")
            continue
        declared = procedure.fields[step.do]
        faults += [f"{path}.with.{name}: no field of {step.do}"
                   for name in step.with_ if name not in declared]  # fmt: skip
        if action.order in {"required", "new"} and step.order is None:
            faults.append(f"{path}.order: {step.do} needs the letter of an order")
        if action.to and step.to is None:
            faults.append(f"{path}.to: {step.do} needs to whom")
        by = _drawn(step.by)
        roles = set(by.values.values()) if by.column else {by.value}
        if not roles or not roles <= set(ROLES):
            faults.append(f"{path}.by: a role, as in {{value: centre}}")
        faults += _source_faults(path, step)
    return faults


def _source_faults(path: str, step: StepMap) -> list[str]:
    own = {"at": step.at, "by": step.by, "unit": step.unit, "to": step.to, "staff": step.staff}
    said = {f"with.{name}": source for name, source in step.with_.items()}
    given = {name: _drawn(source) for name, source in {**own, **said}.items() if source is not None}
    faults = [
        f"{path}.{name}: either a column or a value"
        for name, one in given.items()
        if (one.column is None) == (one.value is None)
    ]
    for name, one in given.items():
        if unsaid := sum(ours is None for ours in one.values.values()):
            faults.append(f"{path}.{name}: {unsaid} words of {one.column} have none of ours (null)")
    return faults
