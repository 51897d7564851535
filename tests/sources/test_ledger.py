"""A ledger is read with the fate of every statement, and one that does not fit is refused with file and key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from assay.exceptions import ContractError
from assay.sources.ledger import Fate, ledgers_of
from assay.sources.segmentation import segments
from tests.sources.pages import BARE

if TYPE_CHECKING:
    from tests.sources.conftest import Pack


def test_every_statement_of_the_document_is_there(pack: Pack) -> None:
    ledger = pack.read()

    assert len(ledger.statements) == len(segments(BARE)[1])
    assert ledger.count(Fate.OPEN) == 0
    assert ledger.count(Fate.TIED) + ledger.count(Fate.INFORMATIVE) + ledger.count(Fate.AMBIGUOUS) == len(
        ledger.statements
    )


def test_a_ledger_that_the_shell_has_emptied_for_its_own_draft_is_none(pack: Pack) -> None:
    contract = pack.contract()
    (pack.home / "seal" / "sources.yaml").write_text("")

    assert ledgers_of(contract, pack.home) == {}


def test_an_ambiguity_brings_the_requirements_that_it_touches(pack: Pack) -> None:
    (opened,) = [each for each in pack.read().statements if each.ambiguities]

    assert opened.fate is Fate.AMBIGUOUS
    assert opened.requirements == ("crates/seal/error-shape",)
    assert opened.own == ()


def test_a_requirement_is_led_back_to_its_statements(pack: Pack) -> None:
    (listed,) = pack.read().on("crates/seal/colours")

    assert listed.kind == "enum"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"digest": "12"}, "digest: expected a length and 16 hex digits"),
        ({"kind": "field"}, ""),
        ({"kind": "fields"}, "kind: expected one of sentence, heading, field"),
        ({"gist": ["what it says"]}, "gist: expected a text"),
        ({"requirements": ["seald"]}, "requirements: no requirement 'seald'; did you mean 'sealed'?"),
        ({"requirements": []}, "requirements: names nothing"),
        ({"requirements": [7]}, "requirements: expected a text or a list of texts"),
        ({"ambiguity": "error-txt"}, "ambiguity: no ambiguity 'error-txt'; did you mean 'error-text'?"),
        ({"informative": "so"}, "has more than one fate: requirements and informative"),
        ({"gits": "x"}, "gits: unknown key; did you mean 'gist'?"),
        ({"and what else": None}, "and what else: unknown key; within {…} a text with a comma stands in quotes"),
    ],
)
def test_a_statement_that_does_not_fit_is_refused(pack: Pack, change: dict[str, Any], problem: str) -> None:
    pack.statement("status").update(change)

    assert problem in refusal(pack)


def refusal(pack: Pack) -> str:
    try:
        pack.read()
    except ContractError as error:
        return str(error)
    return ""
