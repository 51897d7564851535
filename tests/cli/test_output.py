"""Standard streams that cannot be written to: they change neither what is done nor what is found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.patience import PLENTY_S

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Vendor

FULL = "assay: standard output cannot be written: No space left on device\n"
CLOSED = "assay: standard output cannot be written: Bad file descriptor\n"


def shell(folder: Path, line: str) -> subprocess.CompletedProcess[str]:
    """Run a line of bash, in which $ASSAY is the program, and return what became of its first command."""
    return subprocess.run(
        ["/bin/bash", "-c", f"{line}; exit ${{PIPESTATUS[0]}}"],
        cwd=folder,
        env={**os.environ, "ASSAY": f"{sys.executable} -m assay", "NO_PROXY": "127.0.0.1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=PLENTY_S,
    )


def verdict(folder: Path) -> Any:
    return json.loads((folder / "reports" / "report.json").read_text())["verdict"]


@pytest.mark.parametrize(
    ("where", "message"), [(">/dev/full", FULL), (">&-", CLOSED), ("| true", ""), ("1<t.txt", CLOSED)]
)
def test_a_run_whose_output_cannot_be_written_ends_as_any_other(
    tmp_path: Path, write_target: Callable[..., str], vendor: Vendor, where: str, message: str
) -> None:
    (tmp_path / "t.txt").touch()
    target = write_target("[state_handler]", f"url = '{vendor.url}/states'")

    done = shell(tmp_path, f"$ASSAY run --workers 0 --target {target} --only 'vcf/*/unknown-task' {where}")

    assert (done.returncode, done.stderr) == (1, message)
    assert verdict(tmp_path) == "non-conformant"
    assert vendor.asked


@pytest.mark.parametrize("workers", [0, 2])
def test_a_run_whose_output_is_closed_is_judged_with_any_number_of_workers(
    tmp_path: Path, write_target: Callable[..., str], vendor: Vendor, workers: int
) -> None:
    target = write_target("[state_handler]", f"url = '{vendor.url}/states'")

    done = shell(tmp_path, f"$ASSAY run --workers {workers} --target {target} --only 'vcf/*/unknown-task' <&- >&- 2>&-")

    assert (done.returncode, done.stderr) == (1, "")
    assert verdict(tmp_path) == "non-conformant"


@pytest.mark.parametrize("command", ["requirements --json", "requirements", "--help", "--version"])
@pytest.mark.parametrize(("where", "code", "message"), [(">/dev/full", 2, FULL), (">&-", 2, CLOSED), ("| true", 0, "")])
def test_a_success_that_nobody_could_be_told_of_is_none(
    tmp_path: Path, command: str, where: str, code: int, message: str
) -> None:
    done = shell(tmp_path, f"$ASSAY {command} {where}")

    assert (done.returncode, done.stderr) == (code, message)


@pytest.mark.parametrize("where", ["2>/dev/full", "2>&-", ">/dev/full 2>/dev/full", ">&- 2>&-", "<&- >&- 2>&-"])
def test_a_message_that_cannot_be_shown_leaves_the_exit_code(tmp_path: Path, where: str) -> None:
    done = shell(tmp_path, f"$ASSAY run --target nowhere.toml {where}")

    assert (done.returncode, done.stdout, done.stderr) == (2, "", "")


def test_what_is_printed_before_a_reader_goes_arrives(tmp_path: Path) -> None:
    done = shell(tmp_path, "$ASSAY requirements --json | head -n 1")

    assert (done.returncode, done.stdout, done.stderr) == (0, "[\n", "")


def test_output_without_a_buffer_is_guarded_too(tmp_path: Path) -> None:
    done = shell(tmp_path, "PYTHONUNBUFFERED=1 $ASSAY requirements >/dev/full")

    assert (done.returncode, done.stderr) == (2, FULL)


def test_output_that_does_not_wait_for_its_reader_arrives_whole(tmp_path: Path) -> None:
    whole = shell(tmp_path, "$ASSAY requirements --json")
    unwaiting = (
        "import fcntl, os, sys; fcntl.fcntl(1, fcntl.F_SETFL, os.O_NONBLOCK); os.execv(sys.argv[1], sys.argv[1:])"
    )

    done = shell(tmp_path, f"{sys.executable} -c '{unwaiting}' $ASSAY requirements --json | (sleep 0.5; cat)")

    assert (done.returncode, done.stdout, done.stderr) == (0, whole.stdout, "")
