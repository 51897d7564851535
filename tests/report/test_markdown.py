from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import cmarkgfm
import html5lib  # type: ignore[import-untyped]  # it has no types
import pytest
from cmarkgfm.cmark import Options

from assay.report.document import Written, pieces
from assay.report.markdown import LIMIT, MarkdownView
from tests.report.conftest import check, exchange, report, requirement, target

if TYPE_CHECKING:
    from collections.abc import Callable
    from xml.etree import ElementTree as ET

Json = dict[str, Any]


def text_of(document: Json) -> str:
    made = Written(document)
    return "".join(pieces(made, MarkdownView(made)))


def rendered(document: Json) -> ET.Element:
    text = cmarkgfm.github_flavored_markdown_to_html(text_of(document), Options.CMARK_OPT_UNSAFE)
    root: ET.Element = html5lib.parse(text, namespaceHTMLElements=False)
    return root


def headings(root: ET.Element, tag: str) -> list[str]:
    return ["".join(each.itertext()) for each in root.iter(tag)]


def rows(root: ET.Element, table: int) -> list[list[str]]:
    return [["".join(each.itertext()) for each in row] for row in root.findall(".//table")[table].iter("tr")]


def many_findings(number: int, message: str) -> Json:
    url = "https://vcf.example.test/v1/tasks"
    return target(
        "lab",
        "vcf",
        *[
            requirement(
                f"vcf/retry-task/r{each}",
                "It holds.",
                check("held", "failed", f"{message} {'y' * each}", exchange("PATCH", url, 200, sent="x" * 2000)),
            )
            for each in range(number)
        ],
    )


def test_the_verdict_stands_first_with_its_reason(conforming: Json) -> None:
    assert text_of(conforming).splitlines()[:3] == [
        "# ✅ Conformant: `oneprovider-krakow`",
        "",
        "Every requirement that applies has passed, 5 in all; 1 inapplicable.",
    ]


def test_each_target_of_a_few_has_its_verdict(document: Json) -> None:
    root = rendered(document)

    assert headings(root, "h1") == ["❌ Non-conformant"]
    assert headings(root, "h2") == [
        "❌ Non-conformant: sddc-manager-lab",
        "⚠️ Not fully verified: zuora-apisandbox",
        "✅ Conformant: oneprovider-krakow",
        "The documents, statement by statement",
    ]


def test_outcomes_are_counted_for_each_operation(document: Json) -> None:
    assert rows(rendered(document), 1) == [
        ["operation", "deviation", "untestable", "not run", "passed", "inapplicable"],
        ["zuora/import-workflow", "2", "1", "0", "0", "0"],
        ["zuora/rerun-task", "0", "1", "1", "0", "1"],
        ["zuora/update-tasks", "0", "1", "0", "12", "0"],
    ]


def test_a_finding_says_what_was_expected_what_came_and_how_to_see_it_again(document: Json) -> None:
    root = rendered(document)

    items = ["".join(each.itertext()) for each in root.find(".//ul")]  # type: ignore[union-attr]  # it is there
    commands = ["".join(each.itertext()).rstrip("\n") for each in root.iter("pre")]
    assert headings(root, "h4")[0] == "failed: vcf/retry-task/unknown-task"
    assert items == [
        "expected 404",
        "got 200",
        "said in 002_7e067a1c7b8f46e8.txt, Responses 404",
        "rests on Retry Task, Path Parameters: id is a string",
        "rests on Retry Task, Responses 404: status of an unknown task",
        "checked by a_task_that_does_not_exist",
        "step by step: 1 control a known task → 200, 2 an unknown task → 200",
    ]
    assert commands[:2] == [
        document["targets"][0]["requirements"][0]["checks"][0]["exchanges"][1]["curl"],
        "assay run --target TARGET.toml --seed 20260301 --only vcf/retry-task/unknown-task --report-dir reports/again",
    ]


def test_what_repeats_a_finding_stands_first_where_the_curl_line_does_not() -> None:
    url = "https://vcf.example.test/v1/tasks/a1"
    used = check("done", "failed", "expected 404, got 200", exchange("PATCH", url, 200))
    used["given"] = [{"state": "failed_task", "by": "listed", "values": {"task_id": "a1"}, "used_up": True}]
    document = report(target("lab", "vcf", requirement("vcf/retry-task/done", "It.", used), file="labs/a lab.toml"))

    root = rendered(document)

    run, _ = ("".join(each.itertext()).rstrip("\n") for each in root.iter("pre"))
    assert run == (
        "assay run --target 'labs/a lab.toml' --seed 20260301 --only vcf/retry-task/done --report-dir reports/again"
    )
    assert "The curl line needs a fresh failed_task (a1 was used by this run)" in "".join(root.itertext())


