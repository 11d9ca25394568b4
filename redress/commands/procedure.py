"""Procedure files: begin one, check it, compare it, read it as a page, put it in force.

redress procedure new hotel-chain
redress procedure check procedures
redress procedure show telecom-complaint
redress procedure publish hotel-chain.yaml
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from libs.procedures.document import ProcedureError
from libs.procedures.schema import ProcedureBook, load_procedure, parse_procedure
from libs.procedures.yaml_reading import parse_document
from redress.home import PROCEDURES, Home
from redress.regulation.books import index_of, write_pages
from redress.regulation.coverage import coverage_of
from redress.regulation.difference import differences, in_words
from redress.regulation.finding import content_of
from redress.regulation.publishing import publish as put_in_force
from redress.regulation.scaffold import write_scaffold
from redress.regulation.showing import clocks_table, described, fields_table, rules_table
from redress.regulation.telling import languages

app = typer.Typer(no_args_is_help=True, help=__doc__, add_completion=False)
Folder = Annotated[Path, typer.Option("--procedures", help="Folder of procedure files.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]
Name = Annotated[str, typer.Argument(help="A file, an id, or id@version of the database.")]


def _print_json(value: object) -> None:
    typer.echo(json.dumps(msgspec.to_builtins(value), ensure_ascii=False, indent=2))


@app.command(epilog="Examples: redress procedure new hotel-chain · new hotel-chain -o my.yaml")
def new(
    name: Annotated[str, typer.Argument(help="Its id: small letters, digits, hyphens.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Default NAME.yaml")] = None,
    as_json: AsJson = False,
) -> None:
    """Write a small valid procedure to start from; never over a file that is there."""
    path = output or Path(f"{name}.yaml")
    write_scaffold(name, path)
    typer.echo(json.dumps({"file": str(path)}) if as_json else f"wrote {path}")


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
            place = {"file": str(path), "line": error.line, "field": error.field}
            faults.append({**place, "reason": error.reason})
    if as_json:
        _print_json({"files": len(files), "faults": faults})
    else:
        for fault in faults:
            typer.echo("{file}:{line}: {field}: {reason}".format(**fault))
        typer.echo(f"{len(files) - len(faults)} good, {len(faults)} faulty")
    raise typer.Exit(1 if faults else 0)


@app.command(
    epilog="Examples: redress procedure show bank · redress procedure show bank --fields --json"
)
def show(
    name: Name,
    procedures: Folder = PROCEDURES,
    fields: Annotated[bool, typer.Option(help="The fields each action may carry.")] = False,
    as_json: AsJson = False,
) -> None:
    """Clocks and rules of a procedure as tables; with --fields what each action may say."""
    found = parse_procedure(*content_of(name, procedures))
    if as_json:
        _print_json(described(found))
        return
    console = Console()
    console.print(f"[bold]{found.title.zh}[/] / {found.title.en}  ({found.id} {found.version})")
    for table in [fields_table(found)] if fields else [clocks_table(found), rules_table(found)]:
        console.print(table)


@app.command(epilog="Examples: redress procedure diff hotel-chain@ hotel-chain.yaml --language en")
def diff(
    old: Name,
    new: Name,
    procedures: Folder = PROCEDURES,
    language: Annotated[str, typer.Option(help="zh-Hans or en.")] = "en",
    as_json: AsJson = False,
) -> None:
    """What differs between two versions, item by item. Exit status 1 if anything does."""
    spoken = languages()
    if language not in spoken:
        raise typer.BadParameter(f"one of {', '.join(spoken)}", param_hint="--language")
    contents = [content_of(name, procedures) for name in (old, new)]
    changes = differences(*(parse_document(raw, name) for raw, name in contents))
    if as_json:
        _print_json(changes)
    else:
        for line in in_words(changes, spoken[language]):
            typer.echo(line)
    raise typer.Exit(1 if changes else 0)


@app.command(epilog="Examples: redress procedure docs · redress procedure docs my.yaml -o pages")
def docs(
    names: Annotated[list[str] | None, typer.Argument(help="Files or ids; default: all.")] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder.")] = Path("pages"),
    procedures: Folder = PROCEDURES,
    as_json: AsJson = False,
) -> None:
    """Write a page per procedure, in both languages; without names for all, with an index."""
    book = None if names else ProcedureBook(procedures)
    wanted = names or list(book.ids if book else ())
    written = list(write_pages((content_of(name, procedures) for name in wanted), output))
    if book is not None:
        index = output / "README.md"
        index.write_text(index_of([book.get(name) for name in book.ids]), encoding="utf-8")
        written.append(index)
    typer.echo(json.dumps({"files": [str(path) for path in written]}) if as_json else
               f"wrote {len(written)} files to {output}")  # fmt: skip


@app.command(epilog="Example: redress procedure publish hotel-chain.yaml")
def publish(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The procedure.")],
    as_json: AsJson = False,
) -> None:
    """Check a file and put it in force for new complaints; running services follow by themselves.

    Complaints that run keep the version they began with. Publishing the same again changes nothing;
    an earlier version can be put in force again.
    """
    done = put_in_force(file, Home.of_environment().owner_url())
    if as_json:
        _print_json(done)
    elif done.new:
        instead = f" in place of {done.before}" if done.before else ""
        typer.echo(f"{done.id} {done.version} is in force{instead}")
    else:
        typer.echo(f"{done.id} {done.version} was in force already")


@app.command(epilog="Example: redress procedure coverage my-reference-files --json")
def coverage(
    reference: Annotated[Path, typer.Argument(exists=True, help="Folder of reference files.")],
    procedures: Folder = PROCEDURES,
    as_json: AsJson = False,
) -> None:
    """What reference files list and ours do not, and which rules only advise, with the reason.

    Exit status 1 if anything is missing.
    """
    found = coverage_of(reference, procedures)
    if as_json:
        _print_json(found)
    else:
        for advice in found.guidance_only:
            at = ", ".join(advice.shown_at) or "always"
            typer.echo(f"{advice.procedure}: {advice.rule} (at {at}): {advice.reason}")
        for name, absent in found.missing.items():
            typer.echo(f"{name}: {', '.join(absent)}")
        typer.echo(f"{len(found.guidance_only)} guidance only")
        typer.echo(f"{sum(map(len, found.missing.values()))} missing")
    raise typer.Exit(1 if found.missing else 0)
