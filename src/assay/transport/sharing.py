"""A number that the processes of a run share: what is left of a budget, or when the next request may go."""

from __future__ import annotations

import fcntl
import os
import struct
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_FORM = struct.Struct("d")


class SharedNumber:
    """A number that one process or thread changes at a time.

    It lies in a file, for all processes of one machine; without a path it belongs to this process alone.
    """

    def __init__(self, start: float, path: Path | None = None) -> None:
        self._value = start
        self._path = path
        self._lock = threading.Lock()

    def change(self, change: Callable[[float], float]) -> tuple[float, float]:
        """Change the number and return it as it was before and as it is now."""
        with self._lock:
            before = self._value
            if self._path is None:
                self._value = change(before)
                return before, self._value
            file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                # Released when the file is closed, also by the end of a process that is killed.
                fcntl.flock(file, fcntl.LOCK_EX)
                if content := os.pread(file, _FORM.size, 0):
                    (before,) = _FORM.unpack(content)
                after = change(before)
                os.pwrite(file, _FORM.pack(after), 0)
            finally:
                os.close(file)
            return before, after

    @property
    def now(self) -> float:
        """The number as it is."""
        return self.change(lambda value: value)[1]
