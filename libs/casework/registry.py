"""The event types, the services that may append them, and how old ones are read."""

from __future__ import annotations

from libs.events.library.publications import event_types
from libs.events.registry import EventType, Registry
from libs.procedures.catalogue import EVENTS, owners

IMPORTER = "import"
"""Who brings in old ledgers: the service name in the header of every imported event."""

REGISTRY = Registry(EventType(name=event, services=owners(event) | {IMPORTER}) for event in EVENTS)
"""Every complaint event; a body that changes its shape gets a step here and a golden file."""

PUBLICATIONS = Registry(event_types("analytics"))
"""The events of what is published; appended for the operator, as the database's owner."""

ALL = Registry((*REGISTRY, *PUBLICATIONS))
"""What the database enforces."""
