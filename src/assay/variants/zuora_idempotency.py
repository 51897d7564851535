"""Freedoms of Zuora's idempotency keys: what is remembered, for whom, and what a reused one gets."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from assay.reference import idempotency
from assay.reference.idempotency import Key, Remembered
from assay.reference.messages import Asked, Refused, Reply
from assay.reference.zuora import KEY_LIMIT, Zuora
from assay.variants import variant

if TYPE_CHECKING:
    import sqlite3

    from assay.reference.vendor import Caller

WORKING_S = 0.02
"""How long an operation takes, so that requests with one key meet."""

_POLL_S = 0.002
_RETRIED = ("zuora-track-id", "accept-encoding")
_SHORTEST = 16
_REPLAYED = ("idempotent-replayed", "true")


# While the first one is still at work


@variant("zuora/conflict-while-running", excludes=("zuora/waits-for-the-first", "zuora/locked-while-running"))
class ConflictWhileRunning(Zuora):
    """A request whose key is still at work gets a 409, as the vendor's guide has it; the pages are silent about it."""

    async def work(self, asked: Asked) -> None:
        await asyncio.sleep(WORKING_S)
        await super().work(asked)


@variant("zuora/locked-while-running", excludes=("zuora/waits-for-the-first",))
class LockedWhileRunning(Zuora):
    """A request whose key is still at work gets a 423; the pages do not say what it gets."""

    async def work(self, asked: Asked) -> None:
        await asyncio.sleep(WORKING_S)
        await super().work(asked)

    def refusal(self, refused: Refused) -> Reply:
        return super().refusal(Refused(423, refused.kind, refused.message) if refused.kind == "key-in-use" else refused)


@variant("zuora/waits-for-the-first")
class WaitsForTheFirst(Zuora):
    """A request whose key is still at work waits for the answer of the first; the pages are silent about it."""

    async def work(self, asked: Asked) -> None:
        await asyncio.sleep(WORKING_S)
        await super().work(asked)

    async def perform_once(self, asked: Asked, content: bytes, key: Key) -> Reply:
        while True:
            try:
                return await super().perform_once(asked, content, key)
            except Refused as refused:
                if refused.kind != "key-in-use":
                    raise
            await asyncio.sleep(_POLL_S)


# What a key stands for


@variant("zuora/reused-key-409", excludes=("zuora/reused-key-400",))
class ReusedKey409(Zuora):
    """A key that was used for another request gets a 409; the pages do not say what it gets."""

    def refusal(self, refused: Refused) -> Reply:
        return super().refusal(Refused(409, refused.kind, refused.message) if refused.kind == "key-reused" else refused)


@variant("zuora/reused-key-400")
class ReusedKey400(Zuora):
    """A key that was used for another request gets a 400; the pages do not say what it gets."""

    def refusal(self, refused: Refused) -> Reply:
        return super().refusal(Refused(400, refused.kind, refused.message) if refused.kind == "key-reused" else refused)


@variant("zuora/reused-key-performed", excludes=("zuora/reused-key-replayed", "zuora/keys-of-the-tenant"))
class ReusedKeyPerformed(Zuora):
    """Another request with a known key is carried out: a key marks retries of the same request, says the page."""

    async def perform_once(self, asked: Asked, content: bytes, key: Key) -> Reply:
        own = f"{key.key} {self.fingerprint(asked, content)}"
        return await super().perform_once(asked, content, replace(key, key=own))


@variant("zuora/reused-key-replayed", excludes=("zuora/bytes-compared",))
class ReusedKeyReplayed(Zuora):
    """A known key with another body brings the first answer; the page does not say what a request is the same in."""

    def fingerprint(self, asked: Asked, content: bytes) -> str:  # noqa: ARG002 - that is the point
        return super().fingerprint(asked, b"")


@variant("zuora/bytes-compared")
class BytesCompared(Zuora):
    """The same JSON in another spelling is another request; the page does not say what a request is the same in."""

    def fingerprint(self, asked: Asked, content: bytes) -> str:
        return hashlib.sha256(asked.target.encode() + b"\n" + content).hexdigest()


