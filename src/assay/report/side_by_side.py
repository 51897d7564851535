"""The targets of one contract side by side, as the HTML page shows them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING

from assay.report import digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from assay.model import Outcome
    from assay.report.digest import Node
    from assay.report.survey import Followed, Matrix, Survey


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A requirement and its outcome for each target."""

    requirement: Node
    """What stands about it whatever the target."""
    positions: Sequence[int]
    """Of the targets in the report."""
    outcomes: Sequence[Outcome | None]

    @property
    def name(self) -> str:
        """The id without the contract."""
        return str(self.requirement["id"]).partition("/")[2]

    @property
    def cells(self) -> Iterator[tuple[int, Outcome | None]]:
        """Yield the position of each target, and its outcome."""
        return zip(self.positions, self.outcomes, strict=True)

    @property
    def seen(self) -> list[Outcome]:
        """The outcomes that occur, the worst first."""
        return [each for each in digest.DISPLAY_ORDER if each in self.outcomes]

    @property
    def everywhere(self) -> Outcome | None:
        """The outcome that all targets have, where it is the same and no finding."""
        first = self.outcomes[0]
        return first if set(self.outcomes) == {first} and first not in digest.FINDINGS else None


@dataclass(frozen=True, slots=True)
class OperationRows:
    """The requirements of one operation, and how often each outcome occurs in them."""

    operation: str
    rows: list[MatrixRow]

    @property
    def counts(self) -> Mapping[Outcome, int]:
        """Of all targets together."""
        return Counter(outcome for row in self.rows for outcome in row.outcomes if outcome)


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """One way to read what a document leaves open, and which targets follow it."""

    name: str
    meaning: str
    cells: list[bool]


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """A place that the documents leave open, with the readings that were seen."""

    id: str
    statement: str
    touches: tuple[str, ...]
    rows: list[ReadingRow]


@dataclass(frozen=True)
class MatrixView:
    """What sets the targets of one contract apart; of many targets, all that there is about each requirement."""

    contract: str
    targets: list[tuple[int, Node]]
    of: int
    """How many requirements there are."""
    rows: list[MatrixRow]
    ambiguities: list[Ambiguity]

    @cached_property
    def used(self) -> list[Outcome]:
        """The outcomes that occur."""
        seen = {outcome for row in self.rows for outcome in row.outcomes}
        return [each for each in digest.DISPLAY_ORDER if each in seen]

    @property
    def operations(self) -> Iterator[OperationRows]:
        """Yield the rows by operation."""
        for operation, rows in groupby(self.rows, key=lambda row: str(row.requirement["operation"])):
            yield OperationRows(operation, list(rows))


def matrix_view(matrix: Matrix, survey: Survey, run: Node) -> MatrixView:
    """Return a matrix as the page shows it; of many targets the worst stand first, where they need no scrolling."""
    places = {position: place for place, position in enumerate(matrix.positions)}
    targets = survey.worst_first(partial=run["partial"]) if survey.is_large else list(enumerate(survey.outlines, 1))
    targets = [(position, each) for position, each in targets if position in places]
    positions = [position for position, _ in targets]
    shown = matrix.rows() if survey.is_large else matrix.open_rows(run)
    rows = [
        MatrixRow(matrix.requirements[name], positions, [outcomes[places[each]] for each in positions])
        for name, outcomes in shown
    ]
    ambiguities = [_ambiguity(name, each, positions) for name, each in matrix.readings.items()]
    return MatrixView(matrix.contract, targets, len(matrix.requirements), rows, ambiguities)


def _ambiguity(name: str, followed: Followed, positions: Sequence[int]) -> Ambiguity:
    following = {reading: set(found) for reading, found in followed.positions.items()}
    rows = [
        ReadingRow(reading, meaning, [position in following[reading] for position in positions])
        for reading, meaning in followed.meanings.items()
    ]
    return Ambiguity(name, followed.statement, followed.touches, rows)
