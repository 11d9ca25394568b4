"""What a scenario expected and what came of it: the first difference, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from libs.complaints.commands import Refusal
from libs.complaints.scenarios.picture import Picture, SeenClock
from libs.complaints.scenarios.playing import play
from libs.complaints.scenarios.reading import ExpectedClock, Scenario, ScenarioStep, read_scenario
from libs.procedures.calendar import Calendar
from libs.procedures.document import ProcedureError
from libs.procedures.schema import Procedure, ProcedureBook, UnknownProcedure


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One file: passed, failed with its first difference, or skipped with the reason."""

    path: str
    scenario: str
    outcome: str
    difference: str | None = None

    @property
    def passed(self) -> bool:
        """Whether everything came as told."""
        return self.outcome == "passed"


Play = Callable[[Scenario, Procedure], Picture]


def run_file(path: Path, book: ProcedureBook, calendar: Calendar) -> Result:
    """Play one file by the pure rules; what cannot be read or played fails with its reason."""
    return play_file(path, book, lambda scenario, procedure: play(scenario, procedure, calendar))


def play_file(path: Path, book: ProcedureBook, player: Play) -> Result:
    """Play one file with this player; what cannot be read or played fails with its reason."""
    try:
        scenario = read_scenario(path)
        if scenario is None:
            return Result(
                path=str(path),
                scenario=path.stem,
                outcome="skipped",
                difference="no steps: not a told case",
            )
        procedure = book.get(scenario.procedure)
    except (ProcedureError, UnknownProcedure) as error:
        return Result(path=str(path), scenario=path.stem, outcome="failed", difference=str(error))
    difference = next(differences(scenario, player(scenario, procedure)), None)
    return Result(
        path=str(path),
        scenario=scenario.name,
        outcome="failed" if difference else "passed",
        difference=difference,
    )


def differences(scenario: Scenario, picture: Picture) -> Iterator[str]:
    """Every difference between what was told and what came, steps first."""
    for step, refusal in zip(scenario.steps, picture.refusals, strict=True):
        difference = _step_difference(step, refusal)
        if difference:
            yield f"line {step.line}, {step.action}: {difference}"
    if picture.status != scenario.status:
        yield f"status is {picture.status}, expected {scenario.status}"
    if scenario.compares_number and picture.number != scenario.number:
        yield f"number is {picture.number}, expected {scenario.number}"
    yield from _clock_differences(scenario, picture)
    yield from _event_differences(scenario, picture.events)


def _step_difference(step: ScenarioStep, refusal: Refusal | None) -> str | None:
    broken = [rule.rule for rule in refusal.broken] if refusal is not None else []
    if not step.refused:
        return f"was refused by {_reasons(refusal)}" if refusal is not None else None
    if refusal is None:
        return f"was allowed, expected to be refused by {step.rule}"
    if step.rule is not None and step.rule not in broken:
        return f"was refused by {', '.join(broken)}, not by {step.rule}"
    return None


def _reasons(refusal: Refusal) -> str:
    return "; ".join(f"{rule.rule} ({rule.en})" for rule in refusal.broken)


def _clock_differences(scenario: Scenario, picture: Picture) -> Iterator[str]:
    left = list(picture.clocks)
    zone = ZoneInfo(scenario.zone)
    for expected in scenario.clocks:
        candidates = [view for view in left if _is_meant(view, expected)]
        view = next((v for v in candidates if v.due_at and _same(v.due_at, expected.due)), None)
        where = f"line {expected.line}, clock {expected.clock}"
        where += f" of order {expected.order}" if expected.order else ""
        if view is None:
            found = ", ".join(_local(v.due_at, zone) for v in candidates) or "none"
            yield f"{where}: no run due {_local(expected.due, zone)}; runs found: {found}"
            continue
        left.remove(view)
        for what, told, came in _compared(expected, view, zone):
            if told != came:
                yield f"{where}: {what} is {came}, expected {told}"


def _is_meant(view: SeenClock, expected: ExpectedClock) -> bool:
    return view.clock == expected.clock and (expected.order is None or view.order == expected.order)


def _compared(
    expected: ExpectedClock, view: SeenClock, zone: ZoneInfo
) -> Iterator[tuple[str, object, object]]:
    yield "state", expected.state, view.state
    if expected.warn is not None:
        yield "warn", _local(expected.warn, zone), _local(view.warn_at, zone)
    if expected.met_at is not None:
        yield "met_at", _local(expected.met_at, zone), _local(view.ended_at, zone)
    for what in ("warned", "missed"):
        told = getattr(expected, what)
        if told is not None:
            yield what, told, getattr(view, what)


def _event_differences(scenario: Scenario, types: tuple[str, ...]) -> Iterator[str]:
    position = 0
    for wanted in scenario.events_include:
        if wanted not in types[position:]:
            yield f"no {wanted} in its place; events were: {', '.join(types)}"
            return
        position = types.index(wanted, position) + 1
    for unwanted in scenario.events_exclude:
        if unwanted in types:
            yield f"there is a {unwanted}; events were: {', '.join(types)}"
            return


def _same(came: datetime, told: datetime | None) -> bool:
    """Compared times are cut to the minute."""
    return told is None or came.replace(second=0, microsecond=0) == told


def _local(moment: datetime | None, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M") if moment is not None else "none"
