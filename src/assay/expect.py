"""Judges an exchange against the spec: bodies, media types, absent bodies, and what every exchange must not do.

One validation of a body serves several requirements. A schema error counts against the shape of its status, unless its
path runs through a subschema that names a requirement of its own (`x-assay-requirement`), which then takes it. A
subschema with `x-assay-reading` reports, where it holds, which reading of an ambiguity the target follows.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn, Protocol, Self

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from jsonschema.validators import extend
from referencing import Registry
from referencing.jsonschema import DRAFT202012

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jsonschema.exceptions import ValidationError

    from assay.model import Check, Contract, Exchange, Operation, ReceivedResponse, SentRequest

JSON = "application/json"
REQUIREMENT = "x-assay-requirement"
READING = "x-assay-reading"
MESSAGE_LENGTH = 300

_SPEC = "urn:assay:spec"
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


@dataclass(slots=True)
class ShapeReport:
    """What one validation of one body found."""

    problem: str = ""
    """Against the shape of the status; empty where it holds."""
    annotated: dict[str, str] = field(default_factory=dict)
    """Requirement slug → problem, empty where it holds; only requirements that the body exercises."""
    readings: list[tuple[str, str]] = field(default_factory=list)


class _Validator(Protocol):
    """What is needed of a validator of jsonschema, which makes its classes at run time."""

    def iter_errors(self, instance: object) -> Iterator[ValidationError]: ...

    def is_valid(self, instance: object) -> bool: ...

    def evolve(self, *, schema: object) -> Self: ...


class Expectations:
    """What the spec of one contract says of answers; one per worker process and contract."""

    def __init__(self, contract: Contract, max_bytes: int) -> None:
        self._contract = contract
        self._max_bytes = max_bytes
        self._registry: Any = Registry().with_resource(_SPEC, DRAFT202012.create_resource(contract.spec))
        self._validators: dict[tuple[str, int], _Validator] = {}
        self._exercised: set[str] = set()
        self._readings: list[tuple[str, str]] = []
        self._schemas: dict[tuple[str, int], dict[str, str] | None] = {}
        # By identity: a check and the observers ask for the same response again and again.
        self._contents: dict[int, tuple[ReceivedResponse, Content]] = {}
        self._shapes: dict[int, tuple[ReceivedResponse, ShapeReport]] = {}
        self._dialect: Any = extend(  # type: ignore[no-untyped-call]  # untyped in the stubs
            Draft202012Validator, {REQUIREMENT: self._note_requirement, READING: self._note_reading}
        )

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
            return f"expected the content type {JSON}, got {given[:100]!r}"
        return ""

    def shape(self, operation: Operation, response: ReceivedResponse) -> ShapeReport:
        """Validate the body of a documented status against its schema."""
        if id(response) not in self._shapes:
            self._shapes[id(response)] = (response, self._validated(operation, response))
        return self._shapes[id(response)][1]

    def _validated(self, operation: Operation, response: ReceivedResponse) -> ShapeReport:
        schema = self._schema(operation, response.status)
        if schema is None:
            return ShapeReport(problem=body_problem(response))
        content = self.content(response)
        if content.problem:
            return ShapeReport(problem=f"expected a JSON body, got {content.problem}")
        self._exercised, self._readings = set(), []
        problems: dict[str, list[ValidationError]] = {}
        try:
            for error in self._validator(operation, response.status, schema).iter_errors(content.json):
                problems.setdefault(self._owner(schema, error), []).append(error)
        except RecursionError:
            return ShapeReport(problem="expected a JSON body, got one that is nested too deep to be read")
        annotated = {slug: _describe(problems.get(slug, [])) for slug in self._exercised | (problems.keys() - {""})}
        return ShapeReport(_describe(problems.get("", [])), annotated, self._readings)

    def _schema(self, operation: Operation, status: int) -> dict[str, str] | None:
        """Return the schema of a status, or `None` where no body is documented."""
        key = (operation.id, status)
        if key not in self._schemas:
            content = self._resolved(operation.definition["responses"][str(status)]).get("content")
            schema = content[JSON]["schema"] if content else None
            self._schemas[key] = {"$ref": _SPEC + _pointer(self._contract.spec, schema)} if content else None
        return self._schemas[key]

    def _validator(self, operation: Operation, status: int, schema: Mapping[str, Any]) -> _Validator:
        key = (operation.id, status)
        if key not in self._validators:
            self._validators[key] = self._dialect(schema, registry=self._registry)
        return self._validators[key]

    def _resolved(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in node:
            node = self._at(node["$ref"])
        return node

    def _at(self, reference: str) -> Any:  # noqa: ANN401 - a JSON document has no narrower type
        node: Any = self._contract.spec
        for part in reference.partition("#")[2].strip("/").split("/"):
            name = part.replace("~1", "/").replace("~0", "~")
            node = node[int(name)] if isinstance(node, list) else node[name]
        return node

    def _owner(self, schema: Mapping[str, Any], error: ValidationError) -> str:
        """Return the requirement named nearest to the error on its way through the schema, or an empty text."""
        node: Any = schema
        owner = ""
        for key in error.absolute_schema_path:
            # jsonschema leaves `$ref` out of its paths.
            while isinstance(node, dict) and key not in node and "$ref" in node:
                node = self._at(node["$ref"])
            owner = self._named(node, owner)
            node = node[key]
        return self._named(node, owner)

    @staticmethod
    def _named(node: object, owner: str) -> str:
        return node.get(REQUIREMENT, owner) if isinstance(node, dict) else owner

    def _note_requirement(
        self, validator: _Validator, slug: str, instance: object, schema: Mapping[str, Any]
    ) -> Iterator[Any]:
        """Remember that the body exercises a requirement; the sibling keywords find its errors."""
        if instance is not None and ("if" not in schema or validator.evolve(schema=schema["if"]).is_valid(instance)):
            self._exercised.add(slug)
        return iter(())

    def _note_reading(
        self, validator: _Validator, named: Mapping[str, str], instance: object, schema: Mapping[str, Any]
    ) -> Iterator[Any]:
        rest = {key: value for key, value in schema.items() if key != READING}
        reading = (named["ambiguity"], named["reading"])
        if reading not in self._readings and validator.evolve(schema=rest).is_valid(instance):
            self._readings.append(reading)
        return iter(())

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
    return f"expected no body, got {size} bytes" if size else ""


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
    return f"expected no content coding, which nobody asked for, got {coding[:100]!r}" if coding != "identity" else ""


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
            problem = f"a body in the unknown content coding {coding[:100]!r}"
        if problem:
            return Content(b"", problem=problem, coding_problem=problem)
    value, problem = parse_json(data)
    return Content(data, value, problem)


def gunzip(data: bytes, max_bytes: int) -> tuple[bytes, str]:
    """Return the content of one or more gzip members and an empty text, or what is wrong with them."""
    out = b""
    while data:
        member = zlib.decompressobj(wbits=31)
        try:
            out += member.decompress(data, max_bytes + 1 - len(out))
        except zlib.error:
            return b"", "a body that is announced as gzip and is not"
        if len(out) > max_bytes:
            return b"", f"a compressed body of more than {max_bytes} bytes"
        if not member.eof:
            return b"", "a gzip body that is cut short"
        data = member.unused_data
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
        message = f"JSON with the name {twice[:100]!r} twice in one object"
        raise _NotJsonError(message)
    return value


def _describe(errors: list[ValidationError]) -> str:
    if not errors:
        return ""
    first = best_match(sorted(errors, key=lambda error: error.json_path)) or errors[0]
    message = first.message if len(first.message) <= MESSAGE_LENGTH else first.message[:MESSAGE_LENGTH] + "…"
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"{first.json_path}: {message}{more}"


def _pointer(document: object, wanted: object) -> str:
    """Return the JSON pointer of a node of the spec, as a fragment."""
    for path, node in _walk(document, ()):
        if node is wanted:
            return "#" + "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in path)
    message = "the node is not part of the spec"
    raise LookupError(message)


def _walk(node: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], object]]:
    yield path, node
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield from _walk(value, (*path, str(key)))
