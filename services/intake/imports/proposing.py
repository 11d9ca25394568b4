"""A column map proposed from a ledger's titles, and from the words of its closed columns."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import yaml

from libs.procedures.fieldtypes import FieldType, read_value
from libs.procedures.schema import Procedure
from services.intake.imports.cells import text_of
from services.intake.imports.columnmap import Plain
from services.intake.imports.ledger import Format, is_empty, open_ledger

MOST_WORDS = 200
"""A column with more different words is no closed vocabulary."""
_UNIT = FieldType(kind="unit")
_ANY = "*/"
"""Before the path of a department that every province has."""
_PROVINCE_ITSELF = {"", "省", "市", "省公司", "分公司", "省分公司"}
_BESIDE = {"number", "at", "staff"}
_CLOSED = frozenset({"term", "slug", "unit", "flag"})

Words = dict[str, Plain | None]
Titles = Mapping[str, Mapping[str, Any]]


class Vocabulary(msgspec.Struct, frozen=True, kw_only=True):
    """What ledgers call things (`titles.yaml`)."""

    targets: dict[str, list[str]]
    steps: dict[str, dict[str, Any]]
    words: dict[str, list[str]]


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary that comes with the product."""
    path = Path(__file__).parent / "titles.yaml"
    return msgspec.convert(yaml.safe_load(path.read_text(encoding="utf-8")), Vocabulary)


def propose_targets(titles: Iterable[str], procedure: Procedure) -> dict[str, str | None]:
    """For each title what it says (`close.at`), each target once; None where nothing fits."""
    fits = sorted(
        (
            (-_fit(title, name), order, title, target)
            for order, (target, names) in enumerate(vocabulary().targets.items())
            if _declared(target, procedure)
            for name in names
            for title in titles
            if _fit(title, name)
        ),
    )
    found: dict[str, str | None] = dict.fromkeys(titles)
    taken: set[str] = set()
    for _, _, title, target in fits:
        if found[title] is None and target not in taken:
            found[title] = target
            taken.add(target)
    return found


def targets_of(procedure: Procedure) -> list[str]:
    """Every target that a column may have: of the known steps, with all fields of each."""
    fields = [
        f"{action}.{name}" for action in vocabulary().steps for name in procedure.fields[action]
    ]
    known = [target for target in vocabulary().targets if _declared(target, procedure)]
    return list(dict.fromkeys([*known, *fields]))


def closed_field(target: str, procedure: Procedure) -> FieldType | None:
    """The field of a target whose words are to be listed; None for all that may be personal."""
    action, _, name = target.partition(".")
    if name in {"unit", "to"}:
        return _UNIT
    field = procedure.fields.get(action, {}).get(name) if name not in _BESIDE else None
    return field if field is not None and field.kind in _CLOSED else None


def words_of(path: Path, form: Format, columns: Iterable[str]) -> dict[str, list[str]]:
    """The different words of each column, in order of appearance, not more than `MOST_WORDS` + 1.

    Raises LedgerRefused.
    """
    ledger = open_ledger(path, form)
    places = {title: ledger.titles.index(title) for title in columns}
    found: dict[str, dict[str, None]] = {title: {} for title in places}
    for _, cells in ledger.rows:
        for title, place in places.items():
            if not is_empty(cells[place]) and len(found[title]) <= MOST_WORDS:
                found[title][text_of(cells[place])[0]] = None
    return {title: list(words) for title, words in found.items()}


def propose_word(
    word: str, target: str, field: FieldType, procedure: Procedure, units: Mapping[str, str]
) -> Plain | None:
    """Our word for a ledger's one; None where somebody has to say. `units`: names of units."""
    if field.kind == "unit":
        return _unit(word, units)
    if field.kind == "flag":
        return None
    ours = {**_titled(target, procedure), **_spoken(field)}
    if (exact := ours.get(_plain(word))) is not None:
        return exact
    value, reason = read_value(field, word)
    fits = reason is None and (field.values or word.isascii())
    return str(value) if fits else None


def _unit(word: str, units: Mapping[str, str]) -> str | None:
    """A path as it is, or the province and department whose names make up the word."""
    if read_value(_UNIT, word)[1] is None and word.isascii():
        return word
    named = sorted(((name, path) for name, path in units.items() if name in word), key=_by_length)
    province = next((each for each in named if not each[1].startswith(_ANY)), None)
    if province is None:
        return None
    department = next((each for each in named if each[1].startswith(_ANY)), None)
    rest = word.replace(province[0], "")
    if department is not None:
        return province[1] + "/" + department[1].removeprefix(_ANY)
    # What is left over names something that nobody here knows: somebody has to say.
    return province[1] if rest.strip() in _PROVINCE_ITSELF else None


def _by_length(named: tuple[str, str]) -> int:
    return -len(named[0])


def unit_names(folder: Path) -> dict[str, str]:
    """Paths by the names in the organisation files; a department's has any province before it."""
    names: dict[str, str] = {}
    for path in sorted(folder.glob("*.yaml")):
        told = yaml.safe_load(path.read_text(encoding="utf-8"))
        for unit, titles in told.get("provinces", {}).items():
            names |= {str(titles[tongue]): unit for tongue in ("zh", "en")}
        for unit, titles in told.get("departments", {}).items():
            names |= {str(titles[tongue]): f"{_ANY}{unit}" for tongue in ("zh", "en")}
    return names


def _titled(target: str, procedure: Procedure) -> dict[str, str]:
    """The procedure's own names of channels and levels."""
    name = target.rpartition(".")[2]
    items: Sequence[Any] = {"channel": procedure.channels, "level": procedure.levels}.get(name, ())
    return {
        _plain(title): item.id
        for item in items
        for title in (item.id, item.title.zh, item.title.en)
    }


def _spoken(field: FieldType) -> dict[str, str]:
    return {
        _plain(name): ours
        for ours, names in vocabulary().words.items()
        if not field.values or ours in field.values
        for name in names
    }


def _declared(target: str, procedure: Procedure) -> bool:
    action, _, name = target.partition(".")
    return name in {"", "at", "unit", "to", "staff"} or name in procedure.fields.get(action, {})


def _fit(title: str, name: str) -> int:
    """How well a title fits a name: the same (best), or holding it; 0 for not at all."""
    said, wanted = _plain(title), _plain(name)
    if said == wanted:
        return 1000 + len(wanted)
    # A Chinese name inside a longer title counts; an English one must be the whole title.
    return len(wanted) if not wanted.isascii() and len(wanted) > 1 and wanted in said else 0


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in folded if letter.isalnum())
