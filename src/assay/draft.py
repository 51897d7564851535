"""The text of a new target file: what a user said of a server, and everything else as comments to be filled in.

A comment that explains begins with `# `; a line that is to be filled in and uncommented begins with `#` alone. The
whole reads as a target file either way.
"""

from __future__ import annotations

import json
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from assay.model import Contract, StateKind

_WIDTH = 100


@dataclass(frozen=True, slots=True)
class Answers:
    """What is known of a server that is going to be judged."""

    name: str
    base_url: str
    token: str
    """`env:NAME` or `file:PATH`, never a token itself; empty where the server wants none."""
    lacks: tuple[str, ...] = ()
    """The optional capabilities that it has not."""


def draft(path: Path, contract: Contract, answers: Answers, takes: Mapping[str, int]) -> str:
    """Return the text of the target file at `path`; `takes` says how many sets of each state a whole run takes."""
    sections = [
        *_head(path),
        *_target(contract, answers),
        *_auth(contract, answers),
        *_capabilities(contract, answers),
        *_states(contract, takes),
        *_handler(contract),
    ]
    return "\n".join(sections) + "\n"


def _head(path: Path) -> Iterator[str]:
    yield "# A server that Assay judges, and what it may use there. Next:"
    yield f"#   assay doctor --target {path}    looks whether everything is in place"
    yield f"#   assay plan --target {path}      says what a run would do, and sends nothing"
    yield f"#   assay run --target {path}       judges the server"
    yield from _said("Lines that begin with # and no blank behind it are settings to be filled in and uncommented.")


def _target(contract: Contract, answers: Answers) -> Iterator[str]:
    yield ""
    yield "[target]"
    yield f"name = {_quoted(answers.name)}"
    yield f"contract = {_quoted(contract.id)}"
    yield from _said("The documented paths are appended to it:")
    for operation in contract.operations.values():
        yield f"#   {operation.method} {operation.path}"
    yield f"base_url = {_quoted(answers.base_url)}"
    yield from _said("Seconds for a whole exchange, and the most requests that a run sends in one.")
    yield "#timeout_s = 10"
    yield "#max_requests_per_second = 20"
    yield from _said("Certificates of the authority that signed the server's, where this machine does not know it.")
    yield '#ca_bundle = "ca.pem"'


def _auth(contract: Contract, answers: Answers) -> Iterator[str]:
    scheme = f"{contract.auth_scheme} " if contract.auth_scheme else ""
    yield ""
    yield "[auth]"
    yield from _said(
        f"Sent as '{contract.auth_header}: {scheme}<token>'. It is read from the environment (env:NAME) or from a file "
        "(file:PATH), so that this file may be shared."
    )
    yield f"token = {_quoted(answers.token)}" if answers.token else f'#token = "env:{contract.id.upper()}_TOKEN"'
    yield from _said('The word before the token, where the server wants another one; "" sends the bare token.')
    yield f"#scheme = {_quoted(contract.auth_scheme)}"


def _capabilities(contract: Contract, answers: Answers) -> Iterator[str]:
    if not contract.capabilities:
        return
    yield ""
    yield from _said("What the server lacks is not asked for. What is not named here is taken to be there.")
    yield "[capabilities]"
    for name, description in contract.capabilities.items():
        yield from _said(description)
        yield f"{'' if name in answers.lacks else '#'}{name} = false"


def _states(contract: Contract, takes: Mapping[str, int]) -> Iterator[str]:
    yield ""
    yield from _said(
        "Provider states: objects on the server that the checks may use. each = [{…}, {…}] lists sets that are used "
        "once each, always = {…} one that may be used any number of times; either may stand for any state. A check "
        "whose state is missing stays untestable."
    )
    for name, kind in contract.states.items():
        yield ""
        yield from _said(f"{name}: {kind.description}. {_need(kind, takes.get(name, 0))}")
        yield from (f"#{line}" for line in state_lines(kind))


def state_lines(kind: StateKind) -> Iterator[str]:
    """Yield the lines that list a state in a target file, with values to be replaced."""
    yield f"[states.{kind.name}]"
    if kind.used_up:
        yield f"each = [{sample(kind, 1)}, {sample(kind, 2)}]"
    else:
        yield f"always = {sample(kind)}"


def _need(kind: StateKind, takes: int) -> str:
    if kind.made_up:
        return "Made up where nothing is listed."
    if kind.used_up:
        return f"A check uses it up; a whole run takes {takes} sets."
    return f"A whole run takes it {takes} times; one that may be used again and again will do."


def sample(kind: StateKind, number: int = 1) -> str:
    """Return a set of values to be replaced, one of each type."""
    kept = {
        "text": f'"fill-in-{number}"',
        "integer": str(number),
        "token": f'"env:{kind.name.upper()}_TOKEN"',
    }
    return "{ " + ", ".join(f"{name} = {kept[type_]}" for name, type_ in kind.values.items()) + " }"


def _handler(contract: Contract) -> Iterator[str]:
    state = next(iter(contract.states), "a_state")
    question = json.dumps({"state": state, "action": "setup", "params": {"contract": contract.id}})
    yield ""
    yield from _said(
        "Or let a handler make the states that are not listed, which suits CI. It is asked by POST, with "
        f"{question}, and answers with the values as a JSON object, or with 404 where it does not know the state. "
        'In place of a url: command = ["./prepare-state"], which reads the question from standard input and prints the '
        'values; or python = "my_states:provide", a function of state and params. teardown = true tells it when the '
        "check is over."
    )
    yield "#[state_handler]"
    yield '#url = "http://127.0.0.1:9100/states"'
    yield "#timeout_s = 10"
    yield "#teardown = true"


def _said(text: str) -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent="# ", subsequent_indent="# ", break_long_words=False, break_on_hyphens=False
    )


def _quoted(text: str) -> str:
    """Return a TOML string; JSON's form is one, but for a character that TOML wants escaped and JSON does not."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
