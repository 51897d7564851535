"""Whether statements about a report hold: who has signed them, and whether they say what the report says.

The statements about the report are made anew from it and held against those of the bundle, so that whatever we state is
checked, and in one way. What others may have added, in-toto has readers pass over; it is named.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from assay.report.attestation.bundle import AmbiguousError, parsed
from assay.report.attestation.signing import is_signed_by
from assay.report.attestation.statement import CONFORMANCE, TEST_RESULT, statements
from assay.report.document import Written
from assay.report.schema import find_problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from securesystemslib.signer import SSlibKey

    from assay.report.attestation.bundle import Bundle, Line

NAMES = {TEST_RESULT: "test result", CONFORMANCE: "conformance"}
"""The statements that there must be, by the type of their predicate."""

_SHOWN = 3
"""How many tests are named in which a list differs."""

_LONGEST = 200


class Standing(Enum):
    """What statements are worth that agree with their report."""

    VERIFIED = "verified"
    """Signed with the key that was named."""
    UNCHECKED = "unchecked"
    """Signed, but nobody has said whose signature it must be."""
    UNSIGNED = "unsigned"


@dataclass(frozen=True, slots=True)
class Verification:
    """What came of looking at a bundle and a report."""

    problems: tuple[str, ...]
    """Why it does not verify; empty where it does."""
    notes: tuple[str, ...]
    """What was not looked at."""
    standing: Standing
    report: Written | None
    """The report, where statements speak of it and it is one."""
    sha256: str
    """Of `report.json`."""
    key: str
    """The id of the key that signatures were checked with, empty where there was none."""


def verify(bundle: Bundle, document: bytes, key: SSlibKey | None) -> Verification:
    """Hold a bundle against the bytes of a `report.json`, and its signatures against a key if there is one."""
    sha256 = hashlib.sha256(document).hexdigest()
    about = [line for line in bundle.lines if _speaks_of(line, sha256)]
    problems = list(_missing(bundle, about, sha256))
    notes = [*bundle.passed_over, *(_elsewhere(line) for line in bundle.lines if not _speaks_of(line, sha256))]
    if key is not None:
        problems += filter(None, (_not_signed(line, key) for line in about))
    report = _report(document, problems) if about else None
    if report is not None:
        expected = statements(report, sha256)
        for line in about:
            _compare(f"line {line.number}", line.statement, expected[_kind(line)], problems, notes)
    name = key.keyid if key else ""
    return Verification(tuple(problems), tuple(notes), _standing(about, key), report, sha256, name)


def _speaks_of(line: Line, sha256: str) -> bool:
    return _kind(line) in NAMES and sha256 in _digests(line)


def _kind(line: Line) -> str:
    return str(line.statement.get("predicateType"))


def _digests(line: Line) -> list[str]:
    subjects = line.statement.get("subject")
    digests = [each.get("digest") for each in subjects if isinstance(each, dict)] if isinstance(subjects, list) else []
    return [str(each.get("sha256")) for each in digests if isinstance(each, dict) and "sha256" in each]


def _elsewhere(line: Line) -> str:
    kind = _kind(line)
    about = f"it is about {_named(line)}" if kind in NAMES else f"its predicate is of the type {kind!r}"
    return f"line {line.number} was not looked at: {about}"


def _named(line: Line) -> str:
    return f"sha256 {', '.join(_digests(line)) or 'of nothing'}"


def _missing(bundle: Bundle, about: list[Line], sha256: str) -> Iterator[str]:
    if not bundle.lines:
        yield "there is no statement in it; `assay report REPORT --format intoto` makes those of a report"
        return
    for kind, name in NAMES.items():
        if not any(_kind(line) == kind for line in about):
            others = [_named(line) for line in bundle.lines if _kind(line) == kind]
            instead = f", but one about {others[0]}" if others else ""
            yield f"there is no {name} statement ({kind}) about this report, sha256 {sha256}{instead}"


def _not_signed(line: Line, key: SSlibKey) -> str:
    if line.signed is None or not line.signed.signatures:
        return f"line {line.number}: it is not signed"
    if is_signed_by(line.signed, key):
        return ""
    names = [name for name, _ in line.signed.signatures]
    if key.keyid in names:
        return f"line {line.number}: it was changed since it was signed with this key, {key.keyid}"
    return f"line {line.number}: it is not signed with this key, {key.keyid}, but, as it says itself, with {names[0]!r}"


def _standing(about: list[Line], key: SSlibKey | None) -> Standing:
    if key is not None:
        return Standing.VERIFIED
    is_signed = any(line.signed is not None and line.signed.signatures for line in about)
    return Standing.UNCHECKED if is_signed else Standing.UNSIGNED


def _report(document: bytes, problems: list[str]) -> Written | None:
    """Return the report, or say what keeps the document from being one."""
    try:
        content = parsed(document)
        wrong = list(find_problems(content))
    except (AmbiguousError, RecursionError) as error:
        problems.append(f"the report cannot be read: {error}")
        return None
    problems += [f"the report is not valid: {each}" for each in wrong]
    return None if wrong else Written(content)


def _compare(path: str, stated: Any, expected: Any, problems: list[str], notes: list[str]) -> None:  # noqa: ANN401 - JSON
    """Say where a statement differs from what the report says, and what it says beyond."""
    if isinstance(expected, dict) and isinstance(stated, dict):
        for name, value in expected.items():
            if name in stated:
                _compare(f"{path}: {name}", stated[name], value, problems, notes)
            else:
                problems.append(f"{path}: it lacks {name}, which is {_shown(value)} in the report")
        notes += [f"{path}: {name!r} was not looked at" for name in stated if name not in expected]
    elif _are_texts(expected) and _are_texts(stated):
        problems += _differences(path, stated, expected)
    elif isinstance(expected, list) and isinstance(stated, list) and len(expected) == len(stated):
        for number, (one, other) in enumerate(zip(stated, expected, strict=True), 1):
            _compare(f"{path} {number}", one, other, problems, notes)
    elif type(stated) is not type(expected) or stated != expected:
        problems.append(f"{path} is {_shown(stated)}, and {_shown(expected)} in the report")


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _differences(path: str, stated: list[str], expected: list[str]) -> Iterator[str]:
    """Say in which tests two lists differ; their order says nothing."""
    here, there = Counter(stated), Counter(expected)
    for difference, says in ((there - here, "lacks"), (here - there, "has, other than the report,")):
        tests = list(difference.elements())
        if tests:
            more = f" and {len(tests) - _SHOWN} more" if len(tests) > _SHOWN else ""
            yield f"{path} {says} {', '.join(map(_shown, tests[:_SHOWN]))}{more}"


def _shown(value: object) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return "nested beyond all bounds"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
