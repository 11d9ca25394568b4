"""What the watchdog takes from its environment."""

from __future__ import annotations

from pydantic import Field, SecretStr

from libs.serving.settings import ServiceSettings


class WatchdogSettings(ServiceSettings):
    """Settings of every service, and where notices go.

    Without `webhook_url` notices are written to the log only. The secret is `whsec_` and base64 of
    24 to 64 bytes.
    """

    watchdog_workers: int = Field(default=2, ge=1, le=16)
    webhook_url: str | None = None
    webhook_secret: SecretStr | None = None
    webhook_plain: bool = Field(default=False, description="allow http to other machines")
