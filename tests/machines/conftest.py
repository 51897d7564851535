"""Workers of a second installation, at another path."""

from __future__ import annotations

import gc
import os
import shutil
import socket
import subprocess
import sys
import threading
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assay import catalogue
from assay.machines import parse
from assay.machines.connection import THREAD
from assay.reference.hosting import EmbeddedServers
from assay.runner import Settings, judge
from assay.target import StateHandler, Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Json = dict[str, Any]

ELSEWHERE = "assay-elsewhere"
# execnet does not close the socket of a connection that does not come about.
UNCLOSED = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
SERVER = "execnet.script.socketserver"


@dataclass(frozen=True)
class Worker:
    """A socket server of another installation."""

    process: subprocess.Popen[bytes]
    spec: str


@pytest.fixture(autouse=True)
def _nothing_is_left_open() -> Iterator[None]:
    """Leave no socket of a connection that did not come about to the garbage collection of another test."""
    yield
    for thread in [each for each in threading.enumerate() if each.name == THREAD]:
        thread.join()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install once more, at another path, so that the requests from there say where they come from."""
    folder = tmp_path_factory.mktemp("installation")
    data = catalogue.shipped_data()
    shutil.copytree(Path(catalogue.__file__).parent, folder / "src" / "assay")
    shutil.copytree(data / "specs", folder / "specs")
    shutil.copytree(data / "contracts", folder / "contracts")
    target = folder / "src" / "assay" / "target.py"
    target.write_text(target.read_text().replace('f"assay/{', f'f"{ELSEWHERE}/{{'))
    return folder


@pytest.fixture
def start(installation: Path) -> Iterator[Callable[..., Worker]]:
    """Start socket servers of that installation."""
    running: list[subprocess.Popen[bytes]] = []

    def run(source: Path = installation / "src", host: str = "127.0.0.1", *prefix: str) -> Worker:
        port = free_port()
        process = subprocess.Popen(
            [*prefix, sys.executable, "-m", SERVER, f"{host}:{port}"],
            cwd=installation,
            env={**os.environ, "PYTHONPATH": str(source), "PYTEST_ADDOPTS": "--no-such-option"},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        running.append(process)
        assert process.stdout is not None
        assert b"Entering Accept loop" in process.stdout.readline()
        return Worker(process, f"socket={host}:{port}")

    yield run
    for process in running:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port


@pytest.fixture
def vcf() -> Iterator[Target]:
    with EmbeddedServers() as running:
        server = running["vcf"]
        handler = StateHandler(url=server.state_handler_url)
        yield Target("lab", "vcf", server.base_url, server.token, state_handler=handler)


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Json]:
    def judged(target: Target, *specs: str, **settings: Any) -> Json:
        settings = {"only": ("vcf/*",), "fuzz_examples": 2, "machines": parse(specs), **settings}
        folder = tmp_path / "-".join(["reports", *map(str, map(len, specs))])
        return judge([target], Settings(folder, **settings)).document()

    return judged


def checks(report: Json) -> list[Json]:
    return [check for target in report["targets"] for each in target["requirements"] for check in each["checks"]]


def decided(report: Json) -> list[object]:
    return [
        (check["name"], check["outcome"], check.get("message"), len(check["exchanges"])) for check in checks(report)
    ]


def senders(report: Json) -> set[str]:
    """Return what the requests of a report say of where they come from."""
    exchanges = [exchange for check in checks(report) for exchange in check["exchanges"]]
    headers = [header for exchange in exchanges for header in exchange["request"]["headers"]]
    return {value.partition("/")[0] for name, value in headers if name == "User-Agent"}
