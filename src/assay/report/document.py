"""The report document as its views see it: what stands at its head, and its targets one after the other.

A run may have hundreds of targets, and each of them thousands of exchanges. So nobody holds more than one target at a
time: what is said of all of them is gathered in a first pass (`survey`), and views are written piece by piece.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from assay.report.statements import Statements
from assay.report.survey import Survey

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from assay.report.digest import Node

FORMAT = "assay-report/1"


class Report(ABC):
    """A report document (`assay-report/1`) whose targets are made one at a time."""

    @property
    @abstractmethod
    def run(self) -> Node:
        """What the document says of the run as a whole."""

    @property
    @abstractmethod
    def documents(self) -> Sequence[Node]:
        """The documents behind the requirements, statement by statement; none in a report of an earlier version."""

    @abstractmethod
    def targets(self) -> Iterator[Node]:
        """Yield each target of the document."""

    @cached_property
    def statements(self) -> Statements:
        """The statements of the documents, as requirements name them."""
        return Statements(self.documents)

    @cached_property
    def survey(self) -> Survey:
        """What the targets come to, together."""
        return Survey.of(self.targets())


class Written(Report):
    """A report document that was read from a file as a whole."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document

    @property
    def run(self) -> Node:
        """What the document says of the run as a whole."""
        run: Node = self._document["run"]
        return run

    @property
    def documents(self) -> Sequence[Node]:
        """The documents behind the requirements."""
        documents: Sequence[Node] = self._document.get("documents", ())
        return documents

    def targets(self) -> Iterator[Node]:
        """Yield each target of the document."""
        return iter(self._document["targets"])


class View(Protocol):
    """One form of a report, written from its head to its end."""

    def opening(self) -> Iterable[str]:
        """Give what stands before the targets."""

    def target(self, target: Node, position: int) -> Iterable[str]:
        """Give what stands about one target; the first one has position 1."""

    def closing(self) -> Iterable[str]:
        """Give what stands behind the targets."""


def pieces(report: Report, view: View) -> Iterator[str]:
    """Yield one form of a report, piece by piece."""
    yield from view.opening()
    for position, target in enumerate(report.targets(), 1):
        yield from view.target(target, position)
    yield from view.closing()
