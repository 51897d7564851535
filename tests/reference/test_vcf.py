from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.reference.conftest import Client


@pytest.fixture
def failed(vcf: Client) -> str:
    return f"/v1/tasks/{vcf.given('failed_task')['task_id']}"


def test_a_failed_task_is_retried_without_a_body(vcf: Client, failed: str) -> None:
    got = vcf.send("PATCH", failed)

    assert (got.status, got.body) == (200, b"")


@pytest.mark.parametrize("body", [b"", b"{}", b"not json", b"\xff" * 10])
def test_whatever_body_comes_is_ignored(vcf: Client, failed: str, body: bytes) -> None:
    got = vcf.send("PATCH", failed, body, headers={"Content-Type": "application/json"})

    assert got.status == 200


def test_a_retried_task_is_in_progress_and_not_retried_again(vcf: Client, failed: str) -> None:
    vcf.send("PATCH", failed)

    got = vcf.send("PATCH", failed)

    assert (got.status, got.json["errorCode"]) == (409, "TASK_NOT_RETRIABLE")


def test_a_task_that_has_not_failed_is_refused(vcf: Client) -> None:
    got = vcf.send("PATCH", f"/v1/tasks/{vcf.given('unfailed_task')['task_id']}")

    assert got.status == 409
    assert got.json["nestedErrors"] == []


@pytest.mark.parametrize(
    "task_id", ["", "x", "a%2Fb", "%00", "%ff", "..", "9" * 5000, "%", "a%20b", "🙂".encode().hex()]
)
def test_an_unknown_task_is_not_found(vcf: Client, task_id: str) -> None:
    got = vcf.send("PATCH", f"/v1/tasks/{task_id}")

    assert got.status == 404
    assert got.json["message"]


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer wrong", "Basic YTpi", "Bearer  ", "wrong"])
def test_wrong_credentials_are_refused_with_an_error(vcf: Client, failed: str, authorization: str) -> None:
    got = vcf.without_credentials().send("PATCH", failed, headers={"Authorization": authorization})

    assert (got.status, got.json["errorCode"]) == (401, "IDENTITY_UNAUTHORIZED_ENTITY")
    assert got.headers["www-authenticate"] == "Bearer"


def test_the_scheme_may_be_in_any_letter_case(vcf: Client, failed: str) -> None:
    headers = {"Authorization": f"bEARER {vcf.address.token}"}

    assert vcf.without_credentials().send("PATCH", failed, headers=headers).status == 200


def test_of_many_retries_at_once_one_is_accepted(vcf: Client, failed: str) -> None:
    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(lambda _: vcf.send("PATCH", failed).status, range(16)))

    assert sorted(statuses) == [200] + [409] * 15


def test_errors_are_told_apart_by_their_reference_token(vcf: Client) -> None:
    tokens = {vcf.send("PATCH", "/v1/tasks/x").json["referenceToken"] for _ in range(5)}

    assert len(tokens) == 5
