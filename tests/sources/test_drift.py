"""A newer copy of a page names what it says otherwise and the requirements that rest on it, and nothing else."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assay.sources.drift import drift
from assay.sources.folding import digest
from assay.sources.ledger import Ledger, Statement
from assay.sources.segmentation import segments
from tests.sources.pages import BARE, FORMS, MARKDOWN, ONE_LINE

if TYPE_CHECKING:
    from collections.abc import Callable


def ledger(document: str) -> Ledger:
    """Return a ledger in which a requirement rests on each statement, called by its section and words."""
    folded, found = segments(document)
    return Ledger(
        Path("sources.yaml"), "crates/seal", "crates.txt", "Seal", "https://crates.test", "",
        tuple(
            Statement(
                digest(folded.text[each.start : each.end]), each.end - each.start, each.section, each.kind, each.text,
                requirements=(f"{each.section}: {each.text}",),
            )
            for each in found
        ),
    )  # fmt: skip


def touched(document: str, copy: str) -> list[str]:
    return list(drift(ledger(document), copy).requirements)


def unknown(document: str, copy: str) -> list[str]:
    return [words for change in drift(ledger(document), copy).changes for words in change.new]


ANEW: dict[str, Callable[[str], str]] = {
    "as it was": lambda page: page,
    "on one line": lambda page: " ".join(page.split()),
    "with other line ends": lambda page: page.replace("\n", "\r\n"),
    "with more blank lines": lambda page: page.replace("\n", "\n\n"),
    "with fewer blank lines": lambda page: re.sub(r"\n\s*\n", "\n", page),
    "indented": lambda page: page.replace("\n", "\n    "),
    "with curly quotes": lambda page: page.replace("'", "’").replace('"', "”"),  # noqa: RUF001 - folded
    "with other dashes": lambda page: page.replace("—", "–"),  # noqa: RUF001 - folded
    "with a broken encoding": lambda page: page.replace("—", "â€”"),
    "without markup": lambda page: page.replace("**", "").replace("`", ""),
    "without its front matter": lambda page: re.sub(r"\A---.*?---\n", "", page, flags=re.DOTALL),
    "scraped later": lambda page: page.replace("2031-01-02", "2032-05-06"),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("scrape", ANEW)
def test_a_page_that_was_scraped_anew_says_the_same(form: str, scrape: str) -> None:
    assert drift(ledger(FORMS[form]), ANEW[scrape](FORMS[form])).changes == ()


@pytest.mark.parametrize("form", FORMS)
def test_a_page_keeps_all_of_its_statements(form: str) -> None:
    assert drift(ledger(FORMS[form]), FORMS[form]).kept == len(segments(FORMS[form])[1])


def test_a_value_more_touches_what_rests_on_the_list() -> None:
    copy = ONE_LINE.replace('"blue"', '"blue", "black"')

    assert touched(ONE_LINE, copy) == ['Request fields: Enum: "red", "green", "blue"']
    assert unknown(ONE_LINE, copy) == ['Enum: "red", "green", "blue", "black"']


def test_a_value_less_touches_what_rests_on_the_list() -> None:
    assert touched(BARE, BARE.replace("redgreenblue", "redgreen")) == ["Responses 404: Enum: redgreenblue"]


def test_another_limit_touches_what_rests_on_its_declaration() -> None:
    copy = MARKDOWN.replace("<= 40", "<= 50")

    assert touched(MARKDOWN, copy) == ["header Parameters: Seal-Key | string <= 40 characters"]


def test_another_limit_in_a_sentence_touches_what_rests_on_the_sentence() -> None:
    copy = ONE_LINE.replace("value is 100", "value is 1000")

    assert touched(ONE_LINE, copy) == ["Response 200 fields: The maximum value is 100."]


def test_another_type_touches_what_rests_on_the_field() -> None:
    copy = ONE_LINE.replace("`sealed` (integer)", "`sealed` (string)")

    assert touched(ONE_LINE, copy) == ["Response 200 fields: sealed` (integer)"]


def test_a_reworded_sentence_touches_what_rests_on_it() -> None:
    copy = BARE.replace("Only a packed crate can be sealed.", "A crate must be packed to be sealed.")

    assert touched(BARE, copy) == ["Responses 409: Only a packed crate can be sealed."]
    assert unknown(BARE, copy) == ["A crate must be packed to be sealed."]


def test_a_sentence_that_goes_on_is_another_one() -> None:
    copy = BARE.replace("Crate not found\n", "Crate not found or not visible\n")

    assert touched(BARE, copy) == ["Responses 404: Crate not found"]


def test_a_status_less_touches_what_rests_on_its_part_of_the_page_alone() -> None:
    """Its fields stand in other parts word for word."""
    copy = BARE[: BARE.index("409\n")] + BARE[BARE.index("500\n") :]

    names = touched(BARE, copy)
    assert len(names) == 9
    assert all(name.startswith("Responses 409: ") for name in names)


def test_a_status_more_touches_nothing_and_is_unknown() -> None:
    block = BARE[BARE.index("409\n") : BARE.index("500\n")].replace("409", "423").replace("packed", "heavy")
    copy = BARE.replace("500\n", block + "500\n")

    assert touched(BARE, copy) == []
    assert unknown(BARE, copy)[0] == "423"
    assert len(unknown(BARE, copy)) == 9


def test_a_field_less_touches_what_rests_on_it() -> None:
    copy = ONE_LINE.replace(" - `crates.id` (integer, required) The crate.", "")

    assert touched(ONE_LINE, copy) == [
        "Request fields: crates.id` (integer, required)",
        "Request fields: The crate.",
    ]


def test_what_is_new_is_told_beside_what_it_stands_at() -> None:
    copy = ONE_LINE.replace("The maximum", "Broken ones count too. The maximum")

    (change,) = drift(ledger(ONE_LINE), copy).changes
    assert change.new == ("Broken ones count too.",)
    assert change.requirements == ()
    assert change.beside == (
        "Response 200 fields: How many crates are sealed.",
        "Response 200 fields: The maximum value is 100.",
    )


def test_a_part_that_only_moved_is_no_drift() -> None:
    part = BARE[BARE.index("Code Samples") :]
    copy = part + "\n\n" + BARE.replace(part, "")

    assert drift(ledger(BARE), copy).changes == ()


def test_an_edit_in_a_page_that_was_scraped_anew_stays_small() -> None:
    copy = " ".join(BARE.replace("Crate not found", "Crate not found or not visible").split())

    assert touched(BARE, copy) == [
        "Responses 404: Crate not found",
        "Responses 404: Returns Error of type(s) application/json",
    ]


def test_another_page_has_nothing_of_it() -> None:
    found = drift(ledger(BARE), "A page about the weather.")

    assert found.kept == 0
    assert [words for change in found.changes for words in change.new] == ["A page about the weather."]


def test_a_field_more_is_told_with_what_rests_on_both_of_the_fields_around_it() -> None:
    known = ledger(ONE_LINE)
    shared = replace(
        known,
        statements=tuple(replace(each, requirements=(*each.requirements, each.kind)) for each in known.statements),
    )
    copy = ONE_LINE.replace("- `crates.colour`", "- `crates.late` (boolean) Whether it was late. - `crates.colour`")

    (change,) = drift(shared, copy).changes
    assert change.beside == ("field",)
