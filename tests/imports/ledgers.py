"""Ledgers of an enterprise that never was, and what its own figures say: made from a seed."""

from __future__ import annotations

import csv
import random
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import openpyxl

TITLES = (
    "投诉编号", "登记时间", "受理部门", "受理渠道", "客户姓名", "联系电话", "投诉内容", "投诉级别",
    "投诉类别", "派单时间", "责任部门", "反馈时间", "答复时间", "结案时间", "处理结果", "回访时间",
    "满意度",
)  # fmt: skip
CHANNELS = {"客服热线": "hotline", "营业厅": "business-hall", "公司网站": "website"}
LEVELS = {"一般": "general", "省级": "provincial", "全国级": "national"}
PROVINCES = {"河南": "henan", "河北": "hebei", "山东": "shandong"}
OUTCOMES = {"已解决": "solved", "解释认可": "agreed-explanation", "未达成": "not-agreed"}
SATISFACTION = {"非常满意": "very-satisfied", "满意": "satisfied", "不满意": "dissatisfied"}
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_STRINGS = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
LIMIT_HOURS = {"一般": 24, "省级": 48, "全国级": 72}
START = datetime(2025, 7, 1, 8, 0)  # noqa: DTZ001 - local, as ledgers write times
SECRETS = ("张三丰", "13800138000", "宽带连续三天无法上网，客服承诺上门却无人来")
"""What is personal in the ledgers, and must never be seen in clear."""

MAP = (Path(__file__).parent / "ledgers.yaml").read_text(encoding="utf-8")
"""The map of these ledgers."""

Row = dict[str, str]


def closed_rows(count: int, *, seed: int = 1) -> Iterator[Row]:
    """Cases of 2025 that are closed, some of them late, some without a revisit."""
    drawn = random.Random(seed)
    for nth in range(count):
        yield _closed(drawn, nth, START + timedelta(minutes=nth * 200_000 // max(count, 1)))


def open_rows(count: int, now: datetime, *, seed: int = 2) -> Iterator[Row]:
    """Cases registered within the last hours before `now` (local) and not answered yet."""
    drawn = random.Random(seed)
    for nth in range(count):
        row = _closed(drawn, nth, now - timedelta(minutes=drawn.randint(5, 20 * 60)))
        told = datetime.fromisoformat(row["登记时间"])
        ordered = told + timedelta(minutes=3)
        row |= dict.fromkeys(
            ("反馈时间", "答复时间", "结案时间", "处理结果", "回访时间", "满意度"), ""
        )
        yield row | {"投诉编号": f"GD2025-{nth:07}", "派单时间": _written(ordered)}


def _closed(drawn: random.Random, nth: int, registered: datetime) -> Row:
    province = drawn.choice(list(PROVINCES))
    level = drawn.choices(list(LEVELS), (5, 3, 2))[0]
    limit = LIMIT_HOURS[level] * 60
    ordered = registered + timedelta(minutes=drawn.randint(2, 300))
    fed_back = ordered + timedelta(minutes=drawn.randint(10, limit // 2))
    answered = registered + timedelta(minutes=drawn.randint(limit // 2, int(limit * 1.15)))
    answered = max(answered, fed_back + timedelta(minutes=1))
    closed = answered + timedelta(minutes=drawn.randint(0, 90))
    revisited = closed + timedelta(hours=drawn.randint(2, 24 * 8))
    called = drawn.random() < 0.8
    name, phone, content = SECRETS
    values = (
        f"TS{registered:%Y}-{nth:07}", _written(registered), province, drawn.choice(list(CHANNELS)),
        name, phone, content, level, drawn.choice(("网络质量", "资费争议")), _written(ordered),
        f"{province}网络部", _written(fed_back), _written(answered), _written(closed),
        drawn.choices(list(OUTCOMES), (8, 3, 1))[0], _written(revisited) if called else "",
        drawn.choice(list(SATISFACTION)) if called else "",
    )  # fmt: skip
    return dict(zip(TITLES, values, strict=True))


def on_time_rates(rows: Iterable[Row], by: str) -> dict[tuple[str, str], tuple[int, int]]:
    """(month, key) -> (in time, all): the regulation's figure, reckoned from the ledger alone.

    A case counts in the month of its registration; in time is who was closed with a result that
    counts before the level's hours were over.
    """
    rates: dict[tuple[str, str], tuple[int, int]] = {}
    for row in rows:
        registered = datetime.fromisoformat(row["登记时间"])
        closed = datetime.fromisoformat(row["结案时间"])
        within = closed - registered <= timedelta(hours=LIMIT_HOURS[row["投诉级别"]])
        good = within and OUTCOMES[row["处理结果"]] != "not-agreed"
        key = {
            "province": PROVINCES[row["受理部门"]],
            "level": LEVELS[row["投诉级别"]],
            "channel": CHANNELS[row["受理渠道"]],
        }[by]
        before = rates.get((f"{registered:%Y-%m}", key), (0, 0))
        rates[f"{registered:%Y-%m}", key] = (before[0] + good, before[1] + 1)
    return rates


def write_csv(path: Path, rows: Iterable[Row], encoding: str = "utf-8") -> Path:
    """A text ledger."""
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, TITLES)
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_workbook(path: Path, rows: Iterable[Row], titles: Sequence[str] = TITLES) -> Path:
    """A workbook whose times are dates, as spreadsheets keep them."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("台账")
    sheet.append(titles)
    for row in rows:
        sheet.append([_cell(title, row[title]) for title in titles])
    book.save(path)
    return path


def shared_texts(path: Path) -> Path:
    """The workbook as Excel writes it: every text once, in a part of its own."""
    texts: dict[str, int] = {}

    def pointed(cell: re.Match[str]) -> str:
        return f'<c{cell[1]} t="s"><v>{texts.setdefault(cell[2], len(texts))}</v></c>'

    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name).decode() for name in book.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    inline = r'<c([^>]*) t="inlineStr"><is><t[^>]*>([^<]*)</t></is></c>'
    parts[sheet] = re.sub(inline, pointed, parts[sheet])
    told = "".join(f"<si><t>{text}</t></si>" for text in texts)
    parts["xl/sharedStrings.xml"] = f'<sst xmlns="{_MAIN}">{told}</sst>'
    types, relations = "[Content_Types].xml", "xl/_rels/workbook.xml.rels"
    parts[types] = parts[types].replace(
        "</Types>",
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{_STRINGS}"/></Types>',
    )
    parts[relations] = parts[relations].replace(
        "</Relationships>",
        f'<Relationship Type="{_RELATION}" Target="sharedStrings.xml" Id="rId9"/></Relationships>',
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, part in parts.items():
            book.writestr(name, part)
    return path


def _cell(title: str, text: str) -> datetime | str:
    return datetime.fromisoformat(text) if title.endswith("时间") and text else text


def _written(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
