"""The containers of docker-compose.yml, run as plain processes of this machine.

The file is read by the real `docker compose`. What a container is told (command, environment, user,
health check, files) is taken from there and translated: its folders become folders here, its
neighbours' names and ports become addresses here. Nothing else is changed.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import compose

from tests.services.test_process import free_port

ROOT = Path(__file__).parents[2]
# The wheel's own entry point hides exit codes; the program beside it is the real one.
DOCKER_COMPOSE = Path(compose.__file__).parent / "docker-compose"
IMAGE = ROOT / "deploy" / "Dockerfile"


def docker_compose(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run it; the result says what it said."""
    return subprocess.run(
        [DOCKER_COMPOSE, "--profile", "demo", *arguments],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip


@cache
def model() -> dict[str, Any]:
    """The file as compose understands it, every anchor and default resolved."""
    ran = docker_compose("config", "--format", "json")
    assert ran.returncode == 0, ran.stderr
    told: dict[str, Any] = json.loads(ran.stdout)
    return told


def services() -> dict[str, dict[str, Any]]:
    """Every container by name."""
    found: dict[str, dict[str, Any]] = model()["services"]
    return found


def ours() -> set[str]:
    """Those that run our image."""
    return {name for name, told in services().items() if "build" in told}


def jobs() -> set[str]:
    """Those that end by themselves."""
    return {name for name in ours() if services()[name]["restart"] == "no"}


def image_environment() -> dict[str, str]:
    """The ENV of the image, without the paths that only exist inside."""
    text = IMAGE.read_text(encoding="utf-8").rpartition("ENV ")[2].partition("\nUSER")[0]
    pairs = (part.split("=", 1) for part in text.replace("\\\n", " ").split())
    return {name: value for name, value in pairs if name != "PATH"}


class Stack:
    """All containers, their volumes below one folder, their ports free ones of this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports: dict[str, int] = {}
        self.user = _user_of_the_image()
        for name in model()["volumes"]:
            volume = folder / name
            volume.mkdir(mode=0o700 if name in {"keys", "secrets-installer"} else 0o755)
            if self.user is not None:
                os.chown(volume, self.user, self.user)

    def port(self, place: str) -> int:
        """Our port of a container's, such as `intake:8601`."""
        return self.ports.setdefault(place, free_port())

    def address(self, name: str) -> str:
        """Where a service of ours answers."""
        told = services()[name]["environment"]["REDRESS_PORT"]
        return f"http://127.0.0.1:{self.port(f'{name}:{told}')}"

    def translated(self, name: str, text: str) -> str:
        """A text of this container in the terms of this machine."""
        root = self._root(name)
        tops = "|".join(sorted({place.parts[1] for place in {*_mounts(name), *_scratch(name)}}))
        if tops:
            text = re.sub(rf"(?<![\w/])/(?=(?:{tops})(?:/|$))", f"{root}/", text)
        text = re.sub(r"^/app(?=/|$)", str(ROOT), text)
        known = "|".join(map(re.escape, services()))
        return re.sub(rf"\b({known}):(\d+)\b", lambda it: f"127.0.0.1:{self.port(it[0])}", text)

    def _root(self, name: str) -> Path:
        """The container's root folder: what is mounted in it, at its place, and nothing else."""
        root = self.folder / "roots" / name
        for target, source in _mounts(name).items():
            place = root / target.relative_to("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            if not place.is_symlink():
                place.symlink_to(source if source.is_absolute() else self.folder / source)
        for target in _scratch(name):
            place = root / target.relative_to("/")
            place.mkdir(parents=True, exist_ok=True)
            place.chmod(0o1777)
        return root

    def environment(self, name: str) -> dict[str, str]:
        """What the container finds in its environment; nothing of ours but the way to programs."""
        told = {**image_environment(), **services()[name].get("environment", {})}
        found = {key: self.translated(name, value) for key, value in told.items()}
        if "REDRESS_PORT" in told:
            found["REDRESS_PORT"] = str(self.port(f"{name}:{told['REDRESS_PORT']}"))
            found["REDRESS_HOST"] = "127.0.0.1"  # the container's own 0.0.0.0 ends at its edge
        return {**found, "PATH": os.environ["PATH"], "HOME": "/"}

    def command(self, name: str, told: list[str] | None = None) -> list[str]:
        """The container's command, or another one inside it."""
        words = [self.translated(name, word) for word in told or services()[name]["command"]]
        return [sys.executable if word == "python" else word for word in words]

    def run(self, name: str, told: list[str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run the container's job, or a command inside it, to its end."""
        return subprocess.run(
            _becoming(self.user) + self.command(name, told), env=self.environment(name), cwd=ROOT,
            capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip

    def start(self, name: str) -> subprocess.Popen[bytes]:
        """Start the container's process; its output goes to a file beside the volumes."""
        with (self.folder / f"{name}.log").open("wb") as log:
            return subprocess.Popen(
                _becoming(self.user) + self.command(name), env=self.environment(name), cwd=ROOT,
                stdout=log, stderr=log,
            )  # fmt: skip

    def healthy(self, name: str) -> bool:
        """What the container's own health check says."""
        kind, *test = services()[name]["healthcheck"]["test"]
        assert kind == "CMD"
        return self.run(name, test).returncode == 0

    def log(self, name: str) -> str:
        """What the container has said."""
        return (self.folder / f"{name}.log").read_text(errors="replace")


def _mounts(name: str) -> dict[Path, Path]:
    mounts = services()[name].get("volumes", ())
    return {Path(mount["target"]): Path(mount["source"]) for mount in mounts}


def _scratch(name: str) -> set[Path]:
    """Folders in memory, but for /tmp, which is this machine's own."""
    told = {Path(text.partition(":")[0]) for text in services()[name].get("tmpfs", ())}
    return told - {Path("/tmp")}


def _user_of_the_image() -> int | None:
    """The image's user, where we may become him."""
    if os.getuid() != 0 or shutil.which("setpriv") is None:
        return None
    (user,) = {services()[name]["user"].split(":")[0] for name in ours()}
    return int(user)


def _becoming(user: int | None) -> list[str]:
    """What makes a command run as that user, who may read this machine's programs but write nothing
    outside his volumes, as in a container with a read-only root."""
    if user is None:
        return []
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--no-new-privs",
            "--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"]  # fmt: skip
