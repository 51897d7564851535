"""Reads `specs/` and `contracts/` into the model; the only reader of them.

The listing of `contracts/` is the table of contents of what Assay knows:

    contracts/<contract>/contract.yaml                      name, credentials, capabilities, states, ambiguities
    contracts/<contract>/test_*.py                          cases shared by several operations
    contracts/<contract>/<operation>/requirements*.yaml     what is promised
    contracts/<contract>/<operation>/test_*.py              the cases that decide it

Whatever does not fit together (a requirement without a check, a check without a requirement, an unknown key, an
operation that the spec lacks, an id that stands twice) is a `ContractError` that names file and key.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from assay import cases, packs, specs, yaml_files
from assay.exceptions import ContractError, did_you_mean
from assay.model import (
    Ambiguity,
    Contract,
    Effects,
    HarmlessCall,
    Level,
    Operation,
    Requirement,
    Source,
    StateKind,
)
from assay.yaml_files import only, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from assay.packs import Pack

OBSERVERS = ("shape", "content_type", "no_body", "success", "server_error", "annotation", "unasked_coding")
"""What can be checked on every exchange; `assay.expect` says how."""
RESERVED = ("degenerate",)
"""What ids of servers of a proof begin with beside contracts."""
VALUE_TYPES = ("text", "integer", "token")

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")


def shipped_data() -> Path:
    """Return the folder that holds the `specs/` and `contracts/` of the wheel, or of the checkout."""
    return packs.shipped().data


def load() -> Mapping[str, Contract]:
    """Return every contract by id: those that are shipped, and those of packs."""
    return _loaded(packs.known())


@cache
def _loaded(known: tuple[Pack, ...]) -> Mapping[str, Contract]:
    found: dict[str, Contract] = {}
    holders: dict[str, Pack] = {}
    for pack in known:
        for name in pack.ids():
            if name in holders:
                path = pack.contracts / name
                raise ContractError(
                    path, "", f"there is a contract {name!r} already, in {holders[name].contracts / name}"
                )
            if not _SLUG.match(name) or name in RESERVED:
                raise ContractError(pack.contracts / name, "", "a contract's id is lower-case words joined by hyphens")
            holders[name] = pack
        found |= load_from(pack.data)
    return found


def load_from(data: Path) -> Mapping[str, Contract]:
    """Return the contracts under `data/contracts`, whose specs are in `data/specs`."""
    found = sorted((data / "contracts").glob("*/contract.yaml"))
    if not found:
        raise ContractError(data / "contracts", "", "holds no contract")
    return {path.parent.name: _ContractReader(path, data / "specs").contract() for path in found}


def digest() -> str:
    """Return the SHA-256 of every file of the catalogue, names included; it binds a report to what was asked."""
    return _digest(packs.known())


@cache
def _digest(known: tuple[Pack, ...]) -> str:
    return digest_of(*(pack.data for pack in known))


def digest_of(*folders: Path) -> str:
    """Return the digest of the catalogue under folders, independent of where they lie and of their order."""
    if len(folders) == 1:
        return _digest_of(folders[0])
    return hashlib.sha256("\n".join(sorted(map(_digest_of, folders))).encode()).hexdigest()


def _digest_of(data: Path) -> str:
    sha = hashlib.sha256()
    for folder in ("specs", "contracts"):
        for path in sorted(path for path in (data / folder).rglob("*") if path.suffix in (".yaml", ".py")):
            sha.update(f"{path.relative_to(data).as_posix()}\0{path.stat().st_size}\0".encode())
            sha.update(path.read_bytes())
    return sha.hexdigest()


class _ContractReader:
    """One contract being read."""

    def __init__(self, path: Path, folder_of_specs: Path) -> None:
        self.path = path
        self.folder = path.parent
        self.id = path.parent.name
        self.document = yaml_files.mapping(path)
        only(
            path, "", self.document,
            "name", "spec", "auth", "capabilities", "states", "effects", "harmless", "ambiguities",
        )  # fmt: skip
        self.spec_path = folder_of_specs / text(path, self.document, "spec")
        self.spec = specs.read(self.spec_path)

    def contract(self) -> Contract:
        operations = self._operations()
        requirements = {each.id: each for operation in operations.values() for each in self._requirements(operation)}
        auth = self._section("auth")
        only(self.path, "auth", auth, "header", "scheme")
        contract = Contract(
            id=self.id,
            name=text(self.path, self.document, "name"),
            spec=self.spec,
            auth_header=text(self.path, auth, "header", "auth."),
            auth_scheme=auth.get("scheme", ""),
            capabilities=self._section("capabilities"),
            states=self._states(),
            ambiguities=tuple(self._ambiguities(requirements)),
            operations=operations,
            requirements=requirements,
            checks=(),
            folder=self.folder,
        )
        contract = replace(contract, harmless=self._harmless(contract))
        slugs = {each.slug for each in requirements.values()}
        readings = {(each.id, name) for each in contract.ambiguities for name in each.readings}
        specs.must_mark_what_there_is(self.spec_path, self.spec, slugs, readings)
        return replace(contract, checks=cases.checks_of(contract, self.folder))

    def _section(self, key: str) -> dict[str, Any]:
        section = self.document.get(key, {})
        if not isinstance(section, dict):
            raise ContractError(self.path, key, "expected a mapping")
        return section

    def _operations(self) -> dict[str, Operation]:
        described = dict(self._described())
        found = {}
        for folder in sorted({path.parent for path in self.folder.glob("*/requirements*.yaml")}):
            if folder.name not in described:
                problem = f"the spec {self.spec_path.name} describes no operation {folder.name!r}"
                raise ContractError(folder, "", problem + did_you_mean(folder.name, described))
            found[f"{self.id}/{folder.name}"] = described[folder.name]
        for slug in described:
            if f"{self.id}/{slug}" not in found:
                raise ContractError(self.spec_path, f"operationId {slug}", f"has no requirements in {self.folder}")
        for slug in self._section("effects"):
            if slug not in described:
                raise ContractError(self.path, f"effects.{slug}", f"no such operation{did_you_mean(slug, described)}")
        # The order of the spec is the order of the reports.
        return {operation.id: operation for operation in described.values()}

    def _described(self) -> Iterator[tuple[str, Operation]]:
        for path, item in self.spec.get("paths", {}).items():
            for method in specs.METHODS:
                if method in item:
                    slug = text(self.spec_path, item[method], "operationId", f"paths.{path}.{method}.")
                    yield slug, Operation(f"{self.id}/{slug}", method.upper(), path, item[method], self._effects(slug))

    def _effects(self, slug: str) -> Effects | None:
        item = self._section("effects").get(slug)
        if item is None:
            return None
        key = f"effects.{slug}"
        only(self.path, key, item, "changes", "leaves")
        return Effects(text(self.path, item, "changes", f"{key}."), text(self.path, item, "leaves", f"{key}."))

    def _harmless(self, contract: Contract) -> HarmlessCall | None:
        item = self._section("harmless")
        if not item:
            return None
        only(self.path, "harmless", item, "operation", "given", "path", "json")
        call = HarmlessCall(
            operation=f"{self.id}/{text(self.path, item, 'operation', 'harmless.')}",
            given=item.get("given", ""),
            path=item.get("path", {}),
            json=item.get("json"),
        )
        if call.operation not in contract.operations:
            raise ContractError(self.path, "harmless.operation", f"no operation {call.operation!r}")
        if call.given and call.given not in contract.states:
            problem = f"no provider state {call.given!r}{did_you_mean(call.given, contract.states)}"
            raise ContractError(self.path, "harmless.given", problem)
        known = contract.states[call.given].values if call.given else {}
        for parameter, value in call.path.items():
            if value not in known:
                problem = f"the state {call.given!r} has no value {value!r}{did_you_mean(value, known)}"
                raise ContractError(self.path, f"harmless.path.{parameter}", problem)
        return call

    def _requirements(self, operation: Operation) -> Iterator[Requirement]:
        seen: dict[str, Path] = {}
        for path in sorted((self.folder / operation.slug).glob("requirements*.yaml")):
            items = yaml_files.read(path)
            if not isinstance(items, list):
                raise ContractError(path, "", "expected a list of requirements")
            for number, item in enumerate(items):
                key = item.get("id", f"[{number}]") if isinstance(item, dict) else f"[{number}]"
                requirement = self._requirement(path, key, item, operation)
                if requirement.slug in seen:
                    raise ContractError(path, key, f"the id stands twice; first in {seen[requirement.slug].name}")
                seen[requirement.slug] = path
                yield requirement

    def _requirement(self, path: Path, key: str, item: Any, operation: Operation) -> Requirement:  # noqa: ANN401 - from YAML
        if not isinstance(item, dict):
            raise ContractError(path, key, "expected a requirement with id, level, statement and source")
        only(path, key, item, "id", "level", "statement", "source", "observes", "note", "rests_on")
        slug = text(path, item, "id", f"{key}.")
        if not _SLUG.match(slug):
            raise ContractError(path, key, "an id is lower-case words joined by hyphens")
        level = text(path, item, "level", f"{key}.")
        if level not in set(Level):
            raise ContractError(path, f"{key}.level", f"expected must or should, got {level!r}")
        source = item.get("source")
        if not isinstance(source, dict):
            raise ContractError(path, f"{key}.source", "expected {document: …, section: …}")
        only(path, f"{key}.source", source, "document", "section")
        return Requirement(
            id=f"{operation.id}/{slug}",
            operation=operation.id,
            level=Level(level),
            statement=text(path, item, "statement", f"{key}."),
            source=Source(
                text(path, source, "document", f"{key}.source."), text(path, source, "section", f"{key}.source.")
            ),
            observers=tuple(self._observers(path, key, item.get("observes", {}))),
            note=item.get("note", ""),
            rests_on=text(path, item, "rests_on", f"{key}.") if "rests_on" in item else "",
        )

    def _observers(self, path: Path, key: str, observes: Mapping[str, Any]) -> Iterator[tuple[str, tuple[int, ...]]]:
        only(path, f"{key}.observes", observes, *OBSERVERS)
        for name, statuses in observes.items():
            if not isinstance(statuses, list) or not all(isinstance(status, int) for status in statuses):
                raise ContractError(path, f"{key}.observes.{name}", "expected a list of statuses")
            yield name, tuple(statuses)

    def _states(self) -> dict[str, StateKind]:
        states = {}
        for name, item in self._section("states").items():
            key = f"states.{name}"
            only(self.path, key, item, "description", "values", "made_up", "used_up")
            for value, type_ in item.get("values", {}).items():
                if type_ not in VALUE_TYPES:
                    raise ContractError(self.path, f"{key}.values.{value}", f"expected one of {', '.join(VALUE_TYPES)}")
            made_up = {value: str(text) for value, text in item.get("made_up", {}).items()}
            description = text(self.path, item, "description", f"{key}.")
            used_up = item.get("used_up", False) is True
            states[name] = StateKind(name, description, item.get("values", {}), made_up, used_up)
        return states

    def _ambiguities(self, requirements: Mapping[str, Requirement]) -> Iterator[Ambiguity]:
        seen = set()
        items = self.document.get("ambiguities", [])
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise ContractError(self.path, "ambiguities", "expected a list of ambiguities")
        for number, item in enumerate(items):
            key = f"ambiguities.{item.get('id', number)}"
            only(self.path, key, item, "id", "statement", "readings", "touches")
            name = text(self.path, item, "id", f"{key}.")
            if name in seen:
                raise ContractError(self.path, key, "the id stands twice")
            seen.add(name)
            touches = tuple(f"{self.id}/{each}" for each in item.get("touches", []))
            for each in touches:
                if each not in requirements:
                    raise ContractError(
                        self.path, f"{key}.touches", f"no requirement {each!r}{did_you_mean(each, requirements)}"
                    )
            if not touches:
                raise ContractError(self.path, f"{key}.touches", "names no requirement")
            readings = item.get("readings")
            if not isinstance(readings, dict) or not readings:
                raise ContractError(self.path, f"{key}.readings", "expected what each reading looks like on the wire")
            yield Ambiguity(name, text(self.path, item, "statement", f"{key}."), readings, touches)
