"""What the transport sends, what it sees, and how each way of not answering is told."""

from __future__ import annotations

import contextlib
import math
import socket
import ssl
import struct
import threading
import time
from typing import TYPE_CHECKING

import pytest
import trustme

from assay.address import Origin
from assay.model import SentRequest
from assay.target import Target
from assay.transport import Pacing, Transport, dialing
from assay.transport.proxy import proxy_for
from assay.transport.wire import MAX_HEAD_BYTES
from tests.patience import FOR_EVER_S, PLENTY_S

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator
    from pathlib import Path

    from assay.model import Exchange, Headers

    Behaviour = Callable[[socket.socket, "Server"], None]
    Serve = Callable[..., "Server"]
    Connect = Callable[..., Transport]

LIMIT = 1000
ENOUGH_S = 2.0
"""What connecting does not take, however busy the machine is."""
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Server:
    """A server on loopback that behaves as one function says, a thread per connection."""

    def __init__(self, behaviour: Behaviour, tls: ssl.SSLContext | None = None) -> None:
        self.received: list[bytes] = []
        self.connections = 0
        self.stopping = threading.Event()
        self._behaviour = behaviour
        self._tls = tls
        self._open: list[socket.socket] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def read(self, connection: socket.socket) -> bytes:
        """Read one request whole; nothing at the end."""
        data = b""
        while b"\r\n\r\n" not in data:
            piece = connection.recv(65536)
            if not piece:
                return b""
            data += piece
        head, _, body = data.partition(b"\r\n\r\n")
        lengths = [
            line.partition(b":")[2] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")
        ]
        while len(body) < int(lengths[0] if lengths else 0):
            body += connection.recv(65536)
        self.received.append(head + b"\r\n\r\n" + body)
        return self.received[-1]

    def stop(self) -> None:
        self.stopping.set()
        for each in [self._listening, *self._open]:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while not self.stopping.is_set():
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
                self._open.append(connection)
            self._behaviour(connection, self)
        connection.close()


def says(*pieces: bytes | float) -> Behaviour:
    """Answer one request with pieces and pauses, then close."""

    def behave(connection: socket.socket, server: Server) -> None:
        server.read(connection)
        for piece in pieces:
            if isinstance(piece, bytes):
                connection.sendall(piece)
            else:
                server.stopping.wait(piece)

    return behave


def keeps_saying(answer: bytes) -> Behaviour:
    """Answer every request of a connection, which stays open."""

    def behave(connection: socket.socket, server: Server) -> None:
        while server.read(connection):
            connection.sendall(answer)

    return behave


def says_in_turn(*answers: bytes) -> Behaviour:
    """Answer one request per connection, each with the next answer; the last one is repeated."""
    left = list(answers)

    def behave(connection: socket.socket, server: Server) -> None:
        server.read(connection)
        connection.sendall(left.pop(0) if len(left) > 1 else left[0])

    return behave


@pytest.fixture
def serve() -> Iterator[Serve]:
    servers: list[Server] = []

    def start(behaviour: Behaviour, tls: ssl.SSLContext | None = None) -> Server:
        servers.append(Server(behaviour, tls))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


