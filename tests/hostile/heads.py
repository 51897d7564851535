"""Servers whose head of a response is no HTTP, or too much of it."""

from __future__ import annotations

from tests.hostile.connections import HEAD
from tests.hostile.server import FOR_EVER_S, Kind, answer, never_ends, says

_EMPTY = b"Content-Length: 0\r\n\r\n"
_FRAME = b"\0\0\x12\4\0\0\0\0\0\0\3\0\0\0\x80\0\4\0\1\0\0\0\5\0\xff\xff\xff"
"""The settings with which HTTP/2 begins."""

_GARBAGE = {
    "no-http": ("The answer is random bytes.", b"\x9c\0\xfe\x1b[2J\r\n\r\n" * 20),
    "http-0.9": ("The answer is a body without a head.", b'{"success": true}\r\n'),
    "http-2": ("The answer is a frame of HTTP/2.", _FRAME),
    "http-2-in-words": ("The status line says HTTP/2.", b"HTTP/2 200 OK\r\n" + _EMPTY),
    "http-9.9": ("The status line says HTTP/9.9.", b"HTTP/9.9 200 OK\r\n" + _EMPTY),
    "tls-alert": ("A plain request is answered with an alert of TLS.", b"\x15\3\1\0\2\2\x28"),
    "icy": ("The answer is one of a radio.", b"ICY 200 OK\r\n" + _EMPTY),
    "blank-lines-first": ("Blank lines stand before the status line.", b"\r\n\r\nHTTP/1.1 200 OK\r\n" + _EMPTY),
    "no-status": ("The status line has no status.", b"HTTP/1.1 OK\r\n" + _EMPTY),
    "status-of-letters": ("The status is a word.", b"HTTP/1.1 abc OK\r\n" + _EMPTY),
    "status-000": ("The status is 000.", b"HTTP/1.1 000 Zero\r\n" + _EMPTY),
    "status-99": ("The status has two digits.", b"HTTP/1.1 99 Low\r\n" + _EMPTY),
    "status-600": ("The status is above all that HTTP knows.", b"HTTP/1.1 600 High\r\n" + _EMPTY),
    "status-1000": ("The status has four digits.", b"HTTP/1.1 1000 Higher\r\n" + _EMPTY),
    "status-negative": ("The status is negative.", b"HTTP/1.1 -200 OK\r\n" + _EMPTY),
    "status-of-other-digits": ("The status is in digits of another script.", "HTTP/1.1 ٢٠٠ OK\r\n".encode() + _EMPTY),
    "switches-protocols": (
        "The server switches to a websocket.",
        b"HTTP/1.1 101 Go\r\nUpgrade: websocket\r\n\r\n\x81\0",
    ),
    "header-without-colon": ("A header line has no colon.", b"HTTP/1.1 200 OK\r\nbroken\r\n" + _EMPTY),
    "header-without-name": ("A header line has no name.", b"HTTP/1.1 200 OK\r\n: broken\r\n" + _EMPTY),
    "header-with-blank-name": ("A blank stands before a colon.", b"HTTP/1.1 200 OK\r\nA : b\r\n" + _EMPTY),
    "header-with-nul": ("A header holds a NUL.", b"HTTP/1.1 200 OK\r\nA: b\0c\r\n" + _EMPTY),
    "header-with-bare-cr": ("A header holds a bare CR.", b"HTTP/1.1 200 OK\r\nA: b\rC: d\r\n" + _EMPTY),
    "folded-first-line": ("The first header line is folded.", b"HTTP/1.1 200 OK\r\n A: b\r\n" + _EMPTY),
    "many-interim-responses": ("There are fifty interim responses.", b"HTTP/1.1 102 Wait\r\n\r\n" * 50 + answer(b"{}")),
    "interim-response-alone": ("Only an interim response comes.", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "header-line-of-1-mb": ("A header line has 1 MB.", HEAD + b"X: " + b"x" * 1_000_000 + b"\r\n" + _EMPTY),
    "reason-of-1-mb": ("The reason phrase has 1 MB.", b"HTTP/1.1 200 " + b"x" * 1_000_000 + b"\r\n" + _EMPTY),
    "100000-headers": ("There are 100,000 header lines.", HEAD + b"X: y\r\n" * 100_000 + _EMPTY),
}

KINDS = (
    *(Kind(name, sentence, says(data)) for name, (sentence, data) in _GARBAGE.items()),
    Kind("endless-headers", "The header lines do not end.", never_ends(HEAD, b"X-More: and more\r\n" * 1000)),
    Kind("endless-header-line", "A header line does not end.", never_ends(HEAD + b"X: ", b"x" * 65536)),
    Kind("endless-folding", "A header line is folded for ever.", never_ends(HEAD + b"X: y\r\n", b" z\r\n" * 10_000)),
    Kind("endless-status-line", "The status line does not end.", never_ends(b"HTTP/1.1 200 ", b"O" * 65536)),
    Kind(
        "endless-interim-responses",
        "Interim responses do not end.",
        never_ends(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
    ),
    Kind(
        "interim-responses-with-headers",
        "Interim responses with large headers do not end.",
        never_ends(b"", b"HTTP/1.1 103 Early Hints\r\nLink: " + b"x" * 60_000 + b"\r\n\r\n"),
    ),
    Kind(
        "continues-only", "The server says 100 Continue and then nothing.", says(b"HTTP/1.1 100 \r\n\r\n", FOR_EVER_S)
    ),
    Kind(
        "escape-sequences",
        "Reason, headers and body hold escape sequences and commands of CI runners.",
        says(
            answer(b"\x1b]0;owned\7\r\n::error::\r\n##vso[x]", b"X: \xc2\x9b31m\xe2\x80\xae", status=b"404 \xc2\x9b2J")
        ),
        answers=True,
        earns=True,
    ),
    Kind(
        "header-with-escape-sequence",
        "A header holds an escape sequence.",
        says(b"HTTP/1.1 200 OK\r\nA: \x1b[2J\r\n" + _EMPTY),
        answers=True,
    ),
    Kind(
        "large-headers",
        "Every answer has headers of 250 KB.",
        says(answer(b"{}", b"Content-Type: application/json", *[b"X-%04d: " % n + b"x" * 990 for n in range(250)])),
        answers=True,
        earns=True,
    ),
)
