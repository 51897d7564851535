"""Freedoms of Zuora's imports: which exports are taken, and how the answer shows the workflow."""

from __future__ import annotations

import re
from datetime import timedelta, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from assay.reference.messages import Asked, Refused, read_json, to_json
from assay.reference.zuora import Zuora
from assay.reference.zuora_fields import IMPORTED_LINKAGE, IMPORTED_TASK, IMPORTED_WORKFLOW
from assay.variants import variant

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping
    from datetime import datetime

Workflow = dict[str, Any]
Export = tuple[Workflow, list[Workflow], list[Workflow]]

LONGEST_NAME = 255
LONGEST_NUMBER = 4

_PARAMETERS = {"workflow_definition_id", "version", "activate"}
_SOURCES: dict[str, tuple[str, ...]] = {
    "Start": (),
    **dict.fromkeys(("True", "False"), ("If",)),
    **dict.fromkeys(("Approve", "Reject"), ("Approval",)),
    "Iterate": ("Iterate",),
}
"""Which tasks a linkage may come from, by its type."""

_AHEAD = timezone(timedelta(hours=9))

_THREE_PARTS = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")


# How the answer shows the workflow


@variant("zuora/workflow-times-iso", excludes=("zuora/workflow-times-with-offset",))
class WorkflowTimesIso(Zuora):
    """Times of a workflow are ISO 8601 with T and Z, as in the vendor's example; the page has another format."""

    def written(self, moment: datetime) -> str:
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@variant(
    "zuora/workflow-times-in-another-zone", excludes=("zuora/workflow-times-iso", "zuora/workflow-times-with-offset")
)
class WorkflowTimesInAnotherZone(Zuora):
    """Times of a workflow are those of a place nine hours ahead; the page has their format and names no zone."""

    def written(self, moment: datetime) -> str:
        return super().written(moment.astimezone(_AHEAD))


@variant("zuora/workflow-times-with-offset")
class WorkflowTimesWithOffset(Zuora):
    """Times of a workflow are ISO 8601 with milliseconds and an offset; the vendor's example has another form of it."""

    def written(self, moment: datetime) -> str:
        return moment.isoformat(timespec="milliseconds")


@variant("zuora/empty-descriptions", excludes=("zuora/lean-workflows",))
class EmptyDescriptions(Zuora):
    """A workflow without a description has an empty one; the page does not say what it has."""

    def workflow_view(self, workflow: Workflow) -> Workflow:
        view = super().workflow_view(workflow)
        return {**view, "description": view["description"] or ""}


@variant("zuora/workflow-fields-left-out", excludes=("zuora/empty-descriptions", "zuora/lean-workflows"))
class WorkflowFieldsLeftOut(Zuora):
    """A field of a workflow without a value is left out instead of null, but for what the page calls null."""

    def workflow_view(self, workflow: Workflow) -> Workflow:
        view = super().workflow_view(workflow)
        kept = ("interval", "timezone")
        return {name: value for name, value in view.items() if value is not None or name in kept}


@variant("zuora/lean-workflows", excludes=("zuora/workflow-times-iso", "zuora/workflow-times-with-offset"))
class LeanWorkflows(Zuora):
    """A workflow shows what was sent of it and its id, and neither times nor type; no field is required."""

    def workflow_view(self, workflow: Workflow) -> Workflow:
        view = super().workflow_view(workflow)
        off = () if view["scheduledTrigger"] else ("interval", "timezone")
        return {name: value for name, value in view.items() if name not in ("createdAt", "updatedAt", "type", *off)}


@variant("zuora/instances", excludes=("zuora/lean-workflows", "zuora/setup-alone"))
class Instances(Zuora):
    """The imported workflow is a Workflow::Instance; the page lists that type, and calls the other the only one."""

    def workflow_view(self, workflow: Workflow) -> Workflow:
        return {**super().workflow_view(workflow), "type": "Workflow::Instance"}


@variant("zuora/definition-ids")
class DefinitionIds(Zuora):
    """A new version has the id of its definition, not one of its own; the page calls it the id of the workflow."""

    def add_version(self, db: sqlite3.Connection, definition: int | None, *given: Any, **named: Any) -> Workflow:  # noqa: ANN401 - passed on
        made = super().add_version(db, definition, *given, **named)
        return made if definition is None else {**made, "id": definition}


# Which exports are taken


