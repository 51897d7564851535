"""The targets of one contract side by side, as the HTML page shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from assay.report import digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from assay.model import Outcome
    from assay.report.digest import Node
    from assay.report.survey import Matrix, Survey


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A requirement and its outcome for each target."""

    id: str
    name: str
    """The id without the contract."""
    statement: str
    positions: Sequence[int]
    """Of the targets in the report."""
    outcomes: Sequence[Outcome | None]

    @property
    def cells(self) -> Iterator[tuple[int, Outcome | None]]:
        """Yield the position of each target, and its outcome."""
        return zip(self.positions, self.outcomes, strict=True)


@dataclass(frozen=True, slots=True)
class MatrixView:
    """What sets the targets of one contract apart."""

    contract: str
    targets: list[tuple[int, Node]]
    of: int
    """How many requirements there are."""
    rows: list[MatrixRow]
    used: list[Outcome]


def matrix_view(matrix: Matrix, survey: Survey, run: Node) -> MatrixView:
    """Return a matrix as the page shows it; of many targets the worst stand first, where they need no scrolling."""
    places = {position: place for place, position in enumerate(matrix.positions)}
    targets = survey.worst_first(partial=run["partial"]) if survey.is_large else list(enumerate(survey.outlines, 1))
    targets = [(position, each) for position, each in targets if position in places]
    positions = [position for position, _ in targets]
    rows = [
        MatrixRow(
            name,
            name.partition("/")[2],
            matrix.requirements[name]["statement"],
            positions,
            [outcomes[places[each]] for each in positions],
        )
        for name, outcomes in matrix.open_rows(run)
    ]
    seen = {outcome for row in rows for outcome in row.outcomes}
    used = [each for each in digest.DISPLAY_ORDER if each in seen]
    return MatrixView(matrix.contract, targets, len(matrix.requirements), rows, used)
