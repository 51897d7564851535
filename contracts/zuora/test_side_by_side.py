"""Calls that run side by side: shared by every operation of the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from assay.bench import Inapplicable, Inconclusive, quoted, requirement
from assay.trials import accepts

if TYPE_CHECKING:
    from collections.abc import Callable

    from assay.bench import Answer, Bench, Call
    from assay.states import Values

    Marks = dict[str, str]
    Neighbours = list[tuple[Call, Marks]]

TASKS = dict.fromkeys(("rerun-task", "update-tasks"), ("task", "task", "large_task"))
CALLS = 6


@requirement("answers-side-by-side", given=TASKS)
def test_calls_side_by_side_get_their_own_answers(
    bench: Bench, neighbours: Neighbours, shown: Callable[[Answer], Marks]
) -> None:
    (alone, own), *together = neighbours
    performed = [(bench.control(alone.labelled("alone")), own)]

    answers = bench.send_together([call.labelled(f"side by side {n}") for n, (call, _) in enumerate(together, 1)])

    sent = zip(answers, (own for _, own in together), strict=True)
    performed += [(answer, own) for answer, own in sent if accepts(answer)]
    if len(performed) == 1:
        message = "none of the calls that were sent side by side succeeded"
        raise Inconclusive(message)
    # Another client may rename a task meanwhile, but not give it another id.
    mark = "id" if "id" in own else "name"
    # What is never shown as it was sent, mixed up or not, is for other requirements to say.
    if all(shown(answer).get(mark) != own[mark] for answer, own in performed):
        message = f"no answer shows the {mark} that its call was sent with, so answers cannot be told apart"
        raise Inapplicable(message)
    for answer, own in performed:
        marks = shown(answer)
        foreign = [other["name"] for _, other in together if "name" in other and other != own]
        right = marks.get(mark, own[mark]) == own[mark] and marks.get("name") not in foreign
        answer.must(right, f"the answer to this call, with {listed(own)}", f"one with {listed(marks)}")


def listed(marks: Marks) -> str:
    """Return what tells an answer from others, for a message."""
    return " and ".join(f"the {name} {quoted(value)}" for name, value in marks.items())


@pytest.fixture
def neighbours(
    bench: Bench,
    plain: Callable[[str], Call],
    renamed: Callable[..., Call],
    two_tasks: Callable[[], tuple[Values, Values]],
    unique_name: str,
) -> Neighbours:
    """Return calls and for each what its answer shows, an id, a name, or both; the first is to be sent alone."""
    if bench.operation.slug == "import-workflow":
        # A name each: a server may want them to be different.
        names = [f"{unique_name} {number}" for number in range(CALLS + 1)]
        return [(renamed(plain(""), name), {"name": name}) for name in names]
    pairs: Neighbours = []
    for number, task in enumerate(two_tasks()):
        if bench.operation.slug == "rerun-task":
            pairs.append((bench.call(task_id=task["task_id"]), {"id": task["task_id"]}))
        else:
            name = f"{unique_name} {number}"
            update = bench.call().with_json({"data": [{"id": task.integer("task_id"), "name": name}]})
            pairs.append((update, {"id": task["task_id"], "name": name}))
    return [pairs[0], *pairs * (CALLS // len(pairs))]


@pytest.fixture
def shown(bench: Bench) -> Callable[[Answer], Marks]:
    """Return what reads the id and the name in an answer, as far as they tell the calls apart."""

    def marks_in(answer: Answer) -> Marks:
        body: Any = answer.content.json
        if bench.operation.slug == "update-tasks":
            tasks = body.get("data") if isinstance(body, dict) else None
            body = tasks[0] if isinstance(tasks, list) and len(tasks) == 1 else None
        known = {"rerun-task": ("id",), "update-tasks": ("id", "name")}.get(bench.operation.slug, ("name",))
        found = {name: body.get(name) for name in known} if isinstance(body, dict) else {}
        return {name: str(value) for name, value in found.items() if value is not None}

    return marks_in
