"""The whole product on one database: five services over HTTP, the sequencer, the watchdog."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from starlette.types import ASGIApp

from services.analytics import bootstrap as analytics
from services.analytics.settings import AnalyticsSettings
from services.console import bootstrap as console
from services.console.settings import ConsoleSettings
from services.dispatch import bootstrap as dispatch
from services.dispatch.settings import DispatchSettings
from services.intake import bootstrap as intake
from services.intake.settings import IntakeSettings
from services.sla import bootstrap as sla
from services.sla.settings import WatchdogSettings
from tests.services.world import World, sequencing, serving

PROCEDURES = Path(__file__).parents[2] / "procedures"
SERVICES = ("intake", "dispatch", "sla", "analytics", "console")


class Whole(World):
    """Everything that answers HTTP, by name."""

    def __init__(self, dsn: str, keys: Path, urls: dict[str, str]) -> None:
        super().__init__(dsn, keys, urls["intake"], urls["dispatch"])
        self.urls = urls


@contextlib.contextmanager
def whole(
    dsn: str, login: Callable[[str, str], str], folder: Path, procedures: Path = PROCEDURES
) -> Iterator[Whole]:
    """Every service on this database; `login` gives a role's address of it."""

    def common(service: str) -> dict[str, Any]:
        return {
            "database_url": SecretStr(login(f"redress_{service}", dsn)),
            "keys": folder / "keys",
            "procedures": procedures,
        }

    with contextlib.ExitStack() as stack:
        stack.enter_context(sequencing(login("redress_relay", dsn)))

        def served(app: ASGIApp) -> str:
            return stack.enter_context(serving(app))

        urls = {
            "intake": served(intake.build(IntakeSettings(**common("intake")))),
            "dispatch": served(dispatch.build(DispatchSettings(**common("dispatch")))),
            "sla": served(sla.build(WatchdogSettings(**common("sla")))),
            "analytics": served(analytics.build(AnalyticsSettings(**common("analytics")))),
        }
        asking = ConsoleSettings(
            analytics_url=urls["analytics"], dispatch_url=urls["dispatch"], home=folder
        )
        urls["console"] = served(console.build(asking))
        everybody = Whole(dsn, folder / "keys", urls)
        stack.callback(everybody.close)
        yield everybody
