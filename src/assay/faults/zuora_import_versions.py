"""Faults of Zuora: definitions and versions of imported workflows."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from assay.faults import fault
from assay.reference.messages import Asked, Refused, Reply
from assay.reference.zuora import IMPORT, Zuora
from assay.reference.zuora_imports import version_numbers

if TYPE_CHECKING:
    import sqlite3

    from assay.reference.zuora_imports import Workflow


# How two versions compare


@fault("versions-as-text", violates="numeric-versions", on=IMPORT)
class VersionsAsText(Zuora):
    """Versions are compared as text, so that 1.10.0 is smaller than 1.9.0."""

    def is_greater(self, version: str, other: str) -> bool:
        return version > other


@fault("one-digit-versions", violates="numeric-versions", on=IMPORT)
class OneDigitVersions(Zuora):
    """A version with a part of two digits is refused."""

    def read_version(self, text: str) -> str:
        if not re.fullmatch(r"[0-9](\.[0-9])*", text):
            raise Refused(400, "bad-query", "The parameter version is not a version number.")
        return text


@fault("longer-version-is-greater", violates="smaller-version", on=IMPORT)
class LongerVersionIsGreater(Zuora):
    """Of two versions the longer text is the greater one, so that 1.8.10 is greater than 1.9.0."""

    def is_greater(self, version: str, other: str) -> bool:
        return (len(version), version) > (len(other), other)


@fault("version-parts-of-a-byte", violates="numeric-versions", on=IMPORT)
class VersionPartsOfAByte(Zuora):
    """Of each part of a version the last eight bits are compared."""

    def is_greater(self, version: str, other: str) -> bool:
        low, high = ([number % 256 for number in version_numbers(each)] for each in (other, version))
        return high > low


@fault("every-part-greater", violates="new-version", on=IMPORT)
class EveryPartGreater(Zuora):
    """A version is refused where one of its parts is smaller than that of an existing version."""

    def is_greater(self, version: str, other: str) -> bool:
        pairs = zip(version_numbers(version), version_numbers(other), strict=False)
        return super().is_greater(version, other) and all(left >= right for left, right in pairs)


# Which versions they are compared with


@fault("equal-version-taken", violates="equal-version", on=IMPORT)
class EqualVersionTaken(Zuora):
    """A version that the definition has is imported again."""

    def is_greater(self, version: str, other: str) -> bool:
        return version == other or super().is_greater(version, other)


@fault("older-version-taken-again", violates="equal-version", on=IMPORT)
class OlderVersionTakenAgain(Zuora):
    """A version that the definition has is imported again, unless it is the greatest."""

    def next_version(self, existing: list[str], requested: str | None, exported: str | None) -> str:
        if requested in existing and requested != max(existing, key=version_numbers):
            return requested
        return super().next_version(existing, requested, exported)


@fault("smaller-version-taken", violates="smaller-version", on=IMPORT)
class SmallerVersionTaken(Zuora):
    """Every version that the definition does not have is imported."""

    def is_greater(self, version: str, other: str) -> bool:
        return version != other


@fault("compared-with-the-first", violates="smaller-version", on=IMPORT)
class ComparedWithTheFirst(Zuora):
    """A version is compared with the first version of the definition alone."""

    def versions_of(self, db: sqlite3.Connection, definition: int) -> list[str]:
        return super().versions_of(db, definition)[:1]


@fault("compared-with-the-active", violates="equal-version", on=IMPORT)
class ComparedWithTheActive(Zuora):
    """A version is compared with the active version of the definition alone."""

    def versions_of(self, db: sqlite3.Connection, definition: int) -> list[str]:
        query = "SELECT version FROM versions WHERE definition = ? AND active"
        return [row[0] for row in db.execute(query, (definition,))]


@fault("compared-with-other-definitions", violates="new-version", on=IMPORT)
class ComparedWithOtherDefinitions(Zuora):
    """A version has to be greater than the versions of all definitions."""

    def versions_of(self, db: sqlite3.Connection, definition: int) -> list[str]:
        others = db.execute("SELECT version FROM versions WHERE definition <> ?", (definition,))
        return [*super().versions_of(db, definition), *(row[0] for row in others)]


@fault("version-taken-by-a-race", violates="equal-version", on=IMPORT)
class VersionTakenByARace(Zuora):
    """Imports of one version that overlap are all carried out."""

    latest = 0

    async def work(self, asked: Asked) -> None:
        with self.store.transaction() as db:
            latest = db.execute("SELECT max(id) FROM versions").fetchone()[0]
        await asyncio.sleep(0.02 if b"workflow_definition_id" in asked.query else 0)
        self.latest = latest

    def versions_of(self, db: sqlite3.Connection, definition: int) -> list[str]:
        query = "SELECT version FROM versions WHERE definition = ? AND id <= ?"
        return [row[0] for row in db.execute(query, (definition, self.latest))]


@fault("refused-version-kept", violates="refused-import", on=IMPORT)
class RefusedVersionKept(Zuora):
    """The version of an import that is refused for its body is taken from then on."""

    def attempt(self, asked: Asked, content: bytes) -> Reply:
        reply = super().attempt(asked, content)
        query = self.read_query(asked)
        if reply.status == _BAD_REQUEST and {"workflow_definition_id", "version"} <= query.keys():
            made = self.imported({}, self.read_version(query["version"]))
            with self.store.transaction() as db:
                definition = self.find_definition(db, query["workflow_definition_id"])
                self.add_version(db, definition, made, [], [], active=False)
        return reply


@fault("compared-with-the-last-asked-for", violates="smaller-version", on=IMPORT)
class ComparedWithTheLastAskedFor(RefusedVersionKept):
    """A version is compared with the one asked for last, which may have been refused."""

    def versions_of(self, db: sqlite3.Connection, definition: int) -> list[str]:
        return super().versions_of(db, definition)[-1:]


# The version in the answer


@fault("first-version-fixed", violates="version", on=IMPORT)
class FirstVersionFixed(Zuora):
    """A new definition begins with the same version whatever the query asks for."""

    def imported(self, workflow: Workflow, version: str) -> Workflow:
        return {**super().imported(workflow, version), "version": self.first_version(None)}


@fault("trailing-zero-lost", violates="new-version", on=IMPORT)
class TrailingZeroLost(Zuora):
    """A version that ends in zero is answered without it."""

    def workflow_view(self, workflow: Workflow) -> Workflow:
        return {**workflow, "version": workflow["version"].removesuffix(".0")}


@fault("name-of-the-first-version", violates="version-texts", on=IMPORT)
class NameOfTheFirstVersion(Zuora):
    """Every version of a definition has the name of the first one."""

    def import_workflow(self, db: sqlite3.Connection, asked: Asked, content: bytes) -> Reply:
        query = "SELECT json_extract(workflow, '$.name') FROM versions WHERE definition = ? ORDER BY id"
        self.first = db.execute(query, (self.read_query(asked).get("workflow_definition_id"),)).fetchone()
        return super().import_workflow(db, asked, content)

    def imported(self, workflow: Workflow, version: str) -> Workflow:
        made = super().imported(workflow, version)
        return {**made, "name": self.first[0]} if self.first else made


@fault("new-version-in-ascii", violates="unicode-text", on=IMPORT)
class NewVersionInAscii(Zuora):
    """Characters beyond US-ASCII in the name of a new version of a definition come back as question marks."""

    def import_workflow(self, db: sqlite3.Connection, asked: Asked, content: bytes) -> Reply:
        made = json.loads(super().import_workflow(db, asked, content).body)
        if "workflow_definition_id" in self.read_query(asked):
            made["name"] = made["name"].encode("ascii", "replace").decode()
        return Reply.of_json(200, made)


@fault("description-of-the-version-before", violates="no-description", on=IMPORT)
class DescriptionOfTheVersionBefore(Zuora):
    """A new version without a description has that of the version before."""

    def import_workflow(self, db: sqlite3.Connection, asked: Asked, content: bytes) -> Reply:
        query = "SELECT json_extract(workflow, '$.description') FROM versions WHERE definition = ? ORDER BY id DESC"
        before = db.execute(query, (self.read_query(asked).get("workflow_definition_id"),)).fetchone()
        made = json.loads(super().import_workflow(db, asked, content).body)
        return Reply.of_json(200, {**made, "description": made["description"] or before[0]} if before else made)


# The definition


@fault("definition-ignored", violates="unknown-definition", on=IMPORT)
class DefinitionIgnored(Zuora):
    """Every import makes a new definition, whatever definition the query names."""

    def read_query(self, asked: Asked) -> dict[str, str]:
        return {name: value for name, value in super().read_query(asked).items() if name != "workflow_definition_id"}


@fault("unknown-definition-made", violates="unknown-definition", on=IMPORT)
class UnknownDefinitionMade(Zuora):
    """An import under a definition that does not exist makes a new one."""

    def import_workflow(self, db: sqlite3.Connection, asked: Asked, content: bytes) -> Reply:
        try:
            return super().import_workflow(db, asked, content)
        except Refused as refused:
            if refused.kind != "unknown-definition":
                raise
            return super().import_workflow(db, replace(asked, query=b""), content)


@fault("definition-of-32-bits", violates="unknown-definition", on=IMPORT)
class DefinitionOf32Bits(Zuora):
    """Of a definition id the last 32 bits are read."""

    def find_definition(self, db: sqlite3.Connection, text: str) -> int:
        return super().find_definition(db, str(int(text) % 2**32) if text.isdecimal() else text)


@fault("refusal-with-200", violates="unknown-definition", on=IMPORT)
class RefusalWith200(Zuora):
    """That a definition does not exist is said in an answer with 200."""

    def refusal(self, refused: Refused) -> Reply:
        if refused.kind != "unknown-definition":
            return super().refusal(refused)
        return Reply.of_json(200, {"success": False, "reasons": [{"message": refused.message}]})


@fault("definition-read-as-text", violates="query-types", on=IMPORT)
class DefinitionReadAsText(Zuora):
    """A definition id that is no number is ignored, so that a new definition is made."""

    def read_query(self, asked: Asked) -> dict[str, str]:
        query = dict(super().read_query(asked))
        if not query.get("workflow_definition_id", "0").isdecimal():
            del query["workflow_definition_id"]
        return query


@fault("definition-read-to-a-point", violates="query-types", on=IMPORT)
class DefinitionReadToAPoint(Zuora):
    """A definition id is read up to its first character that is no digit."""

    def find_definition(self, db: sqlite3.Connection, text: str) -> int:
        digits = re.match("[0-9]+", text)
        return super().find_definition(db, digits[0] if digits else text)


_BAD_REQUEST = 400
