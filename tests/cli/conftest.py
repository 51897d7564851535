"""The command line, called in this process."""

from __future__ import annotations

import signal
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from assay.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@dataclass(frozen=True)
class Called:
    """How a call ended, and what it printed."""

    code: object
    out: str
    err: str


@pytest.fixture
def call(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Iterator[Callable[..., Called]]:
    """Yield what calls `assay` with arguments, in an empty folder."""
    on_termination = signal.getsignal(signal.SIGTERM)

    def run(*arguments: str) -> Called:
        monkeypatch.chdir(tmp_path)
        # The embedded servers change it, for the rest of the process.
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setattr(sys, "argv", ["assay", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return Called(ended.value.code, printed.out, printed.err)

    yield run
    signal.signal(signal.SIGTERM, on_termination)
