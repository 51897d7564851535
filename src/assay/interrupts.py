"""Ctrl-C and its like: put off where something would be left half done, and passed on to worker processes.

Ctrl-C in a terminal reaches every process of a run. Workers leave it to the controller, which tells them to break off
by a file in the folder of the run, so that each still gives back what it had set up. A worker whose controller is gone,
whatever killed it, ends at once.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What asks a run to end: Ctrl-C, whoever cancels a job, the end of a terminal."""

STOP = "stop"
"""The file in the folder of a run that tells its workers to break off."""

STOP_AT_ONCE = "stop-at-once"
"""The file that tells them not to give anything back before."""

_LOOKS_EVERY_S = 0.1
_IDLE_S = 2.0
_IDLE_SHARE = 0.1
"""A process that takes less than this share of a processor for a while is waiting for somebody."""


_raised: list[int] = []
"""The interrupts that this process has seen."""


def raise_them() -> None:
    """Let each of the signals end a run like Ctrl-C; one that the caller has had ignored (`nohup`) stays so."""
    _raised.clear()
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _raise)


def _raise(number: int, _frame: FrameType | None) -> None:
    _raised.append(number)
    raise KeyboardInterrupt


@contextmanager
def put_off() -> Iterator[None]:
    """Let what is under way come to its end: the first interrupt is raised behind it, any further one at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    usual = {number: handler for number in SIGNALS if callable(handler := signal.getsignal(number))}
    before = len(_raised)
    came: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        try:
            usual[signal.Signals(number)](number, frame)
        except KeyboardInterrupt:
            came.append(number)
            if before or len(came) > 1:
                raise

    for number in usual:
        signal.signal(number, note)
    try:
        yield
    finally:
        for number, handler in usual.items():
            signal.signal(number, handler)
        if came:
            raise KeyboardInterrupt


def follow(controller: int, folder: Path, last: Callable[[], None]) -> None:
    """Break off when the controller says so, and end with it; `last` is called before a sudden end."""
    told = threading.Event()

    def obey(_number: int, _frame: FrameType | None) -> None:
        if told.is_set():
            told.clear()
            raise KeyboardInterrupt

    for number in SIGNALS:
        # A function, and not "ignore", which the programs that this process starts would inherit.
        signal.signal(number, obey)

    def watch() -> None:
        stopped = False
        idle = _Idleness(idle_file(folder, os.getpid()))
        while os.getppid() == controller and not (folder / STOP_AT_ONCE).exists():
            idle.look()
            if not stopped and (folder / STOP).exists():
                stopped = True
                told.set()
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            time.sleep(_LOOKS_EVERY_S)
        last()
        os._exit(1)

    threading.Thread(target=watch, daemon=True, name="controller").start()


def idle_file(folder: Path, process: int) -> Path:
    """Return the file that is there while a worker is waiting, for its target most likely."""
    return folder / f"idle-{process}"


class _Idleness:
    """Shows by a file whether this process has been waiting for a while."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._since = time.monotonic()
        self._used = time.process_time()

    def look(self) -> None:
        """Look at the time that this process has used, and begin a new while where one is over."""
        passed = time.monotonic() - self._since
        if passed < _IDLE_S:
            return
        used, self._used = self._used, time.process_time()
        self._since = time.monotonic()
        # The folder goes with the run.
        with contextlib.suppress(OSError):
            if self._used - used < _IDLE_SHARE * passed:
                self._file.touch()
            else:
                self._file.unlink(missing_ok=True)