@variant("zuora/retries-alike-in-their-headers", excludes=("zuora/reused-key-performed",))
class RetriesAlikeInTheirHeaders(Zuora):
    """A known key with another tracking id or Accept-Encoding is refused; the page does not say what makes a retry."""

    def fingerprint(self, asked: Asked, content: bytes) -> str:
        return f"{super().fingerprint(asked, content)} {[asked.header(name) for name in _RETRIED]}"


@variant("zuora/short-keys-refused")
class ShortKeysRefused(Zuora):
    """A key of less than 16 characters is refused; the page names the longest one, and does not speak of short ones."""

    def idempotency_key(self, asked: Asked, caller: Caller) -> Key | None:
        key = super().idempotency_key(asked, caller)
        if key and len(key.key) < _SHORTEST:
            raise Refused(400, "bad-key", f"The header Idempotency-Key has less than {_SHORTEST} characters.")
        return key


@variant("zuora/keys-of-the-tenant")
class KeysOfTheTenant(Zuora):
    """All callers and operations share the keys, once they are let in; the page does not say whose a key is."""

    def idempotency_key(self, asked: Asked, caller: Caller) -> Key | None:
        key = super().idempotency_key(asked, caller)
        return None if key is None else Key("everybody", "everything", key.key)


@variant("zuora/long-keys-refused-everywhere")
class LongKeysRefusedEverywhere(Zuora):
    """A key of more than 255 characters is refused by the import too; one page names the limit, the other does not."""

    def idempotency_key(self, asked: Asked, caller: Caller) -> Key | None:
        if len(asked.header("idempotency-key") or "") > KEY_LIMIT:
            raise Refused(431, "bad-key", f"The header Idempotency-Key has more than {KEY_LIMIT} characters.")
        return super().idempotency_key(asked, caller)


# What is remembered, and how it comes again


@variant("zuora/failures-forgotten")
class FailuresForgotten(Zuora):
    """The key of a refused request is free again; the page does not say whether a failure is remembered."""

    def remember_key(self, db: sqlite3.Connection, key: Key, reply: Reply) -> None:
        if reply.status >= 400:  # noqa: PLR2004 - the classes of failure
            idempotency.release(db, key)
        else:
            super().remember_key(db, key, reply)


@variant("zuora/replays-announced")
class ReplaysAnnounced(Zuora):
    """A repeated answer says so in a header, which the page does not name."""

    def repeat(self, remembered: Remembered, fingerprint: str) -> Reply:
        return super().repeat(remembered, fingerprint).with_headers(_REPLAYED)


@variant("zuora/replays-untracked", excludes=("zuora/replays-with-the-first-track-id",))
class ReplaysUntracked(Zuora):
    """A repeated answer has no tracking id; the page does not say whose one it would be."""

    def repeat(self, remembered: Remembered, fingerprint: str) -> Reply:
        return super().repeat(remembered, fingerprint).with_headers(("x-from", "memory"))

    def echo_track_id(self, asked: Asked, reply: Reply) -> Reply:
        return reply if ("x-from", "memory") in reply.headers else super().echo_track_id(asked, reply)


@variant("zuora/replays-with-the-first-track-id")
class ReplaysWithTheFirstTrackId(Zuora):
    """A repeated answer has all headers of the first one, its tracking id too; the page does not say which it has."""

    async def perform_once(self, asked: Asked, content: bytes, key: Key) -> Reply:
        name = "zuora-track-id"
        first: dict[Key, str | None] = self.__dict__.setdefault("first_track_ids", {})
        reply = await super().perform_once(asked, content, key)
        track_id = first.setdefault(key, self.track_id(asked))
        return reply if track_id in (None, self.track_id(asked)) else reply.with_headers((name, str(track_id)))

    def echo_track_id(self, asked: Asked, reply: Reply) -> Reply:
        has_one = any(name == "zuora-track-id" for name, _ in reply.headers)
        return reply if has_one else super().echo_track_id(asked, reply)
