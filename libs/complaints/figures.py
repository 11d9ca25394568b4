"""A figure of a period, as the procedure says it is counted. Pure.

The complaints given are those of the period (by the day of registration in the procedure's zone),
folded up to the moment at which the figure is taken: what is recorded later does not count, and a
limit not yet over at that moment is not late.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from fractions import Fraction
from math import prod

import msgspec

from libs.complaints.decide import situation_of
from libs.complaints.state import Case
from libs.procedures.calendar import Calendar
from libs.procedures.clocks.laid_down import delay_by, laid_down, longest_delay
from libs.procedures.clocks.runs import Run
from libs.procedures.schema import Procedure
from libs.procedures.schema.counting import Counting, Minutes
from libs.procedures.situation import Situation, Step

_MINUTE = timedelta(minutes=1)


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """`numerator` over `denominator`, both exact; a mean's numerator is a sum of minutes.

    A number has no denominator; where that is zero, there is no value.
    """

    numerator: int
    denominator: int | None

    @property
    def value(self) -> Fraction | None:
        """The figure itself: a share from 0 to 1, a rate per customer, minutes, or a number."""
        if self.denominator is None:
            return Fraction(self.numerator)
        return Fraction(self.numerator, self.denominator) if self.denominator else None


def look_at(case: Case, procedure: Procedure, calendar: Calendar, as_of: datetime) -> Situation:
    """A complaint, folded up to this moment, as figures look at it."""
    nobody = Step(action="", staff="", role="", unit="")
    return situation_of(case, nobody, procedure, calendar, as_of)


def figure_of(
    counting: Counting,
    looks: Iterable[Situation],
    *,
    link: str | None = None,
    customers: int | None = None,
) -> Figure:
    """The figure over these complaints; `link`: for that part of the flow alone.

    Raises ValueError for a link the figure does not know, a rate without the number of customers,
    or a figure that is not counted from complaints.
    """
    if counting.records is not None:
        raise ValueError(f"counted from {counting.records}, not from complaints")
    if link is not None and link not in counting.links:
        raise ValueError(f"no link {link}; there are: {', '.join(counting.links) or 'none'}")
    if counting.kind == "rate" and not customers:
        raise ValueError("a rate needs the number of customers")
    counted = [look for look in looks if counting.of is None or counting.of.holds(look)]
    if counting.minutes is not None:
        return _mean(counting.minutes, counting, counted, link)
    if link is not None:
        counted = [look for look in counted if _due(counting.links[link], look)]
    good = sum(1 for look in counted if _is_good(counting, look, link))
    if counting.kind == "number":
        return Figure(numerator=good, denominator=None)
    return Figure(
        numerator=good, denominator=customers if counting.kind == "rate" else len(counted)
    )


class Tally:
    """A figure added up complaint by complaint, so that none has to be kept: over all of them, for
    each value by which they are told apart, and for each link.
    """

    def __init__(self, counting: Counting) -> None:
        self.counting = counting
        self._sums: dict[tuple[str | None, str | None], tuple[int, int]] = {}

    def add(self, look: Situation, key: str | None) -> None:
        """Count one more complaint; `key`: its value, None where they are not told apart."""
        for link in (None, *self.counting.links):
            figure = figure_of(self.counting, [look], link=link, customers=1)
            for group in {None, key} if link is None else {None}:
                good, among = self._sums.get((group, link), (0, 0))
                self._sums[group, link] = (
                    good + figure.numerator,
                    among + (figure.denominator or 0),
                )

    @property
    def keys(self) -> list[str]:
        """The values seen, in order."""
        return sorted(key for key, link in self._sums if key is not None and link is None)

    def figure(
        self, *, key: str | None = None, link: str | None = None, customers: int | None = None
    ) -> Figure:
        """What it has come to; a rate over so many `customers`."""
        good, among = self._sums.get((key, link), (0, 0))
        if self.counting.kind == "number":
            return Figure(numerator=good, denominator=None)
        return Figure(
            numerator=good, denominator=customers if self.counting.kind == "rate" else among
        )


def figure_of_records(counting: Counting, records: Iterable[Mapping[str, int]]) -> Figure:
    """A figure counted from records of another system: each brings the numbers it is made of.

    A record counts with the product of what is named, so that several flags must all be set.
    """
    found = list(records)
    good = sum(prod(record[name] for name in counting.good_fields) for record in found)
    if counting.kind == "number":
        return Figure(numerator=good, denominator=None)
    return Figure(
        numerator=good,
        denominator=sum(prod(record[name] for name in counting.of_fields) for record in found),
    )


def meets_goal(counting: Counting, figure: Figure, period: str | None = None) -> bool | None:
    """Whether a figure of this kind of period comes to what it should; None: no goal, no value."""
    goal = counting.goals.get(period or "") or counting.goals.get("")
    if goal is None or figure.value is None:
        return None
    value = figure.value * 100 if counting.kind == "share" else figure.value
    return (
        (goal.at_least is None or value >= goal.at_least)
        and (goal.at_most is None or value <= goal.at_most)
        and (goal.less_than is None or value < goal.less_than)
    )


def _is_good(counting: Counting, look: Situation, link: str | None) -> bool:
    if link is None:
        late = any(_late(clocks, look) for clocks in counting.links.values())
        return not late and (counting.good is None or counting.good.holds(look))
    besides = counting.good_in.get(link)
    return not _late(counting.links[link], look) and (besides is None or besides.holds(look))


def _runs(clocks: tuple[str, ...], look: Situation) -> list[Run]:
    book = look.clocks
    return [run for run in book.runs() if run.clock.id in clocks] if book is not None else []


def _late(clocks: tuple[str, ...], look: Situation) -> bool:
    return any(laid_down(run, look.now) == "late" for run in _runs(clocks, look))


def _due(clocks: tuple[str, ...], look: Situation) -> bool:
    return any(laid_down(run, look.now) in {"late", "in-time"} for run in _runs(clocks, look))


def _mean(minutes: Minutes, counting: Counting, looks: list[Situation], link: str | None) -> Figure:
    if link is not None:
        spans = [longest_delay(_runs(counting.links[link], look)) for look in looks]
    elif minutes.clocks:
        spans = [_delay(minutes, look) for look in looks]
    else:
        spans = [_between(minutes, look) for look in looks]
    # A delay of nothing is none; a complaint answered at once counts with nothing.
    found = [span for span in spans if span is not None and (span or minutes.from_)]
    return Figure(numerator=sum(int(span // _MINUTE) for span in found), denominator=len(found))


def _delay(minutes: Minutes, look: Situation) -> timedelta | None:
    runs = _runs(minutes.clocks, look)
    if minutes.by is None:
        return longest_delay(runs)
    ended = look.history.get(minutes.by, ())[:1]
    return delay_by(runs, ended[0].recorded_at) if ended else None


def _between(minutes: Minutes, look: Situation) -> timedelta | None:
    if minutes.from_ is None or minutes.to is None:
        return None
    begin, end = minutes.from_(look, None), minutes.to(look, None)
    if not begin or not end:
        return None
    first, last = begin[0], end[0]
    if not isinstance(first, datetime) or not isinstance(last, datetime):
        return None
    return last - first
