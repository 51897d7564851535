"""Servers whose bodies do not end where they say."""

from __future__ import annotations

from tests.hostile.connections import HEAD
from tests.hostile.server import FOR_EVER_S, Kind, never_ends, says

_CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"

_BROKEN = {
    "length-negative": ("The length is negative.", HEAD + b"Content-Length: -2\r\n\r\n{}"),
    "length-with-sign": ("The length has a sign.", HEAD + b"Content-Length: +2\r\n\r\n{}"),
    "length-hexadecimal": ("The length is hexadecimal.", HEAD + b"Content-Length: 0x2\r\n\r\n{}"),
    "length-empty": ("The length is empty.", HEAD + b"Content-Length:\r\n\r\n{}"),
    "length-a-word": ("The length is a word.", HEAD + b"Content-Length: two\r\n\r\n{}"),
    "length-of-30-digits": ("The length has thirty digits.", HEAD + b"Content-Length: " + b"9" * 30 + b"\r\n\r\n{}"),
    "length-of-5000-digits": ("The length has 5000 digits.", HEAD + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n{}"),
    "lengths-two": ("There are two different lengths.", HEAD + b"Content-Length: 2\r\nContent-Length: 1\r\n\r\n{}"),
    "lengths-in-one-line": ("One line has two different lengths.", HEAD + b"Content-Length: 2, 1\r\n\r\n{}"),
    "length-too-long": ("The length is longer than the body.", HEAD + b"Content-Length: 9\r\n\r\n{}"),
    "length-and-chunks": (
        "There are a length and chunks.",
        HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    ),
    "coded-transfer": (
        "The transfer is compressed.",
        HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    ),
    "unknown-transfer": ("The transfer coding is unknown.", HEAD + b"Transfer-Encoding: cow\r\n\r\n{}"),
    "chunked-twice": (
        "The transfer is chunked twice.",
        HEAD + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    ),
    "chunk-of-no-size": ("A chunk has no size.", _CHUNKED + b"\r\n{}\r\n0\r\n\r\n"),
    "chunk-of-words": ("The size of a chunk is a word.", _CHUNKED + b"two\r\n{}\r\n0\r\n\r\n"),
    "chunk-negative": ("The size of a chunk is negative.", _CHUNKED + b"-2\r\n{}\r\n0\r\n\r\n"),
    "chunk-of-1000-digits": ("The size of a chunk has 1000 digits.", _CHUNKED + b"f" * 1000 + b"\r\n{}\r\n0\r\n\r\n"),
    "chunk-too-short": ("A chunk is longer than its size.", _CHUNKED + b"1\r\n{}\r\n0\r\n\r\n"),
    "chunk-too-long": ("A chunk is shorter than its size.", _CHUNKED + b"9\r\n{}\r\n0\r\n\r\n"),
    "no-last-chunk": ("The last chunk is missing.", _CHUNKED + b"2\r\n{}\r\n"),
    "not-chunked": ("The chunks are none.", _CHUNKED + b'{"a":1}'),
    "broken-trailer": ("The trailer is no header.", _CHUNKED + b"2\r\n{}\r\n0\r\nbroken\r\n\r\n"),
    "trailer-with-nul": ("The trailer holds a NUL.", _CHUNKED + b"2\r\n{}\r\n0\r\nA: \0\r\n\r\n"),
}

_ENDLESS = {
    "endless-body": ("The body does not end.", HEAD + b"\r\n", b" " * 65536),
    "endless-chunks": ("The chunks do not end.", _CHUNKED, b"ffff\r\n" + b" " * 0xFFFF + b"\r\n"),
    "endless-small-chunks": ("Chunks of one byte do not end.", _CHUNKED, b"1\r\n \r\n" * 10_000),
    "endless-chunk-extension": ("The extension of a chunk does not end.", _CHUNKED + b"1;", b"x" * 65536),
    "endless-chunk-size": ("The size of a chunk does not end.", _CHUNKED, b"0" * 65536),
    "endless-trailers": ("The trailers do not end.", _CHUNKED + b"2\r\n{}\r\n0\r\n", b"X: y\r\n" * 10_000),
    "endless-trailer-line": ("A trailer line does not end.", _CHUNKED + b"2\r\n{}\r\n0\r\nX: ", b"x" * 65536),
    "length-of-10-gb": ("The length is 10 GB.", HEAD + b"Content-Length: 10000000000\r\n\r\n", b" " * 65536),
}

KINDS = (
    *(Kind(name, sentence, says(data)) for name, (sentence, data) in _BROKEN.items()),
    *(Kind(name, sentence, never_ends(begin, piece)) for name, (sentence, begin, piece) in _ENDLESS.items()),
    Kind(
        "length-too-long-and-open",
        "The length is longer than the body, and the connection stays open.",
        says(HEAD + b"Content-Length: 9\r\n\r\n{}", FOR_EVER_S),
    ),
    Kind(
        "length-too-short",
        "The length is shorter than the body.",
        says(HEAD + b'Content-Length: 2\r\n\r\n{}{"success": true}'),
        answers=True,
    ),
    Kind(
        "length-cuts-the-body",
        "The length ends in the middle of the body.",
        says(b'HTTP/1.1 404 No\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n{"error": "none"}'),
        answers=True,
    ),
    Kind(
        "body-behind-204",
        "Behind a 204 comes a body.",
        says(b"HTTP/1.1 204 No Content\r\n\r\n", 0.01, b'{"success": true}'),
        answers=True,
    ),
    Kind(
        "endless-body-behind-204",
        "Behind a 204 comes an endless body.",
        never_ends(b"HTTP/1.1 204 \r\n\r\n", b"x" * 65536),
        answers=True,
    ),
    Kind(
        "two-answers",
        "Every request is answered twice.",
        says(b"HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"),
        answers=True,
    ),
)
