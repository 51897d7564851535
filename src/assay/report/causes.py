"""Findings that have one cause, as far as the evidence shows: a server that is wrong in one point trips many requirements.

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
from assay.report.comparison import comparison
from assay.report.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assay.report.digest import Expectation, Node

Key = tuple[str, ...]

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
    """The requirements, in the order of the report."""

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
    found = [Cause(_title(key, group), tuple(group)) for key, group in groups.items()]
    return sorted(found, key=lambda each: (digest.FINDINGS.index(each.outcome), -len(each.findings)))


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
    message = _kernel(check["message"])
    found = digest.expectation(message)
    status = _STATUS.match(found.got) if found else None
    if found is None or status is None:
        return "problem", _without_values(message)
    return _key_of_status(requirement, check, found, status)


def _key_of_status(requirement: Node, check: Node, found: Expectation, status: re.Match[str]) -> Key:
    operation, got = requirement["operation"], status[0]
    if status[1] == "5" or found.expected[:1] == "2":
        # Whatever was asked, this came instead.
        return "answer", operation, got
    if status[1] == "4":
        return "refusal", operation, found.expected, got
    beside = comparison(check)
    if beside is not None and beside.is_control and beside.request:
        places = sorted({_INDEX.sub("[]", each.place) for each in beside.request})
        # Of credentials all operations of a server take care in one place; of what a body means, each by itself.
        everywhere = all(place.lower() == "header authorization" for place in places)
        return "accepted", "" if everywhere else operation, got, *places
    return "alone", requirement["id"]


def _title(key: Key, group: list[Node]) -> str:
    match key:
        case ("answer", operation, got):
            return f"{operation} answers with {got} what is due another answer"
        case ("refusal", operation, expected, got):
            return f"{operation} refuses with {got} where {expected} is due"
        case ("accepted", _, _, *places):
            named = ", ".join(places[:3]) + (f" and {counted(len(places) - 3, 'more place')}" if len(places) > 3 else "")  # noqa: PLR2004 - as many as are named
            return f"What must be refused is accepted; it differs from a valid request in: {named}"
    check = next(iter(digest.deciding_checks(group[0])), group[0])
    message = _kernel(check.get("message", group[0]["message"]))
    return message[:1].upper() + message[1:]


def _kernel(message: str) -> str:
    """Return a message without the request that it speaks of, and without how often it was seen."""
    found = digest.expectation(message)
    text = f"expected {found.expected}, got {found.got}" if found else message
    return _MORE.sub("", text)


def _without_values(message: str) -> str:
    """Return a message without what differs from one answer to the next: values that came, places in arrays."""
    found = digest.expectation(message)
    expected, got = (found.expected, found.got) if found else (message, "")
    return "\n".join([_INDEX.sub("[]", _NUMBER.sub("0", expected)), _NUMBER.sub("0", _TEXT.sub('""', got))])
