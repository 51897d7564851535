"""What leaves a task alone: a rerun that is refused, and one that repeats another with its key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from assay.bench import Inapplicable, Inconclusive, Violation, requirement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from assay.bench import Answer, Bench, Call

    MustNotRun = Callable[[str, Iterable[Call]], None]
    RunsAgain = Callable[[str, Iterable[Call]], bool]

OK = 200
REFUSED = frozenset(range(400, 500)) - {429}
ROUNDS = 6
"""A task may move on by itself, or be rerun by somebody else, in one round or another but hardly in each."""
TRACES = ("start_time", "end_time", "status")
"""What a rerun changes in a task."""
RUNS = "one whose times or status change each time, as updates show that change nothing"


@requirement("refused-not-performed", given="task", calls="update-tasks")
def test_a_call_without_credentials_leaves_its_task_alone(
    bench: Bench, without_credentials: Callable[[Call], Iterator[Call]], must_not_run: MustNotRun
) -> None:
    task = bench.given("task")["task_id"]

    must_not_run(task, without_credentials(bench.call(task_id=task)))


@requirement("refused-not-performed", given=("task", "caller_without_run_access"), calls="update-tasks")
def test_a_call_without_the_permission_leaves_its_task_alone(bench: Bench, must_not_run: MustNotRun) -> None:
    task, caller = bench.given("task")["task_id"], bench.given("caller_without_run_access")

    must_not_run(task, [bench.call(task_id=task).with_token(caller["token"])])


@requirement("refused-not-performed", given=("task", "inaccessible_org"), capability="multi_org", calls="update-tasks")
def test_a_call_in_a_closed_org_leaves_its_task_alone(bench: Bench, must_not_run: MustNotRun) -> None:
    task, org = bench.given("task")["task_id"], bench.given("inaccessible_org")["org_id"]

    must_not_run(task, [bench.call(task_id=task).with_headers({"Zuora-Org-Ids": org})])


@requirement("idempotency-replay", given="task", calls="update-tasks")
def test_a_call_that_is_repeated_with_its_key_leaves_its_task_alone(
    bench: Bench, keyed: Callable[..., Call], runs_again: RunsAgain
) -> None:
    task = bench.given("task")["task_id"]
    call = keyed(bench.call(task_id=task))
    bench.control(call.labelled("first"))

    if runs_again(task, [call]):
        raise Violation.of(expected="a task that repeated calls leave alone", got=RUNS)


@pytest.fixture
def must_not_run(bench: Bench, runs_again: RunsAgain) -> MustNotRun:
    """Return what sends calls that are refused, and demands that they do not run their task."""

    def demand(task: str, calls: Iterable[Call]) -> None:
        runs = runs_again(task, calls)
        own = [exchange.response for exchange in bench.exchanges if exchange.observed and exchange.response]
        if accepted := [response.status for response in own if response.status not in REFUSED]:
            message = f"answered {accepted[0]} and not refused, so that there is no refusal to look behind"
            raise Inconclusive(message)
        if runs:
            raise Violation.of(expected="a task that refused calls leave alone", got=RUNS)

    return demand


@pytest.fixture
def runs_again(bench: Bench, elsewhere: Callable[..., Answer]) -> RunsAgain:
    """Return what says whether calls run a task: it changes each time that they are sent, and never without them."""

    def look(task: str) -> list[Any]:
        # Reruns alone do not show it: the answer to one tells when it ran, not whether another one ran before.
        answer = elsewhere("update-tasks", int(task))
        body = answer.content.json
        tasks = body.get("data") if answer.status == OK and isinstance(body, dict) else None
        if not (isinstance(tasks, list) and len(tasks) == 1 and isinstance(tasks[0], dict)):
            message = "the task cannot be looked at: an update of it that changes nothing does not show it"
            raise Inapplicable(message)
        return [tasks[0].get(field) for field in TRACES]

    def changes(task: str, calls: Iterable[Call]) -> bool:
        before = look(task)
        for call in calls:
            bench.send(call)
        return look(task) != before

    def runs(task: str, calls: Iterable[Call]) -> bool:
        if not task.isdecimal():
            message = f"task {task} has no number, so it cannot be named in an update that changes nothing"
            raise Inapplicable(message)
        known = list(calls)
        return changes(task, known) and all(not changes(task, ()) and changes(task, known) for _ in range(ROUNDS))

    return runs
