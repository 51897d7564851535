"""Servers that are right or wrong in one thing, and the examination of a target that is one of them."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from assay import catalogue
from assay.doctor import Finding, Step, examine
from assay.forecast import Settings, forecast
from assay.target import StateEntry, Target
from assay.traffic import Table
from tests.patience import PLENTY_S

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Examine = Callable[..., list[Finding]]
    Serve = Callable[..., str]

TOKEN = "token-of-the-lab"
NOT_FOUND = (404, "application/json", b'{"errorCode": "TASK_NOT_FOUND"}')
REFUSED = (401, "application/json", b"{}")
STATES = {
    "failed_task": StateEntry(each=tuple({"task_id": f"a{number}"} for number in range(17))),
    "unfailed_task": StateEntry(always={"task_id": "b7"}),
}


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start an HTTP server that answers each request as a function of its token says, and return its URL."""
    running: list[HTTPServer] = []

    def start(
        answers: Callable[[str], tuple[Any, ...]],
        context: ssl.SSLContext | None = None,
        kind: type[HTTPServer] = ThreadingHTTPServer,
    ) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_PATCH(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                token = (self.headers["Authorization"] or "").removeprefix("Bearer ")
                status, content_type, body, *headers = answers(token)
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                # Over TLS, a body of untold length is whole only with an end of TLS, which this server leaves out.
                self.send_header("Content-Length", str(len(body)))
                for name, value in headers:
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Stay silent."""

        server = kind(("127.0.0.1", 0), Handler)
        # Handshakes that fail are what some tests are about.
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a server of this test alone
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        running.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return f"{'https' if context else 'http'}://127.0.0.1:{server.server_port}"

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


@pytest.fixture
def lab(serve: Serve) -> str:
    """Run a server that knows its token and no task, and return its URL."""
    return serve(lambda token: NOT_FOUND if token == TOKEN else REFUSED)


@pytest.fixture
def examined() -> Examine:
    """Return what examines a target of VMware Cloud Foundation, with everything provided unless said otherwise."""

    def look(
        base_url: str, *, environ: Mapping[str, str] | None = None, only: tuple[str, ...] = (), **target: Any
    ) -> list[Finding]:
        known = {"name": "lab", "contract": "vcf", "token": TOKEN, "timeout_s": PLENTY_S, "states": STATES}
        lab = Target(**{**known, "base_url": base_url, **target})
        contract = catalogue.load()["vcf"]
        expected = forecast(lab, contract, Settings(only, 1, 5), Table({}))
        return list(examine(lab, contract, expected, environ or {}))

    return look


def of(step: Step, findings: Sequence[Finding]) -> list[Finding]:
    """Return what was found in one step."""
    return [finding for finding in findings if finding.step is step]


@pytest.fixture
def silent() -> Iterator[int]:
    """Yield the port of a server that lets connections in and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@pytest.fixture
def closed_port() -> int:
    """Return a port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def proxy() -> Iterator[Callable[..., str]]:
    """Start a proxy that answers CONNECT with one line and leads to the server at `port`, if any; return its URL."""
    listening: list[socket.socket] = []

    def start(answer: bytes, port: int | None = None) -> str:
        sock = socket.create_server(("127.0.0.1", 0))
        listening.append(sock)

        def run() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = sock.accept()
                    connection.recv(65536)
                    connection.sendall(answer)
                    if port is None:
                        connection.close()
                    else:
                        there = socket.create_connection(("127.0.0.1", port))
                        for pair in ((connection, there), (there, connection)):
                            threading.Thread(target=pump, args=pair, daemon=True).start()

        threading.Thread(target=run, daemon=True).start()
        return f"http://127.0.0.1:{sock.getsockname()[1]}"

    yield start
    for sock in listening:
        sock.shutdown(socket.SHUT_RDWR)
        sock.close()


def pump(source: socket.socket, sink: socket.socket) -> None:
    """Pass on what comes, until one side has said all."""
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    for each in (source, sink):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()
