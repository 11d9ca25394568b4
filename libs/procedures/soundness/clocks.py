"""Clocks that can never start, and clocks that can never stop."""

from __future__ import annotations

from libs.procedures.document import Node
from libs.procedures.soundness.reach import Reach

_ONLY_ONCE = "ComplaintRegistered"


def check_clocks(section: Node, reach: Reach) -> None:
    """Raises `ProcedureError` at `from` or `to` of the first clock that nothing starts or stops."""
    for node in () if section.empty else section.items():
        entries = node.mapping()
        _check_start(entries, reach)
        _check_stop(entries, reach)


def _check_start(entries: dict[str, Node], reach: Reach) -> None:
    starts = entries["from"].texts()
    if reach.events.isdisjoint(starts):
        entries["from"].fail(f"can never start: {', '.join(starts)} can never happen")
    if "order" in entries and set(starts) == {_ONLY_ONCE}:
        entries["from"].fail("can never start: a registration is about no order")


def _check_stop(entries: dict[str, Node], reach: Reach) -> None:
    stops = entries["to"].texts()
    if reach.events.isdisjoint(stops):
        entries["to"].fail(f"can never stop: {', '.join(stops)} can never happen")
    if set(stops) == {_ONLY_ONCE} and "from_at" not in entries:
        entries["to"].fail("can never stop: a complaint is registered once, and first")
