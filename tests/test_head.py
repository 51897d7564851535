"""The head of a journal carries what reports say of the catalogue: they are made from the journal alone."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from assay import catalogue
from assay.head import head
from assay.plan import Plan
from assay.proof import Standing, Summary
from assay.sources.draft import draft

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from assay.model import Contract

PAGE = "# Retry Task\n\nRetry a failed task.\n\n## Responses\n\n### 404\n\nThe task is unknown.\n"


@pytest.fixture
def vcf(tmp_path: Path) -> Contract:
    """Return a contract in whose folder there is a ledger, of which nobody has said anything yet."""
    ledger = tmp_path / "retry-task" / "sources.yaml"
    ledger.parent.mkdir()
    ledger.write_text(draft("page.md", PAGE, None), encoding="utf-8")
    return dataclasses.replace(catalogue.load()["vcf"], folder=tmp_path)


def declared(contract: Contract, folder: Path) -> dict[str, Any]:
    """Return what the head of a journal says of a contract."""
    plan = Plan((), only=(), seed=1, fuzz_examples=0, deadline=0.0, workers=0, folder=folder)
    found: dict[str, Any] = head(plan, {"vcf": contract}, 0.0, Summary(Standing.ABSENT))["contracts"]["vcf"]
    return found


def test_it_carries_the_documents_of_a_contract_statement_by_statement(vcf: Contract, tmp_path: Path) -> None:
    (document,) = declared(vcf, tmp_path)["documents"]

    assert document["operation"] == "vcf/retry-task"
    assert [(each["number"], each["section"], each["kind"]) for each in document["statements"]] == [
        (1, "Retry Task", "heading"),
        (2, "Retry Task", "sentence"),
        (3, "Responses", "heading"),
        (4, "Responses 404", "status"),
        (5, "Responses 404", "sentence"),
    ]


def test_it_carries_none_of_a_contract_that_was_not_read_from_files(vcf: Contract, tmp_path: Path) -> None:
    assert declared(dataclasses.replace(vcf, folder=None), tmp_path)["documents"] == []


def test_it_carries_what_a_requirement_rests_on_that_no_statement_founds(vcf: Contract, tmp_path: Path) -> None:
    name, found = next(iter(vcf.requirements.items()))
    founded = dataclasses.replace(vcf, requirements={name: dataclasses.replace(found, rests_on="RFC 9110")})

    assert declared(founded, tmp_path)["requirements"][0]["rests_on"] == "RFC 9110"
