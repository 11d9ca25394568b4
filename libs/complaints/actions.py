"""The catalogue of actions and events, as the domain offers it to services.

It stands in `libs.procedures.catalogue`, because procedure files are checked against it.
"""

from __future__ import annotations

from libs.procedures.catalogue import (
    ACTION_OF,
    ACTIONS,
    EVENT_OF,
    EVENTS,
    SYSTEM_EVENTS,
    Action,
    event_fields,
    owners,
)

__all__ = [
    "ACTIONS",
    "ACTION_OF",
    "EVENTS",
    "EVENT_OF",
    "SYSTEM_EVENTS",
    "Action",
    "event_fields",
    "owners",
]
