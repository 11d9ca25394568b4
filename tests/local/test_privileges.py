"""PostgreSQL refuses root; root starts it all the same, without changing the machine."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from redress.local.postgres import PostgresServer, shipped_binaries
from redress.local.privileges import Launch, PrivilegeError, launch_for
from tests.conftest import debian_binaries

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user needs no such way")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users may enter, unlike pytest's."""
    folder = Path(tempfile.mkdtemp(prefix="redress-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def no_namespaces(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without the program `unshare`."""
    monkeypatch.setenv("PATH", str(tmp_path))


@only_root
def test_root_enters_a_namespace_and_the_files_stay_his(tmp_path: Path) -> None:
    server = PostgresServer(tmp_path / "closed")
    tmp_path.chmod(0o700)
    try:
        server.start()
        assert (server.data / "PG_VERSION").stat().st_uid == 0
        assert (server.data / "PG_VERSION").stat().st_mode & 0o077 == 0
        assert launch_for(server.program("postgres")).user is None
    finally:
        server.stop()


@only_root
@pytest.mark.usefixtures("no_namespaces")
def test_without_namespaces_root_becomes_an_existing_user(open_folder: Path) -> None:
    server = PostgresServer(open_folder / "postgres", binaries=debian_binaries())
    launch = launch_for(server.program("postgres"))
    assert launch.prefix == ()
    assert launch.user is not None
    try:
        server.start()
        assert server.status() is not None
        assert (server.data / "PG_VERSION").stat().st_uid == launch.user.pw_uid
        assert server.start() == server.status()
    finally:
        server.stop()


@only_root
@pytest.mark.usefixtures("no_namespaces")
def test_root_without_any_way_is_told_what_to_do(tmp_path: Path) -> None:
    closed = tmp_path / "bin"
    closed.mkdir(mode=0o700)
    (closed / "postgres").write_text("#!/bin/sh\n")
    (closed / "postgres").chmod(0o700)
    with pytest.raises(PrivilegeError, match="REDRESS_DATABASE_URL"):
        launch_for(closed / "postgres")


def test_an_ordinary_user_starts_it_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert launch_for(shipped_binaries() / "postgres") == Launch()
