"""Variants are declared once, combine, and are found by name."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

import pytest

from assay import variants
from assay.exceptions import UsageError
from assay.reference.listening import vendor_class
from assay.reference.servers import factories, server_of
from assay.reference.vcf import Vcf

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.variants.conftest import Site

EVERY = list(variants.load().values())
CONTRACTS = list(factories())
SEEDS = range(1, 41)


def test_a_variant_says_in_one_sentence_what_it_rests_on() -> None:
    assert [
        each.sentence for each in EVERY if not re.fullmatch(r"[A-Z0-9](?!.*[.] )[^\n]{40,}[.]", each.sentence)
    ] == []


def test_a_variant_is_a_reference_server_and_named_by_its_factory() -> None:
    assert [each.id for each in EVERY if not issubclass(each.server, server_of(each.contract))] == []
    assert [each.id for each in EVERY if vendor_class(each.factory) is not each.server] == []


def test_what_a_variant_excludes_is_another_variant_of_the_contract() -> None:
    excluded = [(each, variants.find(name)) for each in EVERY for name in each.excludes]

    assert [each.id for each, other in excluded if other is each or other.contract != each.contract] == []


def test_exclusion_holds_in_both_directions() -> None:
    one, other = variants.find("vcf/error-code-only"), variants.find("vcf/message-only")

    assert (one.goes_with(other), other.goes_with(one)) == (False, False)


@pytest.mark.parametrize("contract", CONTRACTS)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_combination_is_of_variants_that_go_together(contract: str, seed: int) -> None:
    made = [variants.find(each) for each in variants.combined(contract, seed).ids]

    assert variants.FEWEST <= len(made) <= variants.MOST
    assert {each.contract for each in made} == {contract}
    assert all(one.goes_with(other) for one, other in itertools.combinations(made, 2))


@pytest.mark.parametrize("contract", CONTRACTS)
def test_a_seed_makes_the_same_combination_each_time(contract: str) -> None:
    drawn = [variants.combined(contract, seed).ids for seed in SEEDS]

    assert drawn == [variants.combined(contract, seed).ids for seed in SEEDS]
    assert len(set(drawn)) == len(drawn)


@pytest.mark.parametrize("contract", CONTRACTS)
def test_combinations_take_every_freedom_sooner_or_later(contract: str) -> None:
    drawn = {each for seed in range(1000) for each in variants.combined(contract, seed).ids}

    assert drawn == {each.id for each in EVERY if each.contract == contract}


def test_a_combination_shows_each_of_its_freedoms(site: Callable[[str], Site]) -> None:
    chosen = [
        "vcf/upper-case-names",
        "vcf/charset",
        "vcf/further-members",
        "vcf/error-code-only",
        "vcf/refused-with-403",
    ]
    made = variants.mixed([variants.find(each) for each in chosen])
    combined = site("vcf")
    combined.server = made(store=combined.server.store)

    raw = combined.send("PATCH", "/v1/tasks/x", token=None).raw or b""

    assert set(made.ids) == set(chosen)
    assert raw.startswith(b"HTTP/1.1 403 Forbidden\r\nCONTENT-TYPE: application/json; charset=utf-8\r\n")
    assert b'{"errorCode":"IDENTITY_UNAUTHORIZED_ENTITY","":"",' in raw


def test_a_combination_is_named_by_its_variants() -> None:
    ids = variants.combined("vcf", 17).ids

    made: Any = vendor_class(f"assay.variants:together({' '.join(ids)})")

    assert made.ids == ids
    assert issubclass(made, Vcf)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("vcf/error-code-onli", "no variant 'vcf/error-code-onli'; did you mean 'vcf/error-code-only'?"),
        ("", "no variant ''"),
    ],
)
def test_an_unknown_variant_is_refused(name: str, problem: str) -> None:
    with pytest.raises(UsageError) as refused:
        variants.server(name)

    assert str(refused.value) == problem


def test_a_combination_of_an_unknown_contract_is_refused() -> None:
    with pytest.raises(UsageError, match="no contract 'vfc'; did you mean 'vcf'"):
        variants.combined("vfc", 17)


def test_a_combination_with_an_unknown_variant_is_refused() -> None:
    with pytest.raises(UsageError, match="did you mean 'vcf/error-code-only'"):
        variants.together("vcf/charset vcf/error-code-onli")
