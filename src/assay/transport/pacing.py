"""When the next exchange may go: rate, patience with an overloaded server, giving up, and the end of the run."""

from __future__ import annotations

import math
import threading
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Self

from assay.transport.sharing import SharedNumber

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from assay.model import ReceivedResponse
    from assay.plan import Plan
    from assay.target import Target

OVERLOADED = (429, 503)
GIVEN_UP_AFTER = 5
MOST_TIMEOUTS = 30
"""How many times over a run the whole timeout may be spent on nothing: a target that now and then gives an answer in
between would otherwise cost a timeout for each check."""
NEARLY_TOO_LATE = 0.75
"""From this share of the timeout on an answer is as good as lost: on which side the next one falls is chance."""
LONGEST_WAIT_S = 5.0
PATIENCE_S = 30.0
MOST_REPEATS = 5
_FIRST_WAIT_S = 0.25
_SHORTEST_WAIT_S = 0.1
_GIVEN_UP = f"given up after {GIVEN_UP_AFTER} exchanges without an answer"
_TOO_SLOW = (
    f"given up after {MOST_TIMEOUTS} times the timeout was spent on answers that did not come or only just came in "
    "time; if the target is that slow, raise timeout_s"
)


class Pacing:
    """The pace of all exchanges with one target in one process.

    Processes of one machine share the target's rate, the run's patience and its budget of requests as numbers in files,
    and the file `marker` tells the others when one of them gives the target up. Where there is no such folder, each
    process is told how many they are, and keeps to its share.
    """

    def __init__(  # noqa: PLR0913 - each is a fact of the run, given by keyword
        self,
        *,
        max_requests_per_second: float | None = None,
        processes: int = 1,
        deadline: float | None = None,
        timeout_s: float = math.inf,
        marker: Path | None = None,
        turn: SharedNumber | None = None,
        patience: SharedNumber | None = None,
        lost: SharedNumber | None = None,
        requests: SharedNumber | None = None,
        max_requests: int | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Start a pace; `deadline` is a time of `wall_clock`, because processes share it."""
        self._interval = processes / max_requests_per_second if max_requests_per_second else 0.0
        self._turn = turn or SharedNumber(clock())
        self._patience = patience or SharedNumber(PATIENCE_S / processes)
        self._lost = lost or SharedNumber(0)
        self._requests = requests or SharedNumber(0)
        self._max_requests = max_requests
        self._deadline = deadline
        self._slow_s = timeout_s * NEARLY_TOO_LATE
        self._losable_s = timeout_s * MOST_TIMEOUTS / processes
        self._marker = marker
        self._clock = clock
        self._wall_clock = wall_clock
        self._sleep = sleep
        self._unanswered = 0
        self._given_up = ""
        self._lock = threading.Lock()

    @classmethod
    def of(
        cls,
        plan: Plan,
        target: Target,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> Self:
        """Return the pace at which a plan has a target asked."""
        here = plan.folder if plan.folder.is_dir() else None
        number = plan.number_of(target)
        return cls(
            max_requests_per_second=target.max_requests_per_second,
            processes=plan.apart if here else max(1, plan.workers),
            deadline=plan.deadline,
            timeout_s=target.timeout_s,
            marker=here / f"given-up-{number}" if here else None,
            turn=SharedNumber(0, here / f"turn-{number}") if here else None,
            patience=SharedNumber(PATIENCE_S / plan.apart, here / f"patience-{number}") if here else None,
            lost=SharedNumber(0, here / f"lost-{number}") if here else None,
            requests=requests_of(plan) if here else None,
            max_requests=plan.max_requests,
            clock=clock,
            wall_clock=wall_clock,
            sleep=sleep,
        )

    @property
    def deadline_passed(self) -> bool:
        """Whether the run has no time left."""
        return self.time_left() <= 0

    @property
    def given_up(self) -> str:
        """Why this process, or another one of the run, has given the target up, or an empty text."""
        if not self._given_up and self._marker is not None and self._marker.exists():
            self._given_up = self._marker.read_text(encoding="utf-8") or _GIVEN_UP
        return self._given_up

    def time_left(self) -> float:
        """Return the seconds that the run has left."""
        return math.inf if self._deadline is None else self._deadline - self._wall_clock()

    def refusal(self) -> str:
        """Return why nothing is sent any more, or nothing."""
        return self.given_up or self.end_of_the_run()

    def end_of_the_run(self) -> str:
        """Return why nothing is sent to any target any more, or nothing."""
        if self.deadline_passed:
            return "the run's deadline has passed"
        if self._max_requests is not None and self._requests.now >= self._max_requests:
            return used_up(self._max_requests)
        return ""

    def wait_for_turn(self, together: int = 1) -> str:
        """Wait until the rate allows one more exchange; return why it may not go all the same, or nothing.

        So many that go `together` at one moment get as much room before and behind them as if they went one by one, so
        that in no second there are more than the rate allows.
        """
        refusal = self.refusal()
        if not refusal and self._interval:
            now = self._clock()
            before, room = (together - 1) * self._interval, together * self._interval
            turn, _ = self._turn.change(lambda turn: max(now, turn + before) + room)
            if turn + before > now:
                self._sleep(min(turn + before - now, max(self.time_left(), 0.0)))
                refusal = self.refusal()
        return refusal or self._take_from_the_budget(together)

    def _take_from_the_budget(self, requests: int) -> str:
        most = math.inf if self._max_requests is None else self._max_requests
        try:
            before, _ = self._requests.change(lambda sent: min(sent + requests, max(sent, most)))
        except OSError:
            if self._max_requests is not None:
                raise
            # A full disk: only the number that the report tells is wrong.
            return ""
        return used_up(self._max_requests) if self._max_requests is not None and before + requests > most else ""

    def heard(self, *, answered: bool, took_s: float = 0.0) -> None:
        """Take note of how an exchange ended, and how long it took, waits between two exchanges left out."""
        with self._lock:
            self._unanswered = 0 if answered else self._unanswered + 1
            if answered and took_s <= self._slow_s:
                return
            _, lost_s = self._lost.change(lambda lost: lost + took_s)
            if self._unanswered >= GIVEN_UP_AFTER:
                self._given_up = _GIVEN_UP
            elif lost_s > self._losable_s:
                self._given_up = _TOO_SLOW
            else:
                return
        if self._marker is not None:
            self._marker.write_text(self._given_up, encoding="utf-8")

    def waits_to_repeat(self, response: ReceivedResponse | None, repeats: int) -> bool:
        """Wait as an overloaded server asks for and return true; false where this answer is the last one."""
        if response is None or response.status not in OVERLOADED or repeats >= MOST_REPEATS:
            return False
        wait = self._wait(response, repeats)
        before, after = self._patience.change(lambda left: left - wait if wait <= left else left)
        if before == after:
            return False
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


def requests_of(plan: Plan) -> SharedNumber:
    """Return the number of requests that all processes of a run have sent."""
    return SharedNumber(0, plan.folder / "requests")


def used_up(max_requests: int) -> str:
    """Return why nothing more is sent when the budget of a run is used up."""
    return f"--max-requests {max_requests} were used up"


def _date(text: str) -> datetime | None:
    try:
        parsed = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
