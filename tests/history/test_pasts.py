"""The past as it was: what is asked as of an instant equals what was seen live at that instant."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from libs.access.identity import Subject
from libs.access.keyring import KeyRing
from libs.access.policy import Policy
from libs.casework.casekeys import CaseKeys
from libs.casework.identifiers import stream_of
from libs.casework.pasts import PastCases, TooMany
from libs.casework.reading import history_of
from libs.complaints.state import fold
from libs.events.past import Past
from services.analytics.casefile import case_json
from services.analytics.figures import Figures, Window
from services.analytics.reading import CaseReader
from services.analytics.reads import Occasion
from services.dispatch.pastlist import past_rows
from services.dispatch.worklist import Place, page_of, rows_after
from tests.history.playing import REGULATIONS, START, Stage, play, staged

OCCASION = Occasion(subject=Subject(staff="s-n", role="centre", unit="national"), handed_out="case")
UNITS = ("henan", "henan/network", "hebei/hotline", "hebei/billing", "henan/centre", "hebei")
LIVES = 45
PAIRS = 1000
MOST = 10_000


class Watcher:
    """Looks at the present while lives are played, and at the past afterwards, in the same way."""

    def __init__(self, stage: Stage, keys: Path) -> None:
        self.stage = stage
        store = stage.stores["analytics"]
        database = stage.databases["analytics"]
        case_keys = CaseKeys(database, KeyRing(keys, lambda _: None))
        policy = Policy(simulation=True)
        self.reader = CaseReader(database, store, REGULATIONS, case_keys, policy)
        self.figures = Figures(database, PastCases(store, REGULATIONS))
        self.pasts = PastCases(stage.stores["dispatch"], REGULATIONS)
        self.cases: list[tuple[str, datetime, Any]] = []
        self.lists: list[tuple[str, datetime, Any]] = []
        self.rates: list[tuple[str, datetime, Any]] = []
        self._draw = random.Random(1)

    def look(self, complaints: list[str]) -> None:
        """Remember how some stand now; sometimes a work list and the rates as well."""
        for complaint in self._draw.sample(complaints, min(4, len(complaints))):
            at, seen = self.case(complaint)
            self.cases.append((complaint, at, seen))
        if self._draw.random() < 0.3:
            self.stage.project()
            unit = self._draw.choice(UNITS)
            self.lists.append((unit, at, self.work(unit, at)))
            by = self._draw.choice(("province", "level", "channel"))
            self.rates.append((by, at, self.on_time(by)))

    def case(self, complaint: str, past: Past | None = None) -> tuple[datetime, Any]:
        read = self.reader.read(complaint, OCCASION, past)
        assert read is not None
        content = case_json(read)
        return read.seen_at, {
            name: content[name] for name in content if name not in {"present", "past"}
        }

    def work(self, unit: str, at: datetime, past: Past | None = None) -> Any:
        database = self.stage.databases["dispatch"]
        if past is None:
            with database.transaction() as cursor:
                rows = rows_after(cursor, unit, Place(), limit=MOST)
        else:
            rows = past_rows(database, self.pasts, unit, Place(), limit=MOST, past=past)
        return page_of(rows, MOST, now=at, position=0).items

    def on_time(self, by: str, past: Past | None = None) -> Any:
        rows = self.figures.on_time(Window(by=by), past)
        return sorted(rows, key=lambda row: (str(row["key"]), row["province"]))


def recorded(at: datetime) -> Past:
    return Past(axis="recorded", at=at)


def happened(at: datetime) -> Past:
    return Past(axis="happened", at=at)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="module")
def watcher(
    module_database: str, role_dsn_of: Callable[[str, str], str], keys: Path
) -> Iterator[Watcher]:
    """Random lives, played to their end, with what was seen of them on the way."""
    with staged(module_database, role_dsn_of) as stage:
        watcher = Watcher(stage, keys)
        play(stage, LIVES, 7, keys, watcher.look)
        yield watcher


def test_a_thousand_cases_as_of_an_instant_are_what_was_seen_live_then(watcher: Watcher):
    assert len(watcher.cases) >= PAIRS
    changed = 0
    for complaint, at, seen in watcher.cases:
        then = watcher.case(complaint, recorded(at))[1]
        assert then == seen, (complaint, at)
        changed += then != watcher.case(complaint)[1]
    # Were nothing to change afterwards, the comparison would say nothing.
    assert changed > PAIRS / 4


def test_work_lists_as_of_an_instant_are_what_was_seen_live_then(watcher: Watcher):
    assert len(watcher.lists) >= 50
    for unit, at, seen in watcher.lists:
        assert watcher.work(unit, at, recorded(at)) == seen, (unit, at)
    assert sum(len(seen) for _, _, seen in watcher.lists) > 500


def test_a_past_list_is_the_same_page_by_page(watcher: Watcher):
    unit, at, seen = max(watcher.lists, key=lambda each: len(each[2]))
    database, place, found = watcher.stage.databases["dispatch"], Place(), []
    while page := past_rows(database, watcher.pasts, unit, place, limit=3, past=recorded(at)):
        found += page
        last = page[-1]
        place = Place(last.priority, last.due_at, last.registered_at, last.stream, last.order_id)
    assert page_of(found, MOST, now=at, position=0).items == seen


def test_rates_as_of_an_instant_are_what_was_seen_live_then(watcher: Watcher):
    for by, at, seen in watcher.rates:
        assert watcher.on_time(by, recorded(at)) == seen, (by, at)
    assert any(row["numerator"] for _, _, seen in watcher.rates for row in seen)


def test_a_thousand_cases_as_happened_are_the_fold_of_what_is_said_to_have_happened(
    watcher: Watcher,
):
    differing = 0
    for complaint, at, _seen in watcher.cases[:PAIRS]:
        stream = watcher.stage.stores["analytics"].load_now(stream_of(complaint))
        whole = history_of(stream, REGULATIONS)
        assert whole is not None
        told = [entry.fact for entry in whole.entries if entry.fact.happened_at <= at]
        pinned = whole.known.pinned
        read = watcher.reader.read(complaint, OCCASION, happened(at))
        assert read is not None
        assert read.known.case == fold(told, pinned.procedure, pinned.calendar)
        assert [entry.fact for entry in read.entries] == told
        known_then = watcher.reader.read(complaint, OCCASION, recorded(at))
        differing += known_then is None or known_then.known.case != read.known.case
    # Late entries are what the two axes differ by.
    assert differing > PAIRS / 50


def test_lists_and_rates_as_happened_are_made_of_the_cases_as_happened(watcher: Watcher):
    for unit, at, _seen in watcher.lists[::4]:
        page = watcher.work(unit, at, happened(at))
        for item in page:
            read = watcher.reader.read(item.complaint, OCCASION, happened(at))
            assert read is not None
            assert (item.status, item.version) == (read.known.case.status, read.known.version)
        listed = {item.complaint for item in page if item.order is None}
        for complaint in {each for each, _, _ in watcher.cases}:
            read = watcher.reader.read(complaint, OCCASION, happened(at))
            if read is not None and read.known.case.status in {"open", "answered"}:
                registered_by = read.known.registered_by
                own = registered_by == unit or registered_by.startswith(f"{unit}/")
                assert (complaint in listed) == own


def test_at_the_end_of_all_events_both_axes_show_the_present(watcher: Watcher):
    at = watcher.stage.now()
    for past in (recorded(at), happened(at)):
        for unit in UNITS:
            assert watcher.work(unit, at, past) == watcher.work(unit, at)
        assert watcher.on_time("level", past) == watcher.on_time("level")


def test_before_its_registration_there_is_no_case(watcher: Watcher):
    complaint = watcher.cases[0][0]
    long_ago = START - timedelta(days=1)
    assert watcher.reader.read(complaint, OCCASION, recorded(long_ago)) is None
    assert watcher.reader.read(complaint, OCCASION, happened(long_ago)) is None
    assert watcher.work("henan", long_ago, recorded(long_ago)) == ()


def test_the_past_opens_nothing_that_the_present_does_not(watcher: Watcher, keys: Path):
    database, store = watcher.stage.databases["analytics"], watcher.stage.stores["analytics"]
    case_keys = CaseKeys(database, KeyRing(keys, lambda _: None))
    reader = CaseReader(database, store, REGULATIONS, case_keys, Policy())
    complaint, at, _seen = watcher.cases[-1]
    stranger = Subject(staff="s-x", role="handler", unit="jilin/network")
    elsewhere = Occasion(subject=stranger, handed_out="case")
    for past in (None, recorded(at), happened(at)):
        assert reader.read(complaint, elsewhere, past) is None
        assert reader.read(complaint, OCCASION, past) is not None


def test_a_question_that_would_fold_too_many_cases_is_refused(watcher: Watcher):
    few = PastCases(watcher.stage.stores["dispatch"], REGULATIONS, most=1)
    at = watcher.cases[len(watcher.cases) // 3][1]
    database = watcher.stage.databases["dispatch"]
    with pytest.raises(TooMany):
        past_rows(database, few, "henan", Place(), limit=MOST, past=recorded(at))


def test_the_parts_of_a_past_are_json(watcher: Watcher):
    past = recorded(START)
    assert msgspec.json.decode(msgspec.json.encode(past), type=Past) == past
