"""What a rerun shows of idempotency keys: a key of one task says nothing about another."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from assay.bench import Inapplicable, Untestable, requirement

if TYPE_CHECKING:
    from collections.abc import Callable

    from assay.bench import Answer, Bench, Call

# Two states, because two sets of one state may be the same task.
TWO_TASKS = ("task", "large_task")


@requirement("idempotency-key-of-another-task", given=TWO_TASKS)
def test_the_key_of_one_task_does_not_bring_its_answer_for_another(
    bench: Bench, keyed: Callable[..., Call], accepted: Callable[..., Answer]
) -> None:
    first, second = two_tasks(bench)
    key = bench.fresh_key()
    accepted(keyed(bench.call(task_id=first), key).labelled("first task"))

    answer = bench.send(keyed(bench.call(task_id=second), key).labelled("second task, same key"))

    if answer.status != HTTPStatus.OK:
        answer.must_be_refused()
        bench.control(bench.call(task_id=second))
        bench.reading("key-of-another-task", "refused")
        return
    must_speak_of(answer, second)
    bench.reading("key-of-another-task", "performed")


@requirement("idempotency-long-prefix", given=TWO_TASKS)
def test_keys_that_differ_in_their_last_character_are_different(
    bench: Bench, keyed: Callable[..., Call], accepted: Callable[..., Answer]
) -> None:
    first, second = two_tasks(bench)
    prefix = bench.fresh_key(254)
    accepted(keyed(bench.call(task_id=first), prefix + "a").labelled("first task, key ending in a"))

    plain = bench.call(task_id=second)
    answer = accepted(keyed(plain, prefix + "b").labelled("second task, key ending in b"), plain)

    must_speak_of(answer, second)


def two_tasks(bench: Bench) -> tuple[str, str]:
    """Return the ids of two different tasks."""
    first, second = (bench.given(state)["task_id"] for state in TWO_TASKS)
    if first == second:
        message = f"the states 'task' and 'large_task' give the same task {first}; two different ones are needed"
        raise Untestable(message)
    return first, second


def must_speak_of(answer: Answer, task_id: str) -> None:
    """Demand that the answer is about this task."""
    body = answer.json
    if not (isinstance(body, dict) and body.get("id") is not None):
        message = "the answer carries no id, so it does not show which task it speaks of"
        raise Inapplicable(message)
    answer.must(str(body["id"]) == task_id, f"the id {task_id}", body["id"])
