"""A draft holds every statement of a document, and keeps what a ledger says of those that are still there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from assay.sources.draft import draft
from assay.sources.segmentation import segments
from tests.sources.pages import BARE

if TYPE_CHECKING:
    from tests.sources.conftest import Pack


def statements(text: str) -> list[dict[str, Any]]:
    return [each for section in yaml.safe_load(text)["sections"] for each in section["statements"]]


def test_a_draft_has_every_statement_and_its_words_as_a_comment() -> None:
    text = draft("crates.txt", BARE, None)

    assert len(statements(text)) == len(segments(BARE)[1])
    assert "#| Only a packed crate can be sealed." in text
    assert "#| Only" not in yaml.safe_dump(yaml.safe_load(text))


def test_a_draft_guesses_where_the_spec_says_it() -> None:
    text = draft("crates.txt", BARE, None, ["path id", "404", "404 errorCode", "409 errorCode", "409 deep.causes"])

    places = [place for each in statements(text) for place in each.get("spec", [])]
    assert places == ["path id", "404", "404 errorCode", "409 errorCode", "409 deep.causes"]


def test_a_draft_of_an_unchanged_document_is_its_ledger(pack: Pack) -> None:
    text = draft("crates.txt", BARE, pack.read())

    assert yaml.safe_load(text)["digest"] == pack.ledger["digest"]
    assert [each.get("requirements") for each in statements(text)] == [
        each.get("requirements") for section in pack.ledger["sections"] for each in section["statements"]
    ]
    assert "#|" not in text


def test_a_draft_of_a_newer_copy_leaves_only_what_is_new_to_do(pack: Pack) -> None:
    text = draft("crates.txt", BARE.replace("redgreenblue", "redgreen"), pack.read())

    assert [line.strip() for line in text.splitlines() if "#|" in line] == ["#| Enum: redgreen"]
    assert [each["kind"] for each in statements(text) if not each["gist"]] == ["enum"]


def test_a_statement_keeps_its_own_fate_where_another_one_reads_the_same(pack: Pack) -> None:
    """The fields under 409 are those under 404 word for word."""
    copy = BARE[: BARE.index("404\n")] + BARE[BARE.index("409\n") :]

    text = draft("crates.txt", copy, pack.read())

    assert ["unknown"] not in [each.get("requirements") for each in statements(text)]
    assert "#|" not in text


def test_a_row_of_a_table_is_led_to_its_place() -> None:
    page = "## Query parameters\n\n| name | type | what |\n|---|---|---|\n| `limit` | integer | Beside `kind`. |\n"

    text = draft("page.md", page, None, ["query kind", "query limit"])

    assert "spec: [query limit]" in text
    assert "spec: [query kind]" not in text


def test_the_name_of_a_type_is_no_name_of_a_field() -> None:
    page = "## Response 200 fields (application/json): - `data.parameters` (object) How it is set."

    text = draft("page.txt", page, None, ["200 data.object", "200 data.parameters"])

    assert "spec: [200 data.parameters]" in text


def test_no_line_of_a_ledger_is_too_long(pack: Pack) -> None:
    for number in range(6):
        pack.statement("field", number)["gist"] = (
            "a gist, of which some are long, and others even longer than that: " * 3
        )

    text = draft("crates.txt", BARE, pack.read())

    assert max(map(len, text.splitlines())) <= 120
    assert yaml.safe_load(text)["digest"] == pack.ledger["digest"]


def test_what_a_ledger_says_beyond_its_document_is_kept(pack: Pack) -> None:
    text = draft("crates.txt", BARE, pack.read())

    assert yaml.safe_load(text)["beyond"] == pack.ledger["beyond"]
