"""`assay plan` says what a run would do, sends nothing, and is right about it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from assay import catalogue
from assay.forecast import Settings, forecast, known_table
from assay.plan import Past, Plan, Shard
from assay.reference.hosting import EmbeddedServers
from assay.runner import decide
from assay.target import StateEntry, StateHandler, Target
from assay.transport.pacing import requests_of
from tests.patience import PLENTY_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from assay.reference.hosting import Address
    from tests.cli.conftest import Called

TOKEN = "a-token-that-must-not-leak"
LAB = f"""
[target]
name = "lab"
contract = "vcf"
base_url = "http://127.0.0.1:9"
[auth]
token = "{TOKEN}"
[states.failed_task]
each = [{{ task_id = "a1" }}, {{ task_id = "a2" }}, {{ task_id = "a3" }}]
[states.unfailed_task]
always = {{ task_id = "b7" }}
"""
STAGING = """
[target]
name = "staging"
contract = "zuora"
base_url = "https://staging.example.test"
[capabilities]
multi_entity = false
[states.caller_without_run_access]
always = { token = "a-token-of-another-caller" }
"""
WATCHED = """
import sys

FORBIDDEN = ("socket.connect", "socket.getaddrinfo", "socket.sendto", "subprocess.Popen", "os.posix_spawn", "os.fork")

def watch(event, _):
    if event in FORBIDDEN:
        print(f"FORBIDDEN {event}", file=sys.stderr, flush=True)

sys.addaudithook(watch)
sys.argv = ["assay", *sys.argv[1:]]
from assay.cli import main

main()
"""


@pytest.fixture
def lab(tmp_path: Path) -> str:
    (tmp_path / "lab.toml").write_text(LAB)
    return "lab.toml"


@pytest.fixture
def staging(tmp_path: Path) -> str:
    (tmp_path / "staging.toml").write_text(STAGING)
    return "staging.toml"


@pytest.mark.parametrize(
    "handler",
    [
        'url = "http://127.0.0.1:9/states"',
        f'command = ["{sys.executable}", "-c", "open(\'asked\', \'w\')"]',
        'python = "asked:provide"',
    ],
    ids=["url", "command", "python"],
)
def test_nothing_is_sent_and_no_state_handler_is_asked(tmp_path: Path, handler: str) -> None:
    (tmp_path / "asked.py").write_text("open('asked', 'w')\n")
    (tmp_path / "lab.toml").write_text(f"{LAB.partition('[states')[0]}\n[state_handler]\n{handler}\nteardown = true\n")

    done = watched(tmp_path, "plan", "--target", "lab.toml")

    assert (done.returncode, done.stderr) == (0, "")
    assert "failed_task: 17 sets taken, from the state handler" in done.stdout
    assert not (tmp_path / "asked").exists()


def test_what_connects_is_seen_by_the_same_watch(tmp_path: Path, lab: str) -> None:
    done = watched(tmp_path, "doctor", "--target", lab)

    assert done.returncode == 1
    assert "FORBIDDEN socket.connect" in done.stderr


def watched(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Call the command in a process that tells of each attempt to reach another one."""
    return subprocess.run(
        [sys.executable, "-c", WATCHED, *arguments],
        cwd=folder, env={**os.environ, "HTTP_PROXY": "http://127.0.0.1:9"}, capture_output=True, text=True,
        timeout=PLENTY_S, check=False,
    )  # fmt: skip


def test_it_says_what_is_called_touched_missing_and_left(call: Callable[..., Called], lab: str) -> None:
    called = call("plan", "--target", lab)

    assert called.code == 0
    assert "vcf/retry-task: PATCH /v1/tasks/{id}" in called.out
    assert "  leaves behind: The tasks stay retried" in called.out
    assert "  failed_task: 17 sets taken, 3 listed; " in called.out
    assert "    a1, a2, a3" in called.out
    assert "  unfailed_task: 7 sets taken, the same one each time" in called.out
    assert "Untestable for want of failed_task" in called.out
    assert TOKEN not in called.out


def test_at_80_columns_only_the_name_of_a_check_is_longer(
    call: Callable[..., Called], monkeypatch: pytest.MonkeyPatch, lab: str, staging: str
) -> None:
    monkeypatch.setenv("COLUMNS", "80")

    lines = call("plan", "--target", lab, "--target", staging).out.splitlines()

    assert [line for line in lines if len(line) > 80 and "::" not in line] == []


def test_no_token_and_what_the_target_lacks_are_told(call: Callable[..., Called], staging: str) -> None:
    called = call("plan", "--target", staging)

    assert "No [auth] token is given" in called.out
    assert "Declared absent: multi_entity, so that 2 checks will be inapplicable." in called.out
    assert "(a token, not shown)" in called.out
    assert "a-token-of-another-caller" not in called.out


def test_as_json_it_is_one_object_for_each_target(call: Callable[..., Called], lab: str, staging: str) -> None:
    called = call("plan", "--json", "--target", lab, "--target", staging, "--fuzz-examples", "0")

    first, second = json.loads(called.out)
    assert (first["name"], first["fuzz_examples"], second["name"]) == ("lab", 0, "staging")
    assert [each["path"] for each in first["operations"]] == ["/v1/tasks/{id}"]
    assert first["states"][0]["objects"] == ["a1", "a2", "a3"]
    assert second["absent_capabilities"] == {"multi_entity": 2}
    assert "a-token" not in called.out


def test_a_wrong_file_is_told_with_exit_code_2(call: Callable[..., Called], tmp_path: Path) -> None:
    (tmp_path / "wrong.toml").write_text("[target]\nname = 'x'\ncontract = 'vfc'\n")

    called = call("plan", "--target", "wrong.toml")

    assert (called.code, called.out) == (2, "")
    assert called.err == (
        "assay: wrong.toml: target.contract: no contract 'vfc'; did you mean 'vcf'?"
        " (--contracts DIR adds those of a pack)\n"
    )


