"""The machines that run a plan together, for as long as one of them is left."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from assay import probe
from assay.decisions import DIED, without_secrets
from assay.machines import OWN, fitness
from assay.machines.connection import reason
from assay.machines.dispatch import Dispatch, probes, session_arguments
from assay.machines.worker import first_session
from assay.report.text import one_line
from assay.transport.pacing import requests_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from assay.decisions import Decisions
    from assay.machines import Machine
    from assay.model import Contract
    from assay.plan import Past, Plan

_LOG = logging.getLogger(__name__)


class Session(Protocol):
    """Who runs a pytest session for a plan."""

    def __call__(self, plan: Plan, words: list[str], dispatch: Dispatch, /) -> int:
        """Return pytest's exit code."""


@dataclass
class Crew:
    """Runs the checks of all targets in sessions of pytest-xdist, one behind the other where machines are lost."""

    plan: Plan
    contracts: Mapping[str, Contract]
    decisions: Decisions
    machines: Sequence[Machine]
    session: Session
    probed: Collection[tuple[str, str]] = ()

    def __post_init__(self) -> None:
        self._decided: set[tuple[str, str]] = set()
        self._write = self.decisions.write
        self.decisions.write = self._note_and_write

    def _note_and_write(self, entry: dict[str, Any]) -> None:
        if entry["kind"] == "check":
            key = entry["target"], entry["check"]
            if entry["message"] == DIED and key in self._decided:
                # What was decided stands; the worker has died behind it.
                return
            self._decided.add(key)
        self._write(entry)

    def run(self) -> bool:
        """Decide every check of the plan, and probe; return whether that was interrupted."""
        if self.decisions.listener is not None:
            self.decisions.listener.planned(sum(1 for _ in self.plan.jobs(self.contracts)))
        try:
            if self._check() == pytest.ExitCode.INTERRUPTED:
                return True
            for entry in self._probes():
                self.decisions.take(entry)
        except KeyboardInterrupt:
            return True
        return False

    def _check(self) -> int:
        """Run sessions until every check is decided, each without the machines that were lost in the one before."""
        code: int = pytest.ExitCode.OK
        while any(self.plan.jobs(self.contracts)):
            before = len(self._decided)
            files = first_session(self.plan, self.contracts)
            self.decisions.problems.clear()
            dispatch = Dispatch(self.plan, self.machines, self._share())
            code = self.session(self.plan, session_arguments(self.machines), dispatch)
            dispatch.lost = [(each, without_secrets(why, self.plan, self.contracts)) for each, why in dispatch.lost]
            self.plan = replace(self.plan, past=self._past(dispatch.taken))
            broken = bool(dispatch.lost) or code == pytest.ExitCode.INTERNAL_ERROR
            if not broken and code != pytest.ExitCode.INTERRUPTED and self._is_of_another_pack(files):
                continue
            if code == pytest.ExitCode.INTERRUPTED or not broken:
                return code
            self.machines = self._left(dispatch, idle=len(self._decided) == before)
            if not self.machines and any(self.plan.jobs(self.contracts)):
                last = "".join(f"; {machine.name} was lost: {error}" for machine, error in dispatch.lost[-1:])
                self.decisions.complain(f"no worker is left that could go on{last}")
                return code
        return code

    def _is_of_another_pack(self, files: Sequence[Path]) -> bool:
        """Whether what is left begins with other case files than those that a session has just been through."""
        left = first_session(self.plan, self.contracts)
        return bool(left) and left[0] not in files

    def _past(self, taken: Iterable[Mapping[str, Any]]) -> Past:
        """Return what the next session must not repeat: a worker may have begun a check that was not known to have."""
        past = self.plan.past
        sets = {key: dict(used) for key, used in past.taken.items()}
        for entry in taken:
            sets.setdefault((entry["target"], entry["state"]), {})[entry["position"]] = entry["check"]
        return replace(past, decided=past.decided | self._decided, taken=sets)

    def _left(self, dispatch: Dispatch, *, idle: bool) -> list[Machine]:
        """Return the machines that can go on; at least one less where the last session decided nothing."""
        suspects = [machine for machine, _ in dispatch.lost] or [*self.machines]
        for machine, error in dispatch.lost:
            _LOG.warning("assay: the worker at %s was lost: %s", machine.name, one_line(error))
        gone = fitness.unfit(suspects, self.plan.targets) or (suspects if idle else [])
        left = [*self.machines]
        for machine in gone:
            _LOG.warning("assay: %s takes no further part", machine.name)
            left.remove(machine)
        return left

    def _share(self) -> int | None:
        """Return how many requests each worker may send; what has been handed out counts as sent."""
        if self.plan.max_requests is None:
            return None
        spent = requests_of(self.plan)
        left = self.plan.max_requests - int(spent.now) - self._most_probes()
        share = max(0, left // len(self.machines))
        handed_out = share * len(self.machines)
        spent.change(lambda sent: sent + handed_out)
        return share

    def _most_probes(self) -> int:
        return sum(len(self.contracts[target.contract].operations) for target in self.plan.targets)

    def _probes(self) -> Iterable[dict[str, Any]]:
        """Return the entries of the probes, made where the checks were."""
        accepted = self.decisions.accepted.difference(self.probed)
        share = None if self.plan.max_requests is None else min(self._most_probes(), self.plan.max_requests)
        for machine in self.machines if OWN not in self.machines else ():
            if not accepted or fitness.unfit([machine], self.plan.targets):
                continue
            found = probes(machine, self.plan, share, accepted)
            if not isinstance(found, BaseException):
                return found
            why = without_secrets(reason(found), self.plan, self.contracts)
            _LOG.warning("assay: %s does not probe: %s", machine.name, one_line(why))
        return probe.entries(self.plan, self.contracts, accepted)
