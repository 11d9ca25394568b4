"""What a visitor may see of lists and figures: the policy's word as a filter for statements."""

from __future__ import annotations

import msgspec

from libs.access.identity import Subject
from libs.access.policy import Involvement, Policy, province_of

_ELSEWHERE = Involvement(registered_by="-", units=frozenset())
_ELSEWHERE_APPEAL = Involvement(registered_by="-", units=frozenset(), tier="appeal")


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """A filter that lets through at least what the policy allows; each row is decided again."""

    everything: bool
    appeals: bool
    scopes: tuple[str, ...]

    def values(self) -> dict[str, object]:
        """The statement's parameters."""
        return {
            "everything": self.everything,
            "appeals": self.appeals,
            "scopes": list(self.scopes),
        }


def reach_of(policy: Policy, subject: Subject) -> Reach:
    """The filter for this visitor: all, all appeals, or what touches his unit or province."""
    return Reach(
        everything=policy.decide(subject, _ELSEWHERE).allowed,
        appeals=policy.decide(subject, _ELSEWHERE_APPEAL).allowed,
        scopes=(subject.unit, province_of(subject.unit)),
    )
