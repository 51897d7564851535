"""Files that cannot be written: told before anything is sent where that can be known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Called, Vendor

WRITTEN = ("journal.jsonl", "journal.jsonl.new", "report.json", "junit.xml", "report.html")


@pytest.mark.parametrize("name", WRITTEN)
def test_a_file_that_a_run_could_not_write_is_told_before_anything_is_sent(
    call: Callable[..., Called], write_target: Callable[..., str], vendor: Vendor, tmp_path: Path, name: str
) -> None:
    (tmp_path / "reports" / name).mkdir(parents=True)

    called = call("run", "--target", write_target())

    message = f"assay: --report-dir reports: {name} cannot be written: Is a directory\n"
    assert (called.code, called.out, called.err) == (2, "", message)
    assert vendor.asked == []


@pytest.mark.parametrize("name", ["journal.jsonl", "report.json", "junit.xml", "report.html"])
def test_a_file_that_a_merge_could_not_write_is_told_before_the_others_are_touched(
    call: Callable[..., Called], write_target: Callable[..., str], tmp_path: Path, name: str
) -> None:
    target = write_target()
    shards = [f"part-{number}" for number in (1, 2)]
    for number, folder in enumerate(shards, 1):
        call("run", "--target", target, "--shard", f"{number}/2", "--report-dir", folder, "--workers", "0")
    (tmp_path / "reports" / name).mkdir(parents=True)

    called = call("merge", *shards)

    assert called.code == 2
    assert called.err == f"assay: --report-dir reports: {name} cannot be written: Is a directory\n"
    assert [path.name for path in (tmp_path / "reports").iterdir()] == [name]


@pytest.mark.parametrize("name", ["proof.json", "proof.html"])
def test_a_file_that_a_proof_could_not_write_is_told_before_a_server_is_judged(
    call: Callable[..., Called], tmp_path: Path, name: str
) -> None:
    (tmp_path / "reports" / name).mkdir(parents=True)

    called = call("prove", "--only", "vcf/retry-task/accepts-unknown-task")

    message = f"assay: --report-dir reports: {name} cannot be written: Is a directory\n"
    assert (called.code, called.out, called.err) == (2, "", message)


def test_an_earlier_report_is_left_alone_where_a_run_cannot_begin(
    call: Callable[..., Called], write_target: Callable[..., str], tmp_path: Path
) -> None:
    (tmp_path / "reports" / "report.html").mkdir(parents=True)
    (tmp_path / "reports" / "report.json").write_text("earlier")

    called = call("run", "--target", write_target())

    assert called.code == 2
    assert (tmp_path / "reports" / "report.json").read_text() == "earlier"
    assert not (tmp_path / "reports" / "journal.jsonl").exists()
