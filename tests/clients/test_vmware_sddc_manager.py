"""vmware-sddc-manager: the official Python SDK, which turns 404 and 409 into a typed Error."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from assay.reference.hosting import Address

    Given = Callable[[str, str], dict[str, Any]]


@pytest.fixture(scope="session")
def sdk(client_module: Callable[[str, str], Any]) -> SimpleNamespace:
    modules = {
        "client": "vmware.sddc_manager.v1_client",
        "model": "vmware.sddc_manager.model_client",
        "stub": "vmware.vapi.bindings.stub",
        "connect": "vmware.vapi.lib.connect",
        "oauth": "vmware.vapi.security.oauth",
        "errors": "vmware.vapi.bindings.error",
        "requests": "requests",
    }
    return SimpleNamespace(**{name: client_module("vmware-sddc-manager", module) for name, module in modules.items()})


@pytest.fixture
def tasks_with(sdk: SimpleNamespace, servers: dict[str, Address]) -> Iterator[Callable[[str], Any]]:
    with sdk.requests.Session() as session:

        def tasks_with(token: str) -> Any:
            connector = sdk.connect.get_requests_connector(
                session=session, msg_protocol="rest", url=servers["vcf"].base_url
            )
            connector.set_security_context(sdk.oauth.create_oauth_security_context(token))
            return sdk.client.Tasks(sdk.stub.StubConfiguration(connector))

        yield tasks_with


@pytest.fixture
def tasks(tasks_with: Callable[[str], Any], servers: dict[str, Address]) -> Any:
    return tasks_with(servers["vcf"].token)


def test_it_retries_a_failed_task(tasks: Any, given: Given) -> None:
    assert tasks.retry_task(given("vcf", "failed_task")["task_id"]) is None


@pytest.mark.parametrize(
    ("state", "code"), [("unfailed_task", "TASK_NOT_RETRIABLE"), ("unknown_task", "TASK_NOT_FOUND")]
)
def test_a_refusal_is_a_typed_error(sdk: SimpleNamespace, tasks: Any, given: Given, state: str, code: str) -> None:
    with pytest.raises(sdk.model.Error) as raised:
        tasks.retry_task(given("vcf", state)["task_id"])

    error = raised.value
    assert error.error_code == code
    assert error.nested_errors == []
    assert [cause.type for cause in error.causes] == [code]
    assert error.context == {"component": "task-service"}


def test_a_second_retry_is_refused(sdk: SimpleNamespace, tasks: Any, given: Given) -> None:
    task_id = given("vcf", "failed_task")["task_id"]
    tasks.retry_task(task_id)

    with pytest.raises(sdk.model.Error):
        tasks.retry_task(task_id)


def test_a_wrong_token_is_an_error(sdk: SimpleNamespace, tasks_with: Callable[[str], Any]) -> None:
    with pytest.raises(sdk.errors.VapiError):
        tasks_with("wrong").retry_task("x")
