"""The statements of the documents in a report: which requirements rest on them, and what that says of a target.

The documents stand once in a report, whatever the number of targets; a requirement names its statements by the
operation of their document and their numbers in it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from assay.model import Outcome
from assay.report.fingerprint import VIOLATIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from assay.report.digest import Node


class Standing(StrEnum):
    """What a target makes of a statement on which requirements rest; worst first."""

    VIOLATED = "violated"
    """A requirement that rests on it failed or deviates."""
    UNVERIFIED = "unverified"
    """None is violated, and one was not decided."""
    VERIFIED = "verified"
    """Every one that applies has passed, and one does apply."""
    INAPPLICABLE = "inapplicable"
    """None of them applies."""

    @classmethod
    def of(cls, outcomes: Iterable[Outcome]) -> Standing:
        """Return what becomes of a statement by the outcomes of what rests on it (at least one)."""
        seen = set(outcomes)
        if seen & set(VIOLATIONS):
            return cls.VIOLATED
        if seen == {Outcome.INAPPLICABLE}:
            return cls.INAPPLICABLE
        return cls.VERIFIED if seen <= {Outcome.PASSED, Outcome.INAPPLICABLE} else cls.UNVERIFIED


WORDS = {
    Standing.VIOLATED: "violated",
    Standing.UNVERIFIED: "not verified",
    Standing.VERIFIED: "verified",
    Standing.INAPPLICABLE: "not applicable",
}
"""A standing as a person would write it."""


@dataclass(frozen=True, slots=True)
class Cited:
    """A statement on which a requirement rests."""

    document: Node
    statement: Node

    def __str__(self) -> str:
        return f"{self.document['title']}, {said_by(self.statement)}"


class Statements:
    """The statements of all documents of a report, as its requirements name them."""

    def __init__(self, documents: Iterable[Node]) -> None:
        self._documents: dict[str, Node] = {each["operation"]: each for each in documents}

    def under(self, requirement: Node) -> list[Cited]:
        """Return the statements on which a requirement rests, document by document."""
        return [
            Cited(self._documents[operation], self._documents[operation]["statements"][number - 1])
            for operation, named in requirement.get("statements", {}).items()
            for number in named
        ]

    def basis(self, requirement: Node) -> list[str]:
        """Return what a requirement rests on, one sentence for each thing; nothing where the report does not say."""
        said = [str(each) for each in self.under(requirement)]
        return said or ([f"no statement, but on this: {requirement['rests_on']}"] if "rests_on" in requirement else [])


def said_by(statement: Node) -> str:
    """Return where a statement stands in its document and what it says, in words of ours."""
    return f"{statement['section']}: {statement['gist'] or statement['kind']}"


def numbers(documents: Iterable[Node]) -> Mapping[str, dict[str, list[int]]]:
    """Return by requirement id the numbers of the statements on which it rests, by the operation of their document.

    That of its own operation stands first.
    """
    found: dict[str, dict[str, list[int]]] = {}
    for document in documents:
        for statement in document["statements"]:
            for name in statement.get("requirements", ()):
                found.setdefault(name, {}).setdefault(document["operation"], []).append(statement["number"])
    return {
        name: dict(sorted(named.items(), key=lambda each: not name.startswith(f"{each[0]}/")))
        for name, named in found.items()
    }


def figures(documents: Iterable[Node], outcomes: Mapping[str, Outcome]) -> dict[str, int]:
    """Return of how many statements there is which standing on a target, whose outcomes stand by requirement id.

    Only those count on which requirements rest. One whose requirements are left out of the report is not verified.
    """
    counts = Counter(
        Standing.of(outcomes.get(name, Outcome.NOT_RUN) for name in statement["requirements"])
        for statement in founding(documents)
    )
    return {"of": counts.total(), **{str(each): counts[each] for each in Standing}}


def founding(documents: Iterable[Node]) -> Iterator[Node]:
    """Yield the statements on which requirements rest."""
    for document in documents:
        yield from (each for each in document["statements"] if each.get("requirements"))


def figure_in_words(figure: Mapping[str, int]) -> str:
    """Return the figure of a target: `41 of 48 statements verified, 2 violated, 5 not verified`."""
    rest = [f"{figure[each]:,} {WORDS[each]}" for each in Standing if figure[each] and each is not Standing.VERIFIED]
    return ", ".join([f"{figure_in_short(figure)} statements verified", *rest])


def figure_in_short(figure: Mapping[str, int]) -> str:
    """Return the figure of a target as `41 of 48`."""
    return f"{figure[Standing.VERIFIED]:,} of {figure['of']:,}"
