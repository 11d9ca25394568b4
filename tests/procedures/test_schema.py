# ruff: noqa: E501 - tables of cases are read line by line
"""Procedure files: what is refused, where, and with which suggestion."""

from __future__ import annotations

from pathlib import Path

import pytest

from libs.procedures.document import ProcedureError
from libs.procedures.schema import ProcedureBook, UnknownProcedure, load_procedure, parse_procedure
from libs.procedures.yaml_reading import parse_document
from tests.complaints.story import CLOCKS, HEAD

ROOT = Path(__file__).resolve().parents[2]


def fault(rules: str = "rules: []\n", more: str = "", clocks: str = CLOCKS, head: str = HEAD):
    text = head + more + clocks + rules
    with pytest.raises(ProcedureError) as caught:
        parse_procedure(text.encode(), "house.yaml")
    error = caught.value
    assert error.file == "house.yaml"
    return error, text.splitlines()[error.line - 1]


def rule(body: str) -> str:
    return (
        "rules:\n"
        "  - id: r\n"
        "    kind: only\n"
        "    title: {zh: 规则, en: Rule}\n"
        "    source: '1'\n" + body
    )


BAD_RULES = [
    ("    applies: close\n    needs: {elapsed: {event: ComplaintRegistered, at_least: {parameter: strict}}}\n", "rules[0].needs.elapsed.at_least.parameter", "stands at no limit"),
    ("    applies: close\n    needs: {elapsed: {event: ComplaintRegistered, at_least: {value: 2, unit: working-hours}}}\n", "rules[0].needs.elapsed.at_least.unit", "declares no working hours"),
    ("    applies: close\n    needs: {happened: {event: []}}\n", "rules[0].needs.happened.event", "empty list"),
    ("    applies: []\n    needs: {by: centre}\n", "rules[0].applies", "empty list"),
    ("    applies: clsoe\n    needs: {by: centre}\n", "rules[0].applies", "did you mean 'close'"),
    ("    applies: close\n    needs: {bye: centre}\n", "rules[0].needs.bye", "did you mean 'by'"),
    ("    applies: close\n    needs: {by: center}\n", "rules[0].needs.by", "did you mean 'centre'"),
    ("    applies: close\n    needs: {with: {outcom: x}}\n", "rules[0].needs.with.outcom", "outcome"),
    ("    applies: close\n    needs: {case: {rums: 1}}\n", "rules[0].needs.case.rums", "rooms"),
    ("    applies: close\n    needs: {unit_kind: dask}\n", "rules[0].needs.unit_kind", "desk"),
    ("    applies: close\n    needs: {post: porte}\n", "rules[0].needs.post", "porter"),
    ("    applies: close\n    needs: {same: [actor.unit]}\n", "rules[0].needs.same", "two"),
    ("    applies: close\n    needs: {same: [actor.unti, to]}\n", "rules[0].needs.same[0]", "unit"),
    ("    applies: close\n    needs: {same: [actr.unit, to]}\n", "rules[0].needs.same[0]", "actor"),
    ("    applies: close\n    needs: {same: [case.hose, to]}\n", "rules[0].needs.same[0]", "house"),
    ("    applies: close\n    needs: {happened: {event: Answered}}\n", "rules[0].needs.happened.event", "known"),
    ("    applies: close\n    needs: {happened: {by: centre}}\n", "rules[0].needs.happened", "names no event"),
    ("    applies: close\n    needs: {happened: {event: any, since: any}}\n", "rules[0].needs.happened.since", "known"),
    ("    applies: close\n    needs: {clock: {id: anwser}}\n", "rules[0].needs.clock.id", "answer"),
    ("    applies: close\n    needs: {clock: {state: open}}\n", "rules[0].needs.clock", "no clock"),
    ("    applies: close\n    needs: {parameter: {keepin: 1}}\n", "rules[0].needs.parameter.keepin", "keeping"),
    ("    applies: close\n    needs: {elapsed: {event: ComplaintClosed}}\n", "rules[0].needs.elapsed", "at_least"),
    ("    applies: close\n    needs: {}\n", "rules[0].needs", "says nothing"),
    ("    applies: close\n    needs: {any: []}\n", "rules[0].needs.any", "empty"),
    ("    applies: close\n    needs: {with: {reason: angry}}\n", "rules[0].needs.with.reason", "sealed"),
    ("    applies: close\n    needs: {case: {rooms: {atleast: 1}}}\n", "rules[0].needs.case.rooms.atleast", "at_least"),
    ("    needs: {by: centre}\n", "rules[0].needs", "applies"),
    ("    applies: close\n    need: {by: centre}\n", "rules[0].need", "did you mean 'needs'"),
    ("", "rules[0]", "which step"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "field", "reason"), BAD_RULES)
