"""A toy contract: a bench before a server that is no more than a list of answers, and whole runs over its cases."""

from __future__ import annotations

import gc
import json
import os
import re
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from textwrap import dedent
from typing import TYPE_CHECKING, Any, cast

import pytest
import yaml
from hypothesis import HealthCheck, settings

from assay import catalogue, packs
from assay.bench import Bench
from assay.expect import Expectations
from assay.interrupts import SIGNALS
from assay.model import Ambiguity, Check, Contract, Exchange, Operation, ReceivedResponse
from assay.packs import Pack
from assay.report.schema import find_problems
from assay.runner import Settings, judge
from assay.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from assay.model import SentRequest
    from assay.transport import Transport

    Scripted = int | tuple[int, bytes] | ReceivedResponse | str
    """A status, one with a JSON body, a whole response, or what happened instead of one."""
    Script = Callable[..., Bench]
    Json = dict[str, Any]
    JudgeToy = Callable[..., Json]

# Their cases judge servers, as those of `contracts` do.
collect_ignore = ["packs"]

# How long examples take depends on who else is at work on the machine.
settings.register_profile("tests", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tests")

PATH = "/tasks/{id}/runs/{run}"
SPEC: dict[str, Any] = {
    "paths": {
        PATH: {
            "post": {
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"type": "object", "required": ["id"]}}}},
                    "204": {"description": "Nothing."},
                }
            }
        }
    }
}


def pytest_configure() -> None:
    """Let tests send interrupts, and keep what they judge out of the summary of the CI job that runs them.

    A shell ignores Ctrl-C for what it starts in the background, `nohup` the end of a terminal; children inherit that.
    """
    os.environ.pop("GITHUB_STEP_SUMMARY", None)
    for number in SIGNALS:
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)


def pytest_collection_finish() -> None:
    """Keep thousands of tests, and all that they import, out of every search for garbage: they stay to the end."""
    gc.freeze()


ACT = Operation("toy/act", "POST", PATH, SPEC["paths"][PATH]["post"])
REGISTER = (Ambiguity("second-call", "What does a second call get?", {"accepted": "2xx", "refused": "4xx"}, ()),)
CONTRACT = Contract("toy", "Toy", SPEC, "Authorization", "Bearer", {}, {}, REGISTER, {"toy/act": ACT}, {}, ())


class ScriptedTransport:
    """Answers one request after the other as it is written."""

    def __init__(self, answers: Sequence[Scripted]) -> None:
        self._answers = iter(answers)

    def exchange(self, request: SentRequest) -> Exchange:
        answer = next(self._answers)
        if isinstance(answer, str):
            return Exchange(request, None, answer)
        if isinstance(answer, ReceivedResponse):
            return Exchange(request, answer)
        status, body = answer if isinstance(answer, tuple) else (answer, b"")
        headers = (("Content-Type", "application/json"),) if body else ()
        return Exchange(request, ReceivedResponse(status, "", "HTTP/1.1", headers, body, 0.0))

    def exchange_together(self, requests: Sequence[SentRequest]) -> list[Exchange]:
        return [self.exchange(request) for request in requests]


@pytest.fixture
def script() -> Script:
    """Make a bench whose calls are answered by these answers, in this order."""

    def write(*answers: Scripted, **target: Any) -> Bench:
        return Bench(
            check=Check("toy/act/done", "it_is_done"),
            contract=CONTRACT,
            target=Target(**{"name": "lab", "contract": "toy", "base_url": "http://toy.test", "token": "t0", **target}),
            transport=cast("Transport", ScriptedTransport(answers)),
            expectations=Expectations(CONTRACT, 1000),
            provide=pytest.fail,
            seed=1,
            fuzz_examples=5,
        )

    return write


TOY_SPEC = {
    "openapi": "3.1.0",
    "info": {"title": "Toy", "version": "1"},
    "paths": {
        "/act": {
            "post": {
                "operationId": "act",
                "responses": {
                    "200": {
                        "description": "Done.",
                        "content": {"application/json": {"schema": {"type": "object", "required": ["sent"]}}},
                    },
                    "404": {"description": "Missing."},
                },
            }
        }
    },
}
TOY_CONTRACT = {
    "name": "Toy",
    "spec": "toy.yaml",
    "auth": {"header": "Authorization", "scheme": "Bearer"},
    "capabilities": {"org": "more than one organisation"},
    "states": {
        "task": {"description": "a task that has failed", "values": {"task_id": "text"}},
        "caller": {"description": "another caller", "values": {"token": "token"}},
    },
    "ambiguities": [
        {"id": "second", "statement": "And then?", "readings": {"taken": "2xx"}, "touches": ["act/done"]},
    ],
}
TOY_IMPORTS = """
import pytest
from assay.bench import Inapplicable, Inconclusive, Untestable, Violation, requirement

"""


@pytest.fixture(scope="session")
def toy_url() -> Iterator[str]:
    """Run a server that answers 200 with the credentials that it was given, and 404 without any."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            body = json.dumps({"sent": self.headers["Authorization"]}).encode()
            self.send_response(404 if self.headers["Authorization"] is None else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def judge_toy(toy_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[JudgeToy]:
    """Judge a server by cases of one operation, in this process, and return the report."""
    known = set(sys.modules)
    monkeypatch.setattr(sys, "path", [*sys.path])

    def run(
        *cases: str, shared: str = "", conftest: str = "", level: str = "must", listener: Any = None,
        settings: Json | None = None, **target: Any,
    ) -> Json:  # fmt: skip
        _write_toy(tmp_path, cases, shared, conftest, level)
        contracts = catalogue.load_from(tmp_path)
        monkeypatch.setattr(packs, "shipped", lambda: Pack(tmp_path, tmp_path, "toy_pack"))
        monkeypatch.setattr(catalogue, "load", lambda: contracts)
        monkeypatch.setattr(catalogue, "digest", lambda: "0" * 64)
        lab = Target(**{"name": "lab", "contract": "toy", "base_url": toy_url, "token": "token-of-lab", **target})
        report = judge([lab], Settings(tmp_path / "reports", **(settings or {})), listener).document()
        assert list(find_problems(report)) == []
        return report

    yield run
    for name in set(sys.modules) - known:
        if name.startswith(("toy", "assay_contracts.")):
            del sys.modules[name]


def _write_toy(data: Path, cases: Sequence[str], shared: str, conftest: str, level: str) -> None:
    folder = data / "contracts" / "toy" / "act"
    folder.mkdir(parents=True)
    (data / "specs").mkdir()
    (data / "specs" / "toy.yaml").write_text(yaml.safe_dump(TOY_SPEC))
    (folder.parent / "contract.yaml").write_text(yaml.safe_dump(TOY_CONTRACT))
    rest = {"level": level, "statement": "It is done.", "source": {"document": "d", "section": "s"}}
    observes = {"shape": [200], "server_error": []}
    slugs = dict.fromkeys(re.findall(r"@requirement\(.(\w+)", "".join([*cases, shared])))
    requirements = [{"id": slug, **rest, "observes": observes} for slug in sorted(slugs)]
    (folder / "requirements.yaml").write_text(yaml.safe_dump(requirements))
    (folder / "conftest.py").write_text(TOY_IMPORTS + dedent(conftest))
    (folder.parent / "test_shared.py").write_text(TOY_IMPORTS + dedent(shared))
    for number, text in enumerate(cases):
        (folder / f"test_{number}.py").write_text(TOY_IMPORTS + dedent(text))
