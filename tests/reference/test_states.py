from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.reference.conftest import Client

STATES = {
    "zuora": {
        "task": {"task_id"},
        "large_task": {"task_id"},
        "workflow": {"workflow_definition_id", "latest_version"},
        "caller_without_run_access": {"token"},
        "caller_without_manage_access": {"token"},
        "entity": {"entity_id"},
        "org": {"org_id"},
        "inaccessible_org": {"org_id"},
        "unknown_task": {"task_id"},
        "unknown_workflow": {"workflow_definition_id"},
    },
    "vcf": {"failed_task": {"task_id"}, "unfailed_task": {"task_id"}, "unknown_task": {"task_id"}},
    "onedata": {
        "stopped_execution": {"wid", "lane_index", "lane_run_number"},
        "running_execution": {"wid", "lane_index", "lane_run_number"},
        "forbidden_execution": {"wid", "lane_index", "lane_run_number", "token"},
        "unknown_execution": {"wid"},
    },
}


@pytest.mark.parametrize(("vendor", "state"), [(vendor, state) for vendor in STATES for state in STATES[vendor]])
def test_every_state_has_its_values(request: pytest.FixtureRequest, vendor: str, state: str) -> None:
    values = request.getfixturevalue(vendor).given(state)

    assert values.keys() == STATES[vendor][state]


@pytest.mark.parametrize("state", list(STATES["zuora"]))
def test_every_setup_makes_its_own_objects_also_in_parallel(zuora: Client, state: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: str(zuora.given(state)), range(8)))

    assert len(set(made)) == 8


def test_an_unknown_state_is_not_found(any_vendor: Client) -> None:
    assert any_vendor.send("POST", "/_assay/states", json={"state": "nonsense", "action": "setup"}).status == 404


def test_a_teardown_is_acknowledged(any_vendor: Client) -> None:
    got = any_vendor.send("POST", "/_assay/states", json={"state": "task", "action": "teardown", "values": {"a": 1}})

    assert (got.status, got.json) == (200, {})


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"state":1}', b'{"state":"task","action":"explode"}', b"\xff"])
def test_a_bad_request_for_a_state_is_refused(any_vendor: Client, body: bytes) -> None:
    assert any_vendor.send("POST", "/_assay/states", body).status == 400


def test_a_state_is_asked_for_by_post(any_vendor: Client) -> None:
    got = any_vendor.send("GET", "/_assay/states")

    assert (got.status, got.headers["allow"]) == (405, "POST")


def test_the_tasks_of_zuora_are_of_the_promised_size(zuora: Client) -> None:
    sizes = [
        len(zuora.send("POST", f"/workflows/tasks/{zuora.given(state)['task_id']}/rerun").body)
        for state in ("task", "large_task")
    ]

    assert sizes[0] < 900
    assert sizes[1] > 4000
