"""How far a projection's tables have come: position in the feed and versions seen, per build.

A build is one set of a projection's tables: the `live` one, or a `rebuild` growing beside it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from libs.events.postgres.database import Cursor
from libs.events.postgres.statements import statement

_OPEN = statement("build_open")
_FIND = statement("build_find")
_HOLD = statement("build_hold")
_ADVANCE = statement("build_advance")
_SHARE = statement("build_share")
_TAKE = statement("build_take")
_SEEN_GET = statement("seen_get")
_SEEN_PUT = statement("seen_put")


class Fenced(Exception):
    """Another runner has moved this build on, or it was switched: nothing was changed."""


class ProjectionOutdated(Exception):
    """The live tables were made by another version of the projection: rebuild, then start."""

    def __init__(self, projection: str, wanted: int, live: int) -> None:
        super().__init__(f"{projection}: the code is version {wanted}, the tables are {live}")
        self.projection, self.wanted, self.live = projection, wanted, live


class Build(msgspec.Struct, frozen=True):
    """One build and the feed position (-1: nothing yet) up to which it contains every effect.

    `ahead`: ranges (first, last) beyond the position whose effect it contains too, because the
    partitions that brought them were faster than others.
    """

    build: int
    projection: str
    version: int
    state: str
    position: int
    ahead: tuple[tuple[int, int], ...] = ()


def open_live(cursor: Cursor, projection: str, version: int) -> Build:
    """The live build, begun at the start of the feed if there is none.

    Raises ProjectionOutdated when it belongs to another version of the code.
    """
    build = find_build(cursor, projection, "live")
    if build is None:
        cursor.execute(_OPEN, {"projection": projection, "version": version})
        build = find_build(cursor, projection, "live")
    if build is None or build.version != version:
        raise ProjectionOutdated(projection, version, build.version if build else 0)
    return build


def find_build(cursor: Cursor, projection: str, state: str) -> Build | None:
    """The build in `state` (`live` or `rebuild`), if there is one."""
    cursor.execute(_FIND, {"projection": projection, "state": state})
    row = cursor.fetchone()
    if row is None:
        return None
    build, version, position, first, last = row
    return Build(build, projection, version, state, position, tuple(zip(first, last, strict=True)))


def advance(cursor: Cursor, build: Build, to: int) -> Build:
    """Move the build from its known position to `to` (the same: only hold it against others).

    It goes further where partitions were ahead. Raises Fenced when it is no longer at the known
    position; the caller rolls back.
    """
    values = {"build": build.build, "state": build.state, "from": build.position}
    cursor.execute(_HOLD, values)
    if cursor.fetchone() is None:
        raise Fenced(f"{build.projection} has left position {build.position}")
    cursor.execute(_ADVANCE, {"build": build.build, "to": to})
    return _moved(cursor, build)


def share(cursor: Cursor, build: Build) -> None:
    """Keep the build from being held by one runner alone while partitions are applied to it.

    Others may share it. Raises Fenced when it is not the live one any more.
    """
    cursor.execute(_SHARE, {"build": build.build})
    if cursor.fetchone() is None:
        raise Fenced(f"{build.projection} has other live tables now")


def take(cursor: Cursor, build: Build, positions: Collection[int]) -> Build:
    """Note that the effect of these positions is in, in any order; the caller shares the build.

    The last statement of a transaction, because others that share the build wait for its end.
    """
    ranges = ",".join(f"[{position},{position}]" for position in positions)
    cursor.execute(_TAKE, {"build": build.build, "positions": f"{{{ranges}}}"})
    return _moved(cursor, build)


def _moved(cursor: Cursor, build: Build) -> Build:
    row = cursor.fetchone()
    assert row is not None
    return msgspec.structs.replace(build, position=int(row[0]), ahead=())


def versions_seen(cursor: Cursor, build: Build, streams: Collection[str]) -> dict[str, int]:
    """The last version applied of each of these streams; absent: none."""
    cursor.execute(_SEEN_GET, {"build": build.build, "streams": list(streams)})
    return dict(cursor.fetchall())


def remember_seen(cursor: Cursor, build: Build, seen: Mapping[str, int]) -> None:
    """Store the last version applied of each stream, in the transaction of the effect."""
    if seen:
        values = {"build": build.build, "streams": list(seen), "versions": list(seen.values())}
        cursor.execute(_SEEN_PUT, values)
