"""Judges targets: plan → pytest, in worker processes → journal → report.

Each part of a target is one pytest session, in a worker process (`assay.pool`) or, without workers, in this one. A
decision is in the journal before the process that made it goes on to its next check, so that a run that is killed loses
what was in flight and nothing else.
"""

from __future__ import annotations

import logging
import os
import re
import tempfile
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assay import catalogue, packs, plugin, probe, proof, resume
from assay.decisions import DIED, Decisions, left_out, undone, without_secrets
from assay.evidence import SharedSecrets
from assay.exceptions import UnwritableError
from assay.head import head
from assay.interrupts import STOP
from assay.journal import FILE_NAME, Journal, read
from assay.journal import FILES as JOURNAL_FILES
from assay.latecomers import Latecomers, hosts_of
from assay.machines import OWN, fitness
from assay.machines.crew import Crew
from assay.model import Outcome
from assay.plan import Plan, each_pattern_selects_something
from assay.pool import Pool
from assay.report.build import Judged
from assay.report.files import writable
from assay.report.forms import DEFAULT, files_of
from assay.report.text import visible
from assay.resume import Earlier
from assay.session import arguments, clean_environment, sessions
from assay.terms import Terms
from assay.transport import Pacing
from assay.transport.pacing import requests_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from assay.decisions import Listener
    from assay.machines import Machine
    from assay.machines.dispatch import Dispatch
    from assay.model import Check, Contract
    from assay.plan import Shard
    from assay.target import Target

DEFAULT_DEADLINE_S = 900.0
DEFAULT_FUZZ_EXAMPLES = 20
MAX_AUTO_WORKERS = 3
"""With generated requests a worker takes 120 MB, and all of a run, with one worker more, must stay within 600."""

_LOG = logging.getLogger(__name__)
_JOB = re.compile(r"\[(\d+):(\d+)\]$")


@dataclass(frozen=True, slots=True)
class Settings:
    """How to judge."""

    report_dir: Path
    workers: int = 0
    seed: int = 1
    fuzz_examples: int = DEFAULT_FUZZ_EXAMPLES
    only: tuple[str, ...] = ()
    deadline_s: float = DEFAULT_DEADLINE_S
    shard: Shard | None = None
    max_requests: int | None = None
    files: tuple[Path, ...] = ()
    """Where the targets were read, for a run that goes on with this one."""
    resume: bool = False
    """Whether to go on with the run whose journal is in the report folder."""
    machines: tuple[Machine, ...] = ()
    """Workers beside the `workers` of this machine."""
    forms: tuple[str, ...] = DEFAULT
    """The forms of the report that the folder must have room for when the run ends."""
    terms: Terms = field(default_factory=Terms)
    """By what the exit code is worked out."""


