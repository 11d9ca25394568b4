"""时限看门狗: whether limits are watched in time, and whether notices arrive."""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import Dashboard

from deploy.grafana.panels import (
    COUNT,
    PER_SECOND,
    SECONDS,
    SHARE,
    Query,
    line,
    now,
    number,
    past,
    rows,
)
from deploy.grafana.panels import board as made

_LATENESS = "sum by (le) (rate(redress_watchdog_lateness_seconds_bucket[$__rate_interval]))"


def _moment() -> list[str | Query]:
    delivered = "redress_notice_deliveries_total"
    return [
        "此刻",
        number("到时待记", COUNT, now("max(redress_watchdog_backlog)"), bad_from=100),
        number("一小时内到时", COUNT, now("max(redress_watchdog_due_next_hour)")),
        number("无法判定", COUNT, now("max(redress_watchdog_parked)"), bad_from=1),
        number("通知投递失败", COUNT, now(f'sum({delivered}{{outcome="dead"}})'), bad_from=1),
        number(
            "累计预警",
            COUNT,
            now('sum(redress_watchdog_lateness_seconds_count{rung="warned"})'),
        ),
        number(
            "累计超时",
            COUNT,
            now('sum(redress_watchdog_lateness_seconds_count{rung="missed"})'),
        ),
    ]


def _lateness() -> list[str | Query]:
    delivered = "redress_notice_deliveries_total"
    return [
        "及时性",
        line(
            "记录滞后（从到时到入账）",
            SECONDS,
            now(f"histogram_quantile(0.5, {_LATENESS})", "p50", "A"),
            now(f"histogram_quantile(0.99, {_LATENESS})", "p99", "B"),
        ),
        line(
            "预警与超时记录速率",
            PER_SECOND,
            now(
                "sum by (rung) (rate(redress_watchdog_lateness_seconds_count[$__rate_interval]))",
                "{{rung}}",
            ),
        ),
        line(
            "领取结果",
            PER_SECOND,
            now(
                "sum by (outcome) (rate(redress_watchdog_rungs_total[$__rate_interval]))",
                "{{outcome}}",
            ),
        ),
        line(
            "通知投递",
            PER_SECOND,
            now(
                f"sum by (channel, outcome) (rate({delivered}[$__rate_interval]))",
                "{{channel}} {{outcome}}",
            ),
        ),
    ]


def _history() -> list[str | Query]:
    return [
        "历史（数据库）",
        line(
            "各月超时率（分时限）",
            SHARE,
            past("""
                SELECT month AS "time", clock AS metric,
                       sum(missed)::float8 / sum(ended) AS value
                  FROM analytics.limits_by_month($__timeFrom(), $__timeTo())
                 GROUP BY 1, 2 ORDER BY 1, 2
            """),
        ),
        rows(
            "各月时限：届满、超时",
            COUNT,
            past(
                """
                SELECT month, clock, ended, missed
                  FROM analytics.limits_by_month($__timeFrom(), $__timeTo())
                 ORDER BY 1 DESC, 4 DESC, 2
                """,
                course=False,
            ),
        ),
    ]


def board() -> Dashboard:
    """Rungs recorded, their lateness, what waits, what could not be judged."""
    return made("watchdog", "时限看门狗", *_moment(), *_lateness(), *_history())
