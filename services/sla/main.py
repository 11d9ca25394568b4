"""The process: `python -m services.sla.main`."""

from __future__ import annotations

from fastapi import FastAPI

from libs.serving.logs import configure_logs
from libs.serving.running import run
from services.sla.bootstrap import SERVICE, build
from services.sla.settings import WatchdogSettings


def app() -> FastAPI:
    """The application with settings from the environment (one call per worker)."""
    settings = WatchdogSettings()
    configure_logs(SERVICE, settings.log_level)
    return build(settings)


def main() -> None:
    """Serve and watch until told to stop."""
    run("services.sla.main:app", WatchdogSettings())


if __name__ == "__main__":
    main()
