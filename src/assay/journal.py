"""The append-only record of a run: what was to be decided, and each decision as soon as it is made.

One JSON document a line. The first line describes the run, the targets and every declared check; each further line is
one decided check, or one probe; the last says that the run ended. A run that is killed leaves all whole lines that it
had written; a line that was cut short is passed over when the journal is read.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from assay.exceptions import ReportError

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType
    from typing import Self

FILE_NAME = "journal.jsonl"
FORMAT = "assay-journal/1"


class Journal:
    """Writes the journal of one run."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> Self:
        # Unbuffered and one write a line: what was written before a kill is whole.
        self._file = self.path.open("wb", buffering=0)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def write(self, entry: dict[str, Any]) -> None:
        """Append one entry."""
        self._file.write(
            json.dumps(entry, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"
        )


@dataclass
class Record:
    """What a run decided, as its journal says."""

    run: dict[str, Any]
    """The first entry: run, targets and declared checks."""
    decided: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    """(target name, check id) → what became of it."""
    probes: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    """(target name, operation id) → what became of a request that is wrong in every way."""
    end: dict[str, Any] | None = None
    """The last entry, or `None` where the run was killed."""

    def add(self, entry: dict[str, Any]) -> None:
        """Take in one more entry of the run."""
        if entry["kind"] == "check":
            self.decided[entry["target"], entry["check"]] = entry
        elif entry["kind"] == "probe":
            self.probes[entry["target"], entry["operation"]] = entry
        elif entry["kind"] == "end":
            self.end = entry


def read(path: Path) -> Record:
    """Read a journal; raise `ReportError` where it is none."""
    try:
        with path.open("rb") as lines:
            record = _first(path, lines.readline())
            for line in lines:
                if entry := _entry(line):
                    record.add(entry)
    except OSError as error:
        message = f"{path}: cannot be read: {error.strerror}"
        raise ReportError(message) from error
    return record


def _first(path: Path, line: bytes) -> Record:
    entry = _entry(line)
    if entry is None or entry.get("format") != FORMAT:
        message = f"{path}: is not a journal of a run ({FORMAT})"
        raise ReportError(message)
    return Record(entry)


def _entry(line: bytes) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) and "kind" in entry else None