def test_findings_with_one_cause_are_told_once() -> None:
    url = "https://vcf.example.test/v1/tasks"
    wrong = check("shape", "failed", "expected a number at $.time, got 1", exchange("PATCH", url, 404))
    document = report(
        target("lab", "vcf", *[requirement(f"vcf/retry-task/r{each}", "It holds.", wrong) for each in range(30)])
    )

    root = rendered(document)
    assert headings(root, "h4") == ["failed: vcf/retry-task/r0"]
    assert ["".join(each.itertext()) for each in root.findall(".//ul")[1]] == [
        *[f"failed: vcf/retry-task/r{each}" for each in range(1, 21)],
        "and 9 more",
    ]


def test_commands_are_folded(document: Json) -> None:
    root = rendered(document)

    assert len(list(root.iter("pre"))) == 15
    assert headings(root, "summary").count("See it again") == 8
    assert len(list(root.iter("details"))) == len(headings(root, "summary"))


def test_what_was_not_tested_says_why(document: Json) -> None:
    text = text_of(document)

    assert (
        "- **untestable**, 3 checks of 3 requirements: `state caller_without_manage_access was not provided: "
        "add [states.caller_without_manage_access] with token`" in text
    )


def test_what_a_server_said_is_code_and_nothing_else(document: Json, hostile: str) -> None:
    root = rendered(document)

    assert "<script>alert('owned')</script>" in "".join(root.itertext())
    assert {each.tag for each in root.iter()} == {
        "html", "head", "body", "h1", "h2", "h3", "h4", "p", "ul", "li", "code", "pre", "strong", "sub", "details",
        "summary", "table", "thead", "tbody", "tr", "th", "td",
    }  # fmt: skip
    assert hostile not in text_of(document)


def test_no_line_begins_with_what_a_server_or_a_document_chose(document: Json) -> None:
    attack = "/close\n/assign @me\n</details>\n# Fine\n::error ::x\n##vso[task.complete]"
    for each in document["targets"]:
        each["name"] = each["base_url"] = each["problem"] = attack
        for one in each["requirements"]:
            one["message"] = one["statement"] = one["checks"][0]["message"] = attack

    text = text_of(document)
    assert "assign" in text
    assert re.search(r"^\s*(/|::|##vso|# Fine)", text, re.MULTILINE) is None
    assert "##vso[" not in text


@pytest.mark.parametrize("message", ["x" * 400, "`" * 400, "é" * 400], ids=["letters", "ticks", "accents"])
def test_it_fits_into_a_comment_and_says_what_was_left_out(message: str) -> None:
    text = text_of(report(many_findings(200, message)))

    assert len(text) <= LIMIT
    assert re.search(r"\*\*\d+ more parts had no room here", text)


def test_no_target_takes_the_room_of_another(conforming: Json) -> None:
    crowded = {**many_findings(200, "x" * 400), "name": "crowded"}

    text = text_of(report(crowded, conforming["targets"][0]))
    assert "## ✅ Conformant: `oneprovider-krakow`" in text
    assert len(text) <= LIMIT


def test_a_long_command_is_left_out_rather_than_cut(document: Json) -> None:
    document["targets"][0]["requirements"][0]["checks"][0]["exchanges"][1]["curl"] = "curl " + "x" * 5000

    assert "The curl line has 5,005 characters; it stands in report.html." in text_of(document)


def test_that_nobody_answered_is_told_behind_the_verdict(unanswered: Json) -> None:
    lines = [line for line in text_of(unanswered).splitlines() if line]

    assert lines[2].startswith("**No target gave a single HTTP answer: `assay doctor --target FILE`")


def waived(document: Json, number: int, state: str) -> Json:
    """Let a requirement of the first target have a waiver."""
    said = {"reason": "Known.", "owner": "ann", "expires": "2026-12-01", "fingerprint": "a" * 16, "state": state}
    found: Json = document["targets"][0]["requirements"][number] | {"fingerprint": "b" * 16, "waiver": said}
    document["targets"][0]["requirements"][number] = found
    return found


def test_a_stale_waiver_is_told_behind_the_verdict(conforming: Json) -> None:
    id_ = waived(conforming, 0, "unused")["id"]

    lines = [line for line in text_of(conforming).splitlines() if line]

    assert lines[2:4] == [
        "**Stale waivers fail the build:**",
        f"- `{id_}` at `oneprovider-krakow`: `it passes: take its waiver out of the file`",
    ]


