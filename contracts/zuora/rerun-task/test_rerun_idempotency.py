"""What a rerun shows of idempotency keys: a key of one task says nothing about another."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from assay.bench import Inapplicable, Untestable, requirement

if TYPE_CHECKING:
    from collections.abc import Callable

    from assay.bench import Answer, Bench, Call

# The third for a target that gives the same task each time; it is asked for only then.
TWO_TASKS = ("task", "task", "large_task")


@requirement("idempotency-key-of-another-task", given=TWO_TASKS)
def test_the_key_of_one_task_does_not_bring_its_answer_for_another(
    bench: Bench, keyed: Callable[..., Call], accepted: Callable[..., Answer]
) -> None:
    first, second = two_tasks(bench)
    key = bench.fresh_key()
    answer = accepted(keyed(first, key).labelled("first task"), first)

    other = bench.send(keyed(second, key).labelled("second task, same key"))

    if other.status == HTTPStatus.OK:
        must_speak_of_another_task(other, answer)
        bench.reading("key-of-another-task", "performed")
    else:
        other.must_be_refused()
        bench.control(second)
        bench.reading("key-of-another-task", "refused")


@requirement("idempotency-long-prefix", given=TWO_TASKS)
def test_keys_that_differ_in_their_last_character_are_different(
    bench: Bench, keyed: Callable[..., Call], accepted: Callable[..., Answer]
) -> None:
    first, second = two_tasks(bench)
    prefix = bench.fresh_key(254)
    answer = accepted(keyed(first, prefix + "a").labelled("first task, key ending in a"), first)

    other = accepted(keyed(second, prefix + "b").labelled("second task, key ending in b"), second)

    must_speak_of_another_task(other, answer)


@requirement("idempotency-long-prefix", given=TWO_TASKS)
def test_keys_that_are_almost_alike_are_different(
    bench: Bench, key_twins: Callable[[], tuple[str, dict[str, str]]], keyed: Callable[..., Call],
    accepted: Callable[..., Answer],
) -> None:  # fmt: skip
    first, second = two_tasks(bench)
    key, twins = key_twins()
    answer = accepted(keyed(first, key).labelled("first task, first key"), first)

    for label, twin in twins.items():
        other = accepted(keyed(second, twin).labelled(f"second task, {label}"), second)
        must_speak_of_another_task(other, answer)


def two_tasks(bench: Bench) -> tuple[Call, Call]:
    """Return the reruns of two different tasks."""
    first, *others = TWO_TASKS
    known = bench.given(first)["task_id"]
    for state in others:
        other = bench.given(state)["task_id"]
        if other != known:
            return bench.call(task_id=known), bench.call(task_id=other)
    message = f"the states 'task' and 'large_task' give the same task {known}; two different ones are needed"
    raise Untestable(message)


def must_speak_of_another_task(answer: Answer, first: Answer) -> None:
    """Demand that the answer is not about the task of the first one."""
    ids = [each.json.get("id") if isinstance(each.json, dict) else None for each in (answer, first)]
    if None in ids:
        message = "an answer carries no id, so it does not show which task it speaks of"
        raise Inapplicable(message)
    answer.must(ids[0] != ids[1], "the id of the second task", ids[0])
