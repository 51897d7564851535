"""The documents as their reader goes through them: statement by statement, with what becomes of each on the targets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from assay.model import Outcome
from assay.report.statements import Standing, figures
from assay.sources.ledger import name_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from assay.report.digest import Node
    from assay.report.document import Report
    from assay.report.survey import Matrix

Numbered = tuple[int, "Node"]
"""The position of a target in the report, and its outline."""


@dataclass(frozen=True, slots=True)
class Resting:
    """A requirement that rests on a statement."""

    id: str
    name: str
    """As the document of its operation would call it: of another operation, behind its name."""
    outcome: Outcome
    """The worst of all targets."""
    position: int
    """Of the first target with that outcome."""


@dataclass(frozen=True, slots=True)
class Share:
    """The targets that make the same of a statement."""

    standing: Standing
    targets: list[Numbered]


@dataclass(frozen=True, slots=True)
class Read:
    """A statement, with what rests on it."""

    statement: Node
    shares: list[Share]
    """The worst first; none where nothing rests on it."""
    requirements: list[Resting]

    @property
    def everywhere(self) -> Standing | None:
        """What all targets make of it, where that is the same."""
        return self.shares[0].standing if len(self.shares) == 1 else None


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a document."""

    name: str
    statements: list[Read]


@dataclass(frozen=True)
class Document:
    """The document of an operation, and the targets that are judged by it."""

    node: Node
    targets: list[Numbered]
    _rows: Mapping[str, Sequence[Outcome | None]]
    """Requirement id → its outcome for each of the targets."""

    @property
    def link(self) -> str:
        """Where it was published, where that is an address that a browser may be sent to; else an empty text."""
        address = str(self.node["address"])
        try:
            parts = urlsplit(address)
        except ValueError:
            return ""
        return address if parts.scheme in {"http", "https"} and parts.netloc else ""

    @property
    def operation(self) -> str:
        """The id of the operation."""
        return str(self.node["operation"])

    @cached_property
    def figures(self) -> list[tuple[int, Node, Mapping[str, int]]]:
        """Position, outline and figure of each target."""
        return [
            (position, target, figures([self.node], self._outcomes(place)))
            for place, (position, target) in enumerate(self.targets)
        ]

    @property
    def sections(self) -> Iterator[Section]:
        """Yield the sections in order; one that the document comes back to stands there again."""
        for name, statements in groupby(self.node["statements"], key=lambda each: str(each["section"])):
            yield Section(name, [self._read(each) for each in statements])

    def _outcomes(self, place: int) -> dict[str, Outcome]:
        return {name: outcome for name, row in self._rows.items() if (outcome := row[place]) is not None}

    def _read(self, statement: Node) -> Read:
        names = [name for name in statement.get("requirements", ()) if name in self._rows]
        found: dict[Standing, list[Numbered]] = {}
        for place, target in enumerate(self.targets if names else ()):
            outcomes = [self._rows[name][place] or Outcome.NOT_RUN for name in names]
            found.setdefault(Standing.of(outcomes), []).append(target)
        shares = [Share(each, found[each]) for each in Standing if each in found]
        return Read(statement, shares, [self._resting(name) for name in names])

    def _resting(self, name: str) -> Resting:
        outcomes = [outcome or Outcome.NOT_RUN for outcome in self._rows[name]]
        worst = Outcome.worst(outcomes)
        return Resting(name, name_of(name, self.operation), worst, self.targets[outcomes.index(worst)][0])


def documents(report: Report) -> Iterator[Document]:
    """Yield the documents of the contracts by which a report judges its targets, in its order."""
    matrices, outlines = report.survey.matrices, report.survey.outlines
    rows = {contract: dict(matrix.rows()) for contract, matrix in matrices.items()}
    for node in report.documents:
        contract = str(node["operation"]).partition("/")[0]
        if contract in matrices:
            yield Document(node, _targets(matrices[contract], outlines), rows[contract])


def _targets(matrix: Matrix, outlines: Sequence[Node]) -> list[Numbered]:
    return [(position, outlines[position - 1]) for position in matrix.positions]
