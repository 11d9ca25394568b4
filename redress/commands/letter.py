"""Letters of apology: which fit a case, a draft from its fields, and recording one as sent.

redress letter list 260600001
redress letter draft 260600001 letter-1 --field addressee=王女士 -o letter.txt
redress letter send 260600001 letter-1 --text letter.txt --approve
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer

from libs.complaints.wording import DEFAULT
from redress.cases.asking import ask, case_path, send
from redress.failures import CommandError

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)

Number = Annotated[str, typer.Argument(help="The case's number, or its id.")]
Which = Annotated[str, typer.Argument(help="The letter's id, as `list` shows it.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]


@app.command(name="list", epilog="Example: redress letter list 260600001 --json")
def list_letters(number: Number, as_json: AsJson = False) -> None:
    """The letters that fit the case now, with their fields; those already sent are left out."""
    letters = ask(case_path(number)).json()["letters"]
    if as_json:
        typer.echo(json.dumps(letters, ensure_ascii=False))
        return
    english = os.environ.get("LANG", "").startswith("en")
    short = "en" if english else "zh"
    for letter in letters:
        typer.echo(f"{letter['id']}: {letter['title'][short]} ({letter['fits'][short]})")
        for name, title in letter["fields"].items():
            typer.echo(f"    {name}: {title[short]}")
    if not letters:
        typer.echo("no letter fits this case now")


@app.command(
    epilog="Example: redress letter draft 260600001 letter-1 --field addressee=王女士 -o letter.txt"
)
def draft(
    number: Number,
    letter: Which,
    *,
    field: Annotated[list[str] | None, typer.Option(help="name=text, as often as wanted.")] = None,
    language: Annotated[str, typer.Option(help="zh-Hans or en.")] = DEFAULT,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Default: print.")] = None,
    as_json: AsJson = False,
) -> None:
    """Words to start from; what is not known yet stands in brackets. Nothing is recorded."""
    values = dict(_pair(each) for each in field or ())
    path = f"{case_path(number)}/letters/{quote(letter, safe='')}/draft"
    body: dict[str, object] = {"values": values, "language": language}
    made = send(path, body, service="analytics").json()
    if output is not None:
        output.write_text(made["text"] + "\n", encoding="utf-8")
    if as_json:
        typer.echo(json.dumps(made, ensure_ascii=False))
    elif output is None:
        typer.echo(made["text"])
    if made["missing"] and not as_json:
        typer.echo(f"still to be filled in: {', '.join(made['missing'])}", err=True)


@app.command(
    name="send", epilog="Example: redress letter send 2606001 letter-1 --text l.txt --approve"
)
def send_letter(
    number: Number,
    letter: Which,
    *,
    text: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="Its final words.")],
    approve: Annotated[bool, typer.Option("--approve", help="I have read it, and it is right.")] = (
        False
    ),
    as_json: AsJson = False,
) -> None:
    """Record the letter as sent by the bearer of REDRESS_TOKEN, who answers for it."""
    if not approve:
        raise CommandError("a person approves a letter: read it and add --approve", exit_code=2)
    words = text.read_text(encoding="utf-8").strip()
    if "[" in words and "]" in words:
        raise CommandError(f"{text} still holds a field in brackets", exit_code=2)
    complaint = ask(case_path(number)).json()["complaint"]
    body: dict[str, object] = {"with": {"letter": letter, "text": words}}
    done = send(f"/complaints/{complaint}/apologise", body, service="dispatch").json()
    typer.echo(json.dumps(done) if as_json else f"recorded as sent: event {done['version']}")


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise typer.BadParameter(f"'{text}' is not name=text", param_hint="--field")
    return name, value
