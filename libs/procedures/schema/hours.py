"""The working hours of a procedure: `hours`, and the days on which they hold (`hours_on`)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import time

from libs.procedures.document import Node

_SPAN = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")
_WORKED = ("working-hours", "working-minutes")


def read_hours(node: Node | None) -> tuple[tuple[time, time], ...]:
    """The spans, in order, none touching the one before."""
    spans: list[tuple[time, time]] = []
    for child in [] if node is None or node.empty else node.items():
        match = _SPAN.fullmatch(child.text())
        if match is None:
            child.fail("working hours are written 08:30-12:00")
        h1, m1, h2, m2 = map(int, match.groups())
        try:
            span = (time(h1, m1), time(h2, m2))
        except ValueError:
            child.fail("is no time of day")
        if span[0] >= span[1] or (spans and span[0] <= spans[-1][1]):
            child.fail("must lie after the span before, with its end after its start")
        spans.append(span)
    return tuple(spans)


def read_hours_on(node: Node | None, hours: Node | None) -> bool:
    """Whether the working hours hold on every day; `workdays` where nothing is said."""
    if node is None or node.empty:
        return False
    if hours is None or hours.empty:
        node.fail("needs `hours`: the working hours that it is about")
    return node.word(("workdays", "every-day")) == "every-day"


def check_hours(sections: Iterable[Node | None], hours: Node | None) -> None:
    """Refuse a limit in working hours, wherever it stands, where the procedure declares none."""
    if hours is None or not read_hours(hours):
        for node in sections:
            if node is not None:
                _refuse_worked(node)


def _refuse_worked(node: Node) -> None:
    if isinstance(node.value, dict):
        entries = node.mapping()
        if "unit" in entries and entries["unit"].value in _WORKED:
            entries["unit"].fail("needs `hours`: the procedure declares no working hours")
        for child in entries.values():
            _refuse_worked(child)
    elif isinstance(node.value, list):
        for child in node.items():
            _refuse_worked(child)
