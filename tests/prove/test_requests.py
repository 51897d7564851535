"""What a check has sent is counted by the operation that it was sent to."""

from __future__ import annotations

from typing import Any

from assay import catalogue
from assay.prove.requests import Count, traffic_of
from assay.traffic import Traffic
from assay.transport.sharing import SharedNumber

ZUORA = catalogue.load()["zuora"]


def exchange(method: str, path: str, status: int | None) -> dict[str, Any]:
    response = None if status is None else {"status": status}
    return {"request": {"method": method, "url": f"http://127.0.0.1:1{path}"}, "response": response}


def test_requests_and_acceptances_are_counted_by_operation() -> None:
    entry = {
        "check": "zuora/rerun-task/refused-not-performed::a_call_leaves_its_task_alone",
        "exchanges": [
            exchange("POST", "/workflows/tasks/12/rerun", 401),
            exchange("POST", "/workflows/tasks/12/rerun?page=1", 200),
            exchange("PUT", "/workflows/tasks/batch_update", 200),
            exchange("PUT", "/workflows/tasks/batch_update", None),
        ],
    }

    assert traffic_of(entry, ZUORA) == {"zuora/rerun-task": Traffic(2, 1), "zuora/update-tasks": Traffic(2, 1)}


def test_what_is_no_operation_counts_for_the_check_that_sent_it() -> None:
    entry = {"check": "zuora/rerun-task/no-server-error::odd_ids", "exchanges": [exchange("POST", "/elsewhere", 404)]}

    assert traffic_of(entry, ZUORA) == {"zuora/rerun-task": Traffic(1, 0)}


def test_a_check_that_sends_nothing_is_counted_too() -> None:
    entry: dict[str, Any] = {"check": "zuora/rerun-task/success::nothing", "exchanges": []}

    assert traffic_of(entry, ZUORA) == {"zuora/rerun-task": Traffic(0, 0)}


def test_what_is_put_back_behind_a_check_is_counted_as_its_own() -> None:
    sent = SharedNumber(5)
    count = Count({"zuora": ZUORA}, sent)
    call = exchange("PUT", "/workflows/tasks/batch_update", 200)

    count.begin("zuora/update-tasks/success::one")
    sent.change(lambda number: number + 1)
    count.take({"check": "zuora/update-tasks/success::one", "outcome": "passed", "exchanges": [call]})
    sent.change(lambda number: number + 2)
    count.begin("zuora/update-tasks/success::two")
    sent.change(lambda number: number + 1)
    count.take({"check": "zuora/update-tasks/success::two", "outcome": "passed", "exchanges": [call]})
    count.end()

    assert count.found == {
        "zuora/update-tasks/success::one": {"zuora/update-tasks": Traffic(3, 3)},
        "zuora/update-tasks/success::two": {"zuora/update-tasks": Traffic(1, 1)},
    }
