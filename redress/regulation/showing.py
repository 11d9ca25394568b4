"""A procedure in the terminal: its clocks and rules, or what each action may say."""

from __future__ import annotations

from rich.table import Table

from libs.procedures.catalogue import ACTIONS
from libs.procedures.schema import Procedure


def described(procedure: Procedure) -> dict[str, object]:
    """The procedure for programs."""
    return {
        "id": procedure.id,
        "version": procedure.version,
        "title": {"zh": procedure.title.zh, "en": procedure.title.en},
        "clocks": [
            {"id": clock.id, "from": clock.starts, "to": clock.stops, "source": clock.source}
            for clock in procedure.clocks
        ],
        "rules": [
            {"id": rule.id, "kind": rule.kind, "title": rule.title.zh, "source": rule.source}
            for rule in procedure.rules
        ],
        "fields": {
            action: {field: kind.kind for field, kind in told.items()}
            for action, told in procedure.fields.items()
        },
    }


def clocks_table(procedure: Procedure) -> Table:
    """The clocks, one a line."""
    table = Table("clock", "时限", "from", "to", "source", title="时限 / Clocks")
    for clock in procedure.clocks:
        starts, stops = ", ".join(clock.starts), ", ".join(clock.stops)
        table.add_row(clock.id, clock.title.get("zh", ""), starts, stops, clock.source)
    return table


def rules_table(procedure: Procedure) -> Table:
    """The rules, one a line, with the actions they apply to."""
    table = Table("rule", "kind", "规则", "at", "source", title="规则 / Rules")
    for rule in procedure.rules:
        steps = dict.fromkeys(action for part in rule.parts for action in part.applies)
        table.add_row(rule.id, rule.kind, rule.title.zh, ", ".join(steps), rule.source)
    return table


def fields_table(procedure: Procedure) -> Table:
    """What each action may say under this procedure."""
    table = Table("action", "event", "fields", title="字段 / Fields")
    for name, action in ACTIONS.items():
        told = ", ".join(
            f"{field}: {'[' if kind.many else ''}{kind.kind}{']' if kind.many else ''}"
            for field, kind in procedure.fields[name].items()
        )
        table.add_row(name, action.event, told)
    return table
