"""按时办结: on-time closure by province, level and channel, with and without extensions."""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import Dashboard

from deploy.grafana.panels import COUNT, SHARE, Query, bars, last, line, now, number, past, rows
from deploy.grafana.panels import board as made

_MONTHS = "analytics.closures_by_month($__timeFrom(), $__timeTo())"


def _share(dimension: str, extensions: str, by: str = "") -> str:
    which = f'dimension="{dimension}",extensions="{extensions}"'
    outer = f"sum by ({by})" if by else "sum"
    return (
        f"{outer} (max by (value) (redress_closures_on_time{{{which}}}))"
        f" / ({outer} (max by (value) (redress_closures_counted{{{which}}})) > 0)"
    )


def _bars(title: str, dimension: str, extensions: str) -> Query:
    return bars(title, SHARE, last(_share(dimension, extensions, "value"), "{{value}}"), most=1)


def _month(column: str) -> str:
    return f"""
        SELECT month AS "time", {column} AS metric,
               sum(on_time)::float8 / nullif(sum(counted), 0) AS value
          FROM {_MONTHS} GROUP BY 1, 2 HAVING sum(counted) > 0 ORDER BY 1, 2
    """


def _country() -> list[str | Query]:
    standing = "sum by (standing) (max by (province, standing) (redress_cases_open))"
    counted = 'redress_closures_counted{dimension="province",extensions="without"}'
    return [
        "全国",
        number("按时办结率（不计延期）", SHARE, now(_share("province", "without")), bad_below=0.95),
        number("按时办结率（计延期）", SHARE, now(_share("province", "with")), bad_below=0.95),
        number("计入件数", COUNT, now(f"sum (max by (value) ({counted}))")),
        line("在办投诉（按最紧时限）", COUNT, now(standing, "{{standing}}"), stacked=True),
        line(
            "按时办结率走势",
            SHARE,
            now(_share("province", "without"), "不计延期", "A"),
            now(_share("province", "with"), "计延期", "B"),
            span=24,
        ),
    ]


def _parts() -> list[str | Query]:
    overdue = 'max by (province) (redress_cases_open{standing="overdue"}) > 0'
    return [
        "分省、分级、分渠道",
        _bars("各省（不计延期）", "province", "without"),
        _bars("各级（不计延期）", "level", "without"),
        _bars("各渠道（不计延期）", "channel", "without"),
        _bars("各省（计延期）", "province", "with"),
        _bars("各级（计延期）", "level", "with"),
        _bars("各渠道（计延期）", "channel", "with"),
        rows("超时在办（分省）", COUNT, last(f"sort_desc({overdue})", "{{province}}")),
    ]


def _history() -> list[str | Query]:
    return [
        "历史（数据库）",
        line("各月（分省，不计延期）", SHARE, past(_month("province")), span=8),
        line("各月（分级，不计延期）", SHARE, past(_month("level")), span=8),
        line("各月（分渠道，不计延期）", SHARE, past(_month("channel")), span=8),
        rows(
            "各月件数：按时、计入、延期后按时、延期后计入",
            COUNT,
            past(
                f"""
                SELECT month, sum(on_time) AS on_time, sum(counted) AS counted,
                       sum(on_time_extended) AS on_time_extended,
                       sum(counted_extended) AS counted_extended
                  FROM {_MONTHS} GROUP BY 1 ORDER BY 1 DESC
                """,
                course=False,
            ),
            span=24,
        ),
    ]


def board() -> Dashboard:
    """How many complaints were closed within their limit."""
    return made("on-time-closure", "按时办结", *_country(), *_parts(), *_history())
