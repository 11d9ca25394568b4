"""Make the passwords of an installation in containers, once."""

from __future__ import annotations

import json
import os
import secrets as random
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from libs.access.keyfiles import read_or_make
from libs.events.postgres.logins import SERVICES, dsn_as, role_of
from redress.local.processes import MODULES

app = typer.Typer(add_completion=False, help=__doc__)

# Folders of containers that run under users of their own; ours read as the one who writes.
_FOREIGN = frozenset({"postgres", "redis", "grafana"})
_DATABASE, _OWNER = "redress", "redress"


@app.command(epilog="Example: redress secrets --into /secrets")
def secrets(
    *,
    into: Annotated[Path, typer.Option(help="Gets one folder for each container.")],
    database: Annotated[str, typer.Option(help="Where PostgreSQL will be.")] = "postgres:5432",
    redis: Annotated[str, typer.Option(help="Where Redis will be.")] = "redis:6379",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Draw every password that is not there yet and write what each container needs to know.

    The passwords are kept in the folder `installer`; a repeat writes the same files again. Each
    container is to see its own folder only.
    """

    def password(name: str) -> str:
        path = into / "installer" / f"{name}-password"
        return read_or_make(path, lambda: random.token_urlsafe(24).encode(), made.append).decode()

    made: list[Path] = []
    owner = password("owner")
    url = f"postgresql://{database}/{_DATABASE}"
    _write(into, "postgres", "owner-password", owner)
    _write(into, "installer", "database-url", dsn_as(url, _OWNER, owner))
    shared = password("redis")
    _write(into, "redis", "redis.conf", f'requirepass {shared}\nsave ""\nappendonly no\n')
    passwords = {service: password(service) for service in SERVICES}
    for service in MODULES:
        role = role_of(service)
        _write(into, service, "database-url", dsn_as(url, role, passwords[service]))
        _write(into, service, "redis-url", f"redis://:{shared}@{redis}/0")
    _write(into, "grafana", "database-password", passwords["grafana"])
    _write(into, "grafana", "admin-password", password("grafana-admin"))
    names = [path.stem for path in made]
    typer.echo(json.dumps({"made": names}) if as_json else f"passwords made: {len(names)}")


def _write(into: Path, container: str, name: str, content: str) -> None:
    folder = into / container
    folder.mkdir(parents=True, exist_ok=True)
    # Beside its place, then renamed: nobody reads half a file.
    handle, fresh = tempfile.mkstemp(dir=folder)
    with os.fdopen(handle, "w") as file:
        os.fchmod(file.fileno(), 0o444 if container in _FOREIGN else 0o400)
        file.write(content)
    Path(fresh).rename(folder / name)
