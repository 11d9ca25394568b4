"""Whatever is sent to a documented operation, only what is documented comes back; never a 500.

Requests are drawn from each service's own OpenAPI document: such as fit it, and such as break it.
Half of them name a complaint that exists. The seed is fixed; `make fuzz` draws more.
"""

from __future__ import annotations

import os
import uuid
from collections import Counter
from collections.abc import Iterator

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from tests.fuzz.whole import SERVICES, Whole, whole
from tests.services.world import CENTRE, NATIONAL

CASES = int(os.environ.get("REDRESS_FUZZ_CASES", "8"))
SEED = int(os.environ.get("REDRESS_FUZZ_SEED", "20261122"))
TOLD = {
    "level": "provincial", "category": "on-net-quality", "business": "fixed-phone",
    "customer_tier": "ordinary", "home": "henan", "content": "宽带断网三天",
}  # fmt: skip
load_all_checks()
KEPT = CHECKS.get_by_names(
    [
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
    ]
)


@pytest.fixture(scope="module")
def world(module_database, role_dsn_of, tmp_path_factory) -> Iterator[Whole]:
    with whole(module_database, role_dsn_of, tmp_path_factory.mktemp("fuzz")) as everything:
        yield everything


@pytest.mark.parametrize("service", SERVICES)
def test_only_what_is_documented_comes_back(world: Whole, service: str, record_property) -> None:
    document = requests.get(f"{world.urls[service]}/openapi.json", timeout=30).json()
    schema = schemathesis.openapi.from_dict(document)
    met: Counter[int] = Counter()
    with requests.Session() as session:
        for found in schema.get_all_operations():
            met += fuzzed(world, service, found.ok(), session)
    assert sum(met.values()) >= CASES
    record_property("statuses", dict(met))
    print(f"{service}: {sum(met.values())} requests, {dict(sorted(met.items()))}")


def fuzzed(
    world: Whole, service: str, operation: APIOperation, session: requests.Session
) -> Counter[int]:
    """Send what is drawn for one operation; how often each status came."""
    met: Counter[int] = Counter()
    headers, cookies = identity(world, service)

    @seed(SEED)
    @settings(
        max_examples=CASES,
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(drawn(operation, known(world)))
    def send(case: Case) -> None:
        answer = case.call(
            base_url=world.urls[service],
            session=session,
            headers=headers,
            cookies=cookies,
            allow_redirects=False,
            timeout=60,
        )
        met[answer.status_code] += 1
        case.validate_response(answer, checks=KEPT)

    send()
    return met


def known(world: Whole) -> str:
    """A complaint with an open work order."""
    complaint = world.register(**TOLD)["complaint"]
    issued = world.step(complaint, "issue-order", CENTRE, order="A", to="henan/network")
    assert issued.is_success, issued.text
    return str(complaint)


def drawn(operation: APIOperation, complaint: str) -> st.SearchStrategy[Case]:
    """Requests of both kinds, to anything and to the complaint, and likely steps of it."""
    # A position that the list has not reached is waited for: two seconds each time.
    query = {place.name: 0 for place in operation.query if place.name == "position"}
    places = [place.name for place in operation.path_parameters if place.name != "code"]
    modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    fitting, breaking = (operation.as_strategy(mode, query=query) for mode in modes)

    def addressed(case: Case, command: uuid.UUID) -> Case:
        case.path_parameters.update(dict.fromkeys(places, complaint))
        case.headers["Idempotency-Key"] = str(command)
        case.headers.pop("If-Match", None)
        return case

    def plausible(case: Case, command: uuid.UUID, fields: int) -> Case:
        if isinstance(case.body, dict):
            case.body = likely(case.body, fields)
        return addressed(case, command)

    steps = st.builds(plausible, fitting, st.uuids(), st.integers(0, 2))
    known = st.builds(addressed, st.one_of(fitting, breaking), st.uuids())
    return st.one_of(fitting, breaking, known, steps, steps) if places else fitting | breaking


def likely(body: dict[str, object], fields: int) -> dict[str, object]:
    """The step drawn, made one that rules may be asked about: an order that there is, happened
    now, and few fields (those of all procedures hardly ever fit together).
    """
    told = body.get("with")
    few = dict(list(told.items())[:fields]) if isinstance(told, dict) else {}
    kept = {name: body[name] for name in ("to", "procedure") if name in body}
    return {**kept, "with": few, **({"order": "A"} if "order" in body else {})}


def identity(world: Whole, service: str) -> tuple[dict[str, str], dict[str, str]]:
    """How somebody of the national centre is known to this service."""
    token = world.token(NATIONAL)
    if service == "console":
        return {}, {"redress_token": token}
    return {"Authorization": f"Bearer {token}"}, {}
