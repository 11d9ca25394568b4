"""What the console takes from its environment (REDRESS_*)."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from libs.serving.settings import ProcessSettings


class ConsoleSettings(ProcessSettings):
    """Addresses of the services it asks; it has no database and no keys."""

    analytics_url: str = "http://127.0.0.1:8604"
    intake_url: str = "http://127.0.0.1:8601"
    dispatch_url: str = "http://127.0.0.1:8602"
    home: Path = Field(default=Path("var"), description="folder of this installation")
    timezone: str = "Asia/Shanghai"
    secure_cookies: bool = Field(default=False, description="set behind HTTPS")
    board_seconds: float = Field(default=1.0, gt=0, description="pause between looks at the board")

    @property
    def demo_accounts(self) -> Path:
        """JSON list of {staff, role, unit, token}, left by a demo (always a simulation)."""
        return self.home / "run" / "demo-accounts.json"
