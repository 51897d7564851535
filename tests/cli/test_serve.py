"""The real command in a process of its own."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.patience import PLENTY_S

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VENDORS = ["zuora", "vcf", "onedata"]


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "assay", "serve", *arguments]


@dataclass(frozen=True)
class Serving:
    process: subprocess.Popen[str]
    text: str

    @property
    def examples(self) -> list[str]:
        return [line.strip() for line in self.text.splitlines() if line.startswith("  curl -i")]

    @property
    def states_line(self) -> str:
        return next(line.strip() for line in self.text.splitlines() if "/_assay/states" in line)

    def stop(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(PLENTY_S)


@contextmanager
def serving(*arguments: str, environment: dict[str, str] | None = None) -> Iterator[Serving]:
    environment = os.environ | (environment or {})
    with subprocess.Popen(
        command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith("Ctrl-C"):
                break
        try:
            yield Serving(process, "".join(lines))
        finally:
            process.kill()


def run_curl(line: str) -> tuple[int, str]:
    arguments = [*shlex.split(line), "-s", "-w", "\n%{http_code}"]
    ran = subprocess.run(arguments, capture_output=True, text=True, check=True, timeout=PLENTY_S)
    text, _, status = ran.stdout.rpartition("\n")
    return int(status), text


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_example_line_works_as_it_stands(vendor: str) -> None:
    with serving(vendor, "--port", "0") as server:
        statuses = [run_curl(line)[0] for line in server.examples]
        setup = run_curl(server.states_line)

        assert statuses == {"zuora": [200, 200, 200], "vcf": [200], "onedata": [204]}[vendor]
        assert setup[0] == 200
        assert json.loads(setup[1])


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(number: int) -> None:
    with serving("vcf", "--port", "0") as server:
        run_curl(server.examples[0])

        assert server.stop(number) == 0
        assert server.process.stderr is not None
        assert server.process.stderr.read() == ""


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
def test_a_client_that_never_finishes_does_not_hold_it_up() -> None:
    with serving("vcf", "--port", "0") as server, socket.socket() as client:
        port = re.search(r"http://127\.0\.0\.1:(\d+)", server.text)
        assert port is not None
        client.connect(("127.0.0.1", int(port.group(1))))
        client.sendall(b"PATCH /v1/tasks/x HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
        run_curl(server.examples[0])

        assert server.stop() == 0
        assert server.process.stderr is not None
        assert server.process.stderr.read() == ""


def test_state_in_a_file_outlives_the_server(tmp_path: Path) -> None:
    arguments = ("vcf", "--port", "0", "--db", str(tmp_path / "state.db"), "--token", "first")
    with serving(*arguments) as server:
        example = server.examples[0]
        assert run_curl(example)[0] == 200
        assert server.stop() == 0
    with serving(*arguments[:-1], "second") as server:
        base = re.compile(r"http://127\.0\.0\.1:\d+")
        here = base.search(server.text)
        assert here is not None
        again = base.sub(here.group(), example)

        assert run_curl(again)[0] == 401
        assert run_curl(again.replace("first", "second"))[0] == 409


def test_the_token_can_come_from_the_environment() -> None:
    with serving("onedata", "--port", "0", environment={"ASSAY_SERVE_TOKEN": "from outside"}) as server:
        assert "token: from outside" in server.text
        assert run_curl(server.examples[0])[0] == 204


def refusal(*arguments: str) -> str:
    ran = subprocess.run(command(*arguments), capture_output=True, text=True, check=False, timeout=PLENTY_S)
    assert ran.returncode == 2
    assert ran.stdout == ""
    assert "Traceback" not in ran.stderr
    return ran.stderr


def test_a_port_in_use_is_one_clear_message() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        assert re.search(rf"port {port}.*in use.*--port", refusal("zuora", "--port", str(port)))


def test_a_database_of_another_vendor_or_in_use_is_one_clear_message(tmp_path: Path) -> None:
    file = str(tmp_path / "state.db")
    with serving("vcf", "--port", "0", "--db", file) as server:
        assert "locked" in refusal("vcf", "--port", "0", "--db", file)
        assert server.stop() == 0

    assert "vcf server" in refusal("zuora", "--port", "0", "--db", file)


def test_what_does_not_exist_is_one_clear_message(tmp_path: Path) -> None:
    assert "zuora" in refusal("salesforce")
    assert "nowhere.invalid" in refusal("vcf", "--host", "nowhere.invalid", "--port", "0")
    assert "unable to open" in refusal("vcf", "--port", "0", "--db", str(tmp_path / "no" / "state.db"))
    assert "cannot be sent" in refusal("vcf", "--port", "0", "--token", "a\nb")
