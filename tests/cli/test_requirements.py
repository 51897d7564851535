"""`assay requirements` lists what is checked, to people and to programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from assay import catalogue, sources

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Called


def listed(called: Called) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(called.out)
    return found


def test_every_requirement_is_listed_with_its_source(call: Callable[..., Called]) -> None:
    called = call("requirements")

    ids = [line.split()[0] for line in called.out.splitlines() if line.startswith(("zuora/", "vcf/", "onedata/"))]
    assert called.code == 0
    assert ids == [name for contract in catalogue.load().values() for name in contract.requirements]


def test_the_list_ends_with_its_figures(call: Callable[..., Called]) -> None:
    called = call("requirements", "*/failed-task")

    first, *middle, last = called.out.splitlines()
    assert first == "vcf/retry-task/failed-task  must"
    assert all(line.startswith("    ") for line in middle)
    assert last == "1 requirement, 3 checks"


def test_several_patterns_select_what_any_of_them_matches(call: Callable[..., Called]) -> None:
    found = listed(call("requirements", "--json", "vcf/*/failed-task", "onedata/*"))

    assert {each["id"].partition("/")[0] for each in found} == {"vcf", "onedata"}
    assert [each["id"] for each in found if each["id"].startswith("vcf/")] == ["vcf/retry-task/failed-task"]


def test_as_json_it_says_what_each_check_takes(call: Callable[..., Called]) -> None:
    (found,) = listed(call("requirements", "--json", "vcf/retry-task/unfailed-task"))

    assert found == {
        "id": "vcf/retry-task/unfailed-task",
        "operation": "vcf/retry-task",
        "level": "must",
        "statement": catalogue.load()["vcf"].requirements["vcf/retry-task/unfailed-task"].statement,
        "source": {"document": "002_7e067a1c7b8f46e8.txt", "section": found["source"]["section"]},
        "checks": ["a_task_that_has_not_failed_is_refused", "a_task_that_has_not_failed_is_refused_in_other_forms"],
        "states": ["failed_task", "unfailed_task"],
        "statements": found["statements"],
    }


def test_as_json_it_names_the_statements_on_which_a_requirement_rests(call: Callable[..., Called]) -> None:
    (found,) = listed(call("requirements", "--json", "vcf/retry-task/unfailed-task"))

    ledger = sources.load()["vcf/retry-task"]
    assert [(each["number"], each["digest"]) for each in found["statements"]] == [
        (number, each.key) for number, each in enumerate(ledger.statements, 1) if found["id"] in each.requirements
    ]
    assert {each["operation"] for each in found["statements"]} == {"vcf/retry-task"}
    assert {"section": "Responses 409", "kind": "status"}.items() <= found["statements"][1].items()


def test_a_requirement_is_listed_with_its_statements(call: Callable[..., Called]) -> None:
    called = call("requirements", "vcf/*/unfailed-task")

    said = sources.load()["vcf/retry-task"].on("vcf/retry-task/unfailed-task")
    assert said
    assert [line.partition(". ")[2] for line in called.out.splitlines() if line.startswith("      ")] == [
        f"{each.section}: {each.gist}" for each in said
    ]


def test_statements_in_the_document_of_another_operation_are_listed_behind_its_own(
    call: Callable[..., Called],
) -> None:
    (found,) = listed(call("requirements", "--json", "zuora/rerun-task/success-body"))

    documents = list(dict.fromkeys(each["operation"] for each in found["statements"]))
    assert documents == ["zuora/rerun-task", "zuora/update-tasks"]


def test_a_requirement_that_no_statement_founds_is_listed_with_what_it_rests_on(call: Callable[..., Called]) -> None:
    called = call("requirements")

    founded = [each for contract in catalogue.load().values() for each in contract.requirements.values()]
    rests_on = [f"      rests on no statement, but on this: {each.rests_on}" for each in founded if each.rests_on]
    assert rests_on
    assert [line for line in called.out.splitlines() if line.startswith("      rests on ")] == rests_on


def test_as_json_a_note_is_there_where_the_requirement_has_one(call: Callable[..., Called]) -> None:
    found = listed(call("requirements", "--json"))

    noted = {each.id for contract in catalogue.load().values() for each in contract.requirements.values() if each.note}
    assert {each["id"] for each in found if "note" in each} == noted
    assert noted


def test_a_pattern_that_matches_nothing_is_told_with_what_is_near(call: Callable[..., Called]) -> None:
    called = call("requirements", "vcf/retry-task/failed-tasks")

    assert (called.code, called.out) == (2, "")
    assert called.err == (
        "assay: no requirement matches vcf/retry-task/failed-tasks; did you mean 'vcf/retry-task/failed-task'?\n"
    )
