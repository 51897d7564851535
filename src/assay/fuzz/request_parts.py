"""The parts of a request that may be generated: cut out of the spec, judged against it, and put into legal HTTP.

`excerpt` makes a document with one operation and only the parts to be generated, so that no effort goes into what would
be thrown away, and no example is made of a header that means something to the transport. `Validity` says which parts of
a request break the spec, reading parameters as kindly as a server may. The three functions at the end give the form on
the wire, or `None` for what cannot be sent faithfully.
"""

from __future__ import annotations

import json
import re
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from jsonschema import Draft202012Validator

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from assay.model import Operation

PARTS: Final = ("body", "query", "headers")
_PLACES: Final = {"query": "query", "header": "headers"}
_PATH: Final = "/"
_JSON: Final = "application/json"

_UNTOUCHED: Final = frozenset({
    # They carry the message or the credentials.
    "host", "content-length", "transfer-encoding", "connection", "expect", "te", "trailer", "upgrade", "authorization",
    "x-auth-token", "proxy-authorization", "cookie", "accept", "content-type", "user-agent",
    # A coding is a claim about bytes that stay as they are; a key that was used before gets the answer of then.
    "accept-encoding", "content-encoding", "idempotency-key",
    # Optional capabilities: whose data is meant decides about the answer.
    "zuora-entity-ids", "zuora-org-ids", "zuora-version",
})  # fmt: skip
_REFERENCE: Final = re.compile(r'"#/components/schemas/([^"/]+)"')
_OPEN_ON_PURPOSE: Final = frozenset({
    "additionalProperties", "unevaluatedProperties", "patternProperties", "anyOf", "oneOf", "if", "not", "$ref",
})  # fmt: skip
_LARGEST_BODY: Final = 65_536
_LONGEST_TEXT: Final = 4_096
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE: Final = {
    # Bytes above ASCII are legal, but nothing says what they mean: never part of a request that should be accepted.
    "positive": re.compile(r"[!-~](?:[ -~]*[!-~])?"),
    "negative": re.compile("[!-~\xa1-\xff](?:[ -~\xa0-\xff]*[!-~\xa1-\xff])?"),
}
_SPELLINGS: Final[Mapping[str, object]] = {"true": True, "false": False, "1": True, "0": False, "null": None, "": None}


class NotSet(Enum):
    """The type of `NOT_SET`."""

    NOT_SET = "not set"


NOT_SET: Final = NotSet.NOT_SET
"""In place of a body: none is sent. (`None` is the body `null`.)"""


def excerpt(
    spec: Mapping[str, Any], operation: Operation, *, parts: Sequence[str], keep: Collection[str], closed: bool
) -> dict[str, Any] | None:
    """Return an OpenAPI document with one operation and only `parts` of its request; `None` if none is declared.

    `closed` forbids properties that the spec does not name: a document that is silent about them does not accept them.
    """
    parameters = varied_parameters(spec, operation, parts=parts, keep=keep)
    definition: dict[str, Any] = {"operationId": operation.slug, "parameters": parameters, "responses": {}}
    body = _resolved(spec, operation.definition.get("requestBody", {}))
    if "body" in parts and _JSON in body.get("content", {}):
        media = {_JSON: body["content"][_JSON]}
        definition["requestBody"] = {"required": body.get("required", False), "content": media}
    elif not parameters:
        return None
    schemas = _reachable(spec.get("components", {}).get("schemas", {}), definition)
    document = {
        "openapi": spec["openapi"],
        "info": {"title": operation.id, "version": "1"},
        "paths": {_PATH: {operation.method.lower(): definition}},
        "components": {"schemas": schemas},
    }
    # Members of an `allOf` share their properties, so none of them may be closed alone.
    return _closed(document) if closed and "allOf" not in json.dumps(document, default=str) else document


def varied_parameters(
    spec: Mapping[str, Any], operation: Operation, *, parts: Sequence[str], keep: Collection[str]
) -> list[Mapping[str, Any]]:
    """Return the parameters of these parts that may be generated."""
    item = spec["paths"][operation.path]
    stated = (*item.get("parameters", ()), *operation.definition.get("parameters", ()))
    declared = [_resolved(spec, each) for each in stated]
    kept = {name.lower() for name in keep} | _UNTOUCHED
    return [each for each in declared if _PLACES.get(each["in"]) in parts and each["name"].lower() not in kept]


