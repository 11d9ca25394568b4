"""The process: `python -m services.dispatch.main`."""

from __future__ import annotations

from starlette.types import ASGIApp

from libs.serving.logs import configure_logs
from libs.serving.running import run
from services.dispatch.bootstrap import SERVICE, build
from services.dispatch.settings import DispatchSettings


def app() -> ASGIApp:
    """Return the application with settings from the environment (one call per worker)."""
    settings = DispatchSettings()
    configure_logs(SERVICE, settings.log_level)
    return build(settings)


def main() -> None:
    """Serve until told to stop."""
    run("services.dispatch.main:app", DispatchSettings())


if __name__ == "__main__":
    main()
