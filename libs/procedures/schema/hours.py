"""The working hours of a procedure: `hours`, and the days on which they hold (`hours_on`)."""

from __future__ import annotations

import re
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


def check_hours(clocks: Node, hours: Node | None) -> None:
    """Refuse a limit in working hours where the procedure declares none."""
    declared = hours is not None and bool(read_hours(hours))
    for clock in () if declared or clocks.empty else clocks.items():
        limit = clock.mapping()["limit"].mapping()
        if "unit" in limit and limit["unit"].value in _WORKED:
            limit["unit"].fail("needs `hours`: the procedure declares no working hours")
