"""What became of one requirement, as a block of plain text for tools that have room for nothing else.

Every line begins with words of ours, and what came from a server stands on one line, so that no tool takes it for
something that it obeys.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from assay.model import Outcome
from assay.report.digest import FINDINGS, shown_exchanges
from assay.report.remedies import command
from assay.report.repeating import notes
from assay.report.steps import steps
from assay.report.text import counted, one_line
from assay.report.waived import in_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from assay.report.digest import Node

CURL_SHOWN = 16 * 1024
"""A longer curl line is left out: a command must not be cut."""

_ATTACHMENT = re.compile(r"\[(?=\[ATTACHMENT\|)", re.IGNORECASE)
"""GitLab and Jenkins attach the file that such a tag in the output of a test names."""


def account(requirement: Node, target: Node, seed: int, basis: Sequence[str] = ()) -> str:
    """Return what is promised and on what that rests, what became of each check, and how to see it again."""
    lines = [*_lines(requirement, basis)]
    if requirement["outcome"] in FINDINGS:
        lines += ["", f"Only this one again: {command(requirement, target, seed)}"]
    return "\n".join(_safe(line) if line else "" for line in lines)


def source(requirement: Node) -> str:
    """Return where the documents say it."""
    return f"{requirement['source']['document']}, {requirement['source']['section']}"


def seconds(requirement: Node) -> float:
    """Return how long the checks of a requirement took, each rounded to milliseconds."""
    return math.fsum(round(check["duration_s"], 3) for check in requirement["checks"])


def _safe(line: str) -> str:
    return _ATTACHMENT.sub(r"\\x5b", one_line(line))


def _lines(requirement: Node, basis: Sequence[str]) -> Iterator[str]:
    yield _judged(requirement)
    yield f"It is promised: {requirement['statement']}"
    yield f"Level {requirement['level']}; {source(requirement)}"
    yield from (f"It rests on {each}" for each in basis)
    if "waiver" in requirement:
        yield f"Waiver: {in_words(requirement)}"
    for check in requirement["checks"]:
        yield ""
        yield f"Check {check['name']}: {_judged(check)}"
        if check["outcome"] != Outcome.PASSED:
            yield from _evidence(check)


def _judged(judged: Node) -> str:
    return f"{judged['outcome']}: {judged['message']}" if judged.get("message") else str(judged["outcome"])


def _evidence(check: Node) -> Iterator[str]:
    shown = shown_exchanges(check)
    if done := steps(check):
        yield f"Step by step: {done}"
    if len(shown) < len(check["exchanges"]):
        yield f"Exchanges, {len(shown)} of {len(check['exchanges'])}:"
    for exchange in shown:
        yield _exchange_line(exchange)
        curl = exchange["curl"]
        is_short = len(curl) <= CURL_SHOWN
        yield curl if is_short else f"(the curl line has {counted(len(curl), 'character')}: see report.json)"
        if check["outcome"] in FINDINGS:
            yield from notes(check, exchange)


def _exchange_line(exchange: Node) -> str:
    request, response = exchange["request"], exchange["response"]
    names = ", ".join(exchange[key] for key in ("role", "label") if key in exchange)
    came = f"{response['status']} {response['reason']}".strip() if response else exchange["transport_error"]
    return f"Request{f' ({names})' if names else ''}: {request['method']} {request['url']} -> {came}"
