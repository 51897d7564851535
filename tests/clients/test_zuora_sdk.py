"""zuora-sdk: the official Python SDK."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from assay.reference.hosting import Address

    Given = Callable[[str, str], dict[str, Any]]

pytestmark = [
    # Generated code calls what has since been deprecated; that is its affair.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    # It takes long to import, so one process does.
    pytest.mark.xdist_group("zuora-sdk"),
]


@pytest.fixture(scope="session")
def sdk(client_module: Callable[[str, str], Any]) -> Any:
    return client_module("zuora-sdk", "zuora_sdk")


@pytest.fixture
def workflows(sdk: Any, servers: dict[str, Address]) -> Any:
    address = servers["zuora"]
    return sdk.WorkflowsApi(sdk.ApiClient(sdk.Configuration(host=address.base_url, access_token=address.token)))


def test_it_reruns_a_task(workflows: Any, given: Given) -> None:
    task_id = given("zuora", "task")["task_id"]

    task = workflows.post_workflows_task_rerun(str(task_id))

    assert (task.id, task.status) == (task_id, "Processing")


def test_it_sends_every_header_and_reads_a_compressed_answer(workflows: Any, given: Given) -> None:
    answer = workflows.post_workflows_task_rerun_with_http_info(
        str(given("zuora", "large_task")["task_id"]),
        accept_encoding="gzip",
        idempotency_key=str(uuid.uuid4()),
        zuora_track_id="track-1",
        zuora_entity_ids=given("zuora", "entity")["entity_id"],
        zuora_org_ids=given("zuora", "org")["org_id"],
        zuora_version="2025-08-12",
    )

    assert answer.headers["zuora-track-id"] == "track-1"
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.data.status == "Processing"


def test_it_updates_tasks(sdk: Any, workflows: Any, given: Given) -> None:
    task_id = given("zuora", "task")["task_id"]
    request = sdk.PutTasksRequest(data=[sdk.UpdateTask(id=task_id, name="renamed", tags=["a"], concurrent_limit=2)])

    answer = workflows.put_workflows_tasks_update(update_request=request)

    assert [(task.id, task.name, task.concurrent_limit) for task in answer.data] == [(task_id, "renamed", 2)]
    assert (answer.pagination.page, answer.pagination.page_length) == (1, 1)


def test_it_imports_a_version(workflows: Any, given: Given) -> None:
    definition = given("zuora", "workflow")["workflow_definition_id"]
    request = {"workflow": {"name": "W", "scheduledTrigger": False}, "tasks": [], "linkages": []}

    workflow = workflows.post_workflow_import(
        workflow_definition_id=definition, version="1.10.0", activate=True, request=request
    )

    assert (workflow.name, workflow.version, workflow.type) == ("W", "1.10.0", "Workflow::Setup")


def test_it_raises_its_own_errors(sdk: Any, workflows: Any, given: Given) -> None:
    with pytest.raises(sdk.exceptions.NotFoundException):
        workflows.post_workflows_task_rerun(str(given("zuora", "unknown_task")["task_id"]))
    with pytest.raises(sdk.exceptions.BadRequestException):
        workflows.put_workflows_tasks_update(update_request={"data": []})
    with pytest.raises(sdk.exceptions.NotFoundException):
        workflows.post_workflow_import(
            workflow_definition_id=given("zuora", "unknown_workflow")["workflow_definition_id"], version="1", request={}
        )
    with pytest.raises(sdk.exceptions.ForbiddenException):
        workflows.post_workflows_task_rerun("1", zuora_org_ids=given("zuora", "inaccessible_org")["org_id"])


def test_plain_json_that_it_announces_as_gzip_is_refused(sdk: Any, workflows: Any, given: Given) -> None:
    request = {"data": [{"id": given("zuora", "task")["task_id"], "name": "renamed"}]}

    with pytest.raises(sdk.exceptions.BadRequestException):
        workflows.put_workflows_tasks_update(content_encoding="gzip", update_request=request)


def test_a_wrong_token_is_unauthorized(sdk: Any, servers: dict[str, Address]) -> None:
    wrong = sdk.ApiClient(sdk.Configuration(host=servers["zuora"].base_url, access_token="wrong"))

    with pytest.raises(sdk.exceptions.UnauthorizedException):
        sdk.WorkflowsApi(wrong).post_workflows_task_rerun("1")
