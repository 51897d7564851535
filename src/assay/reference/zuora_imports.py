"""Zuora's workflow definitions: importing a new one, or a new version of one."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import parse_qsl

from assay.reference.messages import Asked, Refused, Reply, read_json, to_json
from assay.reference.vendor import Vendor
from assay.reference.zuora_fields import (
    IMPORTED_LINKAGE,
    IMPORTED_TASK,
    IMPORTED_WORKFLOW,
    LARGEST_INTEGER,
    read_members,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

Workflow = dict[str, Any]

FIRST_VERSION = "0.0.1"
UNNAMED = "Untitled workflow"

_PARAMETERS = ("workflow_definition_id", "version", "activate")
_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,40}")
_VERSION = re.compile(r"[0-9]{1,18}(\.[0-9]{1,18}){0,9}")
_BOOLEANS = {
    **dict.fromkeys(("true", "t", "1", "yes", "y", "on"), True),
    **dict.fromkeys(("false", "f", "0", "no", "n", "off"), False),
}


class ZuoraImports(Vendor):
    """Workflow definitions and their versions.

    A definition has the id of its first version, because that is the only id that an answer to an import shows.
    """

    imports_schema: ClassVar[str] = """
    CREATE TABLE IF NOT EXISTS versions (
        id INTEGER PRIMARY KEY AUTOINCREMENT, definition INTEGER, version TEXT NOT NULL, active INTEGER NOT NULL,
        workflow TEXT NOT NULL, tasks TEXT NOT NULL, linkages TEXT NOT NULL
    );
    CREATE INDEX IF NOT EXISTS versions_by_definition ON versions (definition);
    INSERT INTO sqlite_sequence SELECT 'versions', 1000 WHERE NOT EXISTS
        (SELECT 1 FROM sqlite_sequence WHERE name = 'versions')
    """

    def import_workflow(self, db: sqlite3.Connection, asked: Asked, content: bytes) -> Reply:
        """Import a new definition, or a new version of the one that the query names."""
        query = self.read_query(asked)
        activate = self.read_boolean(query["activate"]) if "activate" in query else False
        requested = self.read_version(query["version"]) if "version" in query else None
        workflow, tasks, linkages = self.read_import(content)
        if "workflow_definition_id" in query:
            definition = self.find_definition(db, query["workflow_definition_id"])
            version = self.next_version(self.versions_of(db, definition), requested, workflow.get("version"))
        else:
            definition = None
            version = requested or self.first_version(workflow.get("version"))
        made = self.imported(workflow, version)
        return Reply.of_json(200, self.add_version(db, definition, made, tasks, linkages, active=activate))

    # What was sent

    def read_query(self, asked: Asked) -> Mapping[str, str]:
        """Return the known query parameters."""
        pairs = parse_qsl(asked.query.decode("latin-1"), keep_blank_values=True)
        known = [(name, value) for name, value in pairs if name in _PARAMETERS]
        if len(dict(known)) < len(known):
            raise Refused(400, "bad-query", "A query parameter is given twice.")
        return dict(known)

    def read_boolean(self, text: str) -> bool:
        """Return what a boolean in any common spelling says."""
        value = _BOOLEANS.get(text.lower())
        if value is None:
            raise Refused(400, "bad-query", "The parameter activate is not a boolean.")
        return value

    def read_version(self, text: str) -> str:
        """Return a version number, which is numbers with dots between them."""
        if not _VERSION.fullmatch(text):
            raise Refused(400, "bad-query", "The parameter version is not a version number such as 1.2.3.")
        return text

    def read_import(self, content: bytes) -> tuple[Workflow, list[Workflow], list[Workflow]]:
        """Return the workflow, tasks and linkages of the body; none of them is required."""
        body = read_json(content)
        if not isinstance(body, dict):
            raise Refused(400, "bad-value", "The body is not an object.")
        workflow = read_members(_or(body.get("workflow"), default={}), IMPORTED_WORKFLOW, "workflow")
        tasks = self.read_list(body, "tasks")
        for index, task in enumerate(tasks):
            read_members(task, IMPORTED_TASK, f"tasks[{index}]")
        linkages = self.read_list(body, "linkages")
        for index, linkage in enumerate(linkages):
            read_members(linkage, IMPORTED_LINKAGE, f"linkages[{index}]")
        return workflow, tasks, linkages

    def read_list(self, body: Mapping[str, Any], name: str) -> list[Workflow]:
        """Return an array of the body."""
        items = _or(body.get(name), default=[])
        if not isinstance(items, list):
            raise Refused(400, "bad-value", f"{name} is not an array.")
        return items

    # Versions

    def first_version(self, exported: str | None) -> str:
        """Return the version of a new definition where none is requested."""
        return exported if exported and _VERSION.fullmatch(exported) else FIRST_VERSION

    def next_version(self, existing: list[str], requested: str | None, exported: str | None) -> str:
        """Return the version of a new import into a definition, which is greater than every existing one."""
        if requested is not None:
            if not all(self.is_greater(requested, each) for each in existing):
                raise Refused(400, "old-version", "The version is not greater than every existing one.")
            return requested
        if exported and _VERSION.fullmatch(exported) and all(self.is_greater(exported, each) for each in existing):
            return exported
        *leading, last = version_numbers(max(existing, key=version_numbers))
        return ".".join(map(str, (*leading, last + 1)))

    def is_greater(self, version: str, other: str) -> bool:
        """Compare versions number by number: 1.10.0 is greater than 1.9.0, and 1.9 is the same as 1.9.0."""
        pairs = zip_longest(version_numbers(version), version_numbers(other), fillvalue=0)
        return next((left > right for left, right in pairs if left != right), False)

    # The answer

    def imported(self, workflow: Workflow, version: str) -> Workflow:
        """Return the workflow as it is kept and shown, all but its id."""
        now = self.written(datetime.fromtimestamp(self.clock(), UTC))
        scheduled = bool(_or(workflow.get("scheduledTrigger"), default=False))
        return {
            "name": _or(workflow.get("name"), default=UNNAMED),
            "description": workflow.get("description"),
            "type": "Workflow::Setup",
            "version": version,
            "calloutTrigger": bool(_or(workflow.get("calloutTrigger"), default=False)),
            "ondemandTrigger": bool(_or(workflow.get("ondemandTrigger"), default=True)),
            "scheduledTrigger": scheduled,
            "interval": _or(workflow.get("interval"), default="0 0 * * *") if scheduled else None,
            "timezone": _or(workflow.get("timezone"), default="UTC") if scheduled else None,
            "createdAt": now,
            "updatedAt": now,
        }

    def written(self, moment: datetime) -> str:
        """Return a time as answers show it."""
        return moment.strftime("%Y-%m-%d %H:%M:%S")

    def workflow_view(self, workflow: Workflow) -> Workflow:
        """Return a workflow as answers show it."""
        return workflow

    # Records

    def find_definition(self, db: sqlite3.Connection, text: str) -> int:
        """Return the id of the definition that the query names."""
        if not _WHOLE_NUMBER.fullmatch(text):
            raise Refused(400, "bad-query", "The parameter workflow_definition_id is not an integer.")
        definition = int(text)
        known = "SELECT 1 FROM versions WHERE definition = ?"
        if not 0 < definition <= LARGEST_INTEGER or db.execute(known, (definition,)).fetchone() is None:
            raise Refused(404, "unknown-definition", "The workflow definition does not exist.")
        return definition

    def versions_of(self, db: sqlite3.Connection, definition: int) -> list[str]:
        """Return the versions of a definition."""
        return [row[0] for row in db.execute("SELECT version FROM versions WHERE definition = ?", (definition,))]

    def add_version(  # noqa: PLR0913 - the columns of a version
        self,
        db: sqlite3.Connection,
        definition: int | None,
        workflow: Workflow,
        tasks: list[Workflow],
        linkages: list[Workflow],
        *,
        active: bool,
    ) -> Workflow:
        """Keep a version, the first of a new definition where `definition` is `None`, and return its view."""
        insert = (
            "INSERT INTO versions (definition, version, active, workflow, tasks, linkages) VALUES (?, ?, ?, ?, ?, ?)"
        )
        documents = (to_json(part).decode() for part in (workflow, tasks, linkages))
        made = db.execute(insert, (definition, workflow["version"], active, *documents)).lastrowid
        if definition is None:
            db.execute("UPDATE versions SET definition = id WHERE id = ?", (made,))
        if active:
            siblings = "UPDATE versions SET active = 0 WHERE definition = ? AND id <> ?"
            db.execute(siblings, (definition or made, made))
        return self.workflow_view({"id": made, **workflow})

    def new_definition(self, version: str) -> int:
        """Return the id of a new definition with one version."""
        with self.store.transaction() as db:
            made = self.imported({"name": "Notify the warehouse"}, version)
            return int(self.add_version(db, None, made, [], [], active=True)["id"])


def version_numbers(version: str) -> tuple[int, ...]:
    """Return the numbers of a dotted version."""
    return tuple(map(int, version.split(".")))


def _or(value: Any, *, default: Any) -> Any:  # noqa: ANN401 - JSON in, JSON out
    return default if value is None else value
