"""What tells one failure of a requirement from another: one mistake of a server has one fingerprint.

A message holds what varies from run to run: ids, times, generated values, how often something was seen. What is left
without these says what went wrong: which checks object, what they expected, which status, which field, which place.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING

from assay.model import CheckKind, Outcome
from assay.report import digest

if TYPE_CHECKING:
    from assay.report.digest import Node

VIOLATIONS = (Outcome.FAILED, Outcome.DEVIATION)

_HEX_DIGITS = 16

_TRUST = (CheckKind.CASE, CheckKind.OBSERVER, CheckKind.GENERATED)
"""What a check rests on, the steadiest first: what a case sends is the same each time, what observers see depends on
what else was sent, and of generated requests others may be the ones that show the mistake."""

_AMOUNT = re.compile(r" \((?:on \d+ exchanges|and \d+ more problems? in the body)\)")
_LABEL = re.compile(r'request "(?P<label>.*?)": (?=expected |the body )', re.DOTALL)
_EXAMPLE = re.compile(r"(?:positive|negative) example \d")
"""How `fuzz` labels what was generated."""
_FIELDS = re.compile(r'(\bthe fields? (?:"(?:[^"\\]|\\.)*"(?:, | and )?)+)')
_STRING = re.compile(r'"(?:[^"\\]|\\.)*(?:"|$)')
_INNERMOST = re.compile(r"\[[^\[\]{}]*\]|\{[^\[\]{}]*\}")
_EMPTY = ("{}", "[]")
_UNCLOSED = re.compile(r"[\[{][^\]}]+$")
_VARYING = re.compile(r"(?<![\w$.])[\w.:+%/-]*\d[\w.:+%/-]*")
_REPEATED = re.compile(r'("…"|#)(?:(?:, | and | or )\1)+')
_STATUSES = re.compile(r"[1-5]\d\d(?: or [1-5]\d\d)*")
_ABOUT_A_STATUS = re.compile(r"^[1-5]\d\d\b|\b(?:refusal|success|error|status|statuses)\b")
_STATUS = re.compile(r"(?:status )?([1-5]\d\d)\b(?![-.:/])")


def fingerprint(requirement: Node) -> str:
    """Return the fingerprint of a requirement that failed or deviates: sixteen hexadecimal digits."""
    objections = [[check["name"], skeleton(check)] for check in _steadiest(requirement)]
    identity = json.dumps([requirement["id"], *sorted(objections)])
    return hashlib.sha256(identity.encode()).hexdigest()[:_HEX_DIGITS]


def kind_of(check: Node) -> CheckKind:
    """Return what a check of a report rests on; one of an earlier version does not say it."""
    return CheckKind(check.get("kind", CheckKind.CASE))


def _steadiest(requirement: Node) -> list[Node]:
    """Return the checks that object, of those kinds only the steadiest one."""
    objecting = digest.deciding_checks(requirement)
    steadiest = min(map(kind_of, objecting), key=_TRUST.index)
    return [check for check in objecting if kind_of(check) is steadiest]


def skeleton(check: Node) -> str:
    """Return what a check says without all that varies between two runs in which the same thing is wrong."""
    message = _AMOUNT.sub("", check["message"])
    label = _LABEL.match(message)
    if label is None:
        return _sentence(message)
    # The calls of cases have names, also where an observer saw them; a generated one is another one with another seed.
    is_generated = kind_of(check) is CheckKind.GENERATED or _EXAMPLE.match(label["label"])
    named = "" if is_generated else _VARYING.sub("#", label["label"])
    return f"{named}: {_sentence(message[label.end() :])}"


def _sentence(message: str) -> str:
    sides = digest.expectation(message)
    if sides is None:
        return _steady(message)
    expected = sides.expected if _STATUSES.fullmatch(sides.expected) else _steady(sides.expected)
    # Only where a status is due is a number one, and not an id.
    status = _STATUS.match(sides.got) if _ABOUT_A_STATUS.search(sides.expected) else None
    got = sides.got if sides.got in _EMPTY else status[1] if status else _steady(sides.got)
    return f"{_steady(sides.label)} expected {expected}, got {got}"


def _steady(text: str) -> str:
    """Return a text in which values stand no more; the names of fields that are missing stay."""
    return "".join(part if _FIELDS.fullmatch(part) else _without_values(part) for part in _FIELDS.split(text))


def _without_values(text: str) -> str:
    before, now = "", _STRING.sub(lambda found: found[0] if found[0] == '""' else '"…"', text)
    while before != now:
        before, now = now, _INNERMOST.sub("(…)", now)
    return _REPEATED.sub(r"\1", _VARYING.sub("#", _UNCLOSED.sub("(…)", now)))
