"""Provider states: the values that a check needs, from the target file, from a state handler, or made up.

A state that nobody provides raises `StateUnavailable`, whose text names the state and says how to provide it. A
handler that fails or hangs touches the one check that asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from assay.interrupts import put_off
from assay.state_handlers import StateUnavailable, ask

if TYPE_CHECKING:
    from assay.model import StateKind
    from assay.state_handlers import Fetch
    from assay.target import Target

__all__ = ["StateProvider", "StateUnavailable", "Values"]

_MOST_DIGITS = 100


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
    fetch: Fetch
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
                    ask(handler, {"state": state, "action": "teardown", "values": dict(values)}, self.fetch)
                except StateUnavailable as problem:
                    problems.append(f"state {state!r}: the state handler failed to take it down: {problem}")
        return problems

    def _ask_handler(self, state: str, params: Mapping[str, str]) -> Mapping[str, object] | None:
        handler = self.target.state_handler
        if handler is None:
            return None
        try:
            provided = ask(handler, {"state": state, "action": "setup", "params": dict(params)}, self.fetch)
        except StateUnavailable as problem:
            message = f"state {state!r}: the state handler failed: {problem}"
            raise StateUnavailable(message) from problem
        if provided is not None and not isinstance(provided, Mapping):
            message = f"state {state!r}: the state handler gave {_kind(provided)}, expected an object of values"
            raise StateUnavailable(message)
        return provided


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
