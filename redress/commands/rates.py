"""On-time closure by province, level or channel, now or as of an earlier instant."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from libs.complaints.wording import Language
from redress.cases.asking import ask
from redress.cases.languages import LanguageName, language_named
from redress.cases.past import AsHappened, AsOf, past_query
from redress.cases.showing import past_line

app = typer.Typer(add_completion=False)


class Dimension(StrEnum):
    """What the figure is told apart by."""

    province = "province"
    level = "level"
    channel = "channel"


@app.command(
    epilog="Examples: redress rates --by level · "
    "redress rates --as-of 2026-04-01T00:00+08:00 --json"
)
def rates(
    *,
    by: Annotated[Dimension, typer.Option(help="Told apart by.")] = Dimension.province,
    as_of: AsOf = None,
    as_happened: AsHappened = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    language: LanguageName = None,
) -> None:
    """Print each figure with its numerator and denominator, without and with extensions."""
    answer = ask("/rates/on-time", by=by.value, **past_query(as_of, as_happened))
    if as_json:
        typer.echo(answer.text)
        return
    words, found, console = language_named(language), answer.json(), Console()
    if found["past"]:
        console.print(past_line(found["past"], words, None))
    console.print(_table(found, words))


def _table(found: dict[str, Any], words: Language) -> Table:
    table = Table(box=None, padding=(0, 2), header_style="dim")
    for name in (found["by"], "without_extensions", "pending", "with_extensions", "pending"):
        table.add_column(words.term("field", name))
    for row in [*found["rows"], found["total"]]:
        cells = []
        for kind in ("without_extensions", "with_extensions"):
            figure = row[kind]
            cells += [_share(figure), str(figure["pending"])]
        name = words.term(found["by"], row["key"]) if row["key"] else "="
        table.add_row(name if row is not found["total"] else "Σ", *cells)
    return table


def _share(figure: dict[str, int]) -> str:
    numerator, denominator = figure["numerator"], figure["denominator"]
    share = f"{100 * numerator / denominator:.1f} %" if denominator else "–"
    return f"{share} {numerator}/{denominator}"
