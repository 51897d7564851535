"""The states that a run needs are counted where they are listed and asked for once where a handler makes them."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from assay.doctor import Standing, Step
from assay.target import StateEntry, StateHandler
from tests.doctor.conftest import STATES, of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.doctor.conftest import Examine

HANDLER = """
import json, sys
question = json.load(sys.stdin)
with open("asked.jsonl", "a") as file:
    file.write(json.dumps(question) + "\\n")
if question["action"] == "teardown":
    sys.exit(TEARDOWN)
if question["state"] == "unknown_task":
    sys.exit(3)
print(json.dumps({"task_id": "made-for-" + question["state"]}))
"""


@pytest.fixture
def handler(tmp_path: Path) -> StateHandler:
    """Return a command that makes a task for every state but the unknown one, and writes down what it is asked."""
    (tmp_path / "handler.py").write_text(HANDLER.replace("TEARDOWN", "0"))
    return StateHandler(command=(sys.executable, "handler.py"), folder=tmp_path, teardown=True)


def test_fewer_sets_than_a_run_takes_are_wrong_and_every_state_is_told(examined: Examine, lab: str) -> None:
    few = StateEntry(each=({"task_id": "a1"}, {"task_id": "a2"}))

    states = of(Step.STATES, examined(lab, states={"failed_task": few}))

    assert [(each.said, each.standing) for each in states] == [
        ("failed_task: 2 listed, 17 needed", Standing.WRONG),
        ("unfailed_task: not provided", Standing.WRONG),
        ("unknown_task: made up", Standing.OK),
    ]
    assert states[0].advice.startswith("List 15 more in [states.failed_task], or let a [state_handler] make them.")
    assert "a task that exists and has not failed" in states[1].advice


def test_one_object_for_checks_that_use_it_up_is_a_note(examined: Examine, lab: str) -> None:
    findings = examined(lab, states={**STATES, "failed_task": StateEntry(always={"task_id": "a1"})})

    states = of(Step.STATES, findings)
    assert (states[0].said, states[0].standing) == ("failed_task: listed, the same each time", Standing.NOTE)
    assert "Better list 17 sets" in states[0].advice
    assert findings[-1].step is Step.EXCHANGE


def test_nothing_is_asked_behind_a_missing_state(examined: Examine, lab: str) -> None:
    findings = examined(lab, states={})

    assert findings[-1].step is Step.STATES


def test_values_that_cannot_be_used_are_named(examined: Examine, lab: str) -> None:
    broken = StateEntry(always={"task": "a1"})

    states = of(Step.STATES, examined(lab, states={**STATES, "failed_task": broken}))

    assert "the value 'task_id' is missing (given: 'task')" in states[0].advice


def test_only_the_states_of_selected_requirements_are_needed(examined: Examine, lab: str) -> None:
    states = of(Step.STATES, examined(lab, only=("*/error-shape-404",), states={}))

    assert [each.said for each in states] == ["unknown_task: made up"]


def test_a_handler_is_asked_once_for_each_state_and_told_to_take_it_down(
    examined: Examine, lab: str, handler: StateHandler
) -> None:
    states = of(Step.STATES, examined(lab, states={}, state_handler=handler))

    asked = [json.loads(line) for line in (handler.folder / "asked.jsonl").read_text().splitlines()]
    assert [each.said for each in states] == [
        "failed_task: the handler gave made-for-failed_task and took it down",
        "unfailed_task: the handler gave made-for-unfailed_task and took it down",
        "unknown_task: made up",
    ]
    assert [(each["state"], each["action"]) for each in asked] == [
        ("failed_task", "setup"),
        ("failed_task", "teardown"),
        ("unfailed_task", "setup"),
        ("unfailed_task", "teardown"),
        ("unknown_task", "setup"),
    ]


def test_a_state_that_is_listed_is_not_asked_of_the_handler(examined: Examine, lab: str, handler: StateHandler) -> None:
    states = of(Step.STATES, examined(lab, states=STATES, state_handler=handler))

    asked = [json.loads(line)["state"] for line in (handler.folder / "asked.jsonl").read_text().splitlines()]
    assert asked == ["unknown_task"]
    assert states[0].said == "failed_task: 17 listed, 17 needed"


def test_a_handler_that_fails_to_take_down_is_wrong(examined: Examine, lab: str, handler: StateHandler) -> None:
    (handler.folder / "handler.py").write_text(HANDLER.replace("TEARDOWN", "9"))

    states = of(Step.STATES, examined(lab, states={}, state_handler=handler))

    assert states[0].standing is Standing.WRONG
    assert states[0].said == "failed_task: the state handler failed to take it down: exit 9"


def test_a_handler_that_fails_is_told_with_what_it_said(examined: Examine, lab: str, handler: StateHandler) -> None:
    (handler.folder / "handler.py").write_text("import sys; sys.exit('the lab is closed')")

    states = of(Step.STATES, examined(lab, states={}, state_handler=handler))

    assert states[0].said == "failed_task: the state handler failed: exit 1: the lab is closed"
    assert "Let the handler answer with task_id" in states[0].advice
