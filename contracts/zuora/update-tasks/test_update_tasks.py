"""Updating tasks: what a legal update changes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

from assay.bench import Inapplicable, brief, quoted, requirement
from assay.fuzz import fuzz

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assay.bench import Answer, Bench, Call
    from assay.fuzz import Generated

OK = 200
REFUSED = 400
ROUND_ONE = "\u2460"
"""One in a circle: whoever looks for compatible characters makes a plain 1 of it."""
TRIES = 3
"""A difference that does not repeat may be the work of somebody else on the same task."""

Task = dict[str, Any]


class Tasks(Protocol):
    """The fixture `tasks`: calls that name tasks, and what answers show of them."""

    def batch(self, *items: object) -> Call:
        """Return the update of these items."""

    def borrow(self, state: str = "task") -> tuple[int, Task]:
        """Take a task and return its id and what it looks like; it is put back when the check is over."""

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


@requirement("success", given="task")
def test_an_update_of_a_known_task_succeeds(baseline: Call, tasks: Tasks) -> None:
    tasks.accepted(baseline).must_be(OK)


@requirement("only-id", given="task")
def test_an_item_may_carry_its_id_alone(bench: Bench, baseline: Call, tasks: Tasks) -> None:
    number = json.loads(baseline.body)["data"][0]["id"]

    answer = bench.send(tasks.batch({"id": number}))

    if answer.status >= REFUSED:
        bench.control(baseline)
        answer.must_be(OK)
    tasks.one_in(answer, number)


@requirement("every-field", given="task")
def test_an_item_may_carry_every_field(tasks: Tasks) -> None:
    number, original = tasks.borrow()
    # Another type or workflow may not suit the task; its own do.
    same = {field: original[field] for field in ("action_type", "workflow_id") if original.get(field) is not None}
    item = {"id": number, **same, **tasks.new_values(original)}

    answer = tasks.accepted(tasks.batch(item))

    tasks.must_show(answer, number, item)


@requirement("answered-tasks", given="task")
def test_the_answer_holds_the_named_task_alone(bench: Bench, baseline: Call, tasks: Tasks) -> None:
    named = [item["id"] for item in json.loads(baseline.body)["data"]]

    answer = bench.control(baseline)

    answered = [task.get("id") for task in tasks.all_in(answer)]
    answer.must(answered == named, f"the tasks {named}", answered)


@requirement("answered-tasks", given="task", fuzz=True)
def test_generated_updates_are_answered_with_their_task(bench: Bench, tasks: Tasks) -> None:
    number, _ = tasks.borrow()

    def judge(_: Generated, answer: Answer) -> None:
        # A rule that the document does not name may refuse what its schema allows.
        if answer.status == OK:
            answered = [task.get("id") for task in tasks.all_in(answer)]
            answer.must(answered == [number], f"the tasks [{number}]", answered)

    def name_the_task(generated: Generated, _: Call) -> Call:
        # One item, of the borrowed task, that neither starts work nor moves the task to another workflow.
        item: Task = generated.body["data"][0]  # type: ignore[index]  # valid by the spec
        kept = {field: value for field, value in item.items() if field not in ("action_type", "status", "workflow_id")}
        return tasks.batch({**kept, "id": number})

    base = tasks.batch({"id": number})
    fuzz(bench, mode="positive", base=base, vary=("body",), judge=judge, prepare=name_the_task)


@requirement("answered-values", given="task")
def test_the_answer_shows_each_new_value(tasks: Tasks) -> None:
    number, original = tasks.borrow()

    for field, value in tasks.new_values(original).items():
        answer = tasks.accepted(tasks.batch({"id": number, field: value}).labelled(f"{field} alone"))
        tasks.must_show(answer, number, {field: value})


@requirement("answered-values", given="task")
def test_a_field_can_be_emptied(bench: Bench, tasks: Tasks) -> None:
    number, original = tasks.borrow()
    filled = tasks.new_values(original)
    tasks.accepted(tasks.batch({"id": number, **filled}).labelled("every field filled"))

    # A rule that the document does not name may want a value. Null may stand for an empty text.
    for field, empty in (("tags", []), ("object", ""), ("object_id", "")):
        answer = bench.send(tasks.batch({"id": number, **filled, field: empty}).labelled(f"{field} emptied"))
        if answer.status < REFUSED:
            shown = tasks.one_in(answer, number).get(field)
            answer.must(not shown, f"no {field} in task {number}", quoted(shown))


@requirement("answered-values", given="task")
def test_a_large_value_is_not_cut(bench: Bench, tasks: Tasks, unique_name: str) -> None:
    number, _ = tasks.borrow()
    bench.control(tasks.batch({"id": number, "name": unique_name}))

    names = {size: f"{unique_name} ".ljust(size - 1, "m") + "." for size in (60, 300, 5_000)}
    large: dict[str, Task] = {f"a name of {size} characters": {"name": name} for size, name in names.items()}
    large["a large limit"] = {"concurrent_limit": 100_000}
    large["twelve tags"] = {"tags": [f"{unique_name} {number}" for number in range(12)]}
    # It may be refused; where it is taken, it comes back.
    for label, values in large.items():
        answer = bench.send(tasks.batch({"id": number, **values}).labelled(label))
        if answer.status < REFUSED:
            tasks.must_show(answer, number, values)


@requirement("answered-values", given="task")
def test_a_text_that_looks_like_something_else_stays_a_text(bench: Bench, tasks: Tasks) -> None:
    number, _ = tasks.borrow()
    bench.control(tasks.batch({"id": number}))

    # Each may be refused; where it is taken, it comes back.
    for text in ("null", "007", "2024-03-01T09:30:00Z"):
        values = {"name": text, "tags": [f"{text}0", "1e3", "true"]}
        answer = bench.send(tasks.batch({"id": number, **values}).labelled(f"name {text!r}"))
        if answer.status < REFUSED:
            tasks.must_show(answer, number, values)
    for digits in ("12345", "0012"):
        values = {"object_id": digits}
        answer = bench.send(tasks.batch({"id": number, **values}).labelled(f"object_id {digits!r}"))
        if answer.status < REFUSED:
            tasks.must_show(answer, number, values)


@requirement("kept-values", given="task")
def test_each_new_value_can_be_read_back(bench: Bench, tasks: Tasks) -> None:
    number, original = tasks.borrow()
    wanted = tasks.new_values(original)
    bench.control(tasks.batch({"id": number, **wanted}).labelled("every field at once"))
    task = tasks.read_back(number)[1]
    if tasks.lost(task, wanted) == list(wanted) and not tasks.forgotten(task, wanted):
        message = "an update sets back the fields that it leaves out, so no later answer shows what was kept"
        raise Inapplicable(message)

    for field, value in wanted.items():
        for _ in range(TRIES):
            bench.control(tasks.batch({"id": number, field: value}).labelled(f"a new {field}"))
            later, task = tasks.read_back(number)
            forgotten = tasks.forgotten(task, {field: value})
            if not forgotten:
                break
        later.must(not forgotten, f"{field} {quoted(value)} in task {number}", quoted(task.get(field)))


@requirement("unicode-text", given="task")
def test_a_name_keeps_its_characters(bench: Bench, tasks: Tasks) -> None:
    number, _ = tasks.borrow()
    letters = "Prüfung für Łódź, Ελλάδα, Київ, 東京"
    signs = (
        "The \"first\" \\ 'last' / task",
        "a < b && b > a &amp; %41",
        "${total} of #{count} + {{ Data.Account }} {% if a %} %s",
        f"{ROUND_ONE} invoice 🧾 paid",
    )

    answer = tasks.accepted(tasks.batch({"id": number, "name": letters}).labelled("letters"))
    tasks.must_show(answer, number, {"name": letters})
    calls = {f"name {name!r}": tasks.batch({"id": number, "name": name}) for name in signs}
    # As many a client writes what US-ASCII does not have.
    calls["escapes"] = calls[f"name {signs[-1]!r}"].with_body(
        json.dumps({"data": [{"id": number, "name": signs[-1]}]}).encode()
    )
    _must_show_what_is_taken(bench, tasks, calls)


@requirement("unicode-text", given="task")
def test_tags_keep_their_characters(bench: Bench, tasks: Tasks) -> None:
    number, _ = tasks.borrow()
    bench.control(tasks.batch({"id": number}))

    labelled = {"letters": ["für Łódź", "Ελλάδα", "東京"], "signs": ["a < b && b > a", 'R&amp;D "north"']}
    _must_show_what_is_taken(
        bench,
        tasks,
        {f"tags with {label}": tasks.batch({"id": number, "tags": tags}) for label, tags in labelled.items()},
    )


@requirement("exact-values", given="task")
def test_an_outer_space_is_kept(bench: Bench, tasks: Tasks, unique_name: str) -> None:
    _must_come_back(bench, tasks, {"name": f"  {unique_name} "})


@requirement("exact-values", given="task")
def test_an_accent_stays_apart_from_its_letter(bench: Bench, tasks: Tasks) -> None:
    _must_come_back(bench, tasks, {"name": "Cafe\u0301 Zu\u0308rich"})


@requirement("exact-values", given="task")
def test_rare_spaces_line_ends_and_controls_stay_as_they_are(bench: Bench, tasks: Tasks) -> None:
    names = ("one\u00a0two  three", "one\u2028two", "one\r\ntwo", "one\0two")
    _must_come_back(bench, tasks, *({"name": name} for name in names))


@requirement("exact-values", given="task")
def test_a_tag_is_not_split(bench: Bench, tasks: Tasks) -> None:
    _must_come_back(bench, tasks, {"tags": ["north, south", "east;west", "up|down"]})


@requirement("left-out-fields", given="task")
def test_a_field_that_is_left_out_keeps_its_value(bench: Bench, tasks: Tasks) -> None:
    number, original = tasks.borrow()
    new = tasks.new_values(original)
    name = new.pop("name")

    for _ in range(TRIES):
        first = bench.control(tasks.batch({"id": number, **new}).labelled("everything but the name"))
        answer = bench.control(tasks.batch({"id": number, "name": name}).labelled("the name alone"))
        before, after = tasks.one_in(first, number), tasks.one_in(answer, number)
        changed = tasks.difference({**before, "name": after.get("name")}, after)
        if not changed:
            break
    bench.reading("left-out-fields", "changed" if changed else "kept")
    answer.must(not changed, "the fields of the update before", f"[before, after] {quoted(changed)}")


@requirement("charset-parameter", given="task")
def test_a_charset_parameter_is_understood(baseline: Call, tasks: Tasks) -> None:
    for content_type in ("application/json; charset=utf-8", "application/json;charset=UTF-8", "Application/JSON"):
        tasks.accepted(baseline.with_content_type(content_type).labelled(content_type))


def _must_show_what_is_taken(bench: Bench, tasks: Tasks, calls: Mapping[str, Call]) -> None:
    """Demand that each call shows its own values, unless it is refused; a server error leaves that open."""
    answers = {label: bench.send(call.labelled(label)) for label, call in calls.items()}
    for label, answer in answers.items():
        item = json.loads(calls[label].body)["data"][0]
        if answer.status < REFUSED:
            tasks.must_show(answer, item["id"], {field: value for field, value in item.items() if field != "id"})
    for answer in answers.values():
        if answer.status >= REFUSED:
            answer.must_be_refused()


def _must_come_back(bench: Bench, tasks: Tasks, *changes: Task) -> None:
    """Demand that values which nobody has to accept come back as they were sent."""
    number, _ = tasks.borrow()
    answers = [bench.send(tasks.batch({"id": number, **values})) for values in changes]
    if all(answer.status >= REFUSED for answer in answers):
        bench.control(tasks.batch({"id": number}))
        message = f"such a value is refused ({answers[0].status}), so none comes back"
        raise Inapplicable(message)
    for answer, values in zip(answers, changes, strict=True):
        for field, value in values.items() if answer.status < REFUSED else ():
            shown = tasks.one_in(answer, number).get(field)
            kept = not tasks.lost({field: shown}, {field: value})
            # Two texts that look the same may differ.
            answer.must(kept, f"{field} {json.dumps(value)} in task {number}", brief(json.dumps(shown), 300))
