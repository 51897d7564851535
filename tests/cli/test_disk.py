"""Files that cannot be written: told before anything is sent where that can be known, and without loss where not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.patience import PLENTY_S

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


def with_room_for(kilobytes: int, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the program with a bound on the size of files, behind which there is no more room than on a full disk."""
    return subprocess.run(
        ["/bin/bash", "-c", f'ulimit -f {kilobytes}; exec "$@"', "-", sys.executable, "-m", "assay", *arguments],
        cwd=folder,
        # What Python compiles would be cut off, and be found broken by every later run.
        env={**os.environ, "NO_PROXY": "127.0.0.1", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=PLENTY_S,
    )


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_disk_that_is_full_in_the_middle_of_a_run_ends_it_with_one_message_and_everything_taken_down(
    write_target: Callable[..., str], vendor: Vendor, tmp_path: Path, workers: str
) -> None:
    target = write_target("[state_handler]", f"url = '{vendor.url}/states'", "teardown = true")

    done = with_room_for(60, tmp_path, "run", "--target", target, "--workers", workers, "--fuzz-examples", "1")

    message = (
        "assay: reports/journal.jsonl: cannot be written: File too large; "
        "once there is room, `assay run --resume reports` goes on\n"
    )
    assert (done.returncode, done.stderr) == (2, message)
    assert vendor.asked
    assert sorted(vendor.torn_down) == sorted(vendor.set_up)


def test_a_run_goes_on_once_there_is_room(
    call: Callable[..., Called], write_target: Callable[..., str], vendor: Vendor, tmp_path: Path
) -> None:
    target = write_target("[state_handler]", f"url = '{vendor.url}/states'", "teardown = true")
    with_room_for(60, tmp_path, "run", "--target", target, "--workers", "2", "--fuzz-examples", "0")
    vendor.part = 1

    called = call("run", "--resume", "reports", "--workers", "0")

    resumed = json.loads((tmp_path / "reports" / "report.json").read_text())
    call("run", "--target", target, "--report-dir", "whole", "--workers", "0", "--fuzz-examples", "0")
    whole = json.loads((tmp_path / "whole" / "report.json").read_text())
    assert "checks had been decided; goes on" in called.err
    assert resumed["targets"][0]["counts"] == whole["targets"][0]["counts"]


def test_where_there_is_no_room_for_a_report_the_verdict_is_shown_and_the_way_to_the_report_told(
    call: Callable[..., Called], write_target: Callable[..., str], tmp_path: Path
) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "report.html").symlink_to("/dev/full")

    called = call("run", "--target", write_target(), "--only", "*/unknown-task", "--workers", "0")

    message = (
        "assay: reports/report.html: cannot be written: No space left on device; "
        "once there is room, `assay report reports` makes the reports\n"
    )
    assert (called.code, called.err) == (2, message)
    assert "Non-conformant" in called.out


def test_where_there_is_no_room_at_all_nothing_is_said_of_going_on(
    write_target: Callable[..., str], vendor: Vendor, tmp_path: Path
) -> None:
    done = with_room_for(1, tmp_path, "run", "--target", write_target(), "--workers", "0")

    assert (done.returncode, done.stderr) == (2, "assay: reports/journal.jsonl: cannot be written: File too large\n")
    assert vendor.asked == []
