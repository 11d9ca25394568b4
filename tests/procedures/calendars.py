"""The shipped calendar, and moments in local time as the regulations give them."""

from __future__ import annotations

from datetime import UTC, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from libs.procedures.calendar import load_calendar
from libs.procedures.clocks import Timetable

CALENDARS = Path(__file__).parents[2] / "procedures" / "calendars"
SHANGHAI = ZoneInfo("Asia/Shanghai")
MAINLAND = load_calendar(CALENDARS / "mainland.yaml")
# Nine to noon and half past one to half past five: seven hours a working day.
OFFICE = ((time(9), time(12)), (time(13, 30), time(17, 30)))
TIMETABLE = Timetable(MAINLAND, SHANGHAI, OFFICE)


def at(text: str) -> datetime:
    """A local time such as '2026-03-02 09:00', in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


def local(moment: datetime | None) -> str | None:
    """A moment as local time to the second, the way it is written above."""
    if moment is None:
        return None
    wall = moment.astimezone(SHANGHAI)
    return wall.strftime("%Y-%m-%d %H:%M" if not wall.second else "%Y-%m-%d %H:%M:%S")
