"""Faults of SDDC Manager's retry: credentials, bodies that clients send along, and requests that break the server."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from assay.faults import fault
from assay.reference.messages import Asked, Refused, Reply
from assay.reference.vcf import Vcf
from assay.reference.vendor import MAIN_CALLER, Caller

if TYPE_CHECKING:
    from collections.abc import Iterable

ANYBODY = Caller(MAIN_CALLER, frozenset())


# Credentials


@fault("no-credentials-accepted", violates="no-credentials")
class NoCredentialsAccepted(Vcf):
    """A caller without credentials may retry; wrong ones are refused."""

    def authenticate(self, asked: Asked) -> Caller:
        return super().authenticate(asked) if asked.header("authorization") else ANYBODY


@fault("anybody-after-the-first", violates="no-credentials")
class AnybodyAfterTheFirst(Vcf):
    """Once somebody has been let in, callers without credentials are let in, too."""

    let_in = False

    def authenticate(self, asked: Asked) -> Caller:
        if self.let_in and not asked.header("authorization"):
            return ANYBODY
        caller = super().authenticate(asked)
        self.let_in = True
        return caller


@fault("any-token-accepted", violates="wrong-credentials")
class AnyTokenAccepted(Vcf):
    """Any bearer token is accepted."""

    def authenticate(self, asked: Asked) -> Caller:
        return ANYBODY if self.credentials(asked) else super().authenticate(asked)


@fault("empty-token-accepted", violates="no-credentials")
class EmptyTokenAccepted(Vcf):
    """An Authorization header without a token in it is accepted."""

    def authenticate(self, asked: Asked) -> Caller:
        return ANYBODY if self.credentials(asked) == "" else super().authenticate(asked)


@fault("other-scheme-accepted", violates="wrong-credentials")
class OtherSchemeAccepted(Vcf):
    """Bearer tokens are verified, credentials of another scheme are not."""

    def authenticate(self, asked: Asked) -> Caller:
        scheme = (asked.header("authorization") or "bearer").partition(" ")[0]
        return super().authenticate(asked) if scheme.lower() == "bearer" else ANYBODY


class _TokenCompared(Vcf):
    """A token that is equal to the main caller's in a careless comparison is taken for it."""

    main_token = ""

    def admit(self, token: str, name: str, permissions: Iterable[str]) -> None:
        super().admit(token, name, permissions)
        self.main_token = token

    def equal(self, token: str) -> bool:
        """Say whether a token passes for the main caller's."""
        raise NotImplementedError

    def credentials(self, asked: Asked) -> str | None:
        token = super().credentials(asked)
        return self.main_token if token and self.equal(token) else token


@fault("token-cut-off", violates="wrong-credentials")
class TokenCutOff(_TokenCompared):
    """Only the first 16 characters of a token are compared."""

    def equal(self, token: str) -> bool:
        return token[:16] == self.main_token[:16]


class _RefusedAndPerformed(Vcf):
    """A retry is refused for want of credentials after it was performed."""

    kind = ""
    """The cause of the refusal."""

    async def handle(self, asked: Asked) -> Reply:
        try:
            return await super().handle(asked)
        except Refused as refused:
            if refused.kind == self.kind:
                with suppress(Refused):
                    await self.perform(asked, ANYBODY)
            raise


@fault("performed-without-credentials", violates="refusal-changes-nothing")
class PerformedWithoutCredentials(_RefusedAndPerformed):
    """A retry without credentials is answered with 401 and performed all the same."""

    kind = "no-credentials"


@fault("performed-with-wrong-credentials", violates="refusal-changes-nothing")
class PerformedWithWrongCredentials(_RefusedAndPerformed):
    """A retry with a wrong token is answered with 401 and performed all the same."""

    kind = "bad-credentials"


# Bodies that clients send along


@fault("announced-empty-body-refused", violates="content-type-without-body")
class AnnouncedEmptyBodyRefused(Vcf):
    """An empty body that is announced as JSON is refused with 400."""

    def retry(self, asked: Asked, task_id: str) -> Reply:
        if asked.media_type == "application/json" and not asked.body:
            raise Refused(400, "bad-json", "The body is not valid JSON.")
        return super().retry(asked, task_id)


@fault("any-body-refused", violates="empty-object-body")
class AnyBodyRefused(Vcf):
    """A retry with a body, if only an empty object, is refused with 400."""

    def retry(self, asked: Asked, task_id: str) -> Reply:
        if asked.body:
            raise Refused(400, "bad-body", "No body is expected.")
        return super().retry(asked, task_id)


@fault("body-left-in-connection", violates="no-body")
class BodyLeftInConnection(Vcf):
    """The body of a retry is not read off the connection, and what is left there is answered like a second request."""

    def retry(self, asked: Asked, task_id: str) -> Reply:
        reply = super().retry(asked, task_id)
        second = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        return replace(reply, raw=b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n" + second) if asked.body else reply


# Requests that break the server


class _Crash(Vcf):
    """A request of some kind is answered with 500."""

    def breaks(self, asked: Asked) -> bool:
        """Say whether a request is of this kind."""
        raise NotImplementedError

    def retry(self, asked: Asked, task_id: str) -> Reply:
        if self.breaks(asked):
            raise Refused(500, "internal", "An unexpected error occurred.")
        return super().retry(asked, task_id)


@fault("long-id-500", violates="no-server-error")
class LongId500(_Crash):
    """An id of more than 255 characters is answered with 500."""

    def breaks(self, asked: Asked) -> bool:
        return len((asked.path or {})["id"]) > 255  # noqa: PLR2004 - what a column of a database often holds


@fault("nul-500", violates="no-server-error")
class Nul500(_Crash):
    """An id with a percent-encoded NUL is answered with 500."""

    def breaks(self, asked: Asked) -> bool:
        return "%00" in asked.target


@fault("bad-utf8-500", violates="no-server-error")
class BadUtf8500(_Crash):
    """An id whose bytes are no UTF-8 is answered with 500."""

    def breaks(self, asked: Asked) -> bool:
        return "%ff" in asked.target.lower()


@fault("malformed-body-500", violates="no-server-error")
class MalformedBody500(_Crash):
    """A body that is announced as JSON and is none is answered with 500."""

    def breaks(self, asked: Asked) -> bool:
        return asked.media_type == "application/json" and (asked.body or b"{")[:1] not in (b"{", b"[")


@fault("other-content-type-500", violates="no-server-error")
class OtherContentType500(_Crash):
    """A body of another content type than JSON is answered with 500."""

    def breaks(self, asked: Asked) -> bool:
        return asked.media_type not in (None, "application/json")


@fault("wrong-token-500", violates="no-server-error")
class WrongToken500(Vcf):
    """A token that is not valid is answered with 500."""

    def refusal(self, refused: Refused) -> Reply:
        reply = super().refusal(refused)
        return replace(reply, status=500) if refused.kind == "bad-credentials" else reply


@fault("id-form-500", violates="no-server-error", generated=True)
class IdForm500(_Crash):
    """An id with a tilde in it is answered with 500."""

    def breaks(self, asked: Asked) -> bool:
        return "~" in asked.target


@fault("full-length-id-500", violates="no-server-error", generated=True)
class FullLengthId500(_Crash):
    """An id of 100 characters, one more than there is room for, is answered with 500."""

    def breaks(self, asked: Asked) -> bool:
        return len((asked.path or {})["id"]) == 100  # noqa: PLR2004 - the length of a column of a database
