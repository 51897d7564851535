"""What an import shows of idempotency keys: each one that is performed has a workflow of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.bench import Inapplicable, Inconclusive, requirement

if TYPE_CHECKING:
    from collections.abc import Callable

    from assay.bench import Answer, Bench, Call

OK = 200


@requirement("idempotency-other-key")
def test_another_key_imports_again(
    bench: Bench,
    baseline: Call,
    keyed: Callable[..., Call],
    renamed: Callable[..., Call],
    accepted: Callable[..., Answer],
) -> None:
    key = bench.fresh_key()
    first = accepted(keyed(baseline, key).labelled("first key"), baseline)

    second = accepted(keyed(baseline).labelled("second key"), baseline)

    must_be_another_workflow(second, first)
    reused = bench.send(keyed(renamed(baseline, "another body"), key).labelled("first key, another body"))
    bench.reading("key-with-another-body", fate_of_a_reused_key(reused, first))


@requirement("idempotency-other-key")
def test_keys_that_are_almost_alike_are_different(
    baseline: Call, key_twins: Callable[[], tuple[str, dict[str, str]]], keyed: Callable[..., Call],
    accepted: Callable[..., Answer],
) -> None:  # fmt: skip
    key, twins = key_twins()
    first = accepted(keyed(baseline, key).labelled("first key"), baseline)

    for label, twin in twins.items():
        must_be_another_workflow(accepted(keyed(baseline, twin).labelled(label), baseline), first)


@requirement("idempotency-key-of-another-operation", given="task", calls="rerun-task")
def test_the_key_of_a_rerun_does_not_bring_its_answer(
    bench: Bench, baseline: Call, keyed: Callable[..., Call], elsewhere: Callable[..., Answer]
) -> None:
    key = bench.fresh_key()
    rerun = elsewhere("rerun-task", bench.given("task").integer("task_id"), {"Idempotency-Key": key})
    if rerun.status != OK or not rerun.content.json:
        message = f"the rerun that was to use the key up was answered {rerun.status}"
        raise Inconclusive(message)

    answer = bench.send(keyed(baseline, key).labelled("key of a rerun"))

    bench.control(baseline)
    if answer.status != OK:
        answer.must_be_refused()
    answer.must(answer.content.json != rerun.content.json, "anything but the answer to the rerun", "the rerun's answer")


@requirement("idempotency-no-key")
def test_the_same_import_without_a_key_is_performed_again(bench: Bench, baseline: Call) -> None:
    first = bench.control(baseline.labelled("first"))

    # A server may want the names of its definitions to be different; then it performs nothing that could be looked at.
    second = bench.control(baseline.labelled("second"))

    must_be_another_workflow(second, first)


@requirement("idempotency-long-prefix")
def test_keys_that_differ_in_their_last_character_are_different(
    bench: Bench, baseline: Call, keyed: Callable[..., Call], accepted: Callable[..., Answer]
) -> None:
    prefix = bench.fresh_key(254)
    first = accepted(keyed(baseline, prefix + "a").labelled("key ending in a"), baseline)

    second = accepted(keyed(baseline, prefix + "b").labelled("key ending in b"), baseline)

    must_be_another_workflow(second, first)


def must_be_another_workflow(answer: Answer, first: Answer) -> None:
    """Demand that the answer speaks of a workflow of its own."""
    answer.must(workflow_id(answer) != workflow_id(first), "the id of another workflow", workflow_id(answer))


def fate_of_a_reused_key(answer: Answer, first: Answer) -> str:
    """Return what became of an import whose key was used for another one."""
    if answer.status != first.status:
        return "refused"
    return "replayed" if workflow_id(answer) == workflow_id(first) else "performed"


def workflow_id(answer: Answer) -> Any:  # noqa: ANN401 - whatever the answer says
    """Return the id in an answer."""
    body = answer.json
    if not isinstance(body, dict) or body.get("id") is None:
        message = "the answer carries no id, so it does not show which workflow it speaks of"
        raise Inapplicable(message)
    return body["id"]
