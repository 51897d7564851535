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


@fault("answered-204", violates="success", on=RERUN)
class Answered204(_Answered):
    """A rerun is answered with 204 and nothing else."""

    def altered(self, reply: Reply) -> Reply:  # noqa: ARG002 - nothing of it is left
        return Reply(204)


# The body


@fault("body-with-nan", violates="success-body", on=RERUN)
class BodyWithNan(_Answered):
    """A number that is not known is written as NaN, which is no JSON."""

    def altered(self, reply: Reply) -> Reply:
        return replace(reply, body=reply.body.replace(b'"concurrent_limit":9999999', b'"concurrent_limit":NaN'))


@fault("status-outside-the-enum", violates="success-body", on=RERUN)
class StatusOutsideTheEnum(_Shown):
    """The status of the Task is none of the six."""

    shown: ClassVar[Mapping[str, Any]] = {"status": "Running"}


@fault("status-null", violates="success-body", on=RERUN)
class StatusNull(_Shown):
    """The status of a task that belongs to an instance is null."""

    shown: ClassVar[Mapping[str, Any]] = {"status": None}


@fault("declared-as-html", violates="content-type", on=RERUN)
class DeclaredAsHtml(_Answered):
    """The Task is declared as text/html."""

    def altered(self, reply: Reply) -> Reply:
        return replace(reply, headers=(("content-type", "text/html; charset=utf-8"),))


# What a reader makes of the Task


@fault("original-id-answered", violates="same-task", on=RERUN)
class OriginalIdAnswered(Zuora):
    """The answer shows the task under the id of its original in the definition."""

    def task_view(self, task: Task) -> Task:
        return {**task, "id": task["original_task_id"]}


@fault("task-wrapped", violates="usable-task", on=RERUN)
class TaskWrapped(_Answered):
    """The Task stands in a member of the body instead of being the body."""

    def altered(self, reply: Reply) -> Reply:
        return replace(reply, body=b'{"success":true,"data":' + reply.body + b"}")


@fault("definition-with-instance-fields", violates="instance-fields", on=RERUN)
class DefinitionWithInstanceFields(_Shown):
    """A task that belongs to no instance has a start, a status and an original all the same."""

    shown: ClassVar[Mapping[str, Any]] = {"instance": False}


@fault("start-without-offset", violates="iso-times", on=RERUN)
class StartWithoutOffset(Zuora):
    """The start of the Task is a local time without an offset."""

    def task_view(self, task: Task) -> Task:
        return {**task, "start_time": task["start_time"].removesuffix("Z")}
