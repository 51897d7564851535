"""An exchange as it stands in the report: without credentials, cut to size, and with a line that repeats it.

This is the only way from an exchange into a report, so what is taken out here is out everywhere.
"""

from __future__ import annotations

import base64
import codecs
from typing import TYPE_CHECKING, Any

from assay.evidence.compression import is_opaque, opened
from assay.evidence.curl import curl
from assay.evidence.excerpts import brief, quoted
from assay.evidence.known import known_secrets, meanings, variable
from assay.evidence.late import cleaned
from assay.evidence.redaction import NEAR_MISS, Found, Redactor, merged, replaced
from assay.evidence.shared import Given, Secrets, SharedSecrets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.model import Exchange, Headers, ReceivedResponse, SentRequest

__all__ = [
    "NEAR_MISS",
    "Given",
    "Redactor",
    "Secrets",
    "SharedSecrets",
    "brief",
    "cleaned",
    "curl",
    "known_secrets",
    "meanings",
    "quoted",
    "record",
    "record_all",
    "variable",
]

MAX_BODY_BYTES = 65536
MAX_CHECK_BYTES = 131_072
"""What the bodies of the answers to one check may take together, so that a run of hundreds of checks stays small."""
MIN_BODY_BYTES = 8192
"""What is shown of every body all the same."""
MAX_HEADER_BYTES = 16_384
MAX_HEADER_LINES = 200
"""A server may send tens of thousands of short ones; pages and tables of them would be as large as a run."""


def record_all(exchanges: Sequence[Exchange], redactor: Redactor) -> list[dict[str, Any]]:
    """Return the exchanges of one check; of large bodies the last ones, which decide, are shown in full."""
    room = MAX_CHECK_BYTES
    recorded = []
    for exchange in reversed(exchanges):
        recorded.append(record(exchange, redactor, min(max(room, MIN_BODY_BYTES), MAX_BODY_BYTES)))
        room -= min(len(exchange.response.body), MAX_BODY_BYTES) if exchange.response else 0
    return recorded[::-1]


def record(exchange: Exchange, redactor: Redactor, room: int = MAX_BODY_BYTES) -> dict[str, Any]:
    """Return an exchange in the form of `report.json`; `room` is what the body of the response may take."""
    recorded: dict[str, Any] = {
        "request": _request(exchange.request, redactor),
        "response": _response(exchange.response, redactor, room) if exchange.response else None,
    }
    if exchange.response is None:
        recorded["transport_error"] = redactor.text(exchange.transport_error)
    if exchange.role:
        recorded["role"] = exchange.role
    if exchange.label:
        recorded["label"] = redactor.text(exchange.label)
    return {**recorded, "curl": curl(exchange.request, redactor)}


def _request(request: SentRequest, redactor: Redactor) -> dict[str, Any]:
    return {
        "method": redactor.text(request.method),
        "url": redactor.text(request.url),
        **_headers(request.headers, redactor),
        "body": _body(request.body, request.header("Content-Encoding") or "", redactor),
    }


def _response(response: ReceivedResponse, redactor: Redactor, room: int) -> dict[str, Any]:
    in_body, in_surplus = _around_the_end(response.body, response.surplus, redactor)
    coding = response.header("Content-Encoding") or ""
    recorded = {
        "status": response.status,
        "reason": redactor.text(response.reason),
        "http_version": response.http_version,
        **_headers(response.headers, redactor),
        "body": _body(response.body, coding, redactor, in_body, room),
        "elapsed_s": round(response.elapsed_s, 6),
    }
    if response.surplus:
        recorded["surplus"] = _body(response.surplus, coding, redactor, in_surplus, room)
    return recorded


def _headers(headers: Headers, redactor: Redactor) -> dict[str, Any]:
    """Return the first header lines, and how many more came."""
    shown: list[list[str]] = []
    room = MAX_HEADER_BYTES
    for name, value in headers[:MAX_HEADER_LINES]:
        # Cut behind the redaction, and between lines, so that no half of a secret is left.
        line = [redactor.text(name), redactor.header(name, value)]
        room -= len(line[0]) + len(line[1])
        if room < 0:
            break
        shown.append(line)
    left_out = len(headers) - len(shown)
    return {"headers": shown, **({"headers_left_out": left_out} if left_out else {})}


def _body(
    data: bytes, coding: str, redactor: Redactor, known: list[Found] | None = None, room: int = MAX_BODY_BYTES
) -> dict[str, Any]:
    """Return a body; `known` are secrets in it that its bytes alone do not show."""
    inside = opened(data[:MAX_BODY_BYTES], coding)
    if inside is not None and (redactor.find(inside.data) or not inside.is_whole):
        # The bytes as they came would give away what is inside them, so they are shown decoded.
        cut = _content(inside.data, redactor, [], room)
        return {"bytes": len(data), **cut, "decoded": inside.coding}
    content = _content(data, redactor, known or [], room)
    if inside is None and is_opaque(data, coding) and "base64" in content:
        # Nothing here can look into it for secrets.
        return {"bytes": len(data), "base64": "", "truncated": True}
    return {"bytes": len(data), **content}


def _content(data: bytes, redactor: Redactor, known: list[Found], room: int) -> dict[str, Any]:
    found = merged([*redactor.find(data[: room + redactor.longest]), *known])
    # Never cut through a secret: half of one would stay unrecognised.
    end = next((each.end for each in found if each.start < room < each.end), min(len(data), room))
    shown = replaced(data[:end], [each for each in found if each.end <= end])
    is_cut = end < len(data) or len(shown) > room
    content: dict[str, Any] = {}
    try:
        content["text"] = codecs.getincrementaldecoder("utf-8")().decode(shown[:room], final=not is_cut)
    except UnicodeDecodeError:
        content["base64"] = base64.b64encode(shown[:room]).decode("ascii")
    return {**content, "truncated": True} if is_cut else content


def _around_the_end(body: bytes, surplus: bytes, redactor: Redactor) -> tuple[list[Found], list[Found]]:
    """Return the parts of secrets that begin in a body and end behind its end, as where each part stands."""
    if not surplus:
        return [], []
    before = body[max(len(body) - redactor.longest, 0) :]
    offset, seam = len(body) - len(before), len(before)
    across = [each for each in redactor.find(before + surplus[: redactor.longest]) if each.start < seam < each.end]
    return (
        [Found(offset + each.start, len(body)) for each in across],
        [Found(0, each.end - seam) for each in across],
    )
