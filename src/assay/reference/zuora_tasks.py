"""Zuora's tasks: rerunning one and updating several."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from assay.reference.messages import Asked, Refused, Reply, as_integer, read_json, to_json
from assay.reference.vendor import Vendor
from assay.reference.zuora_fields import LARGEST_CONCURRENCY, LARGEST_INTEGER, UPDATABLE, read_members

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

Task = dict[str, Any]

BATCH_LIMIT = 50

# Ids are written in one way only, so that the id in an answer is the one in the path.
_ID = re.compile(r"[1-9][0-9]{0,17}")

_MILLISECOND = timedelta(milliseconds=1)


class ZuoraTasks(Vendor):
    """Tasks of workflow instances."""

    tasks_schema: ClassVar[str] = """
    CREATE TABLE IF NOT EXISTS tasks (id INTEGER PRIMARY KEY AUTOINCREMENT, document TEXT NOT NULL);
    INSERT INTO sqlite_sequence SELECT 'tasks', 2770 WHERE NOT EXISTS
        (SELECT 1 FROM sqlite_sequence WHERE name = 'tasks')
    """

    # Rerun

    def rerun_task(self, db: sqlite3.Connection, asked: Asked) -> Reply:
        """Rerun the task that the path names."""
        text = (asked.path or {})["task_id"]
        task = self.find_task(db, int(text)) if _ID.fullmatch(text) else None
        if task is None:
            raise Refused(404, "unknown-task", "The task does not exist.")
        task |= self.started(task)
        self.save_task(db, task)
        return Reply.of_json(200, self.task_view(task))

    def started(self, task: Task) -> Task:
        """Return what changes in a task that runs again."""
        over = dict.fromkeys(("end_time", "error", "error_class", "error_details"))
        return {"status": "Processing", "start_time": self.next_start(task), **over}

    def next_start(self, task: Task) -> str:
        """Return the time of this run, which is later than that of the run before even within a millisecond."""
        now = datetime.fromtimestamp(self.clock(), UTC)
        earlier = task.get("start_time")
        if earlier:
            now = max(now, datetime.fromisoformat(earlier) + _MILLISECOND)
        return iso_time(now)

    # Update

    def update_tasks(self, db: sqlite3.Connection, asked: Asked, content: bytes) -> Reply:  # noqa: ARG002 - for faults that depend on the request
        """Update every task that the body names, or none."""
        changes = self.read_changes(content)
        updated = [self.update_task(db, task_id, change) for task_id, change in changes]
        return Reply.of_json(200, self.page_view(updated))

    def read_changes(self, content: bytes) -> list[tuple[int, Task]]:
        """Return the id and the new values of each task in the body."""
        body = read_json(content)
        items = body.get("data") if isinstance(body, dict) else None
        if not isinstance(items, list) or not items:
            raise Refused(400, "no-data", "The body has no tasks in an array named data.")
        if len(items) > BATCH_LIMIT:
            raise Refused(400, "too-many", f"The body names more than {BATCH_LIMIT} tasks.")
        changes = [self.read_change(item, f"data[{index}]") for index, item in enumerate(items)]
        if len({task_id for task_id, _ in changes}) < len(changes):
            raise Refused(400, "named-twice", "The body names a task twice.")
        return changes

    def read_change(self, item: object, where: str) -> tuple[int, Task]:
        """Return the id and the new values of one task."""
        change = read_members(item, UPDATABLE, where)
        given = item.get("id") if isinstance(item, dict) else None
        if given is None:
            raise Refused(404, "no-id", f"{where} does not say which task it is.")
        task_id = as_integer(given)
        if task_id is None:
            raise Refused(400, "bad-value", f"{where}.id is not an integer.")
        return task_id, change

    def update_task(self, db: sqlite3.Connection, task_id: int, change: Task) -> Task:
        """Return a task with its new values, saved."""
        task = self.find_task(db, task_id)
        if task is None:
            raise Refused(404, "unknown-task", f"Task {task_id} does not exist.")
        task |= change
        if task["status"] != "Error":
            # The three describe a failure, and there is none any more.
            task |= dict.fromkeys(("error", "error_class", "error_details"))
        self.save_task(db, task)
        return task

    # Views

    def task_view(self, task: Task) -> Task:
        """Return a task as answers show it."""
        return task

    def page_view(self, tasks: Sequence[Task]) -> object:
        """Return the only page of a list of tasks."""
        pagination = {"page": 1, "page_length": len(tasks), "next_page": None}
        return {"data": [self.task_view(task) for task in tasks], "pagination": pagination}

    # Records

    def find_task(self, db: sqlite3.Connection, task_id: int) -> Task | None:
        """Return the task with this id."""
        if not 0 < task_id <= LARGEST_INTEGER:
            return None
        row = db.execute("SELECT document FROM tasks WHERE id = ?", (task_id,)).fetchone()
        return None if row is None else {"id": task_id, **json.loads(row[0])}

    def save_task(self, db: sqlite3.Connection, task: Task) -> None:
        """Save a changed task."""
        document = {name: value for name, value in task.items() if name != "id"}
        db.execute("UPDATE tasks SET document = ? WHERE id = ?", (to_json(document).decode(), task["id"]))

    def new_task(self, extra_data: Task | None = None) -> int:
        """Return the id of a new task, which has failed in a workflow instance."""
        with self.store.transaction() as db:
            document = to_json(_failed_task(self.clock(), extra_data or {})).decode()
            made = db.execute("INSERT INTO tasks (document) VALUES (?)", (document,))
            return int(made.lastrowid or 0)


def _failed_task(now: float, extra_data: Task) -> Task:
    ended = datetime.fromtimestamp(now, UTC) - timedelta(minutes=5)
    return {
        "action_type": "Callout",
        "call_type": "REST",
        "concurrent_limit": LARGEST_CONCURRENCY,
        "data": {"Workflow": {"WorkflowRunUser": "reference"}, **extra_data},
        "end_time": iso_time(ended),
        "error": "The callout was answered with 500.",
        "error_class": "WorkflowError::Callout",
        "error_details": None,
        "instance": True,
        "name": "Notify the warehouse",
        "object": "Account",
        "object_id": "8ad08f0086b1c0ee",
        "original_task_id": 582,
        "original_workflow_id": 416,
        "parameters": {"method": "POST"},
        "start_time": iso_time(ended - timedelta(seconds=2)),
        "status": "Error",
        "tags": ["reference"],
        "task_id": None,
        "workflow_id": 476,
    }


def iso_time(moment: datetime) -> str:
    """Return a moment as Zuora writes it in a task."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
