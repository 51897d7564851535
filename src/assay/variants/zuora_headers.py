"""Freedoms of Zuora's headers: compression, tracking ids, entities."""

from __future__ import annotations

import gzip
from dataclasses import replace
from typing import TYPE_CHECKING

from assay.reference.messages import Asked, Refused, Reply, gzipped
from assay.reference.zuora import IMPORT, RERUN, TRACK_ID_LIMIT, UPDATE, Zuora
from assay.variants import variant

if TYPE_CHECKING:
    from assay.reference.vendor import Caller

_OUT_OF_PLACE = {UPDATE: ("idempotency-key",), IMPORT: ("zuora-entity-ids", "zuora-org-ids")}

# Compression


@variant("zuora/small-answers-compressed")
class SmallAnswersCompressed(Zuora):
    """Answers of at most 1000 bytes are compressed on request too, errors too; the pages promise it of larger ones."""

    def is_large(self, body: bytes) -> bool:
        return bool(body) or super().is_large(body)


class _CodingNamed(Zuora):
    """Names the content coding in another way."""

    coding: str

    def finish(self, asked: Asked, reply: Reply) -> Reply:
        finished = super().finish(asked, reply)
        renamed = {("content-encoding", "gzip"): ("content-encoding", self.coding)}
        return replace(finished, headers=tuple(renamed.get(each, each) for each in finished.headers))


@variant("zuora/coding-in-capitals", excludes=("zuora/x-gzip",))
class CodingInCapitals(_CodingNamed):
    """The content coding is called GZIP; HTTP tells no letter case apart in it."""

    coding = "GZIP"


@variant("zuora/x-gzip")
class XGzip(_CodingNamed):
    """The content coding is called x-gzip, which is the same as gzip (RFC 9110)."""

    coding = "x-gzip"


@variant("zuora/identity-named")
class IdentityNamed(Zuora):
    """An answer that is not compressed says so, by the coding identity, which is none (RFC 9110)."""

    def finish(self, asked: Asked, reply: Reply) -> Reply:
        finished = super().finish(asked, reply)
        coded = any(name == "content-encoding" for name, _ in finished.headers)
        return finished if coded else finished.with_headers(("content-encoding", "identity"))


@variant("zuora/gzip-in-members")
class GzipInMembers(Zuora):
    """A compressed answer is two gzip members, the first one with a time in it; together they are one gzip file."""

    def packed(self, reply: Reply) -> Reply:
        half = len(reply.body) // 2
        first = gzip.compress(reply.body[:half], mtime=self.clock())
        return replace(super().packed(reply), body=first + gzipped(reply.body[half:]))


@variant("zuora/gzip-by-name-alone")
class GzipByNameAlone(Zuora):
    """An answer is compressed for `gzip` and not for `*`; the page speaks of `gzip` alone."""

    def wants_gzip(self, accept_encoding: str | None) -> bool:
        return "gzip" in (accept_encoding or "").lower() and super().wants_gzip(accept_encoding)


@variant("zuora/broken-gzip-422")
class BrokenGzip422(Zuora):
    """A body that is announced as gzip and is not gets a 422; the pages name no status for it."""

    def refusal(self, refused: Refused) -> Reply:
        return super().refusal(Refused(422, refused.kind, refused.message) if refused.kind == "bad-gzip" else refused)


# Tracking ids


@variant("zuora/illegal-track-ids-ignored", excludes=("zuora/illegal-track-ids-returned",))
class IllegalTrackIdsIgnored(Zuora):
    """A request with an illegal tracking id is carried out, and its answer has none; the pages are silent about it."""

    def check_track_id(self, asked: Asked) -> None:
        """Refuse none."""


@variant("zuora/illegal-track-ids-returned", excludes=("zuora/track-id-limit-everywhere",))
class IllegalTrackIdsReturned(Zuora):
    """An illegal tracking id comes back like a legal one; the pages do not say what it gets."""

    def track_id(self, asked: Asked) -> str | None:
        return asked.header("zuora-track-id")


