"""Updating tasks: what is refused, and how an error is put."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

from assay.bench import Inconclusive, requirement
from assay.fuzz import fuzz

if TYPE_CHECKING:
    from assay.bench import Answer, Bench, Call
    from assay.fuzz import Generated

REFUSED = (400, 404)
"""Both are documented with one shape, and nothing says which mistake gets which."""
CONTENT_TYPES = ("text/plain", "application/xml", "multipart/form-data", "application/x-www-form-urlencoded", ";", None)


class Tasks(Protocol):
    """The fixture `tasks`: calls that name tasks, and tasks on loan."""

    def batch(self, *items: object) -> Call:
        """Return the update of these items."""

    def borrow(self, state: str = "task") -> tuple[int, dict[str, Any]]:
        """Take a task and return its id and what it looks like; it is put back when the check is over."""

    def new_values(self, *tasks: dict[str, Any]) -> dict[str, Any]:
        """Return a new value for each field that may be changed at will, one that none of `tasks` has."""

    def read_back(self, number: int) -> tuple[Answer, dict[str, Any]]:
        """Return the task as it stands, from the answer to an update that changes nothing."""


@requirement("unknown-task", given=("task", "unknown_task"))
def test_an_unknown_task_is_answered_with_an_error(bench: Bench, tasks: Tasks) -> None:
    number, task = tasks.borrow()
    unknown = bench.given("unknown_task").integer("task_id")
    name = tasks.new_values(task)["name"]

    bench.must_refuse(
        tasks.batch({"id": unknown, "name": name}).labelled("unknown task"),
        *REFUSED,
        control=tasks.batch({"id": number, "name": name}),
    )


@requirement("unknown-among-known", given=("task", "unknown_task"))
def test_an_unknown_task_among_known_ones_is_refused(bench: Bench, tasks: Tasks) -> None:
    number, task = tasks.borrow()
    unknown = bench.given("unknown_task").integer("task_id")
    known_item = {"id": number, "name": tasks.new_values(task)["name"]}
    unknown_item = {**known_item, "id": unknown}

    for label, items in (("unknown last", (known_item, unknown_item)), ("unknown first", (unknown_item, known_item))):
        answer = bench.send(tasks.batch(*items).labelled(label))
        _must_be_refused_as_documented(answer)
        taken = tasks.read_back(number)[1].get("name") == known_item["name"]
        bench.reading("mixed-batch", "part" if taken else "nothing")

    bench.control(tasks.batch(known_item))


@requirement("item-without-id", given="task")
def test_an_item_without_an_id_is_answered_with_an_error(bench: Bench, tasks: Tasks) -> None:
    number, task = tasks.borrow()
    whole = {"id": number, "name": tasks.new_values(task)["name"]}
    nameless = {"name": whole["name"]}

    bench.must_refuse(tasks.batch(nameless).labelled("alone"), *REFUSED, control=tasks.batch(whole))
    for label, items in (("behind a whole one", (whole, nameless)), ("before a whole one", (nameless, whole))):
        bench.must_refuse(tasks.batch(*items).labelled(label), *REFUSED, control=tasks.batch(whole))


@requirement("data-missing", given="task")
def test_a_body_without_data_is_answered_with_an_error(bench: Bench, baseline: Call) -> None:
    bench.must_refuse(baseline.with_json({}), *REFUSED, control=baseline)


@requirement("data-not-an-array", given="task")
def test_data_that_is_no_array_is_answered_with_an_error(bench: Bench, baseline: Call) -> None:
    item = json.loads(baseline.body)["data"][0]

    for label, data in (("null", None), ("object", item), ("string", "tasks"), ("number", 7), ("boolean", True)):
        bench.must_refuse(baseline.with_json({"data": data}).labelled(f"data: {label}"), *REFUSED, control=baseline)


@requirement("data-empty", given="task")
def test_an_empty_list_of_tasks_is_answered_with_an_error(bench: Bench, baseline: Call, tasks: Tasks) -> None:
    bench.must_refuse(tasks.batch(), *REFUSED, control=baseline)


@requirement("body-not-json", given="task")
def test_a_body_that_is_no_json_is_refused(bench: Bench, baseline: Call) -> None:
    for label, body in (("cut short", baseline.body[:-2]), ("words", b"not json"), ("a form", b"data=1&id=2")):
        bench.must_refuse(baseline.with_body(body).labelled(label), control=baseline)


@requirement("body-not-an-object", given="task")
def test_a_body_that_is_no_object_is_refused(bench: Bench, baseline: Call) -> None:
    items = json.loads(baseline.body)["data"]

    for label, body in (("array", items), ("string", "data"), ("number", 7), ("null", None)):
        _must_refuse_without_data(bench, baseline.with_json(body).labelled(f"body: {label}"), baseline)


@requirement("body-absent", given="task")
def test_a_request_without_a_body_is_refused(bench: Bench, baseline: Call) -> None:
    for content_type in ("application/json", None):
        call = baseline.with_body(b"", content_type).labelled(f"nothing, sent as {content_type or 'nothing'}")
        _must_refuse_without_data(bench, call, baseline)


@requirement("item-not-an-object", given="task")
def test_an_item_that_is_no_object_is_refused(bench: Bench, baseline: Call, tasks: Tasks) -> None:
    for label, item in (("null", None), ("string", "task"), ("number", 1.5), ("array", []), ("boolean", False)):
        bench.must_refuse(tasks.batch(item).labelled(f"item: {label}"), control=baseline)


@requirement("invalid-id", given="task")
def test_an_id_that_is_no_integer_is_refused(bench: Bench, baseline: Call, tasks: Tasks) -> None:
    item = json.loads(baseline.body)["data"][0]

    invalid: tuple[object, ...] = (None, "", "task", 0.5, False, [], {})
    for number in invalid:
        call = tasks.batch({**item, "id": number}).labelled(f"id: {json.dumps(number)}")
        bench.must_refuse(call, control=baseline)


@requirement("unknown-status", given="task")
def test_a_status_outside_the_enum_is_refused(bench: Bench, tasks: Tasks) -> None:
    number, _ = tasks.borrow()

    for status in ("Finished", "Assay"):
        bench.must_refuse(
            tasks.batch({"id": number, "status": status}).labelled(f"status {status}"),
            control=tasks.batch({"id": number, "status": "Success"}),
        )


@requirement("field-types", given="task")
def test_a_field_of_another_type_is_refused(bench: Bench, tasks: Tasks) -> None:
    number, task = tasks.borrow()
    right = tasks.new_values(task)
    # Nothing here can be read as the type that is documented.
    text: tuple[object, ...] = ({}, ["a"])
    wrong = dict.fromkeys(("name", "object", "object_id", "call_type", "status"), text)

    for field, values in {**wrong, "concurrent_limit": ("many", {}, [1]), "tags": ({"a": "b"}, 7, True)}.items():
        for value in values:
            bench.must_refuse(
                tasks.batch({"id": number, field: value}).labelled(f"{field}: {value!r}"),
                control=tasks.batch({"id": number, field: right[field]}),
            )


@requirement("error-body", given="unknown_task")
def test_an_error_has_the_documented_shape(bench: Bench, tasks: Tasks) -> None:
    for call in _mistakes(bench, tasks):
        _refusal(bench, call).must_match_its_schema()


@requirement("error-content-type", given="unknown_task")
def test_an_error_is_sent_as_json(bench: Bench, tasks: Tasks) -> None:
    for call in _mistakes(bench, tasks):
        _refusal(bench, call).must_be_json()


@requirement("error-status", given="unknown_task")
def test_an_error_repeats_the_status(bench: Bench, tasks: Tasks) -> None:
    for call in _mistakes(bench, tasks):
        answer = _refusal(bench, call)
        for error in _errors(answer):
            answer.must(str(error.get("status")) == str(answer.status), f"status {answer.status}", error.get("status"))


@requirement("error-reason", given="unknown_task")
def test_an_error_says_what_is_wrong(bench: Bench, tasks: Tasks) -> None:
    for call in _mistakes(bench, tasks):
        answer = _refusal(bench, call)
        answer.must(bool(_errors(answer)), "at least one error", "none")
        for error in _errors(answer):
            for field in ("code", "title"):
                said = error.get(field)
                answer.must(isinstance(said, str) and said != "", f"a text in {field}", said)


@requirement("no-server-error", given="task")
def test_odd_requests_cause_no_server_error(bench: Bench, tasks: Tasks) -> None:
    number, task = tasks.borrow()
    name = tasks.new_values(task)["name"]
    call = tasks.batch({"id": number, "name": name})
    bench.control(call)

    for content_type in CONTENT_TYPES:
        odd = call.with_content_type(content_type).labelled(f"sent as {content_type}")
        bench.send(odd).must_not_be_a_server_error()
    for label, body in _odd_bodies(number).items():
        bench.send(call.with_body(body).labelled(label)).must_not_be_a_server_error()


@requirement("no-server-error", given="task", fuzz=True)
def test_generated_mistakes_cause_no_server_error(bench: Bench, tasks: Tasks) -> None:
    number, _ = tasks.borrow()

    def judge(_: Generated, answer: Answer) -> None:
        answer.must_not_be_a_server_error()

    def name_no_other_task(generated: Generated, call: Call) -> Call:
        return call.with_json(_only(number, generated.body)) if isinstance(generated.body, dict) else call

    base = tasks.batch({"id": number})
    fuzz(bench, mode="negative", base=base, vary=("body",), judge=judge, prepare=name_no_other_task)


def _must_refuse_without_data(bench: Bench, call: Call, control: Call) -> None:
    _must_be_refused_as_documented(bench.send(call))
    bench.control(control)


def _must_be_refused_as_documented(answer: Answer) -> None:
    """Demand any 4xx; a server error fails where errors are documented, and does not leave the question open."""
    answer.must_not_be_a_server_error()
    answer.must_be_refused()


def _mistakes(bench: Bench, tasks: Tasks) -> tuple[Call, Call]:
    unknown = tasks.batch({"id": bench.given("unknown_task").integer("task_id")})
    return unknown.labelled("unknown task"), unknown.with_json({}).labelled("no data")


def _refusal(bench: Bench, call: Call) -> Answer:
    """Return a documented error; that the mistake is answered with one is a requirement of its own."""
    answer = bench.send(call)
    if answer.status not in REFUSED:
        message = f"{call.label}: answered {answer.status}, so there is no 400 or 404 to look at"
        raise Inconclusive(message)
    return answer


def _errors(answer: Answer) -> list[dict[str, Any]]:
    """Return the errors, whichever way the envelope is written; that it has the shape is a requirement of its own."""
    body = answer.json
    errors = (body.get("Errors") or body.get("errors")) if isinstance(body, dict) else None
    return [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []


def _odd_bodies(number: int) -> dict[str, bytes]:
    item = b'{"data":[{"id":%d,%s}]}'
    return {
        "empty": b"",
        "words": b"not json",
        "not UTF-8": item % (number, b'"name":"\xff\xfe"'),
        "UTF-16": (item % (number, b'"name":"wide"')).decode().encode("utf-16"),
        "a null character": item % (number, b'"name":"a\\u0000b"'),
        "half a surrogate pair": item % (number, b'"name":"\\ud83e"'),
        "a key twice": item % (number, b'"name":"one","name":"two"'),
        "NaN": item % (number, b'"concurrent_limit":NaN'),
        "a number beyond 64 bits": item % (number, b'"concurrent_limit":100000000000000000000'),
        "an id beyond 64 bits": b'{"data":[{"id":100000000000000000000}]}',
        "a long name": item % (number, b'"name":"' + b"n" * 20_000 + b'"'),
        "a null item": b'{"data":[null]}',
        "null fields": item % (number, b'"tags":null,"status":null,"object":null'),
    }


def _only(number: int, body: dict[str, Any]) -> dict[str, Any]:
    """Return a generated body in which no id can name a task that nobody lent."""
    data = body.get("data")
    if not isinstance(data, list):
        return body
    return {**body, "data": [{**item, "id": number} if _names_a_task(item) else item for item in data]}


def _names_a_task(item: object) -> bool:
    number = item.get("id") if isinstance(item, dict) else None
    return isinstance(number, int | float) or (isinstance(number, str) and number.strip().lstrip("+-").isdecimal())
