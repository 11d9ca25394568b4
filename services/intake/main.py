"""The process: `python -m services.intake.main`."""

from __future__ import annotations

from starlette.types import ASGIApp

from libs.serving.logs import configure_logs
from libs.serving.running import run
from services.intake.bootstrap import SERVICE, build
from services.intake.settings import IntakeSettings


def app() -> ASGIApp:
    """Return the application with settings from the environment (one call per worker)."""
    settings = IntakeSettings()
    configure_logs(SERVICE, settings.log_level)
    return build(settings)


def main() -> None:
    """Serve until told to stop."""
    run("services.intake.main:app", IntakeSettings())


if __name__ == "__main__":
    main()
