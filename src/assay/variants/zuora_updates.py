"""Freedoms of Zuora's updates: which batches and values are taken, and how the answer lists the tasks."""

from __future__ import annotations

import asyncio
import json
import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from assay.reference.messages import Asked, Refused, Reply, read_json, to_json
from assay.reference.zuora import UPDATE, Zuora
from assay.reference.zuora_fields import UPDATABLE
from assay.reference.zuora_tasks import BATCH_LIMIT
from assay.variants import variant

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

Task = dict[str, Any]

LONGEST_NAME = 255
_PLAIN_TAG = re.compile("[A-Za-z0-9 ,]*")
_BASIC_PLANE = 0xFFFF

_KNOWN_VALUES = {
    "call_type": re.compile("SOAP|REST|BULK"),
    "object": re.compile("|Account|Contact|Invoice|Payment|Subscription"),
    "object_id": re.compile("([0-9a-f]{32}|[0-9a-f]{16})?"),
}


# Which batches are taken


@variant("zuora/batches-in-part")
class BatchesInPart(Zuora):
    """Of a batch with an unknown task the known ones before it are changed, and it is refused; the page has no rule."""

    def update_tasks(self, db: sqlite3.Connection, asked: Asked, content: bytes) -> Reply:  # noqa: ARG002 - as in the base
        updated, problem = [], None
        for task_id, change in self.read_changes(content):
            try:
                updated.append(self.update_task(db, task_id, change))
            except Refused as refused:
                problem = refused
        # A reply that is returned keeps what was changed, and one that is raised does not.
        return Reply.of_json(200, self.page_view(updated)) if problem is None else self.refusal(problem)


@variant("zuora/batches-of-any-size")
class BatchesOfAnySize(Zuora):
    """A batch may have more than 50 tasks; the page names no limit."""

    def read_changes(self, content: bytes) -> list[tuple[int, Task]]:
        body = read_json(content)
        items = body.get("data") if isinstance(body, dict) else None
        if not isinstance(items, list) or not items:
            return super().read_changes(content)
        parts = (items[start : start + 50] for start in range(0, len(items), 50))
        return [
            change for part in parts for change in super(BatchesOfAnySize, self).read_changes(to_json({"data": part}))
        ]


@variant("zuora/last-mention-counts", excludes=("zuora/batches-of-any-size",))
class LastMentionCounts(Zuora):
    """A batch may name a task twice, and the last mention counts; the page does not say that it may not."""

    def read_changes(self, content: bytes) -> list[tuple[int, Task]]:
        body = read_json(content)
        items = body.get("data") if isinstance(body, dict) else None
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            return super().read_changes(content)
        named = {json.dumps(item.get("id")): item for item in items if item.get("id") is not None}
        nameless = [item for item in items if item.get("id") is None]
        return super().read_changes(to_json({"data": [*named.values(), *nameless]}))


@variant("zuora/each-mention-answered", excludes=("zuora/batches-of-any-size", "zuora/last-mention-counts"))
class EachMentionAnswered(Zuora):
    """A batch may name a task twice, and the answer shows it twice; the page does not say that it may not."""

    def read_changes(self, content: bytes) -> list[tuple[int, Task]]:
        body = read_json(content)
        items = body.get("data") if isinstance(body, dict) else None
        if not isinstance(items, list) or not 0 < len(items) <= BATCH_LIMIT:
            return super().read_changes(content)
        return [self.read_change(item, f"data[{index}]") for index, item in enumerate(items)]


@variant("zuora/updates-one-at-a-time")
class UpdatesOneAtATime(Zuora):
    """A task that an update is at work on takes no other one meanwhile; the page does not say that it does."""

    at_work: Mapping[bytes, bytes | None] = MappingProxyType({})

    async def work(self, asked: Asked) -> None:
        await super().work(asked)
        if asked.operation != UPDATE:
            return
        named = re.findall(rb'"id": ?([0-9]{1,18})', asked.body or b"")
        # The same update again changes nothing more.
        if any(self.at_work.get(each, asked.body) != asked.body for each in named):
            raise Refused(409, "at-work", "Another update of this task is at work.")
        self.at_work = {**self.at_work, **dict.fromkeys(named, asked.body)}
        try:
            await asyncio.sleep(0.005)
        finally:
            self.at_work = {each: body for each, body in self.at_work.items() if each not in named}


