"""Reads a spec, an OpenAPI 3.1 document, and puts into one form what may be written in several.

Statuses are texts, the parameters of a path stand with each of its operations, and a body of JSON has a schema. What
would be misunderstood is a `ContractError` that names file and key.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from assay import yaml_files
from assay.exceptions import ContractError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
JSON = "application/json"
REQUIREMENT = "x-assay-requirement"
READING = "x-assay-reading"

_STATUS = re.compile(r"[1-5]\d\d\Z")


def read(path: Path) -> dict[str, Any]:
    """Return the spec in a file."""
    spec = yaml_files.mapping(path)
    if not str(spec.get("openapi", "3.1")).startswith("3.1"):
        # Schemas of 3.0 are of another language: `nullable` says nothing in 3.1.
        raise ContractError(path, "openapi", f"expected 3.1, got {spec['openapi']}")
    for name, described in spec.get("components", {}).get("responses", {}).items():
        _with_schema(_mapping(path, f"components.responses.{name}", described))
    for place, item in _mapping(path, "paths", spec.get("paths", {})).items():
        key = f"paths.{place}"
        shared = _mapping(path, key, item).pop("parameters", [])
        for method in METHODS:
            if method in item:
                operation = _mapping(path, f"{key}.{method}", item[method])
                if shared:
                    operation["parameters"] = _together(shared, operation.get("parameters", []))
                operation["responses"] = _responses(path, f"{key}.{method}.responses", operation.get("responses"))
    return spec


def _mapping(path: Path, key: str, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ContractError(path, key, "expected a mapping")
    return value


def _together(shared: list[Any], own: list[Any]) -> list[Any]:
    """Return the parameters of a path and those of its operation, which take the place of others of their name."""
    names = {(each.get("name"), each.get("in")) for each in own}
    return [*(each for each in shared if (each.get("name"), each.get("in")) not in names), *own]


def _responses(path: Path, key: str, responses: object) -> dict[str, Any]:
    found = {}
    for status, described in _mapping(path, key, responses).items():
        if not _STATUS.match(str(status)):
            problem = "expected a status such as 404; a server is held against those that its document names"
            raise ContractError(path, f"{key}.{status}", problem)
        found[str(status)] = _with_schema(_mapping(path, f"{key}.{status}", described))
    return found


def _with_schema(response: dict[str, Any]) -> dict[str, Any]:
    """Return a response whose JSON has a schema: where none is written, any JSON will do."""
    media = response.get("content", {}).get(JSON)
    if media is not None:
        media.setdefault("schema", {})
    return response


def operations(spec: Mapping[str, Any]) -> Iterator[str]:
    """Yield each operation in words: its id, method and path."""
    for place, item in spec["paths"].items():
        for method in METHODS:
            if method in item:
                yield f"{item[method].get('operationId', '')} {method.upper()} {place}"


def must_mark_what_there_is(
    path: Path, spec: Mapping[str, Any], slugs: Collection[str], readings: Collection[tuple[str, str]]
) -> None:
    """Raise `ContractError` where a spec speaks of a requirement, or of an ambiguity's reading, that there is not."""
    for slug in _marks(spec, REQUIREMENT):
        if slug not in slugs:
            problem = f"no requirement has this id{did_you_mean(str(slug), slugs)}"
            raise ContractError(path, f"{REQUIREMENT} {slug}", problem)
    for said in _marks(spec, READING):
        if not isinstance(said, dict) or (said.get("ambiguity"), said.get("reading")) not in readings:
            raise ContractError(path, f"{READING} {said}", "the register has no such reading")


def _marks(node: object, mark: str) -> Iterator[Any]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == mark:
                yield value
            else:
                yield from _marks(value, mark)
    elif isinstance(node, list):
        for each in node:
            yield from _marks(each, mark)
