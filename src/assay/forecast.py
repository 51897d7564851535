"""What a run would do to a target, found out without sending anything.

Jobs are those that the run would make; listed states are looked at exactly as the run would take them; requests are
added up from the committed table (`assay.traffic`). A state handler is not asked: it is taken to provide whatever has
no entry.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from enum import StrEnum
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay import packs, traffic
from assay.plan import Past, Plan
from assay.states import StateProvider, StateUnavailable
from assay.traffic import Traffic

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from assay.model import Check, Contract, Exchange, Operation, SentRequest, StateKind
    from assay.plan import Job, Shard
    from assay.target import Target
    from assay.traffic import Table


class Provider(StrEnum):
    """Who gives the values of a state."""

    LISTED = "listed"
    """The target file, in sets that are used up."""
    ALWAYS = "always"
    """The target file, the same values every time."""
    HANDLER = "handler"
    MADE_UP = "made-up"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class OperationForecast:
    """What a run asks of one operation."""

    operation: Operation
    checks: int
    """Cases and observers that judge it."""
    traffic: Traffic
    """What a server that conforms is sent; it includes what the checks of other operations send to this one."""


@dataclass(frozen=True, slots=True)
class StateForecast:
    """What a run takes of one provider state."""

    kind: StateKind
    provider: Provider
    takes: int
    """Sets that the selected checks take."""
    usable: int
    """How many of those are there and in order, where the target file or nobody gives them."""
    listed: int
    """Sets in the target file."""
    objects: tuple[str, ...]
    """The listed values that the run would use, without tokens."""
    operations: tuple[str, ...]
    """The ids of the operations whose checks take it."""
    problems: tuple[str, ...]
    """Why sets are missing, each reason once."""
    untestable: tuple[str, ...]
    """The ids of the checks that stay untestable for want of it."""

    @property
    def is_worn_out(self) -> bool:
        """Whether one object is to serve several checks that each use it up."""
        return self.kind.used_up and self.provider is Provider.ALWAYS and self.takes > 1


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a run would do to one target."""

    target: Target
    operations: tuple[OperationForecast, ...]
    states: tuple[StateForecast, ...]
    absent: Mapping[str, int]
    """Capability that the target declares to lack → checks that are inapplicable for it."""
    unmeasured: tuple[str, ...]
    """The ids of the checks that will be made although nobody has measured what they send, so that this is a guess."""

    @property
    def requests(self) -> int:
        """About how many requests the run sends."""
        return sum(round(each.traffic.requests) for each in self.operations)

    @property
    def untestable(self) -> tuple[str, ...]:
        """The ids of the checks that lack a state, each once."""
        return tuple(dict.fromkeys(check for state in self.states for check in state.untestable))


@dataclass(frozen=True, slots=True)
class Settings:
    """The options of a run that decide what it sends."""

    only: tuple[str, ...]
    seed: int
    fuzz_examples: int
    shard: Shard | None = None
    max_requests: int | None = None
    past: Past = field(default_factory=Past)
    """What a run that is gone on with had done."""

    @classmethod
    def of(cls, plan: Plan) -> Settings:
        """Return those of a run that is about to begin."""
        return cls(plan.only, plan.seed, plan.fuzz_examples, plan.shard, plan.max_requests, plan.past)

    @property
    def requests_left(self) -> float:
        """How many requests may still be sent to all targets together."""
        return inf if self.max_requests is None else max(0, self.max_requests - self.past.requests)


def forecast(target: Target, contract: Contract, settings: Settings, table: Table) -> Forecast:
    """Return what a run would do to `target`."""
    plan = Plan(
        targets=(target,),
        only=settings.only,
        seed=settings.seed,
        fuzz_examples=settings.fuzz_examples,
        deadline=time.time(),
        workers=0,
        folder=Path(),
        shard=settings.shard,
        past=settings.past.of(target.name),
    )
    jobs = list(plan.jobs({contract.id: contract}))
    states = tuple(_states(target, contract, jobs))
    missing = {check for state in states for check in state.untestable}
    made = [job for job in jobs if job.check.id not in missing]
    sent = _sent(made, plan, table)
    judged = Counter(check.operation for check in _judging(plan, target, contract, jobs))
    return Forecast(
        target=target,
        operations=tuple(
            OperationForecast(each, judged[each.id], sent[each.id])
            for each in contract.operations.values()
            if each.id in judged or each.id in sent
        ),
        states=states,
        absent={
            name: sum(check.capability == name and plan.selects(check) for check in contract.checks)
            for name in contract.capabilities
            if target.lacks(name)
        },
        unmeasured=tuple(job.check.id for job in made if job.check.id not in table.measured),
    )


def _judging(plan: Plan, target: Target, contract: Contract, jobs: Iterable[Job]) -> Iterator[Check]:
    """Yield the cases that are run, and the observers that have something to look at by them."""
    cases = {job.check.id for job in jobs}
    asked = {job.check.operation for job in jobs}
    is_whole = plan.shard is None and not plan.past.decided
    for check in contract.checks:
        observes = check.observer is not None and plan.selects(check) and not target.lacks(check.capability)
        if check.id in cases or (observes and (is_whole or check.operation in asked)):
            yield check


