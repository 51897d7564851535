"""VMware Cloud Foundation, SDDC Manager: retrying a failed task."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, ClassVar

from assay.reference.messages import Asked, Refused, Reply
from assay.reference.vendor import Caller, Endpoint, Example, Vendor

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Mapping

    from assay.reference.vendor import Values

FAILED, IN_PROGRESS, SUCCESSFUL = "FAILED", "IN_PROGRESS", "SUCCESSFUL"

_CODES = {
    "no-credentials": "IDENTITY_UNAUTHORIZED_ENTITY",
    "bad-credentials": "IDENTITY_UNAUTHORIZED_ENTITY",
    "unknown-task": "TASK_NOT_FOUND",
    "not-failed": "TASK_NOT_RETRIABLE",
    "internal": "INTERNAL_SERVER_ERROR",
}
"""The error code of each cause; other causes go by their own name in capitals."""

_REMEDIES = {
    "unknown-task": "Check the id of the task.",
    "not-failed": "Retry the task when it has failed.",
}


class Vcf(Vendor):
    """SDDC Manager as far as it retries tasks. A retried task is in progress from then on."""

    name: ClassVar[str] = "vcf"
    port: ClassVar[int] = 8702
    refusals: ClassVar[tuple[int, ...]] = (400, 401, 403, 404, 409, 500)
    endpoints: ClassVar = (Endpoint("retry-task", "PATCH", "/v1/tasks/{id}"),)
    schema: ClassVar[str] = "CREATE TABLE IF NOT EXISTS tasks (id TEXT PRIMARY KEY, status TEXT NOT NULL)"

    async def perform(self, asked: Asked, caller: Caller) -> Reply:  # noqa: ARG002 - every caller may retry
        """Retry the task; whatever body was sent is ignored."""
        return self.retry(asked, (asked.path or {})["id"])

    def retry(self, asked: Asked, task_id: str) -> Reply:  # noqa: ARG002 - for faults that depend on the request
        """Retry a task that has failed; of several retries at once, the first one finds it so."""
        with self.store.transaction() as db:
            status = self.status_of(db, task_id)
            if status is None:
                raise Refused(404, "unknown-task", f"Task {task_id} does not exist.")
            if not self.may_be_retried(status):
                raise Refused(409, "not-failed", f"Task {task_id} has not failed.")
            self.set_status(db, task_id, IN_PROGRESS)
        return self.retried()

    def status_of(self, db: sqlite3.Connection, task_id: str) -> str | None:
        """Return the status of a task, or `None` where there is no such task."""
        found = db.execute("SELECT status FROM tasks WHERE id = ?", (task_id,)).fetchone()
        return None if found is None else str(found[0])

    def may_be_retried(self, status: str) -> bool:
        """Say whether a task with this status may be retried."""
        return status == FAILED

    def set_status(self, db: sqlite3.Connection, task_id: str, status: str) -> None:
        """Give a task another status."""
        db.execute("UPDATE tasks SET status = ? WHERE id = ?", (status, task_id))

    def retried(self) -> Reply:
        """Return the reply to a retry that was accepted."""
        return Reply(200)

    def error_body(self, refused: Refused) -> object:
        """Return an Error."""
        return self.error(refused)

    def error(self, refused: Refused) -> dict[str, Any]:
        """Return an Error with all its fields."""
        code = _CODES.get(refused.kind, refused.kind.upper().replace("-", "_"))
        return {
            "errorCode": code,
            "errorType": "INTERNAL" if refused.status >= 500 else "CLIENT",  # noqa: PLR2004 - the class of server errors
            "arguments": [],
            "context": {"component": "task-service"},
            "message": refused.message,
            "remediationMessage": _REMEDIES.get(refused.kind, "Correct the request."),
            "causes": [{"type": code, "message": refused.message}],
            "nestedErrors": [],
            "referenceToken": self.unique()[:6].upper(),
        }

    def new_task(self, status: str) -> Values:
        """Return a new task with this status."""
        task_id = str(uuid.UUID(self.unique()))
        with self.store.transaction() as db:
            db.execute("INSERT INTO tasks VALUES (?, ?)", (task_id, status))
        return {"task_id": task_id}

    def states(self) -> Mapping[str, Callable[[], Values]]:
        """Return the provider states."""
        return {
            "failed_task": lambda: self.new_task(FAILED),
            "unfailed_task": lambda: self.new_task(SUCCESSFUL),
            "unknown_task": lambda: {"task_id": str(uuid.UUID(self.unique()))},
        }

    def examples(self) -> Iterable[Example]:
        """Return one retry."""
        yield Example("PATCH", f"/v1/tasks/{self.new_task(FAILED)['task_id']}")
