"""Judges servers of our own by the shipped checks, many of them in one go.

A batch is one pytest session in one worker process, beside one child process that hosts the servers of the batch. So
the cost of starting is shared, and no exchange has to travel from one process to another: only what was decided does.
"""

from __future__ import annotations

import gc
import json
import multiprocessing
import os
import signal
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from assay import catalogue
from assay.exceptions import AssayError
from assay.head import head
from assay.journal import Record
from assay.model import Outcome, SentRequest, Verdict
from assay.plan import Plan
from assay.proof import Standing, Summary
from assay.reference.hosting import LOOPBACK, EmbeddedServers
from assay.report import build
from assay.runner import DEFAULT_FUZZ_EXAMPLES, decide
from assay.target import StateEntry, StateHandler, Target
from assay.transport import Transport

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from assay.model import Check, Contract
    from assay.reference.hosting import Address

DEADLINE_S = 600.0
"""Bound on one batch."""
_GARBAGE_EVERY = 100_000

VIOLATIONS = frozenset({Outcome.FAILED, Outcome.DEVIATION})


@dataclass(frozen=True, slots=True)
class Subject:
    """A server to be judged."""

    name: str
    contract: str
    factory: str
    """The server, as `assay.reference.hosting.EmbeddedServers` takes it."""
    operations: frozenset[str]
    """The operations whose checks are run, and those that call one of them beside their own."""
    generated: bool
    """Whether generated requests are sent too."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What the checks made of a server, as far as they were run."""

    name: str
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    """By requirement id."""
    messages: Mapping[str, str] = field(default_factory=dict)
    """By requirement id, where the outcome has one."""
    tripped: frozenset[str] = frozenset()
    """The ids of the checks that found a violation."""
    broken: str = ""
    """Why the server is no fit subject: it did not start, gave no answer, or failed by a mistake of its own."""

    @property
    def blamed(self) -> list[str]:
        """The requirements that the server was found to violate."""
        return [name for name, outcome in self.outcomes.items() if outcome in VIOLATIONS]

    @property
    def verdict(self) -> Verdict:
        """The verdict on what was judged."""
        return Verdict.of(self.outcomes.values())

    def joined(self, other: Judged) -> Judged:
        """Return what two judgements of one server amount to, each of other operations."""
        return Judged(
            self.name,
            {**self.outcomes, **other.outcomes},
            {**self.messages, **other.messages},
            self.tripped | other.tripped,
            self.broken or other.broken,
        )


@dataclass(frozen=True, slots=True)
class Batch:
    """Servers that are judged together."""

    purpose: str
    """What is to be learned of them; tells two judgements of one server apart."""
    subjects: tuple[Subject, ...]
    seed: int


@dataclass(frozen=True, slots=True)
class _BatchPlan(Plan):
    """A plan whose targets are judged by different checks."""

    subjects: Mapping[str, Subject] = field(default_factory=dict)
    keeps_exchanges: ClassVar[bool] = False

    def selects(self, check: Check, target: Target | None = None) -> bool:
        # Without a target the question is what the run as a whole may ask.
        return target is None or is_asked(self.subjects[target.name], check)


def is_asked(subject: Subject, check: Check) -> bool:
    """Whether a check is run on a server."""
    reached = check.operation in subject.operations or not subject.operations.isdisjoint(check.calls)
    return reached and (subject.generated or not check.fuzz)


def judge_all(batches: Sequence[Batch], workers: int) -> Iterator[tuple[Batch, list[Judged]]]:
    """Judge batches in worker processes and yield each as soon as it is done."""
    # Spawned: a fork would carry over the sockets and threads of whoever calls.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin)
    try:
        waiting = {pool.submit(judge, batch): batch for batch in batches}
        for done in as_completed(waiting):
            yield waiting[done], done.result()
    except BrokenProcessPool as error:
        message = "a process that judged servers died; nothing was proven"
        raise AssayError(message) from error
    except BaseException:
        for process in list((pool._processes or {}).values()):  # noqa: SLF001 - a batch takes too long to wait for its end
            process.terminate()
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()


def _begin() -> None:
    # Ctrl-C is for the parent.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What a batch makes stays until it is over, so looking through it for garbage every 700 objects finds little.
    gc.set_threshold(_GARBAGE_EVERY)


