"""Whether a procedure that reads well can also be lived by.

Every check here judges on the safe side: what it refuses can never work, whatever happens; what it
lets pass may still be unwise. All raise `ProcedureError` at the place that must be changed.
"""

from __future__ import annotations

from collections.abc import Iterable

from libs.procedures.clocks.declaration import Clock
from libs.procedures.document import Node
from libs.procedures.language import Words
from libs.procedures.soundness.clauses import read_clauses
from libs.procedures.soundness.clocks import check_clocks
from libs.procedures.soundness.guards import check_guards
from libs.procedures.soundness.reach import Reach

__all__ = ["check_soundness"]


def check_soundness(
    rules: Node, clocks: Node, declared: Iterable[Clock], words: Words, *, form_classifies: bool
) -> None:
    """Refuse steps that no one can ever take, guards that exclude each other, and clocks that can
    never start or stop. `rules` and `clocks` are the sections as written, `declared` the clocks as
    read; `form_classifies`: a registration may leave the classification too.
    """
    clauses = read_clauses(rules)
    check_guards(clauses, words)
    reach = Reach(clauses, tuple(declared), form_classifies=form_classifies)
    reach.check()
    check_clocks(clocks, reach)
