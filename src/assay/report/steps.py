"""What a check did, step by step, in a line: many a violation shows only in the order of several requests."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

from assay.report import digest
from assay.report.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.report.digest import Node

_SHOWN = 6
_UNFOLDED = 3
"""Exchanges that a reader can take in at once."""
_COPY = re.compile(r"^\d+ of \d+ (?=at the same moment$)")
"""How the label of one of several requests begins that are told in one step."""


def steps(check: Node) -> str:
    """Return `1 without the privilege → 403, 2 after the refusal → 400`; empty where there was one request.

    Of a check that asks many things no more is told than the steps around the one that decided it.
    """
    if digest.is_observer(check) or check.get("kind") == "generated" or len(check["exchanges"]) <= 1:
        return ""
    told = list(_told(check))
    decided = next((place for place, (_, decides) in enumerate(told) if decides), len(told) - 1)
    start = max(0, min(decided - _SHOWN // 2, len(told) - _SHOWN))
    shown = [f"{number} {text}" for number, (text, _) in enumerate(told, 1)][start : start + _SHOWN]
    before = [f"{counted(start, 'step')} before"] if start else []
    after = len(told) - start - len(shown)
    return ", ".join([*before, *shown, *([counted(after, "more step")] if after > 0 else [])])


def led_up_to(check: Node, exchange: Node) -> bool:
    """Whether a violation cannot be understood without an exchange: the deciding one, and what it was asked behind."""
    decisive = digest.deciding_exchange(check)
    if decisive is None or exchange is decisive or digest.evidence(check):
        return exchange is decisive
    asked = [each for each in check["exchanges"] if _asks_the_same(each, decisive)]
    return len(asked) <= _UNFOLDED and any(each is exchange for each in asked)


def _asks_the_same(one: Node, other: Node) -> bool:
    return all(one["request"][part] == other["request"][part] for part in ("method", "url")) and "role" not in one


def _told(check: Node) -> Iterator[tuple[str, bool]]:
    """Yield each step with whether the check was decided on it; requests that differ in nothing are one."""
    decisive = digest.deciding_exchange(check)
    for (name, came), group in groupby(check["exchanges"], key=lambda each: (_name(each), _answer(each))):
        same = list(group)
        times = f" ({len(same)} times)" if len(same) > 1 else ""
        yield f"{name} → {came}{times}", any(each is decisive for each in same)


def _name(exchange: Node) -> str:
    label = _COPY.sub("", exchange.get("label", ""))
    return " ".join(filter(None, [exchange.get("role", ""), label])) or str(exchange["request"]["method"])


def _answer(exchange: Node) -> str:
    return str(exchange["response"]["status"]) if exchange["response"] else "no answer"