def parts_of(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the parts that an excerpt declares."""
    operation = _only_operation(document)
    places = {_PLACES[each["in"]] for each in operation["parameters"]}
    return tuple(part for part in PARTS if part in places or (part == "body" and "requestBody" in operation))


def _reachable(schemas: Mapping[str, Any], definition: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schemas that a definition refers to, directly or through others."""
    found: dict[str, Any] = {}
    waiting = [definition]
    while waiting:
        named = _REFERENCE.findall(json.dumps(waiting.pop(), default=str))
        fresh = {name: schemas[name] for name in named if name not in found}
        found.update(fresh)
        waiting += fresh.values()
    return {name: schemas[name] for name in schemas if name in found}


def _closed(node: Any) -> Any:  # noqa: ANN401 - any part of a document
    if isinstance(node, list):
        return [_closed(each) for each in node]
    if not isinstance(node, dict):
        return node
    copy = {name: _closed(value) for name, value in node.items()}
    if isinstance(node.get("properties"), dict) and not node.keys() & _OPEN_ON_PURPOSE:
        copy["additionalProperties"] = False
    return copy


class Validity:
    """Judges generated parts against an excerpt."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._operation = _only_operation(document)
        method = next(iter(document["paths"][_PATH]))
        self._pointer = f"#/paths/~1/{method}"
        self._parameters = [
            (each, self._validator(f"/parameters/{position}/schema"))
            for position, each in enumerate(self._operation["parameters"])
        ]
        media = f"/requestBody/content/{_JSON.replace('/', '~1')}/schema"
        self._body = self._validator(media) if "requestBody" in self._operation else None

    def invalid_parts(
        self,
        body: object,
        query: Sequence[tuple[str, str]],
        headers: Sequence[tuple[str, str]],
    ) -> frozenset[str]:
        """Return the parts that break the spec beyond doubt."""
        found = {"body"} if self._body is not None and not self._body_holds(body) else set()
        for part, pairs in (("query", query), ("headers", headers)):
            if not all(_parameter_holds(each, check, pairs) for each, check in self._of(part)):
                found.add(part)
        return frozenset(found)

    def _validator(self, pointer: str) -> Draft202012Validator:
        # The whole document is the schema, so that its references resolve.
        return Draft202012Validator({**self._document, "$ref": self._pointer + pointer})

    def _of(self, part: str) -> list[tuple[Mapping[str, Any], Draft202012Validator]]:
        return [(each, check) for each, check in self._parameters if _PLACES[each["in"]] == part]

    def _body_holds(self, body: object) -> bool:
        if body is NOT_SET:
            return not self._operation["requestBody"]["required"]
        if isinstance(body, bytes):
            try:
                body = json.loads(body)
            except ValueError:
                return False
        return self._body is None or bool(self._body.is_valid(body))


def _only_operation(document: Mapping[str, Any]) -> Mapping[str, Any]:
    operation: Mapping[str, Any] = next(iter(document["paths"][_PATH].values()))
    return operation


def _resolved(spec: Mapping[str, Any], value: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow the references to a parameter or a request body."""
    while "$ref" in value:
        found: Any = spec
        for step in value["$ref"].removeprefix("#/").split("/"):
            found = found[step.replace("~1", "/").replace("~0", "~")]
        value = found
    return value


def _parameter_holds(
    parameter: Mapping[str, Any], check: Draft202012Validator, pairs: Sequence[tuple[str, str]]
) -> bool:
    """Say whether the text of a parameter can be read as a valid value; one of several is enough."""
    texts = [value for name, value in pairs if name.lower() == parameter["name"].lower()]
    if not texts:
        return not parameter.get("required", False)
    return any(check.is_valid(reading) for text in texts for reading in _readings(text)) or bool(check.is_valid(texts))


def _readings(text: str) -> Iterator[object]:
    """Yield everything that the text of a parameter may be taken for."""
    yield text
    if text.strip().lower() in _SPELLINGS:
        yield _SPELLINGS[text.strip().lower()]
    for number in (int, float):
        try:
            yield number(text)
        except ValueError:
            continue
    if "," in text:
        yield text.split(",")


def payload_of(body: object) -> bytes | None:
    """Return the bytes of a body: empty for none, `None` for what JSON cannot say or what is unfairly long."""
    if body is NOT_SET:
        return b""
    try:
        # NaN and lone surrogates raise, as does an integer too long to be written.
        payload = body if isinstance(body, bytes) else _json(body).encode()
    except (TypeError, ValueError, RecursionError):
        return None
    return payload if len(payload) <= _LARGEST_BODY else None


def _json(body: object) -> str:
    return json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def query_pairs(query: Mapping[str, Any]) -> tuple[tuple[str, str], ...] | None:
    """Return query parameters as pairs of text, a list as repeated ones; `None` for what cannot be encoded."""
    several = ((name, value if isinstance(value, list) else [value]) for name, value in query.items())
    pairs = tuple((name, _text(each)) for name, values in several for each in values)
    fair = all(_encodable(name) and _encodable(value) and len(value) <= _LONGEST_TEXT for name, value in pairs)
    return pairs if fair else None


def header_lines(headers: Mapping[str, Any], mode: str) -> tuple[tuple[str, str], ...] | None:
    """Return header lines; `None` where one is no legal header. A header without a value is left out."""
    lines = tuple((str(name), _text(value)) for name, value in headers.items() if _text(value))
    legal = all(
        _HEADER_NAME.fullmatch(name)
        and name.lower() not in _UNTOUCHED
        and len(value) <= _LONGEST_TEXT
        and _HEADER_VALUE[mode].fullmatch(value)
        for name, value in lines
    )
    return lines if legal else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
