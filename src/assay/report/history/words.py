"""What the forms of a comparison say in words: what targets share is said once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from assay.report import digest
from assay.report.history.changes import Change
from assay.report.text import counted, joined

if TYPE_CHECKING:
    from assay.report.history.changes import Changed, Comparison, Side, Speed

HEADINGS = {
    Change.NEWLY_FAILING: "Newly failing",
    Change.LOST: "Not judged any more",
    Change.NEWLY_UNVERIFIED: "Not verified any more",
    Change.NEWLY_INAPPLICABLE: "Not applicable any more",
    Change.FAILING_OTHERWISE: "Still failing, for another reason",
    Change.UNVERIFIED_OTHERWISE: "Still not verified, for another reason",
    Change.NEWLY_PASSING: "Newly passing",
    Change.ADDED: "Not judged before",
}
_WORSE = {
    Change.NEWLY_FAILING: "newly failing",
    Change.LOST: "not judged any more",
    Change.NEWLY_UNVERIFIED: "not verified any more",
    Change.NEWLY_INAPPLICABLE: "not applicable any more",
    Change.FAILING_OTHERWISE: "failing where there was a deviation",
    Change.UNVERIFIED_OTHERWISE: "ended by an error of the suite",
}
IN_FULL = (Change.NEWLY_FAILING, Change.FAILING_OTHERWISE)
"""Of what a reader wants to see what happened; of the others the outcomes say enough, and a message in one line."""


@dataclass(slots=True)
class Shared:
    """One change of a requirement, and the targets that have it."""

    example: Changed
    """Of the first of them."""
    targets: list[str] = field(default_factory=list)


def shared(comparison: Comparison) -> dict[Change, list[Shared]]:
    """Return the changes by kind, those that most targets have first."""
    found: dict[tuple[object, ...], Shared] = {}
    for target in comparison.targets:
        for each in target.changes:
            outcomes = [side and (side.outcome, side.fingerprint) for side in (each.old, each.new)]
            key = each.change, each.id, each.is_worse, *outcomes
            found.setdefault(key, Shared(each)).targets.append(target.name)
    by_change: dict[Change, list[Shared]] = {change: [] for change in Change}
    for one in sorted(found.values(), key=lambda each: -len(each.targets)):
        by_change[one.example.change].append(one)
    return {change: listed for change, listed in by_change.items() if listed}


def outcomes(changed: Changed) -> str:
    """Return `passed → failed`."""
    return f"{_outcome(changed.old)} → {_outcome(changed.new)}"


def _outcome(side: Side | None) -> str:
    return digest.outcome_in_words(side.outcome) if side else "none"


def message(changed: Changed) -> str:
    """Return what the new report says of a requirement, or, where it passes or is not there, what the old one said."""
    if changed.new and changed.new.message:
        return changed.new.message
    return changed.old.message if changed.old else ""


def in_seconds(speed: Speed) -> str:
    """Return how the speed of an operation changed."""
    word = "slower" if speed.new_s > speed.old_s else "faster"
    low, high = sorted((speed.old_s, speed.new_s))
    times = f"{high / low:.1f} times as {'slow' if word == 'slower' else 'fast'}, " if low else ""
    return (
        f"{times}{speed.old_s * 1000:.0f} ms → {speed.new_s * 1000:.0f} ms (median of {counted(speed.checks, 'check')})"
    )


def verdict(comparison: Comparison) -> str:
    """Return the sentence that says whether anything got worse."""
    parts = [f"{number:,} {_WORSE[change]}" for change, number in sorted(comparison.worse.items(), key=_in_order)]
    if comparison.gone:
        parts.append(f"{counted(len(comparison.gone), 'target')} not judged any more")
    if not parts:
        return "Nothing got worse."
    return f"Worse: {joined(parts)}."


def _in_order(counted_change: tuple[Change, int]) -> int:
    return list(Change).index(counted_change[0])


def not_compared(comparison: Comparison) -> str:
    """Return how much was left out because one of the runs was not to decide it, or an empty text."""
    number = sum(target.not_compared for target in comparison.targets)
    return f"{counted(number, 'requirement')} not compared: not selected in one of the runs." if number else ""
