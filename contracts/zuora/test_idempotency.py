"""Idempotency keys: shared by the operations that take them, a rerun and an import."""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from assay.bench import Inapplicable, Inconclusive, requirement

if TYPE_CHECKING:
    from collections.abc import Callable

    from assay.bench import Answer, Bench, Call

TASK = {"rerun-task": "task"}
LONGEST = 255
OTHER_KEYS = 5
"""A key that is forgotten as soon as a few others have been used protects nobody."""
PAUSES_S = (0.0, 0.02, 1.1)
"""Between attempts to see a difference: times in answers may have whole seconds only."""


@requirement("idempotency-replay", given=TASK)
def test_the_same_key_brings_the_first_answer_again(
    bench: Bench, baseline: Call, keyed: Callable[..., Call], accepted: Callable[..., Answer]
) -> None:
    call = keyed(baseline)
    first = accepted(call.labelled("first"), baseline)
    visible = performing_again_is_visible(bench, baseline, first)

    must_repeat(bench.send(call.labelled("second")), first)
    for number in range(OTHER_KEYS):
        bench.send(keyed(baseline).labelled(f"other key {number + 1}"))
    must_repeat(bench.send(call.labelled("behind the other keys")), first)

    end_unless(visible)


@requirement("idempotency-overlap", given=TASK)
def test_overlapping_calls_with_one_key_are_performed_once(
    bench: Bench, baseline: Call, keyed: Callable[..., Call]
) -> None:
    call = keyed(baseline)

    answers = bench.send_together([call.labelled(f"overlapping {number}") for number in (1, 2, 3, 4)])

    performed = [answer for answer in answers if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES]
    if not performed:
        message = "none of the overlapping calls succeeded: " + ", ".join(str(answer.status) for answer in answers)
        raise Inconclusive(message)
    visible = performing_again_is_visible(bench, baseline, performed[0])
    for answer in (*performed[1:], bench.send(call.labelled("afterwards"))):
        must_repeat(answer, performed[0])
    bench.reading("key-while-running", "answered" if len(performed) == len(answers) else "conflict")
    end_unless(visible)


@requirement("idempotency-key-length", given=TASK)
def test_a_key_of_255_characters_is_taken(
    bench: Bench, baseline: Call, keyed: Callable[..., Call], accepted: Callable[..., Answer]
) -> None:
    call = keyed(baseline, bench.fresh_key(LONGEST))

    first = accepted(call.labelled("first"), baseline)

    must_repeat(bench.send(call.labelled("second")), first)


@requirement("idempotency-key-too-long", given=TASK)
def test_a_key_of_256_characters_is_refused(bench: Bench, baseline: Call, keyed: Callable[..., Call]) -> None:
    bench.must_refuse(keyed(baseline, bench.fresh_key(LONGEST + 1)), control=keyed(baseline, bench.fresh_key(LONGEST)))


def must_repeat(answer: Answer, first: Answer) -> None:
    """Demand the first answer again: its status, and its body as JSON."""
    answer.must(answer.status == first.status, f"the first answer's status {first.status} again", str(answer.status))
    answer.must(answer.json == first.json, "the first answer again", difference(answer.json, first.json))


def difference(body: Any, first: Any) -> str:  # noqa: ANN401 - whatever the answers say
    """Return in words where two bodies differ."""
    if not (isinstance(body, dict) and isinstance(first, dict)):
        return "another body"
    fields = [name for name in {**first, **body} if body.get(name) != first.get(name)]
    return "one that differs in " + ", ".join(map(repr, fields))


def performing_again_is_visible(bench: Bench, call: Call, first: Answer) -> bool:
    """Perform the operation once more without a key, and say whether its answer differs from the first one."""
    for pause in PAUSES_S:
        time.sleep(pause)
        answer = bench.send(call.labelled("without a key"))
        if answer.status != first.status or answer.content.json != first.content.json:
            return True
    return False


def end_unless(visible: bool) -> None:  # noqa: FBT001 - reads as a sentence
    """End the check where equal answers are no evidence of anything."""
    if not visible:
        message = "the target gives the same answer whenever it performs the operation, so replays cannot be told apart"
        raise Inapplicable(message)