def auto_workers() -> int:
    """Return how many worker processes suit this machine; 0 where there is one processor."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return 0 if processors == 1 else min(processors, MAX_AUTO_WORKERS)


def judge(targets: Sequence[Target], settings: Settings, listener: Listener | None = None) -> Judged:
    """Judge `targets` and return the report; the journal, from which it is made, stays in the report folder."""
    contracts = catalogue.load()
    wanted = {target.contract: contracts[target.contract] for target in targets}
    each_pattern_selects_something(settings.only, wanted)
    machines = (*[OWN] * settings.workers, *settings.machines) if settings.machines else ()
    fitness.check(machines, targets)
    path = writable(settings.report_dir, *JOURNAL_FILES, *files_of(settings.forms)) / FILE_NAME
    with tempfile.TemporaryDirectory(prefix="assay-") as folder, Journal(path, goes_on=settings.resume) as journal:
        started = time.time()
        plan = Plan(
            targets=tuple(targets),
            only=settings.only,
            seed=settings.seed,
            fuzz_examples=settings.fuzz_examples,
            deadline=started + settings.deadline_s,
            workers=len(machines) or settings.workers,
            folder=Path(folder),
            shard=settings.shard,
            max_requests=settings.max_requests,
            journal=path.resolve(),
            controller=os.getpid(),
        )
        proven = proof.of({packs.of_contract(name).data for name in wanted})
        first = {**head(plan, wanted, started, proven), "files": [str(file.resolve()) for file in settings.files]}
        latecomers = Latecomers(SharedSecrets(plan.folder, plan.key), journal, hosts_of(plan))
        decisions = Decisions(latecomers.write, listener)
        terms = settings.terms.without_secrets(targets, wanted)
        if settings.resume:
            _go_on(plan, wanted, first, decisions, terms, started, machines)
        else:
            journal.write(first)
            journal.write(terms.entry(started))
            _decide_all(plan, wanted, decisions, Earlier(first), started, machines)
        latecomers.clean()
    for problem in decisions.problems:
        _LOG.error("the suite failed:\n%s", visible(problem))
    return Judged(read(path))


def _go_on(  # noqa: PLR0913, PLR0917 - what makes up a run
    plan: Plan, contracts: Mapping[str, Contract], now: dict[str, Any], decisions: Decisions, terms: Terms,
    started: float, machines: Sequence[Machine],
) -> None:  # fmt: skip
    """Go on with the run that the journal holds, unless there is nothing left to do."""
    assert plan.journal is not None  # noqa: S101 - a run that is gone on with has one
    earlier = resume.read(plan.journal)
    resume.same_run(plan.journal.parent, earlier.head, now)
    on_these = terms.entry(started, earlier.terms)
    plan = replace(plan, past=earlier.past)
    left = sum(1 for _ in plan.jobs(contracts))
    if decisions.listener is not None:
        decisions.listener.gone_on_with(len(plan.past.decided), left)
    is_unfinished = left or not earlier.ended or earlier.accepted - earlier.probed
    if is_unfinished or {**on_these, "on": earlier.terms.get("on")} != earlier.terms:
        decisions.write(on_these)
    if is_unfinished:
        decisions.write({"kind": "resumed", "started": now["run"]["started"]})
        decisions.accepted |= earlier.accepted
        requests_of(plan).change(lambda _: earlier.requests)
        _decide_all(plan, contracts, decisions, earlier, started, machines)


def _decide_all(  # noqa: PLR0913, PLR0917 - as above
    plan: Plan, contracts: Mapping[str, Contract], decisions: Decisions, earlier: Earlier, started: float,
    machines: Sequence[Machine],
) -> None:  # fmt: skip
    """Decide what is left of a run and write how it ended."""
    if decisions.listener is not None:
        decisions.listener.begins(plan)
    if machines:
        session = partial(_session_of_workers, contracts, decisions)
        interrupted = Crew(plan, contracts, decisions, machines, session, earlier.probed).run()
    elif plan.workers:
        interrupted = Pool(plan, contracts, decisions, earlier.probed).run()
    else:
        interrupted = _one_after_the_other(plan, contracts, decisions, earlier.probed)
    duration = round(earlier.duration_s + time.time() - started, 3)
    # Workers elsewhere count for themselves, and what they may send counts as sent here.
    sent = {} if machines else {"requests": int(requests_of(plan).now)}
    decisions.write({"kind": "end", "duration_s": duration, **sent, **asdict(Ended(interrupted, decisions.problems))})


def _one_after_the_other(
    plan: Plan, contracts: Mapping[str, Contract], decisions: Decisions, probed: Collection[tuple[str, str]]
) -> bool:
    """Judge the targets in this process; return whether that was interrupted."""
    if decisions.listener is not None:
        decisions.listener.planned(sum(1 for _ in plan.jobs(contracts)))
    for number, target in enumerate(plan.targets):
        part = plan.of(number)
        if end := Pacing.of(plan, target).end_of_the_run():
            for entry in left_out(part, contracts, end):
                decisions.take(entry)
        elif run_checks(part, contracts, decisions):
            return True
    try:
        for entry in probe.entries(plan, contracts, decisions.accepted.difference(probed)):
            decisions.take(entry)
    except KeyboardInterrupt:
        return True
    return False


@dataclass(frozen=True, slots=True)
class Ended:
    """How the checks of a plan came to their end."""

    interrupted: bool
    problems: list[str]
    """Mistakes of the suite that belong to no check, as tracebacks."""


def decide(plan: Plan, contracts: Mapping[str, Contract], take: Callable[[dict[str, Any]], None]) -> Ended:
    """Run the checks of a plan, and the probes behind them; `take` gets each journal entry as soon as it is made."""
    decisions = Decisions(take)
    if plan.workers:
        return Ended(Pool(plan, contracts, decisions).run(), decisions.problems)
    interrupted = run_checks(plan, contracts, decisions)
    if not interrupted:
        for entry in probe.entries(plan, contracts, decisions.accepted):
            decisions.take(entry)
    return Ended(interrupted, decisions.problems)


def run_checks(
    plan: Plan,
    contracts: Mapping[str, Contract],
    decisions: Decisions,
    begins: Callable[[str], None] = lambda _: None,
) -> bool:
    """Run the checks of a plan in pytest sessions of this process; return whether one was interrupted.

    `begins` is told the id of each check before it is run.
    """
    files = [job.check.file for job in plan.jobs(contracts) if job.check.file is not None]
    return any(
        _session(arguments(each), _Run(plan, contracts, decisions, begins)) == pytest.ExitCode.INTERRUPTED
        for each in sessions(files)
    )


@dataclass(eq=False)
class _Run:
    """The controller's side of a session: a pytest plugin that carries the plan and passes each decision on."""

    plan: Plan
    contracts: Mapping[str, Contract]
    decisions: Decisions
    begins: Callable[[str], None]
    failure: Exception | None = None
    """Why no decision is taken in any more: there is no room for it, or nobody who takes it."""
    # pytest registers a plugin under its `__name__`; without workers the plan is found by it.
    __name__ = plugin.RUN_PLUGIN

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        self._pytest = session

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        if found := self._job(nodeid):
            self._pass_on(self.begins, found[1].id)
        if self.failure is not None:
            # Nothing has been set up yet.
            pytest.exit(str(self.failure))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        entry = getattr(report, "assay", None)
        if entry is None and str(report.when) == "???" and (lost := self._job(report.nodeid)):
            # xdist's word for a worker that died.
            entry = undone(lost[0].name, lost[1].id, Outcome.ERROR, DIED)
        if entry is not None:
            self._pass_on(self.decisions.take, entry)

    def _pass_on(self, to: Callable[[Any], None], what: object) -> None:
        """Pass something on; where that fails, end the session behind the check that is under way."""
        try:
            to(what)
        except (UnwritableError, EOFError, BrokenPipeError) as error:
            self.failure = self.failure or error
            if self.plan.workers:
                # They break off when their connection ends.
                pytest.exit(str(error))
            self._pytest.shouldstop = str(error)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.decisions.complain(report.longreprtext)

    def pytest_internalerror(self, excrepr: object) -> None:
        self.decisions.complain(str(excrepr))

    def pytest_keyboard_interrupt(self) -> None:
        # Workers give back what they have set up, and end.
        with suppress(OSError):
            (self.plan.folder / STOP).touch()

    def _job(self, nodeid: str) -> tuple[Target, Check] | None:
        found = _JOB.search(nodeid)
        if found is None:
            return None
        target = self.plan.targets[int(found[1]) - self.plan.first]
        return target, self.contracts[target.contract].checks[int(found[2])]


def _session_of_workers(
    contracts: Mapping[str, Contract], decisions: Decisions, plan: Plan, words: list[str], dispatch: Dispatch
) -> int:
    return _session(words, _Run(plan, contracts, decisions, lambda _: None), dispatch)


def _session(words: list[str], run: _Run, *others: object) -> int:
    with clean_environment():
        try:
            code = pytest.main(words, plugins=[run, *others])
        except KeyboardInterrupt:
            # A second Ctrl-C, while pytest was ending its workers: what was decided is reported all the same.
            code = pytest.ExitCode.INTERRUPTED
    if code in (pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR) and not run.decisions.problems:
        run.decisions.complain(f"pytest ended with exit code {code}")
    if run.failure is not None:
        raise run.failure
    problems = run.decisions.problems
    problems[:] = [without_secrets(problem, run.plan, run.contracts) for problem in problems]
    return code
