"""Pages of procedures as files, and the index over them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from libs.procedures.schema import Procedure, parse_procedure
from libs.procedures.yaml_reading import parse_document
from redress.regulation.pages import page
from redress.regulation.telling import languages


def write_pages(contents: Iterable[tuple[bytes, str]], folder: Path) -> Iterator[Path]:
    """Write a page in every language for each procedure; yields what was written.

    Raises `ProcedureError` for a faulty one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    spoken = languages()
    for raw, name in contents:
        procedure, root = parse_procedure(raw, name), parse_document(raw, name)
        for code, language in spoken.items():
            path = folder / f"{procedure.id}.{code}.html"
            path.write_text(page(procedure, root, language), encoding="utf-8")
            yield path


def index_of(procedures: Sequence[Procedure]) -> str:
    """The index as Markdown, in both languages."""
    spoken = languages()
    lines = [f"# {' / '.join(each.say('page.index') for each in spoken.values())}", ""]
    lines += [line for each in spoken.values() for line in (each.say("page.index_lead"), "")]
    counts = [each.say("page.counts").split(" | ") for each in spoken.values()]
    heads = ["", *(" / ".join(names) for names in zip(*counts, strict=True))]
    lines += [f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"]
    lines += [_line(procedure) for procedure in procedures]
    return "\n".join(lines) + "\n"


def _line(procedure: Procedure) -> str:
    refusing = sum(1 for rule in procedure.rules if rule.refuses)
    title = f"{procedure.title.zh} / {procedure.title.en}"
    counts = (
        len(procedure.clocks),
        refusing,
        len(procedure.rules) - refusing,
        len(procedure.forms),
        len(procedure.kpis),
    )
    cells = (f"[`{procedure.id}`](../../procedures/{procedure.id}.yaml) {title}", *map(str, counts))
    return f"| {' | '.join(cells)} |"
