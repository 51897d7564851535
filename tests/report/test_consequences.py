"""A check that met what a finding is about is told by the finding, and one that only looks like it is not."""

from __future__ import annotations

from typing import Any

import pytest

from assay.report.consequences import gaps
from tests.report.conftest import check, exchange, requirement, target

Json = dict[str, Any]
TASKS = "https://lab.test/tasks"
CUT = "a body that is not JSON (Unterminated string starting at character 383 of 390)"
FINDING = "vcf/retry-task/found"
TOLD = f"it met what the finding {FINDING} is about, so nothing can be concluded"


def asked(task: str, status: int, sent: str = "", **more: Any) -> Json:
    return exchange("PATCH", f"{TASKS}/{task}", status, sent=sent, **more)


def of(state: str, task: str) -> Json:
    return {"state": state, "by": "handler", "values": {"task_id": task}, "used_up": True}


def judged(outcome: str, message: str, *exchanges: Json, given: tuple[Json, ...] = ()) -> Json:
    return {**check(outcome, outcome, message, *exchanges), "given": list(given)}


def reasons(found: Json, left: Json, operation: str = "vcf/retry-task") -> list[str]:
    lab = target(
        "lab",
        "vcf",
        requirement(FINDING, "It holds.", found),
        requirement(f"{operation}/left", "It holds.", left),
    )
    return [each.reason for each in gaps(lab)]


FAILED = judged("failed", "expected 400, got 204", asked("a1", 204, "[1"), given=(of("task", "a1"),))


@pytest.mark.parametrize(
    "message",
    [
        f"answered 409 with {CUT.replace('383', '21')}, so nothing can be concluded",
        f'request "second": expected a JSON body to look at, got {CUT}',
    ],
)
def test_a_body_that_is_wrong_in_the_same_way_is_the_reason(message: str) -> None:
    found = judged("failed", f"expected a JSON body, got {CUT} (on 10 exchanges)", asked("a1", 409))

    assert reasons(found, judged("inconclusive", message, asked("b2", 409))) == [TOLD]


def test_the_same_answer_to_the_same_request_about_another_object_is_the_reason() -> None:
    left = judged(
        "inconclusive", "expected a 400 to look at, got 204", asked("b2", 204, "[1"), given=(of("task", "b2"),)
    )

    assert reasons(FAILED, left) == [TOLD]


def test_a_control_that_is_answered_like_the_finding_is_the_reason() -> None:
    control = asked("b2", 204, "[1", role="control")

    left = judged(
        "inconclusive",
        "the control request was answered 204 and not accepted, so nothing can be concluded",
        asked("c3", 404),
        control,
        given=(of("task", "b2"),),
    )

    assert reasons(FAILED, left) == [TOLD]


def test_a_caller_who_is_let_in_everywhere_is_the_reason() -> None:
    curl = "curl -H 'Authorization: Bearer '\"${{OTHER_CALLER_TOKEN{}:?the token of the state other_caller}}\" x"
    given = ({"state": "other_caller", "by": "listed", "values": {}, "used_up": False},)
    found = judged("failed", "expected a refusal (4xx), got 200", asked("a1", 200, "1"), given=given)
    left = judged("inconclusive", "answered 200 and not refused, so what", asked("a1", 200, "2"), given=given)
    found["exchanges"][0]["curl"], left["exchanges"][0]["curl"] = curl.format("_0"), curl.format("_1")

    assert reasons(found, left) == [TOLD]


@pytest.mark.parametrize(
    ("message", "met", "given"),
    [
        ("expected a 400 to look at, got 204", asked("b2", 204, "[2"), (of("task", "b2"),)),
        ("expected a 400 to look at, got 204", asked("b2", 204, "[1"), (of("other", "b2"),)),
        ("expected a 404 to look at, got 500", asked("b2", 500, "[1"), (of("task", "b2"),)),
        ("it came and went", asked("b2", 204, "[1"), (of("task", "b2"),)),
        (f"answered 204 with {CUT}, so nothing can be concluded", asked("b2", 204, "[1"), (of("task", "b2"),)),
    ],
)
def test_what_met_something_else_keeps_its_own_reason(message: str, met: Json, given: tuple[Json, ...]) -> None:
    assert reasons(FAILED, judged("inconclusive", message, met, given=given)) == [message]


def test_a_finding_of_another_operation_is_no_reason() -> None:
    left = judged("inconclusive", "expected a 400 to look at, got 204", asked("a1", 204, "[1"))

    assert reasons(judged("failed", "expected 400, got 204", asked("a1", 204, "[1")), left, "vcf/other") == [
        "expected a 400 to look at, got 204"
    ]


def test_what_lacks_a_state_keeps_its_own_reason() -> None:
    assert reasons(FAILED, judged("untestable", "state 'task' is not provided")) == ["state 'task' is not provided"]
