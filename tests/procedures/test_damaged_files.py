"""Damaged procedures: whatever is missing or out of place is refused at its line, never a crash."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from libs.procedures.document import ProcedureError
from libs.procedures.schema import parse_procedure

ODD: list[Any] = [
    None, True, 0, -1, 10**9, 1.5, "", "x", "<x>", "a b", [], {}, [1], ["x", "x"], {"x": 1}, [[]],
    {"zh": "x"}, "CustomerAnswered", "close", {"value": 0, "unit": "hours"}, "2026-01-01", [None],
]  # fmt: skip
ROUNDS = 200


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    members = node.items() if isinstance(node, dict) else enumerate(node)
    for key, child in members:
        yield (*path, key)
        if isinstance(child, dict | list):
            yield from places(child, (*path, key))


def damaged(document: Any, chance: random.Random) -> Any:
    """The document with one value gone or another one in its place."""
    document = copy.deepcopy(document)
    *above, last = chance.choice(list(places(document)))
    node = document
    for key in above:
        node = node[key]
    if chance.random() < 0.3:
        del node[last]
    else:
        node[last] = copy.deepcopy(chance.choice(ODD))
    return document


def refusal(text: str) -> ProcedureError | None:
    try:
        parse_procedure(text.encode(), "damaged.yaml")
    except ProcedureError as error:
        return error
    return None


def test_a_damaged_procedure_is_good_or_refused_at_a_line_that_exists():
    whole = yaml.safe_load(Path("tests/services/small.yaml").read_text(encoding="utf-8"))
    chance = random.Random(20261122)
    texts = [yaml.safe_dump(damaged(whole, chance), allow_unicode=True) for _ in range(ROUNDS)]

    found = [(text, error) for text in texts if (error := refusal(text)) is not None]

    assert len(found) > ROUNDS // 2
    for text, error in found:
        assert 1 <= error.line <= len(text.splitlines())
        assert error.reason
