from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import xmlschema
from junitparser import Error, Failure, JUnitXml, Skipped

from assay.model import Outcome
from assay.report import junit
from assay.report.account import CURL_SHOWN

Json = dict[str, Any]

JENKINS = Path(__file__).parent / "formats" / "junit-10.xsd"
"""The schema of Jenkins's xunit plugin, as pytest ships it with its tests."""


@pytest.fixture
def root(document: Json) -> ET.Element:
    return ET.fromstring(junit.render(document).encode())  # noqa: S314 - our own output


def case(root: ET.Element, slug: str) -> ET.Element:
    return next(each for each in root.iter("testcase") if each.get("name", "").endswith(f"/{slug}"))


def test_there_is_one_suite_per_target_and_operation(root: ET.Element) -> None:
    assert [each.get("name") for each in root] == [
        "sddc-manager-lab: vcf/retry-task",
        "zuora-apisandbox: zuora/import-workflow",
        "zuora-apisandbox: zuora/rerun-task",
        "zuora-apisandbox: zuora/update-tasks",
        "oneprovider-krakow: onedata/rerun-execution",
    ]


def test_every_requirement_is_a_case_with_its_id_as_name(document: Json, root: ET.Element) -> None:
    named = [each["id"] for target in document["targets"] for each in target["requirements"]]

    assert sorted(each.get("name", "") for each in root.iter("testcase")) == sorted(named)
    assert root.get("tests") == str(len(named))


def test_a_class_is_an_operation_of_a_target(root: ET.Element) -> None:
    # Jenkins makes a package of what stands before the last dot.
    assert case(root, "crash").get("classname") == "sddc-manager-lab.vcf/retry-task"


def test_no_two_cases_are_told_apart_by_their_suite_alone(document: Json) -> None:
    twin = {**document["targets"][0], "name": "the other lab"}

    root = ET.fromstring(junit.render({**document, "targets": [*document["targets"], twin]}))  # noqa: S314 - our own output

    names = [(each.get("classname"), each.get("name")) for each in root.iter("testcase")]
    assert len(set(names)) == len(names)


def test_jenkins_finds_nothing_wrong_with_it(document: Json) -> None:
    assert list(xmlschema.XMLSchema(JENKINS).iter_errors(junit.render(document))) == []


@pytest.mark.parametrize(
    ("slug", "tag", "kind", "message"),
    [
        ("unknown-task", "failure", "failed", "expected 404, got 200"),
        ("crash", "error", "error", "KeyError: 'task_id' in test_retry_task.py, line 41"),
        ("no-credentials", "skipped", "deviation", "deviation: expected a refusal (4xx), got 200"),
        (
            "slow",
            "skipped",
            "inconclusive",
            "inconclusive: no whole answer within 10 s: connection reset after 512 bytes",
        ),
        ("late", "skipped", "not_run", "not_run: the deadline of 900 s was over"),
        ("entity", "skipped", "inapplicable", "inapplicable: the target declares that it lacks multi_entity"),
    ],
)
def test_nothing_but_a_pass_reads_as_green(root: ET.Element, slug: str, tag: str, kind: str, message: str) -> None:
    result = case(root, slug).find(tag)

    assert result is not None
    assert (result.get("type"), result.get("message")) == (kind, message)


def test_only_passed_requirements_stand_without_a_result(document: Json, root: ET.Element) -> None:
    passed = sum(each["outcome"] == "passed" for target in document["targets"] for each in target["requirements"])

    bare = [each for each in root.iter("testcase") if [child.tag for child in each] == ["system-out"]]

    assert len(bare) == passed


def test_a_failure_says_what_is_promised_and_how_to_do_it_again(document: Json, root: ET.Element) -> None:
    text = case(root, "unknown-task").findtext("failure") or ""

    assert "It is promised: Retrying a task that does not exist is answered with 404 and an Error." in text
    assert "Request (control, a known task): PATCH https://vcf.example.test/v1/tasks/a1 -> 200 OK" in text
    assert document["targets"][0]["requirements"][0]["checks"][0]["exchanges"][1]["curl"] in text
    assert "Step by step: 1 control a known task → 200, 2 an unknown task → 200" in text
    assert (
        "assay run --target TARGET.toml --seed 20260301 --only vcf/retry-task/unknown-task --report-dir reports/again"
        in text
    )


def test_each_check_of_a_case_says_what_became_of_it(root: ET.Element) -> None:
    text = case(root, "unknown-task").findtext("failure") or ""

    assert [line for line in text.splitlines() if line.startswith("Check ")] == [
        "Check a_task_that_does_not_exist: failed: expected 404, got 200",
        "Check a_task_id_of_another_form: failed: expected 404, got 500",
        "Check shape[404]: passed",
    ]


