"""The words that conditions of one procedure may use, so that a typing error is found at load."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from libs.procedures.document import Node, suggestion
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
    `texts` the names that are sealed wherever they occur. `attributes`: fields of the complaint.
    """

    units: UnitDirectory
    fields: Mapping[str, Collection[str]]
    events: Mapping[str, Collection[str]]
    attributes: Collection[str]
    posts: Collection[str] = ()
    clocks: Collection[str] = ()
    parameters: Collection[str] = ()
    sealed: Collection[str] = ()

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
