"""The pytest plugin: one item per job, one outcome per check.

It runs in every process that runs cases. The plan comes from xdist's worker input, or, without workers, from the run
plugin that `assay.runner` registers in the same process. What a check decided leaves the process as `report.assay`, a
plain dictionary, so that it passes through xdist.
"""

from __future__ import annotations

import gc
import pickle
import traceback
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assay.bench import Bench, CheckEnded, Inapplicable, Inconclusive, Untestable, Violation
from assay.evidence import Redactor, SharedSecrets, record_all
from assay.exceptions import UnwritableError
from assay.journal import append
from assay.judge import Provision, WorkerSession
from assay.model import Outcome
from assay.states import StateUnavailable

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from assay.judge import Note, TargetSession
    from assay.model import Check, Contract, Exchange
    from assay.plan import Job

WORKER_INPUT = "assay"
RUN_PLUGIN = "assay-run"
NOTE = "assay-note"
"""Where a worker elsewhere finds what writes into the journal of the controller."""
SECRETS = "assay-secrets"
"""Where it finds what makes known what came up elsewhere; without it, that is a file of this machine."""
GONE = "assay-gone"
"""Where it finds what says that the controller has gone."""

_LARGE_BYTES = 1_000_000
"""What is worth a collection of garbage, which takes as long as a check without large bodies."""

_EXPECTED = (CheckEnded, StateUnavailable, UnwritableError)
"""How a check may end that does not pass."""

_SESSION = pytest.StashKey[WorkerSession]()
_BENCH = pytest.StashKey[Bench]()
_PROVISION = pytest.StashKey[Provision]()


def pytest_configure(config: pytest.Config) -> None:
    """Build the session of this process; the controller of workers runs no case and needs none."""
    worker_input = getattr(config, "workerinput", None)
    if worker_input is not None:
        plan = pickle.loads(worker_input[WORKER_INPUT])  # noqa: S301 - from our own controller
        note = worker_input.get(NOTE) or _note_in(plan.journal)
        secrets = worker_input.get(SECRETS) or partial(SharedSecrets, plan.folder, plan.key)
    else:
        run = config.pluginmanager.get_plugin(RUN_PLUGIN)
        if run is None or run.plan.workers:
            return
        plan = run.plan
        note = _note_in(plan.journal)
        secrets = partial(SharedSecrets, plan.folder, plan.key)
    config.stash[_SESSION] = WorkerSession(plan, note, secrets)


def _note_in(journal: Path | None) -> Note:
    """Return what writes into a journal of this machine, if there is one."""
    if journal is None or not journal.exists():
        return lambda _: None
    return partial(append, journal)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Close what is open."""
    session = config.stash.get(_SESSION, None)
    if session is not None:
        session.close()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out case files without a job."""
    session = config.stash.get(_SESSION, None)
    if session is not None and collection_path.suffix == ".py" and collection_path.name.startswith("test_"):
        return collection_path not in session.files
    return None


def pytest_pycollect_makeitem(collector: pytest.Collector, name: str, obj: object) -> list[pytest.Item] | None:
    """Leave out cases without a job; pytest would report them as skipped."""
    session = collector.config.stash.get(_SESSION, None)
    if session is not None and hasattr(obj, "__assay__") and (collector.path, name) not in session.jobs:
        return []
    return None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one item per job of the case."""
    session = metafunc.config.stash.get(_SESSION, None)
    if session is None or not hasattr(metafunc.function, "__assay__"):
        return
    path, name = Path(metafunc.definition.path), metafunc.function.__name__
    if "assay_job" not in metafunc.fixturenames:
        pytest.fail(f"{path.name}: {name} does not take the fixture 'bench'", pytrace=False)
    jobs = session.jobs[path, name]
    metafunc.parametrize("assay_job", jobs, ids=[job.id for job in jobs])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the generated checks first where workers share them: one that gets them last makes the others wait."""
    session = config.stash.get(_SESSION, None)
    if session is not None and session.plan.workers:
        items.sort(key=lambda item: not _job(item).check.fuzz)


