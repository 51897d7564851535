from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.reference.conftest import Client, Got

BATCH = "/workflows/tasks/batch_update"

EVERY_FIELD = {
    "action_type": "Logic::Case",
    "call_type": "SOAP",
    "concurrent_limit": 3,
    "name": "näm 🙂 \u0000",
    "object": "Account",
    "object_id": "42",
    "status": "Stopped",
    "tags": ["a", "b"],
    "workflow_id": 477,
}

WRONG_EVERYWHERE: list[Any] = [{}, True, [1]]


@pytest.fixture
def task_id(zuora: Client) -> int:
    return int(zuora.given("task")["task_id"])


def update(client: Client, *items: Any) -> Got:
    return client.send("PUT", BATCH, json={"data": list(items)})


@pytest.mark.parametrize("body", [None, b"", b"{}", b"not json"])
def test_a_rerun_answers_with_the_task_that_runs_again(zuora: Client, task_id: int, body: bytes | None) -> None:
    got = zuora.send("POST", f"/workflows/tasks/{task_id}/rerun", body)

    assert got.status == 200
    assert got.json["id"] == task_id
    assert got.json["status"] == "Processing"
    assert got.json["error"] is got.json["end_time"] is None
    assert datetime.fromisoformat(got.json["start_time"]).tzinfo


def test_each_rerun_starts_later(zuora: Client, task_id: int) -> None:
    starts = [zuora.send("POST", f"/workflows/tasks/{task_id}/rerun").json["start_time"] for _ in range(5)]

    assert starts == sorted(set(starts))


@pytest.mark.parametrize(
    "task_id", ["1", "0", "-1", "x", "9" * 18, "9" * 400, "%00", "%E2%82%AC", "1e3", "02771", "a%2Fb"]
)
def test_an_unknown_task_is_not_rerun(zuora: Client, task_id: str) -> None:
    got = zuora.send("POST", f"/workflows/tasks/{task_id}/rerun")

    assert got.status == 404
    assert got.json["Errors"][0]["status"] == "404"


def test_every_updatable_field_is_updated(zuora: Client, task_id: int) -> None:
    got = update(zuora, {"id": task_id, **EVERY_FIELD})

    assert got.status == 200
    assert got.json["data"][0] == got.json["data"][0] | EVERY_FIELD | {"id": task_id}
    assert got.json["pagination"] == {"page": 1, "page_length": 1, "next_page": None}
    assert zuora.send("POST", f"/workflows/tasks/{task_id}/rerun").json["name"] == EVERY_FIELD["name"]


def test_a_whole_answer_can_be_sent_back(zuora: Client, task_id: int) -> None:
    task = zuora.send("POST", f"/workflows/tasks/{task_id}/rerun").json

    assert update(zuora, task).json["data"] == [task]


def test_several_tasks_come_back_in_order_and_no_other_is_changed(zuora: Client, task_id: int) -> None:
    others = [int(zuora.given("task")["task_id"]) for _ in range(2)]

    got = update(zuora, *({"id": each, "name": f"n{each}"} for each in reversed(others)))

    assert [task["id"] for task in got.json["data"]] == others[::-1]
    assert got.json["pagination"]["page_length"] == 2
    assert update(zuora, {"id": task_id}).json["data"][0]["name"] == "Notify the warehouse"


def test_a_task_that_is_no_longer_in_error_has_no_error(zuora: Client, task_id: int) -> None:
    task = update(zuora, {"id": task_id, "status": "Success"}).json["data"][0]

    assert task["error"] is task["error_class"] is task["error_details"] is None


@pytest.mark.parametrize("body", [{}, [], {"data": []}, {"data": None}, {"data": {}}, {"data": "x"}, {"data": [1]}, 7])
def test_a_body_without_tasks_is_refused(zuora: Client, body: Any) -> None:
    got = zuora.send("PUT", BATCH, json=body)

    assert got.status == 400
    assert got.json["Errors"][0].keys() == {"code", "title", "status"}


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"data":[{"id":NaN}]}', b'{"data":[{"id":1e999}]}'])
def test_a_body_that_is_no_json_is_refused(zuora: Client, body: bytes) -> None:
    assert zuora.send("PUT", BATCH, body, headers={"Content-Type": "application/json"}).status == 400


def test_another_content_type_is_refused(zuora: Client) -> None:
    assert zuora.send("PUT", BATCH, b"data=1", headers={"Content-Type": "text/plain"}).status == 415


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, value) for name in EVERY_FIELD for value in WRONG_EVERYWHERE),
        *((name, 1) for name in ("action_type", "call_type", "name", "object", "object_id", "status", "tags")),
        *((name, "x") for name in ("action_type", "status", "concurrent_limit", "workflow_id", "tags")),
        *(("concurrent_limit", value) for value in (0, 10_000_000, 1.5, 10**30)),
        *((name, None) for name in ("name", "status", "tags", "workflow_id", "action_type")),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_and_nothing_changes(
    zuora: Client, task_id: int, name: str, value: Any
) -> None:
    other = int(zuora.given("task")["task_id"])

    got = update(zuora, {"id": other, "name": "changed"}, {"id": task_id, name: value})

    assert got.status == 400
    assert update(zuora, {"id": other}).json["data"][0]["name"] == "Notify the warehouse"


@pytest.mark.parametrize(
    ("task_id", "status"),
    [(None, 404), (1, 404), (-1, 404), (10**30, 404), (1e300, 404), ("2771", 400), ("", 400), (True, 400), (1.5, 400)],
)
def test_an_unknown_or_bad_id_is_refused_and_nothing_changes(zuora: Client, task_id: Any, status: int) -> None:
    other = int(zuora.given("task")["task_id"])

    assert update(zuora, {"id": other, "name": "changed"}, {"id": task_id, "name": "changed"}).status == status
    assert update(zuora, {"name": "no id at all"}).status == 404
    assert update(zuora, {"id": other}).json["data"][0]["name"] == "Notify the warehouse"


def test_a_task_named_twice_and_more_than_50_tasks_are_refused(zuora: Client, task_id: int) -> None:
    assert update(zuora, {"id": task_id}, {"id": task_id}).status == 400
    assert update(zuora, *({"id": each} for each in range(1, 52))).status == 400


def test_overlapping_updates_of_different_fields_are_all_kept(zuora: Client, task_id: int) -> None:
    changes = [{"id": task_id, name: EVERY_FIELD[name]} for name in EVERY_FIELD]

    with ThreadPoolExecutor(9) as pool:
        assert {got.status for got in pool.map(lambda change: update(zuora, change), changes)} == {200}

    task = update(zuora, {"id": task_id}).json["data"][0]
    assert task == task | EVERY_FIELD
