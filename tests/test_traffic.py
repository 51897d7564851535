"""The table of requests that each check sends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from assay import catalogue, traffic
from assay.exceptions import ReportError
from assay.model import Check
from assay.traffic import Table, Traffic

if TYPE_CHECKING:
    from pathlib import Path

PLAIN = Check("toy/act/done", "it_is_done")
FUZZ = Check("toy/act/done", "anything_is_done", fuzz=True)
TABLE = Table(
    {
        PLAIN.id: {"toy/act": [Traffic(3, 1)], "toy/look": [Traffic(2, 2)]},
        FUZZ.id: {"toy/act": [Traffic(11, 4), Traffic(31, 12)]},
    }
)


def test_a_table_reads_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "requests.json"
    path.write_text(traffic.render(TABLE))

    assert traffic.read(path) == TABLE


def test_a_check_that_generates_nothing_sends_the_same_with_any_number_of_examples() -> None:
    assert TABLE.of(PLAIN, 500) == {"toy/act": Traffic(3, 1), "toy/look": Traffic(2, 2)}


@pytest.mark.parametrize(("examples", "requests"), [(1, 2), (10, 11), (20, 21), (100, 101)])
def test_generated_requests_grow_evenly(examples: int, requests: int) -> None:
    assert TABLE.of(FUZZ, examples)["toy/act"].requests == requests


def test_a_check_that_was_never_measured_counts_like_the_others_do() -> None:
    assert Table({}).of(PLAIN, 20) == {"toy/act": Traffic(3, 3)}


def test_without_a_file_nothing_is_measured(tmp_path: Path) -> None:
    assert traffic.read(tmp_path / "requests.json") == Table({})


@pytest.mark.parametrize("text", ["no JSON", "[]", '{"format": "another"}'])
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "requests.json"
    path.write_text(text)

    with pytest.raises(ReportError, match=r"requests\.json"):
        traffic.read(path)


def test_nearly_every_check_of_the_catalogue_is_measured() -> None:
    table = traffic.read(traffic.path_in(catalogue.shipped_data()))
    cases = {check.id for contract in catalogue.load().values() for check in contract.checks if check.file}

    # A few new ones are counted as the others are, until `assay prove --update` measures anew.
    assert len(cases - set(table.measured)) <= len(cases) // 20
