"""How a figure is counted, where a procedure says it in words a machine can follow."""

from __future__ import annotations

from typing import Literal

import msgspec

from libs.procedures.document import Node


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """What counts as closed in time.

    `within`: the clocks that are the limit, one for each class of complaint. `outcomes`: the
    outcomes of the first closing that count (none named: all). `of`: the denominator, either every
    complaint registered or only those closed or past their limit (`due`).
    """

    within: tuple[str, ...]
    outcomes: tuple[str, ...] = ()
    of: Literal["registered", "due"] = "due"


def read_measure(node: Node) -> Measure:
    """`{within: [...], outcomes: [...], of: registered | due}`."""
    entries = node.mapping(("within", "outcomes", "of"))
    if "within" not in entries:
        node.fail("has no within")
    of = entries["of"].word(("registered", "due")) if "of" in entries else "due"
    return Measure(
        within=entries["within"].texts(),
        outcomes=entries["outcomes"].texts() if "outcomes" in entries else (),
        of="registered" if of == "registered" else "due",
    )