def test_a_faulty_rule_is_refused_at_its_place(body, field, reason):
    error, _ = fault(rule(body))

    assert error.field == field
    assert reason in error.reason


def test_the_line_is_the_line_of_the_fault():
    error, line = fault(rule("    applies: close\n    needs:\n      by: center\n"))

    assert line.strip() == "by: center"
    assert str(error).startswith(f"house.yaml:{error.line}: rules[0].needs.by: ")


def test_a_rule_that_only_advises_must_have_something_to_say():
    error, _ = fault(rule("").replace("kind: only", "kind: other"))

    assert "guidance" in error.reason


def test_ids_stand_once():
    twice = rule("    applies: close\n    needs: {by: centre}\n")
    error, _ = fault(twice + twice.removeprefix("rules:\n"))

    assert error.field == "rules[1]"


BAD_SECTIONS = [
    ("units: []\n", "", "given twice"),
    ("colour: red\n", "colour", "unknown key"),
    ("numbering: {pattern: 'YYMM'}\n", "numbering.pattern", "one run of #"),
    (
        "numbering: {pattern: 'YY##', given_at: Accepted}\n",
        "numbering.given_at",
        "ComplaintAccepted",
    ),
    ("hours: ['12:00-08:00']\n", "hours[0]", "end after its start"),
    ("hours: ['8-12']\n", "hours[0]", "08:30-12:00"),
    ("hours: ['08:00-12:00']\nhours_on: daily\n", "hours_on", "not known here"),
    ("hours_on: every-day\n", "hours_on", "needs `hours`"),
    ("level_change: {escalate: ad}\n", "level_change.escalate", "add"),
    ("classified_by_register: [levle]\n", "classified_by_register[0]", "level"),
    ("priority: [{case: {vpi: true}}]\n", "priority[0].case.vpi", "vip"),
    ("fills: [{at: register, set: {vpi: true}, source: '1'}]\n", "fills[0].set.vpi", "vip"),
    ("forms: [{id: f, title: {zh: 表, en: Form}}]\n", "forms[0]", "has no fields"),
    ("notes: [{zh: 注}]\n", "notes[0]", "'en'"),
]


@pytest.mark.parametrize(("more", "field", "reason"), BAD_SECTIONS)
def test_a_faulty_section_is_refused_at_its_place(more, field, reason):
    error, _ = fault(more=more)

    assert error.field == (field or more.split(":")[0])
    assert reason in error.reason


BAD_CLOCKS = [
    (
        "limit: {value: 24, unit: hours}",
        "limit: {value: 24, unit: working-hours}",
        "clocks[0].limit.unit",
        "declares no working hours",
    ),
    (
        "limit: {value: 24, unit: hours}",
        "limit: {value: 24, unit: hour}",
        "clocks[0].limit",
        "hours",
    ),
    (
        "limit: {value: 24, unit: hours}",
        "limit: {value: 0, unit: hours}",
        "clocks[0].limit",
        "whole",
    ),
    ("to: CustomerAnswered", "to: CustomerAnswerd", "clocks[0].to", "CustomerAnswered"),
    ("from: ComplaintRegistered", "from: Registered", "clocks[0].from", "no event"),
    ("source: '1'", "when: {levle: minor}\n    source: '1'", "clocks[0].when.levle", "level"),
    ("source: '1'", "when: {start.unit_kind: dask}\n    source: '1'", "clocks[0].when", "desk"),
    ("source: '1'", "wenn: {level: minor}\n    source: '1'", "clocks[0].wenn", "known here"),
    ("id: handle", "id: answer", "clocks[1].id", "already"),
]


