"""In GitHub Actions the report stands in the summary of the job, and no verdict depends on that."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from assay.cli.job_summary import LIMIT, VARIABLE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Called

RUN = ("run", "--only", "vcf/*/no-body", "--workers", "0", "--fuzz-examples", "0", "--formats", "json")


@pytest.fixture
def summary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file that GitHub Actions names to a step, in which an earlier command of the step has written."""
    path = tmp_path / "summary.md"
    path.write_text("# Before")
    monkeypatch.setenv(VARIABLE, str(path))
    return path


def test_a_run_adds_its_report(call: Callable[..., Called], summary: Path) -> None:
    called = call(*RUN)

    assert called.code == 0
    assert summary.read_text().startswith("# Before\n# ✅ Conformant: `embedded-vcf`\n")
    assert "summary" not in called.err


def test_uniting_shards_adds_the_report_of_all(call: Callable[..., Called], summary: Path, tmp_path: Path) -> None:
    call(*RUN, "--shard", "1/1", "--report-dir", "one")
    summary.write_text("")

    called = call("merge", "one", "--report-dir", "all", "--formats", "json,markdown")

    assert called.code == 0
    assert summary.read_text() == "\n" + (tmp_path / "all" / "report.md").read_text()


@pytest.mark.parametrize("path", ["/dev/null/summary.md", "/", "/dev/full"])
def test_a_summary_that_cannot_be_written_is_a_warning(
    call: Callable[..., Called], monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setenv(VARIABLE, path)

    called = call(*RUN)

    assert called.code == 0
    assert f"assay: {path}: the report cannot be added to the summary of the job: " in called.err


def test_a_summary_without_room_stays_as_it_is(call: Callable[..., Called], summary: Path) -> None:
    summary.write_text("x" * (LIMIT - 100))

    called = call(*RUN)

    assert called.code == 0
    assert summary.stat().st_size == LIMIT - 100
    assert "has no room for the report" in called.err


def test_elsewhere_there_is_none(call: Callable[..., Called], tmp_path: Path) -> None:
    assert VARIABLE not in os.environ

    call(*RUN)

    assert [path.name for path in tmp_path.iterdir()] == ["reports"]