@variant("zuora/track-id-limit-everywhere")
class TrackIdLimitEverywhere(Zuora):
    """A tracking id of more than 64 characters is refused on every operation; one page names the limit, two do not."""

    def track_id(self, asked: Asked) -> str | None:
        track_id = super().track_id(asked)
        return None if track_id is None or len(track_id) > TRACK_ID_LIMIT else track_id


@variant("zuora/track-ids-of-its-own")
class TrackIdsOfItsOwn(Zuora):
    """A request without a tracking id gets one that the server makes up; the pages speak of a given one alone."""

    def track_id(self, asked: Asked) -> str | None:
        return self.unique() if asked.header("zuora-track-id") is None else super().track_id(asked)


@variant("zuora/no-request-ids")
class NoRequestIds(Zuora):
    """Answers have no Zuora-Request-Id, which the pages do not name."""

    def identify(self, reply: Reply) -> Reply:
        return reply


# Entities, orgs, and what has no place on an operation


@variant("zuora/entities-unread")
class EntitiesUnread(Zuora):
    """Any entity is taken; the pages do not say what an unknown one gets."""

    def check_entities(self, asked: Asked) -> None:
        """Refuse none."""


@variant("zuora/orgs-404", excludes=("zuora/orgs-400",))
class Orgs404(Zuora):
    """An org that is closed to the caller is one that does not exist, a 404; the pages say that the operation fails."""

    def refusal(self, refused: Refused) -> Reply:
        return super().refusal(Refused(404, refused.kind, refused.message) if refused.kind == "no-access" else refused)


@variant("zuora/orgs-400")
class Orgs400(Zuora):
    """An org that is closed to the caller gets a 400; the pages say that the operation fails."""

    def refusal(self, refused: Refused) -> Reply:
        return super().refusal(Refused(400, refused.kind, refused.message) if refused.kind == "no-access" else refused)


@variant("zuora/blanks-in-lists-refused")
class BlanksInListsRefused(Zuora):
    """A list of orgs with a blank in it is refused; the pages say comma separated, and nothing of blanks."""

    def check_orgs(self, asked: Asked) -> None:
        if " " in (asked.header("zuora-org-ids") or ""):
            raise Refused(400, "no-access", "The header Zuora-Org-Ids has a blank in it.")
        super().check_orgs(asked)


@variant("zuora/headers-out-of-place-refused")
class HeadersOutOfPlaceRefused(Zuora):
    """A header that is not on an operation's page is refused: a key on an update, entities and orgs on an import."""

    async def perform(self, asked: Asked, caller: Caller) -> Reply:
        if any(asked.header(name) for name in _OUT_OF_PLACE.get(asked.operation, ())):
            raise Refused(400, "header-out-of-place", "The operation does not have one of the headers.")
        return await super().perform(asked, caller)


# Media types


@variant("zuora/any-content-type", excludes=("zuora/content-type-demanded",))
class AnyContentType(Zuora):
    """A body is read as JSON under whatever content type it comes; the pages do not say that another is refused."""

    def check_content_type(self, asked: Asked) -> None:
        """Take any."""


@variant("zuora/content-type-demanded")
class ContentTypeDemanded(Zuora):
    """A body without a content type is refused; the pages say that it is application/json."""

    def check_content_type(self, asked: Asked) -> None:
        if asked.media_type is None:
            raise Refused(415, "no-type", "The request says no content type.")
        super().check_content_type(asked)


@variant("zuora/bodies-of-reruns-read")
class BodiesOfRerunsRead(Zuora):
    """A rerun with a body that is no JSON object, or announced as something else, is refused; its page has no body."""

    async def perform(self, asked: Asked, caller: Caller) -> Reply:
        if asked.operation == RERUN and asked.body:
            self.check_content_type(asked)
            content = self.read_content(asked)
            if content.strip()[:1] != b"{" or content.strip()[-1:] != b"}":
                raise Refused(400, "bad-body", "The body is no JSON object.")
        return await super().perform(asked, caller)
