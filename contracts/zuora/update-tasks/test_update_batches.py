"""Updating tasks: what becomes of several at once, and of those that nobody names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from assay.bench import Inapplicable, quoted, requirement
from assay.states import StateUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assay.bench import Answer, Bench, Call

REFUSED = 400
PAIR = ("task", "task", "large_task")
"""Two tasks; the large one stands in where a target has one task for everything."""
MANY = 26
"""More than the pages of 10, 20 and 25 that are common, and fewer than the vendor's limit of 50."""
SEVERAL = 3
SIDE_BY_SIDE = ("name", "object_id", "concurrent_limit")
"""Fields that are changed at the same moment, each by an update of its own."""
FEWEST_TOGETHER = 2
ROUNDS = 5
"""Somebody else may put back a value of before, but hardly each time."""
TRIES = 3
"""A difference that does not repeat may be the work of somebody else on the same task."""

Task = dict[str, Any]


class Tasks(Protocol):
    """The fixture `tasks`: calls that name tasks, and what answers show of them."""

    def batch(self, *items: object) -> Call:
        """Return the update of these items."""

    def borrow_two(self) -> tuple[tuple[int, Task], tuple[int, Task]]:
        """Take two different tasks."""

    def borrow_shown(self, answer: Answer, numbers: list[int]) -> None:
        """Take these tasks as an answer shows them; they are put back when the check is over."""

    def new_values(self, *tasks: Task) -> Task:
        """Return a new value for each field that may be changed at will, one that none of `tasks` has."""

    def read_back(self, number: int) -> tuple[Answer, Task]:
        """Return the task as it stands, from the answer to an update that changes nothing."""

    def accepted(self, call: Call) -> Answer:
        """Send an update and demand that it succeeds, as one of the same tasks that changes nothing does."""

    def all_in(self, answer: Answer) -> list[Task]:
        """Return the tasks in an answer."""

    def one_in(self, answer: Answer, number: int) -> Task:
        """Return the one task with an id in an answer."""

    def must_show(self, answer: Answer, number: int, wanted: Mapping[str, Any]) -> None:
        """Demand that the task in the answer has these values."""

    def forgotten(self, later: Task, wanted: Mapping[str, Any]) -> list[str]:
        """Return the fields that a later answer shows to have lost their new values."""

    def lost(self, task: Task, wanted: Mapping[str, Any]) -> list[str]:
        """Return the fields of a task that do not have the wanted values."""

    def difference(self, before: Task, after: Task) -> dict[str, list[Any]]:
        """Return old and new value of each field that an update could have changed and did."""


@requirement("several-tasks", given=PAIR)
def test_several_tasks_get_their_own_values(tasks: Tasks) -> None:
    # Falling ids: a server that sorts one of two lists mixes the tasks up.
    (high, of_high), (low, of_low) = sorted(tasks.borrow_two(), key=lambda loan: -loan[0])
    for_high = {"id": high, **tasks.new_values(of_high, of_low)}
    for_low = {"id": low, **tasks.new_values(of_high, of_low, for_high)}

    for _ in range(TRIES):
        answer = tasks.accepted(tasks.batch(for_high, for_low).labelled("both at once"))
        tasks.must_show(answer, high, for_high)
        tasks.must_show(answer, low, for_low)
        answer.must(len(tasks.all_in(answer)) == 2, "these two tasks alone", f"{len(tasks.all_in(answer))} tasks")
        later = [(*tasks.read_back(item["id"]), item) for item in (for_high, for_low)]
        forgotten = [each for each in later if tasks.forgotten(each[1], each[2])]
        if not forgotten:
            return
    shown, task, item = forgotten[0]
    tasks.must_show(shown, item["id"], {field: item[field] for field in tasks.forgotten(task, item)})


@requirement("several-tasks", given=PAIR)
def test_no_task_gets_what_only_another_item_says(tasks: Tasks) -> None:
    (one, of_one), (two, of_two) = tasks.borrow_two()
    new = tasks.new_values(of_one, of_two)
    # Values that nobody else gives to a task meanwhile.
    for_one, for_two = {"object_id": new["object_id"], "tags": new["tags"]}, {"name": new["name"]}

    answer = tasks.accepted(tasks.batch({"id": one, **for_one}, {"id": two, **for_two}))

    for number, own, foreign in ((one, for_one, for_two), (two, for_two, for_one)):
        tasks.must_show(answer, number, own)
        taken = sorted(foreign.keys() - set(tasks.lost(tasks.one_in(answer, number), foreign)))
        answer.must(not taken, f"nothing of the other item in task {number}", ", ".join(taken))


