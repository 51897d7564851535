"""Provider states: the values that a check needs, from the target file, from a state handler, or made up.

A state that nobody provides raises `StateUnavailable`, whose text names the state and says how to provide it. A
handler that fails or hangs touches the one check that asked.
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
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

from assay.evidence import brief
from assay.interrupts import put_off
from assay.model import SentRequest
from assay.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable

    from assay.model import Exchange, StateKind
    from assay.target import StateHandler

_MAX_HANDLER_BYTES = 1_000_000
_TOO_MUCH = "its answer is larger than 1 MB"
_MOST_DIGITS = 100
NOT_SUPPORTED = 3
"""Exit code of a command that does not know the state."""

Fetch = "Callable[[SentRequest], Exchange]"

_COMMANDS: set[int] = set()
"""The process groups of the commands that are running; each check waits for one at a time."""


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


class StateUnavailable(Exception):  # noqa: N818 - an outcome of asking, not a mistake
    """Nobody provides the state, or what was provided cannot be used."""


class Values(Mapping[str, str]):
    """The values of one provider state, as text; `integer` gives a number where the request needs one."""

    def __init__(self, state: str, values: Mapping[str, str]) -> None:
        self.state = state
        self._values = dict(values)

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def integer(self, name: str) -> int:
        """Return a value as a whole number, or raise `StateUnavailable`."""
        number = _integer(self[name])
        if number is None:
            message = f"state {self.state!r}: {name} = {self[name]!r} is not the whole number that the request needs"
            raise StateUnavailable(message)
        return number


@dataclass
class StateProvider:
    """Provides the states of one target; one per worker process, used by one check at a time."""

    target: Target
    kinds: Mapping[str, StateKind]
    fetch: Callable[[SentRequest], Exchange]
    """Makes one exchange with the HTTP state handler."""
    needed: Mapping[str, int] = field(default_factory=dict)
    """How many sets of each state the run takes."""
    made: list[tuple[str, Mapping[str, object]]] = field(default_factory=list)
    """What handlers have set up since the last `teardown`."""

    def setup(self, state: str, position: int, params: Mapping[str, str]) -> Values:
        """Return values of `state`; `position` picks from a list of sets that are used once."""
        kind = self.kinds[state]
        entry = self.target.states.get(state)
        if entry is not None:
            given = entry.always
            if given is None:
                if position >= len(entry.each):
                    takes = f"; this run takes {self.needed[state]}" if state in self.needed else ""
                    message = f"state {state!r}: all {len(entry.each)} sets in [states.{state}] are used up{takes}"
                    raise StateUnavailable(message)
                given = entry.each[position]
            return _checked(kind, given)
        # What has been set up must be known, or it is never given back.
        with put_off():
            provided = self._ask_handler(state, params)
            if provided is not None:
                self.made.append((state, provided))
        if provided is not None:
            return _checked(kind, provided)
        if kind.made_up:
            return Values(state, kind.made_up)
        asked = " and the state handler does not support it" if self.target.state_handler else ""
        message = f"state {state!r} is not provided{asked}: {kind.description}; list it in [states.{state}]"
        raise StateUnavailable(message)

    def giver(self, state: str) -> str:
        """Return who gave the set of a state that was handed out last."""
        entry = self.target.states.get(state)
        if entry is not None:
            return "listed" if entry.always is None else "always"
        return "handler" if any(name == state for name, _ in self.made) else "made-up"

    def teardown(self) -> list[str]:
        """Tell the handler that the check is over, and return what went wrong with it, which decides nothing."""
        made, self.made = self.made, []
        handler = self.target.state_handler
        problems: list[str] = []
        if handler is None or not handler.teardown:
            return problems
        with put_off():
            for state, values in reversed(made):
                try:
                    self._call(handler, {"state": state, "action": "teardown", "values": dict(values)})
                except StateUnavailable as problem:
                    problems.append(f"state {state!r}: the state handler failed to take it down: {problem}")
        return problems

    def _ask_handler(self, state: str, params: Mapping[str, str]) -> Mapping[str, object] | None:
        handler = self.target.state_handler
        if handler is None:
            return None
        try:
            provided = self._call(handler, {"state": state, "action": "setup", "params": dict(params)})
        except StateUnavailable as problem:
            message = f"state {state!r}: the state handler failed: {problem}"
            raise StateUnavailable(message) from problem
        if provided is not None and not isinstance(provided, Mapping):
            message = f"state {state!r}: the state handler gave {_kind(provided)}, expected an object of values"
            raise StateUnavailable(message)
        return provided

    def _call(self, handler: StateHandler, question: dict[str, Any]) -> Any:  # noqa: ANN401 - whatever the handler says
        if handler.url:
            return _ask_over_http(handler, question, self.fetch)
        if handler.command:
            return _ask_command(handler, question)
        return _ask_python(handler, question)


def _checked(kind: StateKind, given: Mapping[str, object]) -> Values:
    """Return the known values as text; extra ones are left out."""
    values = {}
    for name, type_ in kind.values.items():
        if name not in given:
            known = ", ".join(map(repr, given)) or "nothing"
            message = f"state {kind.name!r}: the value {name!r} is missing (given: {known})"
            raise StateUnavailable(message)
        value = given[name]
        if isinstance(value, bool) or not isinstance(value, str | int):
            message = f"state {kind.name!r}: {name!r} is {_kind(value)}, expected a string or a whole number"
            raise StateUnavailable(message)
        text = str(value)
        if not text or not text.isprintable():
            message = f"state {kind.name!r}: {name!r} is empty or holds control characters"
            raise StateUnavailable(message)
        if type_ == "integer" and _integer(text) is None:
            message = f"state {kind.name!r}: {name!r} is {text!r}, expected a whole number"
            raise StateUnavailable(message)
        if type_ == "token" and not (text.isascii() and " " not in text):
            message = f"state {kind.name!r}: {name!r} holds characters that no header can carry"
            raise StateUnavailable(message)
        values[name] = text
    return Values(kind.name, values)


def _integer(text: str) -> int | None:
    digits = text.removeprefix("-")
    # `isdecimal` alone would take other scripts' digits.
    return int(text) if digits.isascii() and digits.isdecimal() and len(digits) <= _MOST_DIGITS else None


def _kind(value: object) -> str:
    names = {bool: "a boolean", float: "a number", list: "a list", dict: "an object", str: "a string", int: "a number"}
    return "null" if value is None else names.get(type(value), type(value).__name__)


def _ask_over_http(
    handler: StateHandler,
    question: dict[str, Any],
    fetch: Callable[[SentRequest], Exchange],
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
