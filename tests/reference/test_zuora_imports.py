from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

if TYPE_CHECKING:
    from tests.reference.conftest import Client, Got

EXPORTED = {
    "workflow": {
        "id": 458,
        "name": "Approval",
        "description": "Asks",
        "calloutTrigger": True,
        "ondemandTrigger": False,
        "scheduledTrigger": True,
        "interval": "0 12 * * *",
        "timezone": "Europe/Berlin",
        "type": "Workflow::Setup",
        "version": "3.4",
        "createdAt": None,
    },
    "tasks": [
        {
            "id": 1418,
            "name": "Ask",
            "parameters": {"delivery_method": "email"},
            "action_type": "Approval",
            "object": "",
            "call_type": "SOAP",
            "task_id": None,
            "concurrent_limit": 9999999,
            "tags": [],
        }
    ],
    "linkages": [
        {"source_workflow_id": 458, "source_task_id": None, "target_task_id": 1418, "linkage_type": "Finish"},
        {"source_workflow_id": 458, "source_task_id": 1418, "target_task_id": 1418, "linkage_type": "For Each"},
    ],
}


def import_into(client: Client, body: Any = EXPORTED, **query: Any) -> Got:
    return client.send("POST", f"/workflows/import?{urlencode(query)}", json=body)


@pytest.fixture
def definition(zuora: Client) -> int:
    return int(zuora.given("workflow")["workflow_definition_id"])


def test_the_answer_shows_what_was_sent(zuora: Client) -> None:
    workflow = import_into(zuora, version="1.0.0").json

    names = ("name", "description", "calloutTrigger", "ondemandTrigger", "scheduledTrigger", "interval", "timezone")
    assert {name: workflow[name] for name in names} == {name: EXPORTED["workflow"][name] for name in names}  # type: ignore[index]  # a literal above
    assert (workflow["version"], workflow["type"]) == ("1.0.0", "Workflow::Setup")
    assert isinstance(workflow["id"], int)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", workflow["createdAt"])


def test_a_workflow_that_is_not_scheduled_has_no_schedule(zuora: Client) -> None:
    body = {"workflow": {"scheduledTrigger": False, "interval": "0 12 * * *", "timezone": "UTC"}}

    workflow = import_into(zuora, body).json

    assert workflow["interval"] is workflow["timezone"] is workflow["description"] is None


@pytest.mark.parametrize("body", [{}, {"workflow": {}}, {"workflow": None, "tasks": None, "linkages": None}, {"x": 1}])
def test_nothing_in_the_body_is_required(zuora: Client, body: Any) -> None:
    got = import_into(zuora, body)

    assert got.status == 200
    assert got.json["name"]


@pytest.mark.parametrize("version", ["1.10.0", "1.9.1", "2", "1.9.0.1", "1.9.00000000001", "10.0.0"])
def test_a_greater_version_is_taken(zuora: Client, definition: int, version: str) -> None:
    got = import_into(zuora, workflow_definition_id=definition, version=version)

    assert (got.status, got.json["version"]) == (200, version)


@pytest.mark.parametrize("version", ["1.9.0", "1.9", "1.8.99", "1.2.0", "0.10.0", "01.09.00"])
def test_a_version_that_is_not_greater_is_refused(zuora: Client, definition: int, version: str) -> None:
    assert import_into(zuora, workflow_definition_id=definition, version=version).status == 400
    assert import_into(zuora, workflow_definition_id=definition, version="1.10.0").status == 200
    assert import_into(zuora, workflow_definition_id=definition, version="1.9.9").status == 400


@pytest.mark.parametrize("version", ["", "x", "1.", ".1", "1..2", "v1", "-1", "1.2-beta", "٢", "9" * 5000])
def test_what_is_no_version_is_refused(zuora: Client, version: str) -> None:
    assert import_into(zuora, version=version).status == 400


def test_without_a_version_it_is_the_exported_or_the_next_one(zuora: Client, definition: int) -> None:
    assert import_into(zuora).json["version"] == "3.4"
    assert import_into(zuora, {}).json["version"] == "0.0.1"
    assert import_into(zuora, {}, workflow_definition_id=definition).json["version"] == "1.9.1"
    assert import_into(zuora, workflow_definition_id=definition).json["version"] == "3.4"
    assert import_into(zuora, workflow_definition_id=definition).json["version"] == "3.5"


def test_a_new_definition_can_be_imported_into_by_its_id(zuora: Client) -> None:
    first = import_into(zuora, version="1.0").json

    assert import_into(zuora, workflow_definition_id=first["id"], version="1.0").status == 400
    assert import_into(zuora, workflow_definition_id=first["id"], version="1.1").json["id"] != first["id"]


@pytest.mark.parametrize(
    ("text", "status"), [("1", 404), ("-1", 404), ("9" * 39, 404), ("", 400), ("x", 400), ("1.5", 400)]
)
def test_an_unknown_definition_is_refused(zuora: Client, text: str, status: int) -> None:
    assert import_into(zuora, workflow_definition_id=text, version="9.9.9").status == status


def test_a_made_up_definition_is_not_found(zuora: Client) -> None:
    unknown = zuora.given("unknown_workflow")["workflow_definition_id"]

    assert import_into(zuora, workflow_definition_id=unknown, version="9.9.9").status == 404


@pytest.mark.parametrize("activate", ["true", "false", "True", "FALSE", "1", "0", "yes", "no"])
def test_any_spelling_of_a_boolean_is_understood(zuora: Client, activate: str) -> None:
    assert import_into(zuora, activate=activate).status == 200


@pytest.mark.parametrize("query", ["activate=maybe", "activate=", "activate=2", "version=1&version=2", "activate=%ff"])
def test_a_bad_query_is_refused(zuora: Client, query: str) -> None:
    assert zuora.send("POST", f"/workflows/import?{query}", json={}).status == 400


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b'"x"', b"{", b'{"workflow":{"name":"\\ud800"}}', b"\xed\xa0\x80"]
)
def test_a_body_that_is_no_object_is_refused(zuora: Client, body: bytes) -> None:
    assert zuora.send("POST", "/workflows/import", body, headers={"Content-Type": "application/json"}).status == 400


@pytest.mark.parametrize(
    "body",
    [
        {"workflow": []},
        {"workflow": {"name": 1}},
        {"workflow": {"scheduledTrigger": "yes"}},
        {"workflow": {"type": "Workflow::Other"}},
        {"workflow": {"id": "1"}},
        {"tasks": {}},
        {"tasks": ["x"]},
        {"tasks": [{"action_type": "Nothing"}]},
        {"tasks": [{"status": "Done"}]},
        {"tasks": [{"parameters": []}]},
        {"tasks": [{"concurrent_limit": 0}]},
        {"tasks": [{"tags": "x"}]},
        {"linkages": "x"},
        {"linkages": [{"linkage_type": "Never"}]},
        {"linkages": [{"target_task_id": 10**30}]},
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(zuora: Client, body: Any) -> None:
    got = import_into(zuora, body)

    assert got.status == 400
    assert got.json["Errors"][0]["title"]


def test_of_many_imports_of_one_version_at_once_one_is_accepted(zuora: Client, definition: int) -> None:
    with ThreadPoolExecutor(16) as pool:
        sent = pool.map(
            lambda _: import_into(zuora, workflow_definition_id=definition, version="2.0").status, range(16)
        )
        statuses = sorted(sent)

    assert statuses == [200] + [400] * 15