def test_of_findings_with_one_cause_each_says_whether_it_is_waived() -> None:
    document = report(many_findings(3, "it does not hold"))
    for each in document["targets"][0]["requirements"]:
        each["checks"][0]["message"] = each["message"] = "it does not hold"
    waived(document, 1, "used")

    items = headings(rendered(document), "li")

    assert "failed, waived: vcf/retry-task/r1" in items
    assert "failed: vcf/retry-task/r2" in items


def test_of_many_targets_it_says_what_the_waivers_leave(fleet: Callable[[int], Json]) -> None:
    document = fleet(12)
    sick = document["targets"][4]
    document["targets"] = [sick, *(each for each in document["targets"] if each["verdict"] == "conformant")]
    place = [each["outcome"] for each in sick["requirements"]].index("failed")
    waived(document, place, "used")
    sick["verdict_but_for_waivers"] = "conformant"

    assert "Apart from what is waived, 1 failure in all: Conformant\n" in text_of(document)


def test_many_targets_are_told_together(fleet: Callable[[int], Json]) -> None:
    root = rendered(fleet(12))

    assert headings(root, "h1") == ["❌ Non-conformant"]
    assert "12 targets: 2 non-conformant, 1 not fully verified, 9 conformant." in "".join(root.itertext())
    assert rows(root, 0)[:4] == [
        ["target", "verdict", "failed", "untestable", "passed", "inapplicable"],
        ["lab-004", "Non-conformant", "1", "0", "2", "1"],
        ["lab-009", "Non-conformant", "1", "0", "2", "1"],
        ["lab-002", "Not fully verified", "0", "1", "2", "1"],
    ]
    assert "On 2 of 12 targets: lab-004, lab-009." in "".join(root.itertext())


def test_two_hundred_targets_fit_into_a_comment(fleet: Callable[[int], Json]) -> None:
    assert len(text_of(fleet(200))) <= LIMIT


def test_a_shard_says_that_it_is_one(document: Json) -> None:
    document["run"] |= {"partial": True, "shard": "2/5"}

    assert "Only the checks of shard 2/5 were run." in text_of(document)


def test_one_report_gives_one_text(document: Json) -> None:
    assert text_of(document) == text_of(document)


def test_each_target_has_its_figure(document: Json) -> None:
    text = text_of(document)

    assert "\n0 of 6 statements verified, 4 violated, 2 not verified.\n" in text
    assert "\n2 of 3 statements verified, 1 not applicable.\n" in text


def test_documents_are_folded_and_read_statement_by_statement(document: Json) -> None:
    root = rendered(document)

    assert headings(root, "summary")[-2:] == [
        "Retry Task: 0 of 6 statements verified, 4 violated, 2 not verified",
        "Rerun Workflow Execution: 2 of 3 statements verified, 1 not applicable",
    ]
    assert rows(root, -2)[1:6] == [
        ["", "Overview", "", ""],
        ["1", "name of the page", "informative", "a heading"],
        ["2", "only a failed task is retried", "not verified", "slow, unfailed-task"],
        ["", "Path Parameters", "", ""],
        ["3", "id is a string", "violated", "unknown-task"],
    ]


def test_of_several_targets_a_statement_counts_them(fleet: Callable[[int], Json]) -> None:
    assert rows(rendered(fleet(25)), -1)[3] == [
        "2", "an unknown one is refused", "violated on 5 of 25, verified on 20 of 25", "unknown-task"
    ]  # fmt: skip


def test_of_a_document_without_room_only_what_is_not_verified_is_listed(fleet: Callable[[int], Json]) -> None:
    document = fleet(5)
    (page,) = document["documents"]
    page["statements"] += [{**page["statements"][0], "number": number} for number in range(6, 2000)]

    text = text_of(document)

    assert len(text) < LIMIT
    assert "Only what is not verified; all of it is in report.html." in text
    assert [row[0] for row in rows(rendered(document), -1)] == ["", "", "2", "3"]


def test_a_document_that_leaves_no_room_at_all_is_counted(fleet: Callable[[int], Json]) -> None:
    document = fleet(5)
    document["documents"][0]["address"] = "x" * LIMIT

    assert "1 more part had no room here" in text_of(document)


def test_a_gist_is_no_markup(conforming: Json) -> None:
    conforming["documents"][0]["statements"][0]["gist"] = "a | b <b>@all</b>\n# c"

    root = rendered(conforming)

    assert rows(root, -1)[2][1].replace("\u200b", "") == "a | b <b>@all</b>\\n# c"
    assert list(root.iter("b")) == []


def test_a_report_without_documents_says_nothing_of_statements(undocumented: Json) -> None:
    assert "statement" not in text_of(undocumented)
