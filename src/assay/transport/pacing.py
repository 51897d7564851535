"""When the next exchange may go: rate, patience with an overloaded server, giving up, and the end of the run."""

from __future__ import annotations

import math
import threading
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from assay.model import ReceivedResponse

OVERLOADED = (429, 503)
GIVEN_UP_AFTER = 5
LONGEST_WAIT_S = 5.0
PATIENCE_S = 30.0
MOST_REPEATS = 5
_FIRST_WAIT_S = 0.25
_SHORTEST_WAIT_S = 0.1


class Pacing:
    """The pace of all exchanges with one target in one process.

    A run that spreads over several processes gives each the number of them, so that together they keep the target's
    rate and the run's patience; the file `marker` tells the others when one of them gives the target up.
    """

    def __init__(  # noqa: PLR0913 - each is a fact of the run, given by keyword
        self,
        *,
        max_requests_per_second: float | None = None,
        processes: int = 1,
        deadline: float | None = None,
        marker: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Start a pace; `deadline` is a time of `wall_clock`, because processes share it."""
        self._interval = processes / max_requests_per_second if max_requests_per_second else 0.0
        self._patience = PATIENCE_S / processes
        self._deadline = deadline
        self._marker = marker
        self._clock = clock
        self._wall_clock = wall_clock
        self._sleep = sleep
        self._next_turn = clock()
        self._unanswered = 0
        self._given_up = False
        self._lock = threading.Lock()

    @property
    def deadline_passed(self) -> bool:
        """Whether the run has no time left."""
        return self.time_left() <= 0

    @property
    def given_up(self) -> bool:
        """Whether this process, or another one of the run, has given the target up."""
        if not self._given_up and self._marker is not None:
            self._given_up = self._marker.exists()
        return self._given_up

    def time_left(self) -> float:
        """Return the seconds that the run has left."""
        return math.inf if self._deadline is None else self._deadline - self._wall_clock()

    def refusal(self) -> str:
        """Return why nothing is sent any more, or nothing."""
        if self.given_up:
            return f"given up after {GIVEN_UP_AFTER} exchanges without an answer"
        return "the run's deadline has passed" if self.deadline_passed else ""

    def wait_for_turn(self) -> str:
        """Wait until the rate allows one more exchange; return why it may not go all the same, or nothing."""
        refusal = self.refusal()
        if refusal or not self._interval:
            return refusal
        with self._lock:
            now = self._clock()
            turn = max(now, self._next_turn)
            self._next_turn = turn + self._interval
        if turn > now:
            self._sleep(min(turn - now, max(self.time_left(), 0.0)))
        return self.refusal()

    def heard(self, *, answered: bool) -> None:
        """Take note of how an exchange ended."""
        with self._lock:
            self._unanswered = 0 if answered else self._unanswered + 1
            if self._unanswered < GIVEN_UP_AFTER:
                return
            self._given_up = True
        if self._marker is not None:
            self._marker.touch()

    def waits_to_repeat(self, response: ReceivedResponse | None, repeats: int) -> bool:
        """Wait as an overloaded server asks for and return true; false where this answer is the last one."""
        if response is None or response.status not in OVERLOADED or repeats >= MOST_REPEATS:
            return False
        wait = self._wait(response, repeats)
        with self._lock:
            if wait > self._patience:
                return False
            self._patience -= wait
        if wait >= self.time_left():
            return False
        self._sleep(wait)
        return True

    def _wait(self, response: ReceivedResponse, repeats: int) -> float:
        asked = self._retry_after(response)
        # A server that says 0, or a date that has passed, is not asked in a tight loop either.
        longer = 2.0**repeats
        wait = _FIRST_WAIT_S * longer if asked is None else max(asked, _SHORTEST_WAIT_S * longer)
        return min(wait, LONGEST_WAIT_S)

    def _retry_after(self, response: ReceivedResponse) -> float | None:
        value = (response.header("Retry-After") or "").strip()
        if value.isascii() and value.isdigit():
            return float(value[:9])
        until = _date(value)
        if until is None:
            return None
        # The server's own clock, where it shows it: its dates are meant by that one.
        now = _date(response.header("Date") or "") or datetime.fromtimestamp(self._wall_clock(), UTC)
        return max((until - now).total_seconds(), 0.0)


def _date(text: str) -> datetime | None:
    try:
        parsed = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
