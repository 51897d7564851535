"""A machine that does not fit is refused before anything is sent to a target."""

from __future__ import annotations

import inspect
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assay import catalogue
from assay.exceptions import UsageError
from assay.machines import fitness, installation, parse
from assay.machines.connection import running
from assay.packs import VARIABLE
from assay.target import StateHandler, Target
from tests.machines.conftest import UNCLOSED, free_port

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.machines.conftest import Json, Worker


def test_a_worker_with_another_catalogue_is_wrong_usage_that_names_both(
    start: Callable[..., Worker], installation: Path, vcf: Target, run: Callable[..., Json], tmp_path: Path
) -> None:
    shutil.copytree(installation, tmp_path / "older")
    (tmp_path / "older" / "specs" / "vcf.yaml").write_text("# older\n" + (installation / "specs/vcf.yaml").read_text())
    worker = start(tmp_path / "older" / "src")

    with pytest.raises(UsageError) as refusal:
        run(vcf, worker.spec)

    assert catalogue.digest() in str(refusal.value)
    assert catalogue.digest_of(tmp_path / "older") in str(refusal.value)
    assert list(tmp_path.glob("reports*")) == []


def test_a_worker_that_has_read_an_older_catalogue_is_wrong_usage(
    start: Callable[..., Worker], installation: Path, vcf: Target, run: Callable[..., Json], tmp_path: Path
) -> None:
    shutil.copytree(installation, tmp_path / "older")
    spec = tmp_path / "older" / "specs" / "vcf.yaml"
    current = spec.read_text()
    spec.write_text("# older\n" + current)
    worker = start(tmp_path / "older" / "src")
    with pytest.raises(UsageError, match="install the same"):
        run(vcf, worker.spec)
    spec.write_text(current)

    with pytest.raises(UsageError, match=r"in memory, here it is .*start it anew"):
        run(vcf, worker.spec)


@UNCLOSED
def test_what_cannot_be_reached_is_wrong_usage(vcf: Target, run: Callable[..., Json]) -> None:
    spec = f"socket=127.0.0.1:{free_port()}"

    with pytest.raises(UsageError, match=f"--tx {spec}: cannot be reached: Connection refused"):
        run(vcf, spec)


@UNCLOSED
def test_what_never_answers_is_wrong_usage(
    vcf: Target, run: Callable[..., Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitness, "ANSWERS_WITHIN_S", 0.2)
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(UsageError, match=r"gives no answer after 0.2 s"),
    ):
        run(vcf, f"socket=127.0.0.1:{silent.getsockname()[1]}")


@UNCLOSED
def test_what_is_no_worker_is_wrong_usage(vcf: Target, run: Callable[..., Json]) -> None:
    port = vcf.base_url.rpartition(":")[2]

    with pytest.raises(UsageError, match="no Python that execnet can talk to"):
        run(vcf, f"socket=127.0.0.1:{port}")


def test_a_python_without_assay_is_wrong_usage(vcf: Target, run: Callable[..., Json], tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    python = tmp_path / "bare" / "bin" / "python"

    with pytest.raises(UsageError, match=f"Assay does not run in {python}"):
        run(vcf, f"popen//python={python} -I")


def test_the_loopback_of_another_machine_is_not_the_one_that_was_named(vcf: Target, run: Callable[..., Json]) -> None:
    spec = f"popen//python={apart()} {sys.executable}"

    with pytest.raises(UsageError, match="of target 'lab' is that machine itself"):
        run(vcf, spec)


def test_a_handler_of_this_machine_is_not_looked_for_on_another_one(run: Callable[..., Json]) -> None:
    lab = Target("lab", "vcf", "http://lab.test", state_handler=StateHandler(command=("./prepare",)))

    with pytest.raises(UsageError, match="is a command or a function of this machine"):
        run(lab, f"popen//python={apart()} {sys.executable}")


def apart() -> str:
    """Return the command that starts a program in a network of its own."""
    command = ["unshare", "--map-root-user", "--net"]
    if (
        shutil.which("unshare") is None
        or subprocess.run([*command, "true"], check=False, capture_output=True).returncode
    ):
        pytest.skip("no network namespace can be made here")
    return " ".join(command)


def test_a_machine_without_a_contract_pack_is_told_apart(
    start: Callable[..., Worker], run: Callable[..., Json], vcf: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = start()
    monkeypatch.setenv(VARIABLE, str(Path(__file__).parents[1] / "packs" / "depot"))

    with pytest.raises(UsageError) as refusal:
        run(vcf, worker.spec)

    assert str(refusal.value) == (
        f"--tx {worker.spec}: has the contracts onedata, vcf, zuora, here there are depot, onedata, vcf, zuora; "
        "install contract packs on both, or name them there in ASSAY_CONTRACTS"
    )


def test_a_count_that_python_lost_is_not_blamed_on_a_machine(
    start: Callable[..., Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of `ast.parse`, by which execnet finds its own source in several threads."""
    (machine,) = parse([start().spec])
    lost = iter([SystemError("AST constructor recursion depth mismatch")])
    getsource = inspect.getsource

    def once(thing: Any) -> str:
        for error in lost:
            raise error
        return getsource(thing)

    monkeypatch.setattr(inspect, "getsource", once)

    with running(installation, machine) as channel:
        told = channel.receive()

    assert told["catalogue"] == catalogue.digest_of(catalogue.shipped_data())
