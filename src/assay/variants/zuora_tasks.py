"""Freedoms of Zuora's tasks: what an answer shows of them, and what a rerun makes of one."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from assay.reference.zuora import Zuora
from assay.reference.zuora_fields import ACTION_TYPES, UPDATABLE
from assay.variants import variant

if TYPE_CHECKING:
    import sqlite3

Task = dict[str, Any]

_TIMES = ("start_time", "end_time")
_ERRORS = ("error", "error_class", "error_details")
_BUSY = ("Queued", "Processing", "Pending")
_LARGE_ID = 2**53 + 1
_TWIN = 2**32
_EAST = timezone(timedelta(hours=5, minutes=30))


# What an answer shows


class _OwnTasks(Zuora):
    """Makes new tasks with other values."""

    def new_task(self, extra_data: Task | None = None) -> int:
        made = super().new_task(extra_data)
        with self.store.transaction() as db:
            self.save_task(db, {**(self.find_task(db, made) or {}), **self.own_values(made)})
        return made

    def own_values(self, task_id: int) -> Task:
        """Return the values that differ."""
        raise NotImplementedError


@variant("zuora/nulls")
class Nulls(_OwnTasks):
    """Every field of a task that may have no value is null, as in the page's example; the field list has no nulls."""

    def own_values(self, task_id: int) -> Task:  # noqa: ARG002 - the same for each
        names = ("call_type", "concurrent_limit", "object", "object_id", "task_id", *_TIMES, *_ERRORS)
        return dict.fromkeys(names)


@variant("zuora/full-tasks", excludes=("zuora/nulls",))
class FullTasks(_OwnTasks):
    """Every field of a task has a value, its tags are of several types and its data is deep; the page says arrays."""

    def own_values(self, task_id: int) -> Task:
        return {
            "object": "Account",
            "object_id": "",
            "error_details": "",
            "task_id": 12,
            "concurrent_limit": 0,
            "tags": ["", 7, None, {"of": ["any", "kind"]}],
            "parameters": {"nested": {"nested": [[], {}, None]}},
            "action_type": ACTION_TYPES[task_id % len(ACTION_TYPES)],
        }


@variant("zuora/fields-left-out", excludes=("zuora/lean-tasks",))
class FieldsLeftOut(Zuora):
    """A field without a value is left out instead of null; no field is required."""

    def task_view(self, task: Task) -> Task:
        return {name: value for name, value in super().task_view(task).items() if value is not None}


@variant("zuora/lean-tasks")
class LeanTasks(Zuora):
    """A task shows its id and what can be changed in it, and data only where there is much; no field is required."""

    def task_view(self, task: Task) -> Task:
        view = super().task_view(task)
        shown = {"id", *UPDATABLE} | ({"data"} if "Log" in view.get("data", {}) else set())
        return {name: value for name, value in view.items() if name in shown}


@variant("zuora/large-tasks")
class LargeTasks(Zuora):
    """Every task is far longer than 1000 bytes; the pages give no task a size."""

    def new_task(self, extra_data: Task | None = None) -> int:
        return super().new_task({**(extra_data or {}), "History": [{"at": each, "é": "x"} for each in range(400)]})


@variant("zuora/times-in-another-zone", excludes=("zuora/times-without-fractions", "zuora/times-in-iso-forms"))
class TimesInAnotherZone(Zuora):
    """Times of a task are in the zone +05:30; the example shows ISO 8601 and the page names no zone."""

    def task_view(self, task: Task) -> Task:
        return _with_times(super().task_view(task), lambda moment: moment.astimezone(_EAST).isoformat())


@variant("zuora/times-without-fractions", excludes=("zuora/times-in-iso-forms",))
class TimesWithoutFractions(Zuora):
    """Times of a task are in whole seconds; the example shows ISO 8601, which leaves the precision open."""

    def task_view(self, task: Task) -> Task:
        return _with_times(super().task_view(task), lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%SZ"))


@variant("zuora/times-in-iso-forms")
class TimesInIsoForms(Zuora):
    """Times of a task have a comma before the fraction and an offset in hours alone, both of which ISO 8601 allows."""

    def task_view(self, task: Task) -> Task:
        return _with_times(super().task_view(task), lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%S,%f+00"))


def _with_times(task: Task, write: Any) -> Task:  # noqa: ANN401 - a function of a time
    times = {name: write(datetime.fromisoformat(task[name])) for name in _TIMES if task.get(name)}
    return {**task, **times}


# Ids


class _Numbered(Zuora):
    """Counts tasks and definitions from another number."""

    first: int

    def __init__(self, *given: Any, **named: Any) -> None:  # noqa: ANN401 - whatever the reference server takes
        super().__init__(*given, **named)
        with self.store.transaction() as db:
            db.execute("UPDATE sqlite_sequence SET seq = ?", (self.first - 1,))


@variant("zuora/small-ids", excludes=("zuora/large-ids",))
class SmallIds(_Numbered):
    """Tasks and definitions are counted from 1, so that ids of both kinds are the same; the pages call them unique."""

    first = 1


@variant("zuora/large-ids")
class LargeIds(_Numbered):
    """Ids are integers that no float can hold; the pages give them no maximum."""

    first = _LARGE_ID


@variant("zuora/ids-far-apart")
class IdsFarApart(Zuora):
    """Two tasks have ids with the same last 32 bits; the pages call ids unique, however large."""

    def new_task(self, extra_data: Task | None = None) -> int:
        made = super().new_task(extra_data)
        with self.store.transaction() as db:
            db.execute("INSERT INTO tasks SELECT id + ?, document FROM tasks WHERE id = ?", (_TWIN, made))
        return made


# What a rerun makes of a task


@variant("zuora/ends-at-once", excludes=("zuora/fails-at-once", "zuora/queued-first"))
class EndsAtOnce(Zuora):
    """A rerun task has ended by the time of the answer; the page's own example shows one that has."""

    def started(self, task: Task) -> Task:
        started = super().started(task)
        return {**started, "status": "Success", "end_time": started["start_time"]}


@variant("zuora/fails-at-once", excludes=("zuora/queued-first",))
class FailsAtOnce(Zuora):
    """A rerun task has failed again by the time of the answer; the page does not say that a rerun succeeds."""

    def started(self, task: Task) -> Task:
        started = super().started(task)
        failure = {"error": "Again.", "error_class": "WorkflowError::Callout", "error_details": None}
        return {**started, **failure, "status": "Error", "end_time": started["start_time"]}


@variant("zuora/queued-first")
class QueuedFirst(Zuora):
    """A rerun task waits in a queue, without times, so that one rerun looks like another; the page has the status."""

    def started(self, task: Task) -> Task:
        return {**super().started(task), "status": "Queued", "start_time": None}


@variant("zuora/old-failure-shown", excludes=("zuora/fails-at-once",))
class OldFailureShown(Zuora):
    """A task keeps the error of its last run when it runs again; the page does not say when that is cleared."""

    def started(self, task: Task) -> Task:
        return {**super().started(task), **{name: task[name] for name in (*_ERRORS, "end_time")}}


@variant("zuora/moves-on-at-once", excludes=("zuora/busy-tasks-fixed",))
class MovesOnAtOnce(Zuora):
    """A task at work has ended when it is looked at again; the pages do not say how long one works."""

    def save_task(self, db: sqlite3.Connection, task: Task) -> None:
        is_busy = task["status"] in _BUSY
        super().save_task(db, {**task, "status": "Success", "end_time": task["start_time"]} if is_busy else task)
