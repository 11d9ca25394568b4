"""A bad ledger is refused with the reason and its place, never a value, and nothing is stored."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pytest

from services.intake.imports.archive import MOST_ELEMENTS_A_ROW
from services.intake.imports.checking import check
from services.intake.imports.columnmap import MapError
from services.intake.imports.faults import LedgerRefused
from services.intake.imports.ledger import Format, open_ledger
from services.intake.imports.report import MOST_LINES, MOST_SHOWN, Report
from tests.imports.desk import Desk
from tests.imports.ledgers import MAP, SECRETS, TITLES, Row, closed_rows, write_csv, write_workbook

SHORT_MAP = """
procedure: telecom-complaint
source: old-desk
number: 投诉编号
steps:
  - do: register
    by: {value: agent}
    at: 登记时间
    unit: {column: 受理部门, values: {河南: henan/hotline}}
    with: {channel: {column: 受理渠道, values: {营业厅: business-hall}}}
"""
SHEET = "xl/worksheets/sheet1.xml"
HEAD = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
TAIL = "</sheetData></worksheet>"


def without(title: str, rows: Iterator[Row]) -> Iterator[Row]:
    for row in rows:
        yield {name: "" if name == title else text for name, text in row.items()}


def with_bytes(path: Path, change: Callable[[bytes], bytes]) -> Path:
    path.write_bytes(change(path.read_bytes()))
    return path


def mixed(folder: Path) -> Path:
    """Half of the file comes from a system that writes GB18030."""
    rows = list(closed_rows(8))
    first = write_csv(folder / "first.csv", rows[:4]).read_bytes()
    second = write_csv(folder / "second.csv", rows[4:], "gb18030").read_bytes()
    path = folder / "mixed.csv"
    path.write_bytes(first + second.split(b"\r\n", 1)[1])
    return path


def workbook_with(folder: Path, sheet: str, *, level: int = 9) -> Path:
    """A workbook whose first sheet has these bytes."""
    plain = write_workbook(folder / "plain.xlsx", closed_rows(1))
    path = folder / "made.xlsx"
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(
        path, "w", zipfile.ZIP_DEFLATED, compresslevel=level
    ) as target:  # fmt: skip
        for part in source.namelist():
            target.writestr(part, sheet if part == SHEET else source.read(part))
    return path


BAD_FILES: dict[str, tuple[Callable[[Path], Path], str]] = {
    "mixed encodings": (mixed, "mixed encodings: row 1 is in utf-8, row 6 in gb18030"),
    "neither encoding": (
        lambda at: with_bytes(
            write_csv(at / "a.csv", closed_rows(3)), lambda raw: raw + b"\x80\xff,\r\n"
        ),
        "row 5 is neither in UTF-8 nor in GB18030",
    ),
    "UTF-16": (lambda at: write_csv(at / "a.csv", closed_rows(1), "utf-16"), "UTF-16"),
    "binary": (
        lambda at: with_bytes(write_csv(at / "a.csv", closed_rows(1)), lambda raw: raw + b"\x00"),
        "row 3 holds binary data",
    ),
    "a missing column": (
        lambda at: with_bytes(
            write_csv(at / "a.csv", closed_rows(1)), lambda raw: raw.replace("结案".encode(), b"x")
        ),
        "the ledger has no column 结案时间; the map neither uses nor ignores column 14",
    ),
    "a column twice": (
        lambda at: with_bytes(
            write_csv(at / "a.csv", closed_rows(1)),
            lambda raw: raw.replace("客户姓名".encode(), "联系电话".encode()),
        ),
        "the ledger has more than one column 联系电话",
    ),
    "no titles at all": (
        lambda at: with_bytes(
            write_csv(at / "a.csv", closed_rows(2)), lambda raw: raw.split(b"\r\n", 1)[1]
        ),
        "neither uses nor ignores column 1, 2, 3",
    ),
    "an empty file": (
        lambda at: with_bytes(write_csv(at / "a.csv", closed_rows(1)), lambda _: b"\r\n"),
        "has no title row",
    ),
    "a cell too few": (
        lambda at: with_bytes(
            write_csv(at / "a.csv", closed_rows(1)), lambda raw: raw.rstrip() + b"\r\nTS-1,x\r\n"
        ),
        "row 3 has 2 cells under 17 titles",
    ),
    "a cell too many": (
        lambda at: with_bytes(
            write_csv(at / "a.csv", closed_rows(1)), lambda raw: raw.rstrip() + b",x\r\n"
        ),
        "row 2 has a cell to the right of the titles",
    ),
    "an open quotation": (
        lambda at: with_bytes(write_csv(at / "a.csv", closed_rows(1)), lambda raw: raw + b'"abc'),
        "row 3 is not CSV: a quotation mark is opened and never closed",
    ),
    "a zip bomb": (
        lambda at: workbook_with(at, HEAD + "<row><c><v>1</v></c></row>" * 3_000_000 + TAIL),
        "unpacks to more than 150 times its size",
    ),
    "elements without end": (
        lambda at: workbook_with(at, HEAD + "<a/>" * (MOST_ELEMENTS_A_ROW + 1) + TAIL, level=0),
        "a row of more than",
    ),
    "entities that grow": (
        lambda at: workbook_with(at, '<!DOCTYPE x [<!ENTITY a "aaaa">]>' + HEAD + TAIL),
        "declares entities",
    ),
    "a cell at the end of the world": (
        lambda at: workbook_with(at, HEAD + '<row><c r="XFD1048576"/></row>' + TAIL),
        "a cell beyond column 1000",
    ),
    "a row beyond the sheet": (
        lambda at: workbook_with(at, HEAD + '<row r="9999999"><c/></row>' + TAIL),
        "a row outside the sheet",
    ),
    "a broken sheet": (
        lambda at: workbook_with(at, HEAD + "<row>"),
        "sheet1.xml is not well formed",
    ),
    "a cut workbook": (
        lambda at: with_bytes(
            write_workbook(at / "a.xlsx", closed_rows(5)), lambda raw: raw[: len(raw) // 2]
        ),
        "damaged or encrypted",
    ),
    "no workbook in it": (lambda at: _zip_of(at, "letter.txt", b"hello"), "no workbook"),
}


def _zip_of(folder: Path, name: str, content: bytes) -> Path:
    path = folder / "a.xlsx"
    with zipfile.ZipFile(path, "w") as target:
        target.writestr(name, content)
    return path


@pytest.mark.parametrize("kind", BAD_FILES)
def test_a_file_that_is_no_sound_ledger_is_refused_as_a_whole(
    empty_desk: Desk, tmp_path: Path, kind: str
) -> None:
    make, reason = BAD_FILES[kind]
    job = empty_desk.job(make(tmp_path))
    with pytest.raises(LedgerRefused) as refused:
        empty_desk.check(job)
    assert reason in str(refused.value)
    assert not any(secret in str(refused.value) for secret in SECRETS)
    assert empty_desk.is_empty()


BAD_CELLS = {
    "register.at is empty": {"登记时间": ""},
    "register.at is no time in a form that the map names": {"登记时间": "2025年"},
    "register.at is written with digits of full width": {"登记时间": "２０２５-07-01 08:00"},
    "register.at must lie in the years 1900 to 2199": {"登记时间": "0001-01-01 00:30"},
    "register.at lies in the future": {"登记时间": "2099-01-01 08:00"},
    "answer.at lies before the registration": {"答复时间": "2025-06-01 08:00"},
    "register.channel is none of the words that the map names": {"受理渠道": "传真"},
    "register.level is none of the words that the map names": {"投诉级别": "特级"},
    "register.unit is none of the words that the map names": {"受理部门": "火星"},
    "issue_order.to is empty": {"责任部门": ""},
    "register.content holds a control character": {"投诉内容": "宽带\x07断了"},
    "register.content is longer than 20000 characters": {"投诉内容": "断" * 20_001},
    "number is empty": {"投诉编号": ""},
    "number looks like a telephone or identity card number": {"投诉编号": SECRETS[1]},
    "number must be up to 40 letters, digits and . _ / - without spaces": {"投诉编号": "TS 1"},
    "number may still be drawn here: give a prefix in the map": {"投诉编号": "henan-2601000123"},
    "feed_back.at order A was never issued": {"派单时间": ""},
}


@pytest.mark.parametrize("fault", BAD_CELLS)
def test_a_cell_that_does_not_fit_is_told_by_row_and_field(
    empty_desk: Desk, tmp_path: Path, fault: str
) -> None:
    rows = list(closed_rows(3))
    rows[1] |= BAD_CELLS[fault]
    summary = empty_desk.check(empty_desk.job(write_csv(tmp_path / "a.csv", rows)))
    assert fault in summary.faults
    assert (summary.rows, summary.faulty_rows) == (3, 1)
    assert {told.row for told in summary.first_faults} == {3}
    assert empty_desk.is_empty()


def test_all_faults_of_a_row_are_told_at_once(empty_desk: Desk, tmp_path: Path) -> None:
    [row] = closed_rows(1)
    row |= {"受理渠道": "传真", "投诉级别": "特级", "结案时间": "昨天"}
    summary = empty_desk.check(empty_desk.job(write_csv(tmp_path / "a.csv", [row])))
    assert {fault.field for fault in summary.first_faults} == {
        "register.channel", "register.level", "close.at",
    }  # fmt: skip


def test_a_number_comes_once_in_the_file_and_in_the_store(desk: Desk, tmp_path: Path) -> None:
    rows = list(closed_rows(4))
    rows[3] |= {"投诉编号": rows[0]["投诉编号"]}
    summary = desk.check(desk.job(write_csv(tmp_path / "a.csv", rows)))
    assert summary.faults == {"number is the number of row 2 as well": 1}
    assert desk.is_empty()

    desk.imported(write_csv(tmp_path / "b.csv", rows[:3]))
    later = [*closed_rows(1, seed=9)]
    later[0] |= {"投诉编号": rows[1]["投诉编号"]}
    summary = desk.check(desk.job(write_csv(tmp_path / "c.csv", later)))
    assert summary.faults == {"number is the number of a complaint stored here": 1}
    assert len(desk.streams()) == 3


def test_a_hundred_thousand_bad_rows_make_a_report_of_bounded_length(
    empty_desk: Desk, tmp_path: Path
) -> None:
    ledger = tmp_path / "a.csv"
    row = f"TS-1,2025-07-01 08:00,河南,{SECRETS[2]}\r\n"
    ledger.write_text("投诉编号,登记时间,受理部门,受理渠道\r\n" + row * 100_000, encoding="utf-8")
    lines = tmp_path / "faults.csv"
    with lines.open("w", encoding="utf-8", newline="") as file:
        report = Report(file)
        check(
            empty_desk.job(ledger, SHORT_MAP),
            empty_desk.now,
            report,
            lambda _: set(),
            lambda _: None,
        )
    summary = report.summary()
    assert summary.faulty_rows == 100_000
    assert len(summary.first_faults) == MOST_SHOWN
    written = lines.read_text(encoding="utf-8").splitlines()
    assert len(written) == MOST_LINES + 1
    assert written[1] == "2,fault,register.channel,is none of the words that the map names"
    assert summary.lines_left_out == 100_000 - MOST_LINES
    assert not any(secret in lines.read_text(encoding="utf-8") for secret in SECRETS)
    assert empty_desk.is_empty()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("procedure: telecom-complaint", "procedure: telekom"), "no procedure 'telekom'"),
        (("do: answer", "do: reply"), "steps[4].do: no such action"),
        (("complainant: 客户姓名", "name: 客户姓名"), "steps[1].with.name: no field of register"),
        (
            ("order: A\n    at: 派单时间", "at: 派单时间"),
            "issue_order needs the letter of an order",
        ),
        (("by: {value: agent}", "by: {value: king}"), "steps[1].by: a role"),
        (
            ("全国级: national", "全国级: null"),
            "steps[1].with.level: 1 words of 投诉级别 have none",
        ),
        (("source: old-desk", "source: 'old desk'"), "source: a short word"),
        (("source: old-desk", "sauce: old-desk"), "unknown field `sauce`"),
        (("steps:", "steps: ["), "is not YAML"),
    ],
)
def test_a_map_that_cannot_be_used_says_where(
    empty_desk: Desk, tmp_path: Path, change: tuple[str, str], reason: str
) -> None:
    assert change[0] in MAP
    with pytest.raises(MapError) as refused:
        empty_desk.job(write_csv(tmp_path / "a.csv", closed_rows(1)), MAP.replace(*change))
    assert reason in str(refused.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_each_encoding_reads_the_same(tmp_path: Path, encoding: str) -> None:
    rows = list(closed_rows(5))
    ledger = open_ledger(write_csv(tmp_path / "a.csv", rows, encoding), Format())
    assert ledger.titles == TITLES
    assert [cells for _, cells in ledger.rows] == [
        [text or "" for text in row.values()] for row in rows
    ]


def test_short_gb18030_rows_that_could_be_utf8_do_not_make_it_mixed(tmp_path: Path) -> None:
    # The bytes of these two characters in GB18030 are two letters in UTF-8 as well.
    ambiguous = b"\xd2\xbb"
    assert ambiguous.decode("gb18030") == "一"
    assert ambiguous.decode("utf-8").isalpha()
    path = tmp_path / "a.csv"
    path.write_bytes("编号,内容\r\n".encode("gb18030") + b"1," + ambiguous + b"\r\n")
    assert [cells for _, cells in open_ledger(path, Format()).rows] == [["1", "一"]]


def test_a_quoted_cell_may_run_over_lines(tmp_path: Path) -> None:
    rows = list(closed_rows(2))
    rows[0] |= {"投诉内容": '第一行，\n第二行，含“引号”和"英文引号"'}
    ledger = open_ledger(write_csv(tmp_path / "a.csv", rows), Format())
    told = dict(ledger.rows)
    assert told[2][TITLES.index("投诉内容")] == rows[0]["投诉内容"]
    assert sorted(told) == [2, 3]


def test_an_unreadable_formula_is_a_fault_of_its_cell(empty_desk: Desk, tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", closed_rows(2))
    book = openpyxl.load_workbook(path)
    cell = book.worksheets[0].cell(3, TITLES.index("投诉级别") + 1)
    cell.value, cell.data_type = "#N/A", "e"
    book.save(path)
    summary = empty_desk.check(empty_desk.job(path))
    assert summary.faults == {"register.level is an error of the workbook's own": 1}
