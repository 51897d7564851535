from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, FormatChecker

from assay.model import Outcome
from assay.report.ctrf import STATUSES, CtrfView
from assay.report.document import Written, pieces

Json = dict[str, Any]

SCHEMA = json.loads((Path(__file__).parent / "formats" / "ctrf-schema-0.0.json").read_text(encoding="utf-8"))


def text_of(document: Json) -> str:
    report = Written(document)
    return "".join(pieces(report, CtrfView(report)))


def results_of(document: Json) -> Json:
    results: Json = json.loads(text_of(document))["results"]
    return results


def case(results: Json, slug: str) -> Json:
    return next(each for each in results["tests"] if each["name"].endswith(f"/{slug}"))


def test_it_is_valid_by_the_published_schema(document: Json) -> None:
    validator = Draft7Validator(SCHEMA, format_checker=FormatChecker())

    assert list(validator.iter_errors(json.loads(text_of(document)))) == []


def test_every_outcome_has_a_status() -> None:
    assert set(STATUSES) == set(Outcome)
    assert [outcome for outcome, status in STATUSES.items() if status == "passed"] == [Outcome.PASSED]


def test_every_requirement_is_a_test_and_keeps_its_outcome(document: Json) -> None:
    tests = results_of(document)["tests"]

    assert [(each["name"], each["rawStatus"]) for each in tests] == [
        (each["id"], each["outcome"]) for target in document["targets"] for each in target["requirements"]
    ]


@pytest.mark.parametrize(
    ("slug", "status", "raw"),
    [
        ("unknown-task", "failed", "failed"),
        ("no-credentials", "other", "deviation"),
        ("slow", "other", "inconclusive"),
        ("crash", "other", "error"),
        ("unfailed-task", "pending", "untestable"),
        ("entity", "skipped", "inapplicable"),
        ("late", "skipped", "not_run"),
        ("rerun", "passed", "passed"),
    ],
)
def test_an_outcome_becomes_a_status(document: Json, slug: str, status: str, raw: str) -> None:
    test = case(results_of(document), slug)

    assert (test["status"], test["rawStatus"]) == (status, raw)


def test_the_summary_counts_the_tests(document: Json) -> None:
    results = results_of(document)

    counted = Counter(each["status"] for each in results["tests"])
    assert results["summary"] == {
        "tests": len(results["tests"]),
        **counted,
        "start": 1772357400123,
        "stop": 1772357404943,
    }


def test_a_finding_says_what_came_and_how_to_see_it_again(document: Json) -> None:
    test = case(results_of(document), "unknown-task")

    assert test["message"] == "expected 404, got 200"
    assert document["targets"][0]["requirements"][0]["checks"][0]["exchanges"][1]["curl"] in test["trace"]
    assert test["suite"] == ["sddc-manager-lab", "vcf/retry-task"]


def test_a_waived_failure_fails_no_build(document: Json) -> None:
    requirement = document["targets"][0]["requirements"][0]
    requirement["waiver"] = {
        "reason": "Known.", "owner": "anna", "expires": "2099-01-01", "fingerprint": "0" * 16, "state": "used"
    }  # fmt: skip

    results = results_of(document)

    test = case(results, "unknown-task")
    assert (test["status"], test["rawStatus"]) == ("other", "failed")
    assert results["summary"]["failed"] == sum(each["status"] == "failed" for each in results["tests"])


def test_the_steps_are_the_checks(document: Json) -> None:
    assert case(results_of(document), "error-shape")["steps"] == [
        {
            "name": "shape[404]",
            "status": "failed",
            "extra": {
                "rawStatus": "failed",
                "message": 'expected an object at $.nestedErrors[0], got "Error Object"',
            },
        },
        {
            "name": "shape[409]",
            "status": "pending",
            "extra": {
                "rawStatus": "untestable",
                "message": "state unfailed_task was not provided: add [states.unfailed_task]"
                " with task_id to the target file, or a state_handler",
            },
        },
    ]


def test_targets_are_told_with_their_verdict(document: Json) -> None:
    told = results_of(document)["extra"]["targets"]

    assert [(each["name"], each["verdict"]) for each in told] == [
        (each["name"], each["verdict"]) for each in document["targets"]
    ]


def test_one_report_gives_one_text(document: Json) -> None:
    assert text_of(document) == text_of(document)


def test_half_a_surrogate_pair_is_spelled_out(document: Json) -> None:
    document["targets"][0]["requirements"][0]["message"] = "got \ud800"

    assert case(results_of(document), "unknown-task")["message"] == "got \\ud800"


def test_a_test_says_what_it_rests_on(document: Json) -> None:
    results = results_of(document)

    assert case(results, "unknown-task")["extra"]["restsOn"] == [
        "Retry Task, Path Parameters: id is a string",
        "Retry Task, Responses 404: status of an unknown task",
    ]
    assert case(results, "hostile-body")["extra"]["restsOn"] == []


def test_targets_are_told_with_their_figure(document: Json) -> None:
    told = results_of(document)["extra"]["targets"]

    assert [each.get("statements", {}).get("verified") for each in told] == [0, None, 2]
