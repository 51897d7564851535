"""With a machine a check is lost at most, and never the run."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from assay.machines import dispatch, fitness
from assay.target import StateEntry, Target
from tests.machines.conftest import ELSEWHERE, UNCLOSED, checks
from tests.patience import PLENTY_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.machines.conftest import Json, Worker


TARGET_FILE = """
[target]
name = "lab"
contract = "vcf"
base_url = "{base_url}"
timeout_s = {patience}
[states.failed_task]
always = {{ task_id = "a1" }}
"""


class Trapped(ThreadingHTTPServer):
    """A server that answers 404, and does something first where a request comes from elsewhere."""

    def __init__(self, trap: Callable[[], None]) -> None:
        super().__init__(("127.0.0.1", 0), _Trap)
        self.trap = trap

    @property
    def target(self) -> Target:
        task = StateEntry(always={"task_id": "a1"})
        states = {"failed_task": task, "unfailed_task": task}
        return Target("lab", "vcf", f"http://127.0.0.1:{self.server_port}", "token", states=states)


class _Trap(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_PATCH(self) -> None:
        assert isinstance(self.server, Trapped)
        if ELSEWHERE in self.headers["User-Agent"]:
            self.server.trap()
            self.close_connection = True
            return
        self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def trapped() -> Iterator[Callable[[Callable[[], None]], Target]]:
    running: list[Trapped] = []

    def serve(trap: Callable[[], None]) -> Target:
        server = Trapped(trap)
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        running.append(server)
        return server.target

    yield serve
    for server in running:
        server.shutdown()
        server.server_close()


@UNCLOSED
def test_with_a_machine_only_the_check_in_flight_is_lost(
    start: Callable[..., Worker], trapped: Callable[..., Target], run: Callable[..., Json]
) -> None:
    worker = start()

    report = run(trapped(worker.process.kill), worker.spec, workers=1, only=("vcf/*/un*",))

    lost = [check["message"] for check in checks(report) if check["outcome"] == "error"]
    assert lost == ["the suite failed: the worker process died during this check"]
    assert report["run"]["complete"]


@UNCLOSED
def test_a_run_ends_although_every_machine_is_lost(
    start: Callable[..., Worker], trapped: Callable[..., Target], run: Callable[..., Json]
) -> None:
    worker = start()

    report = run(trapped(worker.process.kill), worker.spec, only=("vcf/retry-task/unknown-task",))

    (requirement,) = [each for each in report["targets"][0]["requirements"] if each["outcome"] != "not_run"]
    assert requirement["outcome"] == "error"


@UNCLOSED
def test_a_machine_that_falls_silent_is_lost(
    start: Callable[..., Worker],
    trapped: Callable[..., Target],
    run: Callable[..., Json],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dispatch, "SILENT_FOR_S", 8.0)
    worker = start()

    def fall_silent() -> None:
        worker.process.send_signal(signal.SIGSTOP)
        monkeypatch.setattr(fitness, "ANSWERS_WITHIN_S", 1.0)

    report = run(trapped(fall_silent), worker.spec, workers=1, only=("vcf/*/un*",))

    lost = {check["message"] for check in checks(report) if check["outcome"] == "error"}
    assert lost == {"the suite failed: the worker process died during this check"}
    assert report["run"]["complete"]


def test_a_worker_whose_controller_is_interrupted_stops_at_once_and_serves_the_next_run(
    start: Callable[..., Worker], trapped: Callable[..., Target], run: Callable[..., Json], tmp_path: Path
) -> None:
    worker = start()

    def interrupt() -> None:
        controller.send_signal(signal.SIGINT)
        controller.wait()

    target = trapped(interrupt)
    (tmp_path / "lab.toml").write_text(TARGET_FILE.format(base_url=target.base_url, patience=PLENTY_S))
    command = [sys.executable, "-m", "assay", "run", "--target", "lab.toml", "--tx", worker.spec]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL) as controller:
        assert controller.wait(PLENTY_S) == 3
    report = json.loads((tmp_path / "reports" / "report.json").read_text())
    after = run(target, worker.spec, only=("vcf/retry-task/failed-task",))

    assert not report["run"]["complete"]
    assert after["run"]["complete"]
    assert worker.process.poll() is None
