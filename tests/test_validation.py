"""The quick judge of bodies and the thorough one say the same of every body."""

from __future__ import annotations

import copy
import random
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from assay.validation import Schemas

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.validation import ShapeReport

SPECS = Path(__file__).parents[1] / "specs"
COMPONENTS = "#/components/schemas/"
ODDITIES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    2.0,
    2.5,
    1e300,
    10**30,
    "",
    "x",
    "2031-04-09T16:20:05Z",
    [],
    [None],
    {},
    {"a": 1},
)

TASK: dict[str, Any] = {
    "action_type": "Callout", "call_type": None, "concurrent_limit": 9, "data": {}, "end_time": None, "error": None,
    "error_class": None, "error_details": None, "id": 1, "instance": True, "name": "n", "object": None,
    "object_id": None, "original_task_id": 2, "original_workflow_id": 3, "parameters": {}, "start_time": None,
    "status": "Error", "tags": ["t"], "task_id": None, "workflow_id": 4,
}  # fmt: skip
WORKFLOW = {
    "id": 1, "name": "n", "description": None, "type": "Workflow::Setup", "version": "1.0.0", "calloutTrigger": False,
    "ondemandTrigger": True, "scheduledTrigger": False, "interval": None, "timezone": None,
    "createdAt": "2031-04-12 09:30:00", "updatedAt": "2031-04-12T09:30:00.000Z",
}  # fmt: skip
PAGE = {"data": [TASK], "pagination": {"page": 1, "page_length": 1, "next_page": "/x"}}
VCF_ERROR = {"errorCode": "A", "arguments": ["b"], "context": {"c": "d"}, "causes": [{"type": "e", "message": "f"}]}
CONTEXT = {"timestamp": 1_933_333_333_333, "service": "ozw", "line": 1} | dict.fromkeys(
    ("serviceReleaseVersion", "serviceId", "serviceDomain", "serviceBuildVersion", "onedataErrorsRevision", "module"),
    "x",
)
BODIES = [
    ("zuora", "Task", TASK),
    ("zuora", "UpdatedTasks", PAGE),
    ("zuora", "TaskErrors", {"Errors": [{"code": "a", "title": "b", "status": "400"}]}),
    ("zuora", "TaskErrors", {"errors": [{"code": "a", "title": "b", "status": 400}]}),
    ("zuora", "Workflow", WORKFLOW),
    ("vcf", "ErrorAnswer", VCF_ERROR | {"message": "g", "nestedErrors": [VCF_ERROR]}),
    ("onedata", "ErrorAnswer", {"error": {"id": "a", "description": "b", "details": {}, "ctx": CONTEXT}}),
]


def schemas(vendor: str) -> Schemas:
    return Schemas(yaml.safe_load((SPECS / f"{vendor}.yaml").read_text(encoding="utf-8")))


def places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every container and key in a JSON document."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield node, key
        yield from places(value)


def mutants(body: Any, number: int) -> Iterator[Any]:
    """Yield copies of a body with one to three members replaced, removed or added; the same ones each time."""
    chance = random.Random(7)  # noqa: S311 - mutants are no secrets
    for _ in range(number):
        mutant = copy.deepcopy(body)
        for _ in range(chance.randint(1, 3)):
            holder, key = chance.choice(list(places(mutant)) or [([None], 0)])
            if chance.random() < 0.25 and isinstance(holder, dict):
                holder.pop(key)
            else:
                holder[key] = copy.deepcopy(chance.choice(ODDITIES))
        yield mutant
    yield from ODDITIES


def found(report: ShapeReport) -> tuple[str, dict[str, str], set[tuple[str, str]]]:
    return report.problem, report.annotated, set(report.readings)


@pytest.mark.parametrize(("vendor", "schema", "body"), BODIES, ids=[f"{each[1]}-{n}" for n, each in enumerate(BODIES)])
def test_both_judges_say_the_same(vendor: str, schema: str, body: Any) -> None:
    judges = schemas(vendor)
    reference = COMPONENTS + schema
    bodies = [body, *mutants(body, 400)]

    reports = [(judges.report(reference, each), judges.report_in_full(reference, each), each) for each in bodies]

    assert not [(each, one, other) for one, other, each in reports if found(one) != found(other)]
    assert not reports[0][0].problem
    assert len({one.problem for one, _, _ in reports}) > 10


def test_a_number_that_only_python_holds_is_judged_all_the_same() -> None:
    report = schemas("zuora").report(COMPONENTS + "Task", {**TASK, "workflow_id": 10**400})

    assert not report.problem


def test_a_text_of_megabytes_is_not_written_out_for_every_error() -> None:
    wrong = {**TASK, "name": ["x" * 5_000_000], "id": "y" * 5_000_000}
    judges = schemas("zuora")
    judges.report(COMPONENTS + "Task", {**wrong, "name": [], "id": ""})

    tracemalloc.start()
    report = judges.report(COMPONENTS + "Task", wrong)
    most_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert "expected an integer at $.id" in report.problem or "expected a string at $.name" in report.problem
    assert most_bytes < 5_000_000
