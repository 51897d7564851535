"""The command line, called in this process."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

import pytest

from assay.cli import main
from assay.interrupts import SIGNALS
from tests.patience import PLENTY_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


@dataclass(frozen=True)
class Called:
    """How a call ended, and what it printed."""

    code: object
    out: str
    err: str


@pytest.fixture
def call(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Iterator[Callable[..., Called]]:
    """Yield what calls `assay` with arguments, in an empty folder."""
    usual = {number: signal.getsignal(number) for number in SIGNALS}

    def run(*arguments: str) -> Called:
        monkeypatch.chdir(tmp_path)
        # The embedded servers change it, for the rest of the process.
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setattr(sys, "argv", ["assay", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return Called(ended.value.code, printed.out, printed.err)

    yield run
    for number, handler in usual.items():
        signal.signal(number, handler)


class Vendor(ThreadingHTTPServer):
    """A slow server that accepts what brings its token, and writes down what it is asked; a state handler too.

    What it answers depends on the request alone, so that a run comes to the same end however often it is broken off.
    """

    TOKEN = "token-of-the-vendor"
    daemon_threads = True
    delay_s = 0.01
    teardown_s = 0.0

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _VendorHandler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.over = threading.Event()
        """Set when nothing more is waited for."""
        self.part = 0
        """Which part of a run that is broken off again and again is going on."""
        self.asked: list[tuple[int, str]] = []
        """Part and path of each request."""
        self.times: list[float] = []
        self.numbers = itertools.count()
        self.always: tuple[int, dict[str, str]] | None = None
        """Status and headers of every answer, where they do not depend on the request."""
        self.set_up: list[str] = []
        self.torn_down: list[str] = []


class _VendorHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Vendor

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/states":
            self._answer(200, self._state(json.loads(body)))
            return
        self.server.asked.append((self.server.part, self.path))
        self.server.times.append(time.monotonic())
        self.server.over.wait(self.server.delay_s)
        if self.server.always is not None:
            self._answer(self.server.always[0], {}, self.server.always[1])
        elif self.headers.get("Authorization", "").endswith(Vendor.TOKEN) or self.headers.get("X-Auth-Token"):
            self._answer(200, {"id": "a"})
        else:
            self._answer(401, {"message": "Who are you?"})

    do_PATCH = do_PUT = do_POST  # noqa: N815 - the names that http.server asks for

    def _state(self, question: dict[str, Any]) -> dict[str, Any]:
        if question["action"] == "teardown":
            self.server.torn_down.append(question["values"]["task_id"])
            self.server.over.wait(self.server.teardown_s)
            return {}
        task = f"task-{next(self.server.numbers)}"
        self.server.set_up.append(task)
        return {"task_id": task}

    def _answer(self, status: int, document: dict[str, Any], headers: Mapping[str, str] = MappingProxyType({})) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(body)

    def handle(self) -> None:
        # A client that is killed in the middle is what these tests are about.
        with contextlib.suppress(OSError):
            super().handle()

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def vendors() -> Iterator[Callable[[], Vendor]]:
    """Run servers that write down what they are asked."""
    with contextlib.ExitStack() as running:
        yield lambda: running.enter_context(_serving())


@contextlib.contextmanager
def _serving() -> Iterator[Vendor]:
    server = Vendor()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.over.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def vendor(vendors: Callable[[], Vendor]) -> Vendor:
    """Run one such server."""
    return vendors()


class Underway:
    """A run in a session of its own, so that whatever it leaves behind can be found."""

    def __init__(self, folder: Path, *arguments: str, **environ: str) -> None:
        self.folder = folder
        self.journal = folder / "reports" / "journal.jsonl"
        self.temporary = folder / "tmp"
        self.temporary.mkdir(exist_ok=True)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV"))}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "assay", "run", *arguments],
            cwd=folder,
            env={**kept, "NO_PROXY": "127.0.0.1", "TMPDIR": str(self.temporary), **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()

    def entries(self, kind: str) -> list[dict[str, Any]]:
        """Return the whole entries of one kind in the journal."""
        found = []
        for line in self.journal.read_bytes().splitlines() if self.journal.exists() else []:
            with contextlib.suppress(ValueError):
                found.append(json.loads(line))
        return [each for each in found if each["kind"] == kind]

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait for something that must happen while the run goes on."""
        give_up = time.monotonic() + PLENTY_S
        while not condition():
            assert self.process.poll() is None, f"the run ended early: {self.output()}"
            assert time.monotonic() < give_up, "waited in vain"
            time.sleep(0.01)

    @property
    def has_a_signal_to_see(self) -> bool:
        """Whether a signal has been sent to its first process that the process has not seen."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return any(int(line.split()[1], 16) for line in status.splitlines() if line.startswith(("SigPnd", "ShdPnd")))

    def output(self) -> str:
        """Return what it has printed, behind its end."""
        return self.process.communicate(timeout=PLENTY_S)[0]

    def members(self) -> list[int]:
        """Return the processes of the run that are alive."""
        found = []
        for path in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                state, _, _, session = path.read_text().rpartition(")")[2].split()[:4]
                if int(session) == self.process.pid and state != "Z":
                    found.append(int(path.parent.name))
        return found

    def leaves_nobody_behind(self) -> bool:
        """Wait until no process of the run is alive; false if one stays."""
        self.process.wait(PLENTY_S)
        give_up = time.monotonic() + PLENTY_S
        while self.members():
            if time.monotonic() > give_up:
                return False
            time.sleep(0.02)
        return True


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Underway]]:
    """Start `assay run` with arguments."""
    with contextlib.ExitStack() as running:
        yield lambda *arguments, **environ: running.enter_context(Underway(tmp_path, *arguments, **environ))


@pytest.fixture
def write_target(vendor: Vendor, tmp_path: Path) -> Callable[..., str]:
    """Write a target file for the vendor's server and return its path."""

    def write(*more: str, name: str = "lab", contract: str = "vcf", url: str = "", keys: str = "") -> str:
        path = tmp_path / f"{name}.toml"
        lines = ["[target]", f"name = '{name}'", f"contract = '{contract}'", f"base_url = '{url or vendor.url}'", keys]
        path.write_text("\n".join([*lines, "[auth]", f"token = '{Vendor.TOKEN}'", *more]))
        return str(path)

    return write
