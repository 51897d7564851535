"""From targets to a report: what a run leaves behind, whatever becomes of it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assay.exceptions import UsageError
from assay.journal import read
from assay.runner import MAX_AUTO_WORKERS, Settings, auto_workers, judge
from assay.target import Target

if TYPE_CHECKING:
    from assay.model import Outcome
    from assay.plan import Plan
    from tests.conftest import Json, JudgeToy

PASSES = """
    @requirement("done")
    def test_it_passes(bench):
        bench.send(bench.call()).must_be(200)
"""
BREAKS_OFF = """
    @requirement("done")
    def test_it_breaks_off(bench):
        bench.send(bench.call()).must_be(200)
        raise KeyboardInterrupt

    @requirement("done")
    def test_it_comes_too_late(bench):
        pass
"""
FUZZES = """
    @requirement("done", fuzz=True)
    def test_it_is_generated(bench):
        pass
"""


@dataclass
class Listener:
    """Writes down what it is told."""

    told: list[object] = field(default_factory=list)

    def begins(self, plan: Plan) -> None:
        self.told.append([target.name for target in plan.targets])

    def planned(self, checks: int) -> None:
        self.told.append(checks)

    def decided(self, outcome: Outcome) -> None:
        self.told.append(str(outcome))


def outcomes(report: Json) -> dict[str, str]:
    (requirement,) = report["targets"][0]["requirements"]
    return {check["name"]: check["outcome"] for check in requirement["checks"]}


def test_a_run_decides_every_check_and_tells_the_listener(judge_toy: JudgeToy) -> None:
    listener = Listener()
    report = judge_toy(PASSES, FUZZES, listener=listener)

    assert set(outcomes(report).values()) == {"passed"}
    assert listener.told == [["lab"], 2, "passed", "passed"]
    assert (report["verdict"], report["run"]["complete"], report["run"]["partial"]) == ("conformant", True, False)


def test_an_accepted_request_is_followed_by_one_that_no_server_may_grant(judge_toy: JudgeToy, tmp_path: Path) -> None:
    report = judge_toy(PASSES)

    (probe,) = read(tmp_path / "reports" / "journal.jsonl").of("lab").probes.values()
    assert probe["exchange"]["response"]["status"] == 404
    assert report["run"]["requests"] == 2


def test_without_an_acceptance_nothing_more_is_asked(judge_toy: JudgeToy, tmp_path: Path) -> None:
    judge_toy(FUZZES)

    assert read(tmp_path / "reports" / "journal.jsonl").of("lab").probes == {}


def test_switched_off_generation_leaves_its_checks_not_run(judge_toy: JudgeToy) -> None:
    report = judge_toy(PASSES, FUZZES, settings={"fuzz_examples": 0})

    assert outcomes(report)["it_is_generated"] == "not_run"
    assert report["verdict"] == "not-fully-verified"


def test_an_interrupted_run_keeps_what_was_decided(judge_toy: JudgeToy, tmp_path: Path) -> None:
    report = judge_toy(PASSES, BREAKS_OFF)

    found = outcomes(report)
    assert (found["it_passes"], found["it_breaks_off"], found["it_comes_too_late"]) == ("passed", "not_run", "not_run")
    assert not report["run"]["complete"]
    assert read(tmp_path / "reports" / "journal.jsonl").of("lab").probes == {}


def test_a_file_that_cannot_be_collected_costs_its_own_checks_only(judge_toy: JudgeToy) -> None:
    without_bench = "@requirement('done')\ndef test_it_is_lost(): ..."

    found = outcomes(judge_toy(without_bench, PASSES))

    assert (found["it_is_lost"], found["it_passes"]) == ("error", "passed")


def test_fixtures_are_found_although_the_requirements_go_to_and_fro_between_folders(judge_toy: JudgeToy) -> None:
    """With pytest 9.1 a folder that is left and entered again loses the fixtures of its conftest.py."""
    first, second, third = (
        f"@requirement('{slug}')\ndef test_it_is_{slug}({fixture}): {fixture}.send({fixture}.call())"
        for slug, fixture in (("begun", "lent"), ("done", "bench"), ("ended", "lent"))
    )

    report = judge_toy(first, third, shared=second, conftest="@pytest.fixture\ndef lent(bench): return bench")

    assert [each["outcome"] for each in report["targets"][0]["requirements"]] == ["passed", "passed", "passed"]


def test_settings_of_the_user_change_nothing(
    judge_toy: JudgeToy, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --collect-only\n")
    (tmp_path / "conftest.py").write_text("raise RuntimeError('from the folder of the user')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTEST_ADDOPTS", "--no-such-option")
    monkeypatch.setenv("PYTEST_PLUGINS", "no_such_plugin")

    assert outcomes(judge_toy(PASSES))["it_passes"] == "passed"
    assert os.environ["PYTEST_ADDOPTS"] == "--no-such-option"
    assert "PYTEST_DISABLE_PLUGIN_AUTOLOAD" not in os.environ


def test_a_selection_of_nothing_is_wrong_usage(judge_toy: JudgeToy) -> None:
    with pytest.raises(UsageError, match="--only toy/act/dnoe"):
        judge_toy(PASSES, settings={"only": ("toy/act/dnoe",)})


def test_a_report_folder_that_cannot_be_made_is_wrong_usage() -> None:
    lab = Target("lab", "vcf", "http://127.0.0.1:9")

    with pytest.raises(UsageError, match="--report-dir /dev/null/x: cannot be written"):
        judge([lab], Settings(Path("/dev/null/x")))


@pytest.mark.parametrize(("processors", "workers"), [(1, 0), (2, 2), (64, MAX_AUTO_WORKERS)])
def test_as_many_workers_as_processors_up_to_a_bound(
    monkeypatch: pytest.MonkeyPatch, processors: int, workers: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(processors)), raising=False)

    assert auto_workers() == workers
