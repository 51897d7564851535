"""What changed from one report to another, target by target and requirement by requirement.

Something got worse where less holds, or less is known to hold, than before: a requirement that was not violated is, a
`should` that deviated is a `must` that fails, a pass or its applicability is lost, the suite itself fails, or a
requirement or a target is no longer judged. What a waiver excuses, and what takes longer, makes nothing worse.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from enum import StrEnum
from statistics import median, quantiles
from typing import TYPE_CHECKING

from assay.exceptions import ReportError
from assay.model import Outcome
from assay.report import digest
from assay.report.fingerprint import VIOLATIONS
from assay.report.history.snapshot import Camera
from assay.report.waived import is_excused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from assay.report.digest import Node
    from assay.report.document import Report
    from assay.report.history.snapshot import Snapshot, Timing

FORMAT = "assay-diff/1"

_OPEN = (Outcome.ERROR, *digest.UNVERIFIED)

_FEWEST_CHECKS = 5
_LEAST_RATIO = 1.5
_LEAST_SECONDS = 0.01
"""A change of speed is told only where it is none of those that every second run shows."""


class Change(StrEnum):
    """What became of a requirement; what a reader has to look at first stands first."""

    NEWLY_FAILING = "newly_failing"
    LOST = "lost"
    """It stands in the old report only."""
    NEWLY_UNVERIFIED = "newly_unverified"
    NEWLY_INAPPLICABLE = "newly_inapplicable"
    FAILING_OTHERWISE = "failing_otherwise"
    """It failed before, for another reason."""
    UNVERIFIED_OTHERWISE = "unverified_otherwise"
    """It was not verified before, with another outcome."""
    NEWLY_PASSING = "newly_passing"
    ADDED = "added"
    """It stands in the new report only."""


@dataclass(frozen=True, slots=True)
class Side:
    """A requirement in one of the two reports."""

    outcome: Outcome
    message: str = ""
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Changed:
    """A requirement of a target that is not as it was."""

    id: str
    change: Change
    old: Side | None
    new: Side | None
    statement: str = ""
    curl: str = ""
    """Repeats what the new report says of it, where it is violated."""
    is_excused: bool = False
    """Whether a waiver excuses the new failure."""

    @property
    def is_worse(self) -> bool:
        """Whether less holds, or is known to hold, than before."""
        old, new = self.old and self.old.outcome, self.new and self.new.outcome
        match self.change:
            case Change.NEWLY_FAILING:
                return not self.is_excused
            case Change.LOST:
                return True
            case Change.NEWLY_UNVERIFIED | Change.UNVERIFIED_OTHERWISE:
                return old in (Outcome.PASSED, Outcome.INAPPLICABLE) or new is Outcome.ERROR
            case Change.NEWLY_INAPPLICABLE:
                return old is Outcome.PASSED
            case Change.FAILING_OTHERWISE:
                return new is Outcome.FAILED and old is Outcome.DEVIATION
        return False


@dataclass(frozen=True, slots=True)
class Reading:
    """A place that the documents leave open, and that the target reads in another way than before."""

    ambiguity: str
    statement: str
    old: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Speed:
    """How much longer, or shorter, the answers of an operation take than before."""

    operation: str
    old_s: float
    new_s: float
    checks: int
    """How many checks were compared, each with itself."""


@dataclass(frozen=True, slots=True)
class TargetDiff:
    """What changed about one target that is in both reports."""

    name: str
    contract: str
    old_verdict: str
    new_verdict: str
    changes: list[Changed]
    not_compared: int
    """How many requirements were not selected in one of the runs."""
    readings: list[Reading]
    speeds: list[Speed]


@dataclass(slots=True)
class Comparison:
    """What changed from one report to another."""

    old: Node
    """What the old report says of its run."""
    new: Node
    targets: list[TargetDiff] = field(default_factory=list)
    gone: list[tuple[str, str]] = field(default_factory=list)
    """Name and contract of the targets that are in the old report only."""
    added: list[tuple[str, str]] = field(default_factory=list)
    """And of those in the new one only."""

    @property
    def worse(self) -> Counter[Change]:
        """How many requirements got worse, and how."""
        return Counter(each.change for target in self.targets for each in target.changes if each.is_worse)

    @property
    def is_worse(self) -> bool:
        """Whether anything got worse."""
        return bool(self.worse or self.gone)


def compare(old: Report, new: Report) -> Comparison:
    """Hold two reports against each other; of the old one a few kilobytes a target are kept, of the new one nothing."""
    camera = Camera()
    before = {snapshot.key: snapshot for snapshot in map(camera.take, old.targets())}
    comparison = Comparison(old.run, new.run)
    for target in new.targets():
        earlier = before.pop((target["name"], target["contract"]), None)
        if earlier is None:
            comparison.added.append((target["name"], target["contract"]))
        else:
            comparison.targets.append(_target(earlier, camera.take(target), target, comparison))
    comparison.gone += before
    if not comparison.targets:
        message = "the two reports have no target in common: they are matched by name and contract"
        raise ReportError(message)
    return comparison


def _target(old: Snapshot, new: Snapshot, target: Node, comparison: Comparison) -> TargetDiff:
    nodes = {each["id"]: each for each in target["requirements"]}
    before, now = old.outcomes(), new.outcomes()
    changes: list[Changed] = []
    not_compared = 0
    for id_ in dict.fromkeys((*now, *before)):
        one, other = before.get(id_), now.get(id_)
        if _is_left_out(one, comparison.old) or _is_left_out(other, comparison.new):
            not_compared += 1
        elif change := _change(old, new, id_, one, other):
            changed = Changed(id_, change, _side(old, id_, one), _side(new, id_, other))
            changes.append(_described(changed, nodes[id_]) if id_ in nodes else changed)
    changes.sort(key=lambda each: list(Change).index(each.change))
    readings, speeds = list(_readings(old, target)), list(_speeds(old, new))
    return TargetDiff(new.name, new.contract, old.verdict, new.verdict, changes, not_compared, readings, speeds)


def _is_left_out(outcome: Outcome | None, run: Node) -> bool:
    """Whether a requirement is among those that a run of a selection was not to decide."""
    return outcome is Outcome.NOT_RUN and bool(run["partial"])


def _change(old: Snapshot, new: Snapshot, id_: str, before: Outcome | None, now: Outcome | None) -> Change | None:
    """Return what became of a requirement, or `None` where it is as it was."""
    if before is None or now is None:
        return Change.ADDED if before is None else Change.LOST
    if now in VIOLATIONS:
        if before not in VIOLATIONS:
            return Change.NEWLY_FAILING
        is_same = before is now and old.fingerprints[id_] == new.fingerprints[id_]
        return None if is_same else Change.FAILING_OTHERWISE
    if before is now:
        return None
    if now in _OPEN:
        return Change.UNVERIFIED_OTHERWISE if before in _OPEN else Change.NEWLY_UNVERIFIED
    return Change.NEWLY_PASSING if now is Outcome.PASSED else Change.NEWLY_INAPPLICABLE


def _side(snapshot: Snapshot, id_: str, outcome: Outcome | None) -> Side | None:
    if outcome is None:
        return None
    return Side(outcome, snapshot.messages.get(id_, ""), snapshot.fingerprints.get(id_, ""))


def _described(changed: Changed, node: Node) -> Changed:
    """Add what the new report says of the requirement."""
    curl = digest.finding(node)["curl"] if node["outcome"] in digest.FINDINGS else ""
    return replace(changed, statement=node["statement"], curl=curl, is_excused=is_excused(node))


def _readings(old: Snapshot, target: Node) -> Iterator[Reading]:
    """Yield the ambiguities of which both runs saw a reading, and not the same ones."""
    for each in target["readings"]:
        before = old.readings.get(each["ambiguity"], ())
        now = tuple(read["reading"] for read in each["observed"])
        if before and now and set(before) != set(now):
            yield Reading(each["ambiguity"], each["statement"], before, now)


def _speeds(old: Snapshot, new: Snapshot) -> Iterator[Speed]:
    for operation, timings in new.timings.items():
        if found := _speed(operation, old.timings.get(operation, {}), timings):
            yield found


def _speed(operation: str, old: Mapping[str, Timing], new: Mapping[str, Timing]) -> Speed | None:
    """Return how the speed of an operation changed, where it did beyond doubt.

    Each check is compared with itself, where it got the same statuses, so that what differs between checks is no
    spread. The median of the differences must be large in itself, large beside what the answers took, and larger than
    the distance of their quartiles.
    """
    both = [
        (old[name].mean_s, timing.mean_s)
        for name, timing in new.items()
        if name in old and old[name].statuses == timing.statuses
    ]
    if len(both) < _FEWEST_CHECKS:
        return None
    before, now = median(one for one, _ in both), median(other for _, other in both)
    differences = [other - one for one, other in both]
    difference = abs(median(differences))
    low, _, high = quantiles(differences, n=4)
    is_large = difference >= _LEAST_SECONDS and max(before, now) >= _LEAST_RATIO * min(before, now)
    is_clear = high - low < difference
    return Speed(operation, before, now, len(both)) if is_large and is_clear else None


def differences(comparison: Comparison) -> Iterator[str]:
    """Yield in words what the two runs did not have in common, so that a change may be none of the target's."""
    old, new = comparison.old, comparison.new
    if old["suite_version"] != new["suite_version"]:
        yield f"the suite was version {old['suite_version']} and is version {new['suite_version']}"
    if old["catalogue_sha256"] != new["catalogue_sha256"]:
        hashes = old["catalogue_sha256"][:12], new["catalogue_sha256"][:12]
        yield f"the catalogue of requirements and checks was another one ({hashes[0]}…, now {hashes[1]}…)"
    if old["seed"] != new["seed"]:
        yield f"the seed was {old['seed']} and is {new['seed']}, so generated requests differ"
    for name, run in (("old", old), ("new", new)):
        if "shard" in run:
            yield f"the {name} report is of shard {run['shard']} alone"
        elif run["partial"]:
            yield f"the {name} run was of selected requirements only"
        if not run["complete"]:
            yield f"the {name} run was interrupted"
