"""What can go wrong outside the target, as values that say what to do.

    AssayError                      one clear message, exit code 2
    ├── ContractError               a spec or a contract file is wrong; names file and key
    ├── FileError                   a file of the user is wrong; names file, key and what was expected
    │   ├── TargetError             a target file
    │   └── WaiverError             a file of waivers
    ├── UsageError                  the command line asks for something that is not there
    └── ReportError                 a report or journal cannot be read
        └── UnwritableError         one cannot be written

A target that misbehaves is never an exception that leaves a check: it is a `Finding`. What ends a check early is in
`assay.bench`; an exception that is in neither place is a mistake of the suite and becomes the outcome `error`.
"""

from __future__ import annotations

import errno
import os
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class AssayError(Exception):
    """Something that the user can put right; rendered as one message without a traceback."""


class UsageError(AssayError):
    """The command line asks for something that does not exist or does not go together."""


class ReportError(AssayError):
    """A report or a journal cannot be read."""


class UnwritableError(ReportError):
    """A report or a journal cannot be written, most often because the disk is full."""

    def __init__(self, file: Path | str, number: int | None) -> None:
        super().__init__(str(file), number or errno.EIO)
        self.file = file
        self.number = number or errno.EIO

    def __str__(self) -> str:
        return f"{self.file}: cannot be written: {os.strerror(self.number)}"

    @property
    def until(self) -> str:
        """What must be so before it is tried again."""
        return "there is room" if self.number in _NO_ROOM else "it can be written"


class ContractError(AssayError):
    """A file under `specs/` or `contracts/` is wrong."""

    def __init__(self, file: Path | str, key: str, problem: str) -> None:
        super().__init__(file, key, problem)
        self.file = file
        self.key = key
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.file}: {self.key}: {self.problem}" if self.key else f"{self.file}: {self.problem}"


class FileError(AssayError):
    """A file that a user has written is wrong."""

    def __init__(self, file: Path | str, key: str, problem: str) -> None:
        super().__init__(file, key, problem)
        self.file = file
        self.key = key
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.file}: {self.key}: {self.problem}" if self.key else f"{self.file}: {self.problem}"


class TargetError(FileError):
    """A target file is wrong."""


class WaiverError(FileError):
    """A file of waivers is wrong."""


_SHORT_LIST = 20


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `; did you mean 'x'?` where something near is known, else what is known if that is a short list."""
    choices = sorted(known)
    near = get_close_matches(name, choices, n=1)
    if near:
        return f"; did you mean '{near[0]}'?"
    return f"; known: {', '.join(choices)}" if 0 < len(choices) <= _SHORT_LIST else ""
