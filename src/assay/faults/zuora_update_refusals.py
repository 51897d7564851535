"""Faults of Zuora: updates of tasks that are to be refused, and the bodies of refusals."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from assay.faults import fault
from assay.reference.messages import Asked, Refused, Reply, as_integer, read_json
from assay.reference.zuora import UPDATE, Zuora

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from assay.reference.zuora_tasks import Task

_UNKNOWN = frozenset({"unknown-task"})


class _Skipping(Zuora):
    """Some items of a batch are skipped."""

    def read_changes(self, content: bytes) -> list[tuple[int, Task]]:
        body = read_json(content)
        items = body.get("data") if isinstance(body, dict) else None
        if not isinstance(items, list) or not any(map(self.is_skipped, items)):
            return super().read_changes(content)
        kept = (item for item in items if not self.is_skipped(item))
        return [self.read_change(item, f"data[{index}]") for index, item in enumerate(kept)]

    def is_skipped(self, item: object) -> bool:
        """Say whether this item is skipped."""
        raise NotImplementedError


class _Crash(Zuora):
    """Some requests end in a server error."""

    def update_tasks(self, db: sqlite3.Connection, asked: Asked, content: bytes) -> Reply:
        if self.is_fatal(content):
            raise Refused(500, "internal", "An unexpected error occurred.")
        return super().update_tasks(db, asked, content)

    def is_fatal(self, content: bytes) -> bool:
        """Say whether this body ends in a server error."""
        body = read_json(content)
        items = body.get("data") if isinstance(body, dict) else None
        return isinstance(items, list) and any(map(self.is_fatal_item, items))

    def is_fatal_item(self, item: Any) -> bool:  # noqa: ANN401 - whatever was sent
        """Say whether this item ends in a server error."""
        raise NotImplementedError


class _Coercing(Zuora):
    """Some items are read otherwise than they were sent."""

    def read_change(self, item: object, where: str) -> tuple[int, Task]:
        return super().read_change(self.coerced(item) if isinstance(item, dict) else item, where)

    def coerced(self, item: Task) -> Task:
        """Return the item as it is read."""
        raise NotImplementedError


# Tasks that do not exist


@fault("unknown-task-ignored", violates="unknown-task", on=UPDATE)
class UnknownTaskIgnored(Zuora):
    """An update of a task that does not exist is answered with 200 and no task."""

    def read_changes(self, content: bytes) -> list[tuple[int, Task]]:
        changes = super().read_changes(content)
        with self.store.transaction() as db:
            known = [each for each in changes if self.find_task(db, each[0])]
        return known if len(changes) == 1 else changes


@fault("unknown-task-created", violates="unknown-task", on=UPDATE)
class UnknownTaskCreated(Zuora):
    """A task that does not exist is created."""

    def find_task(self, db: sqlite3.Connection, task_id: int) -> Task | None:
        template = db.execute("SELECT max(document) FROM tasks").fetchone()[0]
        if 0 < task_id < 1 << 53 and template:
            db.execute("INSERT OR IGNORE INTO tasks (id, document) VALUES (?, ?)", (task_id, template))
        return super().find_task(db, task_id)


class _KnownOnly(Zuora):
    """Of a batch some tasks may be unknown."""

    def read_changes(self, content: bytes) -> list[tuple[int, Task]]:
        changes = super().read_changes(content)
        with self.store.transaction() as db:
            known = [self.find_task(db, task_id) is not None for task_id, _ in changes]
        if self.is_tolerated(known):
            return [each for each, is_known in zip(changes, known, strict=True) if is_known]
        return changes

    def is_tolerated(self, known: list[bool]) -> bool:
        """Say whether the unknown tasks are ignored, told which ones are known."""
        raise NotImplementedError


@fault("unknown-ignored-among-known", violates="unknown-among-known", on=UPDATE)
class UnknownIgnoredAmongKnown(_KnownOnly):
    """A task that does not exist is ignored where others of the batch do."""

    def is_tolerated(self, known: list[bool]) -> bool:
        return any(known)


@fault("unknown-ignored-in-the-middle", violates="unknown-among-known", on=UPDATE)
class UnknownIgnoredInTheMiddle(_KnownOnly):
    """A task that does not exist is ignored between two that do."""

    def is_tolerated(self, known: list[bool]) -> bool:
        return known[0] and known[-1]


@fault("refused-batch-left-behind", violates="unknown-among-known", on=UPDATE)
class RefusedBatchLeftBehind(Zuora):
    """The known tasks of a batch that is refused for an unknown one stand in the next answer."""

    left: Sequence[Task] = ()

    def update_tasks(self, db: sqlite3.Connection, asked: Asked, content: bytes) -> Reply:  # noqa: ARG002 - as in the base
        updated: list[Task] = []
        try:
            updated += (self.update_task(db, task_id, change) for task_id, change in self.read_changes(content))
        except Refused:
            self.left = updated
            raise
        named = [task["id"] for task in updated]
        left, self.left = [task for task in self.left if task["id"] not in named], ()
        return Reply.of_json(200, self.page_view([*left, *updated]))


@fault("ids-of-32-bits", violates="unknown-task", on=UPDATE)
class IdsOf32Bits(_Coercing):
    """Of an id the last 32 bits are read."""

    def coerced(self, item: Task) -> Task:
        task_id = as_integer(item.get("id"))
        return item if task_id is None else {**item, "id": task_id % 2**32}


# Items


@fault("item-without-id-skipped-among-others", violates="item-without-id", on=UPDATE)
class ItemWithoutIdSkippedAmongOthers(_Skipping):
    """An item without an id is skipped where another one has one."""

    def read_changes(self, content: bytes) -> list[tuple[int, Task]]:
        changes = super().read_changes(content)
        if not changes:
            raise Refused(404, "no-id", "No item says which task it is.")
        return changes

    def is_skipped(self, item: object) -> bool:
        return isinstance(item, dict) and "id" not in item


@fault("item-that-is-no-object-skipped", violates="item-not-an-object", on=UPDATE)
class ItemThatIsNoObjectSkipped(_Skipping):
    """An item that is no object is skipped."""

    def is_skipped(self, item: object) -> bool:
        return not isinstance(item, dict)


@fault("item-that-is-no-object-500", violates="no-server-error", on=UPDATE)
class ItemThatIsNoObject500(_Crash):
    """An item that is no object ends in a server error."""

    def is_fatal_item(self, item: object) -> bool:
        return not isinstance(item, dict)


@fault("null-id-skipped", violates="invalid-id", on=UPDATE)
class NullIdSkipped(_Skipping):
    """An item whose id is null is skipped."""

    def is_skipped(self, item: object) -> bool:
        return isinstance(item, dict) and "id" in item and item["id"] is None


@fault("unknown-status-stored", violates="unknown-status", on=UPDATE)
class UnknownStatusIgnored(_Coercing):
    """A status outside of the enum is accepted and ignored."""

    def coerced(self, item: Task) -> Task:
        known = ("Queued", "Processing", "Pending", "Success", "Stopped", "Error")
        return {name: value for name, value in item.items() if name != "status" or value in known}


@fault("object-as-name-taken", violates="field-types", on=UPDATE)
class ObjectAsNameTaken(_Coercing):
    """An object or a list in place of a text is stored as the text of it."""

    def coerced(self, item: Task) -> Task:
        compound = {
            name: str(value) for name, value in item.items() if name != "tags" and isinstance(value, (dict, list))
        }
        return {**item, **compound}


# Server errors


@fault("missing-data-500", violates="data-missing", on=UPDATE)
class MissingData500(_Crash):
    """A body without data ends in a server error."""

    def is_fatal(self, content: bytes) -> bool:
        body = read_json(content)
        return isinstance(body, dict) and "data" not in body


@fault("large-id-500", violates="no-server-error", on=UPDATE)
class LargeId500(_Crash):
    """An id of more than 64 bits ends in a server error."""

    def is_fatal_item(self, item: Any) -> bool:  # noqa: ANN401 - whatever was sent
        task_id = as_integer(item.get("id")) if isinstance(item, dict) else None
        return task_id is not None and abs(task_id) >= 1 << 63


@fault("zero-byte-500", violates="no-server-error", on=UPDATE, generated=True)
class ZeroByte500(_Crash):
    """A text with a control character in it ends in a server error."""

    def is_fatal_item(self, item: Any) -> bool:  # noqa: ANN401 - whatever was sent
        texts = item.values() if isinstance(item, dict) else ()
        return any(isinstance(text, str) and re.search(r"[\x00-\x1f]", text) for text in texts)


# Refused and done all the same


@fault("refused-and-stored", violates="refused-unchanged", on=UPDATE)
class RefusedAndStored(Zuora):
    """An item with a wrong value is refused, and its other values are stored all the same."""

    def read_change(self, item: object, where: str) -> tuple[int, Task]:
        try:
            return super().read_change(item, where)
        except Refused:
            if isinstance(item, dict) and isinstance(item.get("name"), str):
                self._rename(as_integer(item.get("id")) or 0, item["name"])
            raise

    def _rename(self, task_id: int, name: str) -> None:
        # Behind the transaction's back, as its end undoes what was done inside of it.
        self.renamed = (task_id, name)

    def attempt(self, asked: Asked, content: bytes) -> Reply:
        self.renamed = (0, "")
        reply = super().attempt(asked, content)
        with self.store.transaction() as db:
            task = self.find_task(db, self.renamed[0])
            if task:
                self.save_task(db, {**task, "name": self.renamed[1]})
        return reply
