"""What a process has in its hands while it judges: the plan, the way to each target, the states for each check."""

from __future__ import annotations

import contextlib
import os
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from assay import catalogue
from assay.bench import Inconclusive
from assay.evidence import Given, Redactor, known_secrets, meanings, variable
from assay.exceptions import UnwritableError
from assay.expect import Expectations
from assay.state_handlers import handler_of
from assay.states import StateProvider
from assay.transport import Pacing, Transport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from assay.evidence import Secrets
    from assay.model import Check, Contract
    from assay.plan import Job, Plan
    from assay.states import Values
    from assay.target import Target

    Note = Callable[[dict[str, Any]], object]
    """Writes an entry into the journal before it returns."""


class WorkerSession:
    """What one process keeps between its checks: the plan, and a connection to each target."""

    def __init__(self, plan: Plan, note: Note, secrets: Callable[[], Secrets]) -> None:
        self.plan = plan
        self.note = note
        self.secrets = secrets
        self.contracts = catalogue.load()
        self.jobs: dict[tuple[Path | None, str], list[Job]] = defaultdict(list)
        for job in plan.jobs(self.contracts):
            self.jobs[job.check.file, job.check.function.__name__ if job.check.function else ""].append(job)
        self.files = {path for path, _ in self.jobs}
        self._judges: dict[str, TargetSession] = {}

    def of(self, target: Target) -> TargetSession:
        """Return the session with one target."""
        if target.name not in self._judges:
            contract = self.contracts[target.contract]
            self._judges[target.name] = TargetSession(target, contract, self.plan, self.note, self.secrets())
        return self._judges[target.name]

    def close(self) -> None:
        """Close every connection."""
        for judge in self._judges.values():
            judge.close()


class TargetSession:
    """One target at work in one process."""

    def __init__(self, target: Target, contract: Contract, plan: Plan, note: Note, shared: Secrets) -> None:
        self.target = target
        self._note = note
        self.contract = contract
        self.plan = plan
        self.transport = Transport(target, pacing=Pacing.of(plan, target))
        self.expectations = Expectations(contract, target.max_response_bytes)
        self.provider = StateProvider(target, contract.states, self._fetch, plan.needed(target, contract))
        self._handler: Transport | None = None
        self._redactor = Redactor(known_secrets(target, contract, os.environ), meanings(contract))
        self.shared = shared

    def _fetch(self, request: Any) -> Any:  # noqa: ANN401 - a request in, an exchange out
        if self._handler is None:
            self._handler = Transport(handler_of(self.target), pacing=None)
        return self._handler.exchange(request)

    def note_taken(self, check: Check, state: str, position: int) -> None:
        """Note in the journal that a listed set is used up, before it is; a run that goes on will not use it again."""
        entry = self.target.states.get(state)
        if entry is not None and position < len(entry.each):
            self._note(
                {"kind": "taken", "target": self.target.name, "state": state, "position": position, "check": check.id}
            )

    def take_down(self) -> None:
        """Tell the state handler that a check is over; what it fails to take down is noted in the journal."""
        for problem in self.provider.teardown():
            said = self.redactor([]).message(problem)
            # Where there is no room for it, the run ends anyway.
            with contextlib.suppress(UnwritableError):
                self._note({"kind": "left", "target": self.target.name, "problem": said})

    def close(self) -> None:
        """Close the connections."""
        self.transport.close()
        if self._handler is not None:
            self._handler.close()

    def redactor(self, more: Iterable[tuple[str, str]]) -> Redactor:
        """Return a redactor for what is known from the start and for what checks have been given or made so far."""
        self._redactor = self._redactor.knowing([*more, *(each.pair for each in self.shared.look())])
        return self._redactor


class Provision:
    """Hands the declared states to one check, in the order of its declaration."""

    def __init__(self, job: Job, session: TargetSession) -> None:
        self._job = job
        self._session = session
        self._left = {state: list(positions) for state, positions in job.positions.items()}
        self.tokens: list[tuple[str, str]] = []
        """Names and values of the tokens that were given."""
        self._given: list[tuple[str, str, dict[str, str]]] = []
        """State, who gave it, and its values without tokens."""

    def __call__(self, state: str) -> Values:
        """Return the next set of values of a state."""
        if not self._left.get(state):
            message = f"{self._job.check.name} asks for state {state!r} more often than it declares"
            raise LookupError(message)
        if refusal := self._session.transport.refusal():
            # Nothing could be done with what would be set up.
            raise Inconclusive(refusal)
        position = self._left[state].pop(0)
        check = self._job.check
        self._session.note_taken(check, state, position)
        params = {"contract": self._job.target.contract, "operation": check.operation, "requirement": check.requirement}
        values = self._session.provider.setup(state, position, params)
        kinds = self._session.contract.states[state].values
        plain = {name: value for name, value in values.items() if kinds[name] != "token"}
        self._given.append((state, self._session.provider.giver(state), plain))
        for name, kind in kinds.items():
            if kind == "token" and name in values:
                self.tokens.append((variable(state, name), values[name]))
                if state not in self._job.target.states:
                    self._session.shared.add(Given(*self.tokens[-1], self._job.target.name))
        return values

    def told(self, redactor: Redactor) -> list[dict[str, Any]]:
        """Return what was given and by whom, as it stands in a journal."""
        return [
            {"state": state, "by": giver, "values": {name: redactor.text(value) for name, value in values.items()}}
            for state, giver, values in self._given
        ]
