"""Takes in what is decided, wherever it was decided, and passes it on: to the journal, and to whoever looks on."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from assay import probe
from assay.evidence import Redactor, SharedSecrets, known_secrets
from assay.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from assay.model import Contract
    from assay.plan import Plan

DIED = "the suite failed: the worker process died during this check"


class Listener(Protocol):
    """Who is told of a run as it goes on."""

    def begins(self, plan: Plan) -> None:
        """Nothing has been sent yet; this is what is going to be done."""

    def gone_on_with(self, decided: int, left: int) -> None:
        """One is gone on with: so many checks were decided before, so many are left."""

    def planned(self, checks: int) -> None:
        """So many checks are going to be run."""

    def decided(self, outcome: Outcome) -> None:
        """One more check has been decided."""


@dataclass
class Decisions:
    """Takes in each journal entry as soon as it is made."""

    write: Callable[[dict[str, Any]], None]
    listener: Listener | None = None
    accepted: set[tuple[str, str]] = field(default_factory=set)
    """Target name and operation id wherever a passed check rests on an accepted request."""
    problems: list[str] = field(default_factory=list)
    """Mistakes of the suite that belong to no check, as tracebacks."""

    def take(self, entry: dict[str, Any]) -> None:
        """Write an entry into the journal before anything else."""
        self.write(entry)
        if entry["kind"] == "check":
            self.accepted |= probe.accepted(entry)
            if self.listener is not None:
                self.listener.decided(Outcome(entry["outcome"]))

    def complain(self, problem: str) -> None:
        """Take in a mistake of the suite, once however often it is made."""
        if problem not in self.problems:
            self.problems.append(problem)


def undone(target: str, check: str, outcome: Outcome, message: str) -> dict[str, Any]:
    """Return the journal entry of a check that has nothing to show."""
    return {
        "kind": "check",
        "target": target,
        "check": check,
        "outcome": str(outcome),
        "message": message,
        "duration_s": 0.0,
        "requests": 0,
        "answers": 0,
        "exchanges": [],
        "observed": {},
        "readings": [],
    }


def left_out(plan: Plan, contracts: Mapping[str, Contract], why: str) -> Iterator[dict[str, Any]]:
    """Yield the entries of all checks of a plan that the run does not come to."""
    for job in plan.jobs(contracts):
        yield undone(job.target.name, job.check.id, Outcome.NOT_RUN, why)


def without_secrets(text: str, plan: Plan, contracts: Mapping[str, Contract]) -> str:
    """Return the account of a mistake without what it may quote of a plan or of an exchange."""
    given = [each.pair for each in SharedSecrets(plan.folder, plan.key).look()]
    for target in plan.targets:
        text = Redactor([*known_secrets(target, contracts[target.contract], os.environ), *given]).text(text)
    return text
