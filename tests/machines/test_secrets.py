"""A token that a state handler gives to one worker is kept by all of them, and by what was decided before."""

from __future__ import annotations

import json
import secrets
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from assay.machines import parse
from assay.runner import Settings, judge
from assay.target import StateHandler, Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.machines.conftest import Worker

ONLY = ("onedata/*",)


class Gossip(ThreadingHTTPServer):
    """Hands out tokens as a state handler, and tells all of them to everybody, from the very beginning."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _GossipHandler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.tokens = [secrets.token_hex(16) for _ in range(30)]
        self.left = iter(self.tokens)
        self.given: list[str] = []


class _GossipHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Gossip

    def do_POST(self) -> None:
        question = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path != "/states":
            self._answer({"error": self.server.tokens})
            return
        values: dict[str, object] = {"wid": "w", "lane_index": 1, "lane_run_number": 1}
        if json.loads(question)["state"] == "forbidden_execution":
            self.server.given.append(next(self.server.left))
            values["token"] = self.server.given[-1]
        self._answer(values)

    def _answer(self, document: object) -> None:
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Known", self.server.tokens[0])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def gossip() -> Iterator[Gossip]:
    with Gossip() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def written(gossip: Gossip, tmp_path: Path) -> Callable[..., dict[str, bytes]]:
    """Judge that server and return every file that is written, also the journal."""

    def judged(*specs: str, workers: int = 0) -> dict[str, bytes]:
        lab = Target(
            "lab", "onedata", gossip.url, "token-of-the-target", auth_header="X-Auth-Token", auth_scheme="",
            state_handler=StateHandler(url=f"{gossip.url}/states"),
        )  # fmt: skip
        folder = tmp_path / "reports"
        report = judge([lab], Settings(folder, workers, 1, 0, ONLY, machines=parse(specs)))
        files = {path.name: path.read_bytes() for path in folder.iterdir()}
        return {**files, "report.json": json.dumps(report.document()).encode()}

    return judged


def test_workers_elsewhere_keep_the_tokens_of_each_other(
    start: Callable[..., Worker], gossip: Gossip, written: Callable[..., dict[str, bytes]]
) -> None:
    files = written(start().spec, start().spec)

    assert len(gossip.given) >= 5
    assert files.keys() == {"journal.jsonl", "report.json"}
    assert [(name, token) for name, each in files.items() for token in gossip.given if token.encode() in each] == []
    assert b'"kind":"probe"' in files["journal.jsonl"]
    assert b'"known"' not in files["journal.jsonl"]


@pytest.mark.parametrize("workers", [0, 2])
def test_so_do_those_of_this_machine(gossip: Gossip, written: Callable[..., dict[str, bytes]], workers: int) -> None:
    files = written(workers=workers)

    assert len(gossip.given) >= 5
    assert [(name, token) for name, each in files.items() for token in gossip.given if token.encode() in each] == []


def test_what_was_never_given_to_a_check_is_no_secret_of_the_run(
    gossip: Gossip, written: Callable[..., dict[str, bytes]]
) -> None:
    files = written(workers=0)

    assert gossip.tokens[-1] not in gossip.given
    assert gossip.tokens[-1].encode() in files["report.json"]
