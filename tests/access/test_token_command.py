"""`redress token` makes what the services accept."""

from __future__ import annotations

import json

import pytest

from libs.access.identity import Subject, TokenReader, signing_key
from redress.failures import CommandError
from redress.main import run

ARGUMENTS = ["token", "--staff", "s7", "--role", "manager", "--unit", "henan/network"]


def test_a_token_of_the_command_is_accepted(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("REDRESS_HOME", str(tmp_path))
    with pytest.raises(SystemExit) as ended:
        run([*ARGUMENTS, "--post", "head", "--json"])
    assert not ended.value.code
    printed = capsys.readouterr()
    assert "keep it secret" in printed.err
    key = signing_key(tmp_path / "keys", pytest.fail)
    subject = TokenReader(key.public_key()).subject(json.loads(printed.out)["token"])
    assert subject == Subject(staff="s7", role="manager", unit="henan/network", post="head")


def test_what_no_service_would_accept_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("REDRESS_HOME", str(tmp_path))
    with pytest.raises(CommandError, match="not a subject"):
        run([*ARGUMENTS[:-1], "河南"])
