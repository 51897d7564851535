"""Secrets that come up during a run, made known to every process of it before they are sent to anybody.

A server that gives away the token of one caller gives it to all callers. What a state handler has given to a check in
one process must therefore be known in the others. The file is sealed by a key that goes from process to process with
the plan and is never written anywhere, so that nothing can be read out of what a killed run leaves behind.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FILE_NAME = "sealed"
_NONCE_BYTES = 16


class Given(NamedTuple):
    """A secret that came up during a run."""

    name: str
    """Of the variable that stands for it."""
    secret: str
    target: str
    """The target for which it was given."""

    @property
    def pair(self) -> tuple[str, str]:
        """Return what a redactor needs."""
        return self.name, self.secret


class Secrets(Protocol):
    """Where secrets that come up during a run are made known, and found."""

    @property
    def known(self) -> Sequence[Given]:
        """Those that were there at the last look, in an order that is the same for everybody."""

    def add(self, given: Given) -> None:
        """Make a secret known; when this returns, whoever looks will find it."""

    def look(self) -> Sequence[Given]:
        """Return those that have come up since the last look."""


class SharedSecrets:
    """The secrets that came up in any process of this machine that takes part in a run."""

    def __init__(self, folder: Path, key: bytes) -> None:
        self.known: list[Given] = []
        self._path = folder / FILE_NAME
        self._key = key
        self._read_bytes = 0

    def add(self, given: Given) -> None:
        """Make a secret known."""
        nonce = os.urandom(_NONCE_BYTES)
        line = base64.b64encode(nonce + self._sealed(json.dumps(given).encode(), nonce)) + b"\n"
        # Where the folder is not there, there is nobody to share with.
        with contextlib.suppress(OSError):
            file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(file, line)
            finally:
                os.close(file)

    def look(self) -> list[Given]:
        """Return the secrets that came up since the last look."""
        seen = len(self.known)
        try:
            with self._path.open("rb") as file:
                file.seek(self._read_bytes)
                lines = file.read().splitlines(keepends=True)
        except OSError:
            return []
        for line in lines:
            if not line.endswith(b"\n"):
                # Still being written.
                break
            sealed = base64.b64decode(line)
            self.known.append(Given(*json.loads(self._sealed(sealed[_NONCE_BYTES:], sealed[:_NONCE_BYTES]))))
            self._read_bytes += len(line)
        return self.known[seen:]

    def _sealed(self, data: bytes, nonce: bytes) -> bytes:
        """Return `data` sealed, or opened again."""
        stream = hashlib.shake_256(self._key + nonce).digest(len(data))
        return bytes(one ^ other for one, other in zip(data, stream, strict=True))
