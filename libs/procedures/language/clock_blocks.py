"""Blocks about limits: a clock's state and due time, and time that must have passed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from libs.procedures.clocks.deadlines import deadline
from libs.procedures.clocks.laid_down import laid_down, laid_down_by
from libs.procedures.clocks.limits import Limit, parse_limit
from libs.procedures.clocks.runs import Run
from libs.procedures.document import Node
from libs.procedures.errors import DeclarationError
from libs.procedures.extensions import extension_faults
from libs.procedures.facts import Fact, Scalar
from libs.procedures.language.references import compile_reference
from libs.procedures.language.scope import Block, Scope, counted
from libs.procedures.situation import Situation

_STATES = ("open", "met", "missed", "cancelled")
_LAID_DOWN = ("late", "in-time", "running")
_NAMED = "named"
_INSTANT = timedelta(microseconds=1)


def _clock(node: Node, scope: Scope) -> Block:
    """Runs of a clock in a state; `past_due` looks at the due time in force of an open run."""
    entries = node.mapping(("id", "order", "state", "past_due", "at_least", "at_most"))
    if "id" not in entries:
        node.fail("names no clock; `id: named` is the one in the step's field `clock`")
    chosen = _chosen(entries, scope)
    states = frozenset(entries["state"].words(_STATES)) if "state" in entries else None
    late = entries["past_due"].flag() if "past_due" in entries else None
    enough = counted(entries)

    def fits(run: Run, situation: Situation) -> bool:
        past = _is_late(run, situation)
        if states is not None and run.state(situation.now) not in states:
            return False
        return late is None or past is late

    def holds(situation: Situation, _event: Fact | None) -> bool:
        runs = situation.clocks.runs() if situation.clocks is not None else ()
        return enough(sum(1 for run in runs if chosen(run, situation) and fits(run, situation)))

    return holds


def _chosen(entries: dict[str, Node], scope: Scope) -> Callable[[Run, Situation], bool]:
    named = entries["id"].value == _NAMED
    wanted = frozenset() if named else frozenset(entries["id"].words(scope.words.clocks))
    same_order = "order" in entries and bool(entries["order"].word(("same",)))

    def chosen(run: Run, situation: Situation) -> bool:
        step = situation.step
        if run.clock.id not in wanted and not (named and run.clock.id == step.data.get("clock")):
            return False
        return not (same_order or (named and run.clock.per_order)) or run.order == step.order

    return chosen


def _is_late(run: Run, situation: Situation) -> bool:
    """Whether the due time is over. While a run is open its answer changes then."""
    if run.due_at is None:
        return False
    if run.phase == "open":
        return not situation.not_after(run.due_at)
    return situation.now > run.due_at


def _laid_down(node: Node, scope: Scope) -> Block:
    """Runs of clocks judged by the limit laid down; `by`: the first such event ends them."""
    entries = node.mapping(("clock", "by", "state", "at_least", "at_most"))
    for key in ("clock", "state"):
        if key not in entries:
            node.fail(f"has no {key}")
    clocks = frozenset(entries["clock"].words(scope.words.clocks))
    states = frozenset(entries["state"].words(_LAID_DOWN))
    ends = entries["by"].word(tuple(scope.words.events)) if "by" in entries else None
    enough = counted(entries)

    def standing(run: Run, situation: Situation) -> str | None:
        if ends is None:
            return laid_down(run, situation.now)
        ending = situation.history.get(ends, ())[:1]
        return laid_down_by(run, situation.now, ending[0].recorded_at if ending else None)

    def holds(situation: Situation, _event: Fact | None) -> bool:
        runs = situation.clocks.runs() if situation.clocks is not None else ()
        named = (run for run in runs if run.clock.id in clocks)
        return enough(sum(1 for run in named if standing(run, situation) in states))

    return holds


def _not_later(node: Node, scope: Scope) -> Block:
    """`time` is set and not later than the first of `than` that is set."""
    entries = node.mapping(("time", "than"))
    for key in ("time", "than"):
        if key not in entries:
            node.fail(f"has no {key}")
    time = compile_reference(entries["time"], scope.words, scope.actions)
    bounds = [_bound(child, scope) for child in entries["than"].one_or_more()]

    def holds(situation: Situation, event: Fact | None) -> bool:
        moment = _moment(time(situation, event))
        found = (bound(situation, event) for bound in bounds)
        latest = next((bound for bound in found if bound is not None), None)
        return moment is not None and latest is not None and moment <= latest

    return holds


def _bound(node: Node, scope: Scope) -> Callable[..., datetime | None]:
    """A reference to a time, or `{due: clocks, plus: limit}`: what the first run's limit allows."""
    if not isinstance(node.value, dict):
        reference = compile_reference(node, scope.words, scope.actions)
        return lambda situation, event: _moment(reference(situation, event))
    entries = node.mapping(("due", "plus"))
    if "due" not in entries:
        node.fail("has no due")
    clocks = frozenset(entries["due"].words(scope.words.clocks))
    plus = _limit(entries["plus"], scope) if "plus" in entries else None

    def due(situation: Situation, _event: Fact | None) -> datetime | None:
        runs = situation.clocks.runs() if situation.clocks is not None else ()
        named = (r.first_due_at for r in runs if r.clock.id in clocks and r.first_due_at)
        first = min(named, default=None)
        if first is None or plus is None:
            return first
        return deadline(first, plus(situation), situation.frame.timetable).due_at

    return due


