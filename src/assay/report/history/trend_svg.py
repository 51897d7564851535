"""A trend as one SVG that may stand in a README: totals, the requirements that changed or failed, times.

It holds no script and asks for nothing; every mark says in a title, and in a letter where there is room, what its
colour says.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from assay.report import digest
from assay.report.history.trend import days
from assay.report.text import counted, one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.model import Outcome
    from assay.report.history.trend import Run, Trend

_LABELS = 330
"""Where the columns begin."""
_COLUMNS = 560
_TIMES = 90
"""What stands behind the columns."""
_MARGIN = 16
_LEAST_CELL, _MOST_CELL = 4.0, 18.0
_LETTER_CELL = 10
"""From which width on a cell has room for a letter."""
_ROW = 18
_BARS = 64
_LEGEND = 5
"""How many outcomes there is room for beside the bars."""
_LINE = 26
_ROWS_SHOWN = 60
_SPEEDS_SHOWN = 30
_LABEL_SHOWN = 46
_DIMMED = 0.25

_STYLE = """
svg{--ink:#1d1f23;--soft:#5d6169;--sheet:#fff;--passed:#1f7a4a;--failed:#b3261e;--deviation:#96600a;
--error:#8a2a8f;--untestable:#22648f;--inconclusive:#4f59a8;--not_run:#6a6e76;--inapplicable:#767a82}
@media (prefers-color-scheme:dark){svg{--ink:#e6e7ea;--soft:#9ba0aa;--sheet:#1b1e23;--passed:#5fc48d;
--failed:#ff8a80;--deviation:#e6b455;--error:#dd8be2;--untestable:#77bbe8;--inconclusive:#a3acf5;--not_run:#a0a5ae;
--inapplicable:#8d929b}}
text{font:12px ui-sans-serif,system-ui,"Segoe UI",Helvetica,Arial,sans-serif;fill:var(--ink)}
.h{font-weight:600}.s{fill:var(--soft);font-size:11px}.m{text-anchor:middle;font-size:10px;font-weight:700;
fill:var(--sheet)}.sheet{fill:var(--sheet)}polyline{fill:none;stroke:var(--soft);stroke-width:1.5}
circle{fill:var(--soft)}
"""


def render(trend: Trend) -> str:
    """Return the picture."""
    drawing = _Drawing(trend)
    drawing.totals()
    drawing.grid()
    drawing.speeds()
    return drawing.text()


@dataclass(slots=True)
class _Drawing:
    trend: Trend
    y: float = 52.0
    """Where the next part begins."""
    parts: list[ET.Element] = field(default_factory=list)

    @property
    def cell(self) -> float:
        return min(max(_COLUMNS / len(self.trend.runs), _LEAST_CELL), _MOST_CELL)

    @property
    def runs(self) -> Sequence[Run]:
        """The newest runs, as many as there is room for."""
        return self.trend.runs[-self.shown :]

    @property
    def shown(self) -> int:
        return min(len(self.trend.runs), int(_COLUMNS / _LEAST_CELL))

    def x(self, column: int) -> float:
        return _LABELS + column * self.cell

    def totals(self) -> None:
        """Draw how many requirements had which outcome, a column per run."""
        self._heading("Requirements by outcome")
        counts = {outcome: numbers[-self.shown :] for outcome, numbers in self.trend.counts().items()}
        top = max((sum(column) for column in zip(*counts.values(), strict=True)), default=1) or 1
        for column, run in enumerate(self.runs):
            base = self.y + _BARS
            # What passed is at the bottom, so that what did not stands on a line that hardly moves.
            for outcome in reversed(counts):
                height = _BARS * counts[outcome][column] / top
                base -= height
                if height:
                    said = f"{_when(run)}: {counts[outcome][column]:,} {digest.outcome_in_words(outcome)}"
                    self._box((self.x(column), base, height), outcome, said)
        for line, (outcome, numbers) in enumerate(list(counts.items())[:_LEGEND]):
            y = self.y + 11 + 13 * line
            self._label(f"■ {numbers[-1]:,} {digest.outcome_in_words(outcome)}", y, style=f"fill:var(--{outcome})")
        self.y += _BARS + 22

    def grid(self) -> None:
        """Draw the requirements that changed or failed, a column per run."""
        rows = list(self.trend.rows())
        if not rows:
            self._heading("No requirement changed or failed")
            return
        self._heading("Requirements that changed or failed")
        several = len(self.trend.targets) > 1
        for row in rows[:_ROWS_SHOWN]:
            name = row.id.partition("/")[2]
            self._label(f"{row.target}: {name}" if several else name, self.y + 13)
            for column, outcome in enumerate(row.outcomes[-self.shown :]):
                if outcome:
                    said = f"{row.id} of {row.target}, {_when(self.runs[column])}: {digest.outcome_in_words(outcome)}"
                    place = self.x(column), self.y + 1.0, _ROW - 2.0
                    self._box(place, outcome, said, is_dimmed=outcome not in digest.FINDINGS)
                    self._letter(column, outcome)
            self.y += _ROW
        if len(rows) > _ROWS_SHOWN:
            self._label(f"and {len(rows) - _ROWS_SHOWN:,} more", self.y + 13, "s")
            self.y += _ROW
        self.y += 22

    def _letter(self, column: int, outcome: Outcome) -> None:
        if self.cell >= _LETTER_CELL and outcome in digest.FINDINGS:
            place = {"x": f"{self.x(column) + self.cell / 2 - 0.5:.1f}", "y": f"{self.y + 13:.1f}", "class": "m"}
            self._add("text", digest.MARKS[outcome], **place)

    def speeds(self) -> None:
        """Draw how long the answers of each operation took."""
        speeds = list(self.trend.speeds())
        if speeds:
            self._heading("Median time of an answer")
        several = len(self.trend.targets) > 1
        for each in speeds[:_SPEEDS_SHOWN]:
            name = each.operation.partition("/")[2]
            self._label(f"{each.target}: {name}" if several else name, self.y + 16)
            self._curve(each.seconds[-self.shown :])
            self.y += _LINE
        if len(speeds) > _SPEEDS_SHOWN:
            self._label(f"and {len(speeds) - _SPEEDS_SHOWN:,} more", self.y + 13, "s")
            self.y += _ROW

    def _curve(self, seconds: Sequence[float | None]) -> None:
        top = max((each for each in seconds if each), default=1.0)
        points = [
            (self.x(column) + self.cell / 2, self.y + _LINE - 4 - (_LINE - 8) * each / top)
            for column, each in enumerate(seconds)
            if each is not None
        ]
        if not points:
            return
        self._add("polyline", points=" ".join(f"{x:.1f},{y:.1f}" for x, y in points))
        x, y = points[-1]
        self._add("circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r="2")
        last = next(each for each in reversed(seconds) if each is not None)
        self._add(
            "text",
            f"{last * 1000:.1f} ms",
            x=f"{self.x(len(seconds)) + 6:.1f}",
            y=f"{self.y + 16:.1f}",
            **{"class": "s"},
        )

    def _heading(self, text: str) -> None:
        self._label(text, self.y, "h")
        self.y += 10

    def _label(self, text: str, y: float, kind: str = "", style: str = "") -> None:
        line = one_line(text)
        # Of an id the end tells most.
        shown = line if len(line) <= _LABEL_SHOWN else f"…{line[-_LABEL_SHOWN:]}"
        told = {"class": kind, "style": style}
        self._add("text", shown, x=str(_MARGIN), y=f"{y:.1f}", **{key: each for key, each in told.items() if each})

    def _box(self, place: tuple[float, float, float], outcome: Outcome, said: str, *, is_dimmed: bool = False) -> None:
        """Draw a cell from its upper left corner, so high."""
        x, y, height = place
        corner = {"x": f"{x:.1f}", "y": f"{y:.1f}"}
        size = {"width": f"{max(self.cell - 1, 1):.1f}", "height": f"{height:.1f}"}
        opacity = {"opacity": str(_DIMMED)} if is_dimmed else {}
        box = self._add("rect", **corner, **size, **opacity, style=f"fill:var(--{outcome})")
        ET.SubElement(box, "title").text = one_line(said)

    def _add(self, tag: str, text: str = "", **attributes: str) -> ET.Element:
        element = ET.Element(tag, attributes)
        element.text = text or None
        self.parts.append(element)
        return element

    def text(self) -> str:
        """Return the picture as a document."""
        width, height = self.x(self.shown) + _TIMES, self.y + _MARGIN
        size = {"width": f"{width:.0f}", "height": f"{height:.0f}", "viewBox": f"0 0 {width:.0f} {height:.0f}"}
        told = {"role": "img", "aria-labelledby": "assay-trend assay-trend-said"}
        svg = ET.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", **size, **told})
        name = f"Assay: {counted(len(self.trend.runs), 'run')}, {days(self.trend)}"
        ET.SubElement(svg, "title", id="assay-trend").text = one_line(name)
        ET.SubElement(svg, "desc", id="assay-trend-said").text = one_line(self._said())
        ET.SubElement(svg, "style").text = _STYLE
        ET.SubElement(svg, "rect", {"class": "sheet", "width": "100%", "height": "100%", "rx": "6"})
        ET.SubElement(svg, "text", {"x": str(_MARGIN), "y": "26", "class": "h"}).text = one_line(name)
        svg.extend(self.parts)
        return ET.tostring(svg, encoding="unicode") + "\n"

    def _said(self) -> str:
        """Return what the picture shows in one sentence, for those who do not see it."""
        last = self.trend.runs[-1]
        parts = [f"{last.counts[each]:,} {digest.outcome_in_words(each)}" for each in digest.DISPLAY_ORDER]
        present = [part for part in parts if not part.startswith("0 ")]
        changed = counted(sum(1 for _ in self.trend.rows()), "requirement")
        return f"In the last run: {', '.join(present)}. {changed} changed or failed in these runs."


def _when(run: Run) -> str:
    return str(run.facts["started"])
