"""What a rerun shows of idempotency keys: a key of one task says nothing about another."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest

from assay.bench import Inapplicable, requirement

if TYPE_CHECKING:
    from collections.abc import Callable

    from assay.bench import Answer, Bench, Call
    from assay.states import Values

TWO_TASKS = ("task", "task", "large_task")


@requirement("idempotency-key-of-another-task", given=TWO_TASKS)
def test_the_key_of_one_task_does_not_bring_its_answer_for_another(
    bench: Bench, two_reruns: tuple[Call, Call], keyed: Callable[..., Call], accepted: Callable[..., Answer]
) -> None:
    first, second = two_reruns
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
    bench: Bench, two_reruns: tuple[Call, Call], keyed: Callable[..., Call], accepted: Callable[..., Answer]
) -> None:
    first, second = two_reruns
    prefix = bench.fresh_key(254)
    answer = accepted(keyed(first, prefix + "a").labelled("first task, key ending in a"), first)

    other = accepted(keyed(second, prefix + "b").labelled("second task, key ending in b"), second)

    must_speak_of_another_task(other, answer)


@requirement("idempotency-long-prefix", given=TWO_TASKS)
def test_keys_that_are_almost_alike_are_different(
    two_reruns: tuple[Call, Call],
    key_twins: Callable[[], tuple[str, dict[str, str]]],
    keyed: Callable[..., Call],
    accepted: Callable[..., Answer],
) -> None:
    first, second = two_reruns
    key, twins = key_twins()
    answer = accepted(keyed(first, key).labelled("first task, first key"), first)

    for label, twin in twins.items():
        other = accepted(keyed(second, twin).labelled(f"second task, {label}"), second)
        must_speak_of_another_task(other, answer)


@pytest.fixture
def two_reruns(bench: Bench, two_tasks: Callable[[], tuple[Values, Values]]) -> tuple[Call, Call]:
    """Return the reruns of two different tasks."""
    one, other = two_tasks()
    return bench.call(task_id=one["task_id"]), bench.call(task_id=other["task_id"])


def must_speak_of_another_task(answer: Answer, first: Answer) -> None:
    """Demand that the answer is not about the task of the first one."""
    ids = [each.json.get("id") if isinstance(each.json, dict) else None for each in (answer, first)]
    if None in ids:
        message = "an answer carries no id, so it does not show which task it speaks of"
        raise Inapplicable(message)
    answer.must(ids[0] != ids[1], "the id of the second task", ids[0])
