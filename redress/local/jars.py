"""Apache Kafka's own jars, from Maven Central: fetched once, checked, kept outside the tree.

`deploy/kafka/jars.lock` names each with its SHA-256. The cache is `redress/kafka` under
XDG_CACHE_HOME (default ~/.cache). REDRESS_MAVEN_URL names another place that has the same files.
"""

from __future__ import annotations

import hashlib
import os
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

CENTRAL = "https://repo.maven.apache.org/maven2"
LOCK = Path(__file__).parents[2] / "deploy" / "kafka" / "jars.lock"

_AT_ONCE = 6
_TIMEOUT_S = 60


class JarsError(Exception):
    """The jars cannot be had; the text says which and why."""


def kafka_jars() -> list[Path]:
    """Every jar of the broker, checked; fetches those that the cache lacks. Raises JarsError."""
    folder = _cache()
    lines = [line.split() for line in LOCK.read_text().splitlines()]
    wanted = {path: digest for digest, path in lines}
    # A file has its name in the cache only after its sum was right.
    missing = [path for path in wanted if not (folder / path).exists()]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for done in [pool.submit(_fetch, folder, path, wanted[path]) for path in missing]:
            done.result()
    return [folder / path for path in wanted]


def _cache() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "redress" / "kafka"


def _fetch(folder: Path, path: str, wanted: str) -> None:
    url = f"{os.environ.get('REDRESS_MAVEN_URL') or CENTRAL}/{path}"
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as answer:  # noqa: S310
            content = answer.read()
    except (urllib.error.URLError, TimeoutError) as error:
        raise JarsError(f"{url} cannot be fetched: {error}") from error
    found = hashlib.sha256(content).hexdigest()
    if found != wanted:
        raise JarsError(f"{url} has SHA-256 {found}, not {wanted}")
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(f".{os.getpid()}")
    unfinished.write_bytes(content)
    unfinished.rename(target)
