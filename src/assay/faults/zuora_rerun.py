"""Faults of Zuora: rerunning a task."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from assay.faults import fault
from assay.reference.messages import Asked, Reply
from assay.reference.zuora import RERUN, Zuora

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from assay.reference.zuora_tasks import Task


class _Shown(Zuora):
    """Answers show some fields of a task with other values."""

    shown: ClassVar[Mapping[str, Any]] = {}

    def task_view(self, task: Task) -> Task:
        return {**super().task_view(task), **self.shown}


class _Answered(Zuora):
    """The answer is another than the faultless one."""

    def rerun_task(self, db: sqlite3.Connection, asked: Asked) -> Reply:
        return self.altered(super().rerun_task(db, asked))

    def altered(self, reply: Reply) -> Reply:
        """Return what is answered instead."""
        raise NotImplementedError


# The status


@fault("answered-201", violates="success", on=RERUN)
class Answered201(_Answered):
    """A rerun is answered with 201."""

    def altered(self, reply: Reply) -> Reply:
        return replace(reply, status=201)


@fault("answered-204", violates="success", on=RERUN)
class Answered204(_Answered):
    """A rerun is answered with 204 and nothing else."""

    def altered(self, reply: Reply) -> Reply:  # noqa: ARG002 - nothing of it is left
        return Reply(204)


# The body


@fault("body-is-a-list", violates="success-body", on=RERUN)
class BodyIsAList(_Answered):
    """The body is a list that holds the Task."""

    def altered(self, reply: Reply) -> Reply:
        return replace(reply, body=b"[" + reply.body + b"]")


@fault("body-is-missing", violates="success-body", on=RERUN)
class BodyIsMissing(_Answered):
    """A 200 has no body."""

    def altered(self, reply: Reply) -> Reply:
        return replace(reply, body=b"")


@fault("body-with-nan", violates="success-body", on=RERUN)
class BodyWithNan(_Answered):
    """A number that is not known is written as NaN, which is no JSON."""

    def altered(self, reply: Reply) -> Reply:
        return replace(reply, body=reply.body.replace(b'"concurrent_limit":9999999', b'"concurrent_limit":NaN'))


@fault("body-in-latin-1", violates="success-body", on=RERUN)
class BodyInLatin1(_Shown):
    """The body is encoded in ISO-8859-1 instead of UTF-8."""

    shown: ClassVar[Mapping[str, Any]] = {"name": "Lager benachrichtigen, zurück"}

    def rerun_task(self, db: sqlite3.Connection, asked: Asked) -> Reply:
        reply = super().rerun_task(db, asked)
        return replace(reply, body=reply.body.decode().encode("latin-1"))


@fault("status-outside-the-enum", violates="success-body", on=RERUN)
class StatusOutsideTheEnum(_Shown):
    """The status of the Task is none of the six."""

    shown: ClassVar[Mapping[str, Any]] = {"status": "Running"}


@fault("status-null", violates="success-body", on=RERUN)
class StatusNull(_Shown):
    """The status of a task that belongs to an instance is null."""

    shown: ClassVar[Mapping[str, Any]] = {"status": None}


@fault("id-as-string", violates="success-body", on=RERUN)
class IdAsString(Zuora):
    """The id of the Task is a string, as it is in the path."""

    def task_view(self, task: Task) -> Task:
        return {**task, "id": str(task["id"])}


@fault("declared-as-html", violates="content-type", on=RERUN)
class DeclaredAsHtml(_Answered):
    """The Task is declared as text/html."""

    def altered(self, reply: Reply) -> Reply:
        return replace(reply, headers=(("content-type", "text/html; charset=utf-8"),))


@fault("declared-as-nothing", violates="content-type", on=RERUN)
class DeclaredAsNothing(_Answered):
    """The answer has no content type."""

    def altered(self, reply: Reply) -> Reply:
        return replace(reply, headers=())


# What a reader makes of the Task


@fault("original-id-answered", violates="same-task", on=RERUN)
class OriginalIdAnswered(Zuora):
    """The answer shows the task under the id of its original in the definition."""

    def task_view(self, task: Task) -> Task:
        return {**task, "id": task["original_task_id"]}


@fault("another-task-rerun", violates="same-task", on=RERUN)
class AnotherTaskRerun(Zuora):
    """The oldest task of the workflow is rerun in place of the one in the path."""

    def find_task(self, db: sqlite3.Connection, task_id: int) -> Task | None:
        oldest = db.execute("SELECT min(id) FROM tasks WHERE id <> ?", (task_id,)).fetchone()[0]
        return super().find_task(db, task_id) and super().find_task(db, oldest or task_id)


@fault("task-wrapped", violates="usable-task", on=RERUN)
class TaskWrapped(_Answered):
    """The Task stands in a member of the body instead of being the body."""

    def altered(self, reply: Reply) -> Reply:
        return replace(reply, body=b'{"success":true,"data":' + reply.body + b"}")


@fault("task-without-id", violates="usable-task", on=RERUN)
class TaskWithoutId(Zuora):
    """The Task does not say its id."""

    def task_view(self, task: Task) -> Task:
        return {name: value for name, value in task.items() if name != "id"}


@fault("definition-with-instance-fields", violates="instance-fields", on=RERUN)
class DefinitionWithInstanceFields(_Shown):
    """A task that belongs to no instance has a start, a status and an original all the same."""

    shown: ClassVar[Mapping[str, Any]] = {"instance": False}


@fault("start-without-offset", violates="iso-times", on=RERUN)
class StartWithoutOffset(Zuora):
    """The start of the Task is a local time without an offset."""

    def task_view(self, task: Task) -> Task:
        return {**task, "start_time": task["start_time"].removesuffix("Z")}


@fault("end-in-words", violates="iso-times", on=RERUN)
class EndInWords(_Shown):
    """The end of the Task is a date as HTTP headers have it."""

    shown: ClassVar[Mapping[str, Any]] = {"status": "Success", "end_time": "Thu, 19 Sep 2019 12:35:43 GMT"}