class Everything:
    """Holds every origin: these tests ask one server after the other."""

    def __contains__(self, origin: object) -> bool:
        return True


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make opening a connection cost nothing, as on a machine that has nothing else to do."""
    monkeypatch.setattr(dialing, "WORTH_KEEPING_S", math.inf)


@pytest.fixture
def connect() -> Iterator[Connect]:
    transports: list[Transport] = []

    def start(
        *,
        base_url: str = "http://unused.test",
        named: Container[Origin] | None = Everything(),
        timeout_s: float = PLENTY_S,
        environ: dict[str, str] | None = None,
        pacing: Pacing | None = None,
        verify_tls: bool = True,
        ca_bundle: Path | None = None,
        max_response_bytes: int = LIMIT,
        clock: Callable[[], float] = time.monotonic,
    ) -> Transport:
        target = Target(
            "lab",
            "vcf",
            base_url,
            timeout_s=timeout_s,
            max_response_bytes=max_response_bytes,
            verify_tls=verify_tls,
            ca_bundle=ca_bundle,
        )
        transports.append(Transport(target, pacing=pacing, environ=environ or {}, clock=clock, named=named))
        return transports[-1]

    yield start
    for transport in transports:
        transport.close()


@pytest.fixture
def ask(connect: Connect) -> Callable[[str], Exchange]:
    """Send a plain request to a URL."""
    transport = connect()
    return lambda url: transport.exchange(request(url))


def request(url: str, body: bytes = b"{}", headers: Headers = (), method: str = "POST") -> SentRequest:
    length = (("Content-Length", str(len(body))),)
    return SentRequest(method, url, (("Host", "lab.test"), *headers, *length), body)


def test_a_request_goes_out_as_exactly_the_bytes_asked_for(serve: Serve, connect: Connect) -> None:
    server = serve(says(OK))
    headers = (("aCCept", "x/y"), ("Host", "other.test"), ("X-Two", "1"), ("content-LENGTH", "3"), ("x-two", ""))

    connect().exchange(SentRequest("PATCH", f"{server.url}/a/../b//c;d?x=%7e&y=[]", headers, b"a\0b"))

    assert server.received == [
        (
            b"PATCH /a/../b//c;d?x=%7e&y=[] HTTP/1.1\r\naCCept: x/y\r\nHost: other.test\r\nX-Two: 1\r\n"
            b"content-LENGTH: 3\r\nx-two: \r\n\r\na\0b"
        )
    ]


@pytest.mark.parametrize(("suffix", "target"), [("", b"/"), ("/", b"/"), ("?a=1", b"/?a=1"), ("/x?", b"/x?")])
def test_a_url_without_a_path_asks_for_the_root(
    serve: Serve, ask: Callable[[str], Exchange], suffix: str, target: bytes
) -> None:
    server = serve(says(OK))

    ask(server.url + suffix)

    assert server.received[0].split(b" ")[1] == target


@pytest.mark.parametrize(
    "illegal",
    [
        SentRequest("POST", "http://127.0.0.1:1/", ()),
        SentRequest("POST", "http://127.0.0.1:1/", (("Host", "x"), ("X", "a\r\nY: b"))),
        SentRequest("POST", "http://127.0.0.1:1/", (("Host", "x"), ("X y", "a"))),
        SentRequest("POST", "http://127.0.0.1:1/", (("Host", "x"), ("X", "\u20ac"))),
        SentRequest("POST", "http://127.0.0.1:1/", (("Host", "x"),), b"no length"),
        SentRequest("POST", "http://127.0.0.1:1/", (("Host", "x"), ("Content-Length", "3")), b"ab"),
        SentRequest("PO ST", "http://127.0.0.1:1/", (("Host", "x"),)),
        SentRequest("GET", "http://127.0.0.1:1/a b", (("Host", "x"),)),
        SentRequest("GET", "http://127.0.0.1:1/a#b", (("Host", "x"),)),
        SentRequest("GET", "http://127.0.0.1:70000/", (("Host", "x"),)),
        SentRequest("GET", "http://.lab.test/", (("Host", "x"),)),
        SentRequest("GET", "ftp://127.0.0.1/", (("Host", "x"),)),
        SentRequest("GET", "/relative", (("Host", "x"),)),
    ],
)
def test_a_request_that_http_does_not_allow_is_a_mistake_of_the_caller(connect: Connect, illegal: SentRequest) -> None:
    with pytest.raises(ValueError, match=r"cannot|can be sent|ordinal"):
        connect().exchange(illegal)


def test_header_bytes_outside_ascii_pass_in_both_directions(serve: Serve, connect: Connect) -> None:
    server = serve(says(b"HTTP/1.1 200 \xe9\r\nX-Echo: \xe9\xff\r\nContent-Length: 0\r\n\r\n"))

    exchange = connect().exchange(request(server.url, headers=(("X-In", "\xe9\xff"),)))

    assert b"\r\nX-In: \xe9\xff\r\n" in server.received[0]
    assert exchange.response is not None
    assert exchange.response.reason == "\xe9"
    assert exchange.response.header("x-echo") == "\xe9\xff"


def test_a_response_is_seen_as_it_came(serve: Serve, ask: Callable[[str], Exchange]) -> None:
    head = (
        b"HTTP/1.1 201 Made  it\r\ncontent-ENCODING: GZIP\r\nContent-Length:3\r\n"
        b"X:  a \r\nContent-Length: 3\r\nx: b\r\n\r\n"
    )

    response = ask(serve(says(head, b"\x1f\x8b\x00")).url).response

    assert response is not None
    assert (response.status, response.reason, response.http_version) == (201, "Made  it", "1.1")
    assert response.headers == (
        ("content-ENCODING", "GZIP"),
        ("Content-Length", "3"),
        ("X", "a"),
        ("Content-Length", "3"),
        ("x", "b"),
    )
    assert (response.body, response.surplus) == (b"\x1f\x8b\x00", b"")


def test_no_redirect_is_followed_and_no_cookie_kept(serve: Serve, ask: Callable[[str], Exchange]) -> None:
    server = serve(says(b"HTTP/1.1 302 Found\r\nLocation: /x\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"))

    first = ask(server.url)
    ask(server.url)

    assert first.response is not None
    assert first.response.status == 302
    assert len(server.received) == 2
    assert b"ookie" not in server.received[1]


@pytest.mark.parametrize(
    ("pieces", "body"),
    [
        (
            [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n3;a=b\r\nabc\r\n1\r\nd\r\n0\r\nX: y\r\n\r\n"],
            b"abcd",
        ),
        ([b"HTTP/1.0 200 OK\r\n\r\nabc", 0.05, b"d"], b"abcd"),
        ([b"HTTP/1.1 200 OK\r\n\r\nabcd"], b"abcd"),
        ([b"HTTP/1.1 200\r\nContent-Length: 1\r\n\r\nx"], b"x"),
        ([b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", OK], b"{}"),
        ([b"HTTP/1.1 200 OK\nContent-Length:2\n\nab"], b"ab"),
        ([b"HTTP/1.1 200 OK\r\nX: a\r\n  b\r\nContent-Length: 2\r\n\r\nab"], b"ab"),
        (
            [b"H", 0.02, b"TTP/1.1 2", 0.02, b"00 OK\r\nContent-Le", 0.02, b"ngth: 2\r", 0.02, b"\n\r\na", 0.02, b"b"],
            b"ab",
        ),
        ([b"HTTP/1.1 204 No Content\r\n\r\n"], b""),
        ([b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\nContent-Type: a/b\r\n\r\n"], b""),
        ([b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"], b""),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"], b""),
        ([b"HTTP/1.1 599 What\r\nContent-Length: 1\r\n\r\nx"], b"x"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"x" * LIMIT], b"x" * LIMIT),
    ],
)
def test_every_legal_framing_is_understood(
    serve: Serve, ask: Callable[[str], Exchange], pieces: list[bytes | float], body: bytes
) -> None:
    exchange = ask(serve(says(*pieces)).url)

    assert exchange.transport_error == ""
    assert exchange.response is not None
    assert (exchange.response.body, exchange.response.surplus) == (body, b"")


@pytest.mark.parametrize(
    ("pieces", "sentence"),
    [
        ([], "connection closed before a response"),
        ([b"HTTP/1.1 100 Continue\r\n\r\n"], "connection closed before a response"),
        ([b"HTTP/1.1 200 OK\r\nConte"], "connection closed in the middle of the headers"),
        ([b"SSH-2.0-OpenSSH_9\r\n", FOR_EVER_S], "not HTTP: the answer does not begin with HTTP/"),
        ([b"HTTP/1.1 OK\r\n\r\n"], "not HTTP: illegal status line"),
        ([b"HTTP/1.1 99 X\r\n\r\n"], "not HTTP: illegal status line"),
        ([b"HTTP/1.1 099 X\r\n\r\n"], "not HTTP: status below 100"),
        ([b"HTTP/1.1 600 X\r\n\r\n"], "not HTTP: status 600"),
        ([b"HTTP/2.0 200 OK\r\n\r\n"], "not HTTP/1: version 2.0"),
        ([b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n"], None),
        ([b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n"], "not HTTP: illegal header line"),
        ([b"HTTP/1.1 200 OK\r\nX : y\r\n\r\n"], "not HTTP: illegal header line"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"], "not HTTP: bad Content-Length"),
        (
            [b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"],
            "not HTTP: conflicting Content-Length headers",
        ),
        (
            [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
            "not HTTP: both a Content-Length and a Transfer-Encoding",
        ),
        (
            [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"],
            "not HTTP: Only Transfer-Encoding",
        ),
        ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"], "not HTTP: illegal chunk header"),
        ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabcd\r\n"], "not HTTP: malformed chunk footer"),
        (
            [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"],
            "body ended after 2 bytes, before its last chunk",
        ),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n123456789012"], "body ended after 12 of 40 bytes"),
        ([b"HTTP/1.1 103 Hints\r\n\r\n"] * 30, "more than 20 interim responses"),
        ([b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000 + b"\r\n\r\n"], f"headers larger than {MAX_HEAD_BYTES} bytes"),
        ([b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 60_000], f"headers larger than {MAX_HEAD_BYTES} bytes"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n"], "response larger than 1000 bytes"),
        ([b"HTTP/1.1 200 OK\r\n\r\n", b"x" * (LIMIT + 1)], "response larger than 1000 bytes"),
        (
            [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 500],
            "response larger than 1000 bytes",
        ),
        (
            [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"x" * 300_000],
            "response larger than 1000 bytes",
        ),
    ],
)
def test_what_is_no_whole_answer_is_told_in_one_sentence(
    serve: Serve, ask: Callable[[str], Exchange], pieces: list[bytes | float], sentence: str | None
) -> None:
    exchange = ask(serve(says(*pieces)).url)

    assert exchange.response is None
    assert exchange.transport_error == sentence or (
        sentence is None and exchange.transport_error.startswith("not HTTP")
    )


@pytest.fixture
def latecomers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for what comes behind an answer until the connection ends, however long that takes."""
    monkeypatch.setattr("assay.transport._LATECOMERS_S", PLENTY_S)


