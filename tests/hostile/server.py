"""A server on loopback that behaves as one function says, however badly."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from typing import Self

    from assay.reference.hosting import Address

Behaviour = Callable[[socket.socket, "Server"], None]
"""What happens on one connection, which is closed behind it."""

FOR_EVER_S = 600.0
_BACKLOG = 128


@dataclass(frozen=True)
class Kind:
    """One way of being hostile or broken."""

    name: str
    sentence: str
    """What such a server does."""
    behave: Behaviour | None
    """`None` where nothing listens."""
    answers: bool = False
    """Whether a whole HTTP answer ever comes; without one nothing can be decided."""
    fronts: bool = False
    """Whether a server that works stands behind it."""
    earns: bool = False
    """Whether some of its answers are as good as any, so that checks may pass by them."""
    certificate: Callable[[], ssl.SSLContext] | None = None
    """What it speaks TLS with."""
    https: bool = False
    """Whether its address says that it speaks TLS."""
    accepts: bool = True
    """Whether connections are taken from the queue at all."""


class Server:
    """One hostile server at work, a thread per connection."""

    def __init__(self, kind: Kind, upstream: Address | None = None) -> None:
        self.kind = kind
        self.stopping = threading.Event()
        self.lock = threading.Lock()
        self.connections = 0
        self.received: list[bytes] = []
        """The heads of requests."""
        self.upstream = upstream
        """The server that works, where the kind stands in front of one."""
        self.elsewhere: Server | None = None
        """The server that this one points to."""
        self.before = b"null"
        """The body of the request before."""
        self._turns = 0
        self._open: set[socket.socket] = set()
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG if kind.accepts else 0)
        self.port: int = self._listening.getsockname()[1]
        self.url = f"{'https' if kind.https else 'http'}://127.0.0.1:{self.port}"
        self._crowd: list[socket.socket] = []

    def __enter__(self) -> Self:
        if self.kind.behave is None:
            self._listening.close()
        elif not self.kind.accepts:
            self._fill_the_queue()
        else:
            threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        with self.lock:
            everything = [self._listening, *self._open, *self._crowd]
        for each in everything:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def read(self, connection: socket.socket) -> bytes:
        """Read one request whole; nothing at the end."""
        data = b""
        while b"\r\n\r\n" not in data:
            piece = connection.recv(65536)
            if not piece:
                return b""
            data += piece
        head, _, body = data.partition(b"\r\n\r\n")
        lengths = [line[15:] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        pieces, left = [body], int(lengths[0] if lengths else 0) - len(body)
        while left > 0 and (piece := connection.recv(65536)):
            pieces.append(piece)
            left -= len(piece)
        with self.lock:
            self.received.append(head)
        return head + b"\r\n\r\n" + b"".join(pieces)

    def turn(self) -> int:
        """Return how many times this was asked before."""
        with self.lock:
            self._turns += 1
            return self._turns - 1

    def stop_listening(self) -> None:
        """Refuse connections from now on."""
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def wait(self, seconds: float) -> None:
        """Let time pass, but not beyond the end of the server."""
        self.stopping.wait(seconds)

    def _fill_the_queue(self) -> None:
        # A listener with a full queue leaves further connections without an answer.
        for _ in range(4):
            client = socket.socket()
            client.setblocking(False)  # noqa: FBT003 - the only form
            client.connect_ex(("127.0.0.1", self.port))
            self._crowd.append(client)

    def _accept(self) -> None:
        while not self.stopping.is_set():
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            with self.lock:
                self.connections += 1
                self._open.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        spoken = connection
        with contextlib.suppress(OSError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.kind.certificate is not None:
                spoken = self.kind.certificate().wrap_socket(connection, server_side=True)
            if self.kind.behave is not None:
                self.kind.behave(spoken, self)
        spoken.close()
        with self.lock:
            self._open.discard(connection)


def says(*pieces: bytes | float) -> Behaviour:
    """Answer one request with pieces and pauses, then close."""

    def behave(connection: socket.socket, server: Server) -> None:
        server.read(connection)
        for piece in pieces:
            if isinstance(piece, bytes):
                connection.sendall(piece)
            else:
                server.wait(piece)

    return behave


def says_then_resets(*pieces: bytes) -> Behaviour:
    """Answer one request with pieces, then reset."""

    def behave(connection: socket.socket, server: Server) -> None:
        says(*pieces)(connection, server)
        # What is sent behind a reset is lost, so the pieces get a moment to arrive.
        server.wait(0.01 if pieces else 0.0)
        reset(connection)

    return behave


def reset(connection: socket.socket) -> None:
    """Close with a reset: to linger for no time."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def drips(begin: bytes, rest: bytes, pause_s: float = 0.05) -> Behaviour:
    """Answer one request with `begin` at once and `rest` byte by byte, over and over."""

    def behave(connection: socket.socket, server: Server) -> None:
        server.read(connection)
        connection.sendall(begin)
        while not server.stopping.is_set():
            for number in range(len(rest)):
                connection.sendall(rest[number : number + 1])
                server.wait(pause_s)

    return behave


def never_ends(begin: bytes, piece: bytes) -> Behaviour:
    """Answer one request with `begin`, then with the same piece for as long as somebody listens."""

    def behave(connection: socket.socket, server: Server) -> None:
        server.read(connection)
        connection.sendall(begin)
        while not server.stopping.is_set():
            connection.sendall(piece)

    return behave


def answer(body: bytes, *lines: bytes, status: bytes = b"200 OK") -> bytes:
    """Return a whole answer with this body and these header lines."""
    head = [b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), *lines]
    return b"\r\n".join(head) + b"\r\n\r\n" + body