def judge(batch: Batch) -> list[Judged]:
    """Judge the servers of one batch in this process."""
    # A proxy that the environment names would not find its way back to the loopback of this machine.
    os.environ["NO_PROXY"] = LOOPBACK
    contracts = catalogue.load()
    factories = {subject.name: subject.factory for subject in batch.subjects}
    states = {subject.name: _states(subject, contracts[subject.contract]) for subject in batch.subjects}
    servers = EmbeddedServers(factories, states=states, tolerant=True)
    with servers as addresses, tempfile.TemporaryDirectory(prefix="assay-") as folder:
        present = [subject for subject in batch.subjects if subject.name in addresses]
        plan = _plan(batch, present, addresses, contracts, Path(folder))
        record = _decided(plan, {each.contract: contracts[each.contract] for each in present})
        broken = {subject.name: _mistake_of(subject, record, addresses[subject.name]) for subject in present}
    judged = [
        _judged(subject, contracts[subject.contract], document, broken[subject.name])
        for subject, document in zip(present, build.Judged(record).targets(), strict=True)
    ]
    return judged + [Judged(name, broken=f"did not start: {reason}") for name, reason in servers.broken.items()]


def _plan(
    batch: Batch,
    subjects: Sequence[Subject],
    addresses: Mapping[str, Address],
    contracts: Mapping[str, Contract],
    folder: Path,
) -> _BatchPlan:
    return _BatchPlan(
        targets=tuple(target_of(each.name, contracts[each.contract], addresses[each.name]) for each in subjects),
        only=(),
        seed=batch.seed,
        fuzz_examples=DEFAULT_FUZZ_EXAMPLES,
        deadline=time.time() + DEADLINE_S,
        workers=0,
        folder=folder,
        subjects={subject.name: subject for subject in subjects},
    )


def _states(subject: Subject, contract: Contract) -> Mapping[str, int]:
    """Return how many sets of each state the checks take, so that they need not ask for each while they run.

    Generated requests take as many more as they come to need, which nobody knows beforehand: they ask.
    """
    if subject.generated:
        return {}
    return Counter(state for check in contract.checks if is_asked(subject, check) for state in check.given)


def target_of(name: str, contract: Contract, address: Address) -> Target:
    """Return a reference server as a target."""
    return Target(
        name=name,
        contract=contract.id,
        base_url=address.base_url,
        token=address.token,
        auth_header=contract.auth_header,
        auth_scheme=contract.auth_scheme,
        states={state: StateEntry(each=tuple(sets)) for state, sets in address.states.items()},
        state_handler=StateHandler(url=address.state_handler_url),
    )


def _decided(plan: _BatchPlan, contracts: Mapping[str, Contract]) -> Record:
    record = Record(head(plan, contracts, time.time(), Summary(Standing.ABSENT)))
    ended = decide(plan, contracts, record.add)
    if ended.interrupted or ended.problems:
        message = "the checks could not be run:\n" + "\n".join(ended.problems)
        raise RuntimeError(message)
    record.add({"kind": "end", "duration_s": 0.0, **asdict(ended)})
    return record


def _mistake_of(subject: Subject, record: Record, address: Address) -> str:
    """Return why a server that started is no fit subject all the same, or an empty text."""
    if not any(entry["answers"] for entry in record.of(subject.name).checks.values()):
        return "gave no answer"
    transport = Transport(Target(name="health", contract="", base_url=address.health_url), pacing=None)
    response = transport.exchange(SentRequest("GET", address.health_url, (("Host", "localhost"),))).response
    transport.close()
    if response is None:
        return "was gone at the end"
    errors = json.loads(response.body)["unexpected_errors"]
    return f"failed by a mistake of its own: {errors[0]}" if errors else ""


def _judged(subject: Subject, contract: Contract, document: Mapping[str, Any], broken: str) -> Judged:
    asked = {check.id for check in contract.checks if is_asked(subject, check)}
    outcomes: dict[str, Outcome] = {}
    messages: dict[str, str] = {}
    tripped: set[str] = set()
    for requirement in document["requirements"]:
        checks = {f"{requirement['id']}::{check['name']}": check for check in requirement["checks"]}
        decided = {name: check for name, check in checks.items() if name in asked}
        if not decided:
            continue
        outcome = Outcome.worst(Outcome(check["outcome"]) for check in decided.values())
        said = [check["message"] for check in decided.values() if check["outcome"] == outcome and "message" in check]
        outcomes[requirement["id"]] = outcome
        messages[requirement["id"]] = said[0] if said else ""
        tripped |= {name for name, check in decided.items() if check["outcome"] in VIOLATIONS}
    return Judged(subject.name, outcomes, messages, frozenset(tripped), broken)
