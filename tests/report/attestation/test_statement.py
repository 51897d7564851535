"""The statements about a report are in-toto's, and say what the report says."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf import json_format
from in_toto_attestation.predicates.test_result.v0 import test_result_pb2
from in_toto_attestation.v1.statement import Statement
from in_toto_attestation.v1.statement_pb2 import Statement as StatementMessage

from assay.report.attestation.statement import CONFORMANCE, STATEMENT, TEST_RESULT, serialised, statements
from assay.report.document import Written
from tests.report.conftest import HOSTILE, check, report, requirement, target

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Json = dict[str, Any]
SHA256 = "ab" * 32
PARTIAL = {"partial": True}


def result_of(document: Json) -> Any:
    return statements(Written(document), SHA256)[TEST_RESULT]["predicate"]


def conformance_of(document: Json) -> Any:
    return statements(Written(document), SHA256)[CONFORMANCE]["predicate"]


def lab(*outcomes: str, level: str = "must") -> Json:
    checks = [(f"vcf/retry-task/r{each}", check("c", outcome, "m")) for each, outcome in enumerate(outcomes)]
    return target("lab", "vcf", *[requirement(name, "It holds.", each, level=level) for name, each in checks])


def test_intotos_own_library_finds_both_statements_valid(unsigned: list[str]) -> None:
    for line in unsigned:
        Statement.copy_from_pb(json_format.Parse(line, StatementMessage())).validate()

    assert [json.loads(line)["predicateType"] for line in unsigned] == [TEST_RESULT, CONFORMANCE]


def test_the_test_result_is_intotos_own_message(document: Json) -> None:
    read = json_format.ParseDict(result_of(document), test_result_pb2.TestResult())

    assert read.result == "FAILED"
    assert read.configuration[1].digest["sha256"] == "3f" * 32
    assert "sddc-manager-lab: vcf/retry-task/unknown-task" in read.failed_tests


def test_the_subject_is_the_report_by_the_digest_of_its_bytes(unsigned: list[str], report_file: Path) -> None:
    subjects = [json.loads(line)["subject"] for line in unsigned]

    digest = hashlib.sha256(report_file.read_bytes()).hexdigest()
    assert subjects == [[{"name": "report.json", "digest": {"sha256": digest}}]] * 2


def test_a_statement_names_its_version() -> None:
    made = statements(Written(report(lab("passed"))), SHA256)

    assert {each["_type"] for each in made.values()} == {STATEMENT}


def test_tests_stand_in_the_list_of_their_outcome_and_what_was_not_tested_in_none() -> None:
    must = lab("passed", "failed", "untestable", "inconclusive", "not_run", "inapplicable", "error")
    should = {**lab("deviation", level="should"), "name": "other"}

    result = result_of(report(must, should))

    assert result["passedTests"] == ["lab: vcf/retry-task/r0"]
    assert result["failedTests"] == ["lab: vcf/retry-task/r1"]
    assert result["warnedTests"] == ["other: vcf/retry-task/r0"]


def test_tests_stand_target_by_target(fleet: Callable[[int], Json]) -> None:
    passed = result_of(fleet(12))["passedTests"]

    assert [name.partition(":")[0] for name in passed] == sorted(name.partition(":")[0] for name in passed)
    assert passed[0] == "lab-000: vcf/retry-task/done"


@pytest.mark.parametrize(
    ("outcomes", "level", "result"),
    [
        (["passed", "inapplicable"], "must", "PASSED"),
        (["passed", "deviation"], "should", "WARNED"),
        (["passed", "failed"], "must", "FAILED"),
        (["passed", "untestable"], "must", "FAILED"),
        (["passed", "error"], "must", "FAILED"),
    ],
)
def test_the_result_is_failed_where_something_failed_or_stays_open(
    outcomes: list[str], level: str, result: str
) -> None:
    assert result_of(report(lab(*outcomes, level=level)))["result"] == result


def test_a_selection_that_is_empty_has_not_passed() -> None:
    document = report({**lab("not_run"), "verdict": "conformant"})
    document["run"] |= PARTIAL

    assert result_of(document)["result"] == "FAILED"


def test_a_target_that_was_not_selected_takes_nothing_from_the_others() -> None:
    document = report(lab("passed"), {**lab("not_run"), "verdict": "conformant", "name": "other"})
    document["run"] |= PARTIAL

    assert result_of(document)["result"] == "PASSED"


def test_the_predicate_of_ours_binds_the_report_to_its_circumstances(document: Json) -> None:
    document["run"] |= {"proof": "fresh", "proof_sha256": "5a" * 32, "shard": "2/5", "partial": True}

    said = conformance_of(document)

    assert said["report"]["digest"] == {"sha256": SHA256}
    assert said["proof"] == {"standing": "fresh", "sha256": "5a" * 32}
    assert {key: said[key] for key in ("suite_version", "catalogue_sha256", "seed", "started", "complete")} == {
        key: document["run"][key] for key in ("suite_version", "catalogue_sha256", "seed", "started", "complete")
    }
    assert (said["partial"], said["shard"], said["verdict"]) == (True, "2/5", "non-conformant")
    assert said["targets"][0]["base_url"] == "https://vcf.example.test"
    assert said["targets"][0]["counts"] == document["targets"][0]["counts"]


def test_what_a_report_does_not_say_stands_as_null(conforming: Json) -> None:
    said = conformance_of(conforming)

    assert (said["shard"], said["proof"]) == (None, {"standing": None, "sha256": None})


def test_a_statement_is_one_line_without_anything_that_a_terminal_obeys() -> None:
    document = report({**lab("passed"), "name": f"{HOSTILE}\x7f"})

    text = serialised(statements(Written(document), SHA256)[CONFORMANCE])

    assert text.isascii()
    assert text.isprintable()
    assert json.loads(text)["predicate"]["targets"][0]["name"] == f"{HOSTILE}\x7f"


def test_each_target_has_its_figure_where_its_documents_are_known(document: Json) -> None:
    told = [each.get("statements") for each in conformance_of(document)["targets"]]

    assert told == [
        {"of": 6, "violated": 4, "unverified": 2, "verified": 0, "inapplicable": 0},
        None,
        {"of": 3, "violated": 0, "unverified": 0, "verified": 2, "inapplicable": 1},
    ]
