"""Structured logs: one JSON object per line, with the correlation id, without personal data."""

from __future__ import annotations

import logging
import logging.config
import traceback
from contextvars import ContextVar
from types import TracebackType

import structlog
from structlog.types import EventDict, Processor

correlation: ContextVar[str | None] = ContextVar("correlation", default=None)
"""The correlation id of the request under way; every log line of it carries it."""


def _correlated(_logger: object, _method: str, event: EventDict) -> EventDict:
    current = correlation.get()
    if current is not None:
        event["correlation_id"] = current
    return event


SHARED: tuple[Processor, ...] = (
    _correlated,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
)


def configure_logs(service: str, level: str) -> None:
    """Send all logs of this process, our own and the libraries', to stdout as JSON."""
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=SHARED,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _name_service(service),
                _exception_without_values,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    # A line that cannot be written must not be shown in another way, values and all.
    logging.raiseExceptions = False
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True
    # Access lines would carry the query text; requests are counted in the metrics instead.
    logging.getLogger("uvicorn.access").disabled = True
    logging.getLogger("httpx").setLevel(logging.WARNING)


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """Return the logger of a module."""
    bound: structlog.stdlib.BoundLogger = structlog.get_logger(name)
    return bound


def _name_service(service: str) -> Processor:
    def add(_logger: object, _method: str, event: EventDict) -> EventDict:
        event["service"] = service
        return event

    return add


def _exception_without_values(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Replace an exception by its type and places: its message may quote what somebody wrote."""
    info = event.pop("exc_info", None)
    if not info:
        return event
    error: BaseException = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["exception"] = type(error).__qualname__
        event["places"] = _places(error.__traceback__)
    return event


def _places(trace: TracebackType | None) -> list[str]:
    return [
        f"{frame.name} {frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(trace)
    ]
