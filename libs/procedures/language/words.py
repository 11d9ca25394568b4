"""The words that conditions of one procedure may use, so that a typing error is found at load."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from libs.procedures.document import Node, shown, suggestion
from libs.procedures.fieldtypes import FieldType
from libs.procedures.units import UnitDirectory

ROLES = (
    "agent",
    "centre",
    "handler",
    "manager",
    "director",
    "auditor",
    "regulator",
    "customer",
    "system",
)
STATUSES = ("open", "declined", "answered", "closed", "archived", "withdrawn", "destroyed")


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """Vocabulary of a procedure.

    `fields` holds, per action, the fields a step may carry; `events` the fields per event type;
    `parameters`: the open parameters with what they stand at. `attributes`: fields of the
    complaint. `types`: what a field of this name holds, at each of the actions that carry it.
    `sealed`: the names that are sealed wherever they occur.
    """

    units: UnitDirectory
    fields: Mapping[str, Collection[str]]
    events: Mapping[str, Collection[str]]
    attributes: Collection[str]
    posts: Collection[str] = ()
    clocks: Collection[str] = ()
    parameters: Mapping[str, object] = {}
    sealed: Collection[str] = ()
    types: Mapping[str, tuple[FieldType, ...]] = {}

    def check_field(self, name: str, known: Collection[str], node: Node) -> None:
        """Refuse a field that none of the steps in question can carry."""
        if name not in known:
            node.fail(f"no field '{name}' here{suggestion(name, known)}")

    def step_fields(self, actions: Collection[str]) -> set[str]:
        """Fields that at least one of these actions may carry."""
        return {name for action in actions for name in self.fields.get(action, ())}

    def event_fields(self, events: Collection[str]) -> set[str]:
        """Fields that at least one of these events may carry."""
        return {name for event in events for name in self.events.get(event, ())}

    def check_units(self, node: Node) -> None:
        """Refuse a pattern that none of the procedure's units can fit."""
        for child in node.one_or_more():
            if not self.units.may_fit(child.text()):
                near = suggestion(child.text(), self.units.ids)
                child.fail(f"no unit '{shown(child.text())}' in this procedure{near}")

    def check_values(self, name: str, node: Node) -> None:
        """Refuse a value that the field can never have, so that the condition could never hold."""
        types = self.types.get(name, ())
        for member in node.one_or_more() if types else ():
            value = member.value
            if value is not None and not any(_can_be(field, value) for field in types):
                words = tuple(dict.fromkeys(word for field in types for word in field.values))
                kinds = " or ".join(dict.fromkeys(field.kind for field in types))
                near = suggestion(str(value), words)
                member.fail(f"'{shown(str(value))}' can never be {name} ({kinds}){near}")


def _can_be(field: FieldType, value: object) -> bool:
    match field.kind:
        case "flag":
            return isinstance(value, bool)
        case "whole":
            return isinstance(value, int) and not isinstance(value, bool)
        case "time":
            return False
        case "text" | "term" if field.values:
            return value in field.values
    return isinstance(value, str)
