"""A run that was broken off, at whatever moment, goes on without repeating anything."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import time
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import pytest

from assay.decisions import DIED
from assay.report.schema import find_problems
from tests.patience import FOR_EVER_S, PLENTY_S

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Called, Underway, Vendor

    Start = Callable[..., Underway]
    WriteTarget = Callable[..., str]

KILLS = 20
WAYS = (("start", "1"), ("controller", "0"), ("controller", "2"), ("worker", "2"), ("group", "1"))
"""What is killed, and how many workers there are."""
WITHOUT_GENERATED = ("--fuzz-examples", "0")


def executions(name: str, sets: int) -> list[str]:
    """Return the states of a target for Oneprovider, with values that no other target has."""
    lines = []
    for state, more in (("stopped", ""), ("running", ""), ("forbidden", ", token = 'another'")):
        each = (
            f"{{wid = '{name}-{state}-{number}', lane_index = 1, lane_run_number = 1{more}}}" for number in range(sets)
        )
        lines += [f"[states.{state}_execution]", f"each = [{', '.join(each)}]"]
    return lines


@pytest.fixture
def pair(write_target: WriteTarget) -> list[str]:
    """Write two target files with more sets than their checks need, and return the arguments that name them."""
    files = [write_target(*executions(name, 90), name=name, contract="onedata") for name in ("north", "south")]
    return ["--target", files[0], "--target", files[1], *WITHOUT_GENERATED]


def report_of(folder: Path) -> dict[str, Any]:
    report: dict[str, Any] = json.loads((folder / "report.json").read_text())
    assert list(find_problems(report)) == []
    return report


def decided(report: dict[str, Any]) -> dict[tuple[str, str, str], tuple[str, int]]:
    """Return outcome and number of exchanges of each check of a report."""
    return {
        (target["name"], requirement["id"], check["name"]): (check["outcome"], len(check["exchanges"]))
        for target in report["targets"]
        for requirement in target["requirements"]
        for check in requirement["checks"]
    }


def killed(run: Underway, how: str, chance: random.Random) -> None:
    """Kill a run, or a worker of it and then the run, while it starts or some moment behind an entry of it."""
    if how != "start":
        before = run.journal.stat().st_size if run.journal.exists() else 0
        run.wait_until(lambda: bool(run.entries("run")) and run.journal.stat().st_size > before)
    time.sleep(chance.uniform(0, 0.6 if how == "start" else 0.03))
    if how == "worker":
        for worker in run.members()[1:2]:
            os.kill(worker, signal.SIGKILL)
        time.sleep(chance.uniform(0, 0.03))
    if how == "group":
        os.killpg(run.process.pid, signal.SIGKILL)
    else:
        os.kill(run.process.pid, signal.SIGKILL)


def test_a_run_that_is_killed_twenty_times_comes_to_the_end_of_one_that_is_not(
    start: Start, pair: list[str], vendor: Vendor, tmp_path: Path
) -> None:
    # Several times what it takes to notice a decision, so that a run is never over before it is killed.
    vendor.delay_s = 0.05
    undisturbed = start(*pair, "--report-dir", "undisturbed", "--workers", "2")
    assert undisturbed.process.wait(PLENTY_S) == 1
    vendor.asked.clear()
    chance = random.Random(4)  # noqa: S311 - when to kill is no secret
    lost: set[tuple[str, str]] = set()
    for vendor.part in range(KILLS):
        how, workers = chance.choice(WAYS if vendor.part else WAYS[1:])
        run = start(*pair, *(["--resume", "reports"] if vendor.part else []), "--workers", workers)
        killed(run, how, chance)
        assert run.leaves_nobody_behind()
        assert len(in_flight(run) - lost) <= max(1, int(workers))
        lost = in_flight(run)
    vendor.part = KILLS
    last = start(*pair, "--resume", "reports", "--workers", "2")

    assert last.process.wait(PLENTY_S) in (1, 4), last.output()
    assert_nothing_was_repeated(last, vendor)
    crashed = {(each["target"], each["check"]) for each in last.entries("check") if each["message"] == DIED}
    assert len(crashed) <= KILLS
    expected, found = (decided(report_of(tmp_path / name)) for name in ("undisturbed", "reports"))
    legitimate = {key for key in expected if (key[0], f"{key[1]}::{key[2]}") in crashed}
    assert {key: found[key] for key in expected if key not in legitimate} == {
        key: expected[key] for key in expected if key not in legitimate
    }
    assert report_of(tmp_path / "reports")["run"]["complete"]


def in_flight(run: Underway) -> set[tuple[str, str]]:
    """Return the checks that had begun and were not decided."""
    began = {(each["target"], each["check"]) for each in run.entries("taken")}
    return began - {(each["target"], each["check"]) for each in run.entries("check")}


def assert_nothing_was_repeated(run: Underway, vendor: Vendor) -> None:
    checks = Counter((each["target"], each["check"]) for each in run.entries("check"))
    taken = Counter((each["target"], each["state"], each["position"]) for each in run.entries("taken"))
    parts = defaultdict(set)
    for part, path in vendor.asked:
        parts[path].add(part)
    assert set(checks.values()) == {1}
    assert set(taken.values()) == {1}
    assert {path: parts[path] for path in parts if "execution/workflows/north-" in path and len(parts[path]) > 1} == {}
    assert {path: parts[path] for path in parts if "execution/workflows/south-" in path and len(parts[path]) > 1} == {}


@pytest.fixture
def one(write_target: WriteTarget) -> Callable[..., list[str]]:
    """Write one target file with these sets for failed tasks, and return the arguments that name it."""

    def write(tasks: int, *more: str, base: str = "") -> list[str]:
        each = ", ".join(f"{{task_id = 'failed-{number}'}}" for number in range(tasks))
        states = (f"[states.failed_task]\neach = [{each}]", "[states.unfailed_task]\nalways = {task_id = 'b'}")
        return ["--target", write_target(*states, url=base), *WITHOUT_GENERATED, "--workers", "0", *more]

    return write


@pytest.fixture
def whole(one: Callable[..., list[str]], call: Callable[..., Called], tmp_path: Path) -> list[str]:
    """Judge one target to the end; return the lines of its journal."""
    assert call("run", *one(30)).code == 1
    return (tmp_path / "reports/journal.jsonl").read_text().splitlines(keepends=True)


def line_of(lines: list[str], kind: str, number: int = 0) -> int:
    """Return the place of an entry in a journal."""
    return [place for place, line in enumerate(lines) if line.startswith(f'{{"kind":"{kind}"')][number]


def test_a_run_that_is_complete_says_so_and_reports_again(
    whole: list[str], one: Callable[..., list[str]], call: Callable[..., Called], vendor: Vendor, tmp_path: Path
) -> None:
    vendor.asked.clear()
    (tmp_path / "reports/report.json").unlink()

    again = call("run", *one(30), "--resume", "reports")

    assert (again.code, vendor.asked) == (1, [])
    assert "there is nothing left to run, the reports are written again" in again.err
    assert (tmp_path / "reports/journal.jsonl").read_text() == "".join(whole)
    assert report_of(tmp_path / "reports")["run"]["complete"]


def test_a_line_that_was_cut_short_is_cut_off_and_its_check_run_again(
    whole: list[str], one: Callable[..., list[str]], call: Callable[..., Called], tmp_path: Path
) -> None:
    expected = decided(report_of(tmp_path / "reports"))
    cut = line_of(whole, "check", 4)
    (tmp_path / "reports/journal.jsonl").write_text("".join(whole[:cut]) + whole[cut][:-200])

    assert call("run", *one(30), "--resume", "reports").code == 1
    lines = (tmp_path / "reports/journal.jsonl").read_text().splitlines()
    assert all(json.loads(line) for line in lines if line)
    assert decided(report_of(tmp_path / "reports")) == expected


def test_a_check_that_was_broken_off_gets_a_set_that_the_plan_does_not_need(
    whole: list[str], one: Callable[..., list[str]], call: Callable[..., Called], tmp_path: Path
) -> None:
    cut = line_of(whole, "taken", 3) + 1
    broken_off = json.loads(whole[cut - 1])
    needed = 1 + max(json.loads(line)["position"] for line in whole if line.startswith('{"kind":"taken"'))
    (tmp_path / "reports/journal.jsonl").write_text("".join(whole[:cut]))

    call("run", *one(30), "--resume", "reports")

    taken = [
        json.loads(line) for line in (tmp_path / "reports/journal.jsonl").read_text().splitlines() if "taken" in line
    ]
    positions = [each["position"] for each in taken if each.get("check") == broken_off["check"]]
    assert positions[:2] == [broken_off["position"], needed]


def test_where_no_set_is_left_the_check_that_was_broken_off_says_so(
    one: Callable[..., list[str]], call: Callable[..., Called], tmp_path: Path
) -> None:
    call("run", *one(15))
    journal = tmp_path / "reports/journal.jsonl"
    lines = journal.read_text().splitlines(keepends=True)
    cut = line_of(lines, "taken") + 1
    journal.write_text("".join(lines[:cut]))

    assert call("run", *one(15), "--resume", "reports").code == 1
    check = json.loads(lines[cut - 1])["check"].rpartition("::")
    outcome = decided(report_of(tmp_path / "reports"))["lab", check[0], check[2]]
    assert outcome == ("untestable", 0)
    assert "all 15 sets in [states.failed_task] are used up" in journal.read_text()


def test_what_was_accepted_before_the_run_was_broken_off_is_probed_too(
    whole: list[str], one: Callable[..., list[str]], call: Callable[..., Called], tmp_path: Path
) -> None:
    (tmp_path / "reports/journal.jsonl").write_text("".join(whole[: line_of(whole, "probe")]))

    call("run", *one(30), "--resume", "reports")

    assert (
        '{"kind":"probe","target":"lab","operation":"vcf/retry-task"'
        in (tmp_path / "reports/journal.jsonl").read_text()
    )


def test_a_target_that_was_not_probed_for_the_end_of_the_run_is_probed_when_it_goes_on(
    whole: list[str], one: Callable[..., list[str]], call: Callable[..., Called], tmp_path: Path
) -> None:
    expected = decided(report_of(tmp_path / "reports"))
    journal = tmp_path / "reports/journal.jsonl"
    journal.write_text("".join(line for line in whole if '"kind":"probe"' not in line))

    call("report", "reports")
    unprobed = decided(report_of(tmp_path / "reports"))
    call("run", *one(30), "--resume", "reports")

    assert "inconclusive" in {outcome for outcome, _ in unprobed.values()}
    assert decided(report_of(tmp_path / "reports")) == expected
    assert journal.read_text().count('"kind":"probe"') == 1


def planned(called: Called) -> int:
    """Return how many requests a run has said that it will send."""
    (found,) = re.findall(r"^lab: about (\d+) requests?", called.out, re.MULTILINE)
    return int(found)


@pytest.mark.usefixtures("whole")
def test_what_a_budget_had_cut_off_is_gone_on_with(
    one: Callable[..., list[str]], call: Callable[..., Called], vendor: Vendor, tmp_path: Path
) -> None:
    expected = decided(report_of(tmp_path / "reports"))
    vendor.asked.clear()
    first = call("run", *one(60, "--max-requests", "9"))
    asked = len(vendor.asked)
    second = call("run", *one(60, "--max-requests", "9"), "--resume", "reports")
    unchanged = len(vendor.asked)
    third = call("run", *one(60), "--resume", "reports")

    assert (first.code, second.code, third.code) == (1, 1, 1)
    assert asked == unchanged == 9
    assert "--max-requests 9 is not enough: about " in first.out
    assert "--max-requests 9, of which 9 were used before, is not enough: about " in second.out
    assert planned(third) == planned(second) < planned(first)
    assert decided(report_of(tmp_path / "reports")) == expected


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--seed", "2"], "--seed was 1 and is 2"),
        (["--fuzz-examples", "3"], "--fuzz-examples was 0 and is 3"),
        (["--only", "*/failed-task"], '--only was [] and is ["*/failed-task"]'),
    ],
)
def test_other_options_are_another_run(
    whole: list[str],
    one: Callable[..., list[str]],
    call: Callable[..., Called],
    arguments: list[str],
    problem: str,
    tmp_path: Path,
) -> None:
    called = call("run", *one(30), *arguments, "--resume", "reports")

    assert called.code == 2
    assert problem in called.err
    assert (tmp_path / "reports/journal.jsonl").read_text() == "".join(whole)


@pytest.mark.usefixtures("whole")
def test_another_target_is_another_run(
    one: Callable[..., list[str]], call: Callable[..., Called], write_target: WriteTarget
) -> None:
    other = write_target(name="other")
    calls = [
        call("run", *one(30, base="http://127.0.0.1:9"), "--resume", "reports"),
        call("run", *one(30), "--target", other, "--resume", "reports"),
        call("run", *one(29), "--resume", "reports"),
        call("run", "--target", other, *WITHOUT_GENERATED, "--resume", "reports"),
    ]

    assert [each.code for each in calls] == [2, 2, 2, 2]
    assert "base_url of target lab was" in calls[0].err
    assert "target other was not judged" in calls[1].err
    assert "[states.failed_task] of target lab lists other sets" in calls[2].err
    assert "target other was not judged; target lab is missing" in calls[3].err


@pytest.mark.usefixtures("whole")
def test_another_catalogue_is_another_run(
    one: Callable[..., list[str]], call: Callable[..., Called], tmp_path: Path
) -> None:
    journal = tmp_path / "reports/journal.jsonl"
    head, rest = journal.read_text().split("\n", 1)
    changed = json.loads(head)
    changed["run"]["catalogue_sha256"] = "another"
    journal.write_text(json.dumps(changed) + "\n" + rest)

    called = call("run", *one(30), "--resume", "reports")

    assert called.code == 2
    assert 'catalogue_sha256 was "another" and is' in called.err


@pytest.mark.usefixtures("whole")
def test_only_a_run_that_there_was_can_be_gone_on_with(
    one: Callable[..., list[str]], call: Callable[..., Called]
) -> None:
    calls = [
        call("run", *one(30), "--resume", "nowhere"),
        call("run", *one(30), "--resume", "reports", "--report-dir", "elsewhere"),
    ]

    assert [each.code for each in calls] == [2, 2]
    assert "nowhere/journal.jsonl: cannot be read: No such file" in calls[0].err
    assert "leave --report-dir elsewhere out" in calls[1].err


def test_the_servers_of_a_run_without_targets_are_gone(call: Callable[..., Called]) -> None:
    call("run", "--only", "vcf/*/unknown-task", *WITHOUT_GENERATED, "--workers", "0")

    called = call("run", "--resume", "reports")

    assert called.code == 2
    assert "the servers of that run are gone" in called.err


def test_targets_and_options_need_not_be_told_again(
    whole: list[str], call: Callable[..., Called], tmp_path: Path
) -> None:
    expected = decided(report_of(tmp_path / "reports"))
    (tmp_path / "reports/journal.jsonl").write_text("".join(whole[: line_of(whole, "check", 4) + 1]))

    assert call("run", "--resume", "reports").code == 1
    assert decided(report_of(tmp_path / "reports")) == expected


def test_a_run_that_is_still_going_on_is_not_gone_on_with(
    start: Start, one: Callable[..., list[str]], call: Callable[..., Called], vendor: Vendor
) -> None:
    vendor.delay_s = FOR_EVER_S
    first = start(*one(30))
    first.wait_until(lambda: bool(first.entries("run")))

    called = call("run", *one(30), "--resume", "reports")

    assert called.code == 2
    assert "another run is writing there" in called.err
