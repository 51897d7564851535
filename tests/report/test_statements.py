"""What becomes of a statement follows from what rests on it."""

from __future__ import annotations

from typing import Any

import pytest

from assay.model import Outcome
from assay.report.statements import Standing, Statements, figure_in_words, figures, numbers
from tests.report.conftest import source_document, statement

Json = dict[str, Any]

PASSED, INAPPLICABLE = Outcome.PASSED, Outcome.INAPPLICABLE


@pytest.mark.parametrize(
    ("outcomes", "standing"),
    [
        ([PASSED], Standing.VERIFIED),
        ([PASSED, INAPPLICABLE], Standing.VERIFIED),
        ([INAPPLICABLE, INAPPLICABLE], Standing.INAPPLICABLE),
        ([PASSED, Outcome.NOT_RUN], Standing.UNVERIFIED),
        ([PASSED, Outcome.UNTESTABLE], Standing.UNVERIFIED),
        ([INAPPLICABLE, Outcome.INCONCLUSIVE], Standing.UNVERIFIED),
        ([PASSED, Outcome.ERROR], Standing.UNVERIFIED),
        ([PASSED, Outcome.DEVIATION], Standing.VIOLATED),
        ([Outcome.ERROR, Outcome.FAILED], Standing.VIOLATED),
    ],
)
def test_a_statement_stands_as_what_rests_on_it_came_out(outcomes: list[Outcome], standing: Standing) -> None:
    assert Standing.of(outcomes) is standing


@pytest.fixture
def documents() -> list[Json]:
    return [
        source_document(
            "toy/act",
            "Act",
            statement("Overview", "a title", fate="informative", reason="a heading"),
            statement("Responses", "200", "done", "kind"),
            statement("Responses", "", "done", fate="ambiguous", ambiguities=["kinds"], kind="example"),
            statement("Responses", "unclear", fate="ambiguous", ambiguities=["kinds"]),
        )
    ]


def test_requirements_are_told_their_statements_in_the_order_of_the_document(documents: list[Json]) -> None:
    assert numbers(documents) == {"toy/act/done": {"toy/act": [2, 3]}, "toy/act/kind": {"toy/act": [2]}}


def test_a_requirement_rests_on_its_own_document_before_others(documents: list[Json]) -> None:
    other = source_document("toy/undo", "Undo", statement("Responses", "as for act", "done"))
    other["statements"][0]["requirements"] = ["toy/act/done", "toy/undo/done"]

    found = numbers([other, *documents])

    assert list(found["toy/act/done"].items()) == [("toy/act", [2, 3]), ("toy/undo", [1])]
    assert Statements([other, *documents]).basis({"id": "toy/act/done", "statements": {"toy/undo": [1]}}) == [
        "Undo, Responses: as for act"
    ]


def test_only_statements_on_which_something_rests_are_counted(documents: list[Json]) -> None:
    found = figures(documents, {"toy/act/done": Outcome.PASSED, "toy/act/kind": Outcome.FAILED})

    assert found == {"of": 2, "violated": 1, "unverified": 0, "verified": 1, "inapplicable": 0}


def test_what_rests_on_a_requirement_that_the_report_lacks_is_not_verified(documents: list[Json]) -> None:
    found = figures(documents, {"toy/act/done": Outcome.PASSED})

    assert found == {"of": 2, "violated": 0, "unverified": 1, "verified": 1, "inapplicable": 0}


def test_a_requirement_is_told_by_title_section_and_gist_what_it_rests_on(documents: list[Json]) -> None:
    basis = Statements(documents).basis({"id": "toy/act/done", "statements": {"toy/act": [2, 3]}})

    assert basis == ["Act, Responses: 200", "Act, Responses: example"]


def test_a_requirement_that_rests_on_something_else_says_so(documents: list[Json]) -> None:
    basis = Statements(documents).basis({"id": "toy/act/odd", "rests_on": "RFC 9110, section 15.6: 5xx"})

    assert basis == ["no statement, but on this: RFC 9110, section 15.6: 5xx"]


def test_a_requirement_of_an_earlier_report_rests_on_nothing_that_is_known() -> None:
    assert Statements([]).basis({"id": "toy/act/done"}) == []


def test_a_figure_names_what_keeps_statements_from_being_verified() -> None:
    figure = {"of": 1_250, "violated": 2, "unverified": 0, "verified": 1_247, "inapplicable": 1}

    assert figure_in_words(figure) == "1,247 of 1,250 statements verified, 2 violated, 1 not applicable"
