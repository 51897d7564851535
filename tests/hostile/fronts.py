"""What stands in front of a server that works: passes its answers on, spoiled, late, or not at all."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from http.client import HTTPResponse
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.hostile.server import FOR_EVER_S, reset

if TYPE_CHECKING:
    from tests.hostile.server import Behaviour, Server

SPOILED = "X-Spoiled"
"""Marks an answer that nothing may be believed of."""
_FRAMING = ("content-length", "transfer-encoding", "connection")


@dataclass(frozen=True)
class Reply:
    """A whole answer of the server that works."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        """Return the value of a header, or nothing."""
        return next((value for key, value in self.headers if key.lower() == name), "")

    def with_header(self, name: str, value: str) -> Reply:
        """Set a header in place of all of the same name."""
        others = [line for line in self.headers if line[0].lower() != name.lower()]
        return replace(self, headers=(*others, (name, value)))

    @property
    def wire(self) -> bytes:
        """The answer as bytes."""
        lines = [f"HTTP/1.1 {self.status} {self.reason}", *(f"{name}: {value}" for name, value in self.headers)]
        if self.status != 204:
            lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + self.body


Spoil = Callable[[Reply], Reply]


def asked(request: bytes, server: Server) -> Reply:
    """Ask the server that works."""
    assert server.upstream is not None
    address = urlsplit(server.upstream.base_url)
    with socket.create_connection((address.hostname or "", address.port or 80)) as there:
        there.sendall(request)
        answer = HTTPResponse(there)
        answer.begin()
        body = answer.read()
    headers = tuple(line for line in answer.getheaders() if line[0].lower() not in _FRAMING)
    return Reply(answer.status, answer.reason, headers, body)


def passes_on(spoil: Spoil = lambda reply: reply, *, after_s: float = 0.0) -> Behaviour:
    """Pass on every answer, spoiled and late."""

    def behave(connection: socket.socket, server: Server) -> None:
        request = server.read(connection)
        if not request:
            return
        server.wait(after_s)
        connection.sendall(spoil(asked(request, server)).wire)

    return behave


def spoiled(spoil: Spoil) -> Spoil:
    """Spoil the answers that have a body, and mark them."""
    return lambda reply: spoil(reply).with_header(SPOILED, "yes") if reply.body else reply


def by_turns(*behaviours: Behaviour) -> Behaviour:
    """Behave on each connection in another way, over and over."""

    def behave(connection: socket.socket, server: Server) -> None:
        turn = server.turn()
        behaviours[turn % len(behaviours)](connection, server)

    return behave


def dies_after(connections: int) -> Behaviour:
    """Work for so many connections, then listen no more."""

    def behave(connection: socket.socket, server: Server) -> None:
        if server.turn() >= connections:
            server.stop_listening()
            reset(connection)
            return
        passes_on()(connection, server)

    return behave


def is_mute(connection: socket.socket, server: Server) -> None:
    """Read and never answer."""
    with contextlib.suppress(OSError):
        server.read(connection)
    server.wait(FOR_EVER_S)
