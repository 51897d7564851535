"""What a report says of all targets together: verdicts, outcomes side by side, what they have in common.

It is gathered in one pass, target by target, and holds no exchange: a few hundred bytes a target, however long the
report is. Everything that stands before the details of the targets comes from here.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from assay.model import Outcome, Verdict
from assay.report import digest
from assay.report.consequences import gaps
from assay.report.repeating import finding
from assay.report.waived import STALE, is_excused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from assay.report.digest import Node

IN_DETAIL = 5
"""Targets that a reader can be shown one after the other; of more, what sets them apart is of interest."""

NAMES_KEPT = 3
"""How many targets are named where a finding is common to many."""

GROUPS_KEPT = 100
"""How many different reasons are told apart: each server may have words of its own."""

_ORDER = tuple(Outcome)
_STANDINGS = [*map(str, Verdict), digest.NOT_JUDGED]
_MISSING = 255
_DETAILS = {"requirements", "readings", "missing_states"}
_OF_ANY_TARGET = ("id", "operation", "statement", "level", "source", "proven_by", "statements", "rests_on")


@dataclass(slots=True)
class Followed:
    """A place that the documents leave open, and which targets read it how."""

    statement: str
    touches: tuple[str, ...]
    meanings: dict[str, str] = field(default_factory=dict)
    """Of each reading that was seen."""
    positions: dict[str, list[int]] = field(default_factory=dict)
    """Reading → the targets that follow it; one may follow several."""

    def add(self, position: int, reading: Node) -> None:
        """Take in what one more target shows."""
        for each in reading["observed"]:
            self.meanings.setdefault(each["reading"], each["meaning"])
            self.positions.setdefault(each["reading"], []).append(position)


class Matrix:
    """The outcomes of the targets of one contract, side by side."""

    def __init__(self, contract: str) -> None:
        self.contract = contract
        self.positions: list[int] = []
        """Which targets of the report these are, from 1."""
        self.requirements: dict[str, Node] = {}
        """Id → what stands about the requirement whatever the target: statement, level, source."""
        self.readings: dict[str, Followed] = {}
        """Id of an ambiguity → how the targets read it."""
        self._rows: dict[str, bytearray] = {}

    def add(self, position: int, target: Node) -> None:
        """Take in one more target."""
        self.positions.append(position)
        for each in target["requirements"]:
            row = self._rows.setdefault(each["id"], bytearray())
            row.extend([_MISSING] * (len(self.positions) - 1 - len(row)))
            row.append(_ORDER.index(Outcome(each["outcome"])))
            if each["id"] not in self.requirements:
                self.requirements[each["id"]] = {key: each[key] for key in _OF_ANY_TARGET if key in each}
        for each in target["readings"]:
            known = Followed(each["statement"], tuple(each.get("touches", ())))
            self.readings.setdefault(each["ambiguity"], known).add(position, each)

    def row(self, requirement: str) -> list[Outcome | None]:
        """Return the outcome of one requirement for each target, `None` where a target does not have it."""
        row = self._rows[requirement]
        row.extend([_MISSING] * (len(self.positions) - len(row)))
        return [None if number == _MISSING else _ORDER[number] for number in row]

    def rows(self) -> Iterator[tuple[str, list[Outcome | None]]]:
        """Yield all requirements with their rows."""
        for name in self._rows:
            yield name, self.row(name)

    def open_rows(self, run: Node) -> Iterator[tuple[str, list[Outcome | None]]]:
        """Yield the requirements in which targets differ or that did not pass everywhere, with their rows.

        What applies to no target, was selected for none, or is left to another shard sets none of them apart.
        """
        quiet = [{Outcome.PASSED}, {Outcome.INAPPLICABLE}, *([{Outcome.NOT_RUN}] if run["partial"] else [])]
        elsewhere = {Outcome.NOT_RUN} if "shard" in run else set()
        for name, row in self.rows():
            if set(row) not in quiet and set(row) - elsewhere not in quiet:
                yield name, row


@dataclass(slots=True)
class Shared:
    """Something that is said of one or more targets in the same way."""

    outcome: Outcome
    example: Node
    """Where it was found first: a requirement without exchanges but for a curl line, or the reason of a gap."""
    targets: int = 0
    names: list[str] = field(default_factory=list)
    """Of the first of these targets."""

    def add(self, name: str) -> None:
        """Count one more target."""
        self.targets += 1
        if len(self.names) < NAMES_KEPT:
            self.names.append(name)


@dataclass(slots=True)
class Survey:
    """What the targets of a report come to."""

    outlines: list[Node] = field(default_factory=list)
    """The targets in order, without requirements and readings."""
    matrices: dict[str, Matrix] = field(default_factory=dict)
    """By contract."""
    findings: dict[tuple[Outcome, str], Shared] = field(default_factory=dict)
    """By outcome and requirement id."""
    gaps: dict[tuple[Outcome, str], Shared] = field(default_factory=dict)
    """What was not tested, by outcome and reason."""
    gaps_left_out: int = 0
    waivers: list[tuple[str, Node]] = field(default_factory=list)
    """Target name and requirement, without evidence, of every waiver."""
    waived_deviations: int = 0
    """How many checks that deviate belong to a requirement that is waived."""
    waived_failures: int = 0
    """How many requirements that failed are waived."""
    checks: Counter[Outcome] = field(default_factory=Counter)
    duration_s: float = 0.0
    """Of all checks, as their views round it."""
    asked: bool = False
    """Whether any check made an exchange."""
    answered: bool = False
    """Whether any exchange brought an answer."""

    @classmethod
    def of(cls, targets: Iterable[Node]) -> Survey:
        """Look at each target once."""
        survey = cls()
        for position, target in enumerate(targets, 1):
            survey.add(position, target)
        return survey

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of the targets."""
        return Verdict.worst(Verdict(each["verdict"]) for each in self.outlines)

    @property
    def outcomes(self) -> Counter[Outcome]:
        """How many requirements ended with each outcome, of all targets together."""
        found: Counter[Outcome] = Counter()
        for each in self.outlines:
            found.update({Outcome(name): number for name, number in each["counts"].items()})
        return found

    @property
    def verdict_but_for_waivers(self) -> Verdict:
        """The worst verdict of the targets where what is waived counts for nothing."""
        return Verdict.worst(Verdict(each.get("verdict_but_for_waivers", each["verdict"])) for each in self.outlines)

    @property
    def is_unanswered(self) -> bool:
        """Whether something was asked, and no target gave a single HTTP answer."""
        return self.asked and not self.answered

    @property
    def stale_waivers(self) -> list[tuple[str, Node]]:
        """Target name and requirement of every waiver that somebody has to look at."""
        return [(name, each) for name, each in self.waivers if each["waiver"]["state"] in STALE]

    @property
    def operations(self) -> list[str]:
        """The operations of all contracts."""
        requirements = (each for matrix in self.matrices.values() for each in matrix.requirements.values())
        return list(dict.fromkeys(each["operation"] for each in requirements))

    @property
    def is_large(self) -> bool:
        """Whether there are more targets than anybody would read about one by one."""
        return len(self.outlines) > IN_DETAIL

    def verdicts(self, *, partial: bool) -> Counter[str]:
        """Return how many targets have each verdict, or none for want of anything selected; the worst first."""
        found = Counter(digest.standing(each, partial=partial) for each in self.outlines)
        return Counter({each: found[each] for each in _STANDINGS if found[each]})

    def worst_first(self, *, partial: bool) -> list[tuple[int, Node]]:
        """Return position and outline of the targets, those with the worst verdict and most findings first."""

        def badness(numbered: tuple[int, Node]) -> tuple[int, ...]:
            _, each = numbered
            place = _STANDINGS.index(digest.standing(each, partial=partial))
            return (place, *(-each["counts"][outcome] for outcome in digest.DISPLAY_ORDER[:-2]))

        return sorted(enumerate(self.outlines, 1), key=badness)

    def add(self, position: int, target: Node) -> None:
        """Take in one more target."""
        self.outlines.append({key: value for key, value in target.items() if key not in _DETAILS})
        self.matrices.setdefault(target["contract"], Matrix(target["contract"])).add(position, target)
        for requirement in target["requirements"]:
            self._note_finding(requirement, target)
            self._note_waiver(requirement, target["name"])
            for check in requirement["checks"]:
                self._note_check(check)
        for gap in gaps(target):
            self._note_gap(gap, target["name"])

    def _note_check(self, check: Node) -> None:
        self.checks[Outcome(check["outcome"])] += 1
        self.duration_s += round(check["duration_s"], 3)
        self.asked = self.asked or bool(check["exchanges"])
        self.answered = self.answered or any(exchange["response"] for exchange in check["exchanges"])

    def _note_waiver(self, requirement: Node, name: str) -> None:
        if "waiver" in requirement:
            self.waivers.append((name, {key: value for key, value in requirement.items() if key != "checks"}))
        if is_excused(requirement):
            self.waived_failures += requirement["outcome"] == Outcome.FAILED
            self.waived_deviations += sum(each["outcome"] == Outcome.DEVIATION for each in requirement["checks"])

    def _note_finding(self, requirement: Node, target: Node) -> None:
        outcome = Outcome(requirement["outcome"])
        if outcome in digest.FINDINGS:
            key = outcome, requirement["id"]
            if key not in self.findings:
                # What many targets share is waived at some of them at most.
                example = {name: said for name, said in finding(requirement, target).items() if name != "waiver"}
                self.findings[key] = Shared(outcome, example)
            self.findings[key].add(target["name"])

    def _note_gap(self, gap: digest.Untested, name: str) -> None:
        key = gap.outcome, gap.reason
        if key not in self.gaps and len(self.gaps) >= GROUPS_KEPT:
            self.gaps_left_out += 1
            return
        if key not in self.gaps:
            self.gaps[key] = Shared(gap.outcome, {"reason": gap.reason, "count": gap.count})
        self.gaps[key].add(name)
