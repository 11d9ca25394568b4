"""Who has looked at what: reads of sealed text are on record before anything is shown."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from libs.complaints.wording import Language
from redress.cases.asking import ask, case_path
from redress.cases.languages import LanguageName, language_named
from redress.cases.showing import local_time

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)


@app.callback()
def audit() -> None:
    """Who has looked at what."""


@app.command(
    epilog="Examples: redress audit reads HA2603000127 · redress audit reads HA2603000127 --json"
)
def reads(
    number: Annotated[str, typer.Argument(help="The case's number, or its id.")],
    *,
    before: Annotated[int | None, typer.Option(help="Only reads before this one.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    language: LanguageName = None,
) -> None:
    """Print who has read the case's text, newest first: when, which fields, up to which event."""
    query = {"limit": str(limit), **({"before": str(before)} if before is not None else {})}
    answer = ask(f"{case_path(number)}/reads", **query)
    if as_json:
        typer.echo(answer.text)
    else:
        Console().print(_table(answer.json(), language_named(language)))


def _table(found: dict[str, Any], words: Language) -> Table:
    table = Table(box=None, padding=(0, 2), header_style="dim")
    for name in ("read", "recorded_at", "staff", "unit", "handed_out", "version", "texts"):
        table.add_column(words.term("field", name))
    for each in found["reads"]:
        table.add_row(
            str(each["read"]),
            local_time(each["read_at"], None),
            f"{words.term('role', each['role'])} {each['staff']}",
            each["unit"],
            words.term("handed_out", each["handed_out"]),
            str(each["version"]),
            f"{each['texts']}: {', '.join(words.term('field', name) for name in each['fields'])}",
        )
    return table
