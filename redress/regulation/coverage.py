"""Reference regulations compared with the procedures: what is missing, what only advises."""

from __future__ import annotations

from pathlib import Path

import msgspec

from libs.procedures.document import Node
from libs.procedures.rules import Rule
from libs.procedures.schema import load_procedure
from libs.procedures.yaml_reading import read_document

_SECTIONS = ("clocks", "rules", "forms", "kpis", "reports", "sanctions", "open_parameters")
_REASONS = {
    "on_event": "a task that follows an event: shown, never in the way",
    "minimum": "a number to be reached over many complaints or a period: no single step breaks it",
    "confidentiality": "kept by access and sealed fields, not by refusing a step",
    "auto_close": "done by the watchdog when its clock ends, not asked of anybody",
    "other": "advice on manner or judgement: no step goes against it for certain",
}


class Advice(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that is shown and never refuses: at which actions (none: always), and why."""

    procedure: str
    rule: str
    shown_at: tuple[str, ...]
    reason: str


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """`missing`: ids by procedure that reference files list and ours do not."""

    missing: dict[str, list[str]]
    guidance_only: tuple[Advice, ...]


def coverage_of(reference: Path, procedures: Path) -> Coverage:
    """Compare every reference file with the procedure of the same name."""
    shipped = {path.stem: path for path in sorted(procedures.glob("*.yaml"))}
    missing: dict[str, list[str]] = {}
    advice: list[Advice] = []
    for path in sorted(reference.glob("*.yaml")):
        if (own := shipped.get(path.stem)) is None:
            missing[path.stem] = ["(no such procedure)"]
            continue
        wanted = _ids(read_document(path))
        if absent := sorted(wanted - _ids(read_document(own))):
            missing[path.stem] = absent
        advice += [
            _advice(path.stem, rule)
            for rule in load_procedure(own).rules
            if not rule.refuses and f"rules/{rule.id}" in wanted
        ]
    return Coverage(missing=missing, guidance_only=tuple(advice))


def _advice(procedure: str, rule: Rule) -> Advice:
    steps = dict.fromkeys(action for part in rule.parts for action in part.applies)
    reason = _REASONS[rule.kind]
    return Advice(
        procedure=procedure,
        rule=rule.id,
        shown_at=tuple(steps),
        reason=f"{reason}; {rule.reading}" if rule.reading else reason,
    )


def _ids(root: Node) -> set[str]:
    """`section/id` of every listed item that carries an id."""
    found: set[str] = set()
    for section in _SECTIONS:
        node = root.mapping().get(section)
        for child in node.items() if node is not None and not node.empty else ():
            entry = child.mapping()
            if "id" in entry:
                found.add(f"{section}/{entry['id'].text()}")
    return found