class _Read(Zuora):
    """Looks at an export after the reference server does."""

    def read_import(self, content: bytes) -> Export:
        export = super().read_import(content)
        self.look_at(export, read_json(content))
        return export

    def look_at(self, export: Export, body: Workflow) -> None:
        """Refuse an export that the reference server takes."""


@variant("zuora/finish-refused")
class FinishRefused(_Read):
    """The linkage type Finish is refused: the page's list does not have it, although its example does."""

    def look_at(self, export: Export, body: Workflow) -> None:
        super().look_at(export, body)
        if any(linkage.get("linkage_type") == "Finish" for linkage in export[2]):
            raise Refused(400, "bad-value", "There is no linkage type Finish.")


@variant("zuora/for-each-refused")
class ForEachRefused(_Read):
    """The linkage type For Each is refused: the page does not have it, although the vendor's client does."""

    def look_at(self, export: Export, body: Workflow) -> None:
        super().look_at(export, body)
        if any(linkage.get("linkage_type") == "For Each" for linkage in export[2]):
            raise Refused(400, "bad-value", "There is no linkage type For Each.")


@variant("zuora/setup-alone")
class SetupAlone(_Read):
    """A workflow of the type Workflow::Instance is refused; the page calls the other the only valid one at present."""

    def look_at(self, export: Export, body: Workflow) -> None:
        super().look_at(export, body)
        if export[0].get("type") == "Workflow::Instance":
            raise Refused(400, "bad-value", "Only Workflow::Setup can be imported.")


@variant("zuora/unknown-parts-refused")
class UnknownPartsRefused(_Read):
    """An export with a field that is not on the page is refused; the page does not say that it is ignored."""

    def look_at(self, export: Export, body: Workflow) -> None:
        super().look_at(export, body)
        known = {"workflow", "tasks", "linkages"}
        levels = [(body, known), (body.get("workflow") or {}, IMPORTED_WORKFLOW.keys())]
        levels += [(task, IMPORTED_TASK.keys()) for task in export[1]]
        levels += [(linkage, IMPORTED_LINKAGE.keys()) for linkage in export[2]]
        if not all(part.keys() <= names for part, names in levels):
            raise Refused(400, "unknown-field", "The export has a field that nobody knows.")


@variant("zuora/linkages-checked")
class LinkagesChecked(_Read):
    """A linkage or parent that the export does not have is refused; the page does not say that it is taken."""

    def look_at(self, export: Export, body: Workflow) -> None:
        super().look_at(export, body)
        workflow, tasks, linkages = export
        known = {task.get("id") for task in tasks} | {None}
        ends = [linkage.get(name) for linkage in linkages for name in ("source_task_id", "target_task_id")]
        workflows = {linkage.get("source_workflow_id") for linkage in linkages} - {None, workflow.get("id")}
        if workflows or not known.issuperset([*ends, *(task.get("task_id") for task in tasks)]):
            raise Refused(400, "bad-linkage", "A linkage or parent is not in the export.")


@variant("zuora/linkages-fit-their-tasks")
class LinkagesFitTheirTasks(_Read):
    """A linkage of a type that its source task cannot have is refused; the page does not say which task has which."""

    def look_at(self, export: Export, body: Workflow) -> None:
        super().look_at(export, body)
        types = {task.get("id"): task.get("action_type") for task in export[1]}
        for linkage in export[2]:
            kind, source = linkage.get("linkage_type"), linkage.get("source_task_id")
            if source is not None and types.get(source) not in _SOURCES.get(str(kind), types.values()):
                raise Refused(400, "bad-linkage", f"A linkage of the type {kind} does not fit its task.")


@variant("zuora/task-ids-unique")
class TaskIdsUnique(_Read):
    """An export with two tasks of one id is refused; the page calls the id unique."""

    def look_at(self, export: Export, body: Workflow) -> None:
        super().look_at(export, body)
        ids = [task["id"] for task in export[1] if task.get("id") is not None]
        if len(set(ids)) < len(ids):
            raise Refused(400, "id-twice", "Two tasks of the export have the same id.")


@variant("zuora/names-demanded", excludes=("zuora/contents-unread",))
class NamesDemanded(_Read):
    """An export is refused where the workflow or a task has no name; the page does not say that it is taken."""

    def look_at(self, export: Export, body: Workflow) -> None:
        super().look_at(export, body)
        if not all(part.get("name") for part in (export[0], *export[1])):
            raise Refused(400, "no-name", "The workflow or a task has no name.")


