"""`assay sources` accounts for the documents, and names what newer copies of them touch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from assay import catalogue, sources

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Called


def test_every_document_is_listed_and_accounted_for(call: Callable[..., Called]) -> None:
    called = call("sources")

    operations = [each for contract in catalogue.load().values() for each in contract.operations]
    assert called.code == 0
    assert [line.split()[0] for line in called.out.splitlines() if line.startswith(tuple(operations))] == operations
    assert called.out.splitlines()[-1].endswith("every one of them accounted for")


def test_as_json_each_statement_has_its_fate(call: Callable[..., Called]) -> None:
    called = call("sources", "--json", "vcf/*")

    told = json.loads(called.out)
    (document,) = told["documents"]
    counts = document["counts"]
    assert document["operation"] == "vcf/retry-task"
    assert counts["statements"] == len(document["statements"]) == len(sources.load()["vcf/retry-task"].statements)
    assert counts["statements"] == sum(number for name, number in counts.items() if name != "statements")
    assert told["gaps"] == []


def test_as_json_each_ambiguity_names_the_statements_that_open_it(call: Callable[..., Called]) -> None:
    told = json.loads(call("sources", "--json").out)

    ids = [each.id for contract in catalogue.load().values() for each in contract.ambiguities]
    assert [each["id"] for each in told["ambiguities"]] == ids
    assert all(each["opened_by"] and each["readings"] and each["requirements"] for each in told["ambiguities"])


def test_an_unknown_operation_is_told(call: Callable[..., Called]) -> None:
    called = call("sources", "vcf/retry-tasks")

    assert called.code == 2
    assert "no operation matches vcf/retry-tasks; did you mean 'vcf/retry-task'?" in called.err


def test_a_draft_is_yaml(call: Callable[..., Called], tmp_path: Path) -> None:
    page = tmp_path / "page.txt"
    page.write_text("Crates\n\nA crate is sealed once.\n\n404\n\nCrate not found\n")

    called = call("sources", "--draft", str(page))

    drafted = yaml.safe_load(called.out)
    assert called.code == 0
    assert drafted["document"] == "page.txt"
    assert [each["kind"] for section in drafted["sections"] for each in section["statements"]] == [
        "sentence",
        "sentence",
        "status",
        "sentence",
    ]


@pytest.mark.parametrize("other", [["--json"], ["--documents", "."]])
def test_a_draft_goes_with_nothing_else(call: Callable[..., Called], tmp_path: Path, other: list[str]) -> None:
    page = tmp_path / "page.txt"
    page.write_text("Crates")

    called = call("sources", "--draft", str(page), *other)

    assert called.code == 2
    assert "--draft prints YAML" in called.err


DEPOT = Path(__file__).parents[1] / "packs" / "depot"


def test_documents_without_a_copy_are_no_drift_and_not_green_either(call: Callable[..., Called]) -> None:
    called = call("sources", "--contracts", str(DEPOT), "--documents", str(DEPOT / "documents"))

    assert called.code == 3
    assert "vcf/retry-task  002_7e067a1c7b8f46e8.txt  not compared: there is no copy of it" in called.out
    assert called.out.splitlines()[-1] == "No drift in what was compared; 5 documents not compared"


def test_every_document_compared_and_the_same_is_green(call: Callable[..., Called]) -> None:
    called = call("sources", "depot/*", "--contracts", str(DEPOT), "--documents", str(DEPOT / "documents"))

    assert called.code == 0
    assert called.out.splitlines()[-1] == "No drift: every statement is still there, and there is no other"


def test_a_folder_without_a_copy_is_told(call: Callable[..., Called], tmp_path: Path) -> None:
    called = call("sources", "--documents", str(tmp_path))

    assert called.code == 2
    assert "holds no copy of any document" in called.err


@pytest.mark.parametrize("arguments", [["--documents", "pages"], ["--draft", "page.txt"]])
def test_what_is_not_there_is_told(call: Callable[..., Called], arguments: list[str]) -> None:
    called = call("sources", *arguments)

    assert called.code == 2
    assert arguments[1] in called.err
