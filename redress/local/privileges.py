"""How to run PostgreSQL, which refuses root, when we are root.

An ordinary user starts it directly. Root enters a user namespace in which he is `nobody`: no new
user, no change of permissions, files stay root's. Where namespaces are forbidden, root becomes an
existing user in the child process only.
"""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_NOBODY = 65534
_NAMESPACE = ("unshare", "--user", f"--map-user={_NOBODY}", f"--map-group={_NOBODY}")
_USERS = ("postgres", "nobody")


class PrivilegeError(Exception):
    """Root has no way to run the server as somebody else here."""


@dataclass(frozen=True)
class Launch:
    """A way to start the server's programs: a command prefix, or a user to become."""

    prefix: tuple[str, ...] = ()
    user: pwd.struct_passwd | None = None

    def own(self, path: Path) -> None:
        """Give an existing file or folder to the user who will run the server."""
        if self.user is not None:
            os.chown(path, self.user.pw_uid, self.user.pw_gid)

    def popen(
        self,
        arguments: Sequence[str],
        *,
        stdout: int,
        environment: dict[str, str],
    ) -> subprocess.Popen[str]:
        """Start a program in a session of its own, so that a terminal's Ctrl-C misses it."""
        uid, gid, groups = None, None, None
        if self.user is not None:
            uid, gid, groups = self.user.pw_uid, self.user.pw_gid, list[int]()
        return subprocess.Popen(
            [*self.prefix, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=environment,
            user=uid,
            group=gid,
            extra_groups=groups,
            start_new_session=True,
            text=True,
        )


def launch_for(program: Path) -> Launch:
    """The first way that really starts `program` here; raises PrivilegeError."""
    if os.geteuid() != 0:
        return Launch()
    for launch in (Launch(prefix=_NAMESPACE), *(Launch(user=user) for user in _existing_users())):
        if _starts(launch, program):
            return launch
    raise PrivilegeError(
        f"root cannot run {program}: user namespaces are not allowed here and neither of the users "
        f"{' and '.join(_USERS)} can read that file. Run as an ordinary user, install where all "
        "may enter, or set REDRESS_DATABASE_URL to a PostgreSQL server of your own."
    )


def _existing_users() -> list[pwd.struct_passwd]:
    entries = {entry.pw_name: entry for entry in pwd.getpwall()}
    return [entries[name] for name in _USERS if name in entries]


def _starts(launch: Launch, program: Path) -> bool:
    try:
        process = launch.popen(
            [str(program), "--version"], stdout=subprocess.DEVNULL, environment=dict(os.environ)
        )
    except OSError:
        return False
    return process.wait() == 0
