"""Settings of intake."""

from __future__ import annotations

from pydantic import Field

from libs.serving.settings import ServiceSettings


class IntakeSettings(ServiceSettings):
    """What intake takes from its environment."""

    default_procedure: str = Field(
        default="telecom-complaint",
        description="procedure of a registration that names none, where the organisation file"
        " does not say (its `procedures`: by unit and tier)",
    )
