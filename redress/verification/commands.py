"""Every event belongs to one command, the one its header names; no number is given twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from redress.verification import Finding

PROMISE = "commands"

Told = tuple[str, int, str, str | None, str, str | None, str | None, str | None]


def check_commands(rows: Iterable[Told], promised: int) -> Iterator[Finding]:
    """Findings in events ordered by stream and version, each beside the command at its place.

    A row: stream, version, command and number that the header names, centre that acted, procedure
    (of a first event), command stored for that place, its number. An event that two commands claim
    comes twice. `promised`: how many events all stored commands tell of.
    """
    place, counted = ("", 0), 0
    procedure, centre = "", ""
    given: dict[tuple[str, str, str], str] = {}
    for stream, version, named, number, unit, procedure_, stored, drawn in rows:
        if version == 1:
            procedure, centre = procedure_ or "", unit
        if (stream, version) == place:
            yield _finding(stream, version, "belongs to two commands")
            continue
        place, counted = (stream, version), counted + 1
        if stored != named:
            yield _finding(stream, version, "the command it names is not stored for it")
        if number is None:
            continue
        if drawn != number:
            yield _finding(stream, version, "its command was told another number")
        if given.setdefault((procedure, centre, number), stream) != stream:
            yield _finding(stream, version, "its number is another complaint's too")
    if counted != promised:
        yield _finding("", 0, f"commands tell of {promised} events, there are {counted}")


def _finding(stream: str, version: int, reason: str) -> Finding:
    return Finding(promise=PROMISE, stream=stream, version=version, reason=reason)