def test_what_was_skipped_says_so_where_each_ci_system_looks(root: ET.Element) -> None:
    skipped = case(root, "no-credentials")

    assert "curl " in (skipped.findtext("skipped") or "")
    assert skipped.findtext("system-out") == skipped.findtext("skipped")


def test_an_exchange_without_an_answer_says_what_happened(root: ET.Element) -> None:
    assert "-> reset after 512 bytes" in (case(root, "slow").findtext("skipped") or "")


def test_the_exchanges_of_a_fuzz_check_are_bounded(root: ET.Element) -> None:
    text = case(root, "fuzz").findtext("skipped") or ""

    assert "Exchanges, 6 of 40:" in text
    assert text.count("curl -sS") == 6


def test_a_command_is_left_out_rather_than_cut(document: Json) -> None:
    document["targets"][0]["requirements"][0]["checks"][0]["exchanges"][0]["curl"] = "curl " + "x" * CURL_SHOWN

    text = case(ET.fromstring(junit.render(document)), "unknown-task").findtext("failure") or ""  # noqa: S314 - our own output

    assert "(the curl line has 16,389 characters: see report.json)" in text


def test_what_xml_forbids_is_spelled_out(root: ET.Element) -> None:
    message = case(root, "hostile-body").find("failure").get("message")  # type: ignore[union-attr]  # it is there

    assert "<script>alert('owned')</script>]]>\\x1b[31m" in str(message)


def test_no_line_begins_with_what_a_server_chose(root: ET.Element) -> None:
    texts = [text for each in root.iter("testcase") for child in each if (text := child.text)]

    ours = (
        "Check ",
        "It is promised: ",
        "It rests on ",
        "Level ",
        "Request",
        "Exchanges, ",
        "Step by step: ",
        "Only this one again: ",
        "curl ",
        *map(str, Outcome),
    )
    assert [line for text in texts for line in text.splitlines() if line and not line.startswith(ours)] == []


def test_a_server_names_no_file_that_a_ci_system_attaches(document: Json) -> None:
    document["targets"][0]["requirements"][0]["checks"][0]["message"] = "got [[attachment|/etc/passwd]]"

    text = "".join(ET.fromstring(junit.render(document)).itertext())  # noqa: S314 - our own output

    assert "got \\x5b[attachment|/etc/passwd]]" in text
    assert "[[attachment|" not in text


def test_a_suite_says_what_it_was_run_with(root: ET.Element) -> None:
    properties = {each.get("name"): each.get("value") for each in root[0].iterfind("properties/property")}

    assert properties["seed"] == "20260301"
    assert properties["verdict"] == "non-conformant"


def test_an_odd_time_zone_is_turned_into_utc(document: Json) -> None:
    document["run"]["started"] = "2026-03-01T09:30:00+02:00"

    assert 'timestamp="2026-03-01T07:30:00"' in junit.render(document)


def test_lone_surrogates_do_not_keep_the_file_from_being_written(document: Json) -> None:
    document["targets"][0]["requirements"][0]["checks"][0]["message"] = "got \ud800"

    assert "got \\ud800" in junit.render(document).encode().decode()


def test_another_parser_counts_the_same(document: Json) -> None:
    suites = JUnitXml.fromstring(junit.render(document).encode())

    results = [result for suite in suites for each in suite for result in each.result]
    assert (suites.failures, suites.errors, suites.skipped) == (
        sum(isinstance(each, Failure) for each in results),
        sum(isinstance(each, Error) for each in results),
        sum(isinstance(each, Skipped) for each in results),
    )
    assert (suites.failures, suites.errors) == (4, 1)


def test_a_case_says_what_it_rests_on(root: ET.Element) -> None:
    text = case(root, "unknown-task").findtext("failure", "")

    assert "It rests on Retry Task, Path Parameters: id is a string\n" in text
    assert "It rests on Retry Task, Responses 404: status of an unknown task\n" in text


def test_a_case_on_no_statement_says_what_it_rests_on(root: ET.Element) -> None:
    assert "It rests on no statement, but on this: RFC 9110, section 15.5.2" in case(root, "no-credentials").findtext(
        "skipped", ""
    )


def test_the_figure_of_a_target_is_a_property_of_its_suites(root: ET.Element) -> None:
    figures = [each.get("value") for each in root.iter("property") if each.get("name") == "statements"]

    assert figures == [
        "0 of 6 statements verified, 4 violated, 2 not verified",
        "2 of 3 statements verified, 1 not applicable",
    ]


def test_a_report_without_documents_says_nothing_of_statements(undocumented: Json) -> None:
    text = junit.render(undocumented)

    assert "statements" not in text
    assert "It rests on" not in text
