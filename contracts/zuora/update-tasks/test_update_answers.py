"""Updating tasks: how an answer is put, and which values a server takes."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from assay.bench import Inapplicable, Untestable, quoted, requirement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assay.bench import Answer, Bench, Call

REFUSED = 400
MOST_ON_A_PAGE = 100
BUSY = ("Pending", "Queued", "Processing")
AT_REST = ("Error", "Stopped", "Success")
TRIES = 3
"""A difference that does not repeat may be the work of somebody else on the same task."""


class Tasks(Protocol):
    """The fixture `tasks`: calls that name tasks, and what answers show of them."""

    unknown_workflows: tuple[int, int]

    def batch(self, *items: object) -> Call:
        """Return the update of these items."""

    def borrow(self, state: str = "task") -> tuple[int, dict[str, Any]]:
        """Take a task and return its id and what it looks like; it is put back when the check is over."""

    def borrow_two(self) -> tuple[tuple[int, dict[str, Any]], tuple[int, dict[str, Any]]]:
        """Take two different tasks."""

    def accepted(self, call: Call) -> Answer:
        """Send an update and demand that it succeeds, as one of the same tasks that changes nothing does."""

    def all_in(self, answer: Answer) -> list[dict[str, Any]]:
        """Return the tasks in an answer."""

    def one_in(self, answer: Answer, number: int) -> dict[str, Any]:
        """Return the one task with an id in an answer."""

    def must_show(self, answer: Answer, number: int, wanted: Mapping[str, Any]) -> None:
        """Demand that the task in the answer has these values."""

    def forgotten(self, later: dict[str, Any], wanted: Mapping[str, Any]) -> list[str]:
        """Return the fields that a later answer shows to have lost their new values."""


@requirement("success-body", given="task")
def test_the_answer_has_the_documented_shape(plain_answer: Answer) -> None:
    plain_answer.must_match_its_schema()


@requirement("success-content-type", given="task")
def test_the_answer_is_sent_as_json(plain_answer: Answer) -> None:
    plain_answer.must_be_json()


@requirement("page-length", given=("task", "task", "large_task"))
def test_the_page_length_counts_the_tasks(bench: Bench, tasks: Tasks, unique_name: str) -> None:
    # The plain answer first, so that a target with a single task is judged as far as it goes.
    number = bench.given("task").integer("task_id")
    item = {"id": number, "name": unique_name}
    counted = _must_count(tasks, bench.control(tasks.batch(item).labelled("one task")))
    # It may be refused to name a task twice.
    twice = bench.send(tasks.batch(item, item).labelled("one task twice"))
    if twice.status < REFUSED:
        _must_count(tasks, twice)

    if not counted:
        message = "the answer leaves the page length out or says null, which is legal and shows nothing"
        raise Inapplicable(message)

    other = bench.given("task").integer("task_id")
    if other == number:
        other = bench.given("large_task").integer("task_id")
    if other == number:
        message = f"needs two different tasks, and the states 'task' and 'large_task' give only {number}; list another"
        raise Untestable(message)
    both = [{"id": each, "name": unique_name} for each in (number, other)]
    _must_count(tasks, bench.control(tasks.batch(*both).labelled("two tasks")))


@requirement("pagination", given="task")
def test_the_answer_has_pagination(plain_answer: Answer) -> None:
    pagination = _pagination(plain_answer)

    plain_answer.must(isinstance(pagination, dict), "an object in pagination", pagination)


@requirement("next-page-url", given="task")
def test_the_next_page_is_a_url(plain_answer: Answer) -> None:
    page = _next_page(plain_answer)

    if page is None:
        message = "the answer names no next page, as is right for the last one"
        raise Inapplicable(message)
    plain_answer.must(_is_url(page), "a URL in next_page", quoted(page))


@requirement("last-page", given="task")
def test_the_only_page_names_no_next_one(plain_answer: Answer, tasks: Tasks) -> None:
    shown, page = len(tasks.all_in(plain_answer)), _next_page(plain_answer)

    plain_answer.must(shown == 1, "one task in data", shown)
    plain_answer.must(page is None, "next_page null or left out", quoted(page))


@requirement("usable-task", given="task")
def test_a_task_has_an_id(plain_answer: Answer, tasks: Tasks) -> None:
    for task in tasks.all_in(plain_answer):
        plain_answer.must(task.get("id") is not None, "a task with an id", f"one with only {quoted(sorted(task))}")


@requirement("iso-times", given="task")
def test_the_times_of_a_task_are_iso_8601(bench: Bench, plain_answer: Answer, tasks: Tasks) -> None:
    format_ = bench.contract.spec["components"]["schemas"]["IsoTime"]["pattern"]
    shown = [task.get(time) for task in tasks.all_in(plain_answer) for time in ("start_time", "end_time")]
    times = [time for time in shown if isinstance(time, str)]

    for time in times:
        plain_answer.must(bool(re.search(format_, time)), "an ISO 8601 date-time with an offset", quoted(time))
    if not times:
        message = "the task has neither a start nor an end"
        raise Inapplicable(message)


@requirement("every-status", given="task")
def test_each_status_can_be_set(tasks: Tasks) -> None:
    number, _ = tasks.borrow()

    for status in (*AT_REST, *BUSY):
        answer = tasks.accepted(tasks.batch({"id": number, "status": status}).labelled(f"status {status}"))
        shown = tasks.one_in(answer, number).get("status")
        # A task that is set to work may have moved on before the answer is written.
        fits = shown == status or (status in BUSY and shown in (*BUSY, *AT_REST))
        answer.must(fits, f"status {status}", shown)


@requirement("answered-values", given="task")
def test_a_task_at_work_is_shown_with_its_new_name(bench: Bench, tasks: Tasks, unique_name: str) -> None:
    number, _ = tasks.borrow()

    seen = False
    # Either may be refused, as what can be changed when is not said.
    for status in ("Queued", "Processing"):
        if bench.send(tasks.batch({"id": number, "status": status}).labelled(f"status {status}")).status >= REFUSED:
            continue
        name = f"{unique_name} {status}"
        answer = bench.send(tasks.batch({"id": number, "name": name}).labelled(f"a new name behind {status}"))
        if answer.status < REFUSED:
            tasks.must_show(answer, number, {"name": name})
            seen = True
    if not seen:
        message = "no update of a task that waits or works is accepted, so no answer shows what becomes of one"
        raise Inapplicable(message)


@requirement("answered-values", given="task")
def test_another_type_or_workflow_is_shown_where_it_is_accepted(bench: Bench, tasks: Tasks) -> None:
    number, original = tasks.borrow()
    changes: list[tuple[str, Any]] = [("action_type", _another_type(original))]
    # Where no answer shows to which workflow the task belongs, it could not be given back to it.
    if original.get("workflow_id") is not None:
        changes += [("workflow_id", workflow) for workflow in tasks.unknown_workflows]

    calls = [tasks.batch({"id": number, field: value}).labelled(f"{field} {value}") for field, value in changes]
    answers = [bench.send(call) for call in calls]

    for answer, (field, value) in zip(answers, changes, strict=True):
        if answer.status < REFUSED:
            tasks.must_show(answer, number, {field: value})
    if all(answer.status >= REFUSED for answer in answers):
        bench.control(tasks.batch({"id": number}))
        message = "neither another type nor another workflow is accepted, so no answer shows one"
        raise Inapplicable(message)


@requirement("action-type", given="task")
def test_another_type_is_kept_where_it_is_accepted(bench: Bench, tasks: Tasks) -> None:
    number, original = tasks.borrow()
    wanted = {"action_type": _another_type(original)}

    for _ in range(TRIES):
        answer = bench.send(tasks.batch({"id": number, **wanted}))
        if answer.status >= REFUSED:
            answer.must_be_refused()
            bench.control(tasks.batch({"id": number}))
            bench.reading("action-type-change", "refused")
            return
        bench.reading("action-type-change", "taken")
        later = bench.send(tasks.batch({"id": number}).labelled(f"read task {number}"))
        if later.status >= REFUSED or not tasks.forgotten(tasks.one_in(later, number), wanted):
            return
    tasks.must_show(later, number, wanted)


@requirement("concurrent-limit-range", given="task")
def test_the_ends_of_the_range_are_accepted(bench: Bench, tasks: Tasks) -> None:
    number, _ = tasks.borrow()

    for limit in (1, 9_999_999):
        answer = tasks.accepted(tasks.batch({"id": number, "concurrent_limit": limit}).labelled(f"limit {limit}"))
        tasks.must_show(answer, number, {"concurrent_limit": limit})
    for limit in (0, -1, 10_000_000):
        answer = bench.send(tasks.batch({"id": number, "concurrent_limit": limit}).labelled(f"limit {limit}"))
        if answer.status < 500:
            bench.reading("concurrent-limit-range", "open" if answer.status < REFUSED else "bounded")


def _another_type(task: dict[str, Any]) -> str:
    return "If" if task.get("action_type") == "Delay" else "Delay"


def _pagination(answer: Answer) -> Any:  # noqa: ANN401 - whatever the answer says
    body = answer.json
    return body.get("pagination") if isinstance(body, dict) else None


def _must_count(tasks: Tasks, answer: Answer) -> bool:
    """Demand a true page length; whether there was one at all is the result."""
    answered = tasks.all_in(answer)
    shown = len(answered)
    # A task that is answered twice may be taken for two or for one.
    different = len({json.dumps(task.get("id", place)) for place, task in enumerate(answered)})
    pagination = _pagination(answer)
    length = pagination.get("page_length") if isinstance(pagination, dict) else None
    if length is None:
        return False
    is_right = length in (shown, different) and shown <= MOST_ON_A_PAGE
    answer.must(is_right, f"page_length {shown}, and at most 100", length)
    return True


def _next_page(answer: Answer) -> Any:  # noqa: ANN401 - whatever the answer says
    pagination = _pagination(answer)
    return pagination.get("next_page") if isinstance(pagination, dict) else None


def _is_url(page: object) -> bool:
    if not isinstance(page, str) or not page or any(each.isspace() for each in page):
        return False
    try:
        return urlsplit(page).scheme in ("", "http", "https")
    except ValueError:
        return False
