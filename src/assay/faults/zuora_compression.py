"""Faults that Zuora's operations share: compressed answers and compressed requests."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from assay.faults import fault
from assay.reference.messages import Asked, Refused, Reply, gzipped
from assay.reference.zuora import IMPORT, RERUN, UPDATE, Zuora

if TYPE_CHECKING:
    from assay.reference.zuora_tasks import Task

_NO_TASKS = b'{"data": []}'


# Whether answers are compressed


@fault("never-compressed", violates="compression-on-request", on=(RERUN, UPDATE, IMPORT))
class NeverCompressed(Zuora):
    """A large answer is not compressed although gzip is asked for."""

    def compress(self, asked: Asked, reply: Reply) -> Reply:  # noqa: ARG002 - nothing becomes of it
        return reply


@fault("accept-encoding-compared-whole", violates="accept-encoding-forms", on=UPDATE)
class AcceptEncodingComparedWhole(Zuora):
    """An answer is compressed only where Accept-Encoding is gzip and nothing else."""

    def wants_gzip(self, accept_encoding: str | None) -> bool:
        return (accept_encoding or "").lower() == "gzip"


@fault("upper-case-gzip-unknown", violates="accept-encoding-forms", on=IMPORT)
class UpperCaseGzipUnknown(Zuora):
    """An answer is not compressed where gzip is asked for in upper case."""

    def wants_gzip(self, accept_encoding: str | None) -> bool:
        return super().wants_gzip(accept_encoding) and "gzip" in (accept_encoding or "")


@fault("compression-announced-only", violates="compression-on-request", on=UPDATE)
class CompressionAnnouncedOnly(Zuora):
    """Content-Encoding says gzip, and the body is plain."""

    def packed(self, reply: Reply) -> Reply:
        return reply.with_headers(("content-encoding", "gzip"))


@fault("compression-not-announced", violates="compression-on-request", on=IMPORT)
class CompressionNotAnnounced(Zuora):
    """The body is compressed, and no Content-Encoding says so."""

    def packed(self, reply: Reply) -> Reply:
        return replace(reply, body=gzipped(reply.body))


@fault("compressed-twice", violates="compression-on-request", on=RERUN)
class CompressedTwice(Zuora):
    """The body is compressed twice and announced as compressed once."""

    def packed(self, reply: Reply) -> Reply:
        return super().packed(replace(reply, body=gzipped(reply.body)))


@fault("compressed-is-no-json", violates="content-type", on=RERUN)
class CompressedIsNoJson(Zuora):
    """A compressed answer is declared as application/gzip."""

    def packed(self, reply: Reply) -> Reply:
        reply = super().packed(reply)
        kept = tuple(header for header in reply.headers if header[0] != "content-type")
        return replace(reply, headers=(*kept, ("content-type", "application/gzip")))


# From which size on


@fault("threshold-1024", violates="compression-threshold", on=(UPDATE, IMPORT))
class Threshold1024(Zuora):
    """Only an answer of more than 1024 bytes is compressed."""

    def is_large(self, body: bytes) -> bool:
        return len(body) > 1024  # noqa: PLR2004 - as the sentence says


# Compressed although nobody asked


@fault("always-compressed", violates="compression-unasked", on=(RERUN, UPDATE, IMPORT))
class AlwaysCompressed(Zuora):
    """A large answer is compressed where nobody asks for it."""

    def wants_gzip(self, accept_encoding: str | None) -> bool:
        return accept_encoding is None or super().wants_gzip(accept_encoding)


@fault("identity-compressed", violates="compression-unasked", on=RERUN)
class IdentityCompressed(Zuora):
    """Whatever Accept-Encoding says, identity included, is taken for gzip."""

    def wants_gzip(self, accept_encoding: str | None) -> bool:
        return bool(accept_encoding)


@fault("small-answers-compressed-unasked", violates="compression-unasked", on=IMPORT)
class SmallAnswersCompressedUnasked(Zuora):
    """A small answer is compressed where nobody asks for it."""

    def compress(self, asked: Asked, reply: Reply) -> Reply:
        return super().compress(asked, reply) if self.is_large(reply.body) else self.packed(reply)


# Compressed requests


@fault("compressed-request-not-understood", violates="compressed-request", on=(RERUN, IMPORT))
class CompressedRequestNotUnderstood(Zuora):
    """A compressed request is refused."""

    def unpack(self, body: bytes) -> bytes:  # noqa: ARG002 - nothing becomes of it
        raise Refused(415, "bad-coding", "Compressed requests are not supported.")


@fault("compressed-request-read-as-empty", violates="compressed-request", on=UPDATE)
class CompressedRequestReadAsEmpty(Zuora):
    """A compressed request is carried out as if it had no tasks to update."""

    def unpack(self, body: bytes) -> bytes:
        super().unpack(body)
        return _NO_TASKS

    def read_changes(self, content: bytes) -> list[tuple[int, Task]]:
        return [] if content is _NO_TASKS else super().read_changes(content)


# Broken requests


@fault("broken-gzip-taken-as-plain", violates="broken-compression", on=(RERUN, UPDATE, IMPORT))
class BrokenGzipTakenAsPlain(Zuora):
    """A body that is announced as gzip and is none is taken as it is."""

    def unpack(self, body: bytes) -> bytes:
        return super().unpack(body) if body.startswith(b"\x1f\x8b") else body


@fault("broken-gzip-crashes", violates="no-server-error", on=IMPORT)
class BrokenGzipCrashes(Zuora):
    """A body that is announced as gzip and is none is answered with 500."""

    def unpack(self, body: bytes) -> bytes:
        try:
            return super().unpack(body)
        except Refused:
            raise Refused(500, "internal", "An unexpected error occurred.") from None
