"""What is kept of a target of one report so that others can be held against it: a few kilobytes, and no evidence."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from assay.model import CheckKind, Outcome
from assay.report.fingerprint import VIOLATIONS, fingerprint, kind_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping
    from typing import TypeVar

    from assay.report.digest import Node

    T = TypeVar("T", bound=Hashable)

_ORDER = tuple(Outcome)
_LONGEST_S = 86_400.0
"""No answer takes longer: a run has its deadline."""


class Timing(NamedTuple):
    """How long the answers to one check took; comparable with another only where the statuses are the same."""

    statuses: tuple[int, ...]
    mean_s: float


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One target of one report."""

    name: str
    contract: str
    verdict: str
    ids: tuple[str, ...]
    """Of the requirements, in the order of the report."""
    codes: bytes
    """Their outcomes, one byte each."""
    messages: Mapping[str, str]
    """Of the requirements that have one."""
    fingerprints: Mapping[str, str]
    """Of the requirements that failed or deviate."""
    readings: Mapping[str, tuple[str, ...]]
    """Ambiguity → the readings that were observed."""
    timings: Mapping[str, Mapping[str, Timing]]
    """Operation → check → how long its answers took."""

    @property
    def key(self) -> tuple[str, str]:
        """What tells a target from the others, in every report."""
        return self.name, self.contract

    def outcomes(self) -> dict[str, Outcome]:
        """Return the outcome of each requirement."""
        return {id_: _ORDER[code] for id_, code in zip(self.ids, self.codes, strict=True)}

    def medians(self) -> dict[str, float]:
        """Return for each operation the median of what its checks took an answer, in seconds."""
        return {name: median(each.mean_s for each in found.values()) for name, found in self.timings.items()}


@dataclass(slots=True)
class Camera:
    """Makes snapshots that share what stands in many of them: ids, and what is said of many requirements."""

    _seen: dict[Hashable, Hashable] = field(default_factory=dict)

    def take(self, target: Node) -> Snapshot:
        """Return what is kept of a target."""
        requirements = target["requirements"]
        return Snapshot(
            target["name"],
            target["contract"],
            target["verdict"],
            self._shared(tuple(each["id"] for each in requirements)),
            bytes(_ORDER.index(Outcome(each["outcome"])) for each in requirements),
            {each["id"]: self._shared(each["message"]) for each in requirements if "message" in each},
            {each["id"]: fingerprint(each) for each in requirements if each["outcome"] in VIOLATIONS},
            {each["ambiguity"]: tuple(read["reading"] for read in each["observed"]) for each in target["readings"]},
            self._timings(requirements),
        )

    def _timings(self, requirements: list[Node]) -> dict[str, dict[str, Timing]]:
        found: dict[str, dict[str, Timing]] = {}
        for requirement in requirements:
            for name, timing in self._timed(requirement):
                found.setdefault(requirement["operation"], {})[name] = timing
        return found

    def _timed(self, requirement: Node) -> Iterator[tuple[str, Timing]]:
        """Yield the checks whose answers are the same ones in another run: cases that ran to their end."""
        for check in requirement["checks"]:
            answers = [exchange["response"] for exchange in check["exchanges"]]
            if kind_of(check) is CheckKind.CASE and check["outcome"] == Outcome.PASSED and answers and all(answers):
                statuses = self._shared(tuple(each["status"] for each in answers))
                mean = sum(each["elapsed_s"] for each in answers) / len(answers)
                # A report from elsewhere may say anything, also what is no number.
                if mean <= _LONGEST_S:
                    yield self._shared(f"{requirement['id']}::{check['name']}"), Timing(statuses, mean)

    def _shared(self, value: T) -> T:
        return self._seen.setdefault(value, value)  # type: ignore[return-value]  # it is equal to the value
