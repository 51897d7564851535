"""Puts hostile servers on stage and judges them by the command line, measured."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay import catalogue
from assay.reference.hosting import EmbeddedServers
from tests.hostile.certificates import write_bundle
from tests.hostile.server import Kind, Server, answer, says

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from types import TracebackType
    from typing import Self

    from assay.reference.hosting import Address

RUN = (sys.executable, "-m", "assay", "run")
_LOOK_EVERY_S = 0.25
"""Looking at all processes of the machine takes a while itself."""
_WATCHER = Kind("elsewhere", "Nobody is to come here.", says(answer(b"{}")), answers=True)
_VALUES = {"text": "'12345'", "integer": "1"}


@dataclass(frozen=True)
class Judged:
    """One finished run of the command line."""

    code: int
    out: str
    err: str
    seconds: float
    peak_mb: float
    """The most memory that its processes took together."""
    folder: Path

    @property
    def report(self) -> dict[str, Any]:
        """The report document."""
        report: dict[str, Any] = json.loads((self.folder / "report.json").read_bytes())
        return report


class Stage:
    """Hostile servers at work, one for each pair of a kind and a contract, for as long as the block lasts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.servers: dict[str, Server] = {}
        """By the name of the target."""
        self._token = secrets.token_urlsafe(18)
        """What all made-up tokens begin with."""
        self.elsewhere = Server(_WATCHER)
        self._contracts = catalogue.load()
        self._ends = contextlib.ExitStack()
        self._runs = count()
        self._upstream: dict[str, Address] = {}

    def __enter__(self) -> Self:
        self._ends.enter_context(self.elsewhere)
        write_bundle(self.folder / "ca.pem")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.close()

    @property
    def secrets(self) -> list[str]:
        """What must be in no output."""
        return [self._token, *(address.token for address in self._upstream.values())]

    def target(self, kind: Kind, contract: str, *more: str, timeout_s: float) -> Path:
        """Start a server of this kind and return a target file for it; `more` are lines of its [target]."""
        upstream = self._reference(contract) if kind.fronts else None
        server = self._ends.enter_context(Server(kind, upstream))
        server.elsewhere = self.elsewhere
        name = f"{contract}-{kind.name}"
        self.servers[name] = server
        lines = [
            "[target]",
            f"name = '{name}'",
            f"contract = '{contract}'",
            f"base_url = '{server.url}'",
            f"timeout_s = {timeout_s}",
            f"ca_bundle = '{self.folder / 'ca.pem'}'",
            *more,
            "[auth]",
            f"token = '{upstream.token if upstream else self._new_token()}'",
            *(["[state_handler]", f"url = '{upstream.state_handler_url}'"] if upstream else self._states(contract)),
        ]
        path = self.folder / f"{name}.toml"
        path.write_text("\n".join(lines), encoding="utf-8")
        return path

    def judge(self, targets: Sequence[Path], *options: str) -> Judged:
        """Judge targets in one run, and measure it; several threads may do so at a time."""
        folder = self.folder / f"reports-{next(self._runs)}"
        named = [argument for path in targets for argument in ("--target", str(path))]
        out, err = folder.with_suffix(".out"), folder.with_suffix(".err")
        started, peak = time.monotonic(), 0
        with out.open("wb") as to_out, err.open("wb") as to_err:
            run = subprocess.Popen(
                [*RUN, "--report-dir", str(folder), *named, *options], cwd=self.folder, stdout=to_out, stderr=to_err,
                env=_environment(), start_new_session=True,
            )  # fmt: skip
            while run.poll() is None:
                peak = max(peak, _memory_of_tree(run.pid))
                time.sleep(_LOOK_EVERY_S)
        seconds = time.monotonic() - started
        return Judged(run.returncode, _text(out), _text(err), seconds, peak / 1e6, folder)

    def _reference(self, contract: str) -> Address:
        if not self._upstream:
            self._upstream = self._ends.enter_context(EmbeddedServers())
        return self._upstream[contract]

    def _states(self, contract: str) -> Iterator[str]:
        for name, state in self._contracts[contract].states.items():
            if state.made_up:
                continue
            given = (f"{each} = {_VALUES.get(kind) or repr(self._new_token())}" for each, kind in state.values.items())
            yield f"[states.{name}]\nalways = {{ {', '.join(given)} }}"

    def _new_token(self) -> str:
        return self._token + secrets.token_urlsafe(9)


def outcomes(target: dict[str, Any]) -> Counter[str]:
    """Count the outcomes of the checks of one target in a report."""
    return Counter(check["outcome"] for check in checks(target))


def checks(target: dict[str, Any]) -> Iterable[dict[str, Any]]:
    """Yield the checks of one target in a report."""
    return (check for requirement in target["requirements"] for check in requirement["checks"])


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "surrogateescape")


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV"))}
    return {**kept, "NO_PROXY": "127.0.0.1"}


def _memory_of_tree(root: int) -> int:
    """Return the resident bytes of a process and all that came from it."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError):
                # Behind the name of the program, which may hold anything.
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    family = {root}
    while more := {child for child, parent in parents.items() if parent in family} - family:
        family |= more
    return sum(map(_memory_of, family))


def _memory_of(process: int) -> int:
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0
