"""Nothing that a run writes, prints or hands to a process gives a secret away, whatever a server does with it."""

from __future__ import annotations

import json
import os
import pty
import secrets
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.secrets.conftest import LeakyServer, Scan

    Leaky = Callable[..., LeakyServer]


def outputs(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def judged(folder: Path, target: str, *arguments: str, **environ: str) -> dict[str, bytes]:
    """Judge a target on a terminal, and return all that came of it: files, what was printed."""
    (folder / "target.toml").write_text(target)
    ours, theirs = pty.openpty()
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "COV"))}
    environment |= {"TMPDIR": str(folder / "temporary"), "NO_PROXY": "127.0.0.1", "TERM": "xterm-256color", **environ}
    printed = bytearray()

    def read() -> None:
        while True:
            try:
                data = os.read(ours, 65536)
            except OSError:
                return
            if not data:
                return
            printed.extend(data)

    reader = threading.Thread(target=read)
    reader.start()
    command = [sys.executable, "-m", "assay", "run", "--target", "target.toml", *arguments]
    done = subprocess.run(
        command, cwd=folder, env=environment, stdout=theirs, stderr=theirs, stdin=subprocess.DEVNULL, timeout=120
    )
    os.close(theirs)
    reader.join()
    os.close(ours)
    return {"terminal": bytes(printed), "code": str(done.returncode).encode(), **outputs(folder / "reports")}
