"""Settings of analytics."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from libs.serving.settings import ServiceSettings


class AnalyticsSettings(ServiceSettings):
    """What analytics takes from its environment."""

    organisation: Path | None = Field(
        default=None, description="names of the units; unset: that beside the procedures"
    )

    @property
    def organisation_file(self) -> Path:
        """The organisation file named, or the first in `organisation` beside the procedures."""
        folder = self.procedures / "organisation"
        return self.organisation or min(folder.glob("*.yaml"), default=folder / "sample.yaml")
