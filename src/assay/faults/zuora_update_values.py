"""Faults of Zuora: what an update does to the fields of a task."""

from __future__ import annotations

import html
import re
import unicodedata
from typing import TYPE_CHECKING, Any, ClassVar

from assay.faults import fault
from assay.reference.zuora import UPDATE, Zuora

if TYPE_CHECKING:
    import sqlite3

    from assay.reference.zuora_tasks import Task

_DEFAULTS: Task = {
    "call_type": None,
    "concurrent_limit": None,
    "object": None,
    "object_id": None,
    "tags": [],
}


class _Ignored(Zuora):
    """One field of an item is ignored."""

    field: ClassVar[str]

    def read_change(self, item: object, where: str) -> tuple[int, Task]:
        task_id, change = super().read_change(item, where)
        change.pop(self.field, None)
        return task_id, change


class _NotStored(Zuora):
    """The new value of one field is answered and forgotten."""

    field: ClassVar[str]

    def update_task(self, db: sqlite3.Connection, task_id: int, change: Task) -> Task:
        before = self.find_task(db, task_id) or {}
        updated = super().update_task(db, task_id, change)
        self.save_task(db, {**updated, self.field: before.get(self.field)})
        return updated


class _Altered(Zuora):
    """New values are stored otherwise than they were sent."""

    def read_change(self, item: object, where: str) -> tuple[int, Task]:
        task_id, change = super().read_change(item, where)
        return task_id, {name: self.stored(name, value) for name, value in change.items()}

    def stored(self, name: str, value: Any) -> Any:  # noqa: ANN401 - JSON in, JSON out
        """Return what is stored."""
        if name == "tags":
            return self.stored_tags(value)
        return self.stored_text(value) if name in ("name", "object", "object_id") and value else value

    def stored_text(self, text: str) -> str:
        """Return a text as it is stored."""
        return text

    def stored_tags(self, tags: list[str]) -> list[str]:
        """Return tags as they are stored."""
        return tags


# One field ignored


@fault("name-ignored", violates="answered-values", on=UPDATE)
class NameIgnored(_Ignored):
    """A new name is ignored."""

    field: ClassVar[str] = "name"


@fault("status-ignored", violates="answered-values", on=UPDATE)
class StatusIgnored(_Ignored):
    """A new status is ignored."""

    field: ClassVar[str] = "status"


@fault("action-type-ignored", violates="answered-values", on=UPDATE)
class ActionTypeIgnored(_Ignored):
    """A new type is accepted and ignored."""

    field: ClassVar[str] = "action_type"


@fault("workflow-ignored", violates="answered-values", on=UPDATE)
class WorkflowIgnored(_Ignored):
    """Another workflow is accepted and ignored."""

    field: ClassVar[str] = "workflow_id"


@fault("fields-besides-the-name-ignored", violates="every-field", on=UPDATE)
class FieldsBesidesTheNameIgnored(Zuora):
    """Where an item renames its task, its other fields are ignored."""

    def read_change(self, item: object, where: str) -> tuple[int, Task]:
        task_id, change = super().read_change(item, where)
        return task_id, {"name": change["name"]} if "name" in change else change


# Answered and stored


@fault("old-values-answered", violates="answered-values", on=UPDATE)
class OldValuesAnswered(Zuora):
    """The answer shows the tasks as they were before the update."""

    def update_task(self, db: sqlite3.Connection, task_id: int, change: Task) -> Task:
        before = self.find_task(db, task_id)
        updated = super().update_task(db, task_id, change)
        return before or updated


@fault("task-at-work-not-changed", violates="answered-values", on=UPDATE)
class TaskAtWorkNotChanged(Zuora):
    """An update of a task that waits in the queue or works is answered with 200, and changes nothing."""

    def update_task(self, db: sqlite3.Connection, task_id: int, change: Task) -> Task:
        is_busy = (self.find_task(db, task_id) or {}).get("status") in ("Queued", "Processing")
        return super().update_task(db, task_id, {} if is_busy else change)


@fault("nothing-stored", violates="kept-values", on=UPDATE)
class NothingStored(Zuora):
    """The new values are answered and forgotten."""

    def update_task(self, db: sqlite3.Connection, task_id: int, change: Task) -> Task:
        before = self.find_task(db, task_id)
        updated = super().update_task(db, task_id, change)
        self.save_task(db, before or updated)
        return updated