def _sent(jobs: Iterable[Job], plan: Plan, table: Table) -> dict[str, Traffic]:
    sent: dict[str, Traffic] = defaultdict(Traffic)
    own: dict[str, Traffic] = defaultdict(Traffic)
    for job in jobs:
        for operation, found in table.of(job.check, plan.fuzz_examples).items():
            sent[operation] += found
            if operation == job.check.operation:
                own[operation] += found
    # The probe at the end of a run asks each operation of which a check of its own had something accepted.
    accepted = {operation for operation, found in own.items() if found.accepted}
    accepted |= {operation for _, operation in plan.past.accepted}
    for operation in accepted.difference(operation for _, operation in plan.past.probed):
        sent[operation] += Traffic(1)
    return sent


def _states(target: Target, contract: Contract, jobs: list[Job]) -> Iterator[StateForecast]:
    # Without its handler: what the target file says is looked at, and nobody is asked.
    file = StateProvider(replace(target, state_handler=None), contract.states, _ask_nobody)
    for name, kind in contract.states.items():
        takers = [job for job in jobs if name in job.positions]
        if not takers:
            continue
        provider = _provider(target, kind)
        found = _Looked()
        if provider in (Provider.LISTED, Provider.ALWAYS, Provider.NOBODY):
            for job in takers:
                found.look(file, kind, job)
        entry = target.states.get(name)
        yield StateForecast(
            kind=kind,
            provider=provider,
            takes=sum(len(job.positions[name]) for job in takers),
            usable=found.usable,
            listed=len(entry.each) if entry is not None else 0,
            objects=tuple(found.objects),
            operations=tuple(dict.fromkeys(job.check.operation for job in takers)),
            problems=tuple(found.problems),
            untestable=tuple(found.untestable),
        )


def _provider(target: Target, kind: StateKind) -> Provider:
    entry = target.states.get(kind.name)
    if entry is not None:
        return Provider.LISTED if entry.always is None else Provider.ALWAYS
    if target.state_handler is not None:
        return Provider.HANDLER
    return Provider.MADE_UP if kind.made_up else Provider.NOBODY


class _Looked:
    """What is found of one state when its sets are looked at as the run would take them."""

    def __init__(self) -> None:
        self.objects: dict[str, None] = {}
        self.usable = 0
        self.problems: dict[str, None] = {}
        self.untestable: dict[str, None] = {}

    def look(self, file: StateProvider, kind: StateKind, job: Job) -> None:
        for position in job.positions[kind.name]:
            try:
                values = file.setup(kind.name, position, {})
            except StateUnavailable as problem:
                self.problems[str(problem)] = None
                self.untestable[job.check.id] = None
            else:
                self.objects[shown(kind, values)] = None
                self.usable += 1


def shown(kind: StateKind, values: Mapping[str, str]) -> str:
    """Return the values of a set; of a token no more than that there is one."""
    known = {name: "(a token, not shown)" if kind.values[name] == "token" else values[name] for name in values}
    if len(known) == 1:
        return next(iter(known.values()))
    return " ".join(f"{name}={value}" for name, value in known.items())


def _ask_nobody(_: SentRequest) -> Exchange:
    message = "a forecast asks no state handler"
    raise LookupError(message)


def as_json(forecast: Forecast, settings: Settings) -> dict[str, Any]:
    """Return what a program wants to know; neither a token nor a password is in it."""
    target = forecast.target
    return {
        "name": target.name,
        "contract": target.contract,
        "base_url": target.base_url,
        "seed": settings.seed,
        "fuzz_examples": settings.fuzz_examples,
        "only": list(settings.only),
        "shard": str(settings.shard) if settings.shard else None,
        "max_requests": settings.max_requests,
        "requests": forecast.requests,
        "operations": [
            {
                "id": each.operation.id,
                "method": each.operation.method,
                "path": each.operation.path,
                "checks": each.checks,
                "requests": round(each.traffic.requests),
                "accepted": round(each.traffic.accepted),
                "changes": each.operation.effects.changes if each.operation.effects else "",
                "leaves": each.operation.effects.leaves if each.operation.effects else "",
            }
            for each in forecast.operations
        ],
        "states": [
            {
                "name": each.kind.name,
                "description": each.kind.description,
                "provider": str(each.provider),
                "takes": each.takes,
                "usable": each.usable,
                "listed": each.listed,
                "objects": list(each.objects),
                "operations": list(each.operations),
                "problems": list(each.problems),
                "untestable": list(each.untestable),
            }
            for each in forecast.states
        ],
        "absent_capabilities": dict(forecast.absent),
        "untestable": list(forecast.untestable),
        "unmeasured": list(forecast.unmeasured),
    }


def known_table() -> Table:
    """Return the committed table of requests of all contracts."""
    return traffic.of(pack.data for pack in packs.known())
