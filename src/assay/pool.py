"""Hands a run out to worker processes, part by part, and takes in what they decide.

A part is some of the checks of one target, and one pytest session in one process; the memory of a process is that of
one part, however many targets there are. A target that does not answer keeps a process waiting until it is given up;
meanwhile one more process is started beside, so that the other targets do not wait for it.
"""

from __future__ import annotations

import contextlib
import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter, deque
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any

from assay.decisions import DIED, left_out, undone
from assay.exceptions import UnwritableError
from assay.interrupts import SIGNALS, STOP, STOP_AT_ONCE, idle_file
from assay.model import Outcome
from assay.transport import Pacing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path
    from types import FrameType

    from assay.decisions import Decisions
    from assay.model import Contract
    from assay.plan import Plan

SMALLEST_PART = 20
_PARTS_PER_WORKER = 3
_LOOKS_EVERY_S = 0.2
_OVERTIME_S = 30.0
"""How long behind the deadline a check may take to find out that there is no more time."""
_GRACE_S = 15.0
"""How long workers that were told to break off may take to give back what they had set up."""


@dataclass(eq=False)
class _Part:
    """What one process is handed at a time: checks of a target, or the probes behind them."""

    plan: Plan
    target: str
    accepted: frozenset[tuple[str, str]] | None = None
    """The operations to be probed; `None` for checks."""
    decided: set[tuple[str, str]] = field(default_factory=set)
    failures: int = 0
    """How often a process died on it without having begun a check."""

    def order(self) -> tuple[Any, ...]:
        """Return what a worker is told to do."""
        if self.accepted is not None:
            return "probe", self.plan, set(self.accepted)
        past = replace(self.plan.past, decided=self.plan.past.decided | self.decided)
        return "check", replace(self.plan, past=past)


