"""Reads `sources.yaml`: the document of an operation, and of every statement in it what became of it.

    document: 002_7e067a1c7b8f46e8.txt
    title: Retry Task
    address: https://developer.example.test/tasks/retry
    digest: 5f0c1f7e3b524d0e
    sections:
      - section: Responses 404
        statements:
          - {digest: 12-3f9a0c1b2d4e5f60, kind: sentence, gist: an unknown task has this status,
             requirements: [unknown-task]}
    beyond:
      - {place: path id maxLength 64, rests_on: keeps generated requests sensible}

No sentence of a document is stored. A statement has one fate: `requirements` that rest on it, an `ambiguity` that it
opens (with requirements of its own; where none of them is one that the ambiguity touches, with all of these as well),
`informative` or `not-testable` with a reason. A requirement of another operation that rests on it too is named with its
operation: `rerun-task/success-body`.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from assay import yaml_files
from assay.exceptions import ContractError, did_you_mean
from assay.yaml_files import only, text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path

    from assay.model import Contract

NAME = "sources.yaml"
_DIGEST = re.compile(r"([1-9]\d*)-([0-9a-f]{16})\Z")
_FATES = ("requirements", "ambiguity", "informative", "not-testable")
_DRAFTED = re.compile(rb"^\s*#\| ", re.MULTILINE)
"""The text of a statement as a draft shows it to whoever writes the ledger."""


class Kind(StrEnum):
    """What sort of statement it is."""

    SENTENCE = "sentence"
    HEADING = "heading"
    FIELD = "field"
    """A field, parameter or header with its type."""
    ENUM = "enum"
    STATUS = "status"
    EXAMPLE = "example"


class Fate(StrEnum):
    """What became of a statement."""

    TIED = "tied"
    """Requirements rest on it."""
    AMBIGUOUS = "ambiguous"
    """It contradicts another one, or leaves open what an ambiguity is about."""
    NOT_TESTABLE = "not testable"
    INFORMATIVE = "informative"
    OPEN = "open"
    """Nobody has said."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a document, without its words."""

    digest: str
    """Of its folded text: 16 hex digits."""
    chars: int
    """How many characters its folded text has."""
    section: str
    kind: Kind
    gist: str
    requirements: tuple[str, ...] = ()
    """The ids of those that rest on it, those that its ambiguities touch included."""
    own: tuple[str, ...] = ()
    """Of these, the ones that the ledger names itself."""
    ambiguities: tuple[str, ...] = ()
    reason: str = ""
    """Why no requirement rests on it."""
    fate: Fate = Fate.OPEN
    places: tuple[str, ...] = ()
    """Where the spec says it."""

    @property
    def key(self) -> str:
        """How a ledger writes the digest."""
        return f"{self.chars}-{self.digest}"


@dataclass(frozen=True, slots=True)
class Beyond:
    """A place of the spec that no statement speaks of, and what it rests on."""

    place: str
    rests_on: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """The document of one operation, statement by statement."""

    path: Path
    operation: str
    """The id of the operation."""
    document: str
    """The file name of the document."""
    title: str
    address: str
    """Where it was published."""
    digest: str
    statements: tuple[Statement, ...]
    beyond: tuple[Beyond, ...] = ()
    drafted: bool = False
    """Whether sentences of the document still stand in the file, as comments."""

    def on(self, requirement: str) -> tuple[Statement, ...]:
        """Return the statements on which a requirement rests."""
        return tuple(each for each in self.statements if requirement in each.requirements)

    def count(self, fate: Fate) -> int:
        """Return how many statements have a fate."""
        return sum(each.fate is fate for each in self.statements)


def digest_of(statements: Iterable[Statement]) -> str:
    """Return what binds a ledger to every one of its statements and their order."""
    return hashlib.sha256("\n".join(each.key for each in statements).encode()).hexdigest()[:16]


def name_of(requirement: str, operation: str) -> str:
    """Return how the ledger of an operation writes the id of a requirement: its slug, or behind another operation's."""
    own = f"{operation}/"
    return requirement.removeprefix(own) if requirement.startswith(own) else requirement.partition("/")[2]


def ledgers_of(contract: Contract, folder: Path) -> dict[str, Ledger]:
    """Return the ledgers of a contract by operation id; `folder` is that of the contract."""
    found = {}
    for operation in contract.operations.values():
        path = folder / operation.slug / NAME
        # A shell has emptied the file by the time that a draft of it is made.
        if path.is_file() and path.stat().st_size > 0:
            found[operation.id] = _Reader(path, contract, operation.id).ledger()
    return found


