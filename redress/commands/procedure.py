"""Procedure files: check them, look at them, compare them with a reference.

redress procedure check procedures
redress procedure show telecom-complaint
redress procedure coverage ../reference
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from libs.procedures.catalogue import ACTIONS
from libs.procedures.document import Node, ProcedureError
from libs.procedures.schema import Procedure, ProcedureBook, load_procedure
from libs.procedures.yaml_reading import read_document
from redress.home import PROCEDURES

_SECTIONS = ("clocks", "rules", "forms", "kpis", "reports", "sanctions", "open_parameters")

app = typer.Typer(no_args_is_help=True, help=__doc__, add_completion=False)
Folder = Annotated[Path, typer.Option("--procedures", help="Folder of procedure files.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]


@app.command(epilog="Example: redress procedure check procedures --json")
def check(
    paths: Annotated[list[Path], typer.Argument(exists=True, help="Files or folders.")],
    as_json: AsJson = False,
) -> None:
    """Check files; each fault with file, line, field and reason. Exit status 1 if there is one."""
    files = [
        f for path in paths for f in (sorted(path.glob("*.yaml")) if path.is_dir() else [path])
    ]
    faults: list[dict[str, object]] = []
    for path in files:
        try:
            load_procedure(path)
        except ProcedureError as error:
            faults.append(
                {
                    "file": str(path),
                    "line": error.line,
                    "field": error.field,
                    "reason": error.reason,
                }
            )
    if as_json:
        typer.echo(json.dumps({"files": len(files), "faults": faults}, ensure_ascii=False))
    else:
        for fault in faults:
            typer.echo("{file}:{line}: {field}: {reason}".format(**fault))
        typer.echo(f"{len(files) - len(faults)} good, {len(faults)} faulty")
    raise typer.Exit(1 if faults else 0)


@app.command(
    epilog="Examples: redress procedure show bank · redress procedure show bank --fields --json"
)
def show(
    name: Annotated[str, typer.Argument(help="Id of a procedure, or its file.")],
    procedures: Folder = PROCEDURES,
    fields: Annotated[bool, typer.Option(help="The fields each action may carry.")] = False,
    as_json: AsJson = False,
) -> None:
    """Clocks and rules of a procedure as tables; with --fields what each action may say."""
    path = Path(name)
    found = load_procedure(path) if path.is_file() else ProcedureBook(procedures).get(name)
    if as_json:
        typer.echo(json.dumps(_described(found), ensure_ascii=False))
        return
    console = Console()
    console.print(f"[bold]{found.title.zh}[/] / {found.title.en}  ({found.id} {found.version})")
    for table in [_fields(found)] if fields else [_clocks(found), _rules(found)]:
        console.print(table)


def _described(procedure: Procedure) -> dict[str, object]:
    return {
        "id": procedure.id,
        "version": procedure.version,
        "title": {"zh": procedure.title.zh, "en": procedure.title.en},
        "clocks": [
            {"id": clock.id, "from": clock.starts, "to": clock.stops, "source": clock.source}
            for clock in procedure.clocks
        ],
        "rules": [
            {"id": rule.id, "kind": rule.kind, "title": rule.title.zh, "source": rule.source}
            for rule in procedure.rules
        ],
        "fields": {
            action: {field: kind.kind for field, kind in told.items()}
            for action, told in procedure.fields.items()
        },
    }


def _clocks(procedure: Procedure) -> Table:
    table = Table("clock", "时限", "from", "to", "source", title="时限 / Clocks")
    for clock in procedure.clocks:
        starts, stops = ", ".join(clock.starts), ", ".join(clock.stops)
        table.add_row(clock.id, clock.title.get("zh", ""), starts, stops, clock.source)
    return table


def _rules(procedure: Procedure) -> Table:
    table = Table("rule", "kind", "规则", "at", "source", title="规则 / Rules")
    for rule in procedure.rules:
        steps = dict.fromkeys(action for part in rule.parts for action in part.applies)
        table.add_row(rule.id, rule.kind, rule.title.zh, ", ".join(steps), rule.source)
    return table


def _fields(procedure: Procedure) -> Table:
    table = Table("action", "event", "fields", title="字段 / Fields")
    for name, action in ACTIONS.items():
        described = ", ".join(
            f"{field}: {'[' if kind.many else ''}{kind.kind}{']' if kind.many else ''}"
            for field, kind in procedure.fields[name].items()
        )
        table.add_row(name, action.event, described)
    return table


@app.command(epilog="Example: redress procedure coverage my-reference-files --json")
def coverage(
    reference: Annotated[Path, typer.Argument(exists=True, help="Folder of reference files.")],
    procedures: Folder = PROCEDURES,
    as_json: AsJson = False,
) -> None:
    """What reference files list by id and the procedures do not; exit status 1 if there is any."""
    shipped = {path.stem: path for path in sorted(procedures.glob("*.yaml"))}
    missing: dict[str, list[str]] = {}
    for path in sorted(reference.glob("*.yaml")):
        own = _ids(read_document(shipped[path.stem])) if path.stem in shipped else None
        wanted = _ids(read_document(path))
        absent = sorted(wanted - own) if own is not None else ["(no such procedure)"]
        if absent:
            missing[path.stem] = absent
    if as_json:
        typer.echo(json.dumps(missing, ensure_ascii=False, indent=2))
    else:
        for name, absent in missing.items():
            typer.echo(f"{name}: {', '.join(absent)}")
        typer.echo(f"{sum(map(len, missing.values()))} missing")
    raise typer.Exit(1 if missing else 0)


def _ids(root: Node) -> set[str]:
    """`section/id` of every listed item that carries an id."""
    found: set[str] = set()
    for section in _SECTIONS:
        node = root.mapping().get(section)
        for child in node.items() if node is not None and not node.empty else ():
            entry = child.mapping()
            if "id" in entry:
                found.add(f"{section}/{entry['id'].text()}")
    return found
