"""Random sequences of steps: decided events always fold, a replay gives the same state, a refused
step leaves nothing, and what the store keeps of an event is enough to fold it again.
"""

from __future__ import annotations

import json
from datetime import timedelta

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.complaints.commands import Command, Decision
from libs.complaints.decide import decide
from libs.complaints.facts import facts_of
from libs.complaints.fields import check_fields, decode, encode
from libs.complaints.rungs import SYSTEM, decide_rung
from libs.complaints.state import evolve, fold, initial
from libs.procedures.catalogue import ACTIONS
from libs.procedures.language.words import ROLES
from libs.procedures.schema import ProcedureBook
from tests.complaints.story import DAYS, ROOT, START

BOOK = ProcedureBook(ROOT / "procedures")
UNITS = ["henan/centre", "henan/network", "henan/hotline", "guangdong/centre", "national/centre"]


@st.composite
def commands(draw, procedure):
    """A step by anybody, with some of the fields it may carry; mostly after a registration."""
    action = draw(st.sampled_from(sorted(ACTIONS)))
    fields = procedure.fields[action]
    raw = {}
    for name in draw(st.lists(st.sampled_from(sorted(fields)), max_size=4)) if fields else ():
        raw[name] = draw(_value(fields[name], procedure))
    return Command(
        id="x",
        action=action,
        complaint="c",
        staff=draw(st.sampled_from(["ann", "bob"])),
        role=draw(st.sampled_from(ROLES)),
        unit=draw(st.sampled_from(UNITS)),
        order=draw(st.sampled_from([None, "A", "B"])),
        to=tuple(draw(st.lists(st.sampled_from(UNITS), max_size=2, unique=True))),
        data=check_fields(action, raw, procedure).data,
    )


def _value(field, procedure):
    one = {
        "flag": st.booleans(),
        "file": st.just("0" * 64 + ".1.pdf"),
        "whole": st.integers(-5, 500),
        "term": st.sampled_from(field.values or ("a", "b")),
        "slug": st.sampled_from(["a", "b-1"]),
        "unit": st.sampled_from(UNITS),
        "time": st.integers(-100, 500).map(lambda hours: START + timedelta(hours=hours)),
        "text": st.sampled_from(["天天断网", "told"]),
        "clock": st.sampled_from([clock.id for clock in procedure.clocks] or ["no-clock"]),
        "order": st.sampled_from(["A", "B"]),
    }[field.kind]
    return st.lists(one, min_size=1, max_size=3) if field.many else one


@st.composite
def stories(draw):
    procedure = BOOK.get(draw(st.sampled_from(sorted(BOOK.ids))))
    steps = draw(
        st.lists(st.tuples(st.integers(0, 2000), commands(procedure)), min_size=1, max_size=25)
    )
    return procedure, steps


def _stored(fact, procedure):
    """The fact as it comes back from the store: JSON, then typed again."""
    data = decode(fact.type, json.loads(json.dumps(encode(fact.data))), procedure)
    return msgspec.structs.replace(fact, data=data)


@settings(max_examples=150, deadline=None)
@given(stories())
def test_random_steps_keep_the_laws(told):
    procedure, steps = told
    register = Command(
        id="r", action="register", complaint="c", staff="ann", role="agent", unit="henan/hotline"
    )
    case, facts, now = initial(), [], START

    def record(decision, command):
        nonlocal case
        for fact in facts_of(decision, command, case.version + 1, now):
            facts.append(fact)
            case = evolve(case, fact, procedure, DAYS)

    for minutes, command in [(0, register), *steps]:
        now += timedelta(minutes=minutes)
        for rung in case.clocks.rungs_due(now) if case.clocks else ():
            fired = decide_rung(case, rung, procedure, DAYS, now)
            if fired is not None:
                record(fired, msgspec.structs.replace(register, staff=SYSTEM, role=SYSTEM))
        before = case
        outcome = decide(case, command, procedure, DAYS, now)
        assert case == before
        if isinstance(outcome, Decision):
            record(outcome, command)
        else:
            assert len({rule.rule for rule in outcome.broken}) == len(outcome.broken) > 0

    again = fold([_stored(fact, procedure) for fact in facts], procedure, DAYS)
    assert again.version == len(facts)
    assert again == case
    if case.clocks is not None:
        assert case.clocks.rungs_due(now) == again.clocks.rungs_due(now)
        assert [view.due_at for view in case.clocks.views(now)] == [
            view.due_at for view in again.clocks.views(now)
        ]
