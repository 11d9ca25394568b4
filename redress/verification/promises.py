"""All promises in turn, each with what was looked at and what was found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from libs.casework.regulations import Regulations
from libs.events.postgres.applying import Projection
from libs.events.postgres.database import Database
from libs.events.postgres.rebuild import Rebuild, RebuildRefused
from redress.verification import (
    Finding,
    Result,
    chains,
    commands,
    feed,
    files,
    journals,
    notices,
    rungs,
)
from redress.verification.store import StoreSnapshot, snapshot

READ_MODELS = "read models"
_MOST_FINDINGS = 100
PATIENCE = timedelta(seconds=10)
"""How late the watchdog may be, in real time, before a rung counts as missing."""

T = TypeVar("T")

Progress = Callable[[str, int], None]
ReadModel = tuple[Projection, tuple[str, ...]]
"""A projection, and the columns in which two builds of it may differ."""


def verify(
    database: Database,
    *,
    journal_folders: Sequence[Path],
    read_models: Sequence[ReadModel],
    regulations: Regulations,
    watched: bool,
    progress: Progress,
) -> Iterator[Result]:
    """Checks every promise; `progress` is told the promise and how many things were looked at.

    `watched`: a watchdog is at work now; otherwise rungs are judged as of the last event, for what
    fell since then waits for its return. At most 100 findings are kept of each. `database` is the
    owner's: a read model is built again beside the live one and dropped afterwards.
    """
    with snapshot(database) as store:
        heads = store.heads()
        yield _streams(store, heads, progress)
        yield _feed(store, {stream: head[0] for stream, head in heads.items()}, progress)
        stored = store.commands()
        yield _journals(stored, journal_folders, progress)
        yield _commands(store, stored, progress)
        yield _rungs(store, regulations, progress, watched=watched)
        yield _notices(store, progress)
        yield _files(store, progress)
    yield _read_models(database, read_models, progress)


def _streams(
    store: StoreSnapshot, heads: dict[str, tuple[int, bytes]], progress: Progress
) -> Result:
    rows = _Counted(store.events(), chains.PROMISE, progress)
    return _result(chains.PROMISE, rows, chains.check_chain(rows, heads))


def _feed(store: StoreSnapshot, versions: dict[str, int], progress: Progress) -> Result:
    rows = _Counted(store.feed(), feed.PROMISE, progress)
    return _result(feed.PROMISE, rows, feed.check_feed(rows, versions, store.waiting()))


def _journals(
    stored: dict[str, journals.Stored], folders: Sequence[Path], progress: Progress
) -> Result:
    entries = (entry for folder in folders for entry in journals.read_journals(folder))
    rows = _Counted(entries, journals.PROMISE, progress)
    return _result(journals.PROMISE, rows, journals.check_journals(rows, stored))


def _commands(
    store: StoreSnapshot, stored: dict[str, journals.Stored], progress: Progress
) -> Result:
    rows = _Counted(store.told(), commands.PROMISE, progress)
    promised = sum(last - first + 1 for _, first, last, _ in stored.values())
    return _result(commands.PROMISE, rows, commands.check_commands(rows, promised))


def _notices(store: StoreSnapshot, progress: Progress) -> Result:
    rows = _Counted(store.notices(), notices.PROMISE, progress)
    return _result(notices.PROMISE, rows, notices.check_notices(rows))


def _rungs(
    store: StoreSnapshot, regulations: Regulations, progress: Progress, *, watched: bool
) -> Result:
    now, speed, last_at = store.time()
    rows = _Counted(store.events(), rungs.PROMISE, progress)
    patience = PATIENCE * speed
    return _result(
        rungs.PROMISE,
        rows,
        rungs.check_rungs(rows, regulations, now if watched else last_at, patience),
    )


def _files(store: StoreSnapshot, progress: Progress) -> Result:
    rows = _Counted(store.files(), files.PROMISE, progress)
    return _result(files.PROMISE, rows, files.check_files(rows))


def _read_models(
    database: Database, read_models: Sequence[ReadModel], progress: Progress
) -> Result:
    findings: list[Finding] = []
    tables = 0
    for projection, ignored in read_models:
        rebuild = Rebuild(database, projection, ignored=ignored)
        try:
            rebuild.begin()
            while rebuild.catch_up():
                pass
            comparison = rebuild.compare()
        except RebuildRefused as refusal:
            findings.append(_read_model_finding(projection.name, str(refusal)))
            continue
        finally:
            rebuild.discard()
        tables += len(comparison.live)
        progress(READ_MODELS, tables)
        findings += [
            _read_model_finding(f"{projection.name}.{table}", "is not what a rebuild makes")
            for table in comparison.differing
        ]
    return Result(promise=READ_MODELS, looked_at=tables, findings=tuple(findings))


def _read_model_finding(name: str, reason: str) -> Finding:
    return Finding(promise=READ_MODELS, stream=name, version=0, reason=reason)


class _Counted(Iterable[T]):
    """Rows on their way through a check, counted, with word of it every now and then."""

    _EVERY = 500

    def __init__(self, rows: Iterable[T], promise: str, progress: Progress) -> None:
        self._rows, self._promise, self._progress = rows, promise, progress
        self.count = 0

    def __iter__(self) -> Iterator[T]:
        for row in self._rows:
            self.count += 1
            if self.count % self._EVERY == 0:
                self._progress(self._promise, self.count)
            yield row
        self._progress(self._promise, self.count)


def _result(promise: str, rows: _Counted[T], findings: Iterable[Finding]) -> Result:
    kept: list[Finding] = []
    for finding in findings:
        if len(kept) < _MOST_FINDINGS:
            kept.append(finding)
    return Result(promise=promise, looked_at=rows.count, findings=tuple(kept))
