"""The append-only record of a run: what was to be decided, and each decision as soon as it is made.

One JSON document a line. The first line describes the run, the targets and every declared check; each further line is
one decided check, or one probe, or says that a check has taken a listed set of a state; the last says that the run
ended. A run that is killed leaves all whole lines that it had written; a line that was cut short is passed over when
the journal is read, and cut off when the run goes on.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from array import array
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO

from assay.exceptions import ReportError, UnwritableError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path
    from types import TracebackType
    from typing import Self

FILE_NAME = "journal.jsonl"
_COPY_NAME = f"{FILE_NAME}.new"
FILES = (FILE_NAME, _COPY_NAME)
"""What is written in the folder of a journal."""

FORMAT = "assay-journal/1"
_BLOCK = 65536

_TAKEN = b'{"kind":"taken"'
_START = re.compile(rb'\{"kind":"\w+","target":("(?:[^"\\]|\\.)*")')


class Journal:
    """Writes the journal of one run; `goes_on` keeps what an earlier part of the run has written."""

    def __init__(self, path: Path, *, goes_on: bool = False) -> None:
        self.path = path
        self._goes_on = goes_on
        self._failure: UnwritableError | None = None

    def __enter__(self) -> Self:
        # Unbuffered and one write a line: what was written before a kill is whole. Appending, because workers do too.
        self._file = self.path.open("ab", buffering=0)
        self._lock()
        kept = _whole_lines(self.path) if self._goes_on else 0
        if kept != self._file.seek(0, os.SEEK_END):
            self._file.truncate(kept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def write(self, entry: dict[str, Any]) -> None:
        """Append one entry."""
        self.append(_line(entry))

    def _lock(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            message = f"{self.path}: another run is writing there"
            raise UsageError(message) from None
        except OSError:
            # A file system that knows no locks; then nobody watches over two runs at a time.
            pass

    @property
    def size(self) -> int:
        """How many bytes have been written, also by workers."""
        return os.fstat(self._file.fileno()).st_size

    def entries(self, end: int) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield the entries that begin before a place, each with where it begins."""
        offset = 0
        with _opened(self.path) as journal:
            for line in journal:
                if offset >= end:
                    return
                if entry := _entry(line):
                    yield offset, entry
                offset += len(line)

    def replace(self, offsets: Collection[int], change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        """Change the entries that begin at these places; a kill leaves the journal as it was."""
        copy = self.path.with_name(_COPY_NAME)
        offset = 0
        try:
            with _opened(self.path) as journal, copy.open("wb") as changed:
                for line in journal:
                    entry = _entry(line) if offset in offsets else None
                    changed.write(_line(change(entry)) if entry else line)
                    offset += len(line)
            copy.replace(self.path)
        except OSError as error:
            copy.unlink(missing_ok=True)
            raise UnwritableError(copy, error.errno) from error
        # What is still to be written belongs into the new file.
        with self._file:
            self._file = self.path.open("ab", buffering=0)
            self._lock()

    def append(self, line: bytes) -> None:
        """Append one entry as it stands in a journal; behind one that failed, which may stand there by half, none."""
        if self._failure is not None:
            raise self._failure
        try:
            _write(self._file.fileno(), line)
        except OSError as error:
            self._failure = UnwritableError(self.path, error.errno)
            raise self._failure from error


def append(path: Path, entry: dict[str, Any]) -> None:
    """Append one entry to the journal of a run that another process controls."""
    try:
        file = os.open(path, os.O_WRONLY | os.O_APPEND)
        try:
            # Behind the half line of a controller that was killed, it still is a line of its own.
            _write(file, b"\n" + _line(entry))
        finally:
            os.close(file)
    except OSError as error:
        raise UnwritableError(path, error.errno) from error


def _line(entry: dict[str, Any]) -> bytes:
    return json.dumps(entry, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"


def _write(file: int, line: bytes) -> None:
    left = memoryview(line)
    while left:
        left = left[os.write(file, left) :]


def _whole_lines(path: Path) -> int:
    """Return how many bytes of a file are whole lines."""
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        while end:
            start = max(0, end - _BLOCK)
            file.seek(start)
            if (found := file.read(end - start).rfind(b"\n")) >= 0:
                return start + found + 1
            end = start
    return 0


@dataclass(frozen=True, slots=True)
class Decisions:
    """What a run decided about one target."""

    checks: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Check id → what became of it."""
    probes: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Operation id → what became of a request that is wrong in every way."""
    left: list[str] = field(default_factory=list)
    """What the state handler failed to take down, once for each time."""


class Record:
    """What a run decided; of a journal on disk no more is kept than where the entries of each target begin."""

    def __init__(self, run: dict[str, Any], path: Path | None = None) -> None:
        self.run = run
        """The first entry: run, targets and declared checks."""
        self.end: dict[str, Any] | None = None
        """The last entry, or `None` where the run was killed."""
        self.terms: dict[str, Any] = {}
        """What the user lets pass, as told last (`assay.terms`); nothing in a journal of an earlier version."""
        self.requests = 0
        """How many exchanges the last part of the run that came to an end has counted, with those before it."""
        self._path = path
        self._offsets: dict[str, array[int]] = {}
        self._held: dict[str, list[dict[str, Any]]] = {}

    def add(self, entry: dict[str, Any]) -> None:
        """Take in one more entry of the run and hold it."""
        if entry["kind"] in {"end", "resumed"}:
            self.end = entry if entry["kind"] == "end" else None
            self.requests = max(self.requests, entry.get("requests", 0))
        elif entry["kind"] == "terms":
            self.terms = entry
        elif "target" in entry:
            self._held.setdefault(entry["target"], []).append(entry)

    def find(self, offset: int, line: bytes) -> None:
        """Take note of a line of the journal on disk."""
        # Only the name is read: there may be gigabytes of entries, and each is parsed when its target has its turn.
        if start := _START.match(line):
            name = start[1].decode("utf-8", "replace")
            self._offsets.setdefault(json.loads(name, strict=False), array("Q")).append(offset)
        elif entry := _entry(line):
            self.add(entry)

    def of(self, target: str) -> Decisions:
        """Return what was decided about one target; where a check was decided twice, the later decision."""
        decisions = Decisions()
        for entry in [*self._read(target), *self._held.get(target, ())]:
            if entry["kind"] == "check":
                decisions.checks[entry["check"]] = entry
            elif entry["kind"] == "probe":
                decisions.probes[entry["operation"]] = entry
            elif entry["kind"] == "left":
                decisions.left.append(entry["problem"])
        return decisions

    def _read(self, target: str) -> Iterator[dict[str, Any]]:
        if self._path is None or target not in self._offsets:
            return
        with _opened(self._path) as journal:
            for offset in self._offsets[target]:
                journal.seek(offset)
                if entry := _entry(journal.readline()):
                    yield entry


def read(path: Path) -> Record:
    """Read a journal; raise `ReportError` where it is none."""
    with _opened(path) as journal:
        line = journal.readline()
        record = Record(_first(path, line), path)
        offset = len(line)
        for line in journal:
            record.find(offset, line)
            offset += len(line)
    return record


def entries_of(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the entries of a journal one by one, the head first; raise `ReportError` where it is none."""
    with _opened(path) as journal:
        yield _first(path, journal.readline())
        for line in journal:
            if entry := _entry(line):
                yield entry


def taken(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the entries which say that a check has taken a listed set of a state; the others are not even parsed."""
    with _opened(path) as journal:
        for line in journal:
            if line.startswith(_TAKEN) and (entry := _entry(line)):
                yield entry


def _first(path: Path, line: bytes) -> dict[str, Any]:
    entry = _entry(line)
    if entry is None or entry.get("format") != FORMAT:
        message = f"{path}: is not a journal of a run ({FORMAT})"
        raise ReportError(message)
    return entry


def lines(path: Path) -> Iterator[bytes]:
    """Yield the entries of a journal as they stand in it: whole ones, between the first and the last."""
    with _opened(path) as journal:
        journal.readline()
        for line in journal:
            entry = _entry(line)
            if entry is not None and entry["kind"] != "end":
                yield line.rstrip() + b"\n"


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("rb") as journal:
            yield journal
    except OSError as error:
        message = f"{path}: cannot be read: {error.strerror}"
        raise ReportError(message) from error


def _entry(line: bytes) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) and "kind" in entry else None
