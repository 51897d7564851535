"""What a body says, once its content coding is undone: a JSON value, or why there is none.

A server may send anything, so everything here is bounded: what a body grows to, how often it is packed, how many
values it holds. What goes beyond those bounds may well be good JSON (RFC 8259, section 9, lets every reader have
limits), so it is told apart from what is none.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from assay.evidence import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assay.model import ReceivedResponse

JSON = "application/json"
MOST_CODINGS = 4
MOST_MEMBERS = 100
MOST_VALUES = 50_000
"""About as many as a body may hold; each takes many times its length in memory, and time to be judged."""
MOST_LEVELS = 250
"""A bound of our own, because Python's depends on who calls."""


@dataclass(frozen=True, slots=True)
class Content:
    """A body without its content coding: the bytes, the JSON value, or why there is none."""

    data: bytes
    json: Any = None
    problem: str = ""
    """Empty where `json` is the value of the body."""
    coding_problem: str = ""
    """Empty where the content coding could be undone."""
    is_beyond_limits: bool = False
    """The problem is a bound of ours, and nothing can be said of the body."""


class _BeyondLimitsError(Exception):
    """A body goes beyond what is read; `str()` says how."""


class _CodingError(Exception):
    """A content coding cannot be undone; `str()` says why."""


class _NotJsonError(ValueError):
    """Text that Python's parser takes and RFC 8259 does not."""


def decode(response: ReceivedResponse, max_bytes: int) -> Content:
    """Undo the content codings of a body and read it as JSON, within `max_bytes`."""
    try:
        data = _uncoded(response, max_bytes)
    except _CodingError as problem:
        return Content(b"", problem=str(problem), coding_problem=str(problem))
    except _BeyondLimitsError as limit:
        return Content(b"", problem=str(limit), coding_problem=str(limit), is_beyond_limits=True)
    try:
        return Content(data, _shallow(_value(data)))
    except _NotJsonError as problem:
        return Content(data, problem=str(problem))
    except _BeyondLimitsError as limit:
        return Content(data, problem=str(limit), is_beyond_limits=True)


def is_json(media_type: str | None) -> bool:
    """Whether a `Content-Type` names JSON, in any letter case and with any parameters."""
    return media_type is not None and media_type.partition(";")[0].strip().lower() == JSON


def _uncoded(response: ReceivedResponse, max_bytes: int) -> bytes:
    named = [
        part.strip().lower()
        for key, value in response.headers
        if key.lower() == "content-encoding"
        for part in value.split(",")
    ]
    codings = [coding for coding in named if coding not in ("", "identity")]
    if len(codings) > MOST_CODINGS:
        message = f"a body in more than {MOST_CODINGS} content codings"
        raise _BeyondLimitsError(message)
    data = response.body
    for coding in reversed(codings):
        if coding in ("gzip", "x-gzip"):
            data = _gunzipped(data, max_bytes)
        elif coding == "deflate":
            data = _inflated(data, max_bytes)
        else:
            message = f"a body in the unknown content coding {quoted(coding, 100)}"
            raise _CodingError(message)
    return data


def _gunzipped(data: bytes, max_bytes: int) -> bytes:
    """Return the content of one or more gzip members."""
    out, rest = bytearray(), data
    if not data:
        return b""
    for _ in range(MOST_MEMBERS):
        member = zlib.decompressobj(wbits=31)
        try:
            out += _decompressed(member, rest, max_bytes, "gzip", len(out))
        except zlib.error:
            whole = len(data) - len(rest)
            behind = f"a gzip body of {whole} bytes with {len(rest)} bytes behind it that are no gzip"
            raise _CodingError(behind if whole else _not("gzip")) from None
        rest = member.unused_data
        if not rest:
            return bytes(out)
    message = f"a gzip body of more than {MOST_MEMBERS} members"
    raise _BeyondLimitsError(message)


def _inflated(data: bytes, max_bytes: int) -> bytes:
    try:
        return _decompressed(zlib.decompressobj(), data, max_bytes, "deflate")
    except zlib.error:
        raise _CodingError(_not("deflate")) from None


def _not(coding: str) -> str:
    return f"a body that is announced as {coding} and is not"


def _decompressed(member: zlib._Decompress, data: bytes, limit: int, coding: str, before: int = 0) -> bytes:
    """Return what comes out of `data`, which together with what was there before must stay within the limit."""
    out = member.decompress(data, limit + 1 - before)
    if before + len(out) > limit:
        message = f"a compressed body that grows beyond {limit} bytes"
        raise _BeyondLimitsError(message)
    if not member.eof:
        message = f"a {coding} body that is cut short"
        raise _CodingError(message)
    return out


def _value(data: bytes) -> Any:  # noqa: ANN401 - a JSON document has no narrower type
    """Return the value of a JSON text (RFC 8259, duplicate names refused)."""
    if not data:
        message = "an empty body"
        raise _NotJsonError(message)
    if sum(map(data.count, (b",", b"[", b"{"))) > MOST_VALUES:
        message = f"a body of more than {MOST_VALUES} JSON values"
        raise _BeyondLimitsError(message)
    try:
        text = data.decode("utf-8")
        return json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_without_duplicates)
    except UnicodeDecodeError:
        message = "a body that is not UTF-8"
    except RecursionError:
        raise _too_deep() from None
    except json.JSONDecodeError as error:
        # Some of Python's messages end in "at", as if the place followed.
        message = f"a body that is not JSON ({error.msg.removesuffix(' at')} at character {error.pos} of {len(text)})"
    except _NotJsonError:
        raise
    except ValueError:
        message = "JSON with a number of too many digits to be read"
        raise _BeyondLimitsError(message) from None
    raise _NotJsonError(message)


def _shallow(value: Any) -> Any:  # noqa: ANN401 - a JSON document has no narrower type
    """Return a value that whoever walks through it can do so by recursion."""
    level = [value]
    for _ in range(MOST_LEVELS + 1):
        if not level:
            return value
        level = [child for each in level for child in _children(each)]
    raise _too_deep()


def _children(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _too_deep() -> _BeyondLimitsError:
    return _BeyondLimitsError(f"JSON of more than {MOST_LEVELS} levels")


def _refuse_constant(name: str) -> NoReturn:
    message = f"a body that is not JSON ({name} is no JSON value)"
    raise _NotJsonError(message)


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for name, each in pairs:
        if name in value:
            message = f"JSON with the name {quoted(name, 100)} twice in one object"
            raise _NotJsonError(message)
        value[name] = each
    return value
