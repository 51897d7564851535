"""What the message of a check points at in the answer that it speaks of: the status, a header, places in the body.

Messages have the form `expected …, got …` and name places as `$.data[0].id`. A clue helps the eye only: where there is
none, nothing is marked.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assay.report.digest import expectation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.report.digest import Expectation, Node

Path = tuple[str | int, ...]
"""The way to a value in a JSON body: member names and places in arrays."""

_MOST = 8
"""Clues of one message."""

_STEP = r'\.[A-Za-z_][A-Za-z0-9_-]*|\[\d+\]|\["(?:[^"\\]|\\.)*"\]'
_PLACE = re.compile(rf"(?P<preposition>at|in) (?P<place>\$(?:{_STEP})*)|(?P<whole>as|in) the body")
_STEPS = re.compile(_STEP)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HEADER = re.compile(r"\b[A-Z][A-Za-z]*(?:-[A-Z][A-Za-z]*)+\b")
_STATUS = re.compile(r"(\d{3})\b")


@dataclass(frozen=True, slots=True)
class Clue:
    """A place in a body that a message speaks of."""

    path: Path | None = None
    """Where it is, or `None` for members that are known by name and value."""
    note: str = ""
    """What was expected there."""
    missing: tuple[str, ...] = ()
    """Members, as JSON strings, that the object there lacks."""
    names: frozenset[str] = frozenset()
    """Names of which a member that is meant has one."""
    value: str = ""
    """What came there, as a message shows it: it may be cut."""

    def leads_to(self, path: Path, value: str) -> bool:
        """Whether the value at `path`, as JSON text, is meant."""
        if self.path is not None:
            return path == self.path
        return bool(path) and path[-1] in self.names and self._shows(value)

    def _shows(self, value: str) -> bool:
        """Whether the message shows this value; of an object or array, its line holds no more than the beginning."""
        return self.value in (value, value.strip('"')) or (value in ("{", "[") and self.value.startswith(value))


@dataclass(frozen=True, slots=True)
class Pointer:
    """What a message points at in an exchange."""

    status: bool = False
    headers: frozenset[str] = frozenset()
    """Names of header lines, in lower case."""
    absent: tuple[str, ...] = ()
    """Headers that did not come."""
    clues: tuple[Clue, ...] = ()


def pointer(message: str, exchange: Node) -> Pointer:
    """Return what a message points at in the exchange on which its check was decided."""
    found, response = expectation(message), exchange["response"]
    if found is None or response is None:
        return Pointer()
    status = _STATUS.match(found.got)
    sent = {name.lower() for name, _ in response["headers"]}
    named = ["Content-Type"] if "the content type" in found.expected else _HEADER.findall(found.expected)
    is_wanted = not found.expected.startswith(("no ", "anything but "))
    return Pointer(
        status=bool(status) and int(status[1] if status else 0) == response["status"],
        headers=frozenset(name.lower() for name in named) & sent,
        absent=tuple(dict.fromkeys(name for name in named if name.lower() not in sent and is_wanted)),
        clues=tuple(_clues(found))[:_MOST],
    )


def _clues(found: Expectation) -> Iterator[Clue]:
    start = 0
    for match in _PLACE.finditer(found.expected):
        wanted = found.expected[start : match.start()].strip().removeprefix("or ")
        start = match.end()
        path = path_of(match["place"]) if match["place"] else ()
        if "in" in (match["preposition"], match["whole"]):
            yield Clue(path, missing=tuple(_QUOTED.findall(wanted)))
        else:
            yield Clue(path, note=f"expected {wanted}" if wanted else "here")
    if not start:
        names = frozenset(_WORD.findall(found.expected))
        yield Clue(names=names, value=found.got, note=f"expected {found.expected}")


def path_of(place: str) -> Path:
    """Return the way to a place such as `$.data[0]["a b"]`."""
    return tuple(_key(step) for step in _STEPS.findall(place))


def _key(step: str) -> str | int:
    if step.startswith("."):
        return step[1:]
    try:
        key: str | int = json.loads(step[1:-1])
    except ValueError:
        # It may stand in what a server said, and be cut there.
        return step
    return key
