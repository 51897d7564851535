"""One line of counts while a run goes on; silent where there is no terminal to rewrite it on."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Self

from rich.live import Live
from rich.text import Text

from assay.model import Outcome
from assay.report.digest import DISPLAY_ORDER, outcome_in_words
from assay.report.terminal import STYLES

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from rich.console import Console

_REFRESH_S = 0.1
_BAR = 20


class Progress:
    """Counts checks as they end; a context manager, whose line disappears with it."""

    def __init__(self, console: Console, total: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.total = total
        self.counts: Counter[Outcome] = Counter()
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

    def advance(self, outcome: str) -> None:
        """Count one more check."""
        self.counts[Outcome(outcome)] += 1
        if self._live and self._clock() - self._refreshed_at >= _REFRESH_S:
            self._refresh()

    def line(self) -> Text:
        """Return the line as it stands: a bar, how many of how many, and what became of them."""
        done = self.counts.total()
        filled = min(_BAR, _BAR * done // max(self.total, 1))
        text = Text(no_wrap=True, overflow="ellipsis", end="")
        text.append(self._full * filled, "green").append(self._empty * (_BAR - filled), "bright_black")
        text.append(f" {done}/{self.total} checks", "bold")
        for outcome in DISPLAY_ORDER:
            if self.counts[outcome]:
                text.append(f"  {self.counts[outcome]} {outcome_in_words(outcome)}", STYLES[outcome])
        return text

    def _refresh(self) -> None:
        self._refreshed_at = self._clock()
        if self._live:
            self._live.update(self.line(), refresh=True)
