"""Retrying a task: which tasks may be retried, by whom, and what a retry may look like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.bench import Inapplicable, requirement
from assay.trials import (
    accepted_once,
    accepts,
    ids_with_more,
    near_ids,
    provoked,
    refused,
    refused_in_each_form,
    stays_refused,
    still_taken,
    taken,
)

if TYPE_CHECKING:
    from assay.bench import Answer, Bench

# Nothing that servers and proxies take for another path or refuse before they look at the path: a slash, dots alone,
# white space, control characters. Their refusal need not have the shape of this operation's errors. And nothing that
# begins with another id or number, as some parsers look no further.
ODD_IDS = {
    "1000 characters": "9" * 1000,
    "a percent sign": "no-100%",
    "a quotation mark": "' OR '1'='1",
    "beyond ASCII": "задача-任务-𝛑",
    "a negative number": "-1",
    "a number of 40 digits": "9" * 40,
    "a question mark": "a?b#c",
    "braces": "{id}",
}
SECOND_RETRY = {200: "accepted", 409: "refused"}
SUCCESSES = range(200, 300)


@requirement("failed-task", given="failed_task")
def test_a_failed_task_is_retried(bench: Bench) -> None:
    retry = bench.call(id=bench.given("failed_task")["task_id"])

    bench.send(retry).must_be(200)

    second = bench.send(retry.labelled("second retry"))
    if second.status in SECOND_RETRY:
        bench.reading("second-retry", SECOND_RETRY[second.status])


@requirement("failed-task", given="failed_task")
def test_a_failed_task_is_retried_for_whoever_takes_anything(bench: Bench) -> None:
    retry = bench.call(id=bench.given("failed_task")["task_id"])

    # So does curl, which makes the call in the document's sample. That it names no length is left out, as HTTP lets a
    # server demand one; and so is the form of a refusal, which need not be JSON for whoever does not name it.
    answer = bench.send_unobserved(retry.accepting("*/*").labelled("with Accept: */*"), *SUCCESSES)
    if not accepts(answer):
        bench.control(retry)
        answer.must_be(200)


@requirement("unknown-task", given=("unknown_task", "failed_task"))
def test_a_task_that_does_not_exist_is_not_found(bench: Bench) -> None:
    unknown = bench.call(id=bench.given("unknown_task")["task_id"])
    known = bench.call(id=bench.given("failed_task")["task_id"])

    # The second one finds a server that remembers an id once it was asked for.
    refused(bench, [unknown.labelled("first time"), unknown.labelled("second time")], 404, control=known)


@requirement("unknown-task", given="unknown_task")
def test_an_odd_id_is_not_taken_for_a_task(bench: Bench) -> None:
    unknown = bench.given("unknown_task")["task_id"]

    for label, odd in {**ODD_IDS, "an extension": f"{unknown}.json"}.items():
        # With what it is refused is left open, as such an id may break the server's own form of ids.
        _is_not_accepted(bench.send(bench.call(id=odd).labelled(f"id: {label}")))

    provoked(bench, bench.call(id=unknown), 404)


def _is_not_accepted(answer: Answer) -> None:
    answer.must(not accepts(answer), "anything but a success", str(answer.status))


@requirement("unfailed-task", given=("unfailed_task", "failed_task"))
def test_a_task_that_has_not_failed_is_refused(bench: Bench) -> None:
    unfailed = bench.call(id=bench.given("unfailed_task")["task_id"])
    failed = bench.call(id=bench.given("failed_task")["task_id"])

    refused(bench, [unfailed], 409, control=failed)

    # Of a task that fails by itself meanwhile an acceptance is right.
    again = bench.send(unfailed.labelled("once more"))
    if not accepts(again):
        again.must_be(409)


@requirement("unfailed-task", given="unfailed_task")
def test_a_task_that_has_not_failed_is_refused_in_other_forms(bench: Bench) -> None:
    plain = bench.call(id=bench.given("unfailed_task")["task_id"])

    announced = plain.with_content_type("application/json").labelled("a content type without a body")
    refused_in_each_form(bench, plain, [announced, plain.with_json({}).labelled("an empty object as the body")], 409)


@requirement("no-body", given="failed_task")
def test_the_success_carries_no_byte_of_a_body(bench: Bench) -> None:
    retry = bench.call(id=bench.given("failed_task")["task_id"])

    provoked(bench, retry, 200).must_match_its_schema()


@requirement("no-credentials", given=("failed_task", "unknown_task"))
def test_a_retry_without_credentials_is_refused(bench: Bench) -> None:
    retry = bench.call(id=bench.given("failed_task")["task_id"])

    # A server that remembers that somebody was let in would let in whoever comes next.
    bench.send(id=bench.given("unknown_task")["task_id"])
    nobody = retry.without_credentials()
    empty = nobody.with_headers({"Authorization": "Bearer"}).labelled("a scheme without a token")
    refused(bench, [nobody.labelled("no header"), empty], control=retry)


@requirement("wrong-credentials", given="failed_task")
def test_a_retry_with_credentials_of_nobody_is_refused(bench: Bench) -> None:
    retry = bench.call(id=bench.given("failed_task")["task_id"])

    wrong = {"made up": "credentials-of-nobody", **bench.near_misses()}
    calls = [retry.with_token(token).labelled(label) for label, token in wrong.items()]
    scheme = retry.without_credentials().with_headers({"Authorization": "Basic bm9ib2R5Om5vdGhpbmc="})
    refused(bench, [*calls, scheme.labelled("another scheme")], control=retry)


@requirement("refusal-changes-nothing", given=("failed_task", "failed_task"))
def test_a_task_can_be_retried_after_a_refusal(bench: Bench) -> None:
    retry, untouched = (bench.call(id=bench.given("failed_task")["task_id"]) for _ in range(2))
    for nobody in (retry.without_credentials(), retry.with_token("credentials-of-nobody")):
        if accepts(bench.send(nobody)):
            message = "the target takes a retry without credentials, so there is no refusal to look behind"
            raise Inapplicable(message)

    still_taken(bench, retry.labelled("with credentials, after the refusals"), 200, control=untouched)


@requirement("content-type-without-body", given="failed_task")
def test_a_content_type_without_a_body_is_taken(bench: Bench) -> None:
    retry = bench.call(id=bench.given("failed_task")["task_id"])

    taken(bench, retry.with_content_type("application/json"), 200, control=retry)


@requirement("empty-object-body", given="failed_task")
def test_an_empty_object_as_the_body_is_taken(bench: Bench) -> None:
    retry = bench.call(id=bench.given("failed_task")["task_id"])

    taken(bench, retry.with_json({}), 200, control=retry)


@requirement("exact-id", given="failed_task")
def test_an_id_that_is_nearly_a_known_one_is_refused(bench: Bench) -> None:
    task_id = bench.given("failed_task")["task_id"]

    calls = [bench.call(id=other).labelled(label) for label, other in near_ids(task_id).items()]
    refused(bench, calls, control=bench.call(id=task_id))


@requirement("exact-id-encoded", given="failed_task")
def test_what_is_encoded_behind_an_id_is_a_part_of_it(bench: Bench) -> None:
    task_id = bench.given("failed_task")["task_id"]

    for label, other in ids_with_more(task_id).items():
        _is_not_accepted(bench.send_unobserved(bench.call(id=other).labelled(label), 500))

    bench.control(bench.call(id=task_id))


@requirement("unfailed-task-stays-unfailed", given=("unfailed_task", "failed_task"))
def test_a_refused_retry_does_not_make_the_task_retryable(bench: Bench) -> None:
    retry = bench.call(id=bench.given("unfailed_task")["task_id"])
    failed = bench.call(id=bench.given("failed_task")["task_id"])

    stays_refused(bench, retry, 409, control=failed)


@requirement("overlapping-retries", given=("failed_task", "failed_task", "failed_task"))
def test_of_retries_at_the_same_moment_one_is_accepted(bench: Bench) -> None:
    tasks = [bench.given("failed_task")["task_id"] for _ in range(3)]

    accepted_once(bench, [bench.call(id=task) for task in tasks])