@requirement("kept-values", given=PAIR)
def test_updates_side_by_side_do_not_undo_each_other(bench: Bench, tasks: Tasks) -> None:
    (one, of_one), (two, of_two) = tasks.borrow_two()
    old = {field: tasks.new_values(of_one, of_two)[field] for field in SIDE_BY_SIDE}
    new = {field: tasks.new_values(of_one, of_two, old)[field] for field in SIDE_BY_SIDE}
    earlier = {one: (old, of_one), two: (old, of_two)}

    for _ in range(ROUNDS):
        bench.control(tasks.batch({"id": one, **old}, {"id": two, **old}).labelled("both before"))
        changed = _change_at_once(bench, tasks, (one, two), new)
        shown = {number: tasks.read_back(number) for number in (one, two)}
        # A value of before has come back.
        undone = [
            (number, field)
            for number, field in changed
            if field in tasks.forgotten(shown[number][1], new)
            and any(field not in tasks.lost(shown[number][1], each) for each in earlier[number])
        ]
        if not undone:
            break
    for number, field in undone:
        got = quoted(shown[number][1].get(field))
        shown[number][0].must(not undone, f"{field} {quoted(new[field])} in task {number}", f"{got} of before")
    if not any(field not in tasks.lost(shown[number][1], new) for number, field in changed):
        message = "no later answer shows any of the new values, so none shows what became of them"
        raise Inapplicable(message)


@requirement("other-tasks", given=PAIR)
def test_a_task_that_is_not_named_stays_as_it_is(bench: Bench, tasks: Tasks) -> None:
    one, two = tasks.borrow_two()

    # Both ways: the task that a server changes too may be the one before or the one behind.
    for (named, original), (other, _) in ((one, two), (two, one)):
        for _ in range(TRIES):
            before = tasks.read_back(other)[1]
            new = tasks.new_values(original, before)
            bench.control(tasks.batch({"id": named, **new}).labelled(f"change task {named} alone"))
            answer, after = tasks.read_back(other)
            changed = tasks.difference(before, after)
            if not changed:
                break
        answer.must(not changed, f"task {other} as it was", f"[before, after] {quoted(changed)}")


@requirement("large-batch", given=("task",) * MANY)
def test_every_task_of_a_large_batch_is_answered(bench: Bench, tasks: Tasks, unique_name: str) -> None:
    numbers = _different_tasks(bench)
    answer = bench.send(tasks.batch(*({"id": number} for number in numbers)).labelled(f"{len(numbers)} tasks"))
    if answer.status >= REFUSED:
        message = f"answered {answer.status}: the document has no limit for a batch, and so any"
        raise Inapplicable(message)
    answered = [task.get("id") for task in tasks.all_in(answer)]
    if len(answered) < len(numbers) and _next_page(answer):
        message = "the answer goes on on another page"
        raise Inapplicable(message)
    all_answered = sorted(map(_as_text, answered)) == sorted(map(str, numbers))
    answer.must(all_answered, f"the {len(numbers)} tasks of the update", f"{len(answered)}: {answered}")
    counted = _pagination(answer).get("page_length")
    answer.must(counted in (None, len(numbers)), f"page_length {len(numbers)}", counted)
    tasks.borrow_shown(answer, numbers)

    names = {number: f"{unique_name} {place}" for place, number in enumerate(numbers)}
    answer = bench.control(tasks.batch(*({"id": number, "name": name} for number, name in names.items())))
    for number, name in names.items():
        tasks.must_show(answer, number, {"name": name})
    for number in (numbers[0], numbers[-1]):
        later, shown = tasks.read_back(number)
        forgotten = tasks.forgotten(shown, {"name": names[number]})
        later.must(not forgotten, f"name {quoted(names[number])} in task {number}", quoted(shown.get("name")))


def _change_at_once(bench: Bench, tasks: Tasks, numbers: tuple[int, ...], new: Task) -> list[tuple[int, str]]:
    """Change each field of each task by an update of its own, all at the same moment; return what is accepted."""
    changes = [(number, field) for field in new for number in numbers]
    calls = [
        tasks.batch({"id": number, field: new[field]}).labelled(f"{field} of task {number} at the same moment")
        for number, field in changes
    ]
    answers = bench.send_together(calls)
    accepted = [change for change, answer in zip(changes, answers, strict=True) if answer.status < REFUSED]
    if len(accepted) < FEWEST_TOGETHER:
        message = "several updates at the same moment are refused, so none can undo another"
        raise Inapplicable(message)
    return accepted


def _as_text(number: Any) -> str:  # noqa: ANN401 - whatever the answer says
    """Return the digits of an id, also of a whole number that is written with a fraction of zero."""
    return str(int(number) if isinstance(number, float) and number.is_integer() else number)


def _different_tasks(bench: Bench) -> list[int]:
    """Return as many different tasks as the target has, up to `MANY`: a short list is no reason to judge nothing."""
    numbers: list[int] = []
    for place in range(MANY):
        try:
            number = bench.given("task").integer("task_id")
        except StateUnavailable:
            if not place:
                raise
            break
        if number not in numbers:
            numbers.append(number)
    if len(numbers) < SEVERAL:
        message = (
            f"needs at least {SEVERAL} different tasks, and the target gives {len(numbers)}; several-tasks judges two"
        )
        raise Inapplicable(message)
    return numbers


def _next_page(answer: Answer) -> object:
    return _pagination(answer).get("next_page")


def _pagination(answer: Answer) -> dict[str, Any]:
    body = answer.json
    pagination = body.get("pagination") if isinstance(body, dict) else None
    return pagination if isinstance(pagination, dict) else {}
