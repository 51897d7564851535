"""Faults of the depot, each of which a real server could have."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from assay.faults import fault
from assay.reference.messages import Asked, Refused, Reply
from assay.reference.vendor import Caller

from ..reference.depot import LONGEST_NOTE, Depot

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping


# The answer to a call that is accepted


@fault("answered-201", violates="sealed")
class Answered201(Depot):
    """A crate that is sealed is answered with 201."""

    def sealed(self, crate: Mapping[str, Any]) -> Reply:
        return replace(super().sealed(crate), status=201)


@fault("still-open", violates="sealed")
class StillOpen(Depot):
    """The crate that is answered is the one of before, with sealed = false."""

    def sealed(self, crate: Mapping[str, Any]) -> Reply:
        return super().sealed({**crate, "sealed": False})


@fault("announced-as-text", violates="sealed")
class AnnouncedAsText(Depot):
    """The crate is announced as text/plain."""

    def sealed(self, crate: Mapping[str, Any]) -> Reply:
        return replace(super().sealed(crate), headers=(("content-type", "text/plain"),))


@fault("number-made-up", violates="sealed")
class NumberMadeUp(Depot):
    """The server gives the seal a number of its own."""

    def seal_number(self, body: Mapping[str, Any]) -> str:
        super().seal_number(body)
        return f"XX{int(self.unique()[:4], 16):06}"


@fault("note-cut", violates="note-kept")
class NoteCut(Depot):
    """The column of the note holds 79 characters."""

    def note(self, body: Mapping[str, Any]) -> str | None:
        note = super().note(body)
        return note[: LONGEST_NOTE - 1] if note else note


@fault("note-limit-off-by-one", violates="note-kept")
class NoteLimitOffByOne(Depot):
    """A note of exactly 80 characters is refused."""

    def note(self, body: Mapping[str, Any]) -> str | None:
        if len(str(body.get("note"))) == LONGEST_NOTE:
            raise Refused(400, "bad-body", "note is too long.")
        return super().note(body)


# Which crates


@fault("unknown-crate-made", violates="unknown-crate")
class UnknownCrateMade(Depot):
    """A crate that does not exist is made, and sealed."""

    def seal(self, crate: str, number: str, note: str | None) -> Reply:
        with self.store.transaction() as db:
            db.execute("INSERT OR IGNORE INTO crates (id) VALUES (?)", (crate,))
        return super().seal(crate, number, note)


@fault("id-by-pattern", violates="unknown-crate")
class IdByPattern(Depot):
    """The id gets into a pattern of SQL, so that nearly the right one is taken for it."""

    def seal(self, crate: str, number: str, note: str | None) -> Reply:
        with self.store.transaction() as db:
            found = db.execute("SELECT id FROM crates WHERE id LIKE ?", (crate,)).fetchone()
        return super().seal(found[0] if found else crate, number, note)


@fault("sealed-again", violates="sealed-crate")
class SealedAgain(Depot):
    """A crate that is sealed already is answered as if it were sealed by this call."""

    def is_repetition(self, known: str, number: str) -> bool:  # noqa: ARG002 - whatever it is
        return True


@fault("sealed-is-400", violates="sealed-crate")
class SealedIs400(Depot):
    """A crate that is sealed already is answered with 400."""

    def refusal(self, refused: Refused) -> Reply:
        reply = super().refusal(refused)
        return replace(reply, status=400) if refused.kind == "sealed" else reply


@fault("repetition-gone", violates="repeated-call")
class RepetitionGone(Depot):
    """A repeated call is answered with 410."""

    def seal(self, crate: str, number: str, note: str | None) -> Reply:
        with self.store.transaction() as db:
            found = db.execute("SELECT seal_number FROM crates WHERE id = ?", (crate,)).fetchone()
        if found and found[0] == number:
            raise Refused(410, "sealed", "The seal was used.")
        return super().seal(crate, number, note)


@fault("time-of-the-answer", violates="repeated-call")
class TimeOfTheAnswer(Depot):
    """The time that is told is that of the answer, so that a repeated call gets another one."""

    def crate(self, db: sqlite3.Connection, crate: str) -> dict[str, Any]:
        return {**super().crate(db, crate), "sealed_at": datetime.now(UTC).isoformat()}


# Bodies


@fault("number-not-looked-at", violates="invalid-body")
class NumberNotLookedAt(Depot):
    """Any text is taken for the number of a seal."""

    def seal_number(self, body: Mapping[str, Any]) -> str:
        number = body.get("seal_number")
        return number if isinstance(number, str) else super().seal_number(body)


@fault("number-to-the-end-of-the-line", violates="invalid-body")
class NumberToTheEndOfTheLine(Depot):
    """The pattern ends with a dollar sign, so that a line may end behind the number."""

    def seal_number(self, body: Mapping[str, Any]) -> str:
        number = body.get("seal_number")
        if isinstance(number, str) and re.match(r"^[A-Z]{2}[0-9]{6}$", number):
            return number.strip()
        return super().seal_number(body)


@fault("digits-of-any-script", violates="invalid-body")
class DigitsOfAnyScript(Depot):
    r"""The pattern says \d, which holds for the digits of every script."""

    def seal_number(self, body: Mapping[str, Any]) -> str:
        number = body.get("seal_number")
        if isinstance(number, str) and re.fullmatch(r"[A-Z]{2}\d{6}", number):
            return f"{number[:2]}{int(number[2:]):06}"
        return super().seal_number(body)


@fault("note-of-any-length", violates="invalid-body")
class NoteOfAnyLength(Depot):
    """A note that is too long is cut, and the call accepted."""

    def note(self, body: Mapping[str, Any]) -> str | None:
        note = body.get("note")
        return super().note({**body, "note": note[:LONGEST_NOTE]} if isinstance(note, str) else body)


@fault("invalid-is-422", violates="invalid-body")
class InvalidIs422(Depot):
    """A body that is not as described is answered with 422."""

    def refusal(self, refused: Refused) -> Reply:
        reply = super().refusal(refused)
        return replace(reply, status=422) if refused.kind == "bad-body" else reply


@fault("sealed-before-the-note", violates="invalid-body-changes-nothing")
class SealedBeforeTheNote(Depot):
    """The crate is sealed before the note is looked at, and stays so where that is refused."""

    async def perform(self, asked: Asked, caller: Caller) -> Reply:
        body = self.read_object(asked)
        number = self.seal_number(body)
        try:
            self.note(body)
        except Refused:
            with self.store.transaction() as db:
                self.write_seal(db, (asked.path or {})["id"], number, None)
            raise
        return await super().perform(asked, caller)


# Callers


@fault("key-not-looked-at", violates="no-valid-key")
class KeyNotLookedAt(Depot):
    """Any key will do, also none."""

    def authenticate(self, asked: Asked) -> Caller:
        try:
            return super().authenticate(asked)
        except Refused:
            return Caller("anybody", frozenset())


@fault("wrong-key-403", violates="no-valid-key")
class WrongKey403(Depot):
    """A wrong key is answered with 403."""

    def refusal(self, refused: Refused) -> Reply:
        reply = super().refusal(refused)
        return replace(reply, status=403) if refused.kind == "bad-credentials" else reply


# Errors


@fault("reason-unnamed", violates="problem")
class ReasonUnnamed(Depot):
    """A problem is nothing but its text."""

    def error_body(self, refused: Refused) -> object:
        return refused.message


@fault("errors-as-text", violates="problem")
class ErrorsAsText(Depot):
    """Errors are announced as text/plain."""

    def refusal(self, refused: Refused) -> Reply:
        return replace(super().refusal(refused), headers=(("content-type", "text/plain"),))


@fault("local-time", violates="time-form")
class LocalTime(Depot):
    """The time of sealing has a space for the T, and no zone."""

    def now(self) -> str:
        return super().now().replace("T", " ").removesuffix("Z")


@fault("any-truth-is-a-number", violates="invalid-body", generated=True)
class AnyTruthIsANumber(Depot):
    """A seal_number that is a list, an object, true or false is written down as it is spelt."""

    def seal_number(self, body: Mapping[str, Any]) -> str:
        number = body.get("seal_number")
        return json.dumps(number) if isinstance(number, bool | list | dict) else super().seal_number(body)


@fault("no-text-500", violates="no-server-error", generated=True)
class NoText500(Depot):
    """A seal_number that is a list, an object, true or false is answered with 500."""

    def seal_number(self, body: Mapping[str, Any]) -> str:
        if isinstance(body.get("seal_number"), bool | list | dict):
            raise Refused(500, "internal", "An unexpected error occurred.")
        return super().seal_number(body)


@fault("odd-id-500", violates="no-server-error", generated=True)
class OddId500(Depot):
    """An id beyond US-ASCII is answered with 500."""

    def seal(self, crate: str, number: str, note: str | None) -> Reply:
        if not crate.isascii():
            raise Refused(500, "internal", "An unexpected error occurred.")
        return super().seal(crate, number, note)
