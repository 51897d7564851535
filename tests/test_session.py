"""How pytest is started: one session for each pack, and nothing of the surroundings in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from assay import catalogue
from assay.packs import VARIABLE
from assay.session import arguments, sessions

if TYPE_CHECKING:
    import pytest

DEPOT = Path(__file__).parent / "packs" / "depot"


def files_of(contract: str) -> list[Path]:
    return [check.file for check in catalogue.load()[contract].checks if check.file is not None]


def test_a_session_is_about_one_pack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(DEPOT))

    found = sessions([*files_of("vcf"), *files_of("depot"), *files_of("onedata")])

    assert [{file.parents[1].name for file in each} for each in found] == [{"vcf", "onedata"}, {"depot"}]


def test_a_session_takes_fixtures_from_the_contracts_of_its_pack_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(DEPOT))

    words = arguments(files_of("depot"))

    assert {f"--rootdir={DEPOT / 'contracts'}", f"--confcutdir={DEPOT / 'contracts'}"} <= set(words)


def test_a_session_without_files_is_about_what_is_shipped() -> None:
    assert f"--rootdir={catalogue.shipped_data() / 'contracts'}" in arguments([])
