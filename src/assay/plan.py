"""What a run is to do: which checks on which targets, with which sets of listed states.

A plan is made once and carried to every worker process, which derives the same jobs from it. So a check gets the same
state sets whichever worker runs it, and two runs with any number of workers decide the same.
"""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, ClassVar
from zlib import crc32

from assay.exceptions import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import Self

    from assay.model import Check, Contract
    from assay.target import Target


@dataclass(frozen=True, slots=True)
class Job:
    """One case to be run on one target."""

    id: str
    """Stands in the id of the pytest item, so that a report of a lost worker can be traced to its check."""
    target: Target
    check: Check
    positions: Mapping[str, tuple[int, ...]]
    """State → which of the listed sets the check takes."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One of several parts of a run, each on a machine of its own."""

    number: int
    """From 1."""
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


@dataclass(frozen=True, slots=True)
class Past:
    """What a run that was broken off had decided, and what it had used up; a run that goes on repeats neither."""

    decided: frozenset[tuple[str, str]] = frozenset()
    """Target name and check id."""
    taken: Mapping[tuple[str, str], Mapping[int, str]] = field(default_factory=dict)
    """Target name and state → position of a listed set → id of the check that took it."""
    accepted: frozenset[tuple[str, str]] = frozenset()
    """Target name and operation id wherever a check rests on an accepted request."""
    probed: frozenset[tuple[str, str]] = frozenset()
    """Target name and operation id."""
    requests: int = 0

    def of(self, target: str) -> Past:
        """Return what concerns one target."""
        return Past(
            frozenset(each for each in self.decided if each[0] == target),
            {key: taken for key, taken in self.taken.items() if key[0] == target},
            frozenset(each for each in self.accepted if each[0] == target),
            frozenset(each for each in self.probed if each[0] == target),
            self.requests,
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """The targets of a run and how to judge them."""

    targets: tuple[Target, ...]
    only: tuple[str, ...]
    """Globs on requirement ids; empty selects everything."""
    seed: int
    fuzz_examples: int
    deadline: float
    """Seconds since the epoch at which the run ends."""
    workers: int
    """Processes that share the budgets of the run; 0 runs everything in this one."""
    folder: Path
    """Where processes of one machine tell each other that a target was given up, what is left of a budget, and which
    secrets came up."""
    key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    """Seals in that folder what must not be read by anybody else."""
    shard: Shard | None = None
    """The part of the checks that this run decides; `None` for all."""
    max_requests: int | None = None
    """How many requests all processes of the run may send together."""
    journal: Path | None = None
    """Where it is noted which listed sets were taken; a run that keeps no journal notes nothing."""
    controller: int = 0
    """The id of the process whose end ends this one too; 0 where there is no such process."""
    first: int = 0
    """The number of the first target, where these are only some of the targets of a run."""
    apart: int = 1
    """How many processes with a folder of their own divide among them what a target bears."""
    part: tuple[int, int] = (0, 1)
    """Number and count of the equal parts into which the checks of each target are divided."""
    past: Past = field(default_factory=Past)

    keeps_exchanges: ClassVar[bool] = True
    """Whether decisions carry their exchanges; otherwise only the statuses of the answers."""

    def selects(self, check: Check, target: Target | None = None) -> bool:  # noqa: ARG002 - for plans that differ by target
        """Whether the check is to be run."""
        if check.fuzz and not self.fuzz_examples:
            return False
        return selected(check.requirement, self.only)

    def jobs(self, contracts: Mapping[str, Contract]) -> Iterator[Job]:
        """Yield every case that is still to be run, in the order of targets and catalogue."""
        number, parts = self.part
        for place, target in enumerate(self.targets, self.first):
            jobs = list(self._own(self._jobs_of(place, target, contracts[target.contract])))
            chosen = jobs[len(jobs) * number // parts : len(jobs) * (number + 1) // parts]
            yield from (job for job in chosen if (target.name, job.check.id) not in self.past.decided)

    def _jobs_of(self, number: int, target: Target, contract: Contract) -> list[Job]:
        """Return every case of one target, also those of other shards, or decided before: all have their sets."""
        jobs: list[Job] = []
        taken: Counter[str] = Counter()
        for place, check in enumerate(contract.checks):
            if check.file is None or not self.selects(check, target) or target.lacks(check.capability):
                continue
            positions: dict[str, tuple[int, ...]] = {}
            for state in check.given:
                positions[state] = (*positions.get(state, ()), taken[state])
                taken[state] += 1
            jobs.append(Job(f"{number}:{place}", target, check, positions))
        return self._with_unused_sets(target, jobs, taken) if self.past.taken else jobs

    def _with_unused_sets(self, target: Target, jobs: list[Job], needed: Counter[str]) -> list[Job]:
        """Give a check that was broken off other sets than those that it had taken, behind all that the plan needs."""
        free = {
            state: self._free(needed[state], max(needed[state], max(taken) + 1))
            for (name, state), taken in self.past.taken.items()
            if name == target.name
        }
        moved = []
        for job in jobs:
            if (job.target.name, job.check.id) not in self.past.decided:
                job = replace(job, positions=self._unused(job, free))  # noqa: PLW2901 - the same job with other sets
            moved.append(job)
        return moved

    def _unused(self, job: Job, free: dict[str, int]) -> dict[str, tuple[int, ...]]:
        positions: dict[str, tuple[int, ...]] = {}
        for state, planned in job.positions.items():
            used = self.past.taken.get((job.target.name, state), {})
            for position in planned:
                chosen = position
                if position in used:
                    chosen, free[state] = free[state], free[state] + (self.shard.of if self.shard else 1)
                positions[state] = (*positions.get(state, ()), chosen)
        return positions

    def _free(self, needed: int, position: int) -> int:
        """Return the first set from a position on that no other shard gives to a check that was broken off."""
        return (
            position if self.shard is None else position + (needed + self.shard.number - 1 - position) % self.shard.of
        )

    def of(self, number: int, part: tuple[int, int] = (0, 1)) -> Self:
        """Return the plan for a part of one target alone; its jobs are the same as those of the whole plan."""
        target = self.targets[number]
        past = self.past.of(target.name)
        return replace(self, targets=(target,), first=self.first + number, part=part, past=past)

    def number_of(self, target: Target) -> int:
        """Return the number of a target within the run."""
        return self.first + self.targets.index(target)

    def _own(self, jobs: Iterable[Job]) -> Iterator[Job]:
        """Yield those of a target's cases that belong to the shard.

        The generated ones, which are dear, are shared out for themselves. Each target begins elsewhere, so that what is
        left over does not always fall to the first shard; but where it begins is told by its name alone, so that no
        other target has a part in it.
        """
        turns: Counter[bool] = Counter()
        for job in jobs:
            turn = crc32(job.target.name.encode()) + turns[job.check.fuzz]
            turns[job.check.fuzz] += 1
            if self.shard is None or turn % self.shard.of == self.shard.number - 1:
                yield job

    def needed(self, target: Target, contract: Contract) -> Mapping[str, int]:
        """Return how many sets of each state the run takes of one target, all shards together."""
        jobs = replace(self, targets=(target,), shard=None, part=(0, 1), past=Past()).jobs({contract.id: contract})
        return Counter(state for job in jobs for state in job.check.given)

    def share(self, target: Target, contract: Contract) -> list[str]:
        """Return the ids of the checks that are run on a target."""
        return [job.check.id for job in replace(self, targets=(target,)).jobs({contract.id: contract})]


def selected(requirement: str, patterns: tuple[str, ...]) -> bool:
    """Whether a requirement id matches one of the globs, or there are none."""
    return not patterns or any(fnmatchcase(requirement, pattern) for pattern in patterns)


def judged(targets: Sequence[Target], patterns: tuple[str, ...], contracts: Mapping[str, Contract]) -> list[Target]:
    """Return the targets of which anything is selected; of the others a run has nothing to say, good or bad."""
    return [
        target
        for target in targets
        if any(selected(name, patterns) for name in contracts[target.contract].requirements)
    ]


def each_pattern_selects_something(patterns: tuple[str, ...], contracts: Mapping[str, Contract]) -> None:
    """Raise `UsageError` for a glob that no requirement matches: a typing mistake must not read as green."""
    known = [name for contract in contracts.values() for name in contract.requirements]
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in known):
            hint = did_you_mean(pattern, known) or "; `assay requirements` lists them"
            message = f"--only {pattern}: no requirement of these targets matches{hint}"
            raise UsageError(message)
