"""Publishing a version of a procedure or calendar: on record in its stream, then in force."""

from __future__ import annotations

import contextlib
import hashlib
import random
import time
from collections.abc import Iterator, Mapping

from eventsourcing.persistence import IntegrityError

from libs.events.envelope import Actor
from libs.events.library.publications import Publications
from libs.events.postgres.database import Database
from libs.events.postgres.documents import Document, Documents, publish_document

LONGEST_PAUSE_S = 0.1


def publish(dsn: str, document: Document, by: Actor) -> bool:
    """Record that `by` publishes this version, then put it in force; false when it is already.

    As the database's owner. The stream `<kind>/<id>` gets the SHA-256 of the version's bytes, after
    those of the versions kept before it. Killed in between, a repeat completes it: a version
    recorded and not yet in force is all that can be in between. Running services take it up within
    a second or two. Raises `DocumentChanged` or `PublishedBefore` for a version known with another
    content.
    """
    database = Database(dsn, application_name="redress-publish", max_connections=2)
    try:
        hashes = Documents(database).hashes(document.kind, document.id)
        hashes.setdefault(document.version, hashlib.sha256(document.content).hexdigest())
        with _publications(dsn, document.kind) as publications:
            _record(publications, document.id, hashes, by)
        with database.transaction() as cursor:
            return publish_document(cursor, document, "command")
    finally:
        database.close()


def _record(publications: Publications, name: str, hashes: Mapping[str, str], by: Actor) -> None:
    for version, sha256 in hashes.items():
        while True:
            try:
                publications.publish(name, version, sha256, by)
                break
            except IntegrityError:
                # Somebody else published at this moment: on what he recorded it is tried again.
                time.sleep(random.uniform(0, LONGEST_PAUSE_S))  # noqa: S311


@contextlib.contextmanager
def _publications(dsn: str, kind: str) -> Iterator[Publications]:
    publications = Publications(
        env={
            "PERSISTENCE_MODULE": "libs.events.library.factory",
            "REDRESS_DATABASE_URL": dsn,
            "STREAM_KIND": kind,
            "OWNING_SERVICE": "analytics",
            "REGISTRY_TOPIC": "libs.casework.registry:PUBLICATIONS",
            "TEXT_IDS": "yes",
        }
    )
    try:
        yield publications
    finally:
        publications.close()
