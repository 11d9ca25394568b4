"""Settings of intake."""

from __future__ import annotations

from libs.serving.settings import ServiceSettings


class IntakeSettings(ServiceSettings):
    """What intake takes from its environment."""

    default_procedure: str = "telecom-complaint"