@variant("zuora/comments-skipped")
class CommentsSkipped(Zuora):
    """A comment before a body is skipped; RFC 8259 lets a parser take what is no JSON."""

    def read_content(self, asked: Asked) -> bytes:
        return re.sub(rb"^/\*.*?\*/", b"", super().read_content(asked), flags=re.DOTALL)


# Which values are taken


class _Changed(Zuora):
    """Looks at each item of a batch before the reference server does."""

    def read_change(self, item: object, where: str) -> tuple[int, Task]:
        return super().read_change(self.looked_at(item, where) if isinstance(item, dict) else item, where)

    def looked_at(self, item: Task, where: str) -> Task:  # noqa: ARG002 - for subclasses
        """Return the item as it is read, or refuse it."""
        return item


@variant("zuora/ids-as-text")
class IdsAsText(_Changed):
    """An id in a batch may be an integer in quotation marks; the page does not say that it may not."""

    def looked_at(self, item: Task, where: str) -> Task:
        item = super().looked_at(item, where)
        text = item.get("id")
        return {**item, "id": int(text)} if isinstance(text, str) and text.isdecimal() and text.isascii() else item


@variant("zuora/unknown-fields-refused")
class UnknownFieldsRefused(_Changed):
    """An item with a field that is not on the page is refused; the page does not say that it is ignored."""

    def looked_at(self, item: Task, where: str) -> Task:
        if not item.keys() <= {"id", *UPDATABLE}:
            raise Refused(400, "unknown-field", f"{where} has a field that nobody knows.")
        return super().looked_at(item, where)


@variant("zuora/nulls-refused", excludes=("zuora/nulls-unread",))
class NullsRefused(_Changed):
    """Null is refused for every field of an item; the page gives each a type that is not null."""

    def looked_at(self, item: Task, where: str) -> Task:
        if any(item[name] is None for name in item.keys() & UPDATABLE.keys()):
            raise Refused(400, "bad-value", f"{where} has a field that is null.")
        return super().looked_at(item, where)


@variant("zuora/nulls-unread")
class NullsUnread(_Changed):
    """Null in a field of an item is the same as no field; the page does not say what it means."""

    def looked_at(self, item: Task, where: str) -> Task:
        item = super().looked_at(item, where)
        return {name: value for name, value in item.items() if value is not None}


@variant("zuora/scalars-read")
class ScalarsRead(_Changed):
    """A number is taken for text and text for a number where that can be done; the page does not say that it is not."""

    def looked_at(self, item: Task, where: str) -> Task:
        return {name: _read(name, value) for name, value in super().looked_at(item, where).items()}


def _read(name: str, value: Any) -> Any:  # noqa: ANN401 - JSON in, JSON out
    if name in ("call_type", "name", "object", "object_id") and type(value) in (int, float, bool):
        return json.dumps(value)
    if name in ("concurrent_limit", "workflow_id") and isinstance(value, str) and value.isdecimal() and value.isascii():
        return int(value)
    return value


@variant("zuora/any-limit")
class AnyLimit(_Changed):
    """Any integer is taken for a concurrent limit; the page gives it no range."""

    def read_change(self, item: object, where: str) -> tuple[int, Task]:
        limit = item.get("concurrent_limit") if isinstance(item, dict) else None
        if type(limit) is not int or not isinstance(item, dict):
            return super().read_change(item, where)
        task_id, change = super().read_change({**item, "concurrent_limit": 1}, where)
        return task_id, {**change, "concurrent_limit": limit}


@variant("zuora/types-fixed")
class TypesFixed(Zuora):
    """A change of a task's type or workflow is refused; the page does not say that every task can have another."""

    def update_task(self, db: sqlite3.Connection, task_id: int, change: Task) -> Task:
        task = self.find_task(db, task_id)
        for name in ("action_type", "workflow_id") if task else ():
            if task and change.get(name, task[name]) != task[name]:
                raise Refused(400, "fixed", f"The {name} of a task cannot be changed.")
        return super().update_task(db, task_id, change)


