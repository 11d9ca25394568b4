"""An installation whose calendar knows 2026 only, in December 2026, and the notice of 2027.

`python -m tests.sla.publication OWNER_DSN FOLDER` follows publications in a process of its own.
"""

from __future__ import annotations

import shutil
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

from libs.casework.publishing import publish
from libs.casework.registry import REGISTRY
from libs.casework.regulations import CALENDARS, Regulations, as_calendar
from libs.events.envelope import Actor
from libs.events.postgres.database import Database
from libs.events.postgres.documents import Document, Documents
from libs.events.postgres.store import EventStore
from services.sla.folding import CaseFolder
from services.sla.repinning import Repinner

HERE = Path(__file__).parent
DECEMBER = datetime(2026, 12, 21, 2, 0, tzinfo=UTC)
EDITOR = Actor(staff="e-7", role="centre", unit="national")
KNOWN = """
calendar: national
title: {zh: 演练日历, en: Calendar of the drill}
festivals:
  new-year: {zh: 元旦, en: New Year's Day}
fixed:
  new-year: [01-01]
years:
  2026:
    new-year: {rest: [01-01]}
"""
ANNOUNCED = """  2027:
    new-year: {rest: [01-01..01-04], work: [01-09]}
"""
QUIET = """  2027:
    new-year: {rest: [01-01]}
"""


def install(folder: Path) -> Path:
    """A folder of regulations of this drill."""
    (folder / CALENDARS).mkdir(parents=True)
    for path in (HERE / "procedures").glob("*.yaml"):
        shutil.copy(path, folder)
    (folder / CALENDARS / "national.yaml").write_text(KNOWN, encoding="utf-8")
    return folder


def notice(text: str) -> Document:
    """The calendar with a year more."""
    return as_calendar((KNOWN + text).encode(), "national.yaml")


def announce(dsn: str, text: str = ANNOUNCED) -> str:
    """Publish the calendar with a year more; its version."""
    document = notice(text)
    publish(dsn, document, EDITOR)
    return document.version


def main() -> None:
    """Repin, when told, until killed; one row at a time, so that a kill hits the middle."""
    database = Database(sys.argv[1], application_name="repinner")
    store = EventStore(database, service="sla", registry=REGISTRY)
    regulations = Regulations(Path(sys.argv[2]), Documents(database))
    regulations.refresh()
    repinner = Repinner(database, store, CaseFolder(store, regulations), batch=1)
    print("ready", flush=True)
    sys.stdin.readline()
    print("working", flush=True)
    repinner.run(threading.Event())


if __name__ == "__main__":
    main()
