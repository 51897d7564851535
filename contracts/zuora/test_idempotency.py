"""Idempotency keys: shared by the operations that take them, a rerun and an import."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from assay.bench import Inapplicable, Inconclusive, quoted, requirement
from assay.trials import accepts

if TYPE_CHECKING:
    from collections.abc import Callable

    from assay.bench import Answer, Bench, Call

    UsedKeys = dict[tuple[str, str], tuple[Call, Answer, float]]

TASK = {"rerun-task": "task"}
LONGEST, SHORT = 255, 8
GZIP = {"Accept-Encoding": "gzip"}
LIMIT = 1000
"""Bytes; an answer with more of them is compressed where the client asks for it."""
OTHER_KEYS = 5
"""A key that is forgotten as soon as a few others have been used protects nobody."""
PAUSES_S = (0.0, 0.02, 1.1)
"""Between attempts to see a difference: times in answers may have whole seconds only."""


@requirement("idempotency-replay", given=TASK)
def test_the_same_key_brings_the_first_answer_again(  # noqa: PLR0913, PLR0917 - each of them is a fixture
    bench: Bench,
    baseline: Call,
    keyed: Callable[..., Call],
    another_form: Call,
    accepted: Callable[..., Answer],
    used_keys: UsedKeys,
) -> None:
    call = keyed(baseline)
    sent = time.monotonic()
    first = accepted(call.labelled("first"), baseline)
    visible = performing_again_is_visible(bench, baseline, first)

    must_repeat(bench.send(call.labelled("second")), first)
    tracked = bench.send(call.with_headers({"Zuora-Track-Id": "another try"}).labelled("third, with a tracking id"))
    # Which headers a request is the same in is not said; performed again it must not be.
    if accepts(tracked):
        must_repeat(tracked, first)
    # Whether another form of the request is accepted is for another requirement to say.
    if accepts(other := bench.send(another_form)):
        must_repeat(bench.send(another_form.labelled(f"{another_form.label}, again")), other)
    for number in range(OTHER_KEYS):
        bench.send(keyed(baseline).labelled(f"other key {number + 1}"))
    must_repeat(bench.send(call.labelled("behind the other keys")), first)

    end_unless(visible)
    used_keys[bench.target.name, bench.operation.slug] = call, first, sent


@requirement("idempotency-replay", given=TASK)
def test_a_short_key_is_a_key_like_any_other(bench: Bench, baseline: Call, keyed: Callable[..., Call]) -> None:
    call = keyed(baseline, bench.fresh_key(SHORT))
    first = bench.send(call.labelled("first"))
    if not accepts(first):
        bench.control(baseline)
        message = f"a key of {SHORT} characters is refused: the page names no shortest one, and does not rule it out"
        raise Inapplicable(message)

    must_repeat(bench.send(call.labelled("second")), first)

    end_unless(performing_again_is_visible(bench, baseline, first))


@requirement("idempotency-replay", given={"rerun-task": "large_task"})
def test_a_replayed_answer_is_coded_as_its_own_request_asks(
    bench: Bench, large_baseline: Call, keyed: Callable[..., Call], accepted: Callable[..., Answer]
) -> None:
    plain_first, packed_first = keyed(large_baseline), keyed(large_baseline)
    plain = accepted(plain_first.labelled("first, plain"), large_baseline)
    packed = accepted(packed_first.with_headers(GZIP).labelled("first, compressed"), large_baseline)

    packed_again = bench.send(plain_first.with_headers(GZIP).labelled("replayed, compressed"))
    plain_again = bench.send(packed_first.labelled("replayed, plain"))

    if not (accepts(packed_again) and accepts(plain_again)):
        message = "a repeat that asks for another coding is refused; which headers a request is the same in is not said"
        raise Inapplicable(message)
    must_repeat(packed_again, plain)
    must_repeat(plain_again, packed)
    if coding(plain) == coding(packed) or len(packed.content.data) <= LIMIT:
        message = "the answer is not a large one that is compressed on request alone, so there is nothing to compare"
        raise Inapplicable(message)
    for again, first in ((packed_again, packed), (plain_again, plain)):
        again.must(coding(again) == coding(first), f"the coding {coding(first)}", coding(again))


@requirement("idempotency-overlap", given=TASK)
def test_overlapping_calls_with_one_key_are_performed_once(
    bench: Bench, baseline: Call, keyed: Callable[..., Call]
) -> None:
    call = keyed(baseline)

    answers = bench.send_together([call.labelled(f"overlapping {number}") for number in (1, 2, 3, 4)])

    performed = [answer for answer in answers if accepts(answer)]
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


@pytest.fixture
def another_form(baseline: Call, compressed: Callable[[Call], Call], keyed: Callable[..., Call]) -> Call:
    """Return the plain call as some clients make it, with a key of its own: a rerun has an empty object as its body."""
    if baseline.body:
        return keyed(compressed(baseline))
    return keyed(baseline.with_json({})).labelled("an empty object")


def coding(answer: Answer) -> str:
    """Return the content coding of an answer."""
    return (answer.header("Content-Encoding") or "identity").strip().lower()


def must_repeat(answer: Answer, first: Answer) -> None:
    """Demand the first answer again: its status, and its body as JSON."""
    answer.must(answer.status == first.status, f"the first answer's status {first.status} again", str(answer.status))
    answer.must(answer.json == first.json, "the first answer again", difference(answer.json, first.json))


def difference(body: Any, first: Any) -> str:  # noqa: ANN401 - whatever the answers say
    """Return in words where two bodies differ."""
    if not (isinstance(body, dict) and isinstance(first, dict)):
        return "another body"
    fields = [name for name in {**first, **body} if body.get(name) != first.get(name)]
    return "one that differs in " + ", ".join(map(quoted, fields))


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