@pytest.mark.usefixtures("latecomers")
@pytest.mark.parametrize(
    ("pieces", "surplus"),
    [
        ([b"HTTP/1.1 204 No Content\r\n\r\nbody"], b"body"),
        ([b"HTTP/1.1 204 No Content\r\n\r\n", 0.01, b"body"], b"body"),
        ([b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", 0.01, b"12345"], b"12345"),
        (
            [b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n0\r\n\r\n"],
            b"1\r\nx\r\n0\r\n\r\n",
        ),
        ([b"HTTP/1.1 304 Not Modified\r\n\r\n", 0.01, b"body"], b"body"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 0.01, b"bo", 0.01, b"dy"], b"body"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", 0.01, b"body"], b"body"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{} more"], b" more"),
    ],
)
def test_bytes_behind_the_end_of_a_message_are_seen(
    serve: Serve, ask: Callable[[str], Exchange], pieces: list[bytes | float], surplus: bytes
) -> None:
    response = ask(serve(says(*pieces)).url).response

    assert response is not None
    assert response.surplus == surplus


def test_a_stray_body_of_a_server_that_never_closes_is_seen(
    serve: Serve, ask: Callable[[str], Exchange], monkeypatch: pytest.MonkeyPatch
) -> None:
    # It is waited for to the end.
    monkeypatch.setattr("assay.transport._LATECOMERS_S", 1.0)
    server = serve(says(b"HTTP/1.1 204 No Content\r\n\r\n", b"x" * 5, FOR_EVER_S))

    response = ask(server.url).response

    assert response is not None
    assert response.surplus == b"xxxxx"


@pytest.mark.parametrize(
    "pieces",
    [
        [FOR_EVER_S],
        [b"HTTP/1.1 200 OK\r\n", *[b"X", 0.05] * 200],
        [b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", *[b"x", 0.05] * 200],
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", *[b"1\r\nx\r\n", 0.05] * 100],
        [*[b"HTTP/1.1 100 Continue\r\n\r\n", 0.05] * 15, FOR_EVER_S],
    ],
)
def test_one_deadline_ends_the_whole_exchange(serve: Serve, connect: Connect, pieces: list[bytes | float]) -> None:
    exchange = connect(timeout_s=0.3).exchange(request(serve(says(*pieces)).url))

    assert exchange.transport_error == "timed out after 0.3 s"


def test_the_deadline_covers_connecting(connect: Connect) -> None:
    # A listener with a full queue leaves further connections without an answer.
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, contextlib.ExitStack() as waiting:
        for _ in range(4):
            client = waiting.enter_context(socket.socket())
            client.settimeout(0)
            client.connect_ex(listener.getsockname())
        exchange = connect(timeout_s=0.3).exchange(request(f"http://127.0.0.1:{listener.getsockname()[1]}"))

    assert exchange.transport_error == "timed out after 0.3 s"


def test_the_deadline_covers_the_handshake_of_tls(serve: Serve, connect: Connect) -> None:
    server = serve(lambda _, server: server.stopping.wait(FOR_EVER_S) and None)

    exchange = connect(timeout_s=ENOUGH_S).exchange(request(f"https://127.0.0.1:{server.port}"))

    assert exchange.transport_error == f"timed out after {ENOUGH_S:g} s in the TLS handshake"


def test_the_deadline_covers_looking_up_the_host(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, over = threading.Event(), threading.Event()

    def never(*_: object, flags: int = 0, **__: object) -> list[object]:
        if not flags:
            asked.set()
            over.wait(PLENTY_S)
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", never)
    exchange = connect(timeout_s=0.3).exchange(request("http://slow.test"))
    over.set()

    assert asked.wait(PLENTY_S)
    assert exchange.transport_error == "timed out after 0.3 s"


def test_an_unknown_host_is_named(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> list[object]:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    assert connect().exchange(request("http://nowhere.test")).transport_error == "no such host: nowhere.test"


def test_a_closed_port_refuses_the_connection(connect: Connect) -> None:
    assert connect().exchange(request(f"http://127.0.0.1:{closed_port()}")).transport_error == "connection refused"


def test_an_answer_before_the_request_was_read_is_an_answer(serve: Serve, connect: Connect) -> None:
    def behave(connection: socket.socket, server: Server) -> None:
        connection.recv(10)
        connection.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)
        # To close with something unread is to reset.
        server.stopping.wait(FOR_EVER_S)

    exchange = connect().exchange(request(serve(behave).url, body=b"x" * 200_000))

    assert exchange.response is not None
    assert exchange.response.status == 413


def test_a_connection_that_is_reset_is_told(serve: Serve, ask: Callable[[str], Exchange]) -> None:
    def behave(connection: socket.socket, server: Server) -> None:
        server.read(connection)
        # To linger for no time is to reset.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    assert ask(serve(behave).url).transport_error == "connection reset"


def test_the_deadline_covers_sending(serve: Serve, connect: Connect) -> None:
    never_reads = serve(lambda _, server: bool(server.stopping.wait(FOR_EVER_S)))

    exchange = connect(timeout_s=0.3).exchange(request(never_reads.url, body=b"x" * 30_000_000))

    assert exchange.transport_error == "timed out after 0.3 s"


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


# Connections


@pytest.fixture
def worth_keeping(cheap: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 - comes first
    """Make every connection worth keeping, as if the server were far away, and never too old."""
    monkeypatch.setattr(dialing, "WORTH_KEEPING_S", 0.0)
    monkeypatch.setattr(dialing, "LONGEST_IDLE_S", math.inf)


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at every kept connection until something is on its way, however long that takes."""
    monkeypatch.setattr(dialing, "_LOOKS_S", (PLENTY_S,) * 3)


def test_connections_that_cost_nothing_are_not_used_twice(serve: Serve, ask: Callable[[str], Exchange]) -> None:
    server = serve(keeps_saying(OK))

    answers = [ask(server.url).response for _ in range(3)]

    assert all(answers)
    assert server.connections == 3


@pytest.mark.usefixtures("worth_keeping")
def test_a_kept_connection_serves_the_next_exchange(serve: Serve, ask: Callable[[str], Exchange]) -> None:
    server = serve(keeps_saying(OK))

    answers = [ask(server.url).response for _ in range(6)]

    assert all(answers)
    assert server.connections == 1


@pytest.mark.usefixtures("worth_keeping", "looked_at")
@pytest.mark.parametrize(
    "pieces",
    [
        [OK],
        [OK, 0.03],
        [b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"],
        [b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}"],
        [b"HTTP/1.1 204 No Content\r\n\r\n"],
    ],
)
def test_closing_after_an_answer_is_legal(
    serve: Serve, ask: Callable[[str], Exchange], pieces: list[bytes | float]
) -> None:
    server = serve(says(*pieces))

    exchanges = [ask(server.url) for _ in range(8)]

    assert [exchange.transport_error for exchange in exchanges] == [""] * 8
    assert server.connections == 8


@pytest.mark.usefixtures("worth_keeping")
def test_an_idle_connection_is_soon_too_old(
    serve: Serve, ask: Callable[[str], Exchange], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialing, "LONGEST_IDLE_S", 0.0)
    server = serve(keeps_saying(OK))

    ask(server.url)
    ask(server.url)

    assert server.connections == 2


@pytest.mark.usefixtures("worth_keeping")
def test_a_kept_connection_that_breaks_is_told_and_not_repeated(serve: Serve, ask: Callable[[str], Exchange]) -> None:
    def behave(connection: socket.socket, server: Server) -> None:
        server.read(connection)
        connection.sendall(OK)
        server.read(connection)

    server = serve(behave)

    errors = [ask(server.url).transport_error for _ in range(4)]

    assert errors == ["", "connection closed before a response", "", ""]
    assert len(server.received) == 4


@pytest.mark.usefixtures("worth_keeping", "looked_at")
def test_bytes_that_nobody_asked_for_spoil_a_kept_connection(serve: Serve, ask: Callable[[str], Exchange]) -> None:
    server = serve(says(OK, 0.01, b"HTTP/1.1 500 Not asked for\r\nContent-Length: 0\r\n\r\n", FOR_EVER_S))

    answers = [ask(server.url).response for _ in range(3)]

    assert [answer.status for answer in answers if answer] == [200, 200, 200]


def test_requests_that_go_together_overlap(serve: Serve, connect: Connect) -> None:
    everybody = threading.Barrier(4)

    def behave(connection: socket.socket, server: Server) -> None:
        server.read(connection)
        everybody.wait(PLENTY_S)
        connection.sendall(OK)

    server = serve(behave)
    exchanges = connect().exchange_together([request(f"{server.url}/{number}") for number in range(4)])

    assert [exchange.transport_error for exchange in exchanges] == [""] * 4
    assert [exchange.request.url[-1] for exchange in exchanges] == ["0", "1", "2", "3"]
    assert server.connections == 4


def test_a_connection_that_fails_holds_nobody_up(serve: Serve, connect: Connect) -> None:
    server = serve(says(OK))
    urls = [server.url, f"http://127.0.0.1:{closed_port()}", server.url]

    exchanges = connect().exchange_together([request(url) for url in urls])

    assert [exchange.transport_error for exchange in exchanges] == ["", "connection refused", ""]


def test_answers_that_come_together_share_what_one_may_take(serve: Serve, connect: Connect) -> None:
    body = b"x" * 3_000_000
    server = serve(says(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body))
    transport = connect(max_response_bytes=5_000_000, pacing=Pacing())

    together = [each for _ in range(3) for each in transport.exchange_together([request(server.url)] * 2)]
    alone = transport.exchange(request(server.url))

    assert [each.transport_error for each in together] == ["response larger than 2500000 bytes"] * 6
    assert alone.transport_error == ""


def test_no_requests_together_are_no_exchanges(connect: Connect) -> None:
    assert connect().exchange_together([]) == []


def test_nothing_is_left_behind(serve: Serve, connect: Connect) -> None:
    before = set(threading.enumerate())
    transport = connect()
    server = serve(says(OK))

    transport.exchange_together([request(server.url), request(server.url)])
    transport.close()
    server.stop()

    assert set(threading.enumerate()) <= before


# TLS


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture
def ca_bundle(authority: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


def test_a_certificate_of_a_named_authority_is_accepted(
    serve: Serve, connect: Connect, tls: ssl.SSLContext, ca_bundle: Path
) -> None:
    exchange = connect(ca_bundle=ca_bundle).exchange(request(serve(says(OK), tls).url))

    assert exchange.response is not None
    assert exchange.response.body == b"{}"


def test_an_unknown_certificate_is_refused(serve: Serve, ask: Callable[[str], Exchange], tls: ssl.SSLContext) -> None:
    assert ask(serve(says(OK), tls).url).transport_error == (
        "TLS certificate not accepted: unable to get local issuer certificate"
    )


def test_an_unknown_certificate_passes_where_nobody_looks(serve: Serve, connect: Connect, tls: ssl.SSLContext) -> None:
    assert connect(verify_tls=False).exchange(request(serve(says(OK), tls).url)).response is not None


def test_a_server_without_tls_is_told(serve: Serve, ask: Callable[[str], Exchange]) -> None:
    server = serve(lambda connection, _: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"))

    assert ask(f"https://127.0.0.1:{server.port}").transport_error == (
        "the server does not speak TLS there: its answer to the handshake is something else"
    )


def test_a_close_in_the_handshake_is_told(serve: Serve, ask: Callable[[str], Exchange]) -> None:
    server = serve(lambda connection, _: connection.recv(1000))

    assert ask(f"https://127.0.0.1:{server.port}").transport_error == "connection closed in the TLS handshake"


def test_a_reset_in_the_handshake_is_told(serve: Serve, ask: Callable[[str], Exchange]) -> None:
    def behave(connection: socket.socket, _: Server) -> None:
        connection.recv(1000)
        # To linger for no time is to reset.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    port = serve(behave).port

    assert ask(f"https://127.0.0.1:{port}").transport_error == "connection reset in the TLS handshake"


def test_the_dot_behind_a_complete_name_is_no_part_of_what_a_certificate_names(
    serve: Serve, connect: Connect, authority: trustme.CA, ca_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("lab.test").configure_cert(context)
    port = serve(says(OK), context).port
    here = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", port))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: here)

    exchange = connect(ca_bundle=ca_bundle).exchange(request(f"https://lab.test.:{port}"))

    assert exchange.transport_error == ""


def test_the_next_address_of_a_host_is_tried(
    serve: Serve, ask: Callable[[str], Exchange], monkeypatch: pytest.MonkeyPatch
) -> None:
    port = serve(says(OK)).port
    here = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", each)) for each in (closed_port(), port)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: here)

    assert ask(f"http://lab.test:{port}").transport_error == ""


def test_a_bundle_that_is_gone_is_told(connect: Connect, serve: Serve, tls: ssl.SSLContext, tmp_path: Path) -> None:
    exchange = connect(ca_bundle=tmp_path / "gone.pem").exchange(request(serve(says(OK), tls).url))

    assert (
        exchange.transport_error
        == f"no certificates can be read from {tmp_path / 'gone.pem'}: No such file or directory"
    )


@pytest.mark.usefixtures("latecomers")
def test_a_late_body_after_a_204_is_seen_through_tls(serve: Serve, connect: Connect, tls: ssl.SSLContext) -> None:
    server = serve(says(b"HTTP/1.1 204 No Content\r\n\r\n", 0.01, b"body"), tls)

    response = connect(verify_tls=False).exchange(request(server.url)).response

    assert response is not None
    assert response.surplus == b"body"


def test_a_body_that_ends_without_the_end_of_tls_is_not_whole(
    serve: Serve, connect: Connect, tls: ssl.SSLContext
) -> None:
    without_length = connect(verify_tls=False).exchange(request(serve(says(b"HTTP/1.1 200 OK\r\n\r\n{}"), tls).url))
    with_length = connect(verify_tls=False).exchange(request(serve(says(OK), tls).url))

    assert without_length.transport_error == "connection closed without the end of TLS"
    assert with_length.transport_error == ""


@pytest.mark.usefixtures("worth_keeping")
def test_a_tls_connection_is_kept(serve: Serve, connect: Connect, tls: ssl.SSLContext) -> None:
    server = serve(keeps_saying(OK), tls)
    transport = connect(verify_tls=False)

    answers = [transport.exchange(request(server.url)).response for _ in range(5)]

    assert all(answers)
    # The tickets that a server sends behind the handshake may make the first connection look busy.
    assert server.connections <= 2


# Proxies


def tunnels(connection: socket.socket, server: Server) -> None:
    """Behave as a proxy that takes CONNECT."""
    asked = server.read(connection)
    host, _, port = asked.split(b" ")[1].decode().partition(":")
    with socket.create_connection((host, int(port))) as there:
        connection.sendall(b"HTTP/1.1 200 Go ahead\r\n\r\n")
        back = threading.Thread(target=pump, args=(there, connection))
        back.start()
        pump(connection, there)
        back.join()


def pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


def test_a_proxy_gets_the_whole_url_and_its_credentials(serve: Serve, connect: Connect) -> None:
    proxy = serve(says(OK))
    environ = {"HTTP_PROXY": f"http://me:p%40ss@127.0.0.1:{proxy.port}"}

    exchange = connect(environ=environ).exchange(request("http://far.test:8080/x?y", b""))

    assert exchange.response is not None
    assert proxy.received == [
        (
            b"POST http://far.test:8080/x?y HTTP/1.1\r\nHost: lab.test\r\nContent-Length: 0\r\n"
            b"Proxy-Authorization: Basic bWU6cEBzcw==\r\n\r\n"
        ),
    ]


def test_a_refusal_by_a_proxy_is_no_answer_of_the_target(serve: Serve, connect: Connect) -> None:
    proxy = serve(says(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"))
    environ = {"HTTP_PROXY": f"http://me:pw@127.0.0.1:{proxy.port}"}

    exchange = connect(environ=environ).exchange(request("http://far.test/"))

    assert exchange.response is None
    assert exchange.transport_error == (
        f"the proxy http://127.0.0.1:{proxy.port} refused the request with 407: it wants credentials"
    )


def test_the_same_refusal_by_a_target_is_its_answer(serve: Serve, connect: Connect) -> None:
    server = serve(says(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"))

    exchange = connect().exchange(request(server.url))

    assert exchange.response is not None
    assert exchange.response.status == 407


def test_tls_goes_through_a_tunnel(serve: Serve, connect: Connect, tls: ssl.SSLContext, ca_bundle: Path) -> None:
    proxy, server = serve(tunnels), serve(says(OK), tls)
    environ = {"https_proxy": f"http://me:pw@127.0.0.1:{proxy.port}"}

    exchange = connect(environ=environ, ca_bundle=ca_bundle).exchange(request(f"{server.url}/x"))

    assert exchange.transport_error == ""
    assert server.received[0].startswith(b"POST /x HTTP/1.1\r\n")
    assert b"Proxy-Authorization" not in server.received[0]
    assert proxy.received == [
        f"CONNECT 127.0.0.1:{server.port} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
        "Proxy-Authorization: Basic bWU6cHc=\r\n\r\n".encode()
    ]


def test_a_proxy_that_refuses_is_named_without_its_credentials(serve: Serve, connect: Connect) -> None:
    proxy = serve(says(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"))
    environ = {"HTTPS_PROXY": f"http://me:pw@127.0.0.1:{proxy.port}"}

    assert connect(environ=environ).exchange(request("https://far.test/")).transport_error == (
        f"the proxy http://127.0.0.1:{proxy.port} refused the connection to far.test:443 with 407"
    )


@pytest.mark.parametrize(
    ("pieces", "sentence"),
    [([], "connection closed before a response"), ([FOR_EVER_S], f"timed out after {ENOUGH_S:g} s")],
)
def test_a_proxy_that_does_not_answer_is_named(
    serve: Serve, connect: Connect, pieces: list[bytes | float], sentence: str
) -> None:
    proxy = serve(says(*pieces))
    environ = {"HTTPS_PROXY": f"http://127.0.0.1:{proxy.port}"}

    assert connect(environ=environ, timeout_s=ENOUGH_S).exchange(request("https://far.test/")).transport_error == (
        f"no tunnel through the proxy http://127.0.0.1:{proxy.port}: {sentence}"
    )


def test_a_proxy_that_is_down_is_named(connect: Connect) -> None:
    port = closed_port()

    assert connect(environ={"HTTP_PROXY": f"127.0.0.1:{port}"}).exchange(
        request("http://far.test/")
    ).transport_error == (f"no connection to the proxy http://127.0.0.1:{port}: connection refused")


@pytest.mark.parametrize("url", ["http://far.test/", "https://far.test/"])
def test_a_proxy_of_another_kind_is_told_without_its_url(connect: Connect, url: str) -> None:
    environ = dict.fromkeys(["HTTP_PROXY", "HTTPS_PROXY"], "socks5://me:pw@127.0.0.1:1080")

    variable = f"{url.partition(':')[0].upper()}_PROXY"
    assert connect(environ=environ).exchange(request(url)).transport_error == (
        f"the proxy that {variable} names is not usable: only http://[user:password@]host:port is"
    )


@pytest.mark.parametrize(
    ("no_proxy", "host", "port", "exempt"),
    [
        ("*", "far.test", 443, True),
        ("far.test", "far.test", 443, True),
        ("FAR.test", "far.test", 443, True),
        ("other.test, far.test", "far.test", 443, True),
        ("far.test", "a.far.test", 443, True),
        (".far.test", "a.far.test", 443, True),
        ("*.far.test", "a.far.test", 443, True),
        ("far.test", "nofar.test", 443, False),
        ("far.test:443", "far.test", 443, True),
        ("far.test:80", "far.test", 443, False),
        ("10.0.0.0/8", "10.1.2.3", 443, True),
        ("10.0.0.0/8", "11.1.2.3", 443, False),
        ("10.1.2.3", "10.1.2.3", 443, True),
        ("10.1.2.3:8443", "10.1.2.3", 443, False),
        ("2.3", "10.1.2.3", 443, False),
        ("::1", "::1", 443, True),
        ("[::1]:443", "::1", 443, True),
        ("fe80::/10", "fe80::1", 443, True),
        ("10.0.0.0/8", "far.test", 443, False),
        ("localhost", "127.0.0.1", 443, False),
        ("", "127.0.0.1", 443, False),
        (" , ", "far.test", 443, False),
    ],
)
def test_no_proxy_exempts_hosts(no_proxy: str, host: str, port: int, exempt: bool) -> None:  # noqa: FBT001 - a parameter of a table
    environ = {"HTTPS_PROXY": "http://proxy.test:3128", "NO_PROXY": no_proxy}

    assert (proxy_for(Origin("https", host, port), environ) is None) == exempt


def test_a_lower_case_variable_wins(connect: Connect) -> None:
    environ = {"HTTP_PROXY": f"http://127.0.0.1:{closed_port()}", "http_proxy": ""}

    assert connect(environ=environ).exchange(request(f"http://127.0.0.1:{closed_port()}")).transport_error == (
        "connection refused"
    )


# Pace


class Waits:
    """A sleep that only takes note."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest.mark.parametrize("status", [b"429 Too Many Requests", b"503 Service Unavailable"])
def test_an_overloaded_server_is_asked_again_when_it_says(serve: Serve, connect: Connect, status: bytes) -> None:
    busy = b"HTTP/1.1 " + status + b"\r\nRetry-After: 2\r\nContent-Length: 0\r\n\r\n"
    server, waits = serve(says_in_turn(busy, busy, OK)), Waits()
    transport = connect(pacing=Pacing(sleep=waits))

    exchange = transport.exchange(request(server.url))

    assert exchange.response is not None
    assert exchange.response.status == 200
    assert waits.seconds == [2, 2]
    assert transport.requests == 3
    assert len(server.received) == 3


def test_a_server_that_stays_overloaded_has_the_last_word(serve: Serve, connect: Connect) -> None:
    server = serve(says(b"HTTP/1.1 503 Busy\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n"))
    waits = Waits()

    exchange = connect(pacing=Pacing(sleep=waits)).exchange(request(server.url))

    assert exchange.response is not None
    assert exchange.response.status == 503
    assert waits.seconds == [5] * 5


@pytest.mark.parametrize("status", [b"500 Oops", b"502 Bad Gateway", b"408 Request Timeout", b"409 Conflict"])
def test_nothing_else_is_asked_again(serve: Serve, connect: Connect, status: bytes) -> None:
    server = serve(says(b"HTTP/1.1 " + status + b"\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n"))

    connect(pacing=Pacing(sleep=Waits())).exchange(request(server.url))

    assert len(server.received) == 1


def test_requests_that_go_together_are_not_asked_again(serve: Serve, connect: Connect) -> None:
    server = serve(says(b"HTTP/1.1 429 Busy\r\nContent-Length: 0\r\n\r\n"))

    exchanges = connect(pacing=Pacing(sleep=Waits())).exchange_together([request(server.url)] * 2)

    assert [exchange.response.status for exchange in exchanges if exchange.response] == [429, 429]
    assert len(server.received) == 2


def test_a_target_that_never_answers_is_given_up_everywhere(serve: Serve, connect: Connect, tmp_path: Path) -> None:
    server = serve(says())
    first, second = (connect(pacing=Pacing(marker=tmp_path / "given-up")) for _ in range(2))

    errors = [first.exchange(request(server.url)).transport_error for _ in range(7)]
    elsewhere = second.exchange(request(server.url)).transport_error
    together = second.exchange_together([request(server.url)] * 2)

    given_up = "given up after 5 exchanges without an answer"
    assert errors == ["connection closed before a response"] * 5 + [given_up] * 2
    assert [elsewhere, *(each.transport_error for each in together)] == [given_up] * 3
    assert (first.requests, second.requests, first.answered) == (5, 0, False)


def test_an_answer_starts_the_count_anew(serve: Serve, connect: Connect) -> None:
    server = serve(says_in_turn(b"", b"", b"", b"", OK, b"", b"", b"", b"", OK))
    transport = connect(pacing=Pacing())

    errors = [transport.exchange(request(server.url)).transport_error for _ in range(10)]

    assert errors.count("") == 2
    assert transport.answered


class Asleep:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_waiting_as_an_overloaded_server_asks_for_is_no_lost_time(serve: Serve, connect: Connect) -> None:
    server, clock = serve(says(b"HTTP/1.1 429 Busy\r\nRetry-After: 5\r\nContent-Length: 0\r\n\r\n")), Asleep()
    pacing = Pacing(timeout_s=0.9, clock=clock, sleep=clock.sleep)
    transport = connect(timeout_s=0.9, pacing=pacing, clock=clock)

    transport.exchange(request(server.url))
    transport.exchange(request(server.url))

    # More than thirty times the timeout.
    assert clock.now == 30
    assert pacing.refusal() == ""


def test_nothing_is_sent_after_the_deadline_of_the_run(serve: Serve, connect: Connect) -> None:
    server = serve(says(OK))

    exchange = connect(pacing=Pacing(deadline=time.time() - 1)).exchange(request(server.url))

    assert exchange.transport_error == "the run's deadline has passed"
    assert server.connections == 0


def test_the_deadline_of_the_run_ends_an_exchange_on_its_way(serve: Serve, connect: Connect) -> None:
    transport = connect(pacing=Pacing(deadline=time.time() + 0.3), timeout_s=30)

    exchange = transport.exchange(request(serve(says(FOR_EVER_S)).url))

    assert exchange.transport_error == "the run's deadline has passed"


def test_no_connection_is_made_to_an_origin_that_is_not_named(serve: Serve, connect: Connect) -> None:
    named, other = serve(says(OK)), serve(says(OK))
    transport = connect(base_url=named.url, named=None)

    with pytest.raises(RuntimeError, match="which no target file names"):
        transport.exchange(request(other.url))


def test_a_proxy_is_connected_to_although_no_target_file_names_it(serve: Serve, connect: Connect) -> None:
    proxy = serve(says(OK))
    environ = {"HTTP_PROXY": f"http://127.0.0.1:{proxy.port}"}

    exchange = connect(base_url="http://far.test", named=None, environ=environ).exchange(request("http://far.test/x"))

    assert exchange.response is not None