@variant("zuora/tasks-demanded")
class TasksDemanded(_Read):
    """An export without a task is refused; the page does not say that one which does nothing is taken."""

    def look_at(self, export: Export, body: Workflow) -> None:
        super().look_at(export, body)
        if not export[1]:
            raise Refused(400, "no-task", "The workflow has no task.")


@variant("zuora/workflow-names-of-255")
class WorkflowNamesOf255(_Read):
    """A workflow's name of more than 255 characters is refused; the page names no limit, and nobody's is unlimited."""

    def look_at(self, export: Export, body: Workflow) -> None:
        super().look_at(export, body)
        if len(export[0].get("name") or "") > LONGEST_NAME:
            raise Refused(400, "bad-value", "The name of the workflow is too long.")


@variant("zuora/schedules-whole")
class SchedulesWhole(_Read):
    """A schedule is refused unless it has all of its parts or is off and has none; the page does not say so."""

    def look_at(self, export: Export, body: Workflow) -> None:
        super().look_at(export, body)
        parts = [export[0].get(name) is not None for name in ("interval", "timezone")]
        if set(parts) - {bool(export[0].get("scheduledTrigger"))}:
            raise Refused(400, "bad-schedule", "The schedule lacks a part, or is off and has one.")


@variant("zuora/triggers-demanded")
class TriggersDemanded(_Read):
    """A workflow that nothing can start is refused; the page does not say that it is taken."""

    def look_at(self, export: Export, body: Workflow) -> None:
        super().look_at(export, body)
        names = ("calloutTrigger", "ondemandTrigger", "scheduledTrigger")
        if all(export[0].get(name) is False for name in names):
            raise Refused(400, "no-trigger", "Nothing can start the workflow.")


@variant("zuora/contents-unread", excludes=("zuora/finish-refused", "zuora/for-each-refused"))
class ContentsUnread(Zuora):
    """Tasks and linkages are kept as they come, whatever they hold; the page does not say that they are looked at."""

    def read_import(self, content: bytes) -> Export:
        body = read_json(content)
        if not isinstance(body, dict):
            return super().read_import(content)
        tasks, linkages = self.read_list(body, "tasks"), self.read_list(body, "linkages")
        unread = {name: value for name, value in body.items() if name not in ("tasks", "linkages")}
        workflow, _, _ = super().read_import(to_json(unread))
        return workflow, tasks, linkages


# The query


@variant("zuora/unknown-parameters-refused")
class UnknownParametersRefused(Zuora):
    """A query parameter that is not on the page is refused; the page does not say that it is ignored."""

    def read_query(self, asked: Asked) -> Mapping[str, str]:
        names = {name for name, _ in parse_qsl(asked.query.decode("latin-1"), keep_blank_values=True)}
        if not names <= _PARAMETERS:
            raise Refused(400, "bad-query", "There is no such parameter.")
        return super().read_query(asked)


@variant("zuora/versions-demanded")
class VersionsDemanded(Zuora):
    """An import under a known definition without a version is refused; the page does not say what it gets."""

    def read_query(self, asked: Asked) -> Mapping[str, str]:
        query = super().read_query(asked)
        if "workflow_definition_id" in query and "version" not in query:
            raise Refused(400, "no-version", "There is no version.")
        return query


@variant("zuora/versions-of-three-parts")
class VersionsOfThreeParts(Zuora):
    """A version of fewer or more than three numbers is refused; the page does not say what one looks like."""

    def read_version(self, text: str) -> str:
        if not _THREE_PARTS.fullmatch(text):
            raise Refused(400, "bad-query", "A version has three numbers.")
        return super().read_version(text)


@variant("zuora/versions-of-four-digits")
class VersionsOfFourDigits(Zuora):
    """A version with a number of more than four digits is refused; the page does not say what one looks like."""

    def read_version(self, text: str) -> str:
        if max(map(len, text.split("."))) > LONGEST_NUMBER:
            raise Refused(400, "bad-query", "A number in the version is too large.")
        return super().read_version(text)


@variant("zuora/plain-booleans")
class PlainBooleans(Zuora):
    """A boolean in the query is true or false and no other word, in any letter case; the page has the type alone."""

    def read_boolean(self, text: str) -> bool:
        if text.lower() not in ("true", "false"):
            raise Refused(400, "bad-query", "The parameter activate is neither true nor false.")
        return super().read_boolean(text)
