"""The places of a spec that statements speak of, one line each.

    path id                             a parameter: path, query or header
    header Zuora-Track-Id maxLength 64  a limit, with its value (a pattern without)
    request data.id                     a field of the request body; arrays are passed through
    request data.status enum            a list of values
    request data.status = Queued        one of its values
    404                                 a status
    404 header Retry-After              a header of its answer
    404 causes.type                     a field of its body

Subschemas that judge a requirement of their own (`x-assay-requirement`) or recognise a reading have limits that are no
statement of the schema; the fields in them count, but for those that are named there only to be null.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from assay.model import Operation

LIMITS = (
    "minLength", "maxLength", "pattern", "format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
    "multipleOf", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties",
)  # fmt: skip
_MARKS = ("x-assay-requirement", "x-assay-reading")
_NULL = {"type": "null"}
_DEEPEST = 12


@dataclass(frozen=True, slots=True)
class Place:
    """One place of the spec."""

    name: str
    values: tuple[str, ...] = ()
    """Of a list of values, in their order."""


def places(operation: Operation, spec: Mapping[str, Any]) -> dict[str, Place]:
    """Return the places of an operation by name, in the order of the spec."""
    found: dict[str, Place] = {}
    for place in _Walk(spec).operation(operation):
        known = found.get(place.name)
        values = tuple(dict.fromkeys((known.values if known else ()) + place.values))
        found[place.name] = Place(place.name, values)
    return found


class _Walk:
    """A walk through the parts of an operation."""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        self.spec = spec

    def operation(self, operation: Operation) -> Iterator[Place]:
        item = self.spec["paths"][operation.path]
        for parameter in [*item.get("parameters", []), *operation.definition.get("parameters", [])]:
            described = self._resolved(parameter)
            yield from self._parameter(f"{described['in']} {described['name']}", described)
        body = self._resolved(operation.definition.get("requestBody", {}))
        yield from self._content("request", body)
        for status, response in operation.definition.get("responses", {}).items():
            described = self._resolved(response)
            yield Place(str(status))
            for name, header in described.get("headers", {}).items():
                yield from self._parameter(f"{status} header {name}", self._resolved(header))
            yield from self._content(str(status), described)

    def _parameter(self, name: str, described: Mapping[str, Any]) -> Iterator[Place]:
        yield Place(name)
        yield from self._schema(name, "", described.get("schema", {}), ())

    def _content(self, name: str, described: Mapping[str, Any]) -> Iterator[Place]:
        for media in described.get("content", {}).values():
            yield from self._schema(name, "", media.get("schema", {}), ())

    def _schema(
        self, name: str, field: str, schema: object, through: tuple[str, ...], *, judged: bool = False
    ) -> Iterator[Place]:
        """Return the places of a schema; `judged` are those inside of a mark."""
        if not isinstance(schema, dict):
            return
        judged = judged or any(mark in schema for mark in _MARKS)
        reference = schema.get("$ref")
        if isinstance(reference, str) and reference not in through and len(through) < _DEEPEST:
            resolved = self._resolved({"$ref": reference})
            yield from self._schema(name, field, resolved, (*through, reference), judged=judged)
        place = f"{name} {field}".rstrip()
        if not judged:
            yield from _constraints(place, schema)
        for key in ("allOf", "anyOf", "oneOf"):
            for part in schema.get(key, []):
                yield from self._schema(name, field, part, through, judged=judged)
        yield from self._schema(name, field, schema.get("items"), through, judged=judged)
        for key, part in schema.get("properties", {}).items():
            if judged and part == _NULL:
                continue
            inner = f"{field}.{key}" if field else key
            yield Place(f"{name} {inner}")
            yield from self._schema(name, inner, part, through, judged=judged)

    def _resolved(self, item: Mapping[str, Any]) -> Mapping[str, Any]:
        reference = item.get("$ref")
        if not isinstance(reference, str):
            return item
        found: Any = self.spec
        for part in reference.removeprefix("#/").split("/"):
            found = found[part.replace("~1", "/").replace("~0", "~")]
        return self._resolved(found)


def _constraints(place: str, schema: Mapping[str, Any]) -> Iterator[Place]:
    values = schema.get("enum") or ([schema["const"]] if "const" in schema else [])
    told = tuple(str(value) for value in values if value is not None)
    if told:
        yield Place(f"{place} enum", told)
    for limit in LIMITS:
        if limit in schema:
            # A regular expression is never what a document says, but what we make of it.
            yield Place(f"{place} {limit}" if limit == "pattern" else f"{place} {limit} {_told(schema[limit])}")


def _told(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
