"""A run that is told to end, by whoever and wherever it is, reports what it decided and gives back what it set up."""

from __future__ import annotations

import json
import os
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest

from assay import pool
from tests.patience import FOR_EVER_S, PLENTY_S

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Called, Underway, Vendor

    Start = Callable[..., Underway]

TARGETED = ("--fuzz-examples", "0")
IN_EACH_FORM = pytest.mark.parametrize("workers", ["0", "1"])


@pytest.fixture
def handled(write_target: Callable[..., str], vendor: Vendor) -> list[str]:
    """Write a target whose states are set up and torn down over HTTP, and return the arguments that name it."""
    handler = ("[state_handler]", f"url = '{vendor.url}/states'", "teardown = true", f"timeout_s = {FOR_EVER_S}")
    return ["--target", write_target(*handler), *TARGETED]


def report_of(folder: Path) -> dict[str, Any]:
    report: dict[str, Any] = json.loads((folder / "reports/report.json").read_text())
    return report


def outcomes(report: dict[str, Any]) -> list[str]:
    return [
        check["outcome"]
        for target in report["targets"]
        for requirement in target["requirements"]
        for check in requirement["checks"]
    ]


def begun(run: Underway, vendor: Vendor) -> None:
    """Wait until a run has decided something, and give it no time for all the rest."""
    run.wait_until(lambda: len(run.entries("check")) > 1)
    vendor.delay_s = 3


@pytest.mark.parametrize(
    ("number", "workers"), [(signal.SIGINT, "0"), (signal.SIGTERM, "0"), (signal.SIGHUP, "0"), (signal.SIGTERM, "2")]
)
def test_a_signal_ends_a_run_with_a_report_and_nothing_left_behind(
    start: Start, handled: list[str], vendor: Vendor, number: int, workers: str
) -> None:
    vendor.delay_s = 0.1
    run = start(*handled, "--workers", workers)
    begun(run, vendor)

    run.process.send_signal(number)

    assert run.leaves_nobody_behind()
    assert run.process.returncode in (1, 3)
    report = report_of(run.folder)
    assert not report["run"]["complete"]
    assert "not_run" in outcomes(report)
    assert sorted(vendor.set_up) == sorted(vendor.torn_down)
    assert list(run.temporary.iterdir()) == []


@IN_EACH_FORM
def test_ctrl_c_in_a_terminal_reaches_every_process_and_does_the_same(
    start: Start, handled: list[str], vendor: Vendor, workers: str
) -> None:
    vendor.delay_s = 0.1
    run = start(*handled, "--workers", workers)
    begun(run, vendor)

    os.killpg(run.process.pid, signal.SIGINT)

    assert run.leaves_nobody_behind()
    assert run.process.returncode in (1, 3)
    assert "Traceback" not in run.output()
    assert not report_of(run.folder)["run"]["complete"]
    assert sorted(vendor.set_up) == sorted(vendor.torn_down)


@IN_EACH_FORM
def test_an_exchange_that_hangs_does_not_hold_up_the_end(
    start: Start, write_target: Callable[..., str], vendor: Vendor, workers: str
) -> None:
    vendor.delay_s = FOR_EVER_S
    states = "[states.failed_task]\nalways = {task_id = 'a'}"
    target = write_target(states, keys=f"timeout_s = {FOR_EVER_S}")
    run = start("--target", target, *TARGETED, "--workers", workers)
    run.wait_until(lambda: bool(vendor.asked))

    run.process.send_signal(signal.SIGINT)

    assert run.leaves_nobody_behind()
    assert "inconclusive" not in outcomes(report_of(run.folder))


@IN_EACH_FORM
def test_a_second_ctrl_c_does_not_wait_for_what_is_given_back(
    start: Start, handled: list[str], vendor: Vendor, workers: str
) -> None:
    vendor.teardown_s = FOR_EVER_S
    run = start(*handled, "--workers", workers)
    run.wait_until(lambda: bool(vendor.torn_down))

    run.process.send_signal(signal.SIGINT)
    run.wait_until(lambda: not run.has_a_signal_to_see)
    run.process.send_signal(signal.SIGINT)

    assert run.leaves_nobody_behind()
    assert not report_of(run.folder)["run"]["complete"]


@IN_EACH_FORM
@pytest.mark.parametrize("bound", [["--max-requests", "5"], []])
def test_what_was_set_up_is_given_back_whatever_becomes_of_the_check(
    call: Callable[..., Called], handled: list[str], vendor: Vendor, bound: list[str], workers: str, tmp_path: Path
) -> None:
    called = call("run", *handled, *bound, "--workers", workers)

    assert called.code == 1
    assert {"failed", "not_run"} & set(outcomes(report_of(tmp_path)))
    assert vendor.set_up
    assert sorted(vendor.set_up) == sorted(vendor.torn_down)


def test_what_was_set_up_is_given_back_behind_the_deadline(
    call: Callable[..., Called], handled: list[str], vendor: Vendor, tmp_path: Path
) -> None:
    vendor.delay_s = FOR_EVER_S

    called = call("run", *handled, "--deadline", "1", "--workers", "0")

    assert called.code == 4
    assert "not_run" in outcomes(report_of(tmp_path))
    assert sorted(vendor.set_up) == sorted(vendor.torn_down)


def test_a_worker_that_does_not_end_behind_the_deadline_is_ended(
    call: Callable[..., Called], write_target: Callable[..., str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(pool, "_OVERTIME_S", 0.5)
    (tmp_path / "hangs").write_text(f"#!/bin/sh\necho $$ > $$.pid\nexec sleep {FOR_EVER_S:g}\n")
    (tmp_path / "hangs").chmod(0o755)
    target = write_target("[state_handler]", "command = ['./hangs']", f"timeout_s = {FOR_EVER_S}")

    called = call("run", "--target", target, *TARGETED, "--deadline", "4", "--workers", "1")

    assert called.code == 3
    assert set(outcomes(report_of(tmp_path))) == {"not_run"}
    assert not any(is_alive(int(path.read_text())) for path in tmp_path.glob("*.pid"))


def test_a_controller_that_is_killed_leaves_no_process_behind(
    start: Start, write_target: Callable[..., str], tmp_path: Path
) -> None:
    script = tmp_path / "prepare"
    script.write_text(f"#!/bin/sh\necho $$ > $$.pid\nexec sleep {FOR_EVER_S:g}\n")
    script.chmod(0o755)
    target = write_target("[state_handler]", "command = ['./prepare']", f"timeout_s = {FOR_EVER_S}")
    run = start("--target", target, *TARGETED, "--workers", "1")
    run.wait_until(lambda: any(path.read_text().strip() for path in tmp_path.glob("*.pid")))

    run.process.kill()

    assert run.leaves_nobody_behind()
    prepared = [int(path.read_text()) for path in tmp_path.glob("*.pid")]
    assert not any(is_alive(process) for process in prepared)


def is_alive(process: int) -> bool:
    """Whether a process does not end within a while; nobody may be there to take note of its end."""
    give_up = time.monotonic() + PLENTY_S
    while time.monotonic() < give_up:
        try:
            with open(f"/proc/{process}/stat") as file:  # noqa: PTH123 - it has no path but this text
                if file.read().rpartition(")")[2].split()[0] == "Z":
                    return False
        except OSError:
            return False
        time.sleep(0.02)
    return True
