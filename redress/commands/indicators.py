"""The figures of a period as a procedure defines them: numerators, denominators, links."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from redress.cases.asking import ask
from redress.cases.languages import LanguageName, language_named
from redress.cases.past import AsHappened, AsOf, past_query

app = typer.Typer(add_completion=False)


@app.command(
    epilog="Examples: redress indicators telecom-complaint --period 2026-03 --by level · "
    "redress indicators telecom-escalated --period 2026Q1 --customers 740000 --json"
)
def indicators(
    *,
    procedure: Annotated[str, typer.Argument(help="Id of the procedure.")],
    period: Annotated[
        str, typer.Option(help="2026, 2026H1, 2026Q1, 2026-03, 2026W10 or 2026-03-02.")
    ],
    by: Annotated[str | None, typer.Option(help="Told apart by a field, or province.")] = None,
    customers: Annotated[
        int | None, typer.Option(help="Customers that a rate is counted over.", min=1)
    ] = None,
    as_of: AsOf = None,
    as_happened: AsHappened = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    language: LanguageName = None,
) -> None:
    """Count every figure of the procedure over the complaints registered in the period."""
    query = {"period": period, "by": by, "customers": str(customers) if customers else None}
    asked = {name: value for name, value in query.items() if value is not None}
    answer = ask(f"/indicators/{procedure}", **asked, **past_query(as_of, as_happened))
    if as_json:
        typer.echo(answer.text)
        return
    Console().print(_table(answer.json(), language_named(language).code))


def _table(found: dict[str, Any], language: str) -> Table:
    table = Table(box=None, padding=(0, 2), show_header=False)
    table.add_row("", "", f"{found['complaints']}", "")
    for figure in found["figures"]:
        title = figure["title"].get("en" if language == "en" else "zh", figure["id"])
        if not figure["counted"]:
            table.add_row(title, "–", "", figure["formula"])
            continue
        table.add_row(title, *_cells(figure["as"], figure), figure["target"] or "")
        for link, parts in figure["links"].items():
            table.add_row(f"  {link}", *_cells(figure["as"], parts), "")
        for row in figure["rows"]:
            table.add_row(f"  {row['key'] or '–'}", *_cells(figure["as"], row), "")
    return table


def _cells(kind: str, parts: dict[str, Any]) -> tuple[str, str]:
    value, numerator, denominator = parts["value"], parts["numerator"], parts["denominator"]
    over = f"{numerator}/{denominator}" if denominator is not None else ""
    if value is None:
        return "–", over
    shown = {
        "share": f"{100 * value:.2f} %",
        "rate": f"{10_000 * value:.2f} ‱",
        "mean": f"{value:.2f} min",
        "number": f"{numerator}",
    }
    mark = {True: " ✓", False: " ✗", None: ""}[parts["met"]]
    return shown[kind] + mark, over
