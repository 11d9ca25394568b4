"""Settings from the environment (REDRESS_*); REDRESS_X_FILE names a file that holds X."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

PREFIX = "REDRESS_"


class SecretFiles(PydanticBaseSettingsSource):
    """Reads each setting X from the file named by REDRESS_X_FILE, where that is set."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002
        """Return the file's text without its last line end, or nothing."""
        path = os.environ.get(f"{PREFIX}{field_name.upper()}_FILE")
        return (None if path is None else Path(path).read_text().rstrip("\r\n")), field_name, False

    def __call__(self) -> dict[str, Any]:
        """Return all settings found in files."""
        found = {
            name: self.get_field_value(field, name)[0]
            for name, field in self.settings_cls.model_fields.items()
        }
        return {name: value for name, value in found.items() if value is not None}


class ProcessSettings(BaseSettings):
    """What every process that serves HTTP takes from its environment."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    host: str = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65535, description="0 takes a free one")
    workers: int = Field(default=1, ge=1, le=64)
    log_level: str = Field(default="info", pattern="^(debug|info|warning|error)$")
    stop_seconds: int = Field(default=8, ge=1, le=9, description="grace for requests under way")
    redis_url: SecretStr = Field(default=SecretStr(""), description="Redis; empty: none")

    @property
    def redis(self) -> str | None:
        """Address of Redis, where there is one."""
        return self.redis_url.get_secret_value() or None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - signature is pydantic's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order: arguments, then REDRESS_X, then REDRESS_X_FILE."""
        return init_settings, env_settings, SecretFiles(settings_cls)


class ServiceSettings(ProcessSettings):
    """What a service with the store behind it takes besides."""

    database_url: SecretStr = Field(description="PostgreSQL, as this service's role")
    keys: Path = Field(default=Path("var/keys"), description="folder of the key files")
    procedures: Path = Field(default=Path("procedures"), description="folder of procedure files")
    headquarters: str = "national"
    kafka_bootstrap: str = Field(default="", description="brokers; empty: follow the feed")
    writes_per_minute: int | None = Field(
        default=None, ge=1, description="steps that one member of staff may send; unset: any number"
    )
    store_patience: float = Field(
        default=30.0, gt=0, le=300, description="seconds a request waits for a store that is away"
    )