def test_a_pattern_that_selects_nothing_is_told(call: Callable[..., Called], lab: str) -> None:
    called = call("plan", "--target", lab, "--only", "vcf/retry-tsk/*")

    assert called.code == 2
    assert "no requirement of these targets matches" in called.err


def test_a_target_of_which_nothing_is_selected_is_left_out(call: Callable[..., Called], lab: str, staging: str) -> None:
    called = call("plan", "--target", lab, "--target", staging, "--only", "vcf/*")

    assert called.code == 0
    assert "staging" not in called.out
    assert called.err == "assay: staging is left out: --only selects nothing of zuora\n"


def test_a_shard_and_a_budget_are_planned_as_they_would_be_run(call: Callable[..., Called], lab: str) -> None:
    whole, part = (
        json.loads(call("plan", "--json", "--target", lab, *shard).out)[0] for shard in ((), ("--shard", "2/3"))
    )
    called = call("plan", "--target", lab, "--shard", "2/3", "--max-requests", "9")

    assert (part["shard"], part["max_requests"], whole["shard"]) == ("2/3", None, None)
    assert 0 < part["requests"] < whole["requests"]
    assert 0 < part["operations"][0]["checks"] < whole["operations"][0]["checks"]
    assert f"A run needs about {part['requests']} requests" in called.out
    assert f"--max-requests 9 is not enough: about {part['requests']} requests are needed" in called.out


def test_without_a_target_there_is_nothing_to_plan(call: Callable[..., Called]) -> None:
    called = call("plan")

    assert called.code == 2
    assert "--target" in called.err


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, Address]]:
    with EmbeddedServers(states={"vcf": {"failed_task": 6, "unfailed_task": 8}}) as running:
        yield running


def target_of(address: Address, contract: str, **states: Any) -> Target:
    known = catalogue.load()[contract]
    handler = None if states else StateHandler(url=address.state_handler_url)
    return Target(
        name=contract, contract=contract, base_url=address.base_url, token=address.token,
        auth_header=known.auth_header, auth_scheme=known.auth_scheme, state_handler=handler, **states,
    )  # fmt: skip


def sent(target: Target, settings: Settings, folder: Path) -> int:
    """Return how many requests a run sends."""
    plan = Plan(
        targets=(target,), only=settings.only, seed=settings.seed, fuzz_examples=settings.fuzz_examples,
        deadline=time.time() + 300, workers=0, folder=folder, shard=settings.shard, past=settings.past,
    )  # fmt: skip
    decide(plan, {target.contract: catalogue.load()[target.contract]}, lambda _: None)
    return int(requests_of(plan).now)


def planned(target: Target, settings: Settings) -> int:
    contract = catalogue.load()[target.contract]
    return forecast(target, contract, settings, known_table()).requests


@pytest.mark.parametrize(
    ("contract", "settings"),
    [
        ("vcf", Settings((), 1, 20)),
        ("onedata", Settings((), 2, 0)),
        ("onedata", Settings(("*/body-*", "*/no-server-error"), 1, 7)),
        ("zuora", Settings(("zuora/rerun-task/*",), 1, 0)),
        ("zuora", Settings(("zuora/import-workflow/no-server-error",), 3, 35)),
        ("zuora", Settings(("zuora/update-tasks/*-body", "zuora/*/track-id-*"), 1, 5)),
    ],
)
def test_a_conforming_server_is_sent_about_as_many_requests_as_planned(
    servers: dict[str, Address], tmp_path: Path, contract: str, settings: Settings
) -> None:
    target = target_of(servers[contract], contract)

    assert sent(target, settings, tmp_path) == pytest.approx(planned(target, settings), rel=0.1)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_so_it_is_by_a_shard(servers: dict[str, Address], tmp_path: Path, number: int) -> None:
    target, settings = target_of(servers["vcf"], "vcf"), Settings((), 1, 20, Shard(number, 3))

    assert sent(target, settings, tmp_path) == pytest.approx(planned(target, settings), rel=0.1)


def test_so_it_is_by_a_run_that_is_gone_on_with(servers: dict[str, Address], tmp_path: Path) -> None:
    checks = [check.id for check in catalogue.load()["vcf"].checks]
    past = Past(frozenset(("vcf", check) for check in checks[: len(checks) // 2]))
    target, settings = target_of(servers["vcf"], "vcf"), Settings((), 1, 20, past=past)

    assert planned(target, settings) < planned(target, replace(settings, past=Past())) * 0.9
    assert sent(target, settings, tmp_path) == pytest.approx(planned(target, settings), rel=0.1)


def test_what_lacks_a_state_is_not_counted(servers: dict[str, Address], tmp_path: Path) -> None:
    states = {name: StateEntry(each=tuple(sets)) for name, sets in servers["vcf"].states.items()}
    target, settings = target_of(servers["vcf"], "vcf", states=states), Settings((), 1, 20)

    assert sent(target, settings, tmp_path) == pytest.approx(planned(target, settings), rel=0.1)


def test_whoever_is_about_to_use_a_set_again_is_told_so(call: Callable[..., Called], tmp_path: Path) -> None:
    (tmp_path / "lab.toml").write_text(LAB)
    judged = ("--target", "lab.toml", "--only", "vcf/retry-task/no-body")
    once = call("run", *judged, "--workers", "0")

    told = [call(command, *judged) for command in ("run", "plan", "doctor")]

    warning = "1 of the 1 listed failed_task that a run takes was used by the run of "
    assert warning not in once.err + once.out
    assert [warning in " ".join((each.err + each.out).split()) for each in told] == [True, True, True]
