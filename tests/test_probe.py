"""The request that no server may grant, and of whom it is asked."""

from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assay import probe
from assay.model import Contract, Operation
from assay.plan import Plan
from assay.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Server = tuple[str, list[tuple[str, str, dict[str, str], bytes]]]

RETRY = Operation("toy/retry", "PATCH", "/tasks/{id}/runs/{run_number}", {})
IMPORT = Operation("toy/import", "POST", "/import", {})
CONTRACTS = {
    name: Contract(
        name, name, {}, "Authorization", "Bearer", {}, {}, (), {each.id: each for each in operations}, {}, ()
    )
    for name, operations in {"toy": (RETRY, IMPORT), "other": ()}.items()
}


@pytest.fixture
def serve() -> Iterator[Callable[[int, bytes], Server]]:
    """Start a server that gives one answer, and return its URL and what it was asked."""
    running: list[tuple[ThreadingHTTPServer, threading.Thread]] = []

    def start(status: int, body: bytes = b"") -> Server:
        asked: list[tuple[str, str, dict[str, str], bytes]] = []

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                sent = self.rfile.read(int(self.headers["Content-Length"]))
                asked.append((self.command, self.path, dict(self.headers), sent))
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_PATCH = do_POST = answer  # noqa: N815 - the names that http.server asks for

            def log_message(self, *_: object) -> None:
                """Stay silent."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        running.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}", asked

    yield start
    for server, thread in running:
        server.shutdown()
        thread.join()
        server.server_close()


def entries(*targets: Target, accepted: set[tuple[str, str]], left_s: float = 60) -> list[dict[str, Any]]:
    plan = Plan(targets, (), 1, 0, time.time() + left_s, 0, Path("no-such-folder"))
    return list(probe.entries(plan, CONTRACTS, accepted))


def lab(url: str, name: str = "lab", contract: str = "toy") -> Target:
    return Target(name, contract, url, token="secret-token")


def test_the_request_is_wrong_in_every_way(serve: Callable[..., Server]) -> None:
    url, asked = serve(404)

    entries(lab(url), accepted={("lab", "toy/retry")})

    ((method, path, headers, body),) = asked
    assert (method, path) == ("PATCH", "/tasks/assay-no-such-object/runs/assay-no-such-object")
    assert "Authorization" not in headers
    assert (headers["Content-Type"], body) == ("text/plain", b"no JSON")


def test_the_exchange_is_kept_for_the_journal(serve: Callable[..., Server]) -> None:
    (entry,) = entries(lab(serve(200, b"{}")[0]), accepted={("lab", "toy/import")})

    assert (entry["kind"], entry["target"], entry["operation"]) == ("probe", "lab", "toy/import")
    assert (entry["exchange"]["role"], entry["exchange"]["label"]) == ("control", "wrong in every way")
    assert entry["exchange"]["response"]["status"] == 200


def test_only_operations_of_which_something_was_accepted_are_asked_of_each_target(serve: Callable[..., Server]) -> None:
    one, other = serve(404), serve(404)
    targets = [lab(one[0]), lab(other[0], "second"), lab("http://127.0.0.1:9", "third", "other")]

    found = entries(*targets, accepted={("lab", "toy/retry"), ("second", "toy/import"), ("second", "toy/retry")})

    assert [(entry["target"], entry["operation"]) for entry in found] == [
        ("lab", "toy/retry"),
        ("second", "toy/retry"),
        ("second", "toy/import"),
    ]
    assert (len(one[1]), len(other[1])) == (1, 2)


def test_nothing_is_asked_where_nothing_was_accepted(serve: Callable[..., Server]) -> None:
    url, asked = serve(200)

    assert entries(lab(url), accepted=set()) == []
    assert asked == []


def test_a_token_that_the_server_knows_stays_secret(serve: Callable[..., Server]) -> None:
    found = entries(lab(serve(401, b"not secret-token")[0]), accepted={("lab", "toy/retry")})

    assert "secret-token" not in str(found)


def test_a_target_without_a_token_is_asked_too(serve: Callable[..., Server]) -> None:
    url, asked = serve(404)

    entries(Target("lab", "toy", url), accepted={("lab", "toy/retry")})

    assert len(asked) == 1


def test_nothing_is_sent_behind_the_deadline_of_the_run_and_nothing_is_said(serve: Callable[..., Server]) -> None:
    url, asked = serve(200)

    assert entries(lab(url), accepted={("lab", "toy/retry")}, left_s=-1) == []
    assert asked == []


@pytest.mark.parametrize(
    ("response", "accepted"),
    [
        (None, False),
        ({"status": 199}, False),
        ({"status": 200}, True),
        ({"status": 299}, True),
        ({"status": 300}, False),
        ({"status": 404}, False),
    ],
)
def test_a_success_is_an_acceptance(response: dict[str, int] | None, accepted: bool) -> None:  # noqa: FBT001 - a column of the table
    assert probe.accepts({"response": response}) is accepted
