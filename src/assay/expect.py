"""Judges an exchange against the spec: bodies, media types, absent bodies, and what every exchange must not do.

One validation of a body serves several requirements; `assay.validation` says how.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from assay.evidence import brief
from assay.validation import Schemas, ShapeReport

if TYPE_CHECKING:
    from assay.model import Check, Contract, Exchange, Operation, ReceivedResponse, SentRequest

JSON = "application/json"
_SERVER_ERROR = 500
_OVERLOADED = 503


@dataclass(frozen=True, slots=True)
class Content:
    """A body without its content coding: the bytes, the JSON value, or why there is none."""

    data: bytes
    json: Any = None
    problem: str = ""
    """Empty where `json` is the value of the body."""
    coding_problem: str = ""
    """Empty where the content coding could be undone."""


class Expectations:
    """What the spec of one contract says of answers; one per worker process and contract."""

    def __init__(self, contract: Contract, max_bytes: int) -> None:
        self._contract = contract
        self._max_bytes = max_bytes
        self._spec = Schemas(contract.spec)
        self._references: dict[tuple[str, int], str] = {}
        # By identity: a check and the observers ask for the same response again and again.
        self._contents: dict[int, tuple[ReceivedResponse, Content]] = {}
        self._shapes: dict[int, tuple[ReceivedResponse, ShapeReport]] = {}

    def content(self, response: ReceivedResponse) -> Content:
        """Return the decoded body of a response."""
        if id(response) not in self._contents:
            self._contents[id(response)] = (response, decode(response, self._max_bytes))
        return self._contents[id(response)][1]

    def forget(self) -> None:
        """Let go of the responses of a check that is over."""
        self._contents.clear()
        self._shapes.clear()

    def shape_problem(self, operation: Operation, response: ReceivedResponse) -> str:
        """Return what is wrong with the body of a documented status, or an empty text."""
        if not self.is_documented(operation, response.status):
            return f"status {response.status} is not documented for {operation.id}"
        return self.shape(operation, response).problem

    def is_documented(self, operation: Operation, status: int) -> bool:
        """Whether the spec describes this status for the operation."""
        return str(status) in operation.definition["responses"]

    def media_type_problem(self, response: ReceivedResponse) -> str:
        """Return what is wrong with the content type of a JSON body, or an empty text."""
        given = response.header("Content-Type")
        if given is None:
            return f"expected the content type {JSON}, got none"
        if given.partition(";")[0].strip().lower() != JSON:
            return f"expected the content type {JSON}, got {brief(given)!r}"
        return ""

    def shape(self, operation: Operation, response: ReceivedResponse) -> ShapeReport:
        """Validate the body of a documented status against its schema."""
        if id(response) not in self._shapes:
            self._shapes[id(response)] = (response, self._validated(operation, response))
        return self._shapes[id(response)][1]

    def _validated(self, operation: Operation, response: ReceivedResponse) -> ShapeReport:
        reference = self._schema_of(operation, response.status)
        if not reference:
            return ShapeReport(problem=body_problem(response))
        content = self.content(response)
        if content.problem:
            return ShapeReport(problem=f"expected a JSON body, got {content.problem}")
        return self._spec.report(reference, content.json)

    def _schema_of(self, operation: Operation, status: int) -> str:
        """Return the reference to the schema of a status, or an empty text where no body is documented."""
        key = (operation.id, status)
        if key not in self._references:
            described = operation.definition["responses"][str(status)]
            while "$ref" in described:
                described = self._spec.at(described["$ref"])
            content = described.get("content")
            self._references[key] = self._spec.pointer_to(content[JSON]["schema"]) if content else ""
        return self._references[key]

    def observe(  # noqa: PLR0911 - one return per observer
        self, check: Check, operation: Operation, exchange: Exchange
    ) -> str | None:
        """Return what an observer finds in one exchange: a problem, an empty text, or `None` where it says nothing."""
        response = exchange.response
        if response is None or check.observer is None:
            return None
        name, statuses = check.observer
        if statuses and response.status not in statuses:
            return None
        match name:
            case "shape":
                return self.shape(operation, response).problem
            case "content_type":
                return self.media_type_problem(response) if response.body else None
            case "no_body":
                return body_problem(response)
            case "server_error":
                return _server_error(response)
            case "annotation":
                return self._annotation(check, operation, response)
            case "unasked_coding":
                return _unasked_coding(exchange.request, response)
        message = f"no observer {name!r}"
        raise LookupError(message)

    def _annotation(self, check: Check, operation: Operation, response: ReceivedResponse) -> str | None:
        if not self.is_documented(operation, response.status):
            return None
        return self.shape(operation, response).annotated.get(check.requirement.rpartition("/")[2])

    def readings(self, operation: Operation, exchange: Exchange) -> list[tuple[str, str]]:
        """Return the readings that one exchange shows."""
        response = exchange.response
        if response is None or not self.is_documented(operation, response.status):
            return []
        return self.shape(operation, response).readings


def body_problem(response: ReceivedResponse) -> str:
    """Return what is wrong where a status is documented without a body; decided on the bytes of the connection."""
    size = len(response.body) + len(response.surplus)
    if size:
        return f"expected no body, got {size} bytes"
    # RFC 9110, 8.6: a 204 has no Content-Length; one of 0 announces no body either.
    announced = (response.header("Content-Length") or "0").strip()
    return "" if announced == "0" else f"expected no body, got the announcement of one of {announced[:20]} bytes"


def _server_error(response: ReceivedResponse) -> str | None:
    if response.status == _OVERLOADED:
        return None
    return f"expected no server error, got {response.status}" if response.status >= _SERVER_ERROR else ""


def _unasked_coding(request: SentRequest, response: ReceivedResponse) -> str | None:
    """RFC 9110, 12.5.3: without the header any coding is legal; the documents compress only where it is sent."""
    asked = request.header("Accept-Encoding")
    if asked not in (None, "identity") or not response.body:
        return None
    coding = (response.header("Content-Encoding") or "identity").strip().lower()
    return f"expected no content coding, which nobody asked for, got {brief(coding)!r}" if coding != "identity" else ""


def decode(response: ReceivedResponse, max_bytes: int) -> Content:
    """Undo the content codings of a body and read it as JSON, within `max_bytes`."""
    data = response.body
    codings = [
        part.strip().lower()
        for key, value in response.headers
        if key.lower() == "content-encoding"
        for part in value.split(",")
    ]
    for coding in reversed([coding for coding in codings if coding not in ("", "identity")]):
        if coding in ("gzip", "x-gzip"):
            data, problem = gunzip(data, max_bytes)
        elif coding == "deflate":
            data, problem = _inflate(data, max_bytes)
        else:
            problem = f"a body in the unknown content coding {brief(coding)!r}"
        if problem:
            return Content(b"", problem=problem, coding_problem=problem)
    value, problem = parse_json(data)
    return Content(data, value, problem)


def gunzip(data: bytes, max_bytes: int) -> tuple[bytes, str]:
    """Return the content of one or more gzip members and an empty text, or what is wrong with them."""
    out, rest = b"", data
    while rest:
        member = zlib.decompressobj(wbits=31)
        try:
            out += member.decompress(rest, max_bytes + 1 - len(out))
        except zlib.error:
            whole = len(data) - len(rest)
            behind = f"a gzip body of {whole} bytes with {len(rest)} bytes behind it that are no gzip"
            return b"", behind if whole else "a body that is announced as gzip and is not"
        if len(out) > max_bytes:
            return b"", f"a compressed body of more than {max_bytes} bytes"
        if not member.eof:
            return b"", "a gzip body that is cut short"
        rest = member.unused_data
    return out, ""


def _inflate(data: bytes, max_bytes: int) -> tuple[bytes, str]:
    member = zlib.decompressobj()
    try:
        out = member.decompress(data, max_bytes + 1)
    except zlib.error:
        return b"", "a body that is announced as deflate and is not"
    if len(out) > max_bytes or not member.eof:
        return b"", "a deflate body that is cut short or too large"
    return out, ""


class _NotJsonError(ValueError):
    """Text that Python's parser takes and RFC 8259 does not."""


def parse_json(data: bytes) -> tuple[Any, str]:  # noqa: PLR0911 - one return per way of not being JSON
    """Return the value of a JSON text (RFC 8259, duplicate names refused) and an empty text, or what is wrong."""
    if not data:
        return None, "an empty body"
    try:
        text = data.decode("utf-8")
        return json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_refuse_duplicates), ""
    except UnicodeDecodeError:
        return None, "a body that is not UTF-8"
    except RecursionError:
        return None, "JSON that is nested too deep to be read"
    except _NotJsonError as error:
        return None, str(error)
    except json.JSONDecodeError as error:
        return None, f"a body that is not JSON ({error.msg} at character {error.pos})"
    except ValueError:
        return None, "JSON with a number of too many digits to be read"


def _refuse_constant(name: str) -> NoReturn:
    message = f"a body that is not JSON ({name} is no JSON value)"
    raise _NotJsonError(message)


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        message = f"JSON with the name {brief(twice)!r} twice in one object"
        raise _NotJsonError(message)
    return value
