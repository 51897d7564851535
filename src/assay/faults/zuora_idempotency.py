"""Faults that rerun and import share: idempotency keys."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from assay.faults import fault
from assay.reference import idempotency
from assay.reference.idempotency import Key, Remembered
from assay.reference.messages import Asked, Refused, Reply
from assay.reference.vendor import MAIN_CALLER, Caller
from assay.reference.zuora import IMPORT, KEY_LIMIT, RERUN, Zuora

if TYPE_CHECKING:
    import sqlite3

_OVERLAP_S = 0.03
_KEPT_S = 1.0


# The later answer is the first one


@fault("key-ignored", violates="idempotency-replay", on=(RERUN, IMPORT))
class KeyIgnored(Zuora):
    """A request that is sent again with its key is performed again."""

    def idempotency_key(self, asked: Asked, caller: Caller) -> Key | None:  # noqa: ARG002 - nothing becomes of it
        return None


@fault("replay-performed", violates="idempotency-replay", on=RERUN)
class ReplayPerformed(Zuora):
    """A request that is sent again with its key gets the first answer, and is performed again."""

    async def perform_once(self, asked: Asked, content: bytes, key: Key) -> Reply:
        with self.store.transaction() as db:
            known = idempotency.find(db, key)
        if known:
            self.attempt(asked, content)
        return await super().perform_once(asked, content, key)


@fault("replay-with-another-status", violates="idempotency-replay", on=RERUN)
class ReplayWithAnotherStatus(Zuora):
    """A request that is sent again with its key gets the first answer's body with the status 208."""

    def repeat(self, remembered: Remembered, fingerprint: str) -> Reply:
        return replace(super().repeat(remembered, fingerprint), status=208)


@fault("replay-refused", violates="idempotency-replay", on=IMPORT)
class ReplayRefused(Zuora):
    """A request that is sent again with its key is refused with 409, also when the first one has ended."""

    def repeat(self, remembered: Remembered, fingerprint: str) -> Reply:
        super().repeat(remembered, fingerprint)
        raise Refused(409, "key-in-use", "A request with this idempotency key was already sent.")


@fault("replay-is-current", violates="idempotency-replay", on=RERUN)
class ReplayIsCurrent(Zuora):
    """A request that is sent again with its key gets the task as it is now, not as the first answer had it."""

    def repeat(self, remembered: Remembered, fingerprint: str) -> Reply:
        reply = super().repeat(remembered, fingerprint)
        task_id = json.loads(reply.body).get("id", 0)
        with self.store.transaction() as db:
            task = self.find_task(db, task_id)
        return Reply.of_json(200, self.task_view(task)) if task else reply


@fault("key-must-be-a-uuid", violates="idempotency-key-length", on=RERUN)
class KeyMustBeAUuid(Zuora):
    """A key that has not the length of a UUID is ignored."""

    def idempotency_key(self, asked: Asked, caller: Caller) -> Key | None:
        key = super().idempotency_key(asked, caller)
        return key if key and len(key.key) in (32, 36) else None


@fault("replay-coded-as-first", violates="compression-unasked", on=RERUN)
class ReplayCodedAsFirst(Zuora):
    """A first answer that was compressed is repeated compressed, also to a request that does not ask for it."""

    first: ClassVar[dict[str, Asked]] = {}

    def compress(self, asked: Asked, reply: Reply) -> Reply:
        key = asked.header("idempotency-key")
        return super().compress(self.first.setdefault(key, asked) if key else asked, reply)


# How long


@fault("keys-kept-a-second", violates="idempotency-kept", on=(RERUN, IMPORT))
class KeysKeptASecond(Zuora):
    """A key is forgotten after a second."""

    def forget_keys(self, db: sqlite3.Connection, operation: str) -> None:
        idempotency.forget(db, operation, self.clock() - _KEPT_S)


# Overlapping


@fault("key-claimed-too-late", violates="idempotency-overlap", on=(RERUN, IMPORT))
class KeyClaimedTooLate(Zuora):
    """A request whose key belongs to another one that is still under way is performed as well."""

    async def work(self, asked: Asked) -> None:
        if asked.header("idempotency-key"):
            await asyncio.sleep(_OVERLAP_S)

    async def perform_once(self, asked: Asked, content: bytes, key: Key) -> Reply:
        try:
            return await super().perform_once(asked, content, key)
        except Refused as refused:
            if refused.kind == "key-in-use":
                return self.attempt(asked, content)
            raise


@fault("keys-of-new-versions-claimed-too-late", violates="idempotency-overlap", on=IMPORT)
class KeysOfNewVersionsClaimedTooLate(KeyClaimedTooLate):
    """A new version whose key belongs to an import that is still under way is imported as well."""

    async def perform_once(self, asked: Asked, content: bytes, key: Key) -> Reply:
        if b"workflow_definition_id" in asked.query:
            return await super().perform_once(asked, content, key)
        return await Zuora.perform_once(self, asked, content, key)


# Which requests share a key