class _Reader:
    """One file being read."""

    def __init__(self, path: Path, contract: Contract, operation: str) -> None:
        self.path = path
        self.operation = operation
        self.requirements = {name_of(each, operation): each for each in contract.requirements}
        """Name in the ledger → id."""
        self.touched = {each.id: each.touches for each in contract.ambiguities}

    def ledger(self) -> Ledger:
        document = yaml_files.mapping(self.path)
        only(self.path, "", document, "document", "title", "address", "digest", "sections", "beyond")
        return Ledger(
            path=self.path,
            operation=self.operation,
            document=text(self.path, document, "document"),
            title=text(self.path, document, "title"),
            address=text(self.path, document, "address"),
            digest=text(self.path, document, "digest"),
            statements=tuple(self._statements(self._list(document, "sections", ""))),
            beyond=tuple(self._beyond(self._list(document, "beyond", "") if "beyond" in document else [])),
            drafted=_DRAFTED.search(self.path.read_bytes()) is not None,
        )

    def _list(self, item: Mapping[str, Any], name: str, prefix: str) -> list[Any]:
        value = item.get(name)
        if not isinstance(value, list):
            raise ContractError(self.path, prefix + name, "expected a list")
        return value

    def _statements(self, sections: list[Any]) -> Iterator[Statement]:
        for number, section in enumerate(sections):
            key = f"sections[{number}]"
            only(self.path, key, section, "section", "statements")
            name = text(self.path, section, "section", f"{key}.")
            for place, item in enumerate(self._list(section, "statements", f"{key}.")):
                yield self._statement(f"{key}.statements[{place}]", name, item)

    def _statement(self, key: str, section: str, item: Any) -> Statement:  # noqa: ANN401 - from YAML
        only(self.path, key, item, "digest", "kind", "gist", *_FATES, "spec")
        match = _DIGEST.match(text(self.path, item, "digest", f"{key}."))
        if match is None:
            raise ContractError(
                self.path, f"{key}.digest", "expected a length and 16 hex digits, such as 12-3f9a0c1b2d4e5f60"
            )
        kind = text(self.path, item, "kind", f"{key}.")
        if kind not in set(Kind):
            raise ContractError(
                self.path, f"{key}.kind", f"expected one of {', '.join(Kind)}{did_you_mean(kind, Kind)}"
            )
        own, ambiguities = self._rest(key, item)
        touched = [name for each in ambiguities for name in self._touched(each, own)]
        return Statement(
            digest=match[2],
            chars=int(match[1]),
            section=section,
            kind=Kind(kind),
            gist=text(self.path, item, "gist", f"{key}.") if item.get("gist") else "",
            requirements=tuple(dict.fromkeys([*own, *touched])),
            own=own,
            ambiguities=ambiguities,
            reason=next((text(self.path, item, name, f"{key}.") for name in _FATES[2:] if name in item), ""),
            fate=self._fate(key, item),
            places=tuple(self._texts(key, item, "spec")),
        )

    def _fate(self, key: str, item: Mapping[str, Any]) -> Fate:
        named = [name for name in _FATES if name in item]
        if len(named) > 1 and set(named) != {"requirements", "ambiguity"}:
            raise ContractError(self.path, key, f"has more than one fate: {' and '.join(named)}")
        if "ambiguity" in named:
            return Fate.AMBIGUOUS
        fates = {"requirements": Fate.TIED, "informative": Fate.INFORMATIVE, "not-testable": Fate.NOT_TESTABLE}
        return fates[named[0]] if named else Fate.OPEN

    def _rest(self, key: str, item: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the ids of the requirements that a statement names, and the ambiguities."""
        named = self._texts(key, item, "requirements")
        for name in named:
            if name not in self.requirements:
                problem = f"no requirement {name!r}{did_you_mean(name, self.requirements)}"
                raise ContractError(self.path, f"{key}.requirements", problem)
        ambiguities = self._texts(key, item, "ambiguity")
        for each in ambiguities:
            if each not in self.touched:
                problem = f"no ambiguity {each!r}{did_you_mean(each, self.touched)}"
                raise ContractError(self.path, f"{key}.ambiguity", problem)
        return tuple(self.requirements[name] for name in named), tuple(ambiguities)

    def _touched(self, ambiguity: str, own: Collection[str]) -> Collection[str]:
        """Return the requirements that an ambiguity touches, but none where the statement names some of them itself.

        Each of the four errors of a page may open one ambiguity, and none of them is about the shape of the others.
        """
        touched = [name for name in self.touched[ambiguity] if name.startswith(self.operation + "/")]
        return () if set(own) & set(touched) else touched

    def _texts(self, key: str, item: Mapping[str, Any], name: str) -> list[str]:
        """Return a list of texts; one text stands for a list of it, none for an empty one."""
        value = item.get(name, [])
        value = [value] if isinstance(value, str) else value
        if not isinstance(value, list) or not all(isinstance(each, str) and each.strip() for each in value):
            raise ContractError(self.path, f"{key}.{name}", "expected a text or a list of texts")
        if name in item and not value:
            raise ContractError(self.path, f"{key}.{name}", "names nothing")
        return [" ".join(each.split()) for each in value]

    def _beyond(self, items: list[Any]) -> Iterator[Beyond]:
        for number, item in enumerate(items):
            key = f"beyond[{number}]"
            only(self.path, key, item, "place", "rests_on")
            rests_on = text(self.path, item, "rests_on", f"{key}.")
            for place in self._texts(key, item, "place"):
                yield Beyond(place, rests_on)
