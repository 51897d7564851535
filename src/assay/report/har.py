"""All exchanges of a report as HAR 1.2, which browsers' developer tools and proxies open.

A page is a requirement of a target. What HAR has no word for stands in members that begin with an underscore, as HAR
asks for: whose exchange it is, and what happened where no answer came, which has the status 0 as in browsers.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from harfile import HAR_VERSION, Content, PostData, Record, Request, Response, Timings

from assay.report.text import ascii_json, counted, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.report.digest import Node
    from assay.report.document import Report

UNPACKED = 1024 * 1024
"""Bytes to which a body may grow when it is unpacked."""

_UNKNOWN = "x-unknown"
"""What browsers write for a body without a media type."""

_COMMENT = (
    "Exchanges stand in the order of the report, and each is given the time at which it would have started had they "
    "followed each other from the start of the run on; the Date header of an answer is the server's own. Credentials "
    "are taken out."
)


class HarView:
    """Writes `report.har`."""

    def __init__(self, report: Report) -> None:
        self._run = report.run
        self._statements = report.statements
        self._time = datetime.fromisoformat(self._run["started"]).astimezone(UTC)
        self._pages: list[str] = []
        """Of requirements with exchanges; they stand last, when all are known, and hold no more than names."""
        self._before_entry = "\n"

    def opening(self) -> Iterator[str]:
        """Yield what stands before the entries."""
        creator = ascii_json({"name": "assay", "version": self._run["suite_version"]})
        yield f'{{"log": {{"version": "{HAR_VERSION}", "creator": {creator},\n'
        yield f'"comment": {ascii_json(_COMMENT)},\n"entries": ['

    def target(self, target: Node, position: int) -> Iterator[str]:
        """Yield the exchanges with one target."""
        for requirement in target["requirements"]:
            page = f"{position}/{requirement['id']}"
            if any(check["exchanges"] for check in requirement["checks"]):
                title = f"{requirement['outcome']}: {requirement['id']} ({target['name']})"
                started = {"startedDateTime": self._now(), "id": page, "title": title, "pageTimings": {}}
                basis = "; ".join(self._statements.basis(requirement))
                said = {"comment": f"It rests on {one_line(basis)}"} if basis else {}
                self._pages.append(ascii_json({**started, **said}))
            for check in requirement["checks"]:
                for exchange in check["exchanges"]:
                    of = {"target": target["name"], "requirement": requirement["id"], "check": check["name"]}
                    yield self._before_entry
                    yield ascii_json(self._entry(exchange, page, {**of, "outcome": check["outcome"]}))
                    self._before_entry = ",\n"

    def closing(self) -> Iterator[str]:
        """Yield the pages."""
        yield '\n],\n"pages": [\n' + ",\n".join(self._pages) + "\n]}}\n"

    def _now(self) -> str:
        return self._time.isoformat(timespec="milliseconds")

    def _entry(self, exchange: Node, page: str, of: dict[str, str]) -> dict[str, Any]:
        response, role = exchange["response"], {key: exchange[key] for key in ("role", "label") if key in exchange}
        elapsed_s = response["elapsed_s"] if response else 0
        elapsed_ms = round(elapsed_s * 1000, 3)
        names = "".join(f" ({name})" for name in role.values())
        entry = {
            "pageref": page,
            "startedDateTime": self._now(),
            "time": elapsed_ms,
            "request": _request(exchange["request"]).asdict(),
            "response": _response(response).asdict() if response else _no_response(exchange["transport_error"]),
            "cache": {},
            # Only the whole of it was measured.
            "timings": Timings(send=0, wait=elapsed_ms, receive=0).asdict(),
            "comment": f"{of['requirement']}, check {of['check']}: {of['outcome']}{names}",
            "_assay": {**of, **role},
        }
        self._time += timedelta(seconds=elapsed_s)
        return entry


def _request(request: Node) -> Request:
    body = request["body"]
    return Request(
        request["method"],
        request["url"],
        "HTTP/1.1",
        headers=_headers(request),
        queryString=_query(request["url"]),
        postData=_post_data(request) if body["bytes"] else None,
        bodySize=body["bytes"],
        comment=_headers_left_out(request),
    )


def _post_data(request: Node) -> PostData:
    """Return a body that was sent; HAR has no word for bytes there, so that they stand in base64 with a comment."""
    body = request["body"]
    remarks = [_cut(body), "" if "text" in body else "the text is base64 of the bytes"]
    comment = "; ".join(filter(None, remarks)) or None
    return PostData(_media_type(request), params=[], text=body.get("text", body.get("base64")), comment=comment)


def _response(response: Node) -> Response:
    body = response["body"]
    surplus = response.get("surplus")
    behind = f"{counted(surplus['bytes'], 'byte')} came behind the end of the message" if surplus else ""
    return Response(
        response["status"],
        response["reason"],
        _version(response["http_version"]),
        headers=_headers(response),
        content=_content(response),
        redirectURL=next((value for name, value in response["headers"] if name.lower() == "location"), ""),
        bodySize=body["bytes"],
        comment="; ".join(filter(None, [_headers_left_out(response), behind])) or None,
    )


def _version(written: str) -> str:
    return written if written.startswith("HTTP/") else f"HTTP/{written}"


def _no_response(transport_error: str) -> dict[str, Any]:
    return {**Response(0, "", "", content=Content(0, mimeType=_UNKNOWN)).asdict(), "_error": transport_error}


def _content(response: Node) -> Content:
    body, media_type, comment = response["body"], _media_type(response), _cut(response["body"]) or None
    if "text" in body:
        return Content(body["bytes"], mimeType=media_type, text=body["text"], comment=comment)
    data = _bytes(body)
    plain = _unpacked(data) if _is_gzip(response) and not body.get("truncated") else None
    if plain is None:
        return Content(body["bytes"], mimeType=media_type, text=body["base64"], encoding="base64", comment=comment)
    saved = len(plain) - len(data)
    try:
        return Content(len(plain), saved, media_type, plain.decode(), comment="unpacked from gzip")
    except UnicodeDecodeError:
        text = base64.b64encode(plain).decode()
        return Content(len(plain), saved, media_type, text, "base64", "unpacked from gzip")


def _bytes(body: Node) -> bytes:
    try:
        return base64.b64decode(body["base64"])
    except binascii.Error:
        return b""


def _unpacked(data: bytes) -> bytes | None:
    """Return what a whole gzip body holds, or `None` where it is none or grows too far."""
    unpacking = zlib.decompressobj(wbits=31)
    try:
        plain = unpacking.decompress(data, UNPACKED)
    except zlib.error:
        return None
    return plain if unpacking.eof and not unpacking.unused_data else None


def _is_gzip(message: Node) -> bool:
    return [value.strip().lower() for name, value in message["headers"] if name.lower() == "content-encoding"] == [
        "gzip"
    ]


def _headers(message: Node) -> list[Record]:
    return [Record(name, value) for name, value in message["headers"]]


def _headers_left_out(message: Node) -> str | None:
    left_out = message.get("headers_left_out")
    return f"{counted(left_out, 'more header line')} came" if left_out else None


def _query(url: str) -> list[Record]:
    try:
        query = urlsplit(url).query
    except ValueError:
        return []
    return [Record(name, value) for name, value in parse_qsl(query, keep_blank_values=True, errors="backslashreplace")]


def _media_type(message: Node) -> str:
    return next((value for name, value in message["headers"] if name.lower() == "content-type"), _UNKNOWN)


def _cut(body: Node) -> str:
    return f"cut when it was recorded, of {counted(body['bytes'], 'byte')}" if body.get("truncated") else ""