def _moment(found: tuple[Scalar, ...]) -> datetime | None:
    return found[0] if found and isinstance(found[0], datetime) else None


def _elapsed(node: Node, scope: Scope) -> Block:
    """At least (or less than) this long has passed since a time or the last such event."""
    entries = node.mapping(("since", "event", "at_least", "less_than"))
    bounds = [key for key in ("at_least", "less_than") if key in entries]
    if len(bounds) != 1 or ("since" in entries) is ("event" in entries):
        node.fail("says since (a reference to a time) or event, and at_least or less_than")
    since = _since(entries, scope)
    limit = _limit(entries[bounds[0]], scope)
    wanted = bounds[0] == "at_least"

    def holds(situation: Situation, event: Fact | None) -> bool:
        start = since(situation, event)
        if start is None:
            return False
        frame = situation.frame
        end = deadline(start, limit(situation), frame.timetable).due_at
        return situation.not_after(end - _INSTANT) is not wanted

    return holds


def _since(entries: dict[str, Node], scope: Scope) -> Callable[..., datetime | None]:
    if "event" in entries:
        types = entries["event"].words(tuple(scope.words.events))

        def last(situation: Situation, _event: Fact | None) -> datetime | None:
            facts = [f for kind in types for f in situation.history.get(kind, ())[-1:]]
            return max((fact.happened_at for fact in facts), default=None)

        return last
    reference = compile_reference(entries["since"], scope.words, scope.actions)

    return lambda situation, event: _moment(reference(situation, event))


def _limit(node: Node, scope: Scope) -> Callable[[Situation], Limit]:
    """`{value, unit}` or `{parameter: x}`: what the operator has set it to."""
    entries = node.mapping(("value", "unit", "parameter"))
    if "parameter" in entries:
        name = entries["parameter"].word(scope.words.parameters)
        try:
            parse_limit(scope.words.parameters[name], (), {})
        except DeclarationError as error:
            entries["parameter"].fail(f"'{name}' stands at no limit: {error.reason}")
        return lambda situation: parse_limit(situation.frame.parameters[name], (name,), {})
    try:
        limit = parse_limit(node.plain(), (), {})
    except DeclarationError as error:
        node.fail(error.reason)
    return lambda _situation: limit


def _extension(node: Node, _scope: Scope) -> Block:
    """`allowed`: the clock's own `extend` lets this step ask for, or grant, more time."""
    node.word(("allowed",))
    return lambda situation, _: not extension_faults(situation)


BLOCKS: dict[str, Callable[[Node, Scope], Block]] = {
    "clock": _clock,
    "laid_down": _laid_down,
    "not_later": _not_later,
    "elapsed": _elapsed,
    "extension": _extension,
}
