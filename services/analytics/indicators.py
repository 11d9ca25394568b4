"""The figures of a period as a procedure defines them, counted from the streams themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from libs.access.identity import Subject
from libs.access.policy import Policy
from libs.casework.folding import KnownCase
from libs.casework.identifiers import stream_of
from libs.casework.pasts import PastCases
from libs.casework.regulations import Regulations
from libs.complaints.figures import Figure, Tally, look_at, meets_goal
from libs.complaints.periods import period_bounds, period_kind
from libs.complaints.repeats import counts
from libs.events.past import Past
from libs.events.postgres.database import Database
from libs.procedures.schema import Procedure
from libs.procedures.schema.sections import Kpi
from libs.procedures.situation import Situation
from services.analytics.figures import SNAPSHOT, present, rows

Json = dict[str, Any]
PROVINCE = "province"


class FiguresAsked(msgspec.Struct, frozen=True, kw_only=True):
    """Which figures: of a procedure and period, told apart `by` a field of the complaint or by
    province; `customers`: how many customers a rate is counted over.
    """

    procedure: str
    period: str
    by: str | None = None
    customers: int | None = None
    past: Past | None = None


class NoSuchFigures(ValueError):
    """No such procedure, period or field: `args` are the parameter and the code of the reason."""


class Indicators:
    """Counts figures. Blocks; call it from a thread."""

    def __init__(
        self, database: Database, pasts: PastCases, regulations: Regulations, policy: Policy
    ) -> None:
        self._database, self._pasts = database, pasts
        self._regulations, self._policy = regulations, policy

    def show(self, subject: Subject, asked: FiguresAsked) -> Json:
        """Every counted figure, over all the visitor may list and for each value of `by`.

        Raises NoSuchFigures, and TooMany where more complaints would have to be folded than one
        question may.
        """
        procedure = self._procedure(asked)
        tallies = {
            kpi.id: Tally(kpi.counted)
            for kpi in procedure.kpis
            if kpi.counted is not None and kpi.counted.records is None
        }
        complaints = 0
        for key, look in self._looks(subject, asked, procedure):
            complaints += 1
            for tally in tallies.values():
                tally.add(look, key if asked.by is not None else None)
        return {
            "procedure": procedure.id,
            "period": asked.period,
            "past": msgspec.to_builtins(asked.past),
            "by": asked.by,
            "complaints": complaints,
            "figures": [_figure(kpi, tallies.get(kpi.id), asked) for kpi in procedure.kpis],
        }

    def _procedure(self, asked: FiguresAsked) -> Procedure:
        known = {procedure.id: procedure for procedure in self._regulations.procedures}
        procedure = known.get(asked.procedure)
        if procedure is None:
            raise NoSuchFigures("procedure", "no-such-procedure")
        if asked.by is not None and asked.by not in {*procedure.attributes, PROVINCE}:
            raise NoSuchFigures("by", "unknown")
        return procedure

    def _looks(
        self, subject: Subject, asked: FiguresAsked, procedure: Procedure
    ) -> Iterator[tuple[str, Situation]]:
        try:
            begin, end = period_bounds(asked.period, procedure.zone)
        except ValueError:
            raise NoSuchFigures("period", "not-period") from None
        with self._database.transaction() as cursor:
            cursor.execute(SNAPSHOT)
            past = asked.past or Past(axis="recorded", at=present(cursor).now)
            values = {
                "procedure": procedure.id, "from": begin, "until": end,
                "most": self._pasts.asked_for,
            }  # fmt: skip
            listed = [
                row
                for row in rows(cursor, "of_period", values)
                if self._policy.may_list(subject, row["province"])
            ]
            provinces = {stream_of(row["complaint"]): row["province"] for row in listed}
            for known in self._pasts.fold(cursor, list(provinces), past):
                if not counts(known.case, known.pinned.procedure):
                    continue
                yield _key(known, asked.by, provinces), _look(known, past)


def _look(known: KnownCase, past: Past) -> Situation:
    return look_at(known.case, known.pinned.procedure, known.pinned.calendar, past.at)


def _key(known: KnownCase, by: str | None, provinces: dict[str, str]) -> str:
    if by == PROVINCE:
        return provinces[known.stream]
    value = known.case.attributes.get(by) if by is not None else None
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _figure(kpi: Kpi, tally: Tally | None, asked: FiguresAsked) -> Json:
    told: Json = {"id": kpi.id, "title": kpi.title, "source": kpi.source, "target": kpi.target}
    rate = tally is not None and tally.counting.kind == "rate"
    if tally is None or (rate and asked.customers is None):
        return {**told, "counted": False, "formula": kpi.formula}
    counting, customers, kind = tally.counting, asked.customers, period_kind(asked.period)

    def parts(key: str | None = None, link: str | None = None) -> Json:
        figure = tally.figure(key=key, link=link, customers=customers)
        return _parts(figure, met=meets_goal(counting, figure, kind))

    return {
        **told,
        "counted": True,
        "as": counting.kind,
        **parts(),
        "links": {link: parts(link=link) for link in counting.links},
        # Customers are known for all together, not for each value.
        "rows": [] if rate else [{"key": key, **parts(key)} for key in tally.keys],
    }


def _parts(figure: Figure, *, met: bool | None) -> Json:
    value = figure.value
    return {
        "numerator": figure.numerator,
        "denominator": figure.denominator,
        "value": None if value is None else round(float(value), 6),
        "met": met,
    }
