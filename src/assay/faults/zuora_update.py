"""Faults of Zuora: what an update of tasks answers where it succeeds."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from assay.faults import fault
from assay.reference.messages import Asked, Refused, Reply, read_json, to_json
from assay.reference.zuora import UPDATE, Zuora

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from assay.reference.zuora_tasks import Task


class _Answered(Zuora):
    """The answer to an update is another than the faultless one."""

    def update_tasks(self, db: sqlite3.Connection, asked: Asked, content: bytes) -> Reply:
        return self.altered(super().update_tasks(db, asked, content))

    def altered(self, reply: Reply) -> Reply:
        """Return what is answered instead."""
        raise NotImplementedError


class _Page(Zuora):
    """The page has other members than the faultless one."""

    def page_view(self, tasks: Sequence[Task]) -> object:
        views = [self.task_view(task) for task in tasks]
        pagination = {"page": 1, "page_length": len(views), "next_page": None}
        return self.page(views, pagination)

    def page(self, views: list[Task], pagination: dict[str, Any]) -> object:
        """Return the body."""
        raise NotImplementedError


class _Shown(Zuora):
    """Answers show some fields of a task with other values."""

    shown: ClassVar[Mapping[str, Any]] = {}

    def task_view(self, task: Task) -> Task:
        return {**super().task_view(task), **self.shown}


# Status and content type


@fault("answered-204", violates="success", on=UPDATE)
class Answered204(_Answered):
    """An update is answered with 204 and nothing else."""

    def altered(self, reply: Reply) -> Reply:  # noqa: ARG002 - nothing of it is left
        return Reply(204)


@fault("declared-as-text", violates="success-content-type", on=UPDATE)
class DeclaredAsText(_Answered):
    """The answer to an update is declared as text/plain."""

    def altered(self, reply: Reply) -> Reply:
        return replace(reply, headers=(("content-type", "text/plain"),))


# The body around the tasks


@fault("tasks-instead-of-data", violates="success-body", on=UPDATE)
class TasksInsteadOfData(_Page):
    """The list of tasks is called `tasks`."""

    def page(self, views: list[Task], pagination: dict[str, Any]) -> object:
        return {"tasks": views, "pagination": pagination}


@fault("bare-list", violates="success-body", on=UPDATE)
class BareList(_Page):
    """The body is the list of tasks."""

    def page(self, views: list[Task], pagination: dict[str, Any]) -> object:  # noqa: ARG002 - it has no place
        return views


@fault("page-length-as-string", violates="success-body", on=UPDATE)
class PageLengthAsString(_Page):
    """The page length is a string."""

    def page(self, views: list[Task], pagination: dict[str, Any]) -> object:
        return {"data": views, "pagination": {**pagination, "page_length": str(len(views))}}


@fault("next-page-as-number", violates="success-body", on=UPDATE)
class NextPageAsNumber(_Page):
    """The next page is a number instead of a URL."""

    def page(self, views: list[Task], pagination: dict[str, Any]) -> object:
        return {"data": views, "pagination": {**pagination, "next_page": 2}}


# Pagination


@fault("page-length-always-one", violates="page-length", on=UPDATE)
class PageLengthAlwaysOne(_Page):
    """The page length is 1 however many tasks the answer holds."""

    def page(self, views: list[Task], pagination: dict[str, Any]) -> object:
        return {"data": views, "pagination": {**pagination, "page_length": 1}}


@fault("mentions-counted", violates="page-length", on=UPDATE)
class MentionsCounted(Zuora):
    """A task that a batch names twice in the same words is answered once and counted twice."""

    def update_tasks(self, db: sqlite3.Connection, asked: Asked, content: bytes) -> Reply:
        body = read_json(content)
        items = body.get("data") if isinstance(body, dict) else None
        if not isinstance(items, list) or not items:
            return super().update_tasks(db, asked, content)
        once = {json.dumps(item): item for item in items}
        page = json.loads(super().update_tasks(db, asked, to_json({"data": [*once.values()]})).body)
        page["pagination"]["page_length"] = len(items)
        return Reply.of_json(200, page)


@fault("no-pagination", violates="pagination", on=UPDATE)
class NoPagination(_Page):
    """The answer to an update has no pagination."""

    def page(self, views: list[Task], pagination: dict[str, Any]) -> object:  # noqa: ARG002 - it is left out
        return {"data": views}


@fault("next-page-in-words", violates="next-page-url", on=UPDATE)
class NextPageInWords(_Page):
    """The next page is a phrase instead of a URL."""

    def page(self, views: list[Task], pagination: dict[str, Any]) -> object:
        return {"data": views, "pagination": {**pagination, "next_page": "no more pages"}}


@fault("next-page-always", violates="last-page", on=UPDATE)
class NextPageAlways(_Page):
    """The last page has a URL of the next one, too."""

    def page(self, views: list[Task], pagination: dict[str, Any]) -> object:
        return {"data": views, "pagination": {**pagination, "next_page": "/workflows/tasks?page=2"}}


# The tasks


@fault("status-in-lower-case", violates="success-body", on=UPDATE)
class StatusInLowerCase(Zuora):
    """The status of a task is answered in lower case."""

    def task_view(self, task: Task) -> Task:
        return {**task, "status": task["status"].lower()}


@fault("quotes-unescaped", violates="success-body", on=UPDATE)
class QuotesUnescaped(_Answered):
    """Quotes inside of texts are answered without a backslash."""

    def altered(self, reply: Reply) -> Reply:
        return replace(reply, body=reply.body.replace(b'\\"', b'"'))


@fault("body-cut-at-4-kib", violates="success-body", on=UPDATE)
class BodyCutAt4Kib(_Answered):
    """A body of more than 4 KiB is cut there."""

    def altered(self, reply: Reply) -> Reply:
        return replace(reply, body=reply.body[:4096])


@fault("task-without-id", violates="usable-task", on=UPDATE)
class TaskWithoutId(Zuora):
    """A task in the answer does not say its id."""

    def task_view(self, task: Task) -> Task:
        return {name: value for name, value in task.items() if name != "id"}


@fault("task-without-status", violates="usable-task", on=UPDATE)
class TaskWithoutStatus(Zuora):
    """A task of an instance does not say its status."""

    def task_view(self, task: Task) -> Task:
        return {name: value for name, value in task.items() if name != "status"}


@fault("request-echoed", violates="usable-task", on=UPDATE)
class RequestEchoed(Zuora):
    """The answer repeats the items of the request in place of the tasks."""

    def update_task(self, db: sqlite3.Connection, task_id: int, change: Task) -> Task:
        super().update_task(db, task_id, change)
        return {"id": task_id, **change}


@fault("definition-with-instance-fields", violates="instance-fields", on=UPDATE)
class DefinitionWithInstanceFields(_Shown):
    """A task that belongs to no instance has a status and an original all the same."""

    shown: ClassVar[Mapping[str, Any]] = {"instance": False}


@fault("times-without-offset", violates="iso-times", on=UPDATE)
class TimesWithoutOffset(Zuora):
    """Start and end of a task are local times without an offset."""

    def task_view(self, task: Task) -> Task:
        times = {name: task[name] and task[name].removesuffix("Z") for name in ("start_time", "end_time")}
        return {**task, **times}


# What is legal and refused


class _Strict(Zuora):
    """Some legal items are refused."""

    def read_change(self, item: object, where: str) -> tuple[int, Task]:
        task_id, change = super().read_change(item, where)
        if self.is_refused(change):
            raise Refused(400, "bad-value", f"{where} is not acceptable.")
        return task_id, change

    def is_refused(self, change: Task) -> bool:
        """Say whether these new values are refused."""
        raise NotImplementedError


@fault("only-id-refused", violates="only-id", on=UPDATE)
class OnlyIdRefused(_Strict):
    """An item with nothing but its id is refused."""

    def is_refused(self, change: Task) -> bool:
        return not change


@fault("workflow-id-refused", violates="every-field", on=UPDATE)
class WorkflowIdRefused(_Strict):
    """An item that names its workflow is refused."""

    def is_refused(self, change: Task) -> bool:
        return "workflow_id" in change


@fault("stopped-refused", violates="every-status", on=UPDATE)
class StoppedRefused(_Strict):
    """The status Stopped is refused."""

    def is_refused(self, change: Task) -> bool:
        return change.get("status") == "Stopped"


@fault("small-limit-refused", violates="concurrent-limit-range", on=UPDATE)
class SmallLimitRefused(_Strict):
    """A concurrent limit of 1 is refused."""

    def is_refused(self, change: Task) -> bool:
        return change.get("concurrent_limit") == 1


@fault("charset-refused", violates="charset-parameter", on=UPDATE)
class CharsetRefused(Zuora):
    """A content type with a charset is refused."""

    def check_content_type(self, asked: Asked) -> None:
        if asked.header("content-type") != "application/json":
            raise Refused(415, "bad-type", "The content type of the request is not application/json.")
