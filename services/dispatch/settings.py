"""Settings of dispatch."""

from __future__ import annotations

from libs.serving.settings import ServiceSettings


class DispatchSettings(ServiceSettings):
    """What dispatch takes from its environment."""
