"""What every view says of a report document: verdicts in words, what was not tested, which exchange decides.

A report document is a plain dict in the format of `report.schema.json`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from assay.model import Outcome, Verdict
from assay.report.text import counted, joined

Node = Mapping[str, Any]
"""An object inside a report document: a target, a requirement, a check or an exchange."""

FINDINGS = (Outcome.FAILED, Outcome.DEVIATION, Outcome.ERROR)
"""What a reader has to look at one by one, in this order."""

UNVERIFIED = (Outcome.UNTESTABLE, Outcome.INCONCLUSIVE, Outcome.NOT_RUN)

DISPLAY_ORDER = (*FINDINGS, *UNVERIFIED, Outcome.PASSED, Outcome.INAPPLICABLE)

MARKS = {
    Outcome.FAILED: "F",
    Outcome.DEVIATION: "D",
    Outcome.ERROR: "E",
    Outcome.UNTESTABLE: "U",
    Outcome.INCONCLUSIVE: "I",
    Outcome.NOT_RUN: "N",
    Outcome.PASSED: ".",
    Outcome.INAPPLICABLE: "-",
}
"""An outcome as one character, where many stand side by side; by itself also without colours and in US-ASCII."""

EXCHANGES_SHOWN = 6
"""A fuzz check may have made hundreds; the last ones are those on which it was decided."""

UNANSWERED = "No target gave a single HTTP answer: `assay doctor --target FILE` finds out what stands in the way."
"""What a reader has to know before anything else."""

NOT_JUDGED = "not-judged"
"""Where a verdict would stand, had any requirement of the target been selected."""

_VERDICT_WORDS: dict[str, str] = {
    NOT_JUDGED: "Not judged",
    Verdict.NON_CONFORMANT: "Non-conformant",
    Verdict.NOT_FULLY_VERIFIED: "Not fully verified",
    Verdict.CONFORMANT_WITH_DEVIATIONS: "Conformant, with deviations",
    Verdict.CONFORMANT: "Conformant",
}


@dataclass(frozen=True, slots=True)
class Untested:
    """One reason why something was not tested, and the requirements that it touches."""

    outcome: Outcome
    reason: str
    requirements: tuple[str, ...]
    """Ids, in the order of the report."""
    checks: int
    """How many checks of these requirements have this reason."""

    @property
    def count(self) -> str:
        """How many that is: one requirement may stand under several reasons, a check under one only."""
        return f"{counted(self.checks, 'check')} of {counted(len(self.requirements), 'requirement')}"


@dataclass(frozen=True, slots=True)
class Expectation:
    """A message of the form `label: expected …, got …`, taken apart."""

    label: str
    expected: str
    got: str


def verdict_in_words(verdict: str) -> str:
    """Return a verdict, or `NOT_JUDGED`, as a person would write it."""
    return _VERDICT_WORDS[verdict]


def standing(target: Node, *, partial: bool) -> str:
    """Return the verdict of a target, or `NOT_JUDGED` where nothing of it was selected.

    The verdict on a selection that is empty would read as green although nothing was tested.
    """
    nothing_ran = target["counts"][Outcome.NOT_RUN] == sum(target["counts"].values())
    is_clean = target["verdict"] in (Verdict.CONFORMANT, Verdict.CONFORMANT_WITH_DEVIATIONS)
    return NOT_JUDGED if partial and nothing_ran and is_clean else str(target["verdict"])


def outcome_in_words(outcome: str) -> str:
    """Return an outcome as a person would write it."""
    return outcome.replace("_", " ")


def verdict_reason(target: Node, *, partial: bool, shard: str = "") -> str:
    """Return the sentence that says why a target has its verdict."""
    counts = Counter({Outcome(name): number for name, number in target["counts"].items()})
    verdict, not_run = Verdict(target["verdict"]), counts[Outcome.NOT_RUN]
    # What was not selected is no part of the verdict; what was selected and did not run may be all that stands open.
    if partial and (verdict is not Verdict.NOT_FULLY_VERIFIED or _unverified(counts) > not_run):
        del counts[Outcome.NOT_RUN]
    if standing(target, partial=partial) == NOT_JUDGED:
        return f"None of its checks is in shard {shard}." if shard else "None of its requirements was selected."
    # A requirement has not passed before each of its checks has, and these may be in several shards.
    is_shard_clean = shard and verdict is Verdict.CONFORMANT
    sentence = "Nothing that was checked is violated." if is_shard_clean else _REASONS[verdict](counts)
    if shard:
        sentence += f" Only the checks of shard {shard} were run."
    elif partial and not_run:
        sentence += f" Only selected requirements were judged; {_others(not_run)} not run."
    return sentence


def _others(number: int) -> str:
    return "one was" if number == 1 else f"{number:,} were"


def _why_non_conformant(counts: Counter[Outcome]) -> str:
    failed, unverified = counts[Outcome.FAILED], _unverified(counts)
    sentence = f"{failed:,} of {counted(counts.total(), 'requirement')} failed"
    if counts[Outcome.DEVIATION]:
        sentence += f", with {counted(counts[Outcome.DEVIATION], 'deviation')} besides"
    return sentence + (f"; {unverified:,} could not be verified." if unverified else ".")


def _why_not_fully_verified(counts: Counter[Outcome]) -> str:
    parts = [f"{counts[each]:,} {outcome_in_words(each)}" for each in UNVERIFIED if counts[each]]
    if counts[Outcome.ERROR]:
        parts.append(counted(counts[Outcome.ERROR], "error") + " of the suite")
    unverified = f"{_unverified(counts):,} of {counts.total():,}"
    deviations = counts[Outcome.DEVIATION]
    besides = (
        f"there {'is' if deviations == 1 else 'are'} {counted(deviations, 'deviation')}, and " if deviations else ""
    )
    return f"No requirement failed, but {besides}{unverified} could not be verified: {joined(parts)}."


def _why_with_deviations(counts: Counter[Outcome]) -> str:
    return (
        "No requirement of level must is violated; "
        f"{counts[Outcome.DEVIATION]:,} of level should {'is' if counts[Outcome.DEVIATION] == 1 else 'are'}."
    )


def _why_conformant(counts: Counter[Outcome]) -> str:
    passed, inapplicable = counts[Outcome.PASSED], counts[Outcome.INAPPLICABLE]
    if not passed:
        return "No requirement applies to this target."
    if inapplicable:
        return f"Every requirement that applies has passed, {passed:,} in all; {inapplicable:,} inapplicable."
    return f"Every requirement has passed, {passed:,} in all."


_REASONS = {
    Verdict.NON_CONFORMANT: _why_non_conformant,
    Verdict.NOT_FULLY_VERIFIED: _why_not_fully_verified,
    Verdict.CONFORMANT_WITH_DEVIATIONS: _why_with_deviations,
    Verdict.CONFORMANT: _why_conformant,
}


def _unverified(counts: Counter[Outcome]) -> int:
    return sum(counts[each] for each in (*UNVERIFIED, Outcome.ERROR))


def with_outcome(target: Node, outcome: Outcome) -> list[Node]:
    """Return the requirements of a target that ended with `outcome`, in the order of the report."""
    return [each for each in target["requirements"] if each["outcome"] == outcome]


def _message(_: Node, check: Node) -> str:
    return str(check["message"])


def untested(target: Node, reason: Callable[[Node, Node], str] = _message) -> list[Untested]:
    """Return what was not tested, one entry per reason, those that touch most requirements first in each outcome.

    Checks are looked at, not requirements: a requirement that failed may still have a check that could not run.
    `reason` is told a requirement and one of its checks.
    """
    groups: dict[tuple[Outcome, str], Counter[str]] = {}
    for requirement in target["requirements"]:
        for check in requirement["checks"]:
            outcome = Outcome(check["outcome"])
            if outcome in UNVERIFIED or outcome is Outcome.INAPPLICABLE:
                groups.setdefault((outcome, reason(requirement, check)), Counter())[requirement["id"]] += 1
    found = [Untested(outcome, reason, tuple(ids), ids.total()) for (outcome, reason), ids in groups.items()]
    return sorted(found, key=lambda each: (DISPLAY_ORDER.index(each.outcome), -len(each.requirements)))


def by_operation(target: Node) -> dict[str, Counter[Outcome]]:
    """Return for each operation of a target how many requirements ended with each outcome."""
    table: dict[str, Counter[Outcome]] = {}
    for requirement in target["requirements"]:
        table.setdefault(requirement["operation"], Counter())[Outcome(requirement["outcome"])] += 1
    return table


def is_observer(check: Node) -> bool:
    """Whether a check looks at the exchanges of others, and makes none."""
    return str(check["name"]).startswith("every_exchange_")


def deciding_checks(requirement: Node) -> list[Node]:
    """Return the checks that gave a requirement its outcome."""
    return [each for each in requirement["checks"] if each["outcome"] == requirement["outcome"]]


def deciding_exchange(check: Node) -> Node | None:
    """Return the exchange on which a check was decided, or `None` where it made none.

    That is the first of those that the check names as its evidence, or else the one whose label its message names, or
    the last which is no control: a case stops where it fails.
    """
    exchanges: list[Node] = check["exchanges"]
    if proof := evidence(check):
        return proof[0]
    judged = [each for each in exchanges if each.get("role") != "control"]
    message = check.get("message", "")
    named = [each for each in judged if "label" in each and message.startswith(f'request "{each["label"]}": ')]
    return next(reversed(named or judged or exchanges), None)


def evidence(check: Node) -> list[Node]:
    """Return the exchanges that prove a violation together, such as those that met; none where one is enough."""
    exchanges: list[Node] = check["exchanges"]
    return [exchanges[place] for place in check.get("evidence", ()) if place < len(exchanges)]


def object_of(given: Node) -> str:
    """Return what names the object of a set of a provider state: the first of its values."""
    return next(iter(given["values"].values()), "")


def finding(requirement: Node) -> Node:
    """Return a requirement without its evidence but for the curl line of the deciding exchange."""
    checks = deciding_checks(requirement)
    exchange = deciding_exchange(checks[0]) if checks else None
    found = {key: requirement[key] for key in ("id", "statement", "outcome", "message")}
    found |= {key: requirement[key] for key in ("statements", "rests_on") if key in requirement}
    if "waiver" in requirement:
        found |= {key: requirement[key] for key in ("waiver", "fingerprint") if key in requirement}
    return {**found, "checks": len(checks), "curl": exchange["curl"] if exchange else ""}


def shown_exchanges(check: Node) -> list[Node]:
    """Return the last exchanges of a check, as many as a view has room for, among them the one that decided it.

    Where several prove it together, these stand first.
    """
    exchanges: list[Node] = check["exchanges"]
    if proof := evidence(check)[:EXCHANGES_SHOWN]:
        others = [each for each in exchanges if not any(each is shown for shown in proof)]
        return [*proof, *others[len(others) + len(proof) - EXCHANGES_SHOWN :]]
    decided = deciding_exchange(check)
    if any(each is decided for each in exchanges[-EXCHANGES_SHOWN:]):
        return exchanges[-EXCHANGES_SHOWN:]
    return [each for each in exchanges if each is decided] + exchanges[len(exchanges) - EXCHANGES_SHOWN + 1 :]


def expectation(message: str) -> Expectation | None:
    """Take a message `expected …, got …` apart, or return `None` where it is of another kind."""
    head, separator, got = message.partition(", got ")
    label, _, expected = head.rpartition("expected ") if "expected " in head else ("", "", "")
    if not separator or not expected or (label and not label.endswith(": ")):
        return None
    return Expectation(label.removesuffix(": "), expected, got)
