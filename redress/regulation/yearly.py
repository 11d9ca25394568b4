"""A year as a picture: twelve months of days, each coloured and signed by what it is."""

from __future__ import annotations

from calendar import Calendar as Weeks
from collections.abc import Iterator
from datetime import date

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from libs.procedures.calendar import Calendar, Day

_WEEKDAYS = "一二三四五六日"
# Sign and colour: readable without colours as well.
_LOOK = {
    "workday": ("  ", ""),
    "weekend": ("  ", "dim"),
    "holiday": ("休", "red"),
    "make-up-day": ("班", "bold cyan"),
}
_UNSETTLED = "italic yellow"


def year_picture(calendar: Calendar, year: int) -> RenderableType:
    """The months of a year, and below them every holiday and make-up day by its festival."""
    months = [_month(calendar, year, month) for month in range(1, 13)]
    return Group(Columns(months, padding=(1, 3)), Text(), *_festivals(calendar, year))


def _month(calendar: Calendar, year: int, month: int) -> Table:
    table = Table(
        title=f"{year}-{month:02}",
        title_style="bold",
        box=None,
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    for name in _WEEKDAYS:
        table.add_column(f"{name}", header_style="dim")
    for week in Weeks().monthdatescalendar(year, month):
        table.add_row(*(_cell(calendar, day) if day.month == month else "" for day in week))
    return table


def _cell(calendar: Calendar, day: date) -> Text:
    told = calendar.day(day)
    sign, style = _LOOK[told.kind]
    shown = f"{day.day:>2}{sign}"
    return Text(shown, _UNSETTLED if told.provisional and told.worked else style)


def _festivals(calendar: Calendar, year: int) -> Iterator[Text]:
    days = calendar.days_of(year)
    for festival in dict.fromkeys(day.festival for day in days if day.festival):
        rest = [day for day in days if day.festival == festival and not day.worked]
        work = [day for day in days if day.festival == festival and day.worked]
        line = Text(f"{festival:<16}", "bold")
        line.append(f" 休 {_spans(rest)}", "red")
        if work:
            line.append(f"  班 {_spans(work)}", "cyan")
        yield line
    count = sum(day.worked for day in days)
    unsettled = sum(day.provisional for day in days)
    yield Text(f"{count} working days", "dim")
    if unsettled:
        yield Text(f"{unsettled} days are provisional: not announced yet", _UNSETTLED)


def _spans(days: list[Day]) -> str:
    """`04-04..04-06, 05-01` of days in order."""
    spans: list[list[date]] = []
    for day in days:
        if spans and (day.date - spans[-1][-1]).days == 1:
            spans[-1].append(day.date)
        else:
            spans.append([day.date])
    return ", ".join(
        f"{span[0]:%m-%d}" + (f"..{span[-1]:%m-%d}" if len(span) > 1 else "") for span in spans
    )
