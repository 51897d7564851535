"""What all reference servers have in common: who may call, and how a request becomes a reply."""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from assay.reference.messages import Asked, Refused, Reply
from assay.reference.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Values = Mapping[str, str | int]

LOG = logging.getLogger("assay.reference")

MAIN_CALLER = "main"

CALLERS = "CREATE TABLE IF NOT EXISTS callers (digest TEXT PRIMARY KEY, name TEXT NOT NULL, permissions TEXT NOT NULL)"

_CALLER = "SELECT name, permissions FROM callers WHERE digest = ?"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One documented operation: its slug, method and path template."""

    slug: str
    method: str
    path: str


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever holds a token."""

    name: str
    permissions: frozenset[str]


@dataclass(frozen=True, slots=True)
class Example:
    """A request that succeeds once, for people to try."""

    method: str
    path: str
    body: object = None


class Vendor:
    """One vendor's server without the wire.

    `answer` takes a request to a reply in steps that a subclass overrides: `authenticate`, `perform`, `refusal`
    (the vendor's shape of an error) and `finish` (what every reply gets). It never raises.
    """

    name: ClassVar[str]
    endpoints: ClassVar[tuple[Endpoint, ...]]
    schema: ClassVar[str]
    permissions: ClassVar[frozenset[str]] = frozenset()
    """What the main caller may do."""
    port: ClassVar[int] = 8700
    """Where `assay serve` listens unless it is told otherwise; one for each server lets all run side by side."""
    refusals: ClassVar[tuple[int, ...]] = (400, 401, 403, 404, 409, 422, 500)
    """The statuses with which something may be refused, documented or not: a degenerate server for each."""

    def __init__(
        self,
        file: str | None = None,
        *,
        clock: Callable[[], float] = time.time,
        unique: Callable[[], str] = lambda: secrets.token_hex(16),
        store: Store | None = None,
    ) -> None:
        self.store = store or Store(self.name, f"{CALLERS}; {self.schema}", file)
        self.clock = clock
        self.unique = unique
        self.unexpected_errors: list[str] = []
        """What went wrong in this server itself, and was answered with 500."""

    # Callers

    def admit(self, token: str, name: str, permissions: Iterable[str]) -> None:
        """Let `token` stand for a caller; an earlier token of the same name is void."""
        with self.store.transaction() as db:
            db.execute("DELETE FROM callers WHERE name = ?", (name,))
            row = (_digest(token.encode("utf-8", "surrogateescape")), name, json.dumps(sorted(permissions)))
            db.execute("INSERT OR REPLACE INTO callers VALUES (?, ?, ?)", row)

    def admit_main_caller(self, token: str) -> None:
        """Let `token` stand for the caller who may do everything."""
        self.admit(token, MAIN_CALLER, self.permissions)

    def new_caller(self, permissions: Iterable[str]) -> str:
        """Return the token of a new caller."""
        token = self.unique()
        self.admit(token, f"caller-{self.unique()}", permissions)
        return token

    def authenticate(self, asked: Asked) -> Caller:
        """Return the caller, or refuse."""
        token = self.credentials(asked)
        if not token:
            raise Refused(401, "no-credentials", "The request carries no credentials.", self.challenge())
        with self.store.transaction() as db:
            found = db.execute(_CALLER, (_digest(token.encode("latin-1")),)).fetchone()
        if found is None:
            raise Refused(401, "bad-credentials", "The credentials are not valid.", self.challenge())
        return Caller(found[0], frozenset(json.loads(found[1])))

    def credentials(self, asked: Asked) -> str | None:
        """Return the token that a request carries."""
        scheme, _, token = (asked.header("authorization") or "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else None

    def challenge(self) -> Mapping[str, str]:
        """Return the headers that go with a 401."""
        return {"www-authenticate": "Bearer"}

    def credentials_header(self, token: str) -> str:
        """Return the header line that a client sends."""
        return f"Authorization: Bearer {token}"

    # From request to reply

    async def answer(self, asked: Asked) -> Reply:
        """Return the reply to any request whatever."""
        try:
            reply = await self.handle(asked)
        except Refused as refused:
            reply = self.refusal(refused)
        except RecursionError:
            reply = self.refusal(Refused(400, "bad-json", "The body is nested too deeply."))
        except Exception as error:
            LOG.exception("%s %s", asked.method, asked.operation)
            self.unexpected_errors.append(f"{type(error).__name__}: {error}")
            reply = self.refusal(Refused(500, "internal", "An unexpected error occurred."))
        return self.finish(asked, reply)

    async def handle(self, asked: Asked) -> Reply:
        """Return the reply, or raise `Refused`."""
        if asked.allowed:
            allow = {"allow": ", ".join(asked.allowed)}
            raise Refused(405, "bad-method", "The path does not support this method.", allow)
        if not asked.operation:
            raise Refused(404, "no-such-path", "There is nothing at this path.")
        caller = self.authenticate(asked)
        if asked.body is None:
            raise Refused(413, "too-large", "The body is too large.")
        return await self.perform(asked, caller)

    async def perform(self, asked: Asked, caller: Caller) -> Reply:
        """Carry out the operation of an authenticated caller."""
        raise NotImplementedError

    def refusal(self, refused: Refused) -> Reply:
        """Return the reply that says no."""
        reply = Reply.of_json(refused.status, self.error_body(refused))
        return reply.with_headers(*refused.headers.items())

    def error_body(self, refused: Refused) -> object:
        """Return the vendor's error object."""
        raise NotImplementedError

    def finish(self, asked: Asked, reply: Reply) -> Reply:  # noqa: ARG002 - for subclasses
        """Return the reply with what every reply of the vendor gets."""
        return reply

    # Provider states

    def states(self) -> Mapping[str, Callable[[], Values]]:
        """Return what sets up each provider state; every call makes fresh objects."""
        raise NotImplementedError

    def examples(self) -> Iterable[Example]:
        """Return a request for each operation that succeeds on objects made for it."""
        raise NotImplementedError


def _digest(token: bytes) -> str:
    # A database file need not hold tokens in clear.
    return hashlib.sha256(token).hexdigest()
