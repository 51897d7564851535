"""An exchange as it stands in the report: without credentials, cut to size, and with a line that repeats it.

This is the only way from an exchange into a report, so what is taken out here is out everywhere.
"""

from __future__ import annotations

import base64
import codecs
from typing import TYPE_CHECKING, Any

from assay.evidence.compression import is_opaque, opened
from assay.evidence.curl import curl
from assay.evidence.known import known_secrets
from assay.evidence.redaction import Found, Redactor, brief, merged, replaced
from assay.evidence.shared import SharedSecrets

if TYPE_CHECKING:
    from assay.model import Exchange, Headers, ReceivedResponse, SentRequest

__all__ = ["Redactor", "SharedSecrets", "brief", "curl", "known_secrets", "record"]

MAX_BODY_BYTES = 65536


def record(exchange: Exchange, redactor: Redactor) -> dict[str, Any]:
    """Return an exchange in the form of `report.json`."""
    recorded: dict[str, Any] = {
        "request": _request(exchange.request, redactor),
        "response": _response(exchange.response, redactor) if exchange.response else None,
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
        "headers": _headers(request.headers, redactor),
        "body": _body(request.body, request.header("Content-Encoding") or "", redactor),
    }


def _response(response: ReceivedResponse, redactor: Redactor) -> dict[str, Any]:
    in_body, in_surplus = _around_the_end(response.body, response.surplus, redactor)
    coding = response.header("Content-Encoding") or ""
    recorded = {
        "status": response.status,
        "reason": redactor.text(response.reason),
        "http_version": response.http_version,
        "headers": _headers(response.headers, redactor),
        "body": _body(response.body, coding, redactor, in_body),
        "elapsed_s": round(response.elapsed_s, 6),
    }
    if response.surplus:
        recorded["surplus"] = _body(response.surplus, coding, redactor, in_surplus)
    return recorded


def _headers(headers: Headers, redactor: Redactor) -> list[list[str]]:
    return [[redactor.text(name), redactor.header(name, value)] for name, value in headers]


def _body(data: bytes, coding: str, redactor: Redactor, known: list[Found] | None = None) -> dict[str, Any]:
    """Return a body; `known` are secrets in it that its bytes alone do not show."""
    inside = opened(data[:MAX_BODY_BYTES], coding)
    if inside is not None and (redactor.find(inside.data) or not inside.is_whole):
        # The bytes as they came would give away what is inside them, so they are shown decoded.
        cut = _content(inside.data, redactor, [])
        return {"bytes": len(data), **cut, "decoded": inside.coding}
    content = _content(data, redactor, known or [])
    if inside is None and is_opaque(data, coding) and "base64" in content:
        # Nothing here can look into it for secrets.
        return {"bytes": len(data), "base64": "", "truncated": True}
    return {"bytes": len(data), **content}


def _content(data: bytes, redactor: Redactor, known: list[Found]) -> dict[str, Any]:
    found = merged([*redactor.find(data[: MAX_BODY_BYTES + redactor.longest]), *known])
    # Never cut through a secret: half of one would stay unrecognised.
    end = next((each.end for each in found if each.start < MAX_BODY_BYTES < each.end), min(len(data), MAX_BODY_BYTES))
    shown = replaced(data[:end], [each for each in found if each.end <= end])
    is_cut = end < len(data) or len(shown) > MAX_BODY_BYTES
    content: dict[str, Any] = {}
    try:
        content["text"] = codecs.getincrementaldecoder("utf-8")().decode(shown[:MAX_BODY_BYTES], final=not is_cut)
    except UnicodeDecodeError:
        content["base64"] = base64.b64encode(shown[:MAX_BODY_BYTES]).decode("ascii")
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
