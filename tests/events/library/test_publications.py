"""Publications: a version's content is fixed once, by whoever publishes it first."""

from __future__ import annotations

import json
from collections.abc import Iterator

import psycopg2
import pytest
from eventsourcing.persistence import IntegrityError

from libs.events.envelope import Actor
from libs.events.library.publications import Publications, PublishedBefore, event_types
from libs.events.postgres.database import Database
from libs.events.postgres.store import EventStore
from libs.events.postgres.types import install_types
from libs.events.registry import Registry

REGISTRY = Registry(event_types("analytics"))
EDITOR = Actor(staff="e-7", role="centre", unit="national")
FIRST, OTHER = "ab" * 32, "cd" * 32


@pytest.fixture
def publications(fresh_database: str, role_dsn) -> Iterator[Publications]:
    with psycopg2.connect(fresh_database) as connection, connection.cursor() as cursor:
        install_types(cursor, REGISTRY)
    connection.close()
    made = Publications(
        env={
            "PERSISTENCE_MODULE": "libs.events.library.factory",
            "REDRESS_DATABASE_URL": role_dsn("redress_analytics", fresh_database),
            "STREAM_KIND": "procedure",
            "OWNING_SERVICE": "analytics",
            "REGISTRY_TOPIC": f"{__name__}:REGISTRY",
            "TEXT_IDS": "yes",
        }
    )
    yield made
    made.close()


def test_a_published_version_keeps_its_content(publications):
    assert publications.content_of("telecom", "1") is None
    assert publications.publish("telecom", "1", FIRST, EDITOR)
    assert publications.publish("telecom", "2", OTHER, EDITOR)
    assert publications.content_of("telecom", "1") == FIRST
    assert publications.content_of("telecom", "2") == OTHER
    assert publications.content_of("telecom", "3") is None


def test_the_same_content_again_records_nothing(publications):
    publications.publish("telecom", "1", FIRST, EDITOR)
    assert not publications.publish("telecom", "1", FIRST, EDITOR)
    assert publications.repository.get("telecom").version == 2


def test_another_content_under_a_published_version_is_refused(publications):
    publications.publish("telecom", "1", FIRST, EDITOR)
    with pytest.raises(PublishedBefore):
        publications.publish("telecom", "1", OTHER, EDITOR)
    assert publications.content_of("telecom", "1") == FIRST


def test_what_is_no_hash_is_refused(publications):
    with pytest.raises(ValueError, match="64 hexadecimal digits"):
        publications.publish("telecom", "1", "ab", EDITOR)


def test_of_two_who_publish_at_once_one_is_told(publications):
    publications.publish("telecom", "1", FIRST, EDITOR)
    one, two = publications.repository.get("telecom"), publications.repository.get("telecom")
    one.publish("2", FIRST)
    two.publish("2", OTHER)
    publications.save(one)
    with pytest.raises(IntegrityError):
        publications.save(two)
    assert publications.content_of("telecom", "2") == FIRST


def test_a_publication_is_a_stream_like_any_other(publications, fresh_database):
    publications.publish("telecom", "1", FIRST, EDITOR)
    database = Database(fresh_database, application_name="test")
    opened, published = EventStore(database, service="analytics", registry=REGISTRY).load_now(
        "procedure/telecom"
    )
    database.close()
    assert (opened.type, opened.version) == ("PublicationOpened", 1)
    assert (published.type, published.version) == ("PublicationPublished", 2)
    assert published.actor == EDITOR
    assert json.loads(json.loads(published.body)["state"])["sha256"] == FIRST
