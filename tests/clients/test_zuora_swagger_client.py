"""zuora-swagger-client: an older client, which checks every enum in an answer."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from assay.reference.hosting import Address

    Given = Callable[[str, str], dict[str, Any]]

pytestmark = [
    # Generated code calls what has since been deprecated; that is its affair.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    # It takes long to import, so one process does.
    pytest.mark.xdist_group("zuora-swagger-client"),
]


@pytest.fixture(scope="session")
def swagger(client_module: Callable[[str, str], Any]) -> Any:
    return client_module("zuora-swagger-client", "swagger_client")


@pytest.fixture
def workflows(swagger: Any, servers: dict[str, Address]) -> Iterator[Any]:
    configuration = swagger.Configuration()
    configuration.host = servers["zuora"].base_url
    client = swagger.ApiClient(configuration)
    yield swagger.WorkflowsApi(client)
    client.pool.close()
    client.pool.join()


@pytest.fixture
def authorization(servers: dict[str, Address]) -> str:
    return f"Bearer {servers['zuora'].token}"


def test_it_reruns_a_task_and_reads_a_compressed_answer(workflows: Any, authorization: str, given: Given) -> None:
    for state in ("task", "large_task"):
        task_id = given("zuora", state)["task_id"]
        task = workflows.p_ost_workflows_task_rerun(
            authorization,
            str(task_id),
            accept_encoding="gzip",
            idempotency_key=str(uuid.uuid4()),
            zuora_track_id="track-1",
        )

        assert (task.id, task.status, task.action_type) == (task_id, "Processing", "Callout")


def test_it_updates_tasks(swagger: Any, workflows: Any, authorization: str, given: Given) -> None:
    task_id = given("zuora", "task")["task_id"]
    request = swagger.PutTasksRequest(data=[swagger.Task(id=task_id, name="renamed")])

    answer = workflows.p_ut_workflows_tasks_update(authorization, update_request=request)

    assert [(task.id, task.name) for task in answer.data] == [(task_id, "renamed")]


@pytest.mark.parametrize("activate", [True, False])
def test_it_imports_a_version_and_writes_booleans_in_its_own_way(
    swagger: Any, workflows: Any, authorization: str, given: Given, activate: object
) -> None:
    definition = given("zuora", "workflow")["workflow_definition_id"]
    request = swagger.POSTWorkflowDefinitionImportRequest(
        workflow=swagger.Workflow(name="W", description="D", scheduled_trigger=True, interval="0 1 * * *"),
        tasks=[swagger.Task(id=1, name="A", action_type="If")],
        linkages=[],
    )

    workflow = workflows.p_ost_workflow_import(
        authorization, workflow_definition_id=definition, version="1.10.0", activate=activate, request=request
    )

    assert (workflow.name, workflow.description, workflow.interval) == ("W", "D", "0 1 * * *")


def test_it_raises_its_own_errors(swagger: Any, workflows: Any, authorization: str) -> None:
    def status_of(call: Callable[[], object]) -> int:
        with pytest.raises(swagger.rest.ApiException) as raised:
            call()
        return int(raised.value.status)

    nothing = swagger.PutTasksRequest(data=[])
    assert status_of(lambda: workflows.p_ost_workflows_task_rerun(authorization, "1")) == 404
    assert status_of(lambda: workflows.p_ost_workflows_task_rerun("Bearer wrong", "1")) == 401
    assert status_of(lambda: workflows.p_ut_workflows_tasks_update(authorization, update_request=nothing)) == 400
    assert status_of(lambda: workflows.p_ost_workflow_import(authorization, version="x", request={})) == 400
