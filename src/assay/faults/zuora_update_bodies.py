"""Faults of Zuora: bodies of updates that are to be refused and are taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.faults import fault
from assay.reference.messages import Asked, Reply, read_json
from assay.reference.zuora import UPDATE, Zuora

if TYPE_CHECKING:
    import sqlite3

    from assay.reference.zuora_tasks import Task


class _Lenient(Zuora):
    """Some bodies are answered like an update of no tasks."""

    def update_tasks(self, db: sqlite3.Connection, asked: Asked, content: bytes) -> Reply:
        if self.is_taken(content):
            return Reply.of_json(200, self.page_view([]))
        return super().update_tasks(db, asked, content)

    def is_taken(self, content: bytes) -> bool:
        """Say whether this body is taken for an update of no tasks."""
        body = read_json(content)
        return isinstance(body, dict) and "data" in body and self.is_taken_for_tasks(body["data"])

    def is_taken_for_tasks(self, data: object) -> bool:
        """Say whether this data is taken for an empty list."""
        raise NotImplementedError


@fault("missing-data-taken-for-empty", violates="data-missing", on=UPDATE)
class MissingDataTakenForEmpty(_Lenient):
    """A body without data is an update of no tasks."""

    def is_taken(self, content: bytes) -> bool:
        body = read_json(content)
        return isinstance(body, dict) and "data" not in body


@fault("data-read-from-text", violates="data-not-an-array", on=UPDATE)
class DataReadFromText(Zuora):
    """A text in place of the list is taken for the JSON of one."""

    def read_changes(self, content: bytes) -> list[tuple[int, Task]]:
        body = read_json(content)
        if isinstance(body, dict) and isinstance(body.get("data"), str):
            return super().read_changes(b'{"data":%s}' % body["data"].encode())
        return super().read_changes(content)


@fault("empty-data-taken", violates="data-empty", on=UPDATE)
class EmptyDataTaken(_Lenient):
    """An empty list of tasks is answered with 200 and an empty list."""

    def is_taken_for_tasks(self, data: object) -> bool:
        return data == []


@fault("text-behind-the-body-ignored", violates="body-not-json", on=UPDATE)
class TextBehindTheBodyIgnored(Zuora):
    """A body is read up to the end of its JSON, whatever stands behind it."""

    def read_changes(self, content: bytes) -> list[tuple[int, Task]]:
        return super().read_changes(content[: content.rfind(b"}") + 1])


@fault("bare-list-taken", violates="body-not-an-object", on=UPDATE)
class BareListTaken(Zuora):
    """A list of items is taken without the object around it."""

    def read_changes(self, content: bytes) -> list[tuple[int, Task]]:
        body = read_json(content)
        if isinstance(body, list):
            return [self.read_change(item, f"[{index}]") for index, item in enumerate(body)]
        return super().read_changes(content)


@fault("missing-body-taken", violates="body-absent", on=UPDATE)
class MissingBodyTaken(_Lenient):
    """A request without a body is an update of no tasks."""

    def is_taken(self, content: bytes) -> bool:
        return not content
