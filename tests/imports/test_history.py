"""An old ledger brought in: the past as it was, without an alarm, and the present goes on from it.

REDRESS_IMPORT_CASES says how many closed cases (10,000 is the full check).
"""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta
from pathlib import Path

import jsonschema

from libs.access.keyring import KeyRing
from libs.casework.bodyschemas import body_schema
from libs.casework.casekeys import CaseKeys
from libs.casework.reading import history_of
from libs.events.envelope import StoredEvent
from redress.verification.promises import verify
from services.analytics.figures import Window
from tests.imports.desk import NOW, REGULATIONS, Desk, months_between
from tests.imports.ledgers import (
    LEVELS,
    LIMIT_HOURS,
    SECRETS,
    closed_rows,
    on_time_rates,
    open_rows,
    shared_texts,
    write_csv,
    write_workbook,
)

CASES = int(os.environ.get("REDRESS_IMPORT_CASES", "600"))
OPEN = 200
ZONE = REGULATIONS.current("telecom-complaint").procedure.zone
LOCAL_NOW = NOW.astimezone(ZONE).replace(tzinfo=None)


def test_closed_cases_alarm_nobody_and_the_old_figures_are_those_of_the_ledger(
    desk: Desk, tmp_path: Path
) -> None:
    rows = list(closed_rows(CASES))
    published = desk.imported(write_csv(tmp_path / "old.csv", rows))
    desk.follow()

    assert published.streams == CASES == len(desk.streams())
    by_service = dict(
        desk.ask(
            "SELECT convert_from(header, 'UTF8')::json ->> 'service', count(*)"
            " FROM events.events GROUP BY 1"
        )
    )
    assert by_service == {"import": published.events}, "the watchdog had something to say"
    for table in ("sla.rungs", "sla.notices", "sla.deliveries", "sla.open_clocks"):
        assert desk.ask(f"SELECT count(*) FROM {table}") == [(0,)]
    missed = desk.ask("SELECT count(*) FROM events.events WHERE type = 'DeadlineMissed'")
    assert missed[0][0] > CASES // 20, "late cases of the past keep their misses"

    months = months_between(rows)
    ends = [*months[1:], NOW]
    for by in ("province", "level", "channel"):
        ours: dict[tuple[str, str], list[int]] = {}
        for start, end in zip(months, ends, strict=True):
            for told in desk.figures.on_time(Window(by=by, from_at=start, until_at=end)):
                sums = ours.setdefault((f"{start.astimezone(ZONE):%Y-%m}", told["key"]), [0, 0])
                sums[0] += told["numerator"]
                sums[1] += told["denominator"]
        assert {key: tuple(sums) for key, sums in ours.items()} == on_time_rates(rows, by)


def test_open_cases_go_on_past_rungs_are_silent_and_the_next_ones_fire(
    desk: Desk, tmp_path: Path
) -> None:
    rows = list(open_rows(OPEN, LOCAL_NOW))
    desk.imported(shared_texts(write_workbook(tmp_path / "old.xlsx", rows)))
    desk.follow()
    assert desk.ask("SELECT count(*) FROM sla.notices") == [(0,)]

    desk.at(NOW + timedelta(hours=80))
    desk.follow()
    limits = {
        row["投诉编号"]: (
            datetime.fromisoformat(row["登记时间"]).replace(tzinfo=ZONE),
            timedelta(hours=LIMIT_HOURS[row["投诉级别"]]),
            f"answer-{LEVELS[row['投诉级别']]}",
        )
        for row in rows
    }
    told = 0
    for stream in desk.streams():
        events = desk.events(stream)
        registered, limit, clock = limits[str(events[0].number)]
        warned = _rung(events, "DeadlineWarned", clock)
        missed = _rung(events, "DeadlineMissed", clock)
        assert missed.happened_at == registered + limit
        assert warned.happened_at == registered + limit * 0.9
        for rung in (warned, missed):
            assert rung.service == ("import" if rung.happened_at < NOW else "sla")
            noticed = desk.ask(
                "SELECT count(*) FROM sla.notices WHERE stream = %s AND version = %s",
                stream, rung.version,
            )  # fmt: skip
            assert noticed == [(rung.service == "sla",)]
            told += rung.service == "sla"
        assert missed.service == "sla", "every limit of these ends after the import"
    assert told > OPEN


