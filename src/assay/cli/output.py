"""Standard output and standard error that may fail: what a command does and finds must not depend on who listens."""

from __future__ import annotations

import errno
import io
import os
import select
import sys
from typing import TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_IN, _OUT, _ERROR = range(3)


class Failing(io.RawIOBase):
    """A standard stream whose first failure is remembered, and behind which everything that is written is lost."""

    def __init__(self, number: int, failure: OSError | None = None) -> None:
        self._number = number
        self.failure = failure

    @property
    def is_lost(self) -> bool:
        """Whether something that was asked for could not be written; a reader that has gone asks for no more."""
        return self.failure is not None and not isinstance(self.failure, BrokenPipeError)

    def writable(self) -> bool:
        """Say that it can be written, as `io` asks."""
        return True

    def fileno(self) -> int:
        """Return the number of the stream."""
        return self._number

    def isatty(self) -> bool:
        """Say whether it is a terminal."""
        return os.isatty(self._number)

    def write(self, data: ReadableBuffer, /) -> int:
        """Write what can be written, and take the rest as written."""
        left = memoryview(data).cast("B")
        while left and self.failure is None:
            try:
                left = left[os.write(self._number, left) :]
            except BlockingIOError:
                # Whoever shares the terminal or the pipe has made it so.
                select.select([], [self._number], [])
            except OSError as error:
                self.failure = error
        return memoryview(data).nbytes


class Streams:
    """The standard streams of a command, from its start to its exit code."""

    def __init__(self) -> None:
        closed = _closed()
        self._out = _guarded("stdout", _OUT, is_closed=_OUT in closed)
        _guarded("stderr", _ERROR, is_closed=_ERROR in closed)

    def exit_code(self, code: object) -> object:
        """Return the exit code behind what was printed: a success that nobody could be told of is none."""
        sys.stdout.flush()
        if self._out is None or not self._out.is_lost:
            return code
        reason = self._out.failure.strerror if self._out.failure else ""
        sys.stderr.write(f"assay: standard output cannot be written: {reason}\n")
        sys.stderr.flush()
        return code or 2


def _closed() -> list[int]:
    """Return which standard streams are closed, and keep their numbers from going to files that are opened later."""
    closed = []
    for number in (_IN, _OUT, _ERROR):
        try:
            os.fstat(number)
        except OSError:
            closed.append(number)
            # It gets the lowest number that is free.
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # noqa: FBT003 - takes no keyword
    return closed


def _guarded(name: str, number: int, *, is_closed: bool) -> Failing | None:
    """Put a stream that may fail into the place of the one of that name; what others have put there stays."""
    stream = getattr(sys, name)
    if stream is not None and (stream is not getattr(sys, f"__{name}__") or not isinstance(stream, io.TextIOWrapper)):
        return None
    raw = Failing(number, OSError(errno.EBADF, os.strerror(errno.EBADF)) if is_closed else None)
    if stream is None:
        setattr(sys, name, io.TextIOWrapper(io.BufferedWriter(raw), errors="backslashreplace"))
        return raw
    # `python -u` has no buffer between.
    binary = raw if isinstance(stream.buffer, io.RawIOBase) else io.BufferedWriter(raw)
    again = io.TextIOWrapper(
        cast("BinaryIO", binary),
        stream.encoding,
        stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
    setattr(sys, name, again)
    return raw
