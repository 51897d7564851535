"""Faults of Zuora: what the answer to an import is, apart from its texts and its version."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from assay.faults import fault
from assay.reference.messages import Asked, Refused, Reply
from assay.reference.zuora import IMPORT, Zuora

if TYPE_CHECKING:
    import sqlite3

    from assay.reference.zuora_imports import Workflow


# Status and media type


@fault("no-content", violates="success", on=IMPORT)
class NoContent(Zuora):
    """An import is answered with 204 and without the workflow."""

    def import_workflow(self, db: sqlite3.Connection, asked: Asked, content: bytes) -> Reply:
        super().import_workflow(db, asked, content)
        return Reply(204)


@fault("activated-with-201", violates="success", on=IMPORT)
class ActivatedWith201(Zuora):
    """An import that asks for an active version is answered with 201."""

    def import_workflow(self, db: sqlite3.Connection, asked: Asked, content: bytes) -> Reply:
        reply = super().import_workflow(db, asked, content)
        active = self.read_boolean(self.read_query(asked).get("activate", "false"))
        return replace(reply, status=201) if active else reply


@fault("activate-required", violates="success", on=IMPORT)
class ActivateRequired(Zuora):
    """An import that does not say whether to activate the version is refused."""

    def read_query(self, asked: Asked) -> dict[str, str]:
        query = dict(super().read_query(asked))
        if "activate" not in query:
            raise Refused(400, "bad-query", "The parameter activate is missing.")
        return query


@fault("html-type", violates="success-content-type", on=IMPORT)
class HtmlType(Zuora):
    """The answer is announced as text/html."""

    def import_workflow(self, db: sqlite3.Connection, asked: Asked, content: bytes) -> Reply:
        return replace(super().import_workflow(db, asked, content), headers=(("content-type", "text/html"),))


@fault("no-type", violates="success-content-type", on=IMPORT)
class NoType(Zuora):
    """The import of a new version of a definition is answered without a content type."""

    def import_workflow(self, db: sqlite3.Connection, asked: Asked, content: bytes) -> Reply:
        reply = super().import_workflow(db, asked, content)
        return replace(reply, headers=()) if "workflow_definition_id" in self.read_query(asked) else reply


# The shape of the body


@fault("answer-in-an-object", violates="success-body", on=IMPORT)
class AnswerInAnObject(Zuora):
    """The workflow is wrapped in an object with the one member workflow."""

    def workflow_view(self, workflow: Workflow) -> Workflow:
        return {"workflow": workflow}


@fault("id-as-text", violates="success-body", on=IMPORT)
class IdAsText(Zuora):
    """The id of the workflow is a string."""

    def workflow_view(self, workflow: Workflow) -> Workflow:
        return {**workflow, "id": str(workflow["id"])}


@fault("null-triggers", violates="success-body", on=IMPORT)
class NullTriggers(Zuora):
    """A trigger that was not sent is null."""

    def imported(self, workflow: Workflow, version: str) -> Workflow:
        made = super().imported(workflow, version)
        return {**made, **{name: None for name in _TRIGGERS if workflow.get(name) is None}}


@fault("instance-without-its-prefix", violates="success-body", on=IMPORT, generated=True)
class InstanceWithoutItsPrefix(Zuora):
    """A workflow that was sent as one of the type Workflow::Instance has the type Instance."""

    def imported(self, workflow: Workflow, version: str) -> Workflow:
        made = super().imported(workflow, version)
        return {**made, "type": "Instance"} if workflow.get("type") == "Workflow::Instance" else made


# The id


@fault("id-missing", violates="usable-workflow", on=IMPORT)
class IdMissing(Zuora):
    """The answer has no id."""

    def workflow_view(self, workflow: Workflow) -> Workflow:
        return {name: value for name, value in workflow.items() if name != "id"}


@fault("id-zero", violates="usable-workflow", on=IMPORT)
class IdZero(Zuora):
    """The id in the answer is that of an object not saved yet, 0."""

    def workflow_view(self, workflow: Workflow) -> Workflow:
        return {**workflow, "id": 0}


@fault("id-by-the-second", violates="distinct-ids", on=IMPORT)
class IdByTheSecond(Zuora):
    """The id is the second of the import, and the same for what is imported within it."""

    def workflow_view(self, workflow: Workflow) -> Workflow:
        return {**workflow, "id": int(self.clock())}


@fault("id-of-an-overlapping-import", violates="distinct-ids", on=IMPORT)
class IdOfAnOverlappingImport(Zuora):
    """Imports that overlap get the same id."""

    at_work = 0
    shared: int | None = None

    async def work(self, asked: Asked) -> None:
        self.at_work += 1
        await asyncio.sleep(0.01 if asked.body else 0)
        self.at_work -= 1
        self.shared = self.shared if self.at_work else None

    def workflow_view(self, workflow: Workflow) -> Workflow:
        shown = {**workflow, "id": self.shared or workflow["id"]}
        self.shared = shown["id"] if self.at_work else None
        return shown


@fault("answer-of-the-import-before", violates="name", on=IMPORT)
class AnswerOfTheImportBefore(Zuora):
    """An import is answered with the workflow of the one before it."""

    last: Workflow | None = None

    def workflow_view(self, workflow: Workflow) -> Workflow:
        shown, self.last = self.last or workflow, workflow
        return shown


# Times


@fault("times-since-the-epoch", violates="time-format", on=IMPORT)
class TimesSinceTheEpoch(Zuora):
    """The times are milliseconds since 1970."""

    def workflow_view(self, workflow: Workflow) -> Workflow:
        now = int(self.clock() * 1000)
        return {**workflow, "createdAt": now, "updatedAt": now}


@fault("created-at-the-epoch", violates="time-of-import", on=IMPORT)
class CreatedAtTheEpoch(Zuora):
    """Every workflow was created and updated at the beginning of 1970."""

    def written(self, moment: datetime) -> str:
        return super().written(datetime.fromtimestamp(0, moment.tzinfo))


@fault("updated-before-created", violates="time-order", on=IMPORT)
class UpdatedBeforeCreated(Zuora):
    """The last update of a workflow is the beginning of 1970."""

    def workflow_view(self, workflow: Workflow) -> Workflow:
        return {**workflow, "updatedAt": "1970-01-01 00:00:00"}


_TRIGGERS: tuple[str, ...] = ("calloutTrigger", "ondemandTrigger", "scheduledTrigger")