class _Process:
    """One worker process, as the controller sees it."""

    def __init__(self, folder: Path) -> None:
        # -P: a file in the current directory must not take the place of a module.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "assay.worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
        )
        assert self._process.stdin is not None  # noqa: S101 - asked for above
        assert self._process.stdout is not None  # noqa: S101 - asked for above
        with self._process.stdin as orders, self._process.stdout as replies:
            self._orders = Connection(os.dup(orders.fileno()), readable=False)
            self.replies = Connection(os.dup(replies.fileno()), writable=False)
        self.part: _Part | None = None
        self.check: str | None = None
        """The check that has begun and is not decided."""
        self._idle = idle_file(folder, self._process.pid)

    @property
    def is_stalled(self) -> bool:
        """Whether it has a part and gets on with nothing: it is waiting for its target."""
        return self.part is not None and self._idle.exists()

    def begin(self, part: _Part) -> None:
        """Hand it a part."""
        self._idle.unlink(missing_ok=True)
        self.part, self.check = part, None
        self.tell(part.order())

    def tell(self, message: object) -> None:
        """Send it something; that it is gone is noticed where its replies are read."""
        with contextlib.suppress(BrokenPipeError):
            self._orders.send(message)

    def reply(self) -> tuple[Any, ...] | None:
        """Return its next message, or `None` where it has ended."""
        try:
            message: tuple[Any, ...] = self.replies.recv()
        except (EOFError, OSError):
            return None
        return message

    def end(self, within_s: float = _GRACE_S) -> None:
        """Let it end, which it does when there are no more orders, and wait for that."""
        self._orders.close()
        self.replies.close()
        try:
            self._process.wait(within_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Pool:
    """Judges the targets of one plan in worker processes."""

    def __init__(
        self,
        plan: Plan,
        contracts: Mapping[str, Contract],
        decisions: Decisions,
        probed: Collection[tuple[str, str]] = (),
    ) -> None:
        self._plan = plan
        self._contracts = contracts
        self._decisions = decisions
        self._probed = probed
        self._pace = Pacing.of(plan, plan.targets[0])
        self._processes: list[_Process] = []
        self._waiting: deque[_Part] = deque()
        self._open: Counter[str] = Counter()
        """Target name → how many of its parts are not done."""
        self._interrupts = 0
        self._failure: UnwritableError | None = None
        """Why decisions cannot be written."""

    def run(self) -> bool:
        """Decide every check of the plan; return whether that was interrupted.

        Where decisions cannot be written, workers give back what they had set up, and `UnwritableError` is raised.
        """
        self._divide()
        with self._noting_interrupts():
            try:
                while self._waiting or any(each.part for each in self._processes):
                    self._hand_out()
                    self._listen()
                    if self._is_over:
                        self._break_off()
                    elif time.time() > self._plan.deadline + _OVERTIME_S:
                        self._leave_off()
            except BaseException:
                self._kill()
                raise
            finally:
                for each in self._processes:
                    each.end()
        if self._failure is not None:
            raise self._failure
        return self._interrupts > 0

    @property
    def _is_over(self) -> bool:
        """Whether the run is to be broken off."""
        return self._interrupts > 0 or self._failure is not None

    def _take(self, entry: dict[str, Any]) -> None:
        try:
            self._decisions.take(entry)
        except UnwritableError as error:
            self._failure = self._failure or error

    def _divide(self) -> None:
        """Divide the checks of each target so that all workers have to do until the end."""
        wholes = [self._plan.of(number) for number in range(len(self._plan.targets))]
        counts = [sum(1 for _ in whole.jobs(self._contracts)) for whole in wholes]
        size = max(SMALLEST_PART, sum(counts) / (self._plan.workers * _PARTS_PER_WORKER))
        found: list[tuple[int, _Part]] = []
        for whole, count in zip(wholes, counts, strict=True):
            parts = max(1, math.ceil(count / size))
            self._open[whole.targets[0].name] = parts
            for number in range(parts):
                plan = replace(whole, part=(number, parts), workers=0)
                found.append((number, _Part(plan, whole.targets[0].name)))
        # By turns, so that the parts of a target that does not answer do not stand side by side.
        self._waiting.extend(part for _, part in sorted(found, key=lambda each: each[0]))
        if self._decisions.listener is not None:
            self._decisions.listener.planned(sum(counts))

    def _hand_out(self) -> None:
        if self._waiting and (end := self._pace.end_of_the_run()):
            self._leave_out(end)
        while self._waiting and (process := self._free()):
            process.begin(self._waiting.popleft())

    def _leave_out(self, why: str) -> None:
        for part in self._waiting:
            if part.accepted is None:
                for entry in left_out(part.order()[1], self._contracts, why):
                    self._take(entry)
        self._waiting.clear()

    def _free(self) -> _Process | None:
        """Return a process for the next part: an idle one, or a new one where there are too few that get on."""
        idle = next((each for each in self._processes if each.part is None), None)
        busy = sum(not each.is_stalled for each in self._processes if each.part)
        if busy >= self._plan.workers:
            return None
        if idle is None and len(self._processes) <= self._plan.workers:
            idle = _Process(self._plan.folder)
            self._processes.append(idle)
        return idle

    def _listen(self) -> None:
        by_replies = {each.replies: each for each in self._processes}
        for ready in wait(list(by_replies), _LOOKS_EVERY_S):
            process = by_replies[ready]  # type: ignore[index]  # they are what was waited for
            if (message := process.reply()) is None:
                self._lost(process)
            else:
                self._hear(process, *message)

    def _hear(self, process: _Process, word: str, said: Any = None) -> None:  # noqa: ANN401 - see `assay.worker`
        match word:
            case "begins":
                process.check = said
            case "decided":
                self._take(said)
                if process.part is not None and said["kind"] == "check":
                    process.part.decided.add((said["target"], said["check"]))
                process.check = None
                process.tell("written")
            case "problem":
                self._decisions.complain(said)
            case "interrupted":
                # Told to or not: a check that raises it ends the run, as it does without workers.
                self._interrupts = max(1, self._interrupts)
                process.part = None
            case "done":
                part, process.part = process.part, None
                if part is not None:
                    self._close(part)

    def _close(self, part: _Part) -> None:
        """Count a part as done; behind the last one of a target come its probes."""
        if part.accepted is not None:
            return
        self._open[part.target] -= 1
        accepted = frozenset(
            each for each in self._decisions.accepted.difference(self._probed) if each[0] == part.target
        )
        if accepted and not self._open[part.target] and not self._is_over:
            whole = replace(part.plan, part=(0, 1))
            self._waiting.appendleft(_Part(whole, part.target, accepted))

    def _lost(self, process: _Process) -> None:
        """Count the check at which a process died as an error, and let another process do the rest of its part."""
        self._processes.remove(process)
        process.end()
        part = process.part
        if part is None or self._is_over:
            return
        if process.check is not None:
            part.decided.add((part.target, process.check))
            self._take(undone(part.target, process.check, Outcome.ERROR, DIED))
        else:
            part.failures += 1
        if part.failures > 1:
            self._decisions.complain(f"worker processes died before they began a check of {part.target}")
            self._close(part)
        else:
            self._waiting.appendleft(part)

    @contextmanager
    def _noting_interrupts(self) -> Iterator[None]:
        """Count interrupts instead of raising them: a message of a worker must not be read by half."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def note(_number: int, _frame: FrameType | None) -> None:
            self._interrupts += 1

        usual = {number: signal.getsignal(number) for number in SIGNALS}
        for number, handler in usual.items():
            if callable(handler):
                signal.signal(number, note)
        try:
            yield
        finally:
            for number, handler in usual.items():
                signal.signal(number, handler)

    def _break_off(self) -> None:
        """Tell the workers to end, and take in what they still decide; a second interrupt ends them at once."""
        self._waiting.clear()
        with contextlib.suppress(OSError):
            (self._plan.folder / STOP).touch()
        patience = time.monotonic() + _GRACE_S
        while any(each.part for each in self._processes):
            if self._interrupts > 1 or time.monotonic() > patience:
                self._kill()
                return
            self._listen()

    def _kill(self) -> None:
        """End every process at once, together with what it has started."""
        with contextlib.suppress(OSError):
            (self._plan.folder / STOP_AT_ONCE).touch()
        while self._processes:
            # Each ends what it has started before it ends itself, which a busy machine may take its time for.
            self._processes.pop().end(within_s=5.0)

    def _leave_off(self) -> None:
        """Leave a run whose workers do not end although its time is over."""
        parts = [each.part for each in self._processes if each.part]
        self._kill()
        self._waiting.extend(parts)
        self._leave_out(self._pace.end_of_the_run())
