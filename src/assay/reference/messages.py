"""What a vendor is asked and what it replies, between the wire and the behaviour; and reading what was sent."""

from __future__ import annotations

import json
import math
import zlib
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn, Self
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Mapping

BODY_LIMIT = 4 * 1024 * 1024
"""The largest body that is read, in bytes, on the wire and again after decompression."""

GZIP_WRAPPER = 31
"""What zlib calls the gzip format with its largest window."""


class Refused(Exception):  # noqa: N818 - an answer on its way out, not an error of ours
    """The request is not carried out; the vendor gives it the vendor's shape."""

    def __init__(self, status: int, kind: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        """Names the cause; the same cause has the same kind in every answer."""
        self.message = message
        self.headers = headers or {}


@dataclass(frozen=True)
class Asked:
    """One request, body and all."""

    method: str
    target: str
    """Path and query, exactly as sent."""
    headers: tuple[tuple[str, str], ...]
    """Names in lower case; bytes are mapped one to one by ISO-8859-1."""
    body: bytes | None
    """`None` where it is larger than is read."""
    query: bytes = b""
    """As it was sent, without the question mark."""
    operation: str = ""
    """The slug of the documented operation, or empty."""
    path: Mapping[str, str] | None = None
    """The path parameters, decoded."""
    allowed: tuple[str, ...] = ()
    """The methods that the path knows, where the method is none of them."""

    def header(self, name: str) -> str | None:
        """Return a header's value; several lines of one name make one list, as HTTP has it."""
        values = [value for key, value in self.headers if key == name]
        return ", ".join(values) if values else None

    @cached_property
    def parameters(self) -> Mapping[str, str]:
        """The query's parameters by name, decoded; the last value of one that is given more than once."""
        return dict(parse_qsl(self.query.decode("latin-1"), keep_blank_values=True))

    @cached_property
    def media_type(self) -> str | None:
        """The media type without its parameters, in lower case."""
        value = self.header("content-type")
        return None if value is None else value.partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Reply:
    """One response."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    raw: bytes | None = None
    """Sent as it is in place of an HTTP message, and the connection closed: for faults below HTTP."""

    @classmethod
    def of_json(cls, status: int, value: object) -> Self:
        """Return a reply with a JSON body."""
        return cls(status, to_json(value), (("content-type", "application/json"),))

    def with_headers(self, *headers: tuple[str, str]) -> Self:
        """Return the reply with more headers."""
        return replace(self, headers=(*self.headers, *headers))


def to_json(value: object) -> bytes:
    """Return `value` as compact JSON."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def read_json(body: bytes) -> Any:  # noqa: ANN401 - a JSON document has no narrower type
    """Return what a body says as JSON, or refuse it.

    Refused besides malformed text: whatever is not UTF-8; `NaN` and the infinities, numbers too large for a float or
    for Python to read, and lone surrogates, none of which could be sent back; nesting beyond the interpreter's depth.
    """
    try:
        value = json.loads(body.decode("utf-8-sig"), parse_constant=_no_constant, parse_float=_finite)
        if b"\\u" in body:
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise Refused(400, "bad-json", "The body is nested too deeply.") from None
    except ValueError:
        # Covers JSONDecodeError, both Unicode errors, and integers of thousands of digits.
        raise Refused(400, "bad-json", "The body is not valid JSON.") from None
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def as_integer(value: object) -> int | None:
    """Return an integer as JSON Schema understands it (2 and 2.0, but not true), or `None`."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return None


def gunzip(body: bytes) -> bytes:
    """Return the content of a gzip body, which may have several members; refuse what is none or is too large."""
    content = bytearray()
    rest = body
    while rest:
        member = zlib.decompressobj(GZIP_WRAPPER)
        try:
            content += member.decompress(rest, BODY_LIMIT + 1 - len(content))
        except zlib.error:
            raise Refused(400, "bad-gzip", "The body is announced as gzip and is not.") from None
        if len(content) > BODY_LIMIT:
            raise Refused(413, "too-large", "The decompressed body is too large.")
        if not member.eof:
            raise Refused(400, "bad-gzip", "The gzip body is cut short.")
        rest = member.unused_data
    return bytes(content)


def gzipped(body: bytes) -> bytes:
    """Return a body as gzip."""
    packer = zlib.compressobj(level=1, wbits=GZIP_WRAPPER)
    return packer.compress(body) + packer.flush()


def accepts_gzip(accept_encoding: str | None) -> bool:
    """Say whether an `Accept-Encoding` value asks for gzip: by name, or by `*` where it is not named."""
    weights: dict[str, float] = {}
    for member in (accept_encoding or "").lower().split(","):
        coding, *parameters = (part.strip() for part in member.split(";"))
        weights["gzip" if coding == "x-gzip" else coding] = _weight(parameters)
    return weights.get("gzip", weights.get("*", 0.0)) > 0


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
