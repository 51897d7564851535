"""Holds a JSON body against a schema of the spec, once for several requirements.

A schema error counts against the shape of the body, unless its path runs through a subschema that names a requirement
of its own (`x-assay-requirement`), which then takes it. A subschema with `x-assay-reading` reports, where it holds,
which reading of an ambiguity the target follows.

A body without any error, which is by far the most frequent one, is judged by jsonschema-rs, in a hundredth of the time.
Only where that finds an error does jsonschema say which ones, and at which places.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, Self
from urllib.parse import quote

import jsonschema_rs
from jsonschema import Draft202012Validator
from jsonschema.validators import extend
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from assay.demands import describe
from assay.specs import READING, REQUIREMENT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jsonschema.exceptions import ValidationError

_SPEC = "urn:assay:spec"
_EXERCISED = "x-assay-exercised"
_LONGEST_TEXT = 100_000


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


class Schemas:
    """The schemas of one spec."""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        self._spec = spec
        self._registry: Any = Registry().with_resource(_SPEC, DRAFT202012.create_resource(spec))
        self._swift_registry = jsonschema_rs.Registry([(_SPEC, _with_exercises(spec))])
        self._swift: dict[str, jsonschema_rs.Draft202012Validator] = {}
        self._validators: dict[str, _Validator] = {}
        self._exercised: set[str] = set()
        self._readings: list[tuple[str, str]] = []
        self._dialect: Any = extend(  # type: ignore[no-untyped-call]  # untyped in the stubs
            Draft202012Validator, {REQUIREMENT: self._note_requirement, READING: self._note_reading}
        )

    def at(self, reference: str) -> Any:  # noqa: ANN401 - a JSON document has no narrower type
        """Return the node of the spec that a reference such as `#/components/schemas/Task` names."""
        node: Any = self._spec
        for part in reference.partition("#")[2].strip("/").split("/"):
            name = part.replace("~1", "/").replace("~0", "~")
            node = node[int(name)] if isinstance(node, list) else node[name]
        return node

    def pointer_to(self, wanted: object) -> str:
        """Return the reference to a node of the spec."""
        for path, node in _walk(self._spec, ()):
            if node is wanted:
                return "#" + "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in path)
        message = "the node is not part of the spec"
        raise LookupError(message)

    def report(self, reference: str, instance: object) -> ShapeReport:
        """Hold a body against the schema at `reference`."""
        return self._report_of_valid(reference, instance) or self.report_in_full(reference, instance)

    def _report_of_valid(self, reference: str, instance: object) -> ShapeReport | None:
        if reference not in self._swift:
            # It takes references as URIs, in which the braces of a path template may not stand.
            schema = {"$ref": _SPEC + quote(reference, safe="#/~")}
            self._swift[reference] = jsonschema_rs.Draft202012Validator(schema, registry=self._swift_registry)
        try:
            evaluation = self._swift[reference].evaluate(instance)
        except (ValueError, RecursionError):
            # A number or a nesting that it cannot take.
            return None
        if not evaluation.valid:
            return None
        report = ShapeReport()
        for found in evaluation.annotations():
            # Only unknown keywords come as a mapping; it holds what the spec says.
            said: Any = found["annotations"] if isinstance(found["annotations"], dict) else {}
            if _EXERCISED in said:
                report.annotated[said[_EXERCISED]] = ""
            if READING in said and (reading := tuple(said[READING].values())) not in report.readings:
                report.readings.append(reading)
        return report

    def report_in_full(self, reference: str, instance: object) -> ShapeReport:
        """Hold a body against the schema at `reference` by jsonschema alone, which finds every error."""
        schema = {"$ref": _SPEC + reference}
        if reference not in self._validators:
            self._validators[reference] = self._dialect(schema, registry=self._registry)
        self._exercised, self._readings = set(), []
        problems: dict[str, list[ValidationError]] = {}
        try:
            # Each error writes out what it blames, and nobody reads a text of megabytes.
            for error in self._validators[reference].iter_errors(_with_texts_cut(instance)):
                problems.setdefault(self._owner(schema, error), []).append(error)
        except RecursionError:
            return ShapeReport(problem="expected a JSON body, got one that is nested too deep to be read")
        annotated = {slug: describe(problems.get(slug, [])) for slug in self._exercised | (problems.keys() - {""})}
        return ShapeReport(describe(problems.get("", [])), annotated, self._readings)

    def _owner(self, schema: Mapping[str, Any], error: ValidationError) -> str:
        """Return the requirement named nearest to the error on its way through the schema, or an empty text."""
        node: Any = schema
        owner = ""
        for key in error.absolute_schema_path:
            # jsonschema leaves `$ref` out of its paths.
            while isinstance(node, dict) and key not in node and "$ref" in node:
                node = self.at(node["$ref"])
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


def _with_texts_cut(value: Any) -> Any:  # noqa: ANN401 - a JSON document has no narrower type
    if isinstance(value, str):
        return value[:_LONGEST_TEXT]
    if isinstance(value, list):
        return list(map(_with_texts_cut, value))
    if isinstance(value, dict):
        return {name: _with_texts_cut(each) for name, each in value.items()}
    return value


def _with_exercises(node: Any) -> Any:  # noqa: ANN401 - a JSON document has no narrower type
    """Return a copy whose annotations say where a requirement is exercised: where its `if` holds, or the whole."""
    if isinstance(node, list):
        return [_with_exercises(each) for each in node]
    if not isinstance(node, dict):
        return node
    copy = {key: _with_exercises(value) for key, value in node.items()}
    if slug := node.get(REQUIREMENT):
        exercised = {"not": {"type": "null"}, **copy.get("if", {}), _EXERCISED: slug}
        copy |= {"if": exercised, "then": copy.get("then", True)}
    return copy


def _walk(node: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], object]]:
    yield path, node
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield from _walk(value, (*path, str(key)))
