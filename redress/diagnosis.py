"""What `redress doctor` looks at: this machine, the folder, the database."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import psycopg2

from libs.events.postgres.databases import ServerFacts, server_facts
from libs.events.postgres.migrate import MigrationError, pending
from redress.home import Home
from redress.local.database import OLDEST_SERVER
from redress.local.postgres import PostgresError
from redress.local.privileges import PrivilegeError, launch_for
from redress.local.state import RunningState
from redress.local.supervision import answers

_FREE_BYTES = 2 * 1024**3

State = Literal["ok", "warning", "failure"]


@dataclass(frozen=True)
class Finding:
    """One thing looked at: fine, worth knowing, or in the way."""

    subject: str
    state: State
    detail: str


def diagnose(home: Home) -> list[Finding]:
    """Look at everything; starts nothing and changes nothing."""
    findings = [_python(), _folder(home)]
    if home.outside_url is None:
        findings.append(_programs(home))
    return [*findings, *_database(home), _processes(home)]


def _python() -> Finding:
    detail = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    return Finding("python", "ok" if sys.version_info >= (3, 11) else "failure", detail)


def _folder(home: Home) -> Finding:
    nearest = next(path for path in (home.folder, *home.folder.parents) if path.exists())
    if not os.access(nearest, os.W_OK):
        return Finding("folder", "failure", f"{nearest} cannot be written")
    free = shutil.disk_usage(nearest).free
    detail = f"{home.folder}, {free / 1024**3:.1f} GiB free"
    return Finding("folder", "ok" if free >= _FREE_BYTES else "warning", detail)


def _programs(home: Home) -> Finding:
    try:
        launch = launch_for(home.server.program("postgres"))
    except (PostgresError, PrivilegeError) as error:
        return Finding("server programs", "failure", str(error))
    way = "directly"
    if launch.prefix:
        way = "in a user namespace, as root"
    elif launch.user is not None:
        way = f"as {launch.user.pw_name}, for root"
    return Finding("server programs", "ok", f"{home.server.program('postgres')}, run {way}")


def _database(home: Home) -> Iterator[Finding]:
    try:
        url = home.owner_url()
        facts = server_facts(url)
    except (PostgresError, psycopg2.OperationalError) as error:
        yield Finding("database", "failure", str(error).strip().splitlines()[0])
        return
    whose = "embedded" if home.outside_url is None else "outside"
    state: State = "ok" if facts.version >= OLDEST_SERVER else "failure"
    size = f"{facts.bytes / 1024**2:.0f} MiB"
    yield Finding("database", state, f"PostgreSQL {facts.version}, {whose}, {size}")
    yield _durability(facts)
    yield _schema(url)
    if facts.simulation is not None:
        time = "simulated: this database is for rehearsals" if facts.simulation else "real"
        yield Finding("time", "ok", time)


def _durability(facts: ServerFacts) -> Finding:
    wanted: dict[str, Callable[[ServerFacts], bool]] = {
        "fsync": lambda it: it.fsync,
        "synchronous_commit": lambda it: it.synchronous_commit,
        "full_page_writes": lambda it: it.full_page_writes,
    }
    off = [name for name, is_on in wanted.items() if not is_on(facts)]
    if off:
        return Finding("durability", "failure", f"off: {', '.join(off)}; commits can be lost")
    if facts.encoding != "UTF8":
        return Finding("durability", "failure", f"encoding {facts.encoding}, must be UTF8")
    if not facts.data_checksums:
        return Finding("durability", "warning", "commits are durable; pages carry no checksums")
    return Finding("durability", "ok", "commits are durable, pages carry checksums")


def _schema(url: str) -> Finding:
    try:
        waiting = pending(url)
    except MigrationError as error:
        return Finding("schema", "failure", str(error))
    if waiting:
        return Finding("schema", "warning", f"{len(waiting)} files wait for `redress migrate`")
    return Finding("schema", "ok", "up to date")


def _processes(home: Home) -> Finding:
    state = RunningState.read(home)
    if state is None:
        return Finding("processes", "ok", "none runs; `redress up` starts them")
    silent = [name for name, each in state.services.items() if not answers(each.url)]
    if silent:
        return Finding("processes", "failure", f"not ready: {', '.join(silent)}; see {home.log}")
    return Finding("processes", "ok", f"ready: {', '.join(state.services)}")
