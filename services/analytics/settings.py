"""Settings of analytics."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from libs.serving.settings import ServiceSettings


class AnalyticsSettings(ServiceSettings):
    """What analytics takes from its environment."""

    organisation: Path = Field(
        default=Path("procedures/organisation/sample.yaml"), description="names of the units"
    )
