"""What the cases of updating tasks share: calls that name tasks, the tasks of an answer, and tasks on loan."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from assay.bench import CheckEnded, Inconclusive, Untestable, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from assay.bench import Answer, Bench, Call

Task = dict[str, Any]

REFUSED = 400
CHANGEABLE = ("action_type", "call_type", "concurrent_limit", "name", "object", "object_id", "status", "tags")
AT_REST = ("Error", "Stopped", "Success")
"""A task with one of these statuses does not move on by itself."""
FIXED = ("action_type", "workflow_id")
"""A task may not be able to change these; its own values suit it."""
FEW = 2
"""So many tasks are put back one by one."""
DEFAULTED = ("call_type", "concurrent_limit")
"""A task may have some value in them when nobody gave it one."""


@pytest.fixture
def tasks(bench: Bench, unique_name: str, accepted: Callable[..., Answer]) -> Iterator[Tasks]:
    """Lend the tasks that the check works with, and put them back when it is over."""
    book = Tasks(bench, unique_name, accepted)
    yield book
    book.put_back()


class Tasks:
    """Updates of tasks, and what their answers show."""

    unknown_workflows = (2_147_480_611, 4_294_961_159)
    """Numbers of no workflow, so that no task gets among those of another; the second needs more than 31 bits."""

    def __init__(self, bench: Bench, name: str, accepted: Callable[..., Answer]) -> None:
        self._bench = bench
        self._accepted = accepted
        self._name = name
        self._loans: list[tuple[int, Task]] = []

    def batch(self, *items: object) -> Call:
        """Return the update of these items."""
        return self._bench.call().with_json({"data": list(items)})

    def borrow(self, state: str = "task") -> tuple[int, Task]:
        """Take a task and return its id and what it looks like, as far as a server shows it before any change."""
        number = self._bench.given(state).integer("task_id")
        answer = self._bench.send(self.batch({"id": number}).labelled(f"task {number} before"))
        if answer.status < REFUSED:
            loan = number, _look(answer, number)
        else:
            # The server wants something to change; what the name was cannot be known then.
            answer = self._bench.send(self.batch({"id": number, "name": self._name}).labelled(f"task {number} renamed"))
            loan = number, {field: value for field, value in _look(answer, number).items() if field != "name"}
        if loan[1].get("workflow_id") in self.unknown_workflows:
            # Another check has the same task, and will put its workflow back.
            del loan[1]["workflow_id"]
        self._loans.append(loan)
        return loan

    def borrow_two(self) -> tuple[tuple[int, Task], tuple[int, Task]]:
        """Take two different tasks; the large one stands in where a target has one task for everything."""
        one, two = self.borrow(), self.borrow()
        if one[0] == two[0]:
            two = self.borrow("large_task")
        if one[0] == two[0]:
            message = f"needs two different tasks; the states 'task' and 'large_task' give only {one[0]}, list another"
            raise Untestable(message)
        return one, two

    def borrow_shown(self, answer: Answer, numbers: list[int]) -> None:
        """Take these tasks as an answer shows them before any change."""
        self._loans += [(number, _look(answer, number)) for number in numbers]

    def put_back(self) -> None:
        """Give the borrowed tasks their old values, as far as the server takes them."""
        # What a task looked like before its first loan is what counts.
        originals = dict(reversed(self._loans))
        one_by_one = [{number: original} for number, original in originals.items()]
        for some in one_by_one if len(originals) <= FEW else [originals]:
            with suppress(CheckEnded):
                self._put_back(some)

    def new_values(self, *tasks: Task) -> Task:
        """Return a new value for each field that may be changed at will, one that none of `tasks` has."""
        offered: dict[str, tuple[Any, ...]] = {
            "name": _four(self._name),
            "object": ("Account", "Invoice", "Subscription", "Payment"),
            "object_id": tuple(hashlib.sha256(word.encode()).hexdigest()[:32] for word in _four(self._name)),
            "call_type": ("SOAP", "REST", "BULK", "ASYNC"),
            "concurrent_limit": (7, 11, 13, 17),
            "tags": tuple([self._name, word] for word in ("first", "second", "third", "fourth")),
            "status": ("Success", "Stopped", "Error", "Pending"),
        }
        taken = {field: [task.get(field) for task in tasks] for field in offered}
        return {field: next(each for each in values if each not in taken[field]) for field, values in offered.items()}

    def read_back(self, number: int) -> tuple[Answer, Task]:
        """Return the task as it stands, from the answer to an update that changes nothing."""
        # `id` is the one required field. Where a server wants another one all the same, it gets what it has.
        same = {
            field: value for field, value in dict(self._loans)[number].items() if field in FIXED and value is not None
        }
        answer = self._bench.send(self.batch({"id": number}).labelled(f"read task {number}"))
        if answer.status >= REFUSED:
            answer = self._bench.control(self.batch({"id": number, **same}).labelled(f"read task {number}"))
        task = _look(answer, number)
        if not task:
            message = "the answer to an update does not show the task that it names, so nothing can be read back"
            raise Inconclusive(message)
        return answer, task

    def all_in(self, answer: Answer) -> list[Task]:
        """Return the tasks in an answer."""
        return _tasks(answer)

    def accepted(self, call: Call) -> Answer:
        """Send an update and demand that it succeeds, as one of the same tasks that changes nothing does."""
        items = json.loads(call.body)["data"]
        return self._accepted(call, self.batch(*({"id": item["id"]} for item in items)))

    def one_in(self, answer: Answer, number: int) -> Task:
        """Return the one task with an id in an answer."""
        found = _numbered(_tasks(answer), number)
        answer.must(len(found) == 1, f"task {number} once in data", f"{len(found)} times")
        return found[0]

    def must_show(self, answer: Answer, number: int, wanted: Mapping[str, Any]) -> None:
        """Demand that the task in the answer has these values."""
        task = self.one_in(answer, number)
        for field, value in wanted.items():
            kept = not self.lost(task, {field: value})
            answer.must(kept, f"{field} {quoted(value)} in task {number}", quoted(task.get(field)))

    def lost(self, task: Task, wanted: Mapping[str, Any]) -> list[str]:
        """Return the fields of a task that do not have the wanted values."""
        return [field for field, value in wanted.items() if not _same(task.get(field), value)]

    def forgotten(self, later: Task, wanted: Mapping[str, Any]) -> list[str]:
        """Return the fields that a later answer shows to have lost their new values.

        The update behind that answer leaves them out. It may set them back, which is a requirement of its own: a field
        that is empty then, or at work again, shows nothing of what was kept.
        """
        return [field for field in self.lost(later, wanted) if not _may_be_set_back(later, field)]

    def difference(self, before: Task, after: Task) -> dict[str, list[Any]]:
        """Return old and new value of each field that an update could have changed and did."""
        return {
            field: [before.get(field), after.get(field)]
            for field in (*CHANGEABLE, "workflow_id")
            if not _same(before.get(field), after.get(field))
            # A task that waits or runs changes its status by itself.
            and (field != "status" or before.get(field) in AT_REST)
        }

    def _put_back(self, originals: Mapping[int, Task]) -> None:
        present = self._bench.send(self.batch(*({"id": number} for number in originals)))
        changes = {number: _changed(original, _look(present, number)) for number, original in originals.items()}
        items = [{"id": number, **changed} for number, changed in changes.items() if changed]
        if items and self._bench.send(self.batch(*items)).status >= REFUSED:
            known = ({field: value for field, value in item.items() if value is not None} for item in items)
            self._bench.send(self.batch(*known))


def _changed(original: Task, present: Task) -> Task:
    """Return the old value of each field that has another one now and can be put back."""
    fields = (*CHANGEABLE, "workflow_id")
    changed = {field: value for field, value in original.items() if field in fields and value != present.get(field)}
    if original.get("status") not in AT_REST:
        # The instance may have moved on: to set its status back would start work again.
        changed.pop("status", None)
    return changed


def _four(name: str) -> tuple[str, ...]:
    return tuple(f"{name} {number} value" for number in ("first", "second", "third", "fourth"))


def _same(one: object, other: object) -> bool:
    if isinstance(one, list) and isinstance(other, list):
        # Tags are a set in all but name.
        return sorted(map(repr, one)) == sorted(map(repr, other))
    # To Python, true is 1; to JSON it is not.
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _may_be_set_back(task: Task, field: str) -> bool:
    value = task.get(field)
    if field == "status":
        return value not in AT_REST
    # A server that sets back what was left out does not stop at one field.
    all_set_back = not task.get("object") and not task.get("object_id")
    return value in (None, "", []) or (field in DEFAULTED and all_set_back)


def _tasks(answer: Answer) -> list[Task]:
    body = answer.json
    data = body.get("data") if isinstance(body, dict) else None
    if not isinstance(data, list) or not all(isinstance(task, dict) for task in data):
        expected = "an array of tasks in data"
        raise answer.violation(expected, quoted(data, 60))
    return data


def _numbered(tasks: list[Task], number: int) -> list[Task]:
    return [task for task in tasks if _same(task.get("id"), number)]


def _look(answer: Answer, number: int) -> Task:
    """Return the task as the answer shows it, or nothing: that the answer shows it is a requirement of its own."""
    try:
        found = _numbered(_tasks(answer), number)
    except CheckEnded:
        return {}
    return found[0] if found else {}
