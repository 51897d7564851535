"""Starts reference servers: one in the foreground, or several in one child process."""

from __future__ import annotations

import asyncio
import json
import secrets
import shlex
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from assay.exceptions import AssayError, UsageError
from assay.reference.servers import factories as every_server
from assay.reference.servers import factory_of, server_of
from assay.reference.states import HEALTH_PATH, STATES_PATH

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path
    from types import FrameType, TracebackType

    from assay.reference.vendor import Example, Values, Vendor

LOOPBACK = "127.0.0.1"

STARTUP_S = 60.0
_END_S = 3.0


class Address(NamedTuple):
    """Where a server is, and how to call it."""

    base_url: str
    token: str
    state_handler_url: str
    health_url: str
    states: Mapping[str, list[Values]] = {}
    """Sets of provider states that were asked for when the server was started."""


class Variation(Protocol):
    """A reference server that was changed on purpose."""

    @property
    def id(self) -> str:
        """What it is called."""

    @property
    def sentence(self) -> str:
        """What is different, in one sentence."""

    @property
    def factory(self) -> str:
        """The server, as `package.module:Class` or `package.module:function(argument)`."""


def address_of(host: str, port: int, token: str) -> Address:
    """Return the address of the server on this port."""
    base = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    return Address(base, token, base + STATES_PATH, base + HEALTH_PATH)


class EmbeddedServers:
    """Reference servers in one child process, each on a free loopback port, for as long as the block lasts.

        with EmbeddedServers() as servers:
            servers["vcf"].base_url

    By default one server for each contract that has one; `factories` maps any names to a `Vendor` instead, as
    `package.module:Class` or `package.module:function(argument)`. `states` says for each name how many sets of which
    provider states are set up from the start. A server that cannot be started is an error, or, with `tolerant`, missing
    from the addresses and named with its reason in `broken`. The child ends with the block, and also when this process
    is killed.
    """

    def __init__(
        self,
        factories: Mapping[str, str] | None = None,
        *,
        states: Mapping[str, Mapping[str, int]] | None = None,
        startup_s: float = STARTUP_S,
        tolerant: bool = False,
    ) -> None:
        self.broken: dict[str, str] = {}
        self._factories = every_server() if factories is None else factories
        self._states = states or {}
        self._startup_s = startup_s
        self._tolerant = tolerant
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> dict[str, Address]:
        tokens = {name: secrets.token_urlsafe(24) for name in self._factories}
        wanted = {
            name: {"factory": factory, "token": tokens[name], "states": dict(self._states.get(name, {}))}
            for name, factory in self._factories.items()
        }
        # -P: a file in the current directory must not take the place of a module. Tokens never stand in `argv`.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "assay.reference"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        try:
            started = self._start(self._process, json.dumps(wanted))
            self._note_the_broken(started)
        except BaseException:
            self._end(kill=True)
            raise
        return {
            name: address_of(LOOPBACK, each["port"], tokens[name])._replace(states=each["states"])
            for name, each in started.items()
            if name not in self.broken
        }

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end(kill=False)

    def _start(self, process: subprocess.Popen[str], wanted: str) -> dict[str, dict[str, Any]]:
        impatience = threading.Timer(self._startup_s, process.kill)
        impatience.daemon = True
        impatience.start()
        try:
            _written(process, wanted + "\n")
            answer = process.stdout.readline() if process.stdout else ""
        finally:
            impatience.cancel()
        if not answer:
            message = f"the embedded reference servers ended, or did not start within {self._startup_s:g} s"
            raise AssayError(message)
        started: dict[str, dict[str, Any]] = json.loads(answer)
        return started

    def _note_the_broken(self, started: Mapping[str, Mapping[str, Any]]) -> None:
        self.broken = {name: each["broken"] for name, each in started.items() if "broken" in each}
        if self.broken and not self._tolerant:
            name, reason = next(iter(self.broken.items()))
            message = f"the server {name} did not start: {reason}"
            raise AssayError(message)

    def _end(self, *, kill: bool) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if kill:
            process.kill()
        if process.stdin:
            process.stdin.close()
        try:
            process.wait(_END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()


def _written(process: subprocess.Popen[str], line: str) -> None:
    if process.stdin is None:
        return
    try:
        process.stdin.write(line)
        process.stdin.flush()
    except BrokenPipeError:
        # It ended before it read; that it said nothing is what the caller reports.
        return


def serve(  # noqa: PLR0913 - one argument for each option of the command
    vendor: str,
    *,
    host: str = LOOPBACK,
    port: int | None = None,
    db: Path | None = None,
    token: str | None = None,
    variation: Variation | None = None,
    announce: Callable[[str], None] = print,
) -> None:
    """Run the reference server of a contract until Ctrl-C or SIGTERM; says where it is and how to call it."""
    reference = server_of(vendor)
    if token is not None and (not token.isprintable() or token != token.strip()):
        message = "the token cannot be sent in a header: it has control characters, or spaces around it"
        raise UsageError(message)
    # Starlette and uvicorn are loaded by those who serve, not by those who only start the child process.
    from assay.reference.listening import bound, run, vendor_class  # noqa: PLC0415 - as above

    sock = bound(host, reference.port if port is None else port)
    with sock:
        factory = variation.factory if variation else factory_of(vendor)
        server = vendor_class(factory)(str(db) if db else None)
        try:
            address = address_of(host, sock.getsockname()[1], token or secrets.token_urlsafe(24))
            server.admit_main_caller(address.token)
            text = "\n".join(_announcement(server, address, db, variation))
            run(_until_told_to_stop(server, sock, lambda: announce(text)))
        finally:
            server.store.close()


async def _until_told_to_stop(vendor: Vendor, sock: socket.socket, announce: Callable[[], None]) -> None:
    from assay.reference.listening import listen  # noqa: PLC0415 - as in `serve`

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def told(_signal: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(stop.set)

    earlier = {each: signal.signal(each, told) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        await listen([(vendor, sock)], announce, stop)
    finally:
        for each, handler in earlier.items():
            signal.signal(each, handler)


def _announcement(vendor: Vendor, address: Address, db: Path | None, variation: Variation | None) -> Iterable[str]:
    yield f"{vendor.name} reference server on {address.base_url}"
    if variation is not None:
        yield f"with {variation.id}: {variation.sentence}"
    yield f"token: {address.token}"
    yield f"state: {db}" if db else "state: in memory, gone when the server stops"
    yield "Each of these works once as it stands:"
    for example in vendor.examples():
        yield f"  {curl_line(vendor, address, example)}"
    state = next(iter(vendor.states()))
    setup = json.dumps({"state": state, "action": "setup"})
    yield f"More objects to try it on ({', '.join(vendor.states())}):"
    yield f"  curl -X POST {address.state_handler_url} -d {shlex.quote(setup)}"
    yield "Ctrl-C stops it."


def curl_line(vendor: Vendor, address: Address, example: Example) -> str:
    """Return the command that sends an example."""
    words = ["curl", "-i", "-X", example.method, address.base_url + example.path]
    words += ["-H", vendor.credentials_header(address.token)]
    if example.body is not None:
        words += ["-H", "Content-Type: application/json", "-d", json.dumps(example.body)]
    return shlex.join(words)
