"""Findings that have one cause, as far as the evidence shows: a server wrong in one point trips many requirements.

Two findings are put together only where the same thing was seen, never because they merely look alike: the same problem
at the same place of a body or header, the same unexpected answer of an operation, or an acceptance of requests that
differ from their controls in the same place. What is put together is still told one by one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assay.model import Outcome
from assay.report import digest
from assay.report.bodies import places
from assay.report.clues import Pointer, pointer
from assay.report.comparison import comparison
from assay.report.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assay.report.digest import Expectation, Node

Key = tuple[str, ...]

_NAMED = 3
"""Places in which a request differs that a title names."""

_MORE = re.compile(r" \((?:on \d+ exchanges|and \d+ more problems? in the body)\)")
_STATUS = re.compile(r"(\d)\d\d\b")
_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')
_INDEX = re.compile(r"\[\d+\]")
_NUMBER = re.compile(r"\b[0-9a-f-]*\d[0-9a-f-]*\b")


@dataclass(frozen=True, slots=True)
class Cause:
    """Findings of one target that have the same cause."""

    title: str
    """What was seen each time; a text in which what a server sent may stand."""
    findings: tuple[Node, ...]
    """The requirements, the worst first."""

    @property
    def outcome(self) -> Outcome:
        """The worst outcome of the findings."""
        return Outcome.worst(Outcome(each["outcome"]) for each in self.findings)


def causes(target: Node) -> list[Cause]:
    """Return the findings of a target by cause: what failed first, and of these what touches most requirements."""
    groups: dict[Key, list[Node]] = {}
    for requirement in target["requirements"]:
        if requirement["outcome"] in digest.FINDINGS:
            groups.setdefault(_key(requirement), []).append(requirement)
    found = [Cause(_title(key, group), tuple(sorted(group, key=_place))) for key, group in groups.items()]
    return sorted(found, key=lambda each: (digest.FINDINGS.index(each.outcome), -len(each.findings)))


def _place(finding: Node) -> int:
    return digest.FINDINGS.index(Outcome(finding["outcome"]))


def same_cause(causes: Iterable[Cause]) -> dict[str, tuple[str, ...]]:
    """Return for each finding, by id, the ids of the others that have its cause."""
    return {
        each["id"]: tuple(other["id"] for other in cause.findings if other is not each)
        for cause in causes
        for each in cause.findings
    }


def _key(requirement: Node) -> Key:
    """Return what two findings have in common that have one cause."""
    check = next(iter(digest.deciding_checks(requirement)), None)
    if requirement["outcome"] == Outcome.ERROR or check is None:
        return "error", _kernel(requirement["message"])
    found = digest.expectation(check["message"])
    status = _STATUS.match(found.got) if found else None
    if found is None:
        return "problem", _kernel(check["message"])
    if status is None:
        return _key_of_place(check, found)
    return _key_of_status(requirement, check, found, status)


def _key_of_place(check: Node, found: Expectation) -> Key:
    """Return the header or the place in the body that is wrong, and what kind of thing came there."""
    exchange = digest.deciding_exchange(check)
    meant = pointer(check["message"], exchange) if exchange else Pointer()
    if meant.headers or meant.absent:
        return "header", *sorted(meant.headers), "absent", *sorted(name.lower() for name in meant.absent)
    response = exchange["response"] if exchange else None
    led = places(response["body"], response["headers"], meant.clues) if response else []
    if led:
        missing = sorted(name for clue in meant.clues for name in clue.missing)
        return "body", *("[]" if isinstance(step, int) else f".{step}" for step in led[0]), _kind(found.got), *missing
    return "problem", _NUMBER.sub("0", _INDEX.sub("[]", found.expected)), _kind(found.got)


def _kind(got: str) -> str:
    """Return what kind of value came, without the value."""
    if got[:1] in ("{", "[", '"'):
        return got[0]
    return _NUMBER.sub("0", _TEXT.sub('""', got))


def _key_of_status(requirement: Node, check: Node, found: Expectation, status: re.Match[str]) -> Key:
    operation, got = requirement["operation"], status[0]
    if status[1] == "5" or found.expected[:1] == "2":
        # Whatever was asked, this came instead.
        return "answer", operation, got
    if status[1] == "4":
        return "refusal", operation, found.expected, got
    beside = comparison(check)
    if beside is not None and beside.is_control and beside.request:
        differing = sorted({_INDEX.sub("[]", each.place) for each in beside.request})
        # Of credentials all operations of a server take care in one place; of what a body means, each by itself.
        everywhere = all(place.lower() == "header authorization" for place in differing)
        return "accepted", "" if everywhere else operation, got, *differing
    return "alone", requirement["id"]


def _title(key: Key, group: list[Node]) -> str:
    match key:
        case ("answer", operation, got):
            return f"{operation} answers {got} where another answer is due"
        case ("refusal", operation, expected, got):
            return f"{operation} refuses with {got} where {expected} is due"
        case ("accepted", _, _, *differing):
            return f"What must be refused is accepted; it differs from a valid request in {_listed(differing)}"
    # What is merely a deviation says less of a cause that also breaks a promise.
    worst = [each for each in group if _place(each) == min(map(_place, group))]
    messages: list[str] = [_kernel(check["message"]) for each in worst for check in digest.deciding_checks(each)[:1]]
    shortest: str = min(messages or [worst[0]["message"]], key=len)
    return shortest[:1].upper() + shortest[1:]


def _listed(places: list[str]) -> str:
    more = len(places) - _NAMED
    return ", ".join(places[:_NAMED]) + (f" and {counted(more, 'more place')}" if more > 0 else "")


def _kernel(message: str) -> str:
    """Return a message without the request that it speaks of, and without how often it was seen."""
    found = digest.expectation(message)
    text = f"expected {found.expected}, got {found.got}" if found else message
    return _MORE.sub("", text)
