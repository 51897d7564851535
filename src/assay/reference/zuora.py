"""Zuora: rerunning a task, updating tasks, importing a workflow, and what the three have in common."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, ClassVar

from assay.reference import idempotency
from assay.reference.idempotency import Key
from assay.reference.messages import Asked, Refused, Reply, accepts_gzip, gunzip, gzipped, read_json
from assay.reference.vendor import Caller, Endpoint, Example
from assay.reference.zuora_imports import ZuoraImports
from assay.reference.zuora_tasks import ZuoraTasks

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Mapping

    from assay.reference.vendor import Values

RERUN, UPDATE, IMPORT = "rerun-task", "update-tasks", "import-workflow"

RUN_ACCESS = "Workflow Run Access"
MANAGE_ACCESS = "Workflow Manage Access"
_NEEDED = {RERUN: RUN_ACCESS, UPDATE: MANAGE_ACCESS, IMPORT: MANAGE_ACCESS}

COMPRESS_OVER = 1000
KEY_LIMIT = 255
TRACK_ID_LIMIT = 64
_TRACK_ID_FORBIDDEN = frozenset(":;\"'")

LATEST_VERSION = "1.9.0"
"""The version of a definition made for a state: 1.10.0 is greater as a number and smaller as text."""

_MADE_UP = 1_000_000_000
"""Ids from here on belong to nothing."""

_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS entities (id TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS orgs (id TEXT PRIMARY KEY, accessible INTEGER NOT NULL);
{ZuoraTasks.tasks_schema};
{ZuoraImports.imports_schema};
{idempotency.SCHEMA}
"""