@fault("action-type-not-stored", violates="action-type", on=UPDATE)
class ActionTypeNotStored(_NotStored):
    """A new type is answered and forgotten."""

    field: ClassVar[str] = "action_type"


@fault("empty-values-ignored", violates="answered-values", on=UPDATE)
class EmptyValuesIgnored(Zuora):
    """An empty text or list is taken for a field that was left out."""

    def read_change(self, item: object, where: str) -> tuple[int, Task]:
        task_id, change = super().read_change(item, where)
        return task_id, {name: value for name, value in change.items() if value not in ("", [])}


@fault("tags-split-at-commas", violates="exact-values", on=UPDATE)
class TagsSplitAtCommas(_Altered):
    """The tags are kept as one text with commas, and a tag with a comma becomes two."""

    def stored_tags(self, tags: list[str]) -> list[str]:
        return [each for tag in tags for each in tag.split(",")]


@fault("error-stored-as-stopped", violates="every-status", on=UPDATE)
class ErrorStoredAsStopped(_Altered):
    """The status Error becomes Stopped."""

    def stored(self, name: str, value: Any) -> Any:  # noqa: ANN401 - JSON in, JSON out
        return "Stopped" if name == "status" and value == "Error" else value


@fault("only-the-first-tag", violates="answered-values", on=UPDATE)
class OnlyTheFirstTag(_Altered):
    """Only the first of several tags is kept."""

    def stored_tags(self, tags: list[str]) -> list[str]:
        return tags[:1]


@fault("texts-cut-at-255", violates="answered-values", on=UPDATE)
class TextsCutAt255(_Altered):
    """Texts are cut after 255 characters."""

    def stored_text(self, text: str) -> str:
        return text[:255]


@fault("object-id-of-digits-as-number", violates="answered-values", on=UPDATE)
class ObjectIdOfDigitsAsNumber(Zuora):
    """An object id of nothing but digits is answered as a number."""

    def task_view(self, task: Task) -> Task:
        object_id = task["object_id"] or ""
        return {**task, "object_id": int(object_id)} if object_id.isdecimal() else task


@fault("word-null-for-none", violates="answered-values", on=UPDATE)
class WordNullForNone(_Altered):
    """The text null becomes an empty one."""

    def stored_text(self, text: str) -> str:
        return "" if text == "null" else text


@fault("texts-cut-at-a-null", violates="exact-values", on=UPDATE)
class TextsCutAtANull(_Altered):
    """A text ends where a null character stands in it."""

    def stored_text(self, text: str) -> str:
        return text.partition("\0")[0]


@fault("texts-trimmed", violates="exact-values", on=UPDATE)
class TextsTrimmed(_Altered):
    """White space at the ends of texts is lost."""

    def stored_text(self, text: str) -> str:
        return text.strip()


@fault("texts-in-ascii-only", violates="unicode-text", on=UPDATE)
class TextsInAsciiOnly(_Altered):
    """Characters beyond US-ASCII become question marks."""

    def stored_text(self, text: str) -> str:
        return text.encode("ascii", "replace").decode()


@fault("tags-escaped", violates="unicode-text", on=UPDATE)
class TagsEscaped(_Altered):
    """Characters that mean something in HTML become references in tags."""

    def stored_tags(self, tags: list[str]) -> list[str]:
        return [html.escape(tag) for tag in tags]


@fault("surrogate-pairs-lost", violates="unicode-text", on=UPDATE)
class SurrogatePairsLost(Zuora):
    """A character that a body writes as two escapes becomes two question marks."""

    def read_changes(self, content: bytes) -> list[tuple[int, Task]]:
        return super().read_changes(re.sub(rb"(?i)\\u(d[89a-f][0-9a-f]{2})", b"?", content))


@fault("texts-normalised", violates="exact-values", on=UPDATE)
class TextsNormalised(_Altered):
    """A letter and an accent that follows it become one character."""

    def stored_text(self, text: str) -> str:
        return unicodedata.normalize("NFC", text)


@fault("left-out-fields-cleared", violates="left-out-fields", on=UPDATE)
class LeftOutFieldsCleared(Zuora):
    """An item replaces its task: what it leaves out is set back."""

    def update_task(self, db: sqlite3.Connection, task_id: int, change: Task) -> Task:
        return super().update_task(db, task_id, {**_DEFAULTS, **change})
