"""Servers that work, but whose bodies are not what they are said to be."""

from __future__ import annotations

import gzip
import json
import zlib
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from tests.hostile.fronts import Reply, Spoil, passes_on, spoiled
from tests.hostile.server import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

_DEEP = 100_000
_MANY = 100_000
_MEGABYTE = 1_000_000


def _with_text(change: Callable[[bytes], bytes]) -> Spoil:
    """Change the text of a body, below its compression."""

    def spoil(reply: Reply) -> Reply:
        if reply.header("content-encoding") == "gzip":
            return replace(reply, body=gzip.compress(change(gzip.decompress(reply.body)), 1, mtime=0))
        return replace(reply, body=change(reply.body))

    return spoil


def _with(inside: bytes) -> Spoil:
    """Put a member or an element into the outermost object or list."""

    def change(text: bytes) -> bytes:
        rest = text[1:].lstrip()
        member = inside if text[:1] == b"[" else b'"zoo":' + inside
        return text[:1] + member + (b"" if rest[:1] in (b"]", b"}") else b",") + rest

    return _with_text(change)


def _with_every_value(change: Callable[[Any], object]) -> Spoil:
    """Put something else in the place of every value that is no list and no object."""

    def changed(value: Any) -> object:
        if isinstance(value, dict):
            return {name: changed(each) for name, each in value.items()}
        return [changed(each) for each in value] if isinstance(value, list) else change(value)

    return _with_text(lambda text: json.dumps(changed(json.loads(text))).encode())


def _coded(coding: str, code: Callable[[bytes], bytes]) -> Spoil:
    """Code a body and announce a coding, which may be another one."""

    def spoil(reply: Reply) -> Reply:
        plain = gzip.decompress(reply.body) if reply.header("content-encoding") == "gzip" else reply.body
        return replace(reply, body=code(plain)).with_header("Content-Encoding", coding)

    return spoil


def _unannounced(reply: Reply) -> Reply:
    plain = tuple(line for line in reply.headers if line[0].lower() != "content-encoding")
    return replace(reply, headers=plain, body=gzip.compress(reply.body, 1, mtime=0))


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, 1, mtime=0)


@cache
def _bomb() -> bytes:
    """Return a gigabyte of blanks in a megabyte, as a hundred members."""
    return _gzip(b" " * (10 * _MEGABYTE)) * 100


@cache
def _layered_bomb() -> bytes:
    return _gzip(_bomb())


@cache
def _deflated_bomb() -> bytes:
    return zlib.compress(b" " * (100 * _MEGABYTE), 9)


