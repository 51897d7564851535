"""The commands on a contract pack: the worked example of CONTRIBUTING.md, from its page to a verdict."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assay import catalogue, faults, proof
from assay.packs import VARIABLE
from assay.proof import Standing
from assay.reference.hosting import EmbeddedServers
from assay.reference.servers import factory_of
from tests.patience import FOR_EVER_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.cli.conftest import Called

# By default each process of the tests would judge the pack for itself.
pytestmark = pytest.mark.xdist_group("packs")

DEPOT = Path(__file__).parents[1] / "packs" / "depot"
REQUIREMENTS = 11
FAULTS = 26


@dataclass(frozen=True)
class Depot:
    """A running server of the depot, and a target file for it."""

    base_url: str
    target: Path


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the environment name the pack."""
    monkeypatch.setenv(VARIABLE, str(DEPOT))


@pytest.fixture
def serve(known: None, tmp_path: Path) -> Iterator[Callable[[str], Depot]]:  # noqa: ARG001 - for what it does
    """Start a server of the depot, sound or with a fault."""
    running: list[EmbeddedServers] = []

    def start(factory: str) -> Depot:
        servers = EmbeddedServers({"lab": factory})
        running.append(servers)
        lab = servers.__enter__()["lab"]
        target = tmp_path / "lab.toml"
        target.write_text(
            f"[target]\nname = 'lab'\ncontract = 'depot'\nbase_url = '{lab.base_url}'\n"
            f"[auth]\ntoken = '{lab.token}'\n[state_handler]\nurl = '{lab.state_handler_url}'\n"
        )
        return Depot(lab.base_url, target)

    yield start
    for each in running:
        each.__exit__(None, None, None)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """Return a copy of the pack, to be changed."""
    folder = tmp_path / "copied"
    shutil.copytree(DEPOT, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def outcomes(folder: Path) -> dict[str, str]:
    report = json.loads((folder / "report.json").read_text())
    return {each["id"].rpartition("/")[2]: each["outcome"] for each in report["targets"][0]["requirements"]}


# From the page to a verdict


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Judge the embedded server by worker processes, and return the report."""
    folder = tmp_path_factory.mktemp("depot")
    words = ["--contracts", str(DEPOT), "run", "--only", "depot/*", "--workers", "2", "--report-dir", str(folder)]
    subprocess.run([sys.executable, "-m", "assay", *words], check=True, capture_output=True, timeout=FOR_EVER_S)
    return json.loads((folder / "report.json").read_text())


def test_the_reference_server_is_conformant(report: Any) -> None:
    (target,) = report["targets"]

    assert (target["name"], target["verdict"]) == ("embedded-depot", "conformant")
    assert target["counts"]["passed"] == REQUIREMENTS


def test_the_report_says_what_proves_each_requirement(report: Any) -> None:
    assert report["run"]["proof"] == "fresh"
    assert [each["id"] for each in report["targets"][0]["requirements"] if not each["proven_by"]] == []


def test_the_report_says_which_reading_the_server_follows(report: Any) -> None:
    (ambiguity,) = report["targets"][0]["readings"]

    assert (ambiguity["ambiguity"], [each["reading"] for each in ambiguity["observed"]]) == (
        "same-seal-again",
        ["repeated"],
    )


def test_every_fault_is_found(tmp_path: Path) -> None:
    words = ["prove", "depot", "--contracts", str(DEPOT), "--only", "depot/seal-crate/*", "--workers", "2"]
    done = subprocess.run(
        [sys.executable, "-m", "assay", *words],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=FOR_EVER_S,
    )

    assert done.returncode == 0, done.stderr
    assert f"Faults: {FAULTS} killed, 0 survived, 0 broken" in done.stdout


@pytest.mark.usefixtures("known")
def test_the_proof_of_the_pack_is_that_of_its_catalogue() -> None:
    summary = proof.of([DEPOT])

    assert summary.standing is Standing.FRESH, f"`assay prove depot --update --contracts {DEPOT}` makes it anew"
    assert {name for name, proven in summary.proven_by.items() if proven} == set(catalogue.load()["depot"].requirements)


def test_a_faulty_server_is_not_conformant(call: Callable[..., Called], serve: Callable[..., Depot]) -> None:
    lab = serve(faults.find("depot/seal-crate/sealed-again").factory)

    called = call("run", "--target", str(lab.target), "--workers", "0", "--only", "*/sealed-crate")

    assert called.code == 1
    assert outcomes(lab.target.parent / "reports")["sealed-crate"] == "failed"


def test_doctor_finds_nothing_wrong(call: Callable[..., Called], serve: Callable[..., Depot]) -> None:
    lab = serve(factory_of("depot"))

    called = call("doctor", "--target", str(lab.target))

    assert called.code == 0
    assert "404" in called.out


def test_init_and_plan_know_the_pack(call: Callable[..., Called]) -> None:
    url = "http://127.0.0.1:9"
    written = call("--contracts", str(DEPOT), "init", "--contract", "depot", "--base-url", url, "--token", "none")

    planned = call("plan", "--contracts", str(DEPOT), "--target", "127.0.0.1.toml")

    assert (written.code, planned.code) == (0, 0)
    assert "POST /crates/{id}/seal" in planned.out
    assert "no call opens them again" in planned.out


def test_every_statement_of_the_page_is_accounted_for(call: Callable[..., Called]) -> None:
    accounted = call("sources", "depot/*", "--contracts", str(DEPOT))
    compared = call("sources", "depot/*", "--contracts", str(DEPOT), "--documents", str(DEPOT / "documents"))

    assert (accounted.code, compared.code) == (0, 0)


# How a pack is named


@pytest.mark.parametrize(
    "words",
    [
        ("--contracts", str(DEPOT), "requirements", "depot/*"),
        ("requirements", "depot/*", "--contracts", str(DEPOT)),
        ("--contracts", str(DEPOT), "requirements", "depot/*", "--contracts", str(DEPOT / "contracts")),
    ],
)
def test_a_pack_is_named_before_or_behind_the_command(call: Callable[..., Called], words: tuple[str, ...]) -> None:
    called = call(*words)

    assert called.code == 0
    assert f"{REQUIREMENTS} requirements" in called.out


@pytest.mark.usefixtures("known")
def test_a_pack_is_named_in_the_environment(call: Callable[..., Called]) -> None:
    assert call("requirements", "depot/*").code == 0


def test_a_pack_is_forgotten_behind_the_command(call: Callable[..., Called]) -> None:
    call("--contracts", str(DEPOT), "requirements", "depot/*")

    assert not os.environ.get(VARIABLE)
    assert call("requirements", "depot/*").code == 2


def test_a_folder_that_is_no_pack_is_one_message(call: Callable[..., Called]) -> None:
    called = call("run", "--contracts", "nowhere")

    assert (called.code, called.out, called.err) == (2, "", "assay: --contracts nowhere: no such folder\n")


def test_without_the_pack_a_target_file_of_it_is_refused(
    call: Callable[..., Called], serve: Callable[..., Depot], monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = serve(factory_of("depot"))
    monkeypatch.delenv(VARIABLE)

    called = call("run", "--target", str(lab.target))

    assert called.code == 2
    assert "contract" in called.err


def test_nothing_beside_the_contracts_of_a_pack_takes_part(
    call: Callable[..., Called], serve: Callable[..., Depot], copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = serve(factory_of("depot"))
    for name in ("conftest.py", "pytest.ini"):
        (copied / name).write_text("1 / 0")
    monkeypatch.setenv(VARIABLE, str(copied))

    called = call("run", "--target", str(lab.target), "--workers", "0", "--only", "*/problem")

    assert called.code == 0


@pytest.mark.parametrize(
    "words",
    ["serve d", "--contracts {pack} serve d", "prove --contracts {pack} d", "init --contracts {pack} --contract d"],
)
def test_shells_can_complete_contracts(
    call: Callable[..., Called], monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    monkeypatch.setenv("_ASSAY_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "assay " + words.format(pack=DEPOT))
    monkeypatch.setenv("COMP_CWORD", str(len(words.split())))

    assert call().out.split() == (["plain,depot"] if "pack" in words else [])


# What a pack lacks, or has wrong


@pytest.mark.parametrize("command", ["serve", "prove"])
def test_a_contract_without_a_server_is_told_in_one_sentence(
    call: Callable[..., Called], copied: Path, command: str
) -> None:
    (copied / "reference" / "depot.py").unlink()
    shutil.rmtree(copied / "faults")
    shutil.rmtree(copied / "variants")

    called = call(command, "depot", "--contracts", str(copied))

    assert (called.code, called.out) == (2, "")
    assert f"the contract 'depot' has no reference server; it would be a class in {copied}/reference" in called.err


@pytest.mark.parametrize("command", ["serve", "prove"])
def test_an_unknown_contract_is_told_with_what_is_near(call: Callable[..., Called], command: str) -> None:
    called = call("--contracts", str(DEPOT), command, "depo")

    assert called.code == 2
    assert "there is no contract 'depo'; did you mean 'depot'?" in called.err


def test_a_fault_that_violates_no_requirement_is_told(call: Callable[..., Called], copied: Path) -> None:
    path = copied / "faults" / "depot.py"
    path.write_text(path.read_text().replace('violates="time-form"', 'violates="time-from"'))

    called = call("prove", "depot", "--contracts", str(copied))

    assert (called.code, called.out) == (2, "")
    assert "depot/seal-crate/local-time: there is no 'depot/seal-crate/time-from'; did you mean" in called.err


def test_a_summary_is_written_of_whole_packs_alone(call: Callable[..., Called]) -> None:
    called = call("prove", "vcf", "--update", "--contracts", str(DEPOT))

    assert called.code == 2
    assert "none is measured as a whole; they hold onedata, vcf, zuora; depot" in called.err
