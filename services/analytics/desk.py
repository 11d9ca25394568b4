"""What the routes of analytics work with."""

from __future__ import annotations

from pathlib import Path

from libs.access.identity import TokenReader, signing_key
from libs.access.keyring import KeyRing
from libs.access.policy import Policy
from libs.casework.casekeys import CaseKeys
from libs.casework.files import Files
from libs.casework.pasts import PastCases
from libs.casework.registry import REGISTRY
from libs.casework.regulations import Regulations
from libs.events.kafka.following import runner_of
from libs.events.postgres.database import Database
from libs.events.postgres.documents import Documents
from libs.events.postgres.sessionlease import SessionLease
from libs.events.postgres.store import EventStore
from libs.redis.signals import Signals
from libs.serving.identification import Bearer
from libs.serving.logs import logger
from services.analytics.board import Board
from services.analytics.figures import Figures
from services.analytics.files import CaseFiles
from services.analytics.gauges import LEASE, FigureGauges
from services.analytics.indicators import Indicators
from services.analytics.listing import Listing
from services.analytics.organisation import load_organisation
from services.analytics.projection import CaseFacts
from services.analytics.reading import CaseReader
from services.analytics.settings import AnalyticsSettings

log = logger(__name__)


class Desk:
    """Readers, figures and the projection behind them, over one database."""

    def __init__(self, settings: AnalyticsSettings) -> None:
        dsn = settings.database_url.get_secret_value()
        self.database = Database(dsn, application_name="redress-analytics")
        self.regulations = Regulations(settings.procedures, Documents(self.database))
        self.organisation = load_organisation(settings.organisation_file, settings.headquarters)
        self.bearer = Bearer(TokenReader(signing_key(settings.keys, _tell_of_new_key).public_key()))
        # Never started: analytics only reads, and the store refuses it everything else.
        store = EventStore(self.database, service="analytics", registry=REGISTRY)
        pasts = PastCases(store, self.regulations)
        self.figures = Figures(self.database, pasts)
        # Whether a store is a simulation is decided before its first event and never changes.
        policy = Policy(
            headquarters=settings.headquarters, simulation=self.figures.present().simulation
        )
        keys = CaseKeys(self.database, KeyRing(settings.keys, _tell_of_new_key))
        self.reader = CaseReader(self.database, store, self.regulations, keys, policy)
        self.files = CaseFiles(Files(self.database), keys)
        self.board = Board(self.figures, self.regulations, self.organisation, policy)
        self.listing = Listing(self.figures, self.regulations, policy)
        self.indicators = Indicators(self.database, pasts, self.regulations, policy)
        self.runner = runner_of(
            self.database, CaseFacts(store, self.regulations), settings.kafka_bootstrap
        )
        self.signals = Signals(settings.redis, service="analytics")
        self.runner.idle = self.signals.bell("feed").wait
        self.runner.on_applied = lambda: self.signals.ring("facts")
        self.gauges = FigureGauges(
            self.figures,
            self.organisation,
            self.regulations,
            SessionLease(self.database, LEASE),
        )

    def close(self) -> None:
        """Close the connections."""
        self.database.close()


def _tell_of_new_key(path: Path) -> None:
    # Loud, because nothing sealed under a lost key can ever be read again.
    log.warning("new key file: keep it secret and keep a copy", file=path.name)
