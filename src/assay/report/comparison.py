"""Two exchanges side by side: in what a request differs from its control, and in what the answers differ.

A refusal is judged beside a control request that succeeds, so what sets the two apart is what the server stumbled over,
or what it overlooked.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from assay.report.bodies import json_of
from assay.report.digest import deciding_exchange, is_observer, object_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.report.digest import Node

SHOWN = 12
"""Differences that a reader can take in; of bodies that have more in common with nothing, there is no table."""

_LEAVES = 2_000
_STATUS = re.compile(r", got \d{3}\b")
_NEVER_MEANT = frozenset({"content-length", "host", "date", "connection", "keep-alive"})
"""Headers that follow from something else, or say nothing of the request."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One place in which two messages differ; what one of them lacks is an empty text."""

    place: str
    other: str
    this: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """An exchange beside another one of the same check."""

    other: Node
    is_control: bool
    request: tuple[Difference, ...]
    answer: tuple[Difference, ...]
    """Only where both answers have the same status and are JSON."""


def comparison(check: Node) -> Comparison | None:
    """Return what sets the exchange on which a check was decided apart from its control, or from the one before it."""
    this = deciding_exchange(check)
    if this is None or this.get("role") == "control" or is_observer(check):
        return None
    other = _control(check, this) or _before(check, this)
    if other is None:
        return None
    differing = _of_requests(this["request"], other["request"])
    request = tuple(each for each in differing if not _by_construction(each, check))
    # Where a request was to be refused, that its answer is another one than the control's goes without saying.
    is_about_status = _STATUS.search(check.get("message", ""))
    answer = () if is_about_status else tuple(_of_answers(this["response"], other["response"]))
    if not request and not answer:
        return None
    return Comparison(other, other.get("role") == "control", _readable(request), _readable(answer))


def _by_construction(difference: Difference, check: Node) -> bool:
    """Whether two requests differ there only because each is about a set of its own of the same provider state."""
    objects = {object_of(given): given["state"] for given in check.get("given", ()) if given["values"]}
    if not objects:
        return False
    known = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, objects))})(?![\w-])")
    other, this = (
        known.sub(lambda found: f"{{{objects[found[0]]}}}", text) for text in (difference.other, difference.this)
    )
    return other == this


def _readable(differences: tuple[Difference, ...]) -> tuple[Difference, ...]:
    return differences if len(differences) <= SHOWN else ()


def _control(check: Node, this: Node) -> Node | None:
    """Return the control of an exchange: the first behind it, for calls that are refused go out before it."""
    controls = [each for each in check["exchanges"] if each.get("role") == "control"]
    same = [each for each in controls if each["request"]["method"] == this["request"]["method"]]
    place = next((number for number, each in enumerate(check["exchanges"]) if each is this), 0)
    behind = [each for each in check["exchanges"][place:] if any(each is control for control in same)]
    return next(iter(behind or same), None)


def _before(check: Node, this: Node) -> Node | None:
    """Return the last exchange before this one that asked the same."""
    asked = this["request"]["method"], this["request"]["url"]
    found = None
    for each in check["exchanges"]:
        if each is this:
            break
        if (each["request"]["method"], each["request"]["url"]) == asked:
            found = each
    return found


def _of_requests(this: Node, other: Node) -> Iterator[Difference]:
    for name in ("method", "url"):
        if this[name] != other[name]:
            yield Difference(name, *_parts(name, other[name], this[name]))
    yield from _of_headers(this["headers"], other["headers"])
    yield from _of_bodies(this, other)


def _parts(name: str, other: str, this: str) -> tuple[str, str]:
    """Return two values; of addresses on one host only what follows the host."""
    if name != "url" or urlsplit(other)[:2] != urlsplit(this)[:2]:
        return other, this
    host = len("://".join(urlsplit(other)[:2]))
    return other[host:], this[host:]


def _of_headers(this: list[list[str]], other: list[list[str]]) -> Iterator[Difference]:
    ours, theirs = _joined(this), _joined(other)
    for name in dict.fromkeys([*theirs, *ours]):
        if ours.get(name) != theirs.get(name) and name not in _NEVER_MEANT:
            shown = next(each for each, _ in [*this, *other] if each.lower() == name)
            yield Difference(f"header {shown}", theirs.get(name, ""), ours.get(name, ""))


def _joined(headers: list[list[str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in headers:
        joined[name.lower()] = f"{joined[name.lower()]}, {value}" if name.lower() in joined else value
    return joined


def _of_bodies(this: Node, other: Node) -> Iterator[Difference]:
    if this["body"] == other["body"]:
        return
    ours, theirs = (json_of(each["body"], each["headers"]) for each in (this, other))
    if isinstance(ours, dict | list) and type(ours) is type(theirs):
        yield from _of_values(ours, theirs)
    else:
        yield Difference("body", _brief(other["body"]), _brief(this["body"]))


def _of_answers(this: Node | None, other: Node | None) -> Iterator[Difference]:
    if this is None or other is None or this["status"] != other["status"]:
        return
    ours, theirs = (json_of(each["body"], each["headers"]) for each in (this, other))
    if ours is not ... and theirs is not ...:
        yield from _of_values(ours, theirs)


def _of_values(this: object, other: object) -> Iterator[Difference]:
    ours, theirs = dict(_leaves(this)), dict(_leaves(other))
    if len(ours) >= _LEAVES or len(theirs) >= _LEAVES:
        return
    for place in dict.fromkeys([*theirs, *ours]):
        if ours.get(place) != theirs.get(place):
            yield Difference(place, theirs.get(place, ""), ours.get(place, ""))


def _leaves(value: object) -> Iterator[tuple[str, str]]:
    """Yield the innermost values of a JSON document with their places, no more than can be compared."""
    waiting: list[tuple[str, object]] = [("$", value)]
    for _ in range(_LEAVES):
        if not waiting:
            return
        place, each = waiting.pop()
        if isinstance(each, dict) and each:
            waiting += [(f"{place}.{key}", member) for key, member in reversed(each.items())]
        elif isinstance(each, list) and each:
            waiting += [(f"{place}[{number}]", member) for number, member in reversed(list(enumerate(each)))]
        else:
            yield place, json.dumps(each, ensure_ascii=False)


def _brief(body: Node) -> str:
    if not body["bytes"]:
        return ""
    return str(body["text"]) if "text" in body else f"{body['bytes']:,} bytes that are no text"