def _rung(events: list[StoredEvent], kind: str, clock: str) -> StoredEvent:
    [found] = [
        event for event in events
        if event.type == kind and f'"clock":"{clock}"' in event.body.decode()
    ]  # fmt: skip
    return found


def test_an_imported_case_reads_as_it_was_and_says_where_it_comes_from(
    desk: Desk, tmp_path: Path
) -> None:
    [row] = closed_rows(1)
    ledger = write_csv(tmp_path / "old.csv", [row], encoding="gb18030")
    desk.imported(ledger)
    [stream] = desk.streams()
    history = history_of(desk.events(stream), REGULATIONS)
    assert history is not None
    case = history.known.case
    assert (case.status, case.number) == ("closed", row["投诉编号"])
    assert case.attributes["level"] == LEVELS[row["投诉级别"]]
    assert history.known.registered_by.endswith("/hotline")
    first = history.entries[0]
    assert first.stored.recorded_at >= NOW
    assert f"{first.stored.happened_at.astimezone(ZONE):%Y-%m-%d %H:%M}" == row["登记时间"]
    assert first.body.imported is not None
    assert (first.body.imported.row, first.body.imported.source) == (2, "old-desk")
    assert first.body.imported.ledger == desk.job(ledger).fingerprint
    assert (first.stored.actor.staff, first.stored.service) == ("s-importer", "import")
    happened = [entry.stored.happened_at for entry in history.entries]
    assert happened == sorted(happened)


def test_every_imported_body_fits_the_published_schema(desk: Desk, tmp_path: Path) -> None:
    desk.imported(write_csv(tmp_path / "old.csv", closed_rows(30)))
    types = set()
    for stream in desk.streams():
        for event in desk.events(stream):
            validator = jsonschema.Draft202012Validator(body_schema(event.type, event.schema))
            validator.validate(json.loads(event.body))
            types.add(event.type)
    assert types > {"ComplaintRegistered", "OrderIssued", "RevisitMade", "DeadlineMissed"}


def test_what_is_personal_is_sealed_and_opens_with_the_cases_key(
    desk: Desk, tmp_path: Path
) -> None:
    desk.imported(write_csv(tmp_path / "old.csv", closed_rows(3)))
    stored = b"".join(
        bytes(part) for row in desk.ask("SELECT header, body FROM events.events") for part in row
    )
    for secret in SECRETS:
        assert secret.encode() not in stored
    stream = desk.streams()[0]
    key = CaseKeys(desk.roles["analytics"], KeyRing(desk.keys, lambda _: None)).of_now(stream)
    history = history_of(desk.events(stream), REGULATIONS)
    assert history is not None
    opened = history.entries[0].text(key)
    assert (opened["complainant"], opened["contact"], opened["content"]) == SECRETS


def test_chain_and_feed_of_imported_events_are_whole(desk: Desk, tmp_path: Path) -> None:
    desk.imported(write_csv(tmp_path / "old.csv", closed_rows(20)))
    desk.follow()
    results = list(verify(
        desk.owner, journal_folders=[], read_models=[], regulations=REGULATIONS, watched=False,
        progress=lambda *_: None,
    ))  # fmt: skip
    looked_at = {result.promise: result.looked_at for result in results}
    assert looked_at["streams"] > 20 * 6
    assert [finding for result in results for finding in result.findings] == []


def test_rules_that_the_past_broke_are_listed_and_stop_nothing(desk: Desk, tmp_path: Path) -> None:
    job = desk.job(write_csv(tmp_path / "old.csv", closed_rows(50)))
    summary = desk.check(job)
    assert summary.objections["issue_order: two-dimensions"] == 50
    assert (summary.faults, summary.rows) == ({}, 50)
    assert desk.bring_in(job, 50).streams == 50
