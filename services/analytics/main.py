"""The process: `python -m services.analytics.main`."""

from __future__ import annotations

from fastapi import FastAPI

from libs.serving.logs import configure_logs
from libs.serving.running import run
from services.analytics.bootstrap import SERVICE, build
from services.analytics.settings import AnalyticsSettings


def app() -> FastAPI:
    """Return the application with settings from the environment (one call per worker)."""
    settings = AnalyticsSettings()
    configure_logs(SERVICE, settings.log_level)
    return build(settings)


def main() -> None:
    """Serve until told to stop."""
    run("services.analytics.main:app", AnalyticsSettings())


if __name__ == "__main__":
    main()
