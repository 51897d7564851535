"""The catalogue of faults: each is what it says it is, and confined to its operation."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assay import catalogue, faults
from assay.exceptions import UsageError
from assay.faults import Fault, find, load
from assay.reference.messages import Asked
from assay.reference.zuora import Zuora

if TYPE_CHECKING:
    from assay.reference.messages import Reply
    from assay.reference.vendor import Vendor

IDS = sorted(load())
FAULTS = [load()[each] for each in IDS]


def answer(server: Vendor, method: str, target: str, operation: str, **path: str) -> Reply:
    server.admit_main_caller("secret")
    headers = (("authorization", "Bearer secret"),)
    return asyncio.run(server.answer(Asked(method, target, headers, b"", operation=operation, path=path)))


def test_every_module_of_the_package_is_loaded() -> None:
    folder = Path(str(faults.__file__)).parent
    written = {path.stem for path in folder.glob("*.py")} - {"__init__"}

    assert sorted(faults.MODULES) == sorted(written)


@pytest.mark.parametrize("fault", FAULTS, ids=IDS)
def test_a_fault_violates_a_requirement_of_its_own_operation(fault: Fault) -> None:
    requirements = catalogue.load()[fault.contract].requirements

    assert fault.violates in requirements
    assert fault.violates.startswith(f"{fault.operation}/")


@pytest.mark.parametrize("fault", FAULTS, ids=IDS)
def test_a_fault_says_in_one_sentence_what_is_wrong(fault: Fault) -> None:
    assert fault.sentence.endswith(".")
    assert ". " not in fault.sentence
    assert fault.sentence[0].isupper() or fault.sentence.startswith("`")


@pytest.mark.parametrize("fault", FAULTS, ids=IDS)
def test_a_fault_makes_a_server_of_its_contract(fault: Fault) -> None:
    server = fault.server()

    assert server.name == fault.contract
    assert set(server.states()) == set(server.faultless().states())
    server.store.close()


def test_every_requirement_is_violated_by_a_fault() -> None:
    requirements = {name for contract in catalogue.load().values() for name in contract.requirements}

    assert requirements - {fault.violates for fault in FAULTS} == set()


def test_no_two_faults_of_an_operation_say_the_same() -> None:
    said = [(fault.operation, fault.sentence) for fault in FAULTS]

    assert sorted(each for each in said if said.count(each) > 1) == []


def test_a_fault_is_confined_to_its_operation() -> None:
    class Dead(Zuora):
        """Answers nothing but 500."""

        async def answer(self, asked: Asked) -> Reply:
            reply = await super().answer(asked)
            return type(reply)(500, reply.body, reply.headers)

    server = faults.confined(Dead, "rerun-task")()
    task = str(server.states()["task"]()["task_id"])

    assert answer(server, "POST", f"/workflows/tasks/{task}/rerun", "rerun-task", task_id=task).status == 500
    assert answer(server, "POST", "/workflows/import", "import-workflow").status == 400


def test_a_fault_and_what_is_around_it_share_one_store() -> None:
    server = find("vcf/retry-task/unknown-task-accepted").server()
    task = str(server.states()["failed_task"]()["task_id"])

    assert answer(server, "PATCH", f"/v1/tasks/{task}", "retry-task", id=task).status == 200
    assert answer(server, "PATCH", f"/v1/tasks/{task}", "retry-task", id=task).status == 409


def test_an_unknown_fault_is_told_with_what_is_near() -> None:
    with pytest.raises(UsageError, match="did you mean 'vcf/retry-task/unknown-task-accepted'"):
        find("vcf/retry-task/unknown-task-acepted")


def test_several_faults_are_shown_in_turn_on_one_store() -> None:
    ids = ["vcf/retry-task/unknown-task-accepted", "vcf/retry-task/unknown-task-400"]
    server = faults.in_turn(" ".join(ids))()

    statuses = [answer(server, "PATCH", "/v1/tasks/x", "retry-task", id="x").status for _ in range(4)]

    assert statuses == [200, 400, 200, 400]


def test_a_server_with_faults_in_turn_is_named_by_their_ids() -> None:
    ids = ["vcf/retry-task/unknown-task-accepted", "vcf/retry-task/unknown-task-400"]

    assert faults.factory_of_all(ids) == f"assay.faults:in_turn({' '.join(ids)})"
