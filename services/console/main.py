"""The process: `python -m services.console.main`."""

from __future__ import annotations

from fastapi import FastAPI

from libs.serving.logs import configure_logs
from libs.serving.running import run
from services.console.bootstrap import SERVICE, build
from services.console.settings import ConsoleSettings


def app() -> FastAPI:
    """Return the application with settings from the environment (one call per worker)."""
    settings = ConsoleSettings()
    configure_logs(SERVICE, settings.log_level)
    return build(settings)


def main() -> None:
    """Serve until told to stop."""
    run("services.console.main:app", ConsoleSettings())


if __name__ == "__main__":
    main()
