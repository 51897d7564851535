"""The report document itself, as JSON: what every other form is a view of."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from assay.report.document import FORMAT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.report.digest import Node
    from assay.report.document import Report


def printed(value: Any) -> str:  # noqa: ANN401 - JSON has no narrower type
    """Return a JSON text in which everything is escaped that a terminal may obey."""
    return json.dumps(value, indent=1).replace("\x7f", "\\u007f")


class JsonView:
    """Writes `report.json`; where it is printed, everything is escaped that a terminal may obey."""

    def __init__(self, report: Report, *, is_printed: bool = False) -> None:
        self._report = report
        self._is_printed = is_printed

    def opening(self) -> Iterator[str]:
        """Yield what stands before the targets."""
        head: dict[str, Any] = {"format": FORMAT, "run": self._report.run, "verdict": str(self._report.survey.verdict)}
        if self._report.documents:
            head["documents"] = self._report.documents
        yield self._opened(head) + ', "targets": ['

    def target(self, target: Node, position: int) -> Iterator[str]:
        """Yield one target, requirement by requirement: as text a target takes as much memory again."""
        head = {key: value for key, value in target.items() if key != "requirements"}
        yield (", " if position > 1 else "") + self._opened(head) + ', "requirements": ['
        for number, requirement in enumerate(target["requirements"]):
            yield (", " if number else "") + self._text(requirement)
        yield "]}"

    def closing(self) -> Iterator[str]:
        """Yield what stands behind the targets."""
        yield "]}\n"

    def _opened(self, value: dict[str, Any]) -> str:
        """Return the text of an object to which more members are added."""
        return self._text(value)[:-1].rstrip()

    def _text(self, value: Any) -> str:  # noqa: ANN401 - JSON has no narrower type
        if self._is_printed:
            return printed(value)
        # Not indented: a report is megabytes long, and only without it does Python write it in C.
        return json.dumps(value, ensure_ascii=False)
