"""A page is cut into sentences, fields, enums, statuses and examples, whatever form it has."""

from __future__ import annotations

import pytest

from assay.sources.ledger import Kind
from assay.sources.segmentation import segments
from tests.sources.pages import BARE, FORMS, MARKDOWN, ONE_LINE


def words(document: str, kind: Kind) -> list[str]:
    return [each.text for each in segments(document)[1] if each.kind is kind]


@pytest.mark.parametrize("form", FORMS)
def test_statements_cover_the_page_without_a_gap(form: str) -> None:
    folded, found = segments(FORMS[form])

    assert found[0].start == 0
    assert [each.end for each in found[:-1]] == [each.start for each in found[1:]]
    assert found[-1].end == len(folded.text)


def test_fields_of_a_table_are_told_from_their_descriptions() -> None:
    assert words(MARKDOWN, Kind.FIELD) == ["Seal-Key | string <= 40 characters", "Crate-Owner | string"]
    assert "Names the retry of a request." in words(MARKDOWN, Kind.SENTENCE)
    assert "The server keeps it — at least — for a day." in words(MARKDOWN, Kind.SENTENCE)


def test_fields_of_a_list_on_one_line_are_told_from_their_descriptions() -> None:
    assert words(ONE_LINE, Kind.FIELD) == [
        "Seal-Key` (string)",
        "crates` (array)",
        "crates.id` (integer, required)",
        "crates.colour` (string)",
        "sealed` (integer)",
        "Errors` (array)",
        "Errors.code` (string)",
        "Errors` (array)",
        "Errors.code` (string)",
    ]


def test_fields_of_bare_text_are_put_together_from_their_lines() -> None:
    assert words(BARE, Kind.FIELD) == [
        "string id Required",
        *["string errorCode Optional", "array of object causes Optional", "colour required string"],
        *["string errorCode Optional", "array of object causes Optional"] * 2,
    ]


TABLE = """\
## Query parameters

| name | type | required | description |
|---|---|---|---|
| `limit` | integer | no | How many. At most 50. |
| `kind` | string | yes | Which kind. |

## Responses

| status | meaning |
|---|---|
| `200` | The page. |
| 404 | There is none. |
"""


def test_rows_of_a_table_declare_fields_and_statuses() -> None:
    assert words(TABLE, Kind.FIELD) == ["limit` | integer | no | How many.", "kind` | string | yes | Which kind."]
    assert words(TABLE, Kind.STATUS) == ["200` | The page.", "404 | There is none."]
    assert {each.text: each.section for each in segments(TABLE)[1]}["404 | There is none."] == "Responses 404"


def test_lists_of_values_are_statements_of_their_own() -> None:
    assert words(ONE_LINE, Kind.ENUM) == ['Enum: "red", "green", "blue"']
    assert words(BARE, Kind.ENUM) == ["Enum: redgreenblue"]


def test_statuses_are_statements_of_their_own() -> None:
    assert words(BARE, Kind.STATUS) == ["200", "404", "409", "500"]
    assert words(MARKDOWN, Kind.STATUS) == ["200", "409"]


def test_examples_are_kept_whole() -> None:
    assert words(ONE_LINE, Kind.EXAMPLE) == ['Example: [{"id":7,"colour":"red"}]']
    assert words(BARE, Kind.EXAMPLE) == [
        '{ "errorCode": "string", "causes": [ { "type": "string" } ] }',
        '"Error Object"',
        '"Error Object"',
        "curl -X PATCH -H 'Authorization: <value>'",
    ]
    assert len(words(MARKDOWN, Kind.EXAMPLE)) == 1


def test_statements_know_their_section() -> None:
    sections = {each.text: each.section for each in segments(BARE)[1]}

    assert sections["Crate not found"] == "Responses 404"
    assert sections["Crate can not be sealed."] == "Responses 409"
    assert sections["string id Required"] == "Path Parameters"


def test_an_abbreviation_ends_no_sentence() -> None:
    assert words("The parts (e.g. The lid) are sealed. Then they go.", Kind.SENTENCE) == [
        "The parts (e.g. The lid) are sealed.",
        "Then they go.",
    ]


def test_a_sentence_goes_on_in_the_next_line() -> None:
    assert words("The crate is sealed\nonce it is packed.", Kind.SENTENCE) == ["The crate is sealed once it is packed."]
