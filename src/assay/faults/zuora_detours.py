"""Faults that Zuora's operations share: what is looked at on the usual way, and forgotten on another one."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from assay.faults import fault
from assay.reference import idempotency
from assay.reference.messages import Refused
from assay.reference.zuora import COMPRESS_OVER, IMPORT, RERUN, UPDATE, Zuora

if TYPE_CHECKING:
    import sqlite3

    from assay.reference.idempotency import Key
    from assay.reference.messages import Asked, Reply
    from assay.reference.vendor import Caller

_OVERLAP_S = 0.02
_SHORTEST_KEY = 16
_SIGNIFICANT = 15
_DEFINITION, _ACTIVATE = b"workflow_definition_id", b"activate"


# Side by side


@fault("requests-mixed-up", violates="answers-side-by-side", on=(RERUN, UPDATE, IMPORT))
class RequestsMixedUp(Zuora):
    """Requests that overlap are all carried out as the one that came last."""

    latest: tuple[Asked, bytes]

    async def perform(self, asked: Asked, caller: Caller) -> Reply:
        self.latest = asked, self.read_content(asked)
        return await super().perform(asked, caller)

    async def work(self, asked: Asked) -> None:
        await asyncio.sleep(_OVERLAP_S)
        await super().work(asked)

    def attempt(self, asked: Asked, content: bytes) -> Reply:  # noqa: ARG002 - which is the mistake
        return super().attempt(*self.latest)


# Permissions


class _Trusting(Zuora):
    """Lets callers without the permission do what they ask for in some way."""

    def authorise(self, asked: Asked, caller: Caller) -> None:
        if not self.trusts(asked):
            super().authorise(asked, caller)

    def trusts(self, asked: Asked) -> bool:
        raise NotImplementedError


@fault("permission-unchecked-in-orgs", violates="no-permission", on=RERUN)
class PermissionUncheckedInOrgs(_Trusting):
    """Whoever names an org that may be used needs no permission."""

    def trusts(self, asked: Asked) -> bool:
        return asked.header("zuora-org-ids") is not None


@fault("permission-unchecked-for-new-versions", violates="no-permission", on=IMPORT)
class PermissionUncheckedForNewVersions(_Trusting):
    """The permission is needed for new definitions only, and not for a new version of a known one."""

    def trusts(self, asked: Asked) -> bool:
        return _DEFINITION in asked.query


# Orgs


@fault("orgs-unchecked-with-a-key", violates="org-out-of-bounds", on=RERUN)
class OrgsUncheckedWithAKey(Zuora):
    """The orgs of a request with an idempotency key are not checked."""

    def check_orgs(self, asked: Asked) -> None:
        if asked.header("idempotency-key") is None:
            super().check_orgs(asked)


# Idempotency keys


@fault("key-of-one-tracking-id", violates="idempotency-replay", on=RERUN)
class KeyOfOneTrackingId(Zuora):
    """A request that is sent again with its key, but with a tracking id, is performed again."""

    def idempotency_key(self, asked: Asked, caller: Caller) -> Key | None:
        key = super().idempotency_key(asked, caller)
        return key and replace(key, key=f"{key.key} {asked.header('zuora-track-id')}")


@fault("large-answers-forgotten", violates="idempotency-replay", on=RERUN)
class LargeAnswersForgotten(Zuora):
    """An answer of more than 1000 bytes is not kept for its key, so that the request is performed again."""

    def remember_key(self, db: sqlite3.Connection, key: Key, reply: Reply) -> None:
        if len(reply.body) > COMPRESS_OVER:
            idempotency.release(db, key)
        else:
            super().remember_key(db, key, reply)


@fault("short-keys-ignored", violates="idempotency-replay", on=IMPORT)
class ShortKeysIgnored(Zuora):
    """A key of less than 16 characters is ignored."""

    def idempotency_key(self, asked: Asked, caller: Caller) -> Key | None:
        key = super().idempotency_key(asked, caller)
        return key if key and len(key.key) >= _SHORTEST_KEY else None


@fault("keys-of-new-versions-ignored", violates="idempotency-replay", on=IMPORT)
class KeysOfNewVersionsIgnored(Zuora):
    """The key of an import under a known definition is ignored."""

    def idempotency_key(self, asked: Asked, caller: Caller) -> Key | None:
        return None if _DEFINITION in asked.query else super().idempotency_key(asked, caller)


@fault("keys-of-compressed-requests-ignored", violates="idempotency-replay", on=IMPORT)
class KeysOfCompressedRequestsIgnored(Zuora):
    """The key of a compressed request is ignored."""

    def idempotency_key(self, asked: Asked, caller: Caller) -> Key | None:
        return None if asked.header("content-encoding") else super().idempotency_key(asked, caller)


@fault("keys-compared-as-numbers", violates="idempotency-other-key", on=IMPORT)
class KeysComparedAsNumbers(Zuora):
    """Keys of digits are compared as numbers, of which only the first 15 digits count."""

    def idempotency_key(self, asked: Asked, caller: Caller) -> Key | None:
        key = super().idempotency_key(asked, caller)
        if key is None or not key.key.isdecimal():
            return key
        return replace(key, key=f"{float(key.key):.{_SIGNIFICANT - 1}e}")


# Compression


@fault("threshold-1024", violates="compression-on-request", on=RERUN)
class Threshold1024(Zuora):
    """Only an answer of more than 1024 bytes is compressed."""

    def is_large(self, body: bytes) -> bool:
        return len(body) > 1024  # noqa: PLR2004 - as the sentence says


@fault("compressed-request-answered-plain", violates="compression-on-request", on=IMPORT)
class CompressedRequestAnsweredPlain(Zuora):
    """The answer to a compressed request is never compressed, although gzip is asked for."""

    def compress(self, asked: Asked, reply: Reply) -> Reply:
        return super().compress(asked, reply) if asked.header("content-encoding") is None else reply


@fault("new-version-answered-plain", violates="compression-on-request", on=IMPORT)
class NewVersionAnsweredPlain(Zuora):
    """The answer to a new version of a known definition is never compressed, although gzip is asked for."""

    def compress(self, asked: Asked, reply: Reply) -> Reply:
        return reply if _DEFINITION in asked.query else super().compress(asked, reply)


@fault("compressed-new-version-not-understood", violates="compressed-request", on=IMPORT)
class CompressedNewVersionNotUnderstood(Zuora):
    """A compressed request is refused where it is for a new version of a known definition."""

    def read_content(self, asked: Asked) -> bytes:
        if _DEFINITION in asked.query and asked.header("content-encoding") is not None:
            raise Refused(415, "bad-coding", "Compressed requests are not supported.")
        return super().read_content(asked)


@fault("any-coding-taken-for-gzip", violates="accept-encoding-forms", on=RERUN)
class AnyCodingTakenForGzip(Zuora):
    """An answer comes in gzip where any coding is asked for, also where gzip is none of them."""

    def wants_gzip(self, accept_encoding: str | None) -> bool:
        asked = (accept_encoding or "identity").lower()
        return super().wants_gzip(asked) or not ("gzip" in asked or "identity" in asked)


# Tracking ids


@fault("track-id-lost-by-compressed-request", violates="track-id-returned", on=RERUN)
class TrackIdLostByCompressedRequest(Zuora):
    """The tracking id of a compressed request does not come back."""

    def echo_track_id(self, asked: Asked, reply: Reply) -> Reply:
        return reply if asked.header("content-encoding") else super().echo_track_id(asked, reply)


@fault("track-id-of-new-definitions-alone", violates="track-id-returned", on=IMPORT)
class TrackIdOfNewDefinitionsAlone(Zuora):
    """The tracking id of an import under a known definition does not come back."""

    def echo_track_id(self, asked: Asked, reply: Reply) -> Reply:
        return reply if _DEFINITION in asked.query else super().echo_track_id(asked, reply)


@fault("track-id-lost-by-activation", violates="track-id-returned", on=IMPORT)
class TrackIdLostByActivation(Zuora):
    """The tracking id of an import that says whether to activate it does not come back."""

    def echo_track_id(self, asked: Asked, reply: Reply) -> Reply:
        return reply if _ACTIVATE in asked.query else super().echo_track_id(asked, reply)
