"""HTTP/1.x as bytes: requests exactly as asked for, responses exactly as they come.

Parsing is h11's, fed from sockets of our own. An HTTP client such as httpcore2 sits on the same parser, but decides by
itself when a connection is reused, sorts `Host` to the front, caps a header block at 100 kB and drops what follows the
end of a message, which here is evidence. What h11 tidies up (a repeated `Content-Length`, the case of a
`Transfer-Encoding`) is taken from the bytes themselves.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import h11

from assay.transport.connection import NoAnswer

if TYPE_CHECKING:
    from collections.abc import Callable

    from assay.model import Headers, SentRequest

MAX_HEAD_BYTES = 256 * 1024
_MAX_INTERIM = 20


@dataclass(frozen=True, slots=True)
class Message:
    """A response as it came, and whether both sides may go on using the connection."""

    status: int
    reason: str
    http_version: str
    headers: Headers
    body: bytes
    behind: bytes
    """What had come behind the end of the message."""
    is_empty: bool
    """The message ends with its headers, whatever the server thinks."""
    goes_on: bool
    """Neither side has said that it will close the connection."""


def prepare(request: SentRequest, target: str, extra: Headers = ()) -> tuple[h11.Connection, bytes]:
    """Return the bytes of a request and the parser that understands the response to it.

    `extra` headers are for a proxy. What HTTP does not allow raises `ValueError`: it is a mistake of the caller.
    """
    parser = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD_BYTES)
    lines = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in (*request.headers, *extra)]
    try:
        parser.send(h11.Request(method=request.method, target=target, headers=lines))
        body = parser.send(h11.Data(data=request.body)) if request.body else b""
        body = (body or b"") + (parser.send(h11.EndOfMessage()) or b"")
    except h11.LocalProtocolError as problem:
        message = f"not a request that can be sent: {problem}"
        raise ValueError(message) from problem
    # h11 would move Host to the front and tidy up framing headers.
    head = [f"{request.method} {target} HTTP/1.1".encode(), *(b"%s: %s" % line for line in lines)]
    return parser, b"\r\n".join(head) + b"\r\n\r\n" + body


def read_response(parser: h11.Connection, receive: Callable[[], bytes], max_bytes: int) -> Message:
    """Read one final response; whatever is none raises `NoAnswer`."""
    return _Reading(parser, receive, max_bytes).message()


def read_status(parser: h11.Connection, receive: Callable[[], bytes]) -> int:
    """Read the head of a response and return its status."""
    return _Reading(parser, receive, 0).status()


class TooLarge(NoAnswer):
    """An answer goes beyond what is read of one."""


class _Reading:
    """The state of reading one response."""

    def __init__(self, parser: h11.Connection, receive: Callable[[], bytes], max_bytes: int) -> None:
        self._parser = parser
        self._receive = receive
        self._max_bytes = max_bytes
        self._head = bytearray()
        self._in_head = True
        self._ended = False
        self._body = bytearray()
        self._body_on_wire = 0
        self._length: int | None = None

    def status(self) -> int:
        return self._final_response().status_code

    def message(self) -> Message:
        response = self._final_response()
        headers = _lines(self._head)
        self._check(response, headers)
        has_content = False
        while not isinstance(event := self._event(), h11.EndOfMessage):
            has_content = True
            if isinstance(event, h11.Data):
                self._take(event.data)
        return Message(
            status=response.status_code,
            reason=bytes(response.reason).decode("latin-1"),
            http_version=bytes(response.http_version).decode("ascii"),
            headers=headers,
            body=bytes(self._body),
            behind=self._parser.trailing_data[0],
            is_empty=not has_content and not self._ended,
            goes_on=self._parser.our_state is h11.DONE and self._parser.their_state is h11.DONE and not self._ended,
        )

    def _final_response(self) -> h11.Response:
        for _ in range(_MAX_INTERIM + 1):
            event = self._event()
            behind = len(self._parser.trailing_data[0])
            if len(self._head) - behind > MAX_HEAD_BYTES:
                raise _too_large(MAX_HEAD_BYTES, "headers")
            if isinstance(event, h11.Response):
                self._body_on_wire = behind
                del self._head[len(self._head) - behind :]
                self._in_head = False
                return event
            if not isinstance(event, h11.InformationalResponse):
                break
            del self._head[: len(self._head) - behind]
        else:
            message = f"more than {_MAX_INTERIM} interim responses"
            raise NoAnswer(message)
        message = "not HTTP: the connection was switched to another protocol"
        raise NoAnswer(message)

    def _check(self, response: h11.Response, headers: Headers) -> None:
        if not response.http_version.startswith(b"1."):
            message = f"not HTTP/1: version {response.http_version.decode('ascii')}"
            raise NoAnswer(message)
        if response.status_code > 599:  # noqa: PLR2004 - the last status that HTTP knows
            message = f"not HTTP: status {response.status_code}"
            raise NoAnswer(message)
        lengths = [value for name, value in headers if name.lower() == "content-length"]
        codings = [value for name, value in headers if name.lower() == "transfer-encoding"]
        if not lengths or response.status_code in (204, 304):
            return
        if codings:
            message = "not HTTP: both a Content-Length and a Transfer-Encoding"
            raise NoAnswer(message)
        self._length = int(lengths[0].partition(",")[0])
        if self._length > self._max_bytes:
            raise _too_large(self._max_bytes)

    def _event(self) -> h11.Event | type[h11.PAUSED]:
        while True:
            try:
                event = self._parser.next_event()
            except h11.RemoteProtocolError as problem:
                raise NoAnswer(self._problem(problem)) from None
            if event is not h11.NEED_DATA:
                return event  # type: ignore[return-value]  # NEED_DATA is ruled out
            self._feed()

    def _feed(self) -> None:
        data = self._receive()
        self._ended = self._ended or not data
        if self._in_head:
            if not data:
                where = "in the middle of the headers" if self._head else "before a response"
                message = f"connection closed {where}"
                raise NoAnswer(message)
            self._head += data
            # A server that does not speak HTTP may never send the blank line that h11 waits for.
            if not b"HTTP/".startswith(self._head[:5]):
                message = "not HTTP: the answer does not begin with HTTP/"
                raise NoAnswer(message)
        self._body_on_wire += len(data)
        if not self._in_head and self._body_on_wire > self._max_bytes and self._length is None:
            raise _too_large(self._max_bytes)
        self._parser.receive_data(data)

    def _take(self, data: bytes) -> None:
        self._body += data
        if len(self._body) > self._max_bytes:
            raise _too_large(self._max_bytes)

    def _problem(self, problem: h11.RemoteProtocolError) -> str:
        if "too long" in str(problem):
            return str(_too_large(MAX_HEAD_BYTES, "headers" if self._in_head else "chunk header or trailers"))
        if self._ended and self._length is not None:
            return f"body ended after {len(self._body)} of {self._length} bytes"
        if self._ended:
            return f"body ended after {len(self._body)} bytes, before its last chunk"
        if "status_code" in str(problem):
            return "not HTTP: status below 100"
        # What h11 quotes of the answer is cut off: it may hold a secret, and cutting it could leave half of one.
        return f"not HTTP: {str(problem).partition(':')[0].partition('bytearray')[0].strip()}"


def _too_large(limit: int, what: str = "response") -> TooLarge:
    return TooLarge(f"{what} larger than {limit} bytes")


def _lines(head: bytes | bytearray) -> Headers:
    """Return the header lines of a head that h11 has accepted, each as it came."""
    text = bytes(head).replace(b"\r\n", b"\n").decode("latin-1").rstrip("\n")
    unfolded = re.sub(r"\n[ \t]+", " ", text)
    pairs = (line.partition(":") for line in unfolded.split("\n")[1:])
    return tuple((name, value.strip(" \t")) for name, _, value in pairs)
