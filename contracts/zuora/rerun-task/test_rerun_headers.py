"""Headers of a rerun that take more than the task: a name of some length for it, or an org."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.bench import Inapplicable, Inconclusive, requirement
from assay.trials import accepts

if TYPE_CHECKING:
    from collections.abc import Callable

    from assay.bench import Answer, Bench, Call

OK = 200
LIMIT = 1000
"""Bytes; an answer with more of them is compressed where the client asks for it."""
BEYOND = {"just over": 12, "far more": 10_000}
"""Bytes above the limit: less than the round number 1024, and more than fits a buffer of 4 or 8 KiB."""


@requirement("compression-on-request", given="task", calls="update-tasks")
def test_an_answer_of_just_over_1000_bytes_is_compressed(
    bench: Bench, unique_name: str, elsewhere: Callable[..., Answer]
) -> None:
    task = bench.given("task").integer("task_id")
    call = bench.call(task_id=task)
    # The first answer may show the failure before, and those behind an update not.
    bench.control(call.labelled("first"))
    must_be_named(elsewhere("update-tasks", task, name=unique_name), unique_name)
    size = size_of(bench.send(call.labelled("sample")))
    if size > LIMIT:
        message = f"the answer has {size} bytes by itself, so it cannot be made just over {LIMIT}"
        raise Inapplicable(message)

    for label, more in BEYOND.items():
        name = unique_name + "x" * (LIMIT - size + more)
        named = elsewhere("update-tasks", task, name=name)
        if label == "far more" and not accepts(named):
            break
        must_be_named(named, name)
        answer = bench.send(call.with_headers({"Accept-Encoding": "gzip"}).labelled(label))
        if name_in(answer) not in (None, name):
            message = f"a rerun does not show the name of {len(name)} characters that an update has given the task"
            raise Inapplicable(message)
        must_be_compressed(answer)
    elsewhere("update-tasks", task, name=unique_name)


@requirement("no-permission", given=("task", "caller_without_run_access", "org"), capability="multi_org")
def test_a_caller_without_the_permission_is_refused_in_an_org_too(bench: Bench, baseline: Call) -> None:
    caller, org = bench.given("caller_without_run_access"), bench.given("org")["org_id"]

    call = baseline.with_headers({"Zuora-Org-Ids": org})

    bench.must_refuse(call.with_token(caller["token"]), control=call)


def name_in(answer: Answer) -> object:
    """Return the name that an answer shows."""
    body = None if answer.content.problem else answer.content.json
    return body.get("name") if isinstance(body, dict) else None


def must_be_named(answer: Answer, name: str) -> None:
    """Demand that an update has given its only task a name."""
    body: Any = answer.content.json
    tasks = body.get("data") if answer.status == OK and isinstance(body, dict) else None
    if not (isinstance(tasks, list) and tasks and isinstance(tasks[0], dict) and tasks[0].get("name") == name):
        message = f"no update gives the task a name of {len(name)} characters, so its answer cannot be made that long"
        raise Inapplicable(message)


def must_be_compressed(answer: Answer) -> None:
    """Demand a compressed answer, if it is a large one."""
    size = size_of(answer)
    if size <= LIMIT and not answer.content.coding_problem:
        message = f"the answer has {size} bytes although the name of the task is long"
        raise Inconclusive(message)
    coding = (answer.header("Content-Encoding") or "").strip().lower()
    answer.must(coding in ("gzip", "x-gzip"), "Content-Encoding: gzip", coding or "no Content-Encoding")


def size_of(answer: Answer) -> int:
    """Return the size of an answer that says what was done, behind another one for the same task."""
    if not accepts(answer):
        message = f"answered {answer.status}: the task may still be at work since the call before"
        raise Inapplicable(message)
    return len(answer.content.data)
