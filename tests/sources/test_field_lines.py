"""A line that declares a field is told from its description, whatever its type and wherever its limit stands."""

from __future__ import annotations

import pytest

from assay.sources.ledger import Kind
from assay.sources.segmentation import segments


@pytest.mark.parametrize(
    "declaration",
    [
        "`colour` (string)",
        "`colour` (string, required)",
        "`colour` (string <= 40 characters)",
        "`colour` (string) <= 40 characters",
        "`colour` (uuid)",
        "`colour` (date-time, required)",
        "`colours` (string[])",
        "`colours` (map<string>)",
    ],
)
def test_a_declaration_ends_where_the_description_begins(declaration: str) -> None:
    found = segments(f"- {declaration} The colour of the seal.")[1]

    assert [(each.kind, each.text) for each in found] == [
        (Kind.FIELD, declaration.removeprefix("`")),
        (Kind.SENTENCE, "The colour of the seal."),
    ]


def test_brackets_with_words_in_them_declare_nothing() -> None:
    found = segments("- `colour` (as it was sent) stays the same.")[1]

    assert [each.kind for each in found] == [Kind.SENTENCE]
