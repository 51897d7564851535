"""A run whose workers are elsewhere decides what a local run decides."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from assay.plan import Shard
from assay.target import StateEntry, StateHandler, Target
from tests.machines.conftest import ELSEWHERE, checks, decided, senders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.machines.conftest import Json, Worker


@dataclass(frozen=True)
class Network:
    """A network namespace, and the addresses of the two ends of the cable to it."""

    name: str
    here: str
    there: str


@pytest.fixture
def network() -> Iterator[Network]:
    number = os.getpid() % 4000
    # From a range that is kept free for measurements.
    net = f"198.18.{number // 64}.{number % 64 * 4}"
    first, _, last = net.rpartition(".")
    made = Network(f"assay{number}", f"{first}.{int(last) + 1}", f"{first}.{int(last) + 2}")
    inside = ("netns", "exec", made.name, "ip")
    try:
        ip("netns", "add", made.name)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no network namespace can be made here; that takes root and iproute2")
    try:
        ip("link", "add", f"{made.name}a", "type", "veth", "peer", "name", f"{made.name}b", "netns", made.name)
        ip("address", "add", f"{made.here}/30", "dev", f"{made.name}a")
        ip("link", "set", f"{made.name}a", "up")
        ip(*inside, "address", "add", f"{made.there}/30", "dev", f"{made.name}b")
        ip(*inside, "link", "set", f"{made.name}b", "up")
        yield made
    finally:
        ip("netns", "delete", made.name)


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)  # noqa: S607 - wherever the system has it


@contextmanager
def served(host: str) -> Iterator[Target]:
    """Run the reference server of vcf on an address."""
    command = [sys.executable, "-m", "assay", "serve", "vcf", "--host", host, "--port", "0", "--token", "t0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = next(found[0] for line in process.stdout if (found := re.search(rf"http://{host}:\d+", line)))
        yield Target("lab", "vcf", url, "t0", state_handler=StateHandler(url=f"{url}/_assay/states"))
        process.terminate()


def test_workers_of_another_installation_decide_the_same_as_a_local_run(
    start: Callable[..., Worker], vcf: Target, run: Callable[..., Json]
) -> None:
    there = run(vcf, start().spec, start().spec)
    here = run(vcf)

    assert decided(there) == decided(here)
    assert there["run"]["requests"] == here["run"]["requests"]
    assert (senders(there), senders(here)) == ({ELSEWHERE}, {"assay"})


def test_local_workers_take_part_beside_the_others(
    start: Callable[..., Worker], vcf: Target, run: Callable[..., Json]
) -> None:
    report = run(vcf, start().spec, workers=1, only=("vcf/*/un*",))

    assert senders(report) == {ELSEWHERE, "assay"}
    assert report["verdict"] == "conformant"


def test_a_socket_server_serves_one_run_after_the_other_and_keeps_nothing_of_them(
    start: Callable[..., Worker], vcf: Target, run: Callable[..., Json], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    worker = start()
    only = ("vcf/retry-task/unknown-task",)

    assert decided(run(vcf, worker.spec, only=only)) == decided(run(vcf, worker.spec, only=only))
    assert [path.name for path in (tmp_path / "temporary").iterdir() if path.name.startswith("assay-")] == []


def test_a_worker_with_an_address_of_its_own_reaches_the_target_from_there(
    start: Callable[..., Worker], network: Network, run: Callable[..., Json], installation: Path
) -> None:
    with served(network.here) as lab:
        report = run(lab, start(installation / "src", network.there, "ip", "netns", "exec", network.name).spec)

    assert (report["verdict"], senders(report)) == ("conformant", {ELSEWHERE})


def test_workers_elsewhere_keep_to_the_budget_of_the_run(
    start: Callable[..., Worker], vcf: Target, run: Callable[..., Json]
) -> None:
    report = run(vcf, start().spec, start().spec, max_requests=12)

    assert 0 < report["run"]["requests"] <= 12
    assert "--max-requests 12 were used up" in {check.get("message") for check in checks(report)}


def test_a_shard_is_decided_by_workers_as_it_is_locally(vcf: Target, run: Callable[..., Json]) -> None:
    settings = {"only": ("vcf/retry-task/*-task",), "shard": Shard(2, 3)}

    assert decided(run(vcf, "popen", **settings)) == decided(run(vcf, **settings))


def test_a_run_that_was_broken_off_is_gone_on_with_by_workers(vcf: Target, run: Callable[..., Json]) -> None:
    whole = run(vcf)
    run(vcf, "popen", max_requests=12)

    report = run(vcf, "popen", resume=True)

    assert decided(report) == decided(whole)
    assert report["run"]["requests"] < whole["run"]["requests"] + 12


def test_a_set_that_is_taken_elsewhere_is_noted_in_the_journal_here(
    start: Callable[..., Worker], vcf: Target, run: Callable[..., Json], tmp_path: Path
) -> None:
    listed = {"failed_task": StateEntry(each=({"task_id": "a1"},))}
    run(replace(vcf, states=listed), start().spec, only=("vcf/retry-task/failed-task",))

    (journal,) = tmp_path.glob("reports*/journal.jsonl")
    entries = [json.loads(line) for line in journal.read_text().splitlines() if line]
    kinds = [entry["kind"] for entry in entries]
    (taken,) = [entry for entry in entries if entry["kind"] == "taken"]
    assert (taken["target"], taken["state"], taken["position"]) == ("lab", "failed_task", 0)
    assert kinds.index("taken") < kinds.index("check")
