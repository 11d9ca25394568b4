"""What a measurement is, and how it is run."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TypeAlias

from bench.place import Place

Round: TypeAlias = Callable[[], float]
"""Works for about two seconds and returns a rate: the more, the better."""


@dataclass(frozen=True)
class Measurement:
    """Ours against a peer. `contest` sets both up and yields the rounds by name: `ours`, `peer`,
    and others that are only shown."""

    name: str
    unit: str
    peer: str
    must: float
    stretch: float
    contest: Callable[[Place], AbstractContextManager[Mapping[str, Round]]]


@dataclass
class Outcome:
    """Rates of every round, by side."""

    measurement: Measurement
    rates: dict[str, list[float]] = field(default_factory=dict)

    @property
    def ratios(self) -> list[float]:
        """Ours to the peer's, round by round: what disturbs the machine disturbs both."""
        return [
            ours / peer for ours, peer in zip(self.rates["ours"], self.rates["peer"], strict=True)
        ]

    def median(self, side: str) -> float:
        return statistics.median(self.rates[side])

    def as_json(self, command: str) -> dict[str, object]:
        ratios = self.ratios
        return {
            "name": self.measurement.name,
            "ratio": round(statistics.median(ratios), 3),
            "must": self.measurement.must,
            "stretch": self.measurement.stretch,
            "ours": round(self.median("ours"), 1),
            "peer": round(self.median("peer"), 1),
            "unit": self.measurement.unit,
            "runs": len(ratios),
            "spread": [round(min(ratios), 3), round(max(ratios), 3)],
            "others": {
                side: round(self.median(side), 1)
                for side in self.rates
                if side not in {"ours", "peer"}
            },
            "command": command,
        }


def run(measurement: Measurement, place: Place, rounds: int) -> Outcome:
    """One warm-up round each, then `rounds` rounds; who goes first alternates."""
    outcome = Outcome(measurement)
    with measurement.contest(place) as sides:
        for work in sides.values():
            work()
        outcome.rates = {side: [] for side in sides}
        for nth in range(rounds):
            order = list(sides) if nth % 2 == 0 else list(reversed(sides))
            for side in order:
                outcome.rates[side].append(sides[side]())
    return outcome
