"""Servers that fail as connections do: refused, closed, reset, silent, slow."""

from __future__ import annotations

import socket

from tests.hostile.server import FOR_EVER_S, Kind, Server, answer, drips, reset, says, says_then_resets

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
LONG = HEAD + b"Content-Length: 500\r\n\r\n"


def closes(_connection: socket.socket, _server: Server) -> None:
    """Close at once, without reading."""


def resets(connection: socket.socket, _server: Server) -> None:
    """Reset at once, without reading."""
    reset(connection)


def never_reads(_connection: socket.socket, server: Server) -> None:
    """Take the connection and nothing that comes over it."""
    server.wait(FOR_EVER_S)


def half_closes(connection: socket.socket, server: Server) -> None:
    """Say that nothing will be sent, and go on listening."""
    connection.shutdown(socket.SHUT_WR)
    server.read(connection)
    server.wait(FOR_EVER_S)


def half_closes_in_the_middle(connection: socket.socket, server: Server) -> None:
    """Send half a body, say that nothing more will be sent, and go on listening."""
    says(LONG + b"[1,")(connection, server)
    connection.shutdown(socket.SHUT_WR)
    server.wait(FOR_EVER_S)


def speaks_first(connection: socket.socket, server: Server) -> None:
    """Greet like another protocol does."""
    connection.sendall(b"220 mail.example.test ESMTP ready\r\n")
    server.wait(FOR_EVER_S)


def answers_unasked_and_resets(connection: socket.socket, _server: Server) -> None:
    """Begin an answer before anything was asked, and reset in its middle."""
    connection.sendall(LONG + b"[")
    reset(connection)


def answers_the_previous_request(connection: socket.socket, server: Server) -> None:
    """Answer with what was asked the time before."""
    request = server.read(connection)
    with server.lock:
        before, server.before = server.before, request.partition(b"\r\n\r\n")[2]
    connection.sendall(answer(before, b"Content-Type: application/json"))


KINDS = (
    Kind("nothing-listens", "Nothing listens on the port.", None),
    Kind("never-accepts", "The queue of connections is full and stays so.", closes, accepts=False),
    Kind("accepts-and-closes", "Every connection is closed at once.", closes),
    Kind("accepts-and-resets", "Every connection is reset at once.", resets),
    Kind("reads-and-closes", "The request is read and the connection closed.", says()),
    Kind("reads-and-resets", "The request is read and the connection reset.", says_then_resets()),
    Kind("resets-in-the-headers", "The connection is reset in the headers.", says_then_resets(HEAD)),
    Kind("resets-in-the-body", "The connection is reset in the body.", says_then_resets(LONG + b'{"a":')),
    Kind("closes-in-the-headers", "The connection is closed in the headers.", says(HEAD)),
    Kind("closes-in-the-body", "The connection is closed in the body.", says(LONG + b'{"a":')),
    Kind("half-closes", "One direction is closed at once, the other stays open.", half_closes),
    Kind("half-closes-in-the-body", "One direction is closed in the body.", half_closes_in_the_middle),
    Kind("never-answers", "The request is read and never answered.", says(FOR_EVER_S)),
    Kind("never-reads", "The connection is taken and nothing read.", never_reads),
    Kind("stops-in-the-headers", "The headers stop and the connection stays open.", says(HEAD, FOR_EVER_S)),
    Kind("stops-in-the-body", "The body stops and the connection stays open.", says(LONG + b"[1,", FOR_EVER_S)),
    Kind("speaks-first", "The server greets like one for mail.", speaks_first),
    Kind("answers-unasked", "An answer begins before the request and is reset.", answers_unasked_and_resets),
    Kind("drips-the-status-line", "The status line comes byte by byte.", drips(b"HTTP/1.1 200 ", b"O")),
    Kind("drips-headers", "The headers come byte by byte.", drips(HEAD, b"X-Drip: drop\r\n")),
    Kind("drips-the-body", "The body comes byte by byte.", drips(LONG, b" ")),
    Kind(
        "drips-chunks",
        "The chunks come byte by byte.",
        drips(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    ),
    Kind(
        "drips-interim-responses", "Interim responses come byte by byte.", drips(b"", b"HTTP/1.1 100 Continue\r\n\r\n")
    ),
    Kind(
        "answers-the-previous-request",
        "Every answer is the body of the request before.",
        answers_the_previous_request,
        answers=True,
    ),
)