_TEXTS: dict[str, tuple[str, Spoil]] = {
    "bom": ("starts with a byte order mark", _with_text(lambda text: b"\xef\xbb\xbf" + text)),
    "utf-16": ("is in UTF-16", _with_text(lambda text: text.decode().encode("utf-16"))),
    "invalid-utf-8": ("holds bytes that are no UTF-8", _with(b'"\xff\xfe\xc0\x80"')),
    "encoded-surrogate": ("holds a surrogate in UTF-8", _with(b'"\xed\xa0\x80"')),
    "nan": ("holds NaN", _with(b"NaN")),
    "infinity": ("holds -Infinity", _with(b"-Infinity")),
    "duplicate-keys": ("has a name twice in one object", _with(b'{"a":1,"a":2}')),
    "number-of-10000-digits": ("holds a number of 10,000 digits", _with(b"9" * 10_000)),
    "deep-lists": ("is nested 100,000 levels deep in lists", _with(b"[" * _DEEP + b"]" * _DEEP)),
    "deep-objects": ("is nested 100,000 levels deep in objects", _with(b'{"a":' * _DEEP + b"1" + b"}" * _DEEP)),
    "deep-and-open": ("is nested 100,000 levels deep and not closed", _with(b"[" * _DEEP)),
    "cut-short": ("is half of a JSON text", _with_text(lambda text: text[: len(text) // 2])),
    "two-texts": ("is two JSON texts", _with_text(lambda text: text + b"\n" + text)),
    "trailing-comma": ("has a comma too many", _with_text(lambda text: text[:-1] + b"," + text[-1:])),
    "single-quotes": ("has single quotes", _with_text(lambda text: text.replace(b'"', b"'"))),
    "comment": ("has a comment", _with_text(lambda text: text + b" // done")),
    "leading-zero": ("holds a number with a leading zero", _with(b"012")),
    "bare-control": ("holds a bare control character in a string", _with(b'"a\x1b[2Jb"')),
    "nul-behind": ("ends in a NUL", _with_text(lambda text: text + b"\0")),
    "blanks-alone": ("is blank", _with_text(lambda _: b" " * 1000)),
    "page": (
        "is a page of HTML that is called JSON",
        _with_text(lambda _: b"<!DOCTYPE html><script>alert(1)</script>"),
    ),
    "3-million-values": ("holds three million empty objects", _with(b"[" + b"{}," * 3 * _MEGABYTE + b"{}]")),
}
"""What is no JSON, or more than can be read."""

_CODINGS: dict[str, tuple[str, Spoil]] = {
    "gzip-cut-short": ("is gzip that is cut short", _coded("gzip", lambda text: _gzip(text)[:-9])),
    "gzip-damaged": ("is gzip with a wrong checksum", _coded("gzip", lambda text: _gzip(text)[:-8] + b"\0" * 8)),
    "gzip-with-a-tail": ("is gzip with garbage behind it", _coded("gzip", lambda text: _gzip(text) + b"garbage")),
    "gzip-announced": ("is announced as gzip and plain", _coded("gzip", lambda text: text)),
    "deflate-announced": ("is announced as deflate and plain", _coded("deflate", lambda text: text)),
    "brotli-announced": ("is announced as Brotli and plain", _coded("br", lambda text: text)),
    "zstandard-announced": ("is announced as Zstandard and is gzip", _coded("zstd", _gzip)),
    "gzip-unannounced": ("is gzip and not announced", _unannounced),
    "gzip-twice-announced": ("is announced as gzip in gzip and is it once", _coded("gzip, gzip", _gzip)),
    "gzip-bomb": ("grows from a megabyte to a gigabyte", _coded("gzip", lambda _: _bomb())),
    "layered-bomb": ("is a bomb in a bomb", _coded("gzip, gzip", lambda _: _layered_bomb())),
    "deflate-bomb": ("grows from 100 KB to 100 MB", _coded("deflate", lambda _: _deflated_bomb())),
    "a-million-codings": ("is announced in 20,000 codings", _coded("gzip" + ", gzip" * 20_000, _gzip)),
    "members-of-nothing": ("is 400,000 gzip members without content", _coded("gzip", lambda _: _gzip(b"") * 400_000)),
}

_LEGAL: dict[str, tuple[str, Spoil]] = {
    "number-1e999999": (
        "holds 1e999999",
        _with(b"[1e999999,-1e999999,1e-999999,-0,-0.0,123456789012345678901234567890]"),
    ),
    "lone-surrogates": ("holds lone surrogates", _with(b'"\\ud800 \\udfff"')),
    "nul-in-a-string": ("holds a NUL in a string", _with(b'"\\u0000\\u001b[2J\\u202e"')),
    "string-of-9-mb": ("holds a string of 9 MB", _with(b'"' + b"x" * (9 * _MEGABYTE) + b'"')),
    "100000-keys": (
        "holds an object with 100,000 names",
        _with(b"{" + b",".join(b'"%d":0' % number for number in range(_MANY)) + b"}"),
    ),
    "deep-but-readable": ("is nested 200 levels deep", _with(b"[" * 200 + b"]" * 200)),
    "null-for-every-value": ("has null for every value", _with_every_value(lambda _: None)),
    "list-for-every-value": ("has a list for every value", _with_every_value(lambda value: [[value]])),
    "surrogate-for-every-value": ("has a lone surrogate for every value", _with_every_value(lambda _: "\ud800")),
    "controls-for-every-value": (
        "has control characters for every value",
        _with_every_value(lambda _: "\r\n\x1b[2J\0/.."),
    ),
    "large-number-for-every-value": (
        "has a number of 4000 digits for every value",
        _with_every_value(lambda _: 10**4000),
    ),
    "mb-for-every-value": ("has a string of 100 KB for every value", _with_every_value(lambda _: "y" * 100_000)),
    "truth-for-every-value": ("has true for every value", _with_every_value(lambda _: True)),
}
"""What JSON allows, however odd."""


def _kind(name: str, predicate: str, spoil: Spoil) -> Kind:
    return Kind(name, f"Every body {predicate}.", passes_on(spoil), answers=True, fronts=True, earns=True)


KINDS = (
    *(_kind(name, predicate, spoiled(spoil)) for name, (predicate, spoil) in (_TEXTS | _CODINGS).items()),
    *(
        _kind(name, predicate, lambda reply, spoil=spoil: spoil(reply) if reply.body else reply)  # type: ignore[misc]  # mypy knows no default in a lambda
        for name, (predicate, spoil) in _LEGAL.items()
    ),
)
