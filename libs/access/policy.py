"""Who may see which case: one table of rules, nothing else opens anything (default deny).

What one may *do* with a case one sees is the procedure's word, not this table's, with one
exception: a regulator looks on from outside and only takes part in appeals.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from libs.access.identity import WORKING_ROLES, Subject


class Involvement(msgspec.Struct, frozen=True, kw_only=True):
    """What access looks at in a case: its tier, who registered it, every unit that ever had it."""

    registered_by: str
    units: frozenset[str]
    tier: str | None = None


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """What one may see: the case at all, its sealed text, and the rule that says so.

    `actions` limits what he may ask for (`None`: no limit of access; the procedure decides).
    """

    allowed: bool
    text: bool = False
    actions: frozenset[str] | None = None
    rule: str = "default-deny"

    def permits(self, action: str) -> bool:
        """Return whether access lets the subject ask for this action."""
        return self.allowed and (self.actions is None or action in self.actions)


DENIED = Access(allowed=False)
AUDITORS_ACTIONS = frozenset({"report_case"})
REGULATORS_ACTIONS = frozenset({"register", "supplement", "conclude_appeal"})
OVERSEERS = frozenset({"manager", "director", "auditor", "regulator"})
DESK_ROLES = frozenset({"centre", "director", "auditor"})


def within(unit: str, ancestor: str) -> bool:
    """Return whether `unit` is `ancestor` or lies below it (by whole path parts)."""
    return unit == ancestor or unit.startswith(ancestor + "/")


def with_above(unit: str) -> list[str]:
    """Return the unit and all units above it, the widest first."""
    parts = unit.split("/")
    return ["/".join(parts[:length]) for length in range(1, len(parts) + 1)]


def province_of(unit: str) -> str:
    """Return the first part of a unit's path."""
    return unit.partition("/")[0]


class Policy:
    """The table. `headquarters` is the path of the national centre's body; in a simulation
    everybody sees everything, for there is nobody's data in it.
    """

    def __init__(self, *, headquarters: str = "national", simulation: bool = False) -> None:
        self._headquarters = headquarters
        self._simulation = simulation
        rules: tuple[tuple[str, Callable[[Subject, Involvement], bool], Access], ...] = (
            ("simulation", self._in_simulation, Access(allowed=True, text=True)),
            ("regulator", _appeal_before, _granted(actions=REGULATORS_ACTIONS)),
            ("auditor", self._audits, _granted(text=False, actions=AUDITORS_ACTIONS)),
            ("own-unit", _own_unit, _granted()),
            ("province-desk", _province_desk, _granted()),
            ("headquarters", self._headquarters_desk, _granted()),
        )
        self._rules = tuple(
            (applies, msgspec.structs.replace(access, rule=name)) for name, applies, access in rules
        )

    def decide(self, subject: Subject, case: Involvement) -> Access:
        """Return what `subject` may see of `case`: the first rule that applies, else nothing."""
        return next((access for applies, access in self._rules if applies(subject, case)), DENIED)

    def oversees(self, subject: Subject, case: Involvement) -> bool:
        """Return whether `subject` may look over who has read the case's text.

        Those who answer for others, of the cases they see themselves, and the desk of headquarters.
        """
        if not self.decide(subject, case).allowed:
            return False
        at_head = self._headquarters_desk(subject, case)
        return self._simulation or subject.role in OVERSEERS or at_head

    def may_list(self, subject: Subject, unit: str) -> bool:
        """Return whether `subject` may see the work of `unit` as a list."""
        return self.decide(subject, Involvement(registered_by=unit, units=frozenset())).allowed

    def _in_simulation(self, _subject: Subject, _case: Involvement) -> bool:
        return self._simulation

    def _headquarters_desk(self, subject: Subject, _case: Involvement) -> bool:
        at_home = province_of(subject.unit) == self._headquarters
        at_desk = subject.role in DESK_ROLES or subject.unit == self._headquarters
        return at_home and at_desk and subject.role in WORKING_ROLES

    def _audits(self, subject: Subject, case: Involvement) -> bool:
        sees = (
            _own_unit(subject, case)
            or _province_desk(subject, case)
            or self._headquarters_desk(subject, case)
        )
        return subject.role == "auditor" and sees


def _granted(*, text: bool = True, actions: frozenset[str] | None = None) -> Access:
    return Access(allowed=True, text=text, actions=actions)


def _own_unit(subject: Subject, case: Involvement) -> bool:
    # Customers and the system name in `unit` the body they turn to: that gives them no sight of it.
    if subject.role not in WORKING_ROLES:
        return False
    own = subject.unit
    return within(case.registered_by, own) or any(within(unit, own) for unit in case.units)


def _province_desk(subject: Subject, case: Involvement) -> bool:
    province = province_of(subject.unit)
    units = case.units | {case.registered_by}
    return subject.role in DESK_ROLES and any(within(unit, province) for unit in units)


def _appeal_before(subject: Subject, case: Involvement) -> bool:
    involved = subject.unit in case.units or subject.unit == case.registered_by
    return subject.role == "regulator" and (case.tier == "appeal" or involved)