@variant("zuora/values-known", excludes=("zuora/scalars-read",))
class ValuesKnown(_Changed):
    """Kinds of API, objects and their ids are refused unless the server knows them; the page calls them strings."""

    def looked_at(self, item: Task, where: str) -> Task:
        for name, pattern in _KNOWN_VALUES.items():
            value = item.get(name)
            if isinstance(value, str) and not pattern.fullmatch(value):
                raise Refused(400, "bad-value", f"{where}.{name} is none that is known.")
        return super().looked_at(item, where)


@variant("zuora/plain-tags-alone")
class PlainTagsAlone(_Changed):
    """A tag with anything but letters, digits, commas and blanks of US-ASCII is refused; the page is silent."""

    def looked_at(self, item: Task, where: str) -> Task:
        tags = item.get("tags")
        if isinstance(tags, list) and not all(isinstance(tag, str) and _PLAIN_TAG.fullmatch(tag) for tag in tags):
            raise Refused(400, "bad-value", f"{where}.tags has a tag that is not plain.")
        return super().looked_at(item, where)


@variant("zuora/busy-tasks-fixed")
class BusyTasksFixed(Zuora):
    """Of a task that waits or works nothing but its status can be changed; the page does not say what can be when."""

    def update_task(self, db: sqlite3.Connection, task_id: int, change: Task) -> Task:
        task = self.find_task(db, task_id)
        is_busy = task is not None and task["status"] in ("Queued", "Processing", "Pending")
        if is_busy and change and "status" not in change:
            raise Refused(400, "busy", f"Task {task_id} is at work.")
        return super().update_task(db, task_id, change)


@variant("zuora/basic-plane-alone")
class BasicPlaneAlone(Zuora):
    """Characters beyond 16 bits are refused in every body; the pages do not say which characters a name may have."""

    def read_content(self, asked: Asked) -> bytes:
        content = super().read_content(asked)
        try:
            text = json.dumps(read_json(content), ensure_ascii=False) if content else ""
        except Refused:
            return content
        if any(ord(character) > _BASIC_PLANE for character in text):
            raise Refused(400, "bad-value", "The body has characters that cannot be kept.")
        return content


@variant("zuora/old-failure-kept")
class OldFailureKept(Zuora):
    """A task whose status is changed keeps its error; the page does not say when that is cleared."""

    def update_task(self, db: sqlite3.Connection, task_id: int, change: Task) -> Task:
        task = self.find_task(db, task_id)
        updated = super().update_task(db, task_id, change)
        if task:
            updated |= {name: task[name] for name in ("error", "error_class", "error_details")}
            self.save_task(db, updated)
        return updated


# How the answer lists the tasks


class _Paged(Zuora):
    """Shows the pages of an answer in another way."""

    def page_view(self, tasks: Sequence[Task]) -> object:
        page: Any = super().page_view(tasks)
        return {**page, "pagination": self.pagination(page["pagination"])}

    def pagination(self, pagination: Task) -> Task:
        """Return what the answer says of its pages."""
        raise NotImplementedError


@variant("zuora/null-pages", excludes=("zuora/pages-from-zero", "zuora/pages-left-out"))
class NullPages(_Paged):
    """The page and its length are null, as in the vendor's example; the field list has integers."""

    def pagination(self, pagination: Task) -> Task:
        return {**pagination, "page": None, "page_length": None}


@variant("zuora/pages-from-zero", excludes=("zuora/pages-left-out",))
class PagesFromZero(_Paged):
    """The first page is page 0, and there is no next_page where there is no next page; the page counts from nowhere."""

    def pagination(self, pagination: Task) -> Task:
        return {"page": 0, "page_length": pagination["page_length"]}


@variant("zuora/pages-left-out")
class PagesLeftOut(_Paged):
    """The pagination of an answer is an empty object; none of its fields is required."""

    def pagination(self, pagination: Task) -> Task:  # noqa: ARG002 - whatever it was
        return {}


@variant("zuora/tasks-in-another-order")
class TasksInAnotherOrder(Zuora):
    """The answer lists the tasks from the greatest id to the smallest; the page does not speak of an order."""

    def page_view(self, tasks: Sequence[Task]) -> object:
        return super().page_view(sorted(tasks, key=lambda task: -int(task["id"])))
