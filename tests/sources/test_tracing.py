"""Whatever is not accounted for, in the document, the requirements or the spec, is a gap with its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from assay import catalogue, sources
from assay.sources import tracing
from assay.sources.ledger import ledgers_of

if TYPE_CHECKING:
    from tests.sources.conftest import Pack


@pytest.mark.parametrize("name", list(catalogue.load()))
def test_the_shipped_documents_have_no_gap(name: str) -> None:
    contract = catalogue.load()[name]

    assert [str(each) for each in tracing.gaps(contract, sources.load())] == []


def test_a_ledger_that_accounts_for_everything_has_no_gap(pack: Pack) -> None:
    assert pack.gaps() == []


@pytest.mark.parametrize("number", range(5))
def test_a_statement_that_is_cut_is_a_gap(pack: Pack, number: int) -> None:
    pack.ledger["sections"][number]["statements"].pop()

    assert "its statements are not those of its digest" in pack.gaps()[0]


def test_statements_in_another_order_are_a_gap(pack: Pack) -> None:
    pack.ledger["sections"][0]["statements"].reverse()

    assert "its statements are not those of its digest" in pack.gaps()[0]


def test_an_operation_without_a_ledger_is_a_gap(pack: Pack) -> None:
    contract = pack.contract()

    assert [str(each) for each in tracing.gaps(contract, {})] == [
        (
            "crates/seal: sources.yaml: there is no ledger of the document; "
            "begin one by `assay sources crates/seal --draft PAGE`"
        )
    ]


def test_a_statement_of_which_nothing_became_is_a_gap(pack: Pack) -> None:
    pack.statement("heading").pop("informative")

    assert [each.rpartition(": ")[2] for each in pack.gaps()] == [
        "no requirement rests on it, and it says no reason",
    ]


def test_a_statement_without_a_gist_is_a_gap(pack: Pack) -> None:
    pack.statement("heading")["gist"] = ""

    assert [each.rpartition(": ")[2] for each in pack.gaps()] == ["has no gist"]


def test_words_of_the_document_in_a_ledger_are_a_gap(pack: Pack) -> None:
    pack.contract()
    file = pack.home / "seal" / "sources.yaml"
    file.write_text(file.read_text() + "      #| Only a packed crate can be sealed.\n")
    contract = catalogue.load_from(pack.folder)["crates"]
    (gap,) = tracing.gaps(contract, ledgers_of(contract, pack.home))

    assert gap.problem == "sentences of the document stand in it as comments of its draft"


def test_a_requirement_that_rests_on_nothing_is_a_gap(pack: Pack) -> None:
    pack.requirements[-1].pop("rests_on")

    assert pack.gaps() == [
        "crates/seal: hygiene: rests on no statement of the document, and does not say what else it rests on"
    ]


def test_a_must_that_rests_on_no_statement_is_a_gap(pack: Pack) -> None:
    pack.requirements[-1]["level"] = "must"

    assert pack.gaps() == ["crates/seal: hygiene: rests on no statement of the document, so that it cannot be a must"]


def test_a_requirement_that_rests_on_statements_names_nothing_else(pack: Pack) -> None:
    pack.requirements[0]["rests_on"] = "RFC 9110"

    assert pack.gaps() == [
        "crates/seal: sealed: rests on statements of the document, and says that it rests on something else"
    ]


def test_an_ambiguity_that_no_statement_opens_is_a_gap(pack: Pack) -> None:
    opened = pack.statement("example", 1)
    opened["requirements"] = [opened.pop("ambiguity") and "error-shape"]

    assert pack.gaps() == ["crates: ambiguity error-text: no statement opens it"]


def test_a_field_of_the_spec_that_no_statement_says_is_a_gap(pack: Pack) -> None:
    pack.spec["components"]["schemas"]["Error"]["properties"]["hint"] = {"type": "string"}

    assert pack.gaps() == [
        f"crates/seal: {status} hint: stands in the spec, and no statement says it" for status in (404, 409, 500)
    ]


def test_a_field_that_the_spec_lacks_is_a_gap(pack: Pack) -> None:
    pack.spec["components"]["schemas"]["Error"]["properties"].pop("errorCode")

    assert len(pack.gaps()) == 3
    assert "leads to '404 errorCode', which is no place of the spec" in pack.gaps()[0]


def test_a_field_that_the_spec_names_only_to_be_null_in_a_reading_is_a_gap(pack: Pack) -> None:
    error = pack.spec["components"]["schemas"]["Error"]
    del error["properties"]["errorCode"]
    reading = {"ambiguity": "error-text", "reading": "x"}
    error["anyOf"] = [{"x-assay-reading": reading, "properties": {"errorCode": {"type": "null"}}}, {}]

    assert "'404 errorCode', which is no place of the spec" in str(pack.gaps())


def test_a_limit_that_no_statement_says_is_a_gap(pack: Pack) -> None:
    schema = pack.spec["paths"]["/v1/crates/{id}"]["patch"]["parameters"][0]["schema"]
    schema["minLength"] = 3

    assert pack.gaps() == ["crates/seal: path id minLength 3: stands in the spec, and no statement says it"]


def test_a_limit_of_another_value_is_a_gap_on_both_sides(pack: Pack) -> None:
    schema = pack.spec["paths"]["/v1/crates/{id}"]["patch"]["parameters"][0]["schema"]
    schema["maxLength"] = 41

    assert [each.partition(": ")[2].partition(":")[0] for each in pack.gaps()] == [
        "path id maxLength 40",
        "path id maxLength 41",
    ]


@pytest.mark.parametrize("values", [["red", "green"], ["red", "green", "blue", "black"], ["red", "blue", "green"]])
def test_values_that_are_not_those_of_the_statement_are_a_gap(pack: Pack, values: list[str]) -> None:
    pack.spec["components"]["schemas"]["Error"]["properties"]["colour"]["enum"] = values

    assert "does not list exactly the values of '404 colour enum' in the spec" in pack.gaps()[0]


def test_a_value_beyond_the_document_may_be_named(pack: Pack) -> None:
    pack.spec["components"]["schemas"]["Error"]["properties"]["colour"]["enum"].append("black")
    pack.ledger["beyond"].append({"place": "[45]0[0-9] colour = black", "rests_on": "newer servers"})

    assert pack.gaps() == []


def test_values_that_a_sentence_lists_are_named_one_by_one(pack: Pack) -> None:
    listed = pack.statement("enum")
    listed["spec"] = [f"{status} colour = {each}" for status in (404, 409, 500) for each in ("red", "green", "blue")]

    assert pack.gaps() == []


def test_a_status_that_the_spec_lacks_is_a_gap(pack: Pack) -> None:
    pack.spec["paths"]["/v1/crates/{id}"]["patch"]["responses"].pop("500")
    pack.requirements[3]["observes"] = {"content_type": [409]}

    assert "leads to '500', which is no place of the spec" in pack.gaps()[1]


def test_a_header_of_an_answer_that_no_statement_says_is_a_gap(pack: Pack) -> None:
    answers = pack.spec["paths"]["/v1/crates/{id}"]["patch"]["responses"]
    answers["200"]["headers"] = {"Seal": {"schema": {"type": "string"}}}

    assert pack.gaps() == ["crates/seal: 200 header Seal: stands in the spec, and no statement says it"]


def test_a_declaration_that_leads_nowhere_is_a_gap(pack: Pack) -> None:
    pack.statement("status").pop("spec")

    assert "is a status and names no place of the spec" in "".join(pack.gaps())
