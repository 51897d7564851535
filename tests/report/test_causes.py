"""Findings are put together where the same thing was seen, and only there."""

from __future__ import annotations

import json
from typing import Any

import pytest

from assay.report.causes import causes, same_cause
from tests.report.conftest import check, exchange, requirement, target, text_body

Json = dict[str, Any]
URL = "https://lab.test/tasks"


def finding(slug: str, message: str, *exchanges: Json, operation: str = "zuora/update-tasks", **more: Any) -> Json:
    outcome = "deviation" if more.get("level") == "should" else "failed"
    return requirement(f"{operation}/{slug}", f"It is {slug}.", check(slug, outcome, message, *exchanges), **more)


def answered(status: int, body: object = None, **more: Any) -> Json:
    return exchange("PUT", URL, status, text_body("" if body is None else json.dumps(body)), **more)


def sent(body: object, status: int = 200, **more: Any) -> Json:
    return exchange("PUT", URL, status, sent=json.dumps(body), **more)


def grouped(*findings: Json) -> list[list[str]]:
    found = causes(target("lab", "zuora", *findings))
    return [[each["id"].rpartition("/")[2] for each in cause.findings] for cause in found]


def test_one_place_of_a_body_is_one_cause_whatever_the_words_are() -> None:
    by_schema = finding("shape", "expected an array at $.data, got {}", answered(200, {"data": {}}))
    by_case = finding("tasks", 'expected an array of tasks in data, got {"id": 7…', answered(200, {"data": {"id": 7}}))

    assert grouped(by_schema, by_case) == [["shape", "tasks"]]


def test_values_that_differ_from_answer_to_answer_tell_no_causes_apart() -> None:
    one = finding("one", 'expected name "a" in task 1, got "old"', answered(200, {"data": [{"name": "old"}]}))
    other = finding("other", 'expected name "b" in task 2, got "x"', answered(200, {"data": [{"id": 2, "name": "x"}]}))

    assert grouped(one, other) == [["one", "other"]]


def test_another_place_of_the_body_is_another_cause() -> None:
    one = finding("one", "expected a string at $.name, got 1", answered(200, {"name": 1, "status": 1}))
    other = finding("other", "expected a string at $.status, got 1", answered(200, {"name": 1, "status": 1}))

    assert grouped(one, other) == [["one"], ["other"]]


def test_another_kind_of_value_is_another_cause() -> None:
    one = finding("one", "expected a string at $.name, got 1", answered(200, {"name": 1}))
    other = finding("other", "expected a string at $.name, got null", answered(200, {"name": None}))

    assert grouped(one, other) == [["one"], ["other"]]


def test_fields_that_are_missing_are_told_apart_by_their_names() -> None:
    one = finding("one", 'expected the field "id" in the body, got {}', answered(200, {}))
    other = finding("other", 'expected the field "name" in the body, got {}', answered(200, {}))

    assert grouped(one, other) == [["one"], ["other"]]


def test_a_header_that_is_missing_is_one_cause_in_every_operation() -> None:
    one = finding("one", "expected Zuora-Track-Id: a, got no Zuora-Track-Id", answered(200))
    other = finding(
        "other", "expected Zuora-Track-Id: b, got no Zuora-Track-Id", answered(400), operation="zuora/rerun-task"
    )

    assert grouped(one, other) == [["one", "other"]]


def test_an_operation_that_answers_500_whatever_is_asked_has_one_cause() -> None:
    one = finding("one", 'request "words": expected no server error, got 500', answered(500, label="words"))
    other = finding("other", "expected 400, got 500", answered(500))
    elsewhere = finding("elsewhere", "expected 400, got 500", answered(500), operation="zuora/rerun-task")

    assert grouped(one, other, elsewhere) == [["one", "other"], ["elsewhere"]]


def test_acceptances_are_told_apart_by_what_was_wrong_with_the_request() -> None:
    control = sent({"id": 1, "name": "x"}, role="control")
    name = finding("name", "expected a refusal (4xx), got 200", sent({"id": 1, "name": 7}), control)
    nothing = finding("nothing", "expected a refusal (4xx), got 200", sent({"id": 1, "name": None}), control)
    id_ = finding("id", "expected a refusal (4xx), got 200", sent({"id": [], "name": "x"}), control)

    assert grouped(name, nothing, id_) == [["name", "nothing"], ["id"]]


def test_an_acceptance_without_a_control_stands_alone() -> None:
    findings = [finding(each, "expected a refusal (4xx), got 200", sent({})) for each in ("one", "other")]

    assert grouped(*findings) == [["one"], ["other"]]


def test_a_cause_is_named_by_what_failed_rather_than_by_a_deviation() -> None:
    body = {"error": {"timestamp": 7}}
    mild = finding("mild", "expected a later time at $.error.timestamp, got 7", answered(400, body), level="should")
    grave = finding("grave", "expected a number of at least 1000 at $.error.timestamp, got 7", answered(400, body))

    [found] = causes(target("lab", "zuora", mild, grave))

    assert found.title == "Expected a number of at least 1000 at $.error.timestamp, got 7"


def test_what_fails_comes_first_and_of_that_what_touches_most() -> None:
    mild = finding("mild", "expected a, got b", answered(200), level="should")
    alone = finding("alone", "expected c, got d", answered(200))
    shared = [finding(each, "expected e, got f", answered(200)) for each in ("one", "other")]

    assert grouped(mild, alone, *shared) == [["one", "other"], ["alone"], ["mild"]]


def test_of_one_cause_the_worst_finding_comes_first() -> None:
    mild = finding("mild", "expected e, got f", answered(200), level="should")
    grave = finding("grave", "expected e, got f", answered(200))

    assert grouped(mild, grave) == [["grave", "mild"]]


@pytest.mark.parametrize(
    "message",
    [
        'expected a string at $["\\x"], got "$["',
        "expected , got ",
        "expected $ at $.., got at $",
        'request "expected 200, got 500": expected 404, got \x1b[31m',
        "no form at all",
    ],
)
def test_a_message_of_any_form_is_put_somewhere(message: str) -> None:
    assert grouped(finding("odd", message, answered(200, {"a": 1}))) == [["odd"]]


def test_each_finding_knows_the_others_of_its_cause() -> None:
    findings = [finding(each, "expected 400, got 500", answered(500)) for each in ("one", "other")]

    siblings = same_cause(causes(target("lab", "zuora", *findings)))

    assert siblings["zuora/update-tasks/one"] == ("zuora/update-tasks/other",)


def test_what_held_is_no_finding() -> None:
    assert causes(target("lab", "zuora", requirement("zuora/update-tasks/fine", "It is.", check("fine")))) == []
