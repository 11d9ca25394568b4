"""The event types of complaints and the services that may append them, for the store."""

from __future__ import annotations

from libs.casework.drafting import SCHEMA
from libs.events.registry import Registry
from libs.procedures.catalogue import EVENTS, owners


def event_registry() -> Registry:
    """Return the registry of all complaint events, each in its present schema."""
    registry = Registry()
    for event in EVENTS:
        registry.register(event, services=owners(event), schema=SCHEMA)
    return registry
