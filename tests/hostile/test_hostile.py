"""Every kind of hostile server, judged by the command line: the run ends, stays small, and says what happened."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest

from assay import catalogue
from assay.report.schema import SCHEMA_FILE
from tests.hostile.fronts import SPOILED
from tests.hostile.moods import TRAP
from tests.hostile.stage import Judged, Stage, checks, outcomes
from tests.hostile.zoo import KINDS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from tests.hostile.server import Server

# One process judges them all, in three runs.
pytestmark = pytest.mark.xdist_group("hostile")

SILENT = {name for name, kind in KINDS.items() if not kind.answers}
"""Never give a whole answer."""
BUSY = {name for name in KINDS if name.startswith("storm-")}
"""Never have time."""
ANSWERING = KINDS.keys() - SILENT - BUSY
CASTS = (SILENT, ANSWERING, BUSY)
"""Who is judged together in one run."""
LATE = {name for name in ANSWERING if name.startswith(("mute-", "slow", "late"))}
"""Answer now and then, or not in time."""

SOON_S = 0.2
"""How long is waited for what never comes."""
PLENTY_S = 300
"""What only a hang takes: what is asserted of an answer does not depend on how soon it comes."""

ONLY = (
    "vcf/retry-task/*-task",
    "vcf/retry-task/error-shape-404",
    "onedata/rerun-execution/stopped-execution",
    "onedata/rerun-execution/unknown-execution",
    "onedata/rerun-execution/error-shape-404",
    "zuora/*/success",
    "zuora/rerun-task/unknown-task",
    "zuora/update-tasks/unknown-task",
)
"""A few requirements of every operation; the table of `nox -s hostile` judges them all."""

MOST_MB = 600
SCHEMA = jsonschema_rs.Draft202012Validator(json.loads(SCHEMA_FILE.read_text("utf-8")))
"""By the fast validator: these reports are large."""


@dataclass(frozen=True)
class Act:
    """How the judgement of one server ended."""

    server: Server
    target: dict[str, Any]
    run: Judged


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Stage(tmp_path_factory.mktemp("hostile")) as stage:
        yield stage


@pytest.fixture(scope="module")
def acts(stage: Stage) -> dict[str, Act]:
    """Judge each kind of server by one contract in turn, many in one run, and all runs at once: they mostly wait."""
    turns = cycle(["vcf", "onedata", "zuora"])
    casts = [[target_for(name, stage, next(turns)) for name in KINDS if name in kinds] for kinds in CASTS]
    options = ["--fuzz-examples", "0", "--workers", "2", "--deadline", str(2 * PLENTY_S)]
    only = [argument for pattern in ONLY for argument in ("--only", pattern)]
    with ThreadPoolExecutor(len(casts)) as at_once:
        runs = list(at_once.map(lambda files: stage.judge(files, *only, *options), casts))
    targets = [(run, target) for run in runs for target in run.report["targets"]]
    servers = [stage.servers[target["name"]] for _, target in targets]
    return {server.kind.name: Act(server, target, run) for server, (run, target) in zip(servers, targets, strict=True)}


def target_for(name: str, stage: Stage, contract: str) -> Path:
    timeout_s = SOON_S if name in SILENT | LATE else PLENTY_S
    return stage.target(KINDS[name], contract, "max_response_bytes = 1_000_000", timeout_s=timeout_s)


@pytest.fixture
def act(name: str, acts: dict[str, Act]) -> Act:
    return acts[name]


def of(names: Collection[str]) -> pytest.MarkDecorator:
    """Run a test for some of the kinds."""
    return pytest.mark.parametrize("name", [name for name in KINDS if name in names])


def passes(act: Act) -> list[dict[str, Any]]:
    return [check for check in checks(act.target) if check["outcome"] == "passed"]


def answers(checked: list[dict[str, Any]]) -> list[Any]:
    return [exchange["response"] for check in checked for exchange in check["exchanges"]]


@of(KINDS)
def test_every_declared_check_is_reported_and_none_is_a_mistake_of_ours(act: Act) -> None:
    declared = [check.name for check in catalogue.load()[act.target["contract"]].checks]

    assert sorted(check["name"] for check in checks(act.target)) == sorted(declared)
    assert outcomes(act.target)["error"] == 0


@of(KINDS)
def test_no_check_passes_by_what_is_no_whole_answer(act: Act) -> None:
    assert all(answers(passes(act)))


@of({name for name, kind in KINDS.items() if not kind.earns})
def test_nothing_is_earned_by_an_answer_that_is_none(act: Act) -> None:
    # Whatever a success is an answer to, it has its status.
    earned = [each for each in passes(act) if not each["name"].startswith("every_exchange_success_")]

    assert earned == []


@of(SILENT)
def test_who_never_answers_is_inconclusive_and_soon_given_up(act: Act) -> None:
    assert set(outcomes(act.target)) <= {"inconclusive", "not_run"}
    assert act.target["verdict"] == "not-fully-verified"
    assert act.server.connections <= 12


@of(ANSWERING)
def test_no_check_passes_by_a_spoiled_answer(act: Act) -> None:
    headers = [name for answer in answers(passes(act)) for name, _ in answer["headers"]]

    assert SPOILED not in headers


@of({name for name in KINDS if name.startswith("storm-")})
def test_who_is_always_too_busy_is_blamed_for_nothing(act: Act) -> None:
    assert set(outcomes(act.target)) <= {"inconclusive", "inapplicable", "not_run"}


@of({name for name in KINDS if name.startswith("redirects-")})
def test_no_redirect_is_followed(act: Act, stage: Stage) -> None:
    assert stage.elsewhere.connections == 0
    assert not any(TRAP.encode() in head for head in act.server.received)


@of({"sets-cookies"})
def test_no_cookie_is_kept(act: Act) -> None:
    assert act.server.received
    assert not any(b"\r\ncookie" in head.lower() for head in act.server.received)


@of({"flaps", "dies-in-mid-run", "every-second-is-busy", "sets-cookies", "number-1e999999", "lone-surrogates"})
def test_what_a_server_does_well_is_seen(act: Act) -> None:
    assert passes(act)


@of({"nothing-listens", "bom", "storm-of-429"})
def test_a_run_is_bounded_and_its_report_whole(act: Act) -> None:
    assert SCHEMA.is_valid(act.run.report)
    assert act.run.peak_mb < MOST_MB
    assert act.run.err == ""


@pytest.mark.parametrize(("name", "code"), [("nothing-listens", 4), ("bom", 1), ("storm-of-429", 3)])
def test_the_exit_code_says_what_happened(acts: dict[str, Act], name: str, code: int) -> None:
    assert acts[name].run.code == code


@of({"nothing-listens", "bom", "storm-of-429"})
def test_nothing_that_a_server_sends_controls_the_terminal(act: Act) -> None:
    assert [char for char in act.run.out if not char.isprintable() and char != "\n"] == []
    assert "\n::error::" not in act.run.out
    assert "##vso[" not in act.run.out


def test_no_token_is_in_any_output(acts: dict[str, Act], stage: Stage) -> None:
    runs = {act.run.folder: act.run for act in acts.values()}
    files = [path.read_text("utf-8") for folder in runs for path in folder.iterdir()]
    written = "".join([*files, *(run.out for run in runs.values())])

    assert len(runs) == 3
    assert [secret for secret in stage.secrets if secret in written] == []
