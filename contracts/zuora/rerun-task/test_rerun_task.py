"""Rerunning a task: what the answer says, and what is refused."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from assay.bench import Inapplicable, Inconclusive, quoted, requirement
from assay.fuzz import fuzz
from assay.trials import accepts, refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from assay.bench import Answer, Bench, Call
    from assay.fuzz import Generated

# Ids of no task: a server may refuse them as it likes.
ODD_IDS = ("0", "-1", "1e3", "9" * 40, "x" * 300, "caf\xe9", "a b", "../tasks", "'; --", "\x00", "{task_id}", "null")
ODD_BODIES = {"no JSON": b"{", "an array": b"[]", "a string": b'"rerun"', "no UTF-8": b"\xff\xfe", "null": b"null"}
OF_INSTANCES_ONLY = (
    "status",
    "start_time",
    "end_time",
    "error",
    "error_class",
    "error_details",
    "original_task_id",
    "original_workflow_id",
)


@requirement("success", given="task")
def test_a_rerun_is_answered_with_200(bench: Bench, baseline: Call) -> None:
    answer = bench.send(baseline)
    if answer.status == HTTPStatus.FORBIDDEN:
        message = "answered 403 to the credentials of the target file; have they the permission Workflow Run Access?"
        raise Inconclusive(message)
    answer.must_be(200)

    task_in(answer)


@requirement("success-body", given="task")
def test_the_answer_is_a_task(plain_answer: Answer) -> None:
    plain_answer.must_match_its_schema()
    task_in(plain_answer)


@requirement("content-type", given="task")
def test_the_answer_is_declared_as_json(plain_answer: Answer) -> None:
    plain_answer.must_be_json()


@requirement("same-task", given="task")
def test_the_answer_speaks_of_the_task_that_was_rerun(bench: Bench) -> None:
    task_id = bench.given("task")["task_id"]

    answer = bench.send(task_id=task_id)

    # Ids are numbers in a body and text in a path.
    shown = task_in(answer).get("id")
    if shown is None:
        message = "the answer carries no id, so it does not show which task it speaks of"
        raise Inapplicable(message)
    answer.must(str(as_whole_number(shown)) == task_id, f"the id {task_id}", shown)


@requirement("usable-task", given="task")
def test_the_answer_carries_id_and_status(plain_answer: Answer) -> None:
    body = task_in(plain_answer)
    plain_answer.must(body.get("id") is not None, "an id", "none")
    # What belongs to no workflow instance has no status.
    plain_answer.must(body.get("status") is not None or body.get("instance") is False, "a status", "none")


@requirement("instance-fields", given="task")
def test_only_a_task_of_an_instance_has_the_fields_of_instances(plain_answer: Answer) -> None:
    body = task_in(plain_answer)
    if body.get("instance") is not False:
        message = "the task that was provided belongs to a workflow instance, or the answer does not say so"
        raise Inapplicable(message)
    filled = [name for name in OF_INSTANCES_ONLY if body.get(name) is not None]
    plain_answer.must(not filled, "no fields of instances, as instance is false", ", ".join(filled))


@requirement("iso-times", given="task")
def test_times_are_iso_8601_with_an_offset(plain_answer: Answer) -> None:
    times = {name: task_in(plain_answer).get(name) for name in ("start_time", "end_time")}
    written = {name: time for name, time in times.items() if isinstance(time, str)}
    if not written:
        message = "the answer has neither a start_time nor an end_time"
        raise Inapplicable(message)
    for name, time in written.items():
        plain_answer.must(is_iso_8601(time), f"an ISO 8601 date-time with an offset in {name}", quoted(time))


@requirement("unknown-task", given=("task", "unknown_task"))
def test_a_task_that_does_not_exist_is_refused(bench: Bench, keyed: Callable[..., Call]) -> None:
    known = bench.given("task")["task_id"]
    unknown = bench.call(task_id=bench.given("unknown_task")["task_id"])
    with_key = keyed(unknown)
    calls = [
        with_key.labelled("with a key"),
        with_key.labelled("with the same key again"),
        # Ids are numbers in a Task, so these are none.
        bench.call(task_id="no-such-task").labelled("an id that is no number"),
        bench.call(task_id=f"{known}abc").labelled("an id with letters behind it"),
    ]

    # How they are refused is open. That none of them brings a server error is a requirement of its own.
    for call in calls:
        answer = bench.send(call)
        answer.must(not accepts(answer), "a refusal", str(answer.status))
    # The control goes last: a server may refuse to rerun a task that is still at work.
    bench.must_refuse(unknown, control=bench.call(task_id=known))


@requirement("id-as-a-whole", given="task")
def test_an_id_with_a_comma_or_a_fraction_behind_it_is_refused(bench: Bench) -> None:
    task_id = bench.given("task")["task_id"]

    odd = (f"{task_id},1", f"{task_id}.5")
    calls = [bench.call(task_id=each).labelled(f"id {each!r}") for each in odd]
    refused(bench, calls, control=bench.call(task_id=task_id))


@requirement("client-requests", given=("task", "task"))
def test_what_real_clients_send_is_accepted(bench: Bench) -> None:
    # A task each: a server may refuse to rerun one that is still at work since the call before.
    one, other = (bench.call(task_id=bench.given("task")["task_id"]) for _ in range(2))

    answers = [bench.send(as_the_sdk(one)), bench.send(as_an_older_client(other))]

    statuses = [answer.status for answer in answers]
    if HTTPStatus.OK not in statuses or HTTPStatus.CONFLICT in statuses:
        message = f"answered {statuses}: no form is accepted, or the task is still at work since the call before"
        raise Inconclusive(message)
    for answer, control in zip(answers, (as_an_older_client(one), as_the_sdk(other)), strict=True):
        if answer.status != HTTPStatus.OK:
            bench.control(control)
        task_in(answer.must_be(200))


@requirement("no-server-error", given="task")
def test_odd_ids_cause_no_server_error(bench: Bench, plain_answer: Answer) -> None:
    task_in(plain_answer)

    for odd in ODD_IDS:
        bench.send(bench.call(task_id=odd).labelled(f"id {odd[:20]!r}")).must_not_be_a_server_error()


@requirement("no-server-error", given="task")
def test_odd_bodies_cause_no_server_error(bench: Bench, baseline: Call, plain_answer: Answer) -> None:
    task_in(plain_answer)

    for label, body in ODD_BODIES.items():
        bench.send(baseline.with_body(body).labelled(label)).must_not_be_a_server_error()


@requirement("no-server-error", given="task", fuzz=True)
def test_generated_valid_headers_cause_no_server_error(bench: Bench, baseline: Call) -> None:
    fuzz(bench, mode="positive", base=baseline, judge=must_not_fail)


@requirement("no-server-error", given="task", fuzz=True)
def test_generated_invalid_headers_cause_no_server_error(bench: Bench, baseline: Call) -> None:
    fuzz(bench, mode="negative", base=baseline, judge=must_not_fail)


def as_the_sdk(call: Call) -> Call:
    """Return the call as zuora-sdk makes it: an empty body without a content type."""
    return call.with_headers({"Accept-Encoding": "identity", "Zuora-Version": "2025-08-12"}).labelled("the SDK")


def as_an_older_client(call: Call) -> Call:
    """Return the call as zuora-swagger-client and its generation make it."""
    return call.with_json({}).labelled("an empty object")


def must_not_fail(_generated: Generated, answer: Answer) -> None:
    """Demand no more than the absence of a server error: the document names no refusal of a header."""
    answer.must_not_be_a_server_error()


def task_in(answer: Answer) -> dict[str, Any]:
    """Return the Task in a successful answer."""
    if answer.status != HTTPStatus.OK:
        message = f"answered {answer.status} and not 200, so there is no task to look at"
        raise Inconclusive(message)
    body = answer.json
    if not (isinstance(body, dict) and body):
        message = "the answer is no object with a word on the task"
        raise Inconclusive(message)
    return body


def as_whole_number(value: Any) -> Any:  # noqa: ANN401 - whatever the answer says
    """Return 2771 for 2771.0, which JSON does not tell apart, and anything else as it is."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def is_iso_8601(text: str) -> bool:
    """Whether this is a date-time with an offset."""
    try:
        return "T" in text.upper() and datetime.fromisoformat(text.upper()).tzinfo is not None
    except ValueError:
        return False