def _job(item: pytest.Item) -> Job:
    job: Job = item.callspec.params["assay_job"]  # type: ignore[attr-defined]  # every item is a parametrized function
    return job


@pytest.fixture
def bench(request: pytest.FixtureRequest, assay_job: Job) -> Bench:
    """Return what the case works with; see `assay.bench.Bench`."""
    session: WorkerSession = request.config.stash[_SESSION]
    judge = session.of(assay_job.target)
    provision = Provision(assay_job, judge)
    made = Bench(
        check=assay_job.check,
        contract=judge.contract,
        target=judge.target,
        transport=judge.transport,
        expectations=judge.expectations,
        provide=provision,
        seed=session.plan.seed,
        fuzz_examples=session.plan.fuzz_examples,
    )
    request.node.stash[_BENCH] = made
    request.node.stash[_PROVISION] = provision
    return made


@pytest.fixture
def case(assay_job: Job) -> Any:  # noqa: ANN401 - a member of the case's own `each`
    """Return the member of `each` that this check is for."""
    assert assay_job.check.case is not None  # noqa: S101 - a case that takes it declares `each`
    return assay_job.check.case[1]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Tell the state handler when a check is over, and let go of what the check had in its hands."""
    try:
        return (yield)
    finally:
        session = item.config.stash.get(_SESSION, None)
        if session is not None:
            session.of(_job(item).target).take_down()
        if getattr(item.config, "workerinput", {}).get(GONE, bool)():
            # Without it, xdist's worker would go on with all that it has been given.
            item.session.shouldstop = "the controller has gone"
        _let_go(item)


def _let_go(item: pytest.Item) -> None:
    """Free the bodies of a check: pytest keeps its items to the end of the run, and tracebacks refer to themselves."""
    made = item.stash.get(_BENCH, None)
    if made is None:
        return
    size = sum(len(each.response.body) for each in made.exchanges if each.response)
    del item.stash[_BENCH], item.stash[_PROVISION]
    if size > _LARGE_BYTES:
        made.exchanges.clear()
        gc.collect()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn how the case ended into an outcome."""
    expected = call.excinfo is not None and isinstance(call.excinfo.value, _EXPECTED)
    ended = call.excinfo.value if call.excinfo is not None else None
    if expected:
        # pytest need not format a traceback of what is no mistake.
        call.excinfo = None
    report = yield
    # A mistake behind the check, in a fixture that puts back what was lent, takes the place of what was decided.
    decided = call.when == "call" or (ended is not None and (call.when == "setup" or not expected))
    if decided and item.config.stash.get(_SESSION, None) is not None:
        report.assay = _decision(item, ended, call.duration)  # type: ignore[attr-defined]  # carried to the controller
        if call.when == "setup" and expected:
            # The case itself must not run without what its set-up did not give.
            report.outcome = "skipped"
    return report


def _decision(item: pytest.Item, ended: BaseException | None, duration: float) -> dict[str, Any]:
    job = _job(item)
    session = item.config.stash[_SESSION]
    judge = session.of(job.target)
    made = item.stash.get(_BENCH, None)
    if ended is None and made is not None and (flaw := made.flaw()):
        ended = Inconclusive(flaw)
    outcome, message = _outcome(job, session, ended)
    provision = item.stash.get(_PROVISION, None)
    redactor = judge.redactor(
        [
            *(provision.tokens if provision is not None else ()),
            *(made.secrets.items() if made is not None else ()),
        ]
    )
    exchanges = made.exchanges if made is not None else []
    decision = {
        "kind": "check",
        "target": job.target.name,
        "check": job.check.id,
        "outcome": str(outcome),
        "message": redactor.message(message),
        "duration_s": round(duration, 6),
        "requests": len(exchanges),
        "answers": sum(exchange.response is not None for exchange in exchanges),
        "exchanges": (
            record_all(exchanges, redactor) if session.plan.keeps_exchanges else list(map(_status_alone, exchanges))
        ),
        **_evidence(ended, exchanges),
        "given": provision.told(redactor) if provision is not None else [],
        "observed": _observed(job, judge, made, redactor),
        "readings": _readings(judge, made),
        "known": len(judge.shared.known),
    }
    judge.expectations.forget()
    return decision


