"""Who is let in: nobody without a good token, and foreign looks like absent."""

from __future__ import annotations

from datetime import timedelta

import pytest

from libs.access.identity import Subject
from tests.services.world import (
    AGENT,
    AUDITOR,
    CENTRE,
    HANDLER,
    NATIONAL,
    OTHER_CENTRE,
    OTHER_HANDLER,
)

REGULATOR = Subject(staff="s-regulator", role="regulator", unit="miit")
CUSTOMER = Subject(staff="s-customer", role="customer", unit="henan/hotline")
MORE = {"with": {"content": "补充"}}


def every_operation(client):
    for path, methods in client.get("/openapi.json").json()["paths"].items():
        for method in methods:
            yield method, path.replace("{complaint}", "s1-" + "0" * 32)


def test_every_operation_asks_for_a_token(world):
    for client in (world.intake, world.dispatch):
        operations = list(every_operation(client))
        assert operations
        for method, path in operations:
            answer = client.request(method, path, params={"unit": "henan"})
            assert answer.status_code == 401, path
            assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "token", ["", "x", "Basic eDp5", "Bearer", "Bearer x", "Bearer " + "a" * 9000]
)
def test_a_bad_token_proves_nobody(world, token):
    headers = {**world.headers(AGENT), "Authorization": token}
    assert world.intake.post("/complaints", json={}, headers=headers).status_code == 401


def test_an_expired_token_proves_nobody(world):
    token = world.token(AGENT, timedelta(seconds=-1))
    headers = {**world.headers(AGENT), "Authorization": f"Bearer {token}"}
    answer = world.intake.post("/complaints", json={}, headers=headers)
    assert answer.status_code == 401
    assert answer.json()["reason"] == "token-expired"


@pytest.mark.parametrize(
    ("subject", "status"),
    [
        (AGENT, 200),
        (CENTRE, 200),
        (NATIONAL, 200),
        (HANDLER, 404),
        (OTHER_HANDLER, 404),
        (OTHER_CENTRE, 404),
        (REGULATOR, 404),
        (CUSTOMER, 404),
        (AUDITOR, 403),
    ],
)
def test_who_may_touch_a_complaint(world, subject, status):
    complaint = world.register()["complaint"]
    assert world.step(complaint, "supplement", subject, **MORE).status_code == status


def test_foreign_and_absent_look_alike(world):
    complaint = world.register()["complaint"]
    foreign = world.step(complaint, "supplement", OTHER_CENTRE, **MORE)
    absent = world.step(complaint[:-1] + "0", "supplement", OTHER_CENTRE, **MORE)
    unlike = {"instance"}
    assert {k: v for k, v in foreign.json().items() if k not in unlike} == {
        k: v for k, v in absent.json().items() if k not in unlike
    }
    names = {"x-correlation-id", "date"}
    assert foreign.headers.keys() - names == absent.headers.keys() - names


def test_an_order_opens_the_case_to_its_holder(world):
    complaint = world.register()["complaint"]
    assert world.step(complaint, "supplement", HANDLER, **MORE).status_code == 404
    world.step(complaint, "issue-order", CENTRE, to="henan/network")
    assert world.step(complaint, "supplement", HANDLER, **MORE).status_code == 200
    world.step(complaint, "forward-order", HANDLER, order="A", to="henan/billing")
    assert world.step(complaint, "supplement", OTHER_HANDLER, **MORE).status_code == 200


@pytest.mark.parametrize(
    ("subject", "unit", "status"),
    [
        (HANDLER, "henan/network", 200),
        (HANDLER, "henan/billing", 404),
        (HANDLER, "henan", 404),
        (CENTRE, "henan/network", 200),
        (CENTRE, "henan", 200),
        (CENTRE, "hebei", 404),
        (NATIONAL, "hebei", 200),
        (CUSTOMER, "henan/hotline", 404),
    ],
)
def test_whose_work_list_one_sees(world, subject, unit, status):
    answer = world.dispatch.get("/work-list", params={"unit": unit}, headers=world.headers(subject))
    assert answer.status_code == status