@pytest.mark.parametrize(("good", "bad", "field", "reason"), BAD_CLOCKS)
def test_a_faulty_clock_is_refused_at_its_place(good, bad, field, reason):
    error, _ = fault(clocks=CLOCKS.replace(good, bad, 1))

    assert error.field.startswith(field)
    assert reason in error.reason


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"a: [1", "is not YAML"),
        ("编号: 值".encode("gb18030"), "is not UTF-8"),
        (b"", "is empty"),
        (b"a: &x [1]\nb: *x\n", "anchored"),
        (b"a: yes\n", "true or false"),
        (b"a: !!python/object:os.system 1\n", "not allowed"),
        (b"a: 1\na: 2\n", "given twice"),
        (b"[" * 60 + b"]" * 60, "deeper"),
        (b"[" * 900_000, "deeper"),
        (b"- " * 400_000, "deeper"),
        (b"".join(b" " * depth + b"a:\n" for depth in range(1_000)), "deeper"),
        ("id: 规程".encode("utf-16"), "is not UTF-8"),
        (b"a: 1\nb: \x00\n", r"f.yaml:2: .*control character U.0000"),
        (b"a: 1\n---\nb: 1\n", "second document"),
        (b"? [a, b]\n: 1\n", "plain text"),
        (b"x" * 1_000_001, "larger"),
    ],
)
def test_an_unreadable_document_is_refused(raw, reason):
    with pytest.raises(ProcedureError, match=reason):
        parse_document(raw, "f.yaml")


def test_a_bomb_is_refused_before_it_grows():
    bomb = b"a: &a [1,1,1,1,1,1,1,1,1]\n" + b"".join(
        b"%c: &%c [%s]\n" % (c + 1, c + 1, b",".join([b"*%c" % c] * 9)) for c in range(97, 110)
    )

    with pytest.raises(ProcedureError, match="anchored"):
        parse_document(bomb, "bomb.yaml")


def test_a_huge_file_is_not_read_to_its_end(tmp_path):
    huge = tmp_path / "huge.yaml"
    with huge.open("wb") as file:
        file.truncate(1 << 32)

    with pytest.raises(ProcedureError, match=r"huge.yaml:1: .*larger than 1000000 bytes"):
        load_procedure(huge)


def test_a_very_long_word_is_cut_in_the_message():
    error, _ = fault(rule(f"    applies: {'x' * 5000}\n"))

    assert len(str(error)) < 200


def test_times_and_odd_numbers_stay_text():
    entries = parse_document(b"a: 2026-03-02\nb: 2.4.1\nc: 010\nd: 3\ne: 0.9\n", "f").mapping()

    assert [node.value for node in entries.values()] == ["2026-03-02", "2.4.1", "010", 3, 0.9]


def test_every_shipped_procedure_can_be_read():
    book = ProcedureBook(ROOT / "procedures")

    assert set(book.ids) == {path.stem for path in (ROOT / "procedures").glob("*.yaml")}


def test_a_procedure_is_found_by_id_and_version(tmp_path):
    text = HEAD + CLOCKS + "rules: []\n"
    (tmp_path / "a.yaml").write_text(f"version: '1'\n{text}", encoding="utf-8")
    (tmp_path / "b.yaml").write_text(f"version: '2'\n{text}", encoding="utf-8")
    book = ProcedureBook(tmp_path)

    assert book.get("house").version == "2"
    assert book.get("house", "1").version == "1"
    with pytest.raises(UnknownProcedure, match="did you mean 'house'"):
        book.get("hous")
    with pytest.raises(UnknownProcedure, match="no version '3'"):
        book.get("house", "3")


def test_the_version_is_the_content_unless_it_is_declared():
    text = HEAD + CLOCKS + "rules: []\n"
    first, same = (parse_procedure(text.encode(), "f").version for _ in range(2))

    assert first == same
    assert parse_procedure(f"{text}# changed\n".encode(), "f").version != first


def test_a_field_is_either_a_term_or_a_text():
    error, _ = fault(head=HEAD.replace("{text: [not-ours]}", "{term: [a], text: [b]}"))

    assert error.field == "fields.decline.ground"
