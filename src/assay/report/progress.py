"""One line of counts while a run goes on; silent where there is no terminal to rewrite it on."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Self

from rich.live import Live
from rich.text import Text

from assay.model import Outcome
from assay.report.digest import DISPLAY_ORDER, outcome_in_words
from assay.report.lines import STYLES

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from rich.console import Console

_REFRESH_S = 0.1
_BAR = 20


class Bar:
    """Counts what is done; a context manager, whose line disappears with it."""

    def __init__(
        self, console: Console, noun: str, total: int = 0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.total = total
        self.done = 0
        self._noun = noun
        self._clock = clock
        self._full, self._empty = ("━", "━") if console.encoding.startswith("utf") else ("#", "-")
        self._refreshed_at = float("-inf")
        # Refreshed by hand: a thread of rich's own would take time from the run even when nothing happens.
        self._live = (
            Live(console=console, auto_refresh=False, transient=True, redirect_stdout=False, redirect_stderr=False)
            if console.is_interactive
            else None
        )

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
            self._refresh()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def advance(self, by: int = 1) -> None:
        """Count so many more."""
        self.done += by
        if self._live and self._clock() - self._refreshed_at >= _REFRESH_S:
            self._refresh()

    def line(self) -> Text:
        """Return the line as it stands: a bar, and how many of how many."""
        filled = min(_BAR, _BAR * self.done // max(self.total, 1))
        text = Text(no_wrap=True, overflow="ellipsis", end="")
        text.append(self._full * filled, "green").append(self._empty * (_BAR - filled), "bright_black")
        return text.append(f" {self.done}/{self.total} {self._noun}", "bold")

    def _refresh(self) -> None:
        self._refreshed_at = self._clock()
        if self._live:
            self._live.update(self.line(), refresh=True)


class Progress(Bar):
    """Counts checks as they end, and what became of them."""

    def __init__(self, console: Console, total: int, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(console, "checks", total, clock)
        self.counts: Counter[Outcome] = Counter()

    def decided(self, outcome: str) -> None:
        """Count one more check."""
        self.counts[Outcome(outcome)] += 1
        self.advance()

    def line(self) -> Text:
        """Return the line as it stands, with the number of each outcome."""
        text = super().line()
        for outcome in DISPLAY_ORDER:
            if self.counts[outcome]:
                text.append(f"  {self.counts[outcome]} {outcome_in_words(outcome)}", STYLES[outcome])
        return text
