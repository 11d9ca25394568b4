"""The few kinds of panels the dashboards are made of.

Figures of the enterprise are asked with `max by (...)` first: one replica tells them, and for the
seconds in which another takes over both may. Two sources: Prometheus for now and the last weeks,
PostgreSQL, through functions that give sums only, for past periods.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from grafana_foundation_sdk.builders import bargauge, common, dashboard, stat, table, timeseries
from grafana_foundation_sdk.builders import prometheus as prometheus_query
from grafana_foundation_sdk.cog import builder as cog
from grafana_foundation_sdk.cog import variants
from grafana_foundation_sdk.models import common as shapes
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models import prometheus as prometheus_models

PROMETHEUS = models.DataSourceRef("prometheus", "redress-prometheus")
POSTGRES = models.DataSourceRef("grafana-postgresql-datasource", "redress-postgres")
WIDTH = 24
SHARE, SECONDS, COUNT, PER_SECOND, BYTES = "percentunit", "s", "short", "ops", "bytes"

Query = cog.Builder[Any]
Panel = timeseries.Panel | stat.Panel | bargauge.Panel | table.Panel


class _Sql(variants.Dataquery):
    """A question to PostgreSQL, as Grafana's data source of that name keeps it."""

    def __init__(self, sql: str, shape: str, ref_id: str) -> None:
        self._sql, self._shape, self.ref_id = sql, shape, ref_id

    def to_json(self) -> dict[str, object]:
        """What goes into the dashboard's file."""
        return {
            "refId": self.ref_id,
            "datasource": POSTGRES,
            "format": self._shape,
            "rawQuery": True,
            "editorMode": "code",
            "rawSql": self._sql,
        }


class _Asked(cog.Builder[_Sql]):
    def __init__(self, question: _Sql) -> None:
        self._question = question

    def build(self) -> _Sql:
        return self._question


def now(expr: str, legend: str = "", ref: str = "A") -> Query:
    """A question to Prometheus about a course of time; {{label}} in `legend` names its lines."""
    return _asked(expr, legend, ref).range()


def last(expr: str, legend: str = "", ref: str = "A") -> Query:
    """A question to Prometheus about this moment."""
    return _asked(expr, legend, ref).instant().format(prometheus_models.PromQueryFormat.TABLE)


def past(sql: str, *, course: bool = True) -> Query:
    """A question to PostgreSQL: a course of time (first column `time`), or a table."""
    return _Asked(_Sql(" ".join(sql.split()), "time_series" if course else "table", "A"))


def line(title: str, unit: str, *queries: Query, span: int = 12, stacked: bool = False) -> Query:
    """Lines over time; stacked ones are filled."""
    panel = (
        timeseries.Panel()
        .title(title).unit(unit).span(span).height(8).min(0)
        .show_points(shapes.VisibilityMode.NEVER)
        .fill_opacity(30 if stacked else 5)
        .legend(
            common.VizLegendOptions()
            .show_legend(True)
            .display_mode(shapes.LegendDisplayMode.LIST)
            .placement(shapes.LegendPlacement.BOTTOM)
        )
    )  # fmt: skip
    if stacked:
        panel.stacking(common.StackingConfig().mode(shapes.StackingMode.NORMAL))
    return _with(panel, queries)


def number(title: str, unit: str, query: Query, *, span: int = 4, bad_below: float = 0.0,
           bad_from: float | None = None) -> Query:  # fmt: skip
    """One figure, red below `bad_below` or from `bad_from` on."""
    steps = [models.Threshold(None, "red" if bad_below else "green")]
    if bad_below:
        steps.append(models.Threshold(bad_below, "green"))
    if bad_from is not None:
        steps.append(models.Threshold(bad_from, "red"))
    panel = (
        stat.Panel()
        .title(title).unit(unit).span(span).height(5)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .thresholds(
            dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(steps)
        )
    )  # fmt: skip
    return _with(panel, [query])


def bars(title: str, unit: str, query: Query, *, span: int = 8, most: float | None = None) -> Query:
    """One bar for each series at this moment."""
    panel = (
        bargauge.Panel()
        .title(title).unit(unit).span(span).height(10).min(0)
        .orientation(shapes.VizOrientation.HORIZONTAL)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    )  # fmt: skip
    if most is not None:
        panel.max(most)
    return _with(panel, [query])


def rows(title: str, unit: str, query: Query, *, span: int = 12) -> Query:
    """A table."""
    return _with(table.Panel().title(title).unit(unit).span(span).height(9), [query])


def board(uid: str, title: str, *parts: str | Query, since: str = "now-6h") -> dashboard.Dashboard:
    """A dashboard: texts begin a new row, panels follow from left to right."""
    made = (
        dashboard.Dashboard(title)
        .uid(f"redress-{uid}").tags(["redress"])
        .time(since, "now").refresh("10s").timezone("browser").tooltip(1)
        .readonly()
    )  # fmt: skip
    for part in parts:
        if isinstance(part, str):
            made.with_row(dashboard.Row(part))
        else:
            made.with_panel(part)
    return made


def _asked(expr: str, legend: str, ref: str) -> prometheus_query.Dataquery:
    return (
        prometheus_query.Dataquery()
        .datasource(PROMETHEUS).expr(" ".join(expr.split())).legend_format(legend).ref_id(ref)
    )  # fmt: skip


def _with(panel: Panel, queries: Sequence[Query]) -> Query:
    first = queries[0].build()
    panel.datasource(POSTGRES if isinstance(first, _Sql) else PROMETHEUS)
    for query in queries:
        panel.with_target(query)
    return panel
