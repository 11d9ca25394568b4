"""Make a bearer token for a member of staff."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from libs.access.identity import ROLES, Subject, Unidentified, issue_token, signing_key
from redress.failures import CommandError
from redress.home import Home

app = typer.Typer(add_completion=False, help=__doc__)


@app.command(
    epilog="Example: redress token --staff s100 --role agent --unit henan/hotline --hours 8"
)
def token(
    *,
    staff: Annotated[str, typer.Option(help="Staff id, never a name.")],
    role: Annotated[str, typer.Option(help=", ".join(sorted(ROLES)))],
    unit: Annotated[str, typer.Option(help="Path of the unit, as in henan/hotline.")],
    post: Annotated[str | None, typer.Option(help="Post within the role.")] = None,
    hours: Annotated[int, typer.Option(min=1, max=24 * 366, help="How long it is valid.")] = 8,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print a token that the services of this installation accept.

    It is signed with the key file in `keys` under REDRESS_HOME, made at the first use. Whoever can
    read that file can be anybody.
    """
    key = signing_key(Home.of_environment().keys, _tell_of_new_key)
    subject = Subject(staff=staff, role=role, unit=unit, post=post)
    try:
        text = issue_token(key, subject, timedelta(hours=hours))
    except Unidentified:
        raise CommandError(
            f"not a subject: --role is one of {', '.join(sorted(ROLES))}, --unit a path such as "
            "henan/hotline, --staff and --post are plain words",
            exit_code=2,
        ) from None
    typer.echo(json.dumps({"token": text, "hours": hours}) if as_json else text)


def _tell_of_new_key(path: Path) -> None:
    typer.echo(f"made the token key {path}: keep it secret and keep a copy", err=True)
