"""业务流转: complaints that come, steps taken and refused, from the request to the read models."""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import Dashboard

from deploy.grafana.panels import COUNT, PER_SECOND, SECONDS, Query, line, now, number, past, rows
from deploy.grafana.panels import board as made

_RATE = "[$__rate_interval]"


def _steps(selector: str) -> str:
    return f"redress_commands_total{{{selector}}}"


def _moment() -> list[str | Query]:
    done = _steps('outcome="done"')
    register = _steps('action="register",outcome="done"')
    open_now = "sum (max by (province, standing) (redress_cases_open))"
    overdue = 'sum (max by (province) (redress_cases_open{standing="overdue"}))'
    return [
        "此刻",
        number("在办", COUNT, now(open_now)),
        number("超时在办", COUNT, now(overdue), bad_from=1),
        number("受理速率", PER_SECOND, now(f"sum(rate({register}{_RATE}))")),
        number("步骤速率", PER_SECOND, now(f"sum(rate({done}{_RATE}))")),
        number("入流事件速率", PER_SECOND, now(f"sum(rate(redress_relay_events_total{_RATE}))")),
        number(
            "读模型最大滞后",
            SECONDS,
            now("max(redress_projection_lag_seconds)"),
            bad_from=30,
        ),
    ]


def _taken() -> list[str | Query]:
    done = _steps('outcome="done"')
    return [
        "步骤",
        line(
            "各操作",
            PER_SECOND,
            now(f"sum by (action) (rate({done}{_RATE})) > 0", "{{action}}"),
            stacked=True,
        ),
        line(
            "各结果",
            PER_SECOND,
            now(f"sum by (outcome) (rate(redress_commands_total{_RATE}))", "{{outcome}}"),
        ),
        line(
            "拒绝最多的规则",
            PER_SECOND,
            now(f"topk(10, sum by (rule) (rate(redress_rules_broken_total{_RATE})))", "{{rule}}"),
        ),
        line(
            "争用后重判",
            PER_SECOND,
            now(
                f"sum by (service) (rate(redress_commands_decided_again_total{_RATE}))",
                "{{service}}",
            ),
        ),
    ]


def _read_models() -> list[str | Query]:
    return [
        "读模型",
        line(
            "滞后事件数",
            COUNT,
            now("max by (projection) (redress_projection_lag_events)", "{{projection}}"),
        ),
        line(
            "已处理位置",
            COUNT,
            now("max by (projection) (redress_projection_position)", "{{projection}}"),
        ),
    ]


def _history() -> list[str | Query]:
    return [
        "历史（数据库）",
        line(
            "每日受理与办结",
            COUNT,
            past("""
                SELECT day AS "time", sum(registered) AS "受理", sum(closed) AS "办结"
                  FROM analytics.flow_by_day($__timeFrom(), $__timeTo()) GROUP BY 1 ORDER BY 1
            """),
        ),
        rows(
            "各省受理与办结",
            COUNT,
            past(
                """
                SELECT province, sum(registered) AS registered, sum(closed) AS closed
                  FROM analytics.flow_by_day($__timeFrom(), $__timeTo())
                 GROUP BY 1 ORDER BY 2 DESC, 1
                """,
                course=False,
            ),
        ),
    ]


def board() -> Dashboard:
    """What is done, what is refused and why, how far behind those are who read along."""
    return made("flow", "业务流转", *_moment(), *_taken(), *_read_models(), *_history())
