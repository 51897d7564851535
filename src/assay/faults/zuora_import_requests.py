"""Faults of Zuora: what an import may send, and what of it is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from assay.faults import fault
from assay.reference.messages import Asked, Refused, Reply, read_json, to_json
from assay.reference.zuora import IMPORT, Zuora
from assay.reference.zuora_fields import IMPORTED_TASK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assay.reference.zuora_imports import Workflow

Import = tuple["Workflow", list["Workflow"], list["Workflow"]]

# Legal exports that are refused


@fault("empty-object-refused", violates="every-field", on=IMPORT)
class EmptyObjectRefused(Zuora):
    """An export is refused where the object of a task is an empty text."""

    def read_import(self, content: bytes) -> Import:
        workflow, tasks, linkages = super().read_import(content)
        _refuse(any(task.get("object") == "" for task in tasks))
        return workflow, tasks, linkages


@fault("instance-task-refused", violates="instance-task", on=IMPORT)
class InstanceTaskRefused(Zuora):
    """An export with a task that belongs to an instance is refused."""

    def read_import(self, content: bytes) -> Import:
        workflow, tasks, linkages = super().read_import(content)
        _refuse(any(task.get("instance") for task in tasks))
        return workflow, tasks, linkages


@fault("stopped-task-refused", violates="instance-task", on=IMPORT)
class StoppedTaskRefused(Zuora):
    """An export with a task of the status Stopped is refused."""

    def read_import(self, content: bytes) -> Import:
        workflow, tasks, linkages = super().read_import(content)
        _refuse(any(task.get("status") == "Stopped" for task in tasks))
        return workflow, tasks, linkages


@fault("linkage-types-as-booleans", violates="linkage-types", on=IMPORT)
class LinkageTypesAsBooleans(Zuora):
    """The linkage types True and False are refused, as if they were no text."""

    def read_import(self, content: bytes) -> Import:
        workflow, tasks, linkages = super().read_import(content)
        _refuse(any(linkage.get("linkage_type") in ("True", "False") for linkage in linkages))
        return workflow, tasks, linkages


@fault("action-type-of-three-parts", violates="action-types", on=IMPORT)
class ActionTypeOfThreeParts(Zuora):
    """An action type of three parts is refused."""

    def read_import(self, content: bytes) -> Import:
        workflow, tasks, linkages = super().read_import(content)
        _refuse(any((task.get("action_type") or "").count("::") > 1 for task in tasks))
        return workflow, tasks, linkages


@fault("task-needs-a-parent", violates="parents", on=IMPORT)
class TaskNeedsAParent(Zuora):
    """A task whose parent is null is refused."""

    def read_import(self, content: bytes) -> Import:
        workflow, tasks, linkages = super().read_import(content)
        _refuse(any("task_id" in task and task["task_id"] is None for task in tasks))
        return workflow, tasks, linkages


# Query and headers


@fault("activate-refused", violates="activate", on=IMPORT)
class ActivateRefused(Zuora):
    """An import that asks for an active version is refused."""

    def read_boolean(self, text: str) -> bool:
        _refuse(super().read_boolean(text))
        return False


@fault("capital-letter-fails", violates="activate-spelling", on=IMPORT)
class CapitalLetterFails(Zuora):
    """The parameter activate is answered with 500 where its value begins with a capital letter."""

    def read_boolean(self, text: str) -> bool:
        if text != text.lower():
            raise Refused(500, "internal", "An unexpected error occurred.")
        return super().read_boolean(text)


@fault("charset-refused", violates="charset-parameter", on=IMPORT)
class CharsetRefused(Zuora):
    """A content type with a charset parameter is refused."""

    def check_content_type(self, asked: Asked) -> None:
        if ";" in (asked.header("content-type") or ""):
            raise Refused(415, "bad-type", "The content type of the request is not application/json.")


# What is to be refused


@fault("malformed-body-as-empty", violates="body-not-json", on=IMPORT)
class MalformedBodyAsEmpty(Zuora):
    """A body that is no JSON is taken for an empty object."""

    def read_import(self, content: bytes) -> Import:
        try:
            return super().read_import(content)
        except Refused as refused:
            if refused.kind != "bad-json":
                raise
            return {}, [], []


@fault("form-taken", violates="body-not-json", on=IMPORT)
class FormTaken(Zuora):
    """A form whose fields hold JSON is taken for an object of them."""

    def read_import(self, content: bytes) -> Import:
        fields = parse_qsl(content.decode("latin-1"))
        if not content.startswith(b"{") and fields:
            content = to_json({name: read_json(value.encode("latin-1")) for name, value in fields})
        return super().read_import(content)


@fault("missing-body-as-empty", violates="missing-body", on=IMPORT)
class MissingBodyAsEmpty(Zuora):
    """A request without a body is taken for an empty object."""

    def read_import(self, content: bytes) -> Import:
        return super().read_import(content or b"{}")


@fault("array-taken", violates="body-not-an-object", on=IMPORT)
class ArrayTaken(Zuora):
    """Of a body that is an array the first item is imported."""

    def read_import(self, content: bytes) -> Import:
        body = read_json(content)
        return super().read_import(to_json(body[0]) if isinstance(body, list) and body else content)


@fault("any-list-taken", violates="field-types", on=IMPORT)
class AnyListTaken(Zuora):
    """Tasks and linkages that are no arrays are ignored."""

    def read_list(self, body: Mapping[str, Any], name: str) -> list[Workflow]:
        return super().read_list(body, name) if isinstance(body.get(name), list) else []


# Server errors


@fault("malformed-body-fails", violates="no-server-error", on=IMPORT)
class MalformedBodyFails(Zuora):
    """A body that is no JSON is answered with 500."""

    def refusal(self, refused: Refused) -> Reply:
        return super().refusal(_failure if refused.kind == "bad-json" else refused)


@fault("rare-field-fails", violates="no-server-error", on=IMPORT, generated=True)
class RareFieldFails(Zuora):
    """A wrong type in a task is answered with 500, unless it is in the id, name, type, status, tags or parameters."""

    def refusal(self, refused: Refused) -> Reply:
        field = refused.message.partition("].")[2].partition(" ")[0]
        return super().refusal(_failure if field in _RARE_FIELDS else refused)


_RARE_FIELDS = IMPORTED_TASK.keys() - {"id", "name", "action_type", "status", "tags", "parameters"}

_failure = Refused(500, "internal", "An unexpected error occurred.")


def _refuse(unwanted: bool) -> None:  # noqa: FBT001 - it is a condition
    if unwanted:
        raise Refused(400, "bad-value", "The import is not possible.")
