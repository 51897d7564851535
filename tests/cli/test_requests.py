"""The number of requests in a report is what the server has seen, whatever each of them was for."""

from __future__ import annotations

import json
import signal
import socket
from typing import TYPE_CHECKING, Any

import pytest

from assay.reference.hosting import EmbeddedServers
from tests.hostile.fronts import passes_on
from tests.hostile.server import Kind, Server
from tests.patience import PLENTY_S

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Called, Underway, Vendor

Sections = tuple[str, ...]

FRONT = Kind("front", "Passes everything on, and writes it down.", passes_on(), answers=True, fronts=True)


@pytest.fixture
def handled(vendor: Vendor) -> Sections:
    """Return the section of a target file that has the vendor's server provide states."""
    return "[state_handler]", f"url = '{vendor.url}/states'", "teardown = true"


def requests_in(folder: Path) -> int:
    run: dict[str, Any] = json.loads((folder / "report.json").read_text())["run"]
    return int(run["requests"])


@pytest.mark.parametrize("workers", ["0", "2"])
@pytest.mark.parametrize("operation", ["vcf/retry-task", "zuora/import-workflow"])
def test_what_every_process_and_the_probes_ask_is_counted(
    call: Callable[..., Called], write_target: Callable[..., str], vendor: Vendor, handled: Sections,
    tmp_path: Path, operation: str, workers: str,
) -> None:  # fmt: skip
    vendor.delay_s = 0
    target = write_target(*handled, contract=operation.partition("/")[0])

    call("run", "--target", target, "--workers", workers, "--fuzz-examples", "1", "--only", f"{operation}/*")

    assert requests_in(tmp_path / "reports") == len(vendor.asked) > 0


@pytest.mark.parametrize("workers", ["0", "2"])
def test_what_fixtures_put_back_behind_a_check_is_counted(
    call: Callable[..., Called], tmp_path: Path, workers: str
) -> None:
    with EmbeddedServers() as servers, Server(FRONT, servers["zuora"]) as front:
        behind = servers["zuora"]
        (tmp_path / "lab.toml").write_text(
            f"[target]\nname = 'lab'\ncontract = 'zuora'\nbase_url = '{front.url}'\n"
            f"[auth]\ntoken = '{behind.token}'\n[state_handler]\nurl = '{behind.state_handler_url}'\n"
        )
        call("run", "--target", "lab.toml", "--only", "zuora/update-tasks/unicode-text", "--workers", workers)

    entries = map(json.loads, (tmp_path / "reports/journal.jsonl").read_text().splitlines())
    in_checks = sum(entry["requests"] for entry in entries if entry["kind"] == "check")
    assert requests_in(tmp_path / "reports") == len(front.received) > in_checks + 1


def test_what_an_overloaded_server_is_asked_again_is_counted(
    call: Callable[..., Called], write_target: Callable[..., str], vendor: Vendor, handled: Sections, tmp_path: Path
) -> None:
    vendor.always = 429, {"Retry-After": "0"}

    call(
        "run",
        "--target",
        write_target(*handled),
        "--workers",
        "2",
        "--only",
        "vcf/*/unknown-task",
        "--fuzz-examples",
        "0",
    )

    assert requests_in(tmp_path / "reports") == len(vendor.asked) > 2


def test_what_an_interrupted_run_and_the_one_that_goes_on_with_it_send_is_counted(
    call: Callable[..., Called], start: Callable[..., Underway], write_target: Callable[..., str], vendor: Vendor,
    handled: Sections, tmp_path: Path,
) -> None:  # fmt: skip
    run = start("--target", write_target(*handled), "--workers", "2")
    run.wait_until(lambda: len(run.entries("check")) > 5)
    run.process.send_signal(signal.SIGINT)
    run.process.wait(PLENTY_S)
    # What each of the two workers was about to send is counted, and need not have arrived.
    broken_off = requests_in(tmp_path / "reports") - len(vendor.asked)

    call("run", "--resume", "reports", "--workers", "0")

    assert broken_off in {0, 1, 2}
    assert requests_in(tmp_path / "reports") == len(vendor.asked) + broken_off


def test_shards_count_together(
    call: Callable[..., Called], write_target: Callable[..., str], vendor: Vendor, handled: Sections, tmp_path: Path
) -> None:
    target = write_target(*handled)
    call("run", "--target", target, "--shard", "1/2", "--report-dir", "one", "--workers", "2")
    call("run", "--target", target, "--shard", "2/2", "--report-dir", "two", "--workers", "0")

    call("merge", "one", "two")

    assert requests_in(tmp_path / "reports") == len(vendor.asked)


def test_a_budget_that_is_used_up_is_what_was_sent(
    call: Callable[..., Called], write_target: Callable[..., str], vendor: Vendor, handled: Sections, tmp_path: Path
) -> None:
    call("run", "--target", write_target(*handled), "--workers", "2", "--max-requests", "7")

    assert requests_in(tmp_path / "reports") == len(vendor.asked) == 7


def test_workers_elsewhere_lose_nothing(
    call: Callable[..., Called], write_target: Callable[..., str], vendor: Vendor, handled: Sections, tmp_path: Path
) -> None:
    call("run", "--target", write_target(*handled), "--tx", "popen", "--only", "vcf/*/unknown-task")

    assert requests_in(tmp_path / "reports") == len(vendor.asked)


@pytest.mark.parametrize("contract", ["vcf", "zuora"])
def test_of_a_target_that_is_dead_from_the_start_all_that_could_be_asked_is_inconclusive(
    call: Callable[..., Called], write_target: Callable[..., str], handled: Sections, tmp_path: Path, contract: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]

    target = write_target(*handled, contract=contract, url=f"http://127.0.0.1:{port}")
    called = call("run", "--target", target, "--workers", "0")

    (target,) = json.loads((tmp_path / "reports" / "report.json").read_text())["targets"]
    assert called.code == 4
    assert {name for name, number in target["counts"].items() if number} <= {"inconclusive", "untestable"}
    assert requests_in(tmp_path / "reports") >= 5
