"""Faults of Zuora: updates of several tasks, and tasks that no update names."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING

from assay.faults import fault
from assay.reference.messages import Asked, Reply
from assay.reference.zuora import UPDATE, Zuora

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from assay.reference.zuora_tasks import Task


@fault("tasks-answered-twice", violates="answered-tasks", on=UPDATE)
class TasksAnsweredTwice(Zuora):
    """Each task stands in the answer twice."""

    def page_view(self, tasks: Sequence[Task]) -> object:
        return super().page_view([*tasks, *tasks])


@fault("nameless-task-not-answered", violates="answered-tasks", on=UPDATE, generated=True)
class NamelessTaskNotAnswered(Zuora):
    """A task whose name is empty is left out of the answer."""

    def page_view(self, tasks: Sequence[Task]) -> object:
        return super().page_view([task for task in tasks if task["name"]])


@fault("whole-workflow-answered", violates="answered-tasks", on=UPDATE)
class WholeWorkflowAnswered(Zuora):
    """The answer shows further tasks of the same workflow."""

    def update_tasks(self, db: sqlite3.Connection, asked: Asked, content: bytes) -> Reply:
        updated = json.loads(super().update_tasks(db, asked, content).body)["data"]
        named = [task["id"] for task in updated]
        others = db.execute("SELECT id FROM tasks ORDER BY id LIMIT 8").fetchall()
        more = [self.find_task(db, each) or {} for (each,) in others if each not in named]
        return Reply.of_json(200, self.page_view([*updated, *more]))


@fault("only-the-first-updated", violates="several-tasks", on=UPDATE)
class OnlyTheFirstUpdated(Zuora):
    """Of a batch only the first task gets its new values; all are answered."""

    def read_changes(self, content: bytes) -> list[tuple[int, Task]]:
        first, *rest = super().read_changes(content)
        return [first, *((task_id, {}) for task_id, _ in rest)]


@fault("values-passed-on", violates="several-tasks", on=UPDATE)
class ValuesPassedOn(Zuora):
    """A task of a batch also gets the fields that only an earlier item names."""

    def read_changes(self, content: bytes) -> list[tuple[int, Task]]:
        passed: Task = {}
        return [(task_id, (passed := {**passed, **change})) for task_id, change in super().read_changes(content)]


@fault("values-by-order-of-id", violates="several-tasks", on=UPDATE)
class ValuesByOrderOfId(Zuora):
    """The tasks of a batch are read in the order of their ids, and the values in the order of the request."""

    def read_changes(self, content: bytes) -> list[tuple[int, Task]]:
        changes = super().read_changes(content)
        return list(zip(sorted(task_id for task_id, _ in changes), (change for _, change in changes), strict=True))


@fault("page-length-up-to-twenty", violates="large-batch", on=UPDATE)
class PageLengthUpToTwenty(Zuora):
    """The page length is at most 20, however many tasks the answer holds."""

    def page_view(self, tasks: Sequence[Task]) -> object:
        pagination = {"page": 1, "page_length": min(len(tasks), 20), "next_page": None}
        return {"data": [self.task_view(task) for task in tasks], "pagination": pagination}


@fault("updates-side-by-side-undone", violates="kept-values", on=UPDATE)
class UpdatesSideBySideUndone(Zuora):
    """An update writes back whatever it does not change as it was when the request came in."""

    before: Mapping[int, Task]

    async def work(self, asked: Asked) -> None:
        with self.store.transaction() as db:
            numbers = [int(each) for each in re.findall(rb'"id":([0-9]{1,18})\b', asked.body or b"")]
            before = {number: self.find_task(db, number) or {} for number in numbers}
        # Whatever comes at the same moment, in whatever order, is read before any of it is written.
        if len(numbers) == 1:
            await asyncio.sleep(0.15 if b"concurrent_limit" in (asked.body or b"") else 0.03)
        self.before = before

    def update_task(self, db: sqlite3.Connection, task_id: int, change: Task) -> Task:
        return super().update_task(db, task_id, {**self.before.get(task_id, {}), **change})


# Other tasks


class _Spread(Zuora):
    """The new values go to other tasks as well."""

    def update_task(self, db: sqlite3.Connection, task_id: int, change: Task) -> Task:
        updated = super().update_task(db, task_id, change)
        for other in self.others(db, updated):
            task = self.find_task(db, other)
            if task and other != task_id:
                self.save_task(db, {**task, **change})
        return updated

    def others(self, db: sqlite3.Connection, task: Task) -> Sequence[int]:
        """Return the ids of the other tasks."""
        raise NotImplementedError


@fault("task-before-updated", violates="other-tasks", on=UPDATE)
class TaskBeforeUpdated(_Spread):
    """The task with the id before gets the new values, too."""

    def others(self, db: sqlite3.Connection, task: Task) -> Sequence[int]:  # noqa: ARG002 - the id is enough
        return [task["id"] - 1]


@fault("task-behind-updated", violates="other-tasks", on=UPDATE)
class TaskBehindUpdated(_Spread):
    """The task with the next id gets the new values, too."""

    def others(self, db: sqlite3.Connection, task: Task) -> Sequence[int]:  # noqa: ARG002 - the id is enough
        return [task["id"] + 1]


@fault("whole-workflow-updated", violates="other-tasks", on=UPDATE)
class WholeWorkflowUpdated(_Spread):
    """Every task of the same workflow gets the new values."""

    def others(self, db: sqlite3.Connection, task: Task) -> Sequence[int]:
        same = "SELECT id FROM tasks WHERE json_extract(document, '$.workflow_id') = ?"
        return [row[0] for row in db.execute(same, (task["workflow_id"],))]
