"""How targets got on over many reports: the outcomes that changed, and how long answers took.

Reports are read one after the other, and of each target of each nothing is kept but a byte per requirement and a number
per operation.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from assay.model import Outcome
from assay.report import digest
from assay.report.history.snapshot import Camera

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from assay.report.document import Report
    from assay.report.history.snapshot import Snapshot

FORMAT = "assay-trend/1"

Key = tuple[str, str]
"""Name and contract of a target."""

_FACTS = ("started", "suite_version", "catalogue_sha256", "seed", "complete", "partial")
_ORDER = tuple(Outcome)
_NOTABLE = frozenset(digest.FINDINGS)


@dataclass(frozen=True, slots=True)
class Point:
    """One target in one run."""

    ids: tuple[str, ...]
    codes: bytes
    medians: Mapping[str, float]
    """Operation → median of what its checks took an answer, in seconds."""

    def outcome(self, id_: str, place: int) -> Outcome | None:
        """Return the outcome of a requirement, which stands at `place` in most runs, or `None` where it is missing."""
        if place >= len(self.ids) or self.ids[place] != id_:
            place = self.ids.index(id_) if id_ in self.ids else -1
        return _ORDER[self.codes[place]] if place >= 0 else None


@dataclass(frozen=True, slots=True)
class Run:
    """One report."""

    facts: Mapping[str, Any]
    """What it says of its run."""
    verdict: str
    points: Mapping[Key, Point]

    @property
    def counts(self) -> Counter[Outcome]:
        """How many requirements of all targets ended with each outcome, without those that were not selected."""
        found = Counter(_ORDER[code] for point in self.points.values() for code in point.codes)
        if self.facts["partial"]:
            del found[Outcome.NOT_RUN]
        return found


@dataclass(frozen=True, slots=True)
class Row:
    """A requirement of a target through all runs; `None` where a run says nothing of it."""

    target: str
    id: str
    outcomes: Sequence[Outcome | None]


@dataclass(frozen=True, slots=True)
class Speed:
    """How long the answers of an operation of a target took through all runs, in seconds."""

    target: str
    operation: str
    seconds: Sequence[float | None]


@dataclass(slots=True)
class Trend:
    """Runs in the order in which they were started."""

    runs: list[Run] = field(default_factory=list)

    @classmethod
    def of(cls, reports: Iterable[Report]) -> Trend:
        """Read reports, each of which is let go before the next one is looked at."""
        camera = Camera()
        runs = [_run(report, camera) for report in reports]
        return cls(sorted(runs, key=lambda run: str(run.facts["started"])))

    @property
    def targets(self) -> list[Key]:
        """All targets, in the order in which they came up."""
        return list(dict.fromkeys(key for run in self.runs for key in run.points))

    def rows(self) -> Iterator[Row]:
        """Yield the requirements that ever changed or were violated, by target."""
        for key in self.targets:
            points = [(run, run.points.get(key)) for run in self.runs]
            places = {id_: place for _, point in points if point for place, id_ in enumerate(point.ids)}
            for id_, place in places.items():
                outcomes = [_seen(run, point, id_, place) for run, point in points]
                found = {outcome for outcome in outcomes if outcome is not None}
                if len(found) > 1 or found & _NOTABLE:
                    yield Row(key[0], id_, outcomes)

    def counts(self) -> dict[Outcome, list[int]]:
        """Return for each outcome that there is how many requirements had it in each run."""
        counts = [run.counts for run in self.runs]
        return {each: row for each in digest.DISPLAY_ORDER if any(row := [count[each] for count in counts])}

    def speeds(self) -> Iterator[Speed]:
        """Yield how long the operations of each target took."""
        for key in self.targets:
            medians = [run.points[key].medians if key in run.points else {} for run in self.runs]
            for operation in dict.fromkeys(name for each in medians for name in each):
                yield Speed(key[0], operation, [each.get(operation) for each in medians])

    def document(self) -> dict[str, Any]:
        """Return the trend as a JSON document (`assay-trend/1`, whose schema is `trend.schema.json`)."""
        rows, speeds = list(self.rows()), list(self.speeds())
        return {
            "format": FORMAT,
            "runs": [
                {**run.facts, "verdict": run.verdict, "counts": {each.value: run.counts[each] for each in Outcome}}
                for run in self.runs
            ],
            "requirements": [{"target": row.target, "id": row.id, "outcomes": list(row.outcomes)} for row in rows],
            "speed": [
                {"target": each.target, "operation": each.operation, "median_s": list(each.seconds)} for each in speeds
            ],
        }


def _run(report: Report, camera: Camera) -> Run:
    snapshots = [camera.take(target) for target in report.targets()]
    run = report.run
    facts = {key: run[key] for key in _FACTS}
    return Run(facts, str(report.survey.verdict), {each.key: _point(each) for each in snapshots})


def _point(snapshot: Snapshot) -> Point:
    return Point(snapshot.ids, snapshot.codes, snapshot.medians())


def _seen(run: Run, point: Point | None, id_: str, place: int) -> Outcome | None:
    outcome = point.outcome(id_, place) if point else None
    return None if outcome is Outcome.NOT_RUN and run.facts["partial"] else outcome


def by_target(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Return the rows of each target."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.target, []).append(row)
    return found


def days(trend: Trend) -> str:
    """Return from when to when the runs were."""
    first, last = (str(run.facts["started"])[:10] for run in (trend.runs[0], trend.runs[-1]))
    return first if first == last else f"{first} to {last}"
