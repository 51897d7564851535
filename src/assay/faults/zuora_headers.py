"""Faults that Zuora's operations share: the tracking id."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from assay.faults import fault
from assay.reference.messages import Asked, Refused, Reply
from assay.reference.zuora import IMPORT, RERUN, UPDATE, Zuora

if TYPE_CHECKING:
    from assay.reference.vendor import Caller

_OVERLAP_S = 0.02


class _Respelling(Zuora):
    """Returns another tracking id than it was sent."""

    def echo_track_id(self, asked: Asked, reply: Reply) -> Reply:
        sent = self.track_id(asked)
        returned = None if sent is None else self.returned(sent)
        return reply if returned is None else reply.with_headers(("zuora-track-id", returned))

    def returned(self, track_id: str) -> str | None:
        raise NotImplementedError


@fault("track-id-not-returned", violates="track-id-returned", on=(RERUN, UPDATE, IMPORT))
class TrackIdNotReturned(_Respelling):
    """The tracking id does not come back."""

    def returned(self, track_id: str) -> str | None:  # noqa: ARG002 - nothing becomes of it
        return None


@fault("track-id-lower-case", violates="track-id-returned", on=RERUN)
class TrackIdLowerCase(_Respelling):
    """The tracking id comes back in lower case."""

    def returned(self, track_id: str) -> str:
        return track_id.lower()


@fault("track-id-cut-at-32", violates="track-id-returned", on=UPDATE)
class TrackIdCutAt32(_Respelling):
    """Only the first 32 characters of the tracking id come back."""

    def returned(self, track_id: str) -> str:
        return track_id[:32]


@fault("track-id-spaces-folded", violates="track-id-returned", on=IMPORT)
class TrackIdSpacesFolded(_Respelling):
    """Several spaces inside a tracking id come back as one."""

    def returned(self, track_id: str) -> str:
        return re.sub(" +", " ", track_id)


@fault("track-id-lost-by-compression", violates="track-id-returned", on=IMPORT)
class TrackIdLostByCompression(Zuora):
    """The tracking id does not come back on compressed answers."""

    def packed(self, reply: Reply) -> Reply:
        kept = tuple(header for header in reply.headers if header[0] != "zuora-track-id")
        return super().packed(Reply(reply.status, reply.body, kept))


# Side by side


@fault("track-ids-mixed-up", violates="track-id-side-by-side", on=(RERUN, UPDATE, IMPORT))
class TrackIdsMixedUp(Zuora):
    """Requests that overlap all get the tracking id of the one that came last."""

    latest: str | None = None

    async def perform(self, asked: Asked, caller: Caller) -> Reply:
        self.latest = self.track_id(asked)
        if self.latest is not None:
            await asyncio.sleep(_OVERLAP_S)
        return await super().perform(asked, caller)

    def echo_track_id(self, asked: Asked, reply: Reply) -> Reply:  # noqa: ARG002 - which is the mistake
        return reply if self.latest is None else reply.with_headers(("zuora-track-id", self.latest))


# On errors


@fault("track-id-missing-on-errors", violates="track-id-on-errors", on=(RERUN, UPDATE, IMPORT))
class TrackIdMissingOnErrors(Zuora):
    """The tracking id does not come back where the request is refused."""

    def echo_track_id(self, asked: Asked, reply: Reply) -> Reply:
        return reply if reply.status >= 400 else super().echo_track_id(asked, reply)  # noqa: PLR2004 - the errors


# Illegal ones


class _Crashing(Zuora):
    """Answers some illegal tracking ids with a server error."""

    def check_track_id(self, asked: Asked) -> None:
        if self.crashes(asked.header("zuora-track-id") or ""):
            raise Refused(500, "internal", "An unexpected error occurred.")
        super().check_track_id(asked)

    def crashes(self, track_id: str) -> bool:
        raise NotImplementedError


@fault("illegal-track-id-crashes", violates="track-id-illegal", on=(RERUN, UPDATE, IMPORT))
class IllegalTrackIdCrashes(_Crashing):
    """A tracking id with a forbidden character is answered with 500."""

    def crashes(self, track_id: str) -> bool:
        return not self.is_legal_track_id(track_id)
