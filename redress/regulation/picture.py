"""The flow of a procedure as an SVG picture, laid out by counting rows and columns.

Steps stand below each other in the middle. Each arrow and each clock gets the first column, counted
from the middle outwards, that is free over the rows it spans.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TypeVar

from libs.complaints.wording import Language
from redress.regulation.flow import Arrow, Flow, Row, Span

_ROW, _BOX_HEIGHT, _BOX_WIDTH = 46, 34, 250
_ARROW_STEP, _CLOCK_STEP, _MARGIN = 13, 26, 16
_RADIUS = 9
Spanning = TypeVar("Spanning")
Extent = tuple[int, int]


def picture(flow: Flow, language: Language) -> str:
    """The SVG element, with a text alternative; colours come from the page's style sheet."""
    index = {row.event: number for number, row in enumerate(flow.rows)}
    arrows = _columns([(arrow, _extent(_rows(index, arrow))) for arrow in flow.arrows])
    clocks = _columns([(span, _extent(_rows(index, span))) for span in flow.spans])
    left = _MARGIN + _ARROW_STEP * (1 + _used(arrows))
    right = left + _BOX_WIDTH
    width = right + _MARGIN + _CLOCK_STEP * (1 + _used(clocks))
    height = _ROW * len(flow.rows) + 2 * _MARGIN
    parts = [_arrow(arrow, column, index, left) for arrow, column in arrows]
    parts += [_clock(span, column, index, right) for span, column in clocks]
    parts += [_box(row, number, left, language) for number, row in enumerate(flow.rows)]
    label = escape(language.say("page.picture"))
    return (
        f'<svg class="flow" role="img" aria-label="{label}" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" xmlns="http://www.w3.org/2000/svg">'
        '<defs><marker id="tip" viewBox="0 0 6 6" refX="6" refY="3" markerWidth="6" '
        'markerHeight="6" orient="auto"><path d="M0 0L6 3L0 6z" class="tip"/></marker></defs>'
        + "".join(parts)
        + "</svg>"
    )


def _rows(index: dict[str, int], what: Arrow | Span) -> list[int]:
    if isinstance(what, Arrow):
        return [index[what.before], index[what.after]]
    return [index[event] for event in (*what.starts, *what.stops)]


def _extent(rows: Sequence[int]) -> Extent:
    return min(rows), max(rows)


def _columns(spanning: Sequence[tuple[Spanning, Extent]]) -> list[tuple[Spanning, int]]:
    """The first free column for each, the short ones nearest to the middle."""
    taken: list[list[Extent]] = []
    placed: list[tuple[Spanning, int]] = []
    for what, (first, last) in sorted(spanning, key=lambda it: (it[1][1] - it[1][0], it[1][0])):
        column = next(
            (
                number
                for number, extents in enumerate(taken)
                if all(last < begin or end < first for begin, end in extents)
            ),
            len(taken),
        )
        if column == len(taken):
            taken.append([])
        taken[column].append((first, last))
        placed.append((what, column))
    return placed


def _used(placed: Iterable[tuple[object, int]]) -> int:
    return max((column + 1 for _, column in placed), default=0)


def _middle(row: int) -> int:
    return _MARGIN + _ROW * row + _BOX_HEIGHT // 2


def _box(row: Row, number: int, left: int, language: Language) -> str:
    top = _middle(number) - _BOX_HEIGHT // 2
    title = escape(language.term("event_type", row.event))
    roles = " / ".join(language.term("role", role) for role in row.roles)
    notes = [f"{language.say('page.who')} {roles}"] if roles else []
    if row.rules:
        notes.append(language.say("page.rules_count", count=row.rules))
    note = escape(" · ".join(notes))
    title_at = top + (14 if note else 21)
    return (
        f'<g><rect class="step" x="{left}" y="{top}" width="{_BOX_WIDTH}" height="{_BOX_HEIGHT}" '
        f'rx="6"/><text class="name" x="{left + 12}" y="{title_at}">{title}</text>'
        f'<text class="note" x="{left + 12}" y="{top + 28}">{note}</text></g>'
    )


def _arrow(arrow: Arrow, column: int, index: dict[str, int], left: int) -> str:
    x = left - _ARROW_STEP * (column + 1)
    start, end = _middle(index[arrow.before]) + 5, _middle(index[arrow.after]) - 5
    style = "order" if arrow.always else "order some"
    path = f"M{left} {start}H{x}V{end}H{left - 1}"
    return f'<path class="{style}" marker-end="url(#tip)" d="{path}"/>'


def _clock(span: Span, column: int, index: dict[str, int], right: int) -> str:
    x = right + _CLOCK_STEP * (column + 1)
    rows = _rows(index, span)
    top, bottom = _middle(min(rows)) + 8, _middle(max(rows)) - 8
    if min(rows) == max(rows):
        top, bottom = _middle(rows[0]) - 10, _middle(rows[0]) + 10
    starts = [_middle(index[event]) for event in span.starts]
    stops = [_middle(index[event]) for event in span.stops]
    ticks = "".join(f"M{right} {_inside(y, top, bottom)}H{x}" for y in starts)
    ends = "".join(
        f'<circle class="stop" cx="{right}" cy="{_inside(y, top, bottom)}" r="3"/>'
        f'<path class="clock thin" d="M{right} {_inside(y, top, bottom)}H{x}"/>'
        for y in stops
    )
    middle = (top + bottom) // 2
    return (
        f'<g><title>{escape(span.clock)}</title><path class="clock" d="M{x} {top}V{bottom}"/>'
        f'<path class="clock thin" d="{ticks}"/>{ends}'
        f'<circle class="badge" cx="{x}" cy="{middle}" r="{_RADIUS}"/>'
        f'<text class="number" x="{x}" y="{middle + 3}">{span.number}</text></g>'
    )


def _inside(y: int, top: int, bottom: int) -> int:
    return max(top, min(y, bottom))
