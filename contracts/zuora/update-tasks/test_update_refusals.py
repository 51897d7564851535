"""Updating tasks: what is refused, and how an error is put."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlencode

from assay.bench import Inapplicable, quoted, requirement
from assay.fuzz import fuzz
from assay.trials import refused

if TYPE_CHECKING:
    from assay.bench import Answer, Bench, Call
    from assay.fuzz import Generated

REFUSED = (400, 404)
"""Both are documented with one shape, and nothing says which mistake gets which."""
SERVER_ERROR = 500
BUSY = 429
PAIR = ("task", "task", "large_task")
"""Two tasks; the large one stands in where a target has one task for everything."""
WRAPPED = 2**32
"""What an integer of 32 bits loses."""
LARGEST_HALVED = 2**50
"""Up to here a half can be added to an id and still be told from it by whoever reads numbers as floats."""
TRIES = 3
"""A difference that does not repeat may be the work of somebody else on the same task."""
CONTENT_TYPES = ("text/plain", "application/xml", "multipart/form-data", "application/x-www-form-urlencoded", ";", None)


class Tasks(Protocol):
    """The fixture `tasks`: calls that name tasks, and tasks on loan."""

    def batch(self, *items: object) -> Call:
        """Return the update of these items."""

    def borrow(self, state: str = "task") -> tuple[int, dict[str, Any]]:
        """Take a task and return its id and what it looks like; it is put back when the check is over."""

    def borrow_two(self) -> tuple[tuple[int, dict[str, Any]], tuple[int, dict[str, Any]]]:
        """Take two different tasks."""

    def new_values(self, *tasks: dict[str, Any]) -> dict[str, Any]:
        """Return a new value for each field that may be changed at will, one that none of `tasks` has."""

    def read_back(self, number: int) -> tuple[Answer, dict[str, Any]]:
        """Return the task as it stands, from the answer to an update that changes nothing."""

    def difference(self, before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[Any]]:
        """Return old and new value of each field that an update could have changed and did."""


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


@requirement("unknown-task", given="task")
def test_an_id_that_is_almost_that_of_a_task_is_answered_with_an_error(bench: Bench, tasks: Tasks) -> None:
    number, _ = tasks.borrow()

    answer = bench.send(tasks.batch({"id": -number}).labelled("the id with a minus"))
    _must_be_refused_as_documented(answer)
    # There may be a task with this number. It is not changed, and an answer that shows it is right.
    answer = bench.send(tasks.batch({"id": number + WRAPPED}).labelled("an id that has the same last 32 bits"))
    if [number + WRAPPED] != _answered_ids(answer):
        _must_be_refused_as_documented(answer)

    tasks.read_back(number)


@requirement("unknown-among-known", given=(*PAIR, "unknown_task"))
def test_an_unknown_task_between_known_ones_is_refused(bench: Bench, tasks: Tasks) -> None:
    (one, of_one), (two, of_two) = tasks.borrow_two()
    unknown = bench.given("unknown_task").integer("task_id")
    name = tasks.new_values(of_one, of_two)["name"]
    first, between, last = ({"id": number, "name": name} for number in (one, unknown, two))

    _must_be_refused_as_documented(bench.send(tasks.batch(first, between, last)))
    answer = bench.control(tasks.batch(last).labelled("the last alone"))
    others = [each for each in _answered_ids(answer) if each not in (two, None)]
    answer.must(not others, f"task {two} alone", f"also {others}")

    bench.control(tasks.batch(first, last))


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

    text = json.dumps([item])
    for label, data in (("null", None), ("object", item), ("string", text), ("number", 7), ("boolean", True)):
        bench.must_refuse(baseline.with_json({"data": data}).labelled(f"data: {label}"), *REFUSED, control=baseline)


@requirement("data-empty", given="task")
def test_an_empty_list_of_tasks_is_answered_with_an_error(bench: Bench, baseline: Call, tasks: Tasks) -> None:
    bench.must_refuse(tasks.batch(), *REFUSED, control=baseline)


@requirement("body-not-json", given="task")
def test_a_body_that_is_no_json_is_refused(bench: Bench, baseline: Call) -> None:
    form = {name: json.dumps(value) for name, value in json.loads(baseline.body).items()}
    bodies = {
        "words": b"not json",
        "without its last character": baseline.body[:-1],
        "with a word behind it": baseline.body + b"xyz",
        "a form": urlencode(form).encode(),
    }
    calls = [baseline.with_body(body).labelled(label) for label, body in bodies.items()]

    refused(bench, calls, control=baseline, documented=True)
    # RFC 8259 lets a parser take extensions of JSON.
    extended = {"a comment": b"/* one task */" + baseline.body, "single quotes": baseline.body.replace(b'"', b"'")}
    for label, body in extended.items():
        answer = bench.send(baseline.with_body(body).labelled(label))
        if answer.status < SERVER_ERROR:
            bench.reading("json-extensions", "taken" if answer.status < REFUSED[0] else "refused")


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
    items: dict[str, object] = {"null": None, "string": "task", "number": 1.5, "array": [], "boolean": False}
    calls = [tasks.batch(item).labelled(f"item: {label}") for label, item in items.items()]

    refused(bench, calls, control=baseline, documented=True)


@requirement("invalid-id", given="task")
def test_an_id_that_is_no_integer_is_refused(bench: Bench, baseline: Call, tasks: Tasks) -> None:
    item = json.loads(baseline.body)["data"][0]
    known = item["id"]

    invalid: list[object] = [None, "", "task", 0.5, False, [], {}, [known], {"id": known}, f"{known}abc"]
    if known < LARGEST_HALVED:
        invalid.append(known + 0.5)
    calls = [tasks.batch({**item, "id": each}).labelled(f"id: {json.dumps(each)}") for each in invalid]
    refused(bench, calls, control=baseline, documented=True)


@requirement("unknown-status", given="task")
def test_a_status_outside_the_enum_is_refused(bench: Bench, tasks: Tasks) -> None:
    number, _ = tasks.borrow()

    unknown = ("Finished", "Assay")
    calls = [tasks.batch({"id": number, "status": status}).labelled(f"status {status}") for status in unknown]
    refused(bench, calls, control=tasks.batch({"id": number, "status": "Success"}), documented=True)


@requirement("field-types", given="task")
def test_a_field_of_another_type_is_refused(bench: Bench, tasks: Tasks) -> None:
    number, task = tasks.borrow()
    right = tasks.new_values(task)
    # Nothing here can be read as the type that is documented.
    text: tuple[object, ...] = ({}, ["a"])
    wrong = dict.fromkeys(("name", "object", "object_id", "call_type", "status"), text)

    for field, values in {**wrong, "concurrent_limit": ("many", {}, [1]), "tags": ({"a": "b"}, 7, True)}.items():
        calls = [tasks.batch({"id": number, field: value}).labelled(f"{field}: {quoted(value)}") for value in values]
        refused(bench, calls, control=tasks.batch({"id": number, field: right[field]}), documented=True)


@requirement("refused-unchanged", given="task")
def test_a_refused_update_changes_nothing(bench: Bench, tasks: Tasks) -> None:
    number, task = tasks.borrow()
    mistakes: dict[str, Any] = {"status": "Finished", "tags": 7, "concurrent_limit": "many"}

    seen = 0
    for field, value in mistakes.items():
        for _ in range(TRIES):
            before = tasks.read_back(number)[1]
            new = tasks.new_values(task, before)
            legal = {"id": number, "name": new["name"], "object_id": new["object_id"]}
            answer = bench.send(tasks.batch({**legal, field: value}).labelled(f"{field}: {quoted(value)}"))
            if not REFUSED[0] <= answer.status < SERVER_ERROR or answer.status == BUSY:
                break
            seen += 1
            later, after = tasks.read_back(number)
            changed = tasks.difference(before, after)
            if not changed:
                break
        else:
            later.must(not changed, f"task {number} as it was", f"[before, after] {quoted(changed)}")
    if not seen:
        message = "no mistake is refused, so nothing shows what a refused update does"
        raise Inapplicable(message)
    bench.control(tasks.batch(legal))


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


def _answered_ids(answer: Answer) -> list[object]:
    """Return the ids of the tasks in an answer, none where it shows none."""
    body = None if answer.content.problem else answer.content.json
    data = body.get("data") if isinstance(body, dict) else None
    return [task.get("id") for task in data if isinstance(task, dict)] if isinstance(data, list) else []


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
        "a task twice": b'{"data":[{"id":%d},{"id":%d}]}' % (number, number),
        # Too many for the vendor, and none of them good: whoever takes so many refuses these, in a short answer.
        "51 items without an id": b'{"data":[%s]}' % b",".join([b'{"name":"none"}'] * 51),
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