@fault("key-of-any-task", violates="idempotency-key-of-another-task", on=RERUN)
class KeyOfAnyTask(Zuora):
    """A key brings the answer for the task that it was used for first, whichever task is named."""

    def repeat(self, remembered: Remembered, fingerprint: str) -> Reply:  # noqa: ARG002 - which is the mistake
        return super().repeat(remembered, remembered.fingerprint)


@fault("key-of-any-operation", violates="idempotency-key-of-another-operation", on=IMPORT)
class KeyOfAnyOperation(Zuora):
    """A key that was used for a rerun brings the rerun's answer to an import."""

    async def perform_once(self, asked: Asked, content: bytes, key: Key) -> Reply:
        other = replace(key, operation=RERUN)
        with self.store.transaction() as db:
            remembered = idempotency.find(db, other)
        if remembered:
            return self.repeat(remembered, remembered.fingerprint)
        return await super().perform_once(asked, content, key)


@fault("content-is-the-key", violates="idempotency-other-key", on=IMPORT)
class ContentIsTheKey(Zuora):
    """A request with another key is not performed where its content was seen before."""

    async def perform_once(self, asked: Asked, content: bytes, key: Key) -> Reply:
        return await super().perform_once(asked, content, replace(key, key=self.fingerprint(asked, content)))


@fault("content-in-place-of-a-key", violates="idempotency-no-key", on=IMPORT)
class ContentInPlaceOfAKey(Zuora):
    """A request without a key is not performed where its content was seen before."""

    def idempotency_key(self, asked: Asked, caller: Caller) -> Key:
        key = super().idempotency_key(asked, caller)
        return key or Key(caller.name, asked.operation, self.fingerprint(asked, self.read_content(asked)))


# Which keys are the same


class _Comparing(Zuora):
    """Compares keys in a way of its own."""

    def idempotency_key(self, asked: Asked, caller: Caller) -> Key | None:
        key = super().idempotency_key(asked, caller)
        return key and replace(key, key=self.compared(key.key))

    def compared(self, key: str) -> str:
        raise NotImplementedError


@fault("first-254-characters-compared", violates="idempotency-long-prefix", on=(RERUN, IMPORT))
class First254CharactersCompared(_Comparing):
    """The last of a key's 255 characters is not compared."""

    def compared(self, key: str) -> str:
        return key[: KEY_LIMIT - 1]


@fault("key-case-ignored", violates="idempotency-long-prefix", on=RERUN)
@fault("key-case-ignored", violates="idempotency-other-key", on=IMPORT)
class KeyCaseIgnored(_Comparing):
    """Keys that differ in letter case alone are taken for one."""

    def compared(self, key: str) -> str:
        return key.lower()


@fault("key-hyphens-ignored", violates="idempotency-other-key", on=IMPORT)
class KeyHyphensIgnored(_Comparing):
    """Keys that differ in their hyphens alone are taken for one, as if each were a UUID."""

    def compared(self, key: str) -> str:
        return key.replace("-", "")


# How long a key may be


@fault("long-key-refused", violates="idempotency-key-length", on=IMPORT)
class LongKeyRefused(Zuora):
    """A key of more than 128 characters is refused."""

    def idempotency_key(self, asked: Asked, caller: Caller) -> Key | None:
        key = super().idempotency_key(asked, caller)
        if key and len(key.key) > 128:  # noqa: PLR2004 - as the sentence says
            raise Refused(400, "bad-key", "The header Idempotency-Key has more than 128 characters.")
        return key


@fault("too-long-key-accepted", violates="idempotency-key-too-long", on=RERUN)
class TooLongKeyAccepted(Zuora):
    """A key of more than 255 characters is accepted."""

    def idempotency_key(self, asked: Asked, caller: Caller) -> Key | None:
        key = asked.header("idempotency-key")
        return Key(caller.name, asked.operation, key) if key else None


# Who may have the answer


class _Remembering(Zuora):
    """Repeats an answer without looking at who asks for it."""

    def answer_to(self, asked: Asked) -> Reply | None:
        key = Key(MAIN_CALLER, asked.operation, asked.header("idempotency-key") or "")
        fingerprint = self.fingerprint(asked, self.read_content(asked))
        with self.store.transaction() as db:
            remembered = idempotency.find(db, key)
        if remembered is None or remembered.fingerprint != fingerprint:
            return None
        return self.repeat(remembered, fingerprint)


@fault("replay-before-authentication", violates="idempotency-credentials", on=(RERUN, IMPORT))
class ReplayBeforeAuthentication(_Remembering):
    """A key brings the first answer also to a caller without credentials."""

    async def handle(self, asked: Asked) -> Reply:
        return self.answer_to(asked) or await super().handle(asked)


@fault("replay-before-authorisation", violates="idempotency-credentials", on=(RERUN, IMPORT))
class ReplayBeforeAuthorisation(_Remembering):
    """A key brings the first answer also to a caller who lacks the permission."""

    async def perform(self, asked: Asked, caller: Caller) -> Reply:
        return self.answer_to(asked) or await super().perform(asked, caller)
