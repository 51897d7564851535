"""A document is read statement by statement, with what becomes of each on the targets of its contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from assay.model import Outcome
from assay.report.document import Written
from assay.report.documents import Document, Read, documents
from assay.report.statements import Standing
from tests.report.conftest import VCF_DOCUMENT, everything, figures, onedata_target, report, source_document, statement

if TYPE_CHECKING:
    from collections.abc import Callable

Json = dict[str, Any]


def first(document: Json) -> Document:
    return next(documents(Written(document)))


def reads(document: Document) -> list[Read]:
    return [each for section in document.sections for each in section.statements]


def test_documents_stand_in_the_order_of_the_report() -> None:
    found = documents(Written(everything()))

    assert [each.operation for each in found] == ["vcf/retry-task", "onedata/rerun-execution"]


def test_a_document_of_a_contract_that_judges_no_target_is_left_out() -> None:
    document = {**report(onedata_target()), "documents": [VCF_DOCUMENT]}

    assert list(documents(Written(document))) == []


def test_a_document_has_its_figure_on_each_target(fleet: Callable[[int], Json]) -> None:
    found = first(fleet(5)).figures

    assert [(position, target["name"]) for position, target, _ in found][3:] == [(4, "lab-003"), (5, "lab-004")]
    assert [figure for _, _, figure in found][3:] == [
        figures(verified=3, inapplicable=1),
        figures(violated=1, verified=2, inapplicable=1),
    ]


def test_a_section_to_which_a_document_comes_back_stands_there_again(conforming: Json) -> None:
    conforming["documents"][0]["statements"][3]["section"] = "Overview"

    assert [each.name for each in first(conforming).sections] == ["Overview", "Errors", "Overview"]


def test_targets_that_make_the_same_of_a_statement_stand_together_the_worst_first(fleet: Callable[[int], Json]) -> None:
    refused = reads(first(fleet(10)))[1]

    assert [(each.standing, [position for position, _ in each.targets]) for each in refused.shares] == [
        (Standing.VIOLATED, [5, 10]),
        (Standing.VERIFIED, [1, 2, 3, 4, 6, 7, 8, 9]),
    ]
    assert refused.everywhere is None


def test_where_nothing_rests_on_a_statement_no_target_makes_anything_of_it(fleet: Callable[[int], Json]) -> None:
    silent = reads(first(fleet(5)))[4]

    assert (silent.shares, silent.requirements) == ([], [])


def test_a_requirement_leads_to_the_first_target_where_it_came_out_worst(fleet: Callable[[int], Json]) -> None:
    (refused,) = reads(first(fleet(10)))[1].requirements

    assert (refused.outcome, refused.position) == (Outcome.FAILED, 5)


def test_a_requirement_of_another_operation_is_called_by_both(conforming: Json) -> None:
    page = source_document("onedata/other", "Other", statement("Overview", "as there", "rerun"))
    page["statements"][0]["requirements"] = ["onedata/rerun-execution/rerun"]
    conforming["documents"] = [page]

    (read,) = reads(first(conforming))

    assert [each.name for each in read.requirements] == ["rerun-execution/rerun"]
    assert read.everywhere is Standing.VERIFIED


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("https://docs.example.test/a", "https://docs.example.test/a"),
        ("http://docs.example.test/a", "http://docs.example.test/a"),
        ("javascript:alert(1)", ""),
        ("https:docs", ""),
        ("https://[docs", ""),
        ("a book, page 12", ""),
    ],
)
def test_only_addresses_on_the_web_are_links(conforming: Json, address: str, link: str) -> None:
    conforming["documents"][0]["address"] = address

    assert first(conforming).link == link
