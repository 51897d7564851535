"""The report document itself, as JSON: what every other form is a view of."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from assay.report.document import FORMAT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.report.digest import Node
    from assay.report.document import Report


class JsonView:
    """Writes `report.json`."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def opening(self) -> Iterator[str]:
        """Yield what stands before the targets."""
        head = {"format": FORMAT, "run": self._report.run, "verdict": str(self._report.survey.verdict)}
        yield _text(head)[:-1] + ', "targets": ['

    def target(self, target: Node, position: int) -> Iterator[str]:
        """Yield one target, requirement by requirement: as text a target takes as much memory again."""
        head = {key: value for key, value in target.items() if key != "requirements"}
        yield (", " if position > 1 else "") + _text(head)[:-1] + ', "requirements": ['
        for number, requirement in enumerate(target["requirements"]):
            yield (", " if number else "") + _text(requirement)
        yield "]}"

    def closing(self) -> Iterator[str]:
        """Yield what stands behind the targets."""
        yield "]}\n"


def _text(value: Any) -> str:  # noqa: ANN401 - JSON has no narrower type
    # Not indented: a report is megabytes long, and only without it does Python write it in C.
    return json.dumps(value, ensure_ascii=False)
