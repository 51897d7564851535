"""State handlers: asks a URL, a command or a Python function to provide a state or to take it down.

A handler that does not know a state answers nothing; one that fails, hangs or says too much is a `StateUnavailable`.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import IO, TYPE_CHECKING, Any

from assay.evidence import brief
from assay.model import Exchange, SentRequest
from assay.target import Target

if TYPE_CHECKING:
    from assay.target import StateHandler

_MAX_HANDLER_BYTES = 1_000_000
_TOO_MUCH = "its answer is larger than 1 MB"
NOT_SUPPORTED = 3
"""Exit code of a command that does not know the state."""

Fetch = Callable[[SentRequest], Exchange]
"""Exchanges with a handler at a URL."""

_COMMANDS: set[int] = set()
"""The process groups of the commands that are running; each check waits for one at a time."""


class StateUnavailable(Exception):  # noqa: N818 - an outcome of asking, not a mistake
    """Nobody provides the state, or what was provided cannot be used."""


def handler_of(target: Target) -> Target:
    """Return the state handler of a target, which has one at a URL, as something to exchange with."""
    handler = target.state_handler
    assert handler is not None  # noqa: S101 - only asked where there is one
    return Target(
        name="state handler",
        contract=target.contract,
        base_url=handler.url,
        timeout_s=handler.timeout_s,
        max_response_bytes=_MAX_HANDLER_BYTES,
    )


def ask(handler: StateHandler, question: dict[str, Any], fetch: Fetch) -> Any:  # noqa: ANN401 - whatever the handler says
    """Return what a handler answers, which may be anything; `None` where it does not know the state.

    `question` has the keys of Pact's convention; `fetch` exchanges with a handler at a URL.
    """
    if handler.url:
        return _ask_over_http(handler, question, fetch)
    if handler.command:
        return _ask_command(handler, question)
    return _ask_python(handler, question)


def _ask_over_http(
    handler: StateHandler,
    question: dict[str, Any],
    fetch: Fetch,
) -> Any:  # noqa: ANN401 - whatever the handler says
    body = json.dumps(question).encode()
    host = handler.url.partition("://")[2].partition("/")[0]
    headers = (
        ("Host", host.rpartition("@")[2]),
        ("Content-Type", "application/json"),
        ("Accept", "application/json"),
        ("Content-Length", str(len(body))),
    )
    exchange = fetch(SentRequest("POST", handler.url, headers, body))
    if exchange.response is None:
        raise StateUnavailable(exchange.transport_error)
    if exchange.response.status in (404, 422):
        return None
    if exchange.response.status != 200:  # noqa: PLR2004 - the one success of the protocol
        message = f"it answered {exchange.response.status}"
        raise StateUnavailable(message)
    return None if question["action"] == "teardown" else _decoded(exchange.response.body)


def _ask_command(handler: StateHandler, question: dict[str, Any]) -> Any:  # noqa: ANN401 - whatever the handler says
    try:
        process = subprocess.Popen(  # noqa: S603 - the user's own command from the user's own file
            handler.command,
            cwd=handler.folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )
    except OSError as error:
        message = f"{handler.command[0]}: {error.strerror}"
        raise StateUnavailable(message) from error
    _COMMANDS.add(process.pid)
    try:
        output, errors = _said_by(process, json.dumps(question).encode(), handler.timeout_s)
    finally:
        process.wait()
        _COMMANDS.discard(process.pid)
    if process.returncode == NOT_SUPPORTED:
        return None
    if process.returncode:
        said = errors.decode(errors="replace").strip().splitlines()
        message = f"exit {process.returncode}" + (f": {brief(said[-1], 200)}" if said else "")
        raise StateUnavailable(message)
    return None if question["action"] == "teardown" else _decoded(output)


def _said_by(process: subprocess.Popen[bytes], question: bytes, timeout_s: float) -> tuple[bytes, bytes]:
    """Return what a command prints for an answer and for an error; one that goes on for too long is ended."""
    ends = time.monotonic() + timeout_s
    heard = [_Hearing(stream) for stream in (process.stdout, process.stderr) if stream]
    threading.Thread(target=_tell, args=(process, question), daemon=True, name="state handler").start()
    try:
        for each in heard:
            each.join(max(ends - time.monotonic(), 0.0))
        process.wait(max(ends - time.monotonic(), 0.0))
        is_late = any(each.is_alive() for each in heard)
    except subprocess.TimeoutExpired:
        is_late = True
    except BaseException:
        end_commands()
        raise
    if is_late:
        end_commands()
        message = f"no answer after {timeout_s:g} s"
        raise StateUnavailable(message)
    if any(len(each.data) > _MAX_HANDLER_BYTES for each in heard):
        raise StateUnavailable(_TOO_MUCH)
    output, errors = (each.data for each in heard)
    return output, errors


def _tell(process: subprocess.Popen[bytes], question: bytes) -> None:
    # A command need not listen.
    with contextlib.suppress(OSError), process.stdin or contextlib.nullcontext() as stdin:
        if stdin:
            stdin.write(question)


class _Hearing(threading.Thread):
    """Reads what a command prints, up to what an answer may hold; what goes beyond ends the command."""

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__(daemon=True, name="state handler")
        self._stream = stream
        self.data = b""
        self.start()

    def run(self) -> None:
        """Read to the end, or to more than is allowed; what the command left behind may keep it waiting for ever."""
        with self._stream:
            while len(self.data) <= _MAX_HANDLER_BYTES and (piece := self._stream.read(_MAX_HANDLER_BYTES)):
                self.data += piece
            if len(self.data) > _MAX_HANDLER_BYTES:
                end_commands()


def end_commands() -> None:
    """Kill the handler commands that this process is waiting for."""
    for group in list(_COMMANDS):
        # The whole group: the command may have started others that hold the pipe open.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


def _decoded(body: bytes) -> Any:  # noqa: ANN401 - whatever the handler says
    if len(body) > _MAX_HANDLER_BYTES:
        raise StateUnavailable(_TOO_MUCH)
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        message = "its answer is not JSON"
        raise StateUnavailable(message) from error


def _ask_python(handler: StateHandler, question: dict[str, Any]) -> Any:  # noqa: ANN401 - whatever the handler says
    """Call the user's function in a thread of its own, so that one that hangs can be left behind."""
    answer: list[Any] = []
    failure: list[BaseException] = []

    def ask() -> None:
        try:
            answer.append(_plain(_function(handler)(*_arguments(question))))
        except BaseException as error:  # noqa: BLE001 - whatever the user's code raises, SystemExit too, is its answer
            failure.append(error)

    thread = threading.Thread(target=ask, daemon=True, name="state handler")
    thread.start()
    thread.join(handler.timeout_s)
    if failure:
        message = f"{type(failure[0]).__name__}: {failure[0]}"
        raise StateUnavailable(message) from failure[0]
    if not answer:
        message = f"no answer after {handler.timeout_s:g} s"
        raise StateUnavailable(message)
    return answer[0]


def _plain(answer: object) -> object:
    """Return an answer as other handlers would give it: without types of the user, which may do anything."""
    return json.loads(json.dumps(dict(answer) if isinstance(answer, Mapping) else answer))


def _arguments(question: dict[str, Any]) -> tuple[Any, ...]:
    if question["action"] == "setup":
        return question["state"], question["params"]
    return question["state"], {"action": "teardown", "values": question["values"]}


def _function(handler: StateHandler) -> Callable[..., Any]:
    folder = str(handler.folder)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    module, _, name = handler.python.partition(":")
    function: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return function
