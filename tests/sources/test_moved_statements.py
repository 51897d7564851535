"""A statement that stands elsewhere in a newer copy: the same one in its section, another one outside of it."""

from __future__ import annotations

from pathlib import Path

from assay.sources.drift import drift
from assay.sources.folding import digest
from assay.sources.ledger import Fate, Ledger, Statement
from assay.sources.segmentation import segments

PAGE = """
Responses

404

There is no such task.

The body says which one.

409

This task has not failed.
"""


def ledger(document: str) -> Ledger:
    """Return a ledger whose gists are the words of the document and whose requirements are named after its sections."""
    folded, found = segments(document)
    statements = tuple(
        Statement(
            digest(folded.text[each.start : each.end]), each.end - each.start, each.section, each.kind, each.text,
            (each.section,), fate=Fate.TIED,
        )
        for each in found
    )  # fmt: skip
    return Ledger(Path("sources.yaml"), "vcf/retry-task", "page.txt", "Retry", "https://example.test", "", statements)


def test_an_order_of_sentences_within_a_section_is_no_drift() -> None:
    turned = PAGE.replace(
        "There is no such task.\n\nThe body says which one.", "The body says which one.\n\nThere is no such task."
    )

    assert drift(ledger(PAGE), turned).changes == ()


def test_descriptions_that_two_statuses_exchange_are_drift_of_both() -> None:
    unknown, unfailed = "There is no such task.", "This task has not failed."
    exchanged = PAGE.replace(unknown, "@").replace(unfailed, unknown).replace("@", unfailed)

    found = drift(ledger(PAGE), exchanged)

    assert [statement.gist for change in found.changes for statement in change.gone] == [unknown, unfailed]
    assert found.requirements == ("Responses 404", "Responses 409")


def test_an_example_that_moved_is_found_although_a_part_of_it_reads_like_another_one() -> None:
    # The longer what two statuses have in common, the likelier is the one taken for the other.
    shared = "The body of an error says what went wrong, and where in the server it was.\n\n"
    first = '404\n\n{\n  "nestedErrors": [\n    "Error Object"\n  ]\n}\n\n' + shared
    second = '409\n\n"Error Object"\n\n' + shared

    assert drift(ledger(f"Responses\n\n{first}{second}"), f"Responses\n\n{second}{first}").changes == ()


def test_a_section_that_moved_takes_along_what_stands_in_others_word_for_word() -> None:
    shared = "The body of an error says what went wrong, and where in the server it was.\n\n"
    parts = [
        f"{status}\n\n{words}\n\n{shared}" for status, words in (("404", "Gone."), ("409", "Busy."), ("500", "Sorry."))
    ]
    page = "Responses\n\n" + "".join(parts)
    turned = "Responses\n\n" + "".join([*parts[1:], parts[0]]).replace("Sorry.", "Oh.")

    assert drift(ledger(page), turned).requirements == ("Responses 500",)
    assert drift(ledger(page), turned).kept == len(segments(page)[1]) - 1
