"""The committed summary of the proof, and when it is refused."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from assay import catalogue, faults, proof
from assay.exceptions import ReportError
from assay.proof import Standing

if TYPE_CHECKING:
    from pathlib import Path

PROVEN = {"v/o/b": ("v/o/x", "v/o/y"), "v/o/a": ("v/o/z",)}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    written = tmp_path / "proof.json"
    written.write_text(proof.render("abc", PROVEN), encoding="utf-8")
    return written


def test_a_summary_is_read_as_it_was_written(path: Path) -> None:
    summary = proof.read(path, "abc")

    assert summary.standing is Standing.FRESH
    assert summary.proven_by == PROVEN


def test_a_summary_of_another_catalogue_is_refused(path: Path) -> None:
    summary = proof.read(path, "other")

    assert (summary.standing, summary.proven_by) == (Standing.STALE, {})


def test_a_summary_is_known_by_the_digest_of_its_file(path: Path) -> None:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()

    assert {proof.read(path, "abc").sha256, proof.read(path, "other").sha256} == {digest}


def test_no_summary_proves_nothing(tmp_path: Path) -> None:
    assert proof.read(tmp_path / "proof.json", "abc") == proof.Summary(Standing.ABSENT)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"format": "assay-proof-summary/2"}',
        '{"format": "assay-proof-summary/1"}',
        '{"format": "assay-proof-summary/1", "catalogue_sha256": "abc", "proven_by": {"v/o/a": "x"}}',
    ],
)
def test_what_is_no_summary_is_one_message(path: Path, text: str) -> None:
    path.write_text(text)

    with pytest.raises(ReportError, match=r"proof\.json"):
        proof.read(path, "abc")


def test_a_proof_is_summarised_by_what_proves_each_requirement_of_a_pack(path: Path) -> None:
    found = {**PROVEN, "other/o/a": ("other/o/f",)}
    requirements = [{"id": name, "proven_by": list(ids), "tripped_by": 2} for name, ids in found.items()]

    text = proof.summarised({"proof": {"seed": 1}, "requirements": requirements}, ["v"], "abc")

    assert proof.says(path, text)


def test_a_summary_that_was_measured_otherwise_or_is_absent_does_not_say_the_same(path: Path) -> None:
    other = proof.render("abc", {**PROVEN, "v/o/a": ()})

    assert not proof.says(path, other)
    assert not proof.says(path.with_name("absent.json"), other)


def test_the_text_of_a_summary_does_not_depend_on_the_order_of_the_proof() -> None:
    assert proof.render("abc", PROVEN) == proof.render("abc", dict(reversed(PROVEN.items())))


def test_the_shipped_summary_is_that_of_the_shipped_catalogue() -> None:
    summary = proof.read(proof.path_in(catalogue.shipped_data()), catalogue.digest())

    assert summary.standing is Standing.FRESH, "`assay prove --update` makes it anew"


def test_the_shipped_summary_proves_every_requirement() -> None:
    summary = proof.read(proof.path_in(catalogue.shipped_data()), catalogue.digest())

    requirements = {name for contract in catalogue.load().values() for name in contract.requirements}
    assert {name for name, faults in summary.proven_by.items() if faults} == requirements


def test_the_shipped_summary_names_faults_that_there_are() -> None:
    summary = proof.read(proof.path_in(catalogue.shipped_data()), catalogue.digest())

    assert {name for named in summary.proven_by.values() for name in named} <= faults.load().keys()
