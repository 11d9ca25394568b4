"""The `redress` command.

Every module in `redress/commands` that exposes `app` (a Typer application) is a subcommand of the
same name; the first line of its docstring is its summary. Only the module that is called is
imported, so a command costs no more than what it needs itself.
"""

from __future__ import annotations

import ast
import sys
from importlib import import_module
from pathlib import Path

import typer

_COMMANDS = Path(__file__).parent / "commands"
_HELP = """Event-sourced handling of customer complaints.

REDRESS_HOME is the folder for all data (default ./var). REDRESS_DATABASE_URL names a PostgreSQL
server of your own, 15 or newer, in place of the embedded one. REDRESS_KAFKA_BOOTSTRAP names Kafka
brokers to carry the events; without it services follow the feed in the database.
"""


def main() -> None:
    """Run the command line. What a user can act on is told in one line, with an exit code."""
    try:
        run(sys.argv[1:])
    except Exception as error:
        from redress.failures import explained  # noqa: PLC0415 (only the way of failure needs it)

        failure = explained(error)
        if failure is None:
            raise
        typer.echo(f"redress: {failure}", err=True)
        sys.exit(failure.exit_code)


def run(arguments: list[str]) -> None:
    """Run one command; leaves by SystemExit, or by the error of the command."""
    # `import_.py` is `redress import`: a module cannot have a keyword's name.
    modules = {
        path.stem.rstrip("_").replace("_", "-"): path
        for path in sorted(_COMMANDS.glob("[a-z]*.py"))
    }
    if arguments and arguments[0] in modules:
        name = arguments[0]
        app: typer.Typer = import_module(f"redress.commands.{modules[name].stem}").app
        app(arguments[1:], prog_name=f"redress {name}")
    else:
        _listing(modules)(arguments, prog_name="redress")


def _listing(modules: dict[str, Path]) -> typer.Typer:
    """The command without its subcommands' code: lists them, and refuses unknown ones."""
    listing = typer.Typer(no_args_is_help=True, add_completion=False, help=_HELP)
    listing.callback()(lambda: None)
    for name, path in modules.items():
        listing.command(name, help=_summary(path))(lambda: None)
    return listing


def _summary(path: Path) -> str:
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return text.partition("\n")[0]