class Zuora(ZuoraTasks, ZuoraImports):
    """Zuora's workflow API as far as it is documented.

    It looks at the credentials, the permission, the headers, the idempotency key and the request, in this order.
    """

    name: ClassVar[str] = "zuora"
    port: ClassVar[int] = 8701
    refusals: ClassVar[tuple[int, ...]] = (400, 401, 403, 404, 422, 500)
    endpoints: ClassVar = (
        Endpoint(RERUN, "POST", "/workflows/tasks/{task_id}/rerun"),
        Endpoint(UPDATE, "PUT", "/workflows/tasks/batch_update"),
        Endpoint(IMPORT, "POST", "/workflows/import"),
    )
    schema: ClassVar[str] = _SCHEMA
    permissions: ClassVar[frozenset[str]] = frozenset({RUN_ACCESS, MANAGE_ACCESS})

    async def perform(self, asked: Asked, caller: Caller) -> Reply:
        """Carry out the operation, once for each idempotency key."""
        self.authorise(asked, caller)
        self.check_track_id(asked)
        self.check_entities(asked)
        self.check_orgs(asked)
        content = self.read_content(asked)
        key = self.idempotency_key(asked, caller)
        if key is None:
            await self.work(asked)
            return self.attempt(asked, content)
        return await self.perform_once(asked, content, key)

    async def work(self, asked: Asked) -> None:
        """Take the time that an operation takes: none, unless a subclass wants requests to overlap."""

    def attempt(self, asked: Asked, content: bytes) -> Reply:
        """Carry out the operation as a whole, or reply why not."""
        try:
            with self.store.transaction() as db:
                return self.carry_out(db, asked, content)
        except Refused as refused:
            return self.refusal(refused)

    def carry_out(self, db: sqlite3.Connection, asked: Asked, content: bytes) -> Reply:
        """Carry out the operation inside a transaction."""
        if asked.operation == RERUN:
            return self.rerun_task(db, asked)
        self.check_content_type(asked)
        if asked.operation == UPDATE:
            return self.update_tasks(db, asked, content)
        return self.import_workflow(db, asked, content)

    # Headers

    def authorise(self, asked: Asked, caller: Caller) -> None:
        """Refuse a caller without the permission that the operation needs."""
        needed = _NEEDED[asked.operation]
        if needed not in caller.permissions:
            raise Refused(403, "no-permission", f"The operation needs the permission {needed}.")

    def track_id(self, asked: Asked) -> str | None:
        """Return the tracking id of a request where there is a legal one."""
        track_id = asked.header("zuora-track-id")
        if track_id is None or not self.is_legal_track_id(track_id):
            return None
        # Only the page of the rerun names a limit.
        return None if asked.operation == RERUN and len(track_id) > TRACK_ID_LIMIT else track_id

    def is_legal_track_id(self, track_id: str) -> bool:
        """Say whether a tracking id is printable US-ASCII without the forbidden characters."""
        return track_id.isascii() and track_id.isprintable() and not _TRACK_ID_FORBIDDEN.intersection(track_id)

    def check_track_id(self, asked: Asked) -> None:
        """Refuse an illegal tracking id."""
        if asked.header("zuora-track-id") is not None and self.track_id(asked) is None:
            raise Refused(400, "bad-track-id", "The header Zuora-Track-Id is too long or has illegal characters.")

    def check_entities(self, asked: Asked) -> None:
        """Refuse entities that the caller does not know; the import does not know the header."""
        if asked.operation != IMPORT:
            self._check_known(asked, "zuora-entity-ids", "SELECT 1 FROM entities WHERE id = ?")

    def check_orgs(self, asked: Asked) -> None:
        """Refuse orgs that the caller may not use; the import does not know the header."""
        if asked.operation != IMPORT:
            self._check_known(asked, "zuora-org-ids", "SELECT 1 FROM orgs WHERE id = ? AND accessible")

    def _check_known(self, asked: Asked, header: str, query: str) -> None:
        ids = self.ids_in(asked.header(header) or "")
        with self.store.transaction() as db:
            if not all(db.execute(query, (each,)).fetchone() for each in ids):
                raise Refused(403, "no-access", f"The caller may not use everything in the header {header}.")

    def ids_in(self, value: str) -> list[str]:
        """Return the ids that a header lists."""
        return [each.strip() for each in value.split(",") if each.strip()]

    def check_content_type(self, asked: Asked) -> None:
        """Refuse a body that is announced as something else; one that is not announced is taken for JSON."""
        if asked.media_type not in (None, "application/json"):
            raise Refused(415, "bad-type", "The content type of the request is not application/json.")

    def read_content(self, asked: Asked) -> bytes:
        """Return the body without its content coding; an empty body has nothing to decode."""
        body = asked.body or b""
        coding = (asked.header("content-encoding") or "identity").strip().lower()
        if not body or coding == "identity":
            return body
        if coding not in ("gzip", "x-gzip"):
            raise Refused(415, "bad-coding", "The content coding of the request is not gzip.")
        return self.unpack(body)

    def unpack(self, body: bytes) -> bytes:
        """Return what is in a gzip body."""
        return gunzip(body)

    # Idempotency

    def idempotency_key(self, asked: Asked, caller: Caller) -> Key | None:
        """Return the idempotency key, which a PUT does not have."""
        key = asked.header("idempotency-key")
        if not key or asked.method == "PUT":
            return None
        # Only the page of the rerun names a limit.
        if asked.operation == RERUN and len(key) > KEY_LIMIT:
            raise Refused(400, "bad-key", f"The header Idempotency-Key has more than {KEY_LIMIT} characters.")
        return Key(caller.name, asked.operation, key)

    async def perform_once(self, asked: Asked, content: bytes, key: Key) -> Reply:
        """Carry out the operation for the first request with the key, and repeat its answer to the others."""
        fingerprint = self.fingerprint(asked, content)
        with self.store.transaction() as db:
            self.forget_keys(db, key.operation)
            remembered = idempotency.claim(db, key, fingerprint, self.clock())
        if remembered is not None:
            return self.repeat(remembered, fingerprint)
        try:
            await self.work(asked)
            with self.store.transaction() as db:
                reply = self.attempt(asked, content)
                self.remember_key(db, key, reply)
        except BaseException:
            with self.store.transaction() as db:
                idempotency.release(db, key)
            raise
        return reply

    def forget_keys(self, db: sqlite3.Connection, operation: str) -> None:
        """Forget the keys of an operation that are too old."""
        idempotency.forget(db, operation, self.clock() - idempotency.KEPT_S)

    def remember_key(self, db: sqlite3.Connection, key: Key, reply: Reply) -> None:
        """Keep the answer for the next request with the key."""
        idempotency.settle(db, key, reply.status, reply.body)

    def fingerprint(self, asked: Asked, content: bytes) -> str:
        """Return what is the same for the same request only: method, URL, and what the body says."""
        try:
            said = json.dumps(read_json(content), sort_keys=True).encode()
        except Refused:
            said = content
        return hashlib.sha256(b"\n".join((asked.method.encode(), asked.target.encode(), said))).hexdigest()

    def repeat(self, remembered: idempotency.Remembered, fingerprint: str) -> Reply:
        """Return the answer to the first request with a key to another request with it."""
        if remembered.fingerprint != fingerprint:
            raise Refused(422, "key-reused", "The idempotency key was used for another request.")
        if remembered.status is None:
            raise Refused(409, "key-in-use", "A request with this idempotency key is still in progress.")
        return Reply(remembered.status, remembered.body or b"", (("content-type", "application/json"),))

    # Replies

    def error_body(self, refused: Refused) -> object:
        """Return an object with one error."""
        code = refused.kind.replace("-", "_").upper()
        return {"Errors": [{"code": code, "title": refused.message, "status": str(refused.status)}]}

    def finish(self, asked: Asked, reply: Reply) -> Reply:
        """Return the reply with its tracking, compressed where that was asked for."""
        return self.compress(asked, self.echo_track_id(asked, self.identify(reply)))

    def identify(self, reply: Reply) -> Reply:
        """Return the reply with an id of its own."""
        return reply.with_headers(("zuora-request-id", self.unique()))

    def echo_track_id(self, asked: Asked, reply: Reply) -> Reply:
        """Return the reply with the request's tracking id."""
        track_id = self.track_id(asked)
        return reply if track_id is None else reply.with_headers(("zuora-track-id", track_id))

    def compress(self, asked: Asked, reply: Reply) -> Reply:
        """Return the reply compressed, where it is large and the request asks for gzip."""
        if not self.is_large(reply.body):
            return reply
        reply = reply.with_headers(("vary", "Accept-Encoding"))
        return self.packed(reply) if self.wants_gzip(asked.header("accept-encoding")) else reply

    def is_large(self, body: bytes) -> bool:
        """Say whether a body is large enough to be compressed on request."""
        return len(body) > COMPRESS_OVER

    def wants_gzip(self, accept_encoding: str | None) -> bool:
        """Say whether the header Accept-Encoding asks for gzip."""
        return accepts_gzip(accept_encoding)

    def packed(self, reply: Reply) -> Reply:
        """Return the reply compressed, and saying so."""
        return Reply(reply.status, gzipped(reply.body), (*reply.headers, ("content-encoding", "gzip")))

    # Provider states

    def states(self) -> Mapping[str, Callable[[], Values]]:
        """Return the provider states."""
        return {
            "task": lambda: {"task_id": self.new_task()},
            "large_task": lambda: {"task_id": self.new_task({"Log": ["The warehouse did not answer."] * 150})},
            "workflow": lambda: {
                "workflow_definition_id": self.new_definition(LATEST_VERSION),
                "latest_version": LATEST_VERSION,
            },
            "caller_without_run_access": lambda: {"token": self.new_caller({MANAGE_ACCESS})},
            "caller_without_manage_access": lambda: {"token": self.new_caller({RUN_ACCESS})},
            "entity": lambda: {"entity_id": self._add("INSERT INTO entities VALUES (?)")},
            "org": lambda: {"org_id": self._add("INSERT INTO orgs VALUES (?, TRUE)")},
            "inaccessible_org": lambda: {"org_id": self._add("INSERT INTO orgs VALUES (?, FALSE)")},
            "unknown_task": lambda: {"task_id": self._made_up_id()},
            "unknown_workflow": lambda: {"workflow_definition_id": self._made_up_id()},
        }

    def _add(self, insert: str) -> str:
        made = self.unique()
        with self.store.transaction() as db:
            db.execute(insert, (made,))
        return made

    def _made_up_id(self) -> int:
        return _MADE_UP + int(self.unique(), 16) % _MADE_UP

    def examples(self) -> Iterable[Example]:
        """Return a rerun, an update and an import."""
        yield Example("POST", f"/workflows/tasks/{self.new_task()}/rerun")
        change = {"id": self.new_task(), "name": "Renamed", "tags": ["example"]}
        yield Example("PUT", "/workflows/tasks/batch_update", {"data": [change]})
        path = f"/workflows/import?workflow_definition_id={self.new_definition(LATEST_VERSION)}&version=1.10.0"
        yield Example("POST", path, {"workflow": {"name": "Example"}, "tasks": [], "linkages": []})
