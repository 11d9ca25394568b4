"""Modules and functions stay small enough to be read in one sitting.

A module over 300 lines needs a reason in `[tool.redress.sizes]` of pyproject.toml; 500 is the end
(600 for tests). A function has at most 40 lines without its docstring and without what is defined
inside it, which counts for itself. Names that gather everything and say nothing are refused. SQL
and data do not count.
"""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

FOLDERS = ("libs", "services", "redress", "deploy", "bench", "scripts", "tests")
LONGEST_FUNCTION = 40
REASON_NEEDED_ABOVE = 300
LONGEST_MODULE = 500
LONGEST_TEST_MODULE = 600
VAGUE = {"base", "common", "helper", "helpers", "manager", "misc", "util", "utils"}


def main() -> int:
    """Print every offence; exit code 1 if there is one."""
    config = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))
    reasons: dict[str, str] = config["tool"].get("redress", {}).get("sizes", {})
    offences = [
        offence
        for folder in FOLDERS
        for path in sorted(Path(folder).rglob("*.py"))
        for offence in _offences(path, reasons)
    ]
    offences += [f"{path}: has a size reason but needs none" for path in _idle(reasons)]
    print("\n".join(offences) or "all modules and functions are small")
    return 1 if offences else 0


def _offences(path: Path, reasons: dict[str, str]) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    lines = text.count("\n")
    is_test = path.parts[0] == "tests"
    if path.stem in VAGUE:
        yield f"{path}: the name says nothing about what is inside"
    if lines > (LONGEST_TEST_MODULE if is_test else LONGEST_MODULE):
        yield f"{path}: {lines} lines; split it"
    elif lines > REASON_NEEDED_ABOVE and not is_test and str(path) not in reasons:
        yield f"{path}: {lines} lines; split it, or give a reason in [tool.redress.sizes]"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = _length(node)
            if length > LONGEST_FUNCTION:
                yield f"{path}:{node.lineno}: {node.name} has {length} lines"


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = function.body[0]
    apart = list(_defined_inside(function))
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        apart.append(first)
    return _lines(function) - sum(map(_lines, apart))


def _defined_inside(node: ast.AST) -> Iterator[ast.stmt]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield child
        else:
            yield from _defined_inside(child)


def _lines(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _idle(reasons: dict[str, str]) -> list[str]:
    return [
        path
        for path in reasons
        if not Path(path).exists()
        or Path(path).read_text(encoding="utf-8").count("\n") <= REASON_NEEDED_ABOVE
    ]


if __name__ == "__main__":
    sys.exit(main())
