"""What a unit and those below it have in hand, now or as of an earlier instant."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from libs.complaints.wording import Language
from redress.cases.asking import ask
from redress.cases.languages import LanguageName, language_named
from redress.cases.past import AsHappened, AsOf, past_query
from redress.cases.showing import local_time, past_line

app = typer.Typer(add_completion=False)


@app.command(
    epilog="Examples: redress work-list henan/network · "
    "redress work-list henan --as-of 2026-03-02T09:00+08:00 --json"
)
def work_list(
    unit: Annotated[str, typer.Argument(help="Path of the unit, such as henan/network.")],
    *,
    as_of: AsOf = None,
    as_happened: AsHappened = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many entries.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    language: LanguageName = None,
) -> None:
    """Print the list in the procedure's order of priority, then by the nearest due time."""
    query = {"unit": unit, "limit": str(limit), **past_query(as_of, as_happened)}
    answer = ask("/work-list", service="dispatch", **query)
    if as_json:
        typer.echo(answer.text)
        return
    words, page, console = language_named(language), answer.json(), Console()
    if page["past"]:
        console.print(past_line(page["past"], words, None))
    console.print(_table(page, words))
    if page["next"]:
        console.print("…", style="dim")


def _table(page: dict[str, Any], words: Language) -> Table:
    table = Table(box=None, padding=(0, 2), header_style="dim")
    for name in ("", "", "unit", "status", "due", ""):
        table.add_column(words.term("field", name) if name else "")
    for item in page["items"]:
        left = item["remaining_s"]
        side = "" if left is None else words.term("clock_state", "left" if left >= 0 else "over")
        table.add_row(
            item["number"] or item["complaint"],
            item["order"] or "",
            item["unit"],
            words.term("status", item["status"]),
            local_time(item["due_at"], None),
            "" if left is None else f"{side} {words.duration(left)}",
            style="red" if left is not None and left < 0 else None,
        )
    return table
