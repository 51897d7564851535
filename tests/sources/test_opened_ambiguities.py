"""Which requirements rest on a statement that opens an ambiguity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from assay import catalogue
from assay.sources.ledger import Ledger, ledgers_of

if TYPE_CHECKING:
    from pathlib import Path

    from assay.model import Contract

OPERATION = "onedata/rerun-execution"
TOUCHED = ("error-context", "error-shape-400", "error-shape-403", "error-shape-404", "error-shape-500")
LEDGER = """
document: page.txt
title: Rerun
address: https://example.test/rerun
digest: 5f0c1f7e3b524d0e
sections:
  - section: Responses 403
    statements:
      - {{digest: 12-3f9a0c1b2d4e5f60, kind: field, gist: an error has a ctx, {fate}}}
"""


@pytest.fixture
def onedata() -> Contract:
    return catalogue.load()["onedata"]


def read(contract: Contract, folder: Path, fate: str) -> Ledger:
    path = folder / "rerun-execution" / "sources.yaml"
    path.parent.mkdir()
    path.write_text(LEDGER.format(fate=fate))
    return ledgers_of(contract, folder)[OPERATION]


def slugs(ledger: Ledger) -> tuple[str, ...]:
    return tuple(each.removeprefix(f"{OPERATION}/") for each in ledger.statements[0].requirements)


def test_an_ambiguity_alone_brings_all_that_it_touches(onedata: Contract, tmp_path: Path) -> None:
    ledger = read(onedata, tmp_path, "ambiguity: error-context")

    assert slugs(ledger) == TOUCHED


def test_an_ambiguity_brings_nothing_more_where_the_statement_names_some_of_it(
    onedata: Contract, tmp_path: Path
) -> None:
    ledger = read(onedata, tmp_path, "ambiguity: error-context, requirements: [error-shape-403, error-context]")

    assert slugs(ledger) == ("error-shape-403", "error-context")


def test_an_ambiguity_brings_all_that_it_touches_beside_requirements_of_another_kind(
    onedata: Contract, tmp_path: Path
) -> None:
    ledger = read(onedata, tmp_path, "ambiguity: error-context, requirements: [error-id]")

    assert slugs(ledger) == ("error-id", *TOUCHED)