def _evidence(ended: BaseException | None, exchanges: Sequence[Exchange]) -> dict[str, list[int]]:
    """Return which exchanges prove a violation, where the violation says so."""
    shown = ended.exchanges if isinstance(ended, Violation) else ()
    found = [number for number, each in enumerate(exchanges) if any(each is other for other in shown)]
    return {"evidence": found} if found else {}


def _status_alone(exchange: Exchange) -> dict[str, Any]:
    return {"response": None if exchange.response is None else {"status": exchange.response.status}}


def _outcome(  # noqa: PLR0911 - one return per way in which a check ends
    job: Job, session: WorkerSession, ended: BaseException | None
) -> tuple[Outcome, str]:
    requirement = session.contracts[job.target.contract].requirements[job.check.requirement]
    match ended:
        case None:
            return Outcome.PASSED, ""
        case Violation():
            return requirement.level.violation, str(ended)
        case Inconclusive() if end := session.of(job.target).transport.end_of_the_run():
            return Outcome.NOT_RUN, why_not_run(end, str(ended))
        case Inconclusive():
            return Outcome.INCONCLUSIVE, str(ended)
        case UnwritableError():
            # Nothing could be noted of what the check was about to do; the run has no room, and ends.
            return Outcome.NOT_RUN, str(ended)
        case Untestable() | StateUnavailable():
            return Outcome.UNTESTABLE, str(ended)
        case Inapplicable():
            return Outcome.INAPPLICABLE, str(ended)
    lines = traceback.format_exception_only(ended)
    where = traceback.extract_tb(ended.__traceback__)[-1] if ended.__traceback__ else None
    place = f" ({Path(where.filename).name}:{where.lineno})" if where else ""
    return Outcome.ERROR, f"the suite failed: {lines[-1].strip()}{place}"


def why_not_run(end: str, what: str = "") -> str:
    """Return the message of a check that the end of the run cut off."""
    if not what or what.startswith(end):
        return what or end
    return f"{end}: {what}"


def _observed(job: Job, judge: TargetSession, made: Bench | None, redactor: Redactor) -> dict[str, dict[str, Any]]:
    """Let every observer of the operation look at every exchange of the check."""
    found: dict[str, dict[str, Any]] = {}
    if made is None:
        return found
    checks = observers(judge.contract, job.check.operation)
    # One exchange after the other: a large body is read again when another one is looked at in between.
    seen = [
        [judge.expectations.observe(check, made.operation, exchange) if exchange.observed else None for check in checks]
        for exchange in made.exchanges
    ]
    for place, check in enumerate(checks):
        told = [by_all[place] for by_all in seen]
        held = [number for number, problem in enumerate(told) if problem == ""]
        problems = [[number, redactor.message(problem)] for number, problem in enumerate(told) if problem]
        if held or problems:
            found[check.id] = {"held": len(held), "first_held": held[0] if held else None, "problems": problems}
    return found


def observers(contract: Contract, operation: str) -> list[Check]:
    """Return the observers of one operation."""
    return [check for check in contract.checks if check.observer is not None and check.operation == operation]


def _readings(judge: TargetSession, made: Bench | None) -> list[list[str]]:
    if made is None:
        return []
    seen = dict.fromkeys(made.readings)
    for exchange in filter(lambda each: each.observed, made.exchanges):
        seen |= dict.fromkeys(judge.expectations.readings(made.operation, exchange))
    return [list(reading) for reading in seen]
