"""Judges an exchange against the spec: bodies, media types, absent bodies, and what every exchange must not do.

One validation of a body serves several requirements; `assay.validation` says how.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from assay.content import JSON, Content, decode, is_json
from assay.evidence import brief, quoted
from assay.validation import Schemas, ShapeReport

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assay.model import Check, Contract, Exchange, Operation, ReceivedResponse, SentRequest

MOST_BYTES_OF_A_CHECK = 12_000_000
"""What the bodies of the answers to one check may come to, decoded: they take memory until it is over, and time to be
judged."""
_MOST_SHOWN = 3
_SERVER_ERROR = 500
_OVERLOADED = (429, 503)
_REMEMBERED_BYTES = 100_000
"""Of larger bodies only the last one is kept as a value, which may take many times as much memory."""


class Expectations:
    """What the spec of one contract says of answers; one per worker process and contract."""

    def __init__(self, contract: Contract, max_bytes: int) -> None:
        self._contract = contract
        self._max_bytes = max_bytes
        self._spec = Schemas(contract.spec)
        self._references: dict[tuple[str, int], str | None] = {}
        # By identity: a check and the observers ask for the same response again and again.
        self._contents: dict[int, tuple[ReceivedResponse, Content]] = {}
        self._large: tuple[ReceivedResponse, Content] | None = None
        # What is said of a body as a whole, without what it holds: asked for far more often than that.
        self._verdicts: dict[int, tuple[ReceivedResponse, Content]] = {}
        self._bytes = 0
        self._shapes: dict[int, tuple[ReceivedResponse, ShapeReport]] = {}

    def content(self, response: ReceivedResponse) -> Content:
        """Return the decoded body of a response; nothing can be said of one that is too much beside the others."""
        if id(response) in self._contents:
            return self._contents[id(response)][1]
        if self._large is None or self._large[0] is not response:
            self._large = None
            content = self._read(response)
            self._verdicts[id(response)] = (response, replace(content, data=b"", json=None))
            if len(content.data) <= _REMEMBERED_BYTES:
                self._contents[id(response)] = (response, content)
                return content
            self._large = (response, content)
        return self._large[1]

    def _read(self, response: ReceivedResponse) -> Content:
        is_known = id(response) in self._verdicts
        if is_known or self._bytes <= MOST_BYTES_OF_A_CHECK:
            content = decode(response, self._max_bytes)
            self._bytes += 0 if is_known else max(len(response.body), len(content.data))
        if is_known or self._bytes <= MOST_BYTES_OF_A_CHECK:
            return content
        problem = f"a body that brings the answers to this check to more than {MOST_BYTES_OF_A_CHECK} bytes together"
        return Content(b"", problem=problem, is_beyond_limits=True)

    def _verdict(self, response: ReceivedResponse) -> Content:
        if id(response) not in self._verdicts:
            self.content(response)
        return self._verdicts[id(response)][1]

    def flaw(self, response: ReceivedResponse) -> str:
        """Return why no check may pass by this answer, whatever else it shows, or an empty text."""
        if response.surplus:
            return f"{len(response.surplus)} bytes behind its end"
        if not response.body:
            return ""
        verdict = self._verdict(response)
        if verdict.coding_problem or verdict.is_beyond_limits or is_json(response.header("Content-Type")):
            return verdict.problem
        return ""

    def limit(self, response: ReceivedResponse) -> str:
        """Return which bound of ours the body goes beyond, so that nothing can be said of it, or an empty text."""
        verdict = self._verdict(response)
        return verdict.problem if verdict.is_beyond_limits else ""

    def forget(self) -> None:
        """Let go of the responses of a check that is over."""
        self._contents.clear()
        self._large = None
        self._verdicts.clear()
        self._bytes = 0
        self._shapes.clear()

    def shape_problem(self, operation: Operation, response: ReceivedResponse) -> str:
        """Return what is wrong with the body of a documented status, or an empty text."""
        if not self.is_documented(operation, response.status):
            documented = " or ".join(operation.definition["responses"])
            return f"expected one of the documented statuses {documented}, got {response.status}"
        return self.shape(operation, response).problem

    def is_documented(self, operation: Operation, status: int) -> bool:
        """Whether the spec describes this status for the operation."""
        return str(status) in operation.definition["responses"]

    def media_type_problem(self, response: ReceivedResponse) -> str:
        """Return what is wrong with the content type of a JSON body, or an empty text."""
        given = list(dict.fromkeys(value for name, value in response.headers if name.lower() == "content-type"))
        if not given:
            return f"expected the content type {JSON}, got none"
        if all(map(is_json, given)):
            return ""
        # HTTP allows one (RFC 9110, 5.3), and who reads two may take either.
        shown = " and ".join(quoted(each, 100) for each in given[:_MOST_SHOWN])
        more = f" and {len(given) - _MOST_SHOWN} more" if len(given) > _MOST_SHOWN else ""
        return f"expected the content type {JSON}, got {shown}{more}"

    def shape(self, operation: Operation, response: ReceivedResponse) -> ShapeReport:
        """Validate the body of a documented status against its schema."""
        if id(response) not in self._shapes:
            self._shapes[id(response)] = (response, self._validated(operation, response))
        return self._shapes[id(response)][1]

    def _validated(self, operation: Operation, response: ReceivedResponse) -> ShapeReport:
        reference = self._schema_of(operation, response.status)
        if reference is None:
            return ShapeReport()
        if not reference:
            return ShapeReport(problem=self._body_problem(response))
        content = self.content(response)
        if content.problem:
            return ShapeReport(problem=f"expected a JSON body, got {content.problem}")
        return self._spec.report(reference, content.json)

    def _schema_of(self, operation: Operation, status: int) -> str | None:
        """Return the reference to the schema of a status, or an empty text where no body is documented.

        Of a body that is no JSON nothing can be said, so that there is `None`.
        """
        key = (operation.id, status)
        if key not in self._references:
            described = operation.definition["responses"][str(status)]
            while "$ref" in described:
                described = self._spec.at(described["$ref"])
            content = described.get("content")
            self._references[key] = "" if not content else self._reference(content)
        return self._references[key]

    def _reference(self, content: Mapping[str, Any]) -> str | None:
        return self._spec.pointer_to(content[JSON]["schema"]) if JSON in content else None

    def observe(self, check: Check, operation: Operation, exchange: Exchange) -> str | None:
        """Return what an observer finds in one exchange: a problem, an empty text, or `None` where it says nothing."""
        response = exchange.response
        if response is None or check.observer is None:
            return None
        name, statuses = check.observer
        if name == "success":
            # Looks at the others too: they are what it is against.
            found = _success(response, statuses)
        elif statuses and response.status not in statuses:
            return None
        else:
            found = self._observed(name, check, operation, exchange.request, response)
        return None if found == "" and self.flaw(response) else found

    def _observed(
        self, name: str, check: Check, operation: Operation, request: SentRequest, response: ReceivedResponse
    ) -> str | None:
        match name:
            case "shape":
                return None if self.limit(response) else self.shape(operation, response).problem
            case "content_type":
                return self.media_type_problem(response) if response.body else None
            case "no_body":
                return self._body_problem(response)
            case "server_error":
                return _server_error(response)
            case "annotation":
                return self._annotation(check, operation, response)
            case "unasked_coding":
                return _unasked_coding(request, response)
        message = f"no observer {name!r}"
        raise LookupError(message)

    def _body_problem(self, response: ReceivedResponse) -> str:
        """Return what is wrong where a status is documented without a body."""
        content = self.content(response)
        # A gateway compresses whatever comes by, also nothing; its 20 bytes say nothing to a client either.
        is_nothing = response.body and not (content.data or content.coding_problem or response.surplus)
        return "" if is_nothing else body_problem(response)

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
        return f"expected no body, got {size} byte{'' if size == 1 else 's'}"
    # RFC 9110, 8.6: a 204 has no Content-Length; one of 0 announces no body either.
    announced = (response.header("Content-Length") or "0").strip()
    return "" if announced == "0" else f"expected no body, got the header Content-Length: {brief(announced, 20)}"


def _success(response: ReceivedResponse, documented: Sequence[int]) -> str | None:
    if not 200 <= response.status < 300:  # noqa: PLR2004 - the class of success
        return None
    if response.status in documented:
        return ""
    return f"expected {' or '.join(map(str, documented))} as the status of a success, got {response.status}"


def _server_error(response: ReceivedResponse) -> str | None:
    if response.status in _OVERLOADED or 300 <= response.status < 400:  # noqa: PLR2004 - the class of redirects
        # Whoever sends elsewhere, or says that it is too busy, has not dealt with the input.
        return None
    return f"expected no server error, got {response.status}" if response.status >= _SERVER_ERROR else ""


def _unasked_coding(request: SentRequest, response: ReceivedResponse) -> str | None:
    """RFC 9110, 12.5.3: without the header any coding is legal; the documents compress only where it is sent."""
    asked = request.header("Accept-Encoding")
    if asked not in (None, "identity") or not response.body:
        return None
    coding = (response.header("Content-Encoding") or "identity").strip().lower()
    return f"expected no content coding, as none was asked for, got {brief(coding)}" if coding != "identity" else ""
