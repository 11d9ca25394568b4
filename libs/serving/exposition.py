"""What /metrics answers: the whole service, however many worker processes it has.

One worker answers from its memory. Several write what they count to files in a folder that lives as
long as the service does (prometheus_client's multi-process mode), so whichever is asked answers for
all; memory, processor time and files are then added up over the workers.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Metric,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector
from starlette.responses import Response

from libs.metrics import MULTIPROCESS

_ADDED_UP = frozenset({"process_resident_memory_bytes", "process_cpu_seconds", "process_open_fds"})


@contextmanager
def counted_together(workers: int) -> Iterator[None]:
    """Let workers started in the block count in one folder; a single one needs none."""
    if workers == 1:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="redress-metrics-") as folder:
        os.environ[MULTIPROCESS] = folder
        try:
            yield
        finally:
            del os.environ[MULTIPROCESS]


def exposition() -> Response:
    """Return all metrics of the service in Prometheus' text format. Reads files; may block."""
    folder = os.environ.get(MULTIPROCESS)
    return Response(
        generate_latest(REGISTRY if folder is None else _of_all_workers(Path(folder))),
        media_type=CONTENT_TYPE_LATEST,
    )


def _of_all_workers(folder: Path) -> CollectorRegistry:
    alive = set()
    for pid in {int(path.stem.rpartition("_")[2]) for path in folder.glob("*.db")}:
        if Path(f"/proc/{pid}").exists():
            alive.add(pid)
        else:
            # Its counters stay in the sums; what it held at the moment is gone with it.
            mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(folder))  # type: ignore[no-untyped-call]
    registry.register(_Processes(alive))
    return registry


class _Processes(Collector):
    """The usual `process_*` metrics, added up over some processes."""

    def __init__(self, pids: Iterable[int]) -> None:
        self._pids = sorted(pids)

    def collect(self) -> Iterable[Metric]:
        together: dict[str, Metric] = {}
        for pid in self._pids:
            for found in ProcessCollector(pid=partial(int, pid), registry=None).collect():
                if found.name not in _ADDED_UP:
                    continue
                whole = together.setdefault(found.name, found)
                if whole is not found:
                    value = whole.samples[0].value + found.samples[0].value
                    whole.samples[0] = whole.samples[0]._replace(value=value)
        return together.values()
