"""What a reader is told to do: lines for the target file, the command that runs one requirement."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from assay.model import Outcome
from assay.report.digest import Untested
from assay.report.remedies import command, lines_for_target_file
from tests.report.conftest import check, requirement, target

Json = dict[str, Any]

USED_UP = {"state": "failed_task", "description": "a task\nthat failed", "values": {"task_id": "text"}, "used_up": True}
CALLER = {
    "state": "caller_without_access",
    "description": "a token of a caller",
    "values": {"token": "token", "number": "integer"},
    "used_up": False,
}


def missing(reason: str, checks: int = 1) -> Untested:
    return Untested(Outcome.UNTESTABLE, reason, ("vcf/retry-task/a",), checks)


@pytest.fixture
def lab() -> Json:
    return target("lab", "vcf", requirement("vcf/retry-task/a", "It is.", check("a")), missing_states=[USED_UP, CALLER])


def test_the_lines_are_those_of_a_target_file(lab: Json) -> None:
    lines = lines_for_target_file(missing("state 'failed_task' is not provided: a task"), lab)

    assert tomllib.loads(lines) == {
        "states": {"failed_task": {"each": [{"task_id": "fill-in-1"}, {"task_id": "fill-in-2"}]}}
    }


def test_a_state_that_is_used_up_is_counted(lab: Json) -> None:
    lines = lines_for_target_file(missing("state 'failed_task' is not provided", checks=3), lab)

    assert "3 checks" in lines


def test_sets_that_are_used_up_are_added_to_those_that_are_listed(lab: Json) -> None:
    more = lines_for_target_file(missing("state 'failed_task': all 5 sets in [states.failed_task] are used up"), lab)

    listed = f'[states.failed_task]\neach = [{{ task_id = "a" }},\n{more}\n]'
    assert tomllib.loads(listed)["states"]["failed_task"]["each"] == [
        {"task_id": "a"},
        {"task_id": "fill-in-1"},
        {"task_id": "fill-in-2"},
    ]


def test_each_state_that_a_reason_names_has_its_lines(lab: Json) -> None:
    lines = lines_for_target_file(missing("the states 'failed_task' and 'caller_without_access' give the same"), lab)

    assert list(tomllib.loads(lines)["states"]) == ["failed_task", "caller_without_access"]
    assert '{ token = "env:CALLER_WITHOUT_ACCESS_TOKEN", number = 1 }' in lines


def test_what_no_state_would_mend_has_no_lines(lab: Json) -> None:
    assert lines_for_target_file(missing("the target file gives no token"), lab) == ""
    inconclusive = Untested(Outcome.INCONCLUSIVE, "state 'failed_task' was odd", (), 1)
    assert lines_for_target_file(inconclusive, lab) == ""


def test_the_command_selects_the_requirement_and_keeps_the_seed(lab: Json) -> None:
    found = command(lab["requirements"][0], lab, 7)

    assert found == "assay run --target TARGET.toml --seed 7 --only vcf/retry-task/a --report-dir reports/again"


def test_the_embedded_servers_need_no_target_file(lab: Json) -> None:
    found = command(lab["requirements"][0], {**lab, "name": "embedded-vcf"}, 7)

    assert found == "assay run --seed 7 --only vcf/retry-task/a --report-dir reports/again"


def test_what_only_looks_at_other_answers_is_run_with_its_operation(lab: Json) -> None:
    observing = requirement("vcf/retry-task/shape", "It is.", check("every_exchange_shape_404"))

    assert command(observing, lab, 7).endswith("--only 'vcf/retry-task/*' --report-dir reports/again")
