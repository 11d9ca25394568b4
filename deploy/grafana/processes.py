"""平台运行: whether the processes are up, how they answer, what they use."""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import Dashboard

from deploy.grafana.panels import BYTES, COUNT, PER_SECOND, SECONDS, SHARE, Query, line, now, number
from deploy.grafana.panels import board as made

_RATE = "[$__rate_interval]"
_PARKED = "max by (projection) (redress_projection_parked_streams)"
_REQUESTS = "redress_http_requests_total"


def _quantile(share: float) -> str:
    buckets = f"rate(redress_http_request_seconds_bucket{_RATE})"
    return f"histogram_quantile({share}, sum by (service, le) ({buckets}))"


def _moment() -> list[str | Query]:
    return [
        "此刻",
        number("在线进程", COUNT, now("sum(up)")),
        number("离线进程", COUNT, now("count(up) - sum(up)"), bad_from=1),
        number("主中继", COUNT, now("sum(redress_relay_leading)"), bad_below=1),
        number("指标发布者", COUNT, now("sum(redress_figures_leading)"), bad_below=1),
        number("停摆的读模型", COUNT, now("sum(redress_projection_stopped)"), bad_from=1),
        number(
            "搁置的投诉",
            COUNT,
            now("sum(max by (projection) (redress_projection_parked_streams))"),
            bad_from=1,
        ),
    ]


def _requests() -> list[str | Query]:
    faults = f'sum(rate({_REQUESTS}{{status=~"5.."}}{_RATE}))'
    return [
        "请求",
        line(
            "请求速率",
            PER_SECOND,
            now(f"sum by (service) (rate({_REQUESTS}{_RATE}))", "{{service}}"),
        ),
        line("服务端错误占比", SHARE, now(f"{faults} / sum(rate({_REQUESTS}{_RATE}))", "5xx")),
        line("响应时间 p50", SECONDS, now(_quantile(0.5), "{{service}}")),
        line("响应时间 p99", SECONDS, now(_quantile(0.99), "{{service}}")),
        line(
            "处理中的请求",
            COUNT,
            now("sum by (service) (redress_http_requests_open)", "{{service}}"),
        ),
        line(
            "限流拒绝",
            PER_SECOND,
            now(f"sum by (service) (rate(redress_rate_limited_total{_RATE}))", "{{service}}"),
        ),
    ]


def _processes() -> list[str | Query]:
    return [
        "进程",
        line(
            "内存",
            BYTES,
            now("sum by (job) (process_resident_memory_bytes)", "{{job}}"),
            stacked=True,
        ),
        line(
            "处理器",
            COUNT,
            now(f"sum by (job) (rate(process_cpu_seconds_total{_RATE}))", "{{job}}"),
        ),
        line("打开的文件", COUNT, now("sum by (job) (process_open_fds)", "{{job}}")),
        line(
            "内存中的投诉",
            COUNT,
            now("sum by (service) (redress_cases_cached)", "{{service}}"),
        ),
        line(
            "中继遇到的数据库错误",
            PER_SECOND,
            now(f"sum(rate(redress_relay_errors_total{_RATE}))", "relay"),
        ),
        line(
            "Redis 未应答",
            PER_SECOND,
            now(f"sum by (service) (rate(redress_redis_errors_total{_RATE}))", "{{service}}"),
        ),
    ]


def _kafka() -> list[str | Query]:
    refused = f"sum by (projection) (rate(redress_consumer_refused_records_total{_RATE}))"
    fetched = f"sum by (projection) (rate(redress_consumer_fetched_versions_total{_RATE}))"
    return [
        "消息（Kafka）",
        line(
            "发布速率",
            PER_SECOND,
            now(f"sum(rate(redress_publisher_events_total{_RATE}))", "events", "A"),
            now(f"sum(rate(redress_publisher_errors_total{_RATE}))", "errors", "B"),
            span=8,
        ),
        line(
            "跟随 Kafka 的读模型",
            COUNT,
            now("max by (projection) (redress_consumer_live)", "{{projection}}"),
            span=8,
        ),
        line(
            "拒收的记录、补读的版本",
            PER_SECOND,
            now(refused, "refused {{projection}}", "A"),
            now(fetched, "fetched {{projection}}", "B"),
            span=8,
        ),
    ]


def board() -> Dashboard:
    """Every process: up, requests, errors, times, memory, processor, parked work."""
    return made("platform", "平台运行", *_moment(), *_requests(), *_processes(), *_kafka())
