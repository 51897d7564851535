"""A trend on a terminal or in a CI log: a row per requirement that changed or failed, a column per run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from assay.report import digest
from assay.report.history.trend import by_target, days
from assay.report.lines import STYLES, Lines
from assay.report.text import counted, one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from assay.model import Outcome
    from assay.report.history.trend import Row, Trend

_BLOCKS = "▁▂▃▄▅▆▇█"
_DIGITS = "12345678"
_LEAST_ROOM = 10
_ROWS_SHOWN = 40
_SPEEDS_SHOWN = 20
_NAME_SHOWN = 60


def render(trend: Trend, console: Console) -> None:
    """Print a trend."""
    _Page(console, trend).print()


class _Page(Lines):
    def __init__(self, console: Console, trend: Trend) -> None:
        super().__init__(console)
        self.trend = trend
        self.rows = list(trend.rows())
        self.speeds = list(trend.speeds())
        self.blocks = _BLOCKS if console.encoding.startswith("utf") else _DIGITS
        names = [_short(row.id) for row in self.rows] + [_short(each.operation) for each in self.speeds]
        self.names = min(max(map(cell_len, [*names, "inapplicable"])), console.width - _LEAST_ROOM)
        room = max(console.width - self.names - 2, _LEAST_ROOM)
        self.left_out = max(len(trend.runs) - room, 0)
        """How many of the oldest runs there is no room for."""

    def print(self) -> None:
        self.line(Text(f"{counted(len(self.trend.runs), 'run')}, {days(self.trend)}", "bold"))
        if self.left_out:
            self.line(Text(f"the oldest {self.left_out:,} are not shown for want of room", "bright_black"))
        self.gap()
        self._totals()
        self._grid()
        self._speeds()

    def _totals(self) -> None:
        self.line(Text("Requirements by outcome", "bold"))
        for outcome, numbers in self.trend.counts().items():
            shown = numbers[self.left_out :]
            line = self._spark(digest.outcome_in_words(outcome), [float(each) for each in shown], STYLES[outcome])
            self.line(line.append(f"  {numbers[-1]:,}", "bright_black"))
        self.gap()

    def _spark(self, name: str, values: Sequence[float | None], style: str) -> Text:
        """Return a row of bars between nothing and the largest value; a run that does not say it has none."""
        top = max((each for each in values if each), default=1.0)
        bars = "".join(" " if each is None else self._bar(each / top) if each else self.none for each in values)
        return Text.assemble(self._named(name), (bars, style))

    def _bar(self, share: float) -> str:
        return self.blocks[min(int(share * len(self.blocks)), len(self.blocks) - 1)]

    def _named(self, name: str) -> str:
        shown = name if cell_len(name) <= self.names else f"{name[: self.names - 3]}..."
        return shown + " " * (self.names - cell_len(shown) + 2)

    def _grid(self) -> None:
        if not self.rows:
            self.line(Text("No requirement changed or failed.", "green"))
            self.gap()
            return
        self.line(Text("Requirements that changed or failed", "bold"))
        for target, rows in by_target(self.rows[:_ROWS_SHOWN]).items():
            if len(self.trend.targets) > 1:
                self.line(Text(_cut(target), "bright_black"))
            for row in rows:
                self._row(row)
        if len(self.rows) > _ROWS_SHOWN:
            self.line(Text(f"and {len(self.rows) - _ROWS_SHOWN:,} more", "bright_black"))
        self._legend()
        self.gap()

    def _row(self, row: Row) -> None:
        line = Text(self._named(_short(row.id)))
        for outcome in row.outcomes[self.left_out :]:
            line.append(_mark(outcome), STYLES[outcome] if outcome else "")
        line.rstrip()
        self.line(line)

    def _legend(self) -> None:
        seen = {outcome for row in self.rows for outcome in row.outcomes if outcome}
        used = [each for each in digest.DISPLAY_ORDER if each in seen]
        words = (
            Text.assemble((digest.MARKS[each], STYLES[each]), f" {digest.outcome_in_words(each)}") for each in used
        )
        self.block(Text("  ").join(words), "bright_black")

    def _speeds(self) -> None:
        if self.speeds:
            self.line(Text("Median time of an answer", "bold"))
        for each in self.speeds[:_SPEEDS_SHOWN]:
            line = self._spark(_short(each.operation), each.seconds[self.left_out :], "")
            last = next((value for value in reversed(each.seconds) if value is not None), 0.0)
            of = f", {_cut(each.target)}" if len(self.trend.targets) > 1 else ""
            self.line(line.append(f"  {last * 1000:.1f} ms{of}", "bright_black"))
        if len(self.speeds) > _SPEEDS_SHOWN:
            self.line(Text(f"and {len(self.speeds) - _SPEEDS_SHOWN:,} more", "bright_black"))


def _mark(outcome: Outcome | None) -> str:
    return digest.MARKS[outcome] if outcome else " "


def _short(id_: str) -> str:
    """Return an id without its contract."""
    return one_line(id_.partition("/")[2])


def _cut(name: str) -> str:
    line = one_line(name)
    return line if len(line) <= _NAME_SHOWN else f"{line[:_NAME_SHOWN]}..."
