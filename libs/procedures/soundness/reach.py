"""Which events can ever happen, when every step waits for what its rules want to see first."""

from __future__ import annotations

from libs.procedures.catalogue import ACTION_OF, ACTIONS
from libs.procedures.clocks.declaration import Clock
from libs.procedures.document import Node
from libs.procedures.soundness.clauses import Clause, Clauses

_REGISTERED, _ISSUED = "ComplaintRegistered", "OrderIssued"
_STATUS_BY = {
    "open": _REGISTERED,
    "declined": "ComplaintDeclined",
    "answered": "CustomerAnswered",
    "closed": "ComplaintClosed",
    "archived": "ComplaintArchived",
    "withdrawn": "ComplaintWithdrawn",
    "destroyed": "ArchiveDestroyed",
}
_ORDER_BY = {"fed-back": "OrderFedBack", "returned": "OrderReturned", "open": _ISSUED}
_ORDER_FLAGS = {"received": "OrderReceived", "forwarded": "OrderForwarded"}
_LOGIC = {"any": any, "all": all}

Wanted = list[tuple[str, ...]]
"""Groups of events: of each group one must have happened."""


class Reach:
    """The events that can happen, found by taking every step that is possible until none is new."""

    def __init__(
        self, clauses: Clauses, clocks: tuple[Clock, ...], *, form_classifies: bool
    ) -> None:
        self._clauses, self._clocks = clauses, clocks
        self._starts = {clock.id: clock.starts for clock in clocks}
        self.events: set[str] = set()
        while new := self._next(form_classifies=form_classifies) - self.events:
            self.events |= new

    def _next(self, *, form_classifies: bool) -> set[str]:
        found = {action.event for action in ACTIONS.values() if self._can(action.name)}
        if _REGISTERED in self.events and form_classifies:
            found.add("ComplaintClassified")
        running = [clock for clock in self._clocks if not self.events.isdisjoint(clock.starts)]
        if running:
            found.add("DeadlineMissed")
        if any(clock.warn_at for clock in running):
            found |= {"DeadlineWarned", "OrderUrged"}
        return found

    def _can(self, action: str) -> bool:
        return not self._missing_before(action) and all(
            not clause.forbids and (clause.when is not None or self._possible(clause.needs))
            for clause in self._clauses.get(action, ())
        )

    def _missing_before(self, action: str) -> set[str]:
        """What the action wants in every procedure and cannot be had."""
        wanted = set() if action == "register" else {_REGISTERED}
        if ACTIONS[action].order == "required":
            wanted.add(_ISSUED)
        return wanted - self.events

    def _possible(self, condition: Node | None) -> bool:
        if condition is None:
            return True
        for key, node in condition.mapping().items():
            if key in _LOGIC:
                if not _LOGIC[key](self._possible(child) for child in node.items()):
                    return False
            elif self._unmet(key, node):
                return False
        return True

    def _unmet(self, key: str, node: Node) -> Wanted:
        return [group for group in self._wanted(key, node) if self.events.isdisjoint(group)]

    def _wanted(self, key: str, node: Node) -> Wanted:
        """The events without which a block can never hold."""
        match key:
            case "happened" | "last" | "first" | "elapsed":
                return _of_events(key, node)
            case "status":
                return [tuple(_STATUS_BY[word] for word in node.texts())]
            case "order" | "orders":
                return _of_orders(node)
            case "clock" if _at_least_one(node):
                named = node.mapping()["id"].texts()
                starts = tuple(event for name in named for event in self._starts.get(name, ()))
                return [starts] if starts else []
        return []

    def check(self) -> None:
        """Raises `ProcedureError` for the first step that its rules make impossible."""
        for action in ACTIONS:
            if ACTIONS[action].event in self.events or self._missing_before(action):
                continue
            clauses = self._clauses.get(action, ())
            if any(clause.forbids for clause in clauses):
                continue
            for clause in clauses:
                if clause.when is None and not self._possible(clause.needs):
                    clause.at.fail(f"{action} can never be done: {self._why(action, clause)}")

    def _why(self, action: str, clause: Clause) -> str:
        """The chain of what waits for what, up to a circle or to a step that is forbidden."""
        told, seen = [], {action}
        while True:
            missing = self._first_missing(clause.needs)
            told.append(f"{action} needs {missing}")
            action = ACTION_OF.get(missing, "")
            waiting = self._blocked(action)
            if action in seen:
                return f"{', '.join(told)}: a circle that no step can begin"
            if waiting is None or waiting.forbids:
                by = f", which rule '{waiting.rule}' forbids" if waiting else ""
                return f"{', '.join(told)}, which can never happen{by}"
            seen.add(action)
            clause = waiting

    def _first_missing(self, condition: Node | None) -> str:
        for key, node in condition.mapping().items() if condition is not None else ():
            children = node.items() if key in _LOGIC else []
            for child in children:
                if not self._possible(child):
                    return self._first_missing(child)
            for group in [] if children else self._unmet(key, node):
                return group[0]
        return ""

    def _blocked(self, action: str) -> Clause | None:
        """The clause that makes this action impossible."""
        return next(
            (
                clause
                for clause in self._clauses.get(action, ())
                if clause.forbids or (clause.when is None and not self._possible(clause.needs))
            ),
            None,
        )


def _at_least_one(node: Node) -> bool:
    """Whether a block that counts wants at least one."""
    entries = node.mapping()
    if "at_least" in entries:
        return bool(entries["at_least"].value)
    return "at_most" not in entries


def _of_events(key: str, node: Node) -> Wanted:
    entries = node.mapping()
    if "event" not in entries or (key == "happened" and not _at_least_one(node)):
        return []
    wanted = [] if entries["event"].value == "any" else [entries["event"].texts()]
    if "after" in entries:
        after = entries["after"]
        named = after.mapping()["event"] if isinstance(after.value, dict) else after
        wanted += [] if named.value == "any" else [named.texts()]
    return wanted


def _of_orders(node: Node) -> Wanted:
    entries = node.mapping()
    named = "named" not in entries or entries["named"].value is True
    if not named or not _at_least_one(node):
        return []
    wanted: Wanted = [(_ISSUED,)]
    if "state" in entries:
        wanted.append(tuple(_ORDER_BY[word] for word in entries["state"].texts()))
    wanted += [
        (event,)
        for key, event in _ORDER_FLAGS.items()
        if key in entries and entries[key].value is True
    ]
    return wanted
