"""Faults of Oneprovider's rerun: callers, what a refusal leaves behind, and requests that break the server."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from assay.faults import fault
from assay.faults.onedata import OtherStatus
from assay.reference.messages import Asked, Refused, Reply
from assay.reference.onedata import MANAGE, SCHEDULE, Onedata
from assay.reference.vendor import MAIN_CALLER, Caller

if TYPE_CHECKING:
    from collections.abc import Iterable

OWNER = Caller(MAIN_CALLER, frozenset({SCHEDULE, MANAGE}))


@fault("no-token-accepted", violates="no-token")
class NoTokenAccepted(Onedata):
    """A caller without a token may rerun; a wrong token is refused."""

    def authenticate(self, asked: Asked) -> Caller:
        return OWNER if asked.header("x-auth-token") is None else super().authenticate(asked)


@fault("empty-token-accepted", violates="no-token")
class EmptyTokenAccepted(Onedata):
    """An empty token is accepted."""

    def authenticate(self, asked: Asked) -> Caller:
        return OWNER if asked.header("x-auth-token") == "" else super().authenticate(asked)


@fault("any-token-accepted", violates="wrong-token")
class AnyTokenAccepted(Onedata):
    """A token that belongs to nobody is accepted."""

    def authenticate(self, asked: Asked) -> Caller:
        try:
            return super().authenticate(asked)
        except Refused as refused:
            if refused.kind == "bad-credentials":
                return OWNER
            raise


class _TokenCompared(Onedata):
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


@fault("token-cut-off", violates="wrong-token")
class TokenCutOff(_TokenCompared):
    """Only the first 16 characters of a token are compared."""

    def equal(self, token: str) -> bool:
        return token[:16] == self.main_token[:16]


@fault("bearer-token-not-verified", violates="wrong-token")
class BearerTokenNotVerified(Onedata):
    """A token in X-Auth-Token is verified, one in Authorization is not."""

    def authenticate(self, asked: Asked) -> Caller:
        return OWNER if asked.header("authorization") else super().authenticate(asked)


@fault("x-auth-token-not-known", violates="stopped-execution")
class XAuthTokenNotKnown(Onedata):
    """A token is looked for in Authorization only."""

    def credentials(self, asked: Asked) -> str | None:
        others = tuple(line for line in asked.headers if line[0] != "x-auth-token")
        return super().credentials(replace(asked, headers=others))


@fault("privilege-not-checked", violates="forbidden-caller")
class PrivilegeNotChecked(Onedata):
    """Any caller may rerun any execution."""

    def authorise(self, caller: Caller, owner: str) -> None:
        pass


@fault("forbidden-caller-404", violates="forbidden-caller")
class ForbiddenCaller404(OtherStatus):
    """A caller without the privilege is answered as if the execution did not exist."""

    kind = "forbidden"
    status = 404


@fault("forbidden-only-once", violates="forbidden-caller")
class ForbiddenOnlyOnce(Onedata):
    """The privilege of a caller is looked at once, and whoever comes again may rerun."""

    @cached_property
    def looked_at(self) -> set[str]:
        """Keep the names of the callers."""
        return set()

    def authorise(self, caller: Caller, owner: str) -> None:
        if caller.name in self.looked_at:
            return
        self.looked_at.add(caller.name)
        super().authorise(caller, owner)


# Refused, and performed all the same


class _RefusedAndPerformed(Onedata):
    """A rerun that is refused for one cause changes the execution nevertheless, mostly as if it were performed."""

    kind: ClassVar[str]
    leaves_ended: ClassVar[bool] = False

    async def handle(self, asked: Asked) -> Reply:
        try:
            return await super().handle(asked)
        except Refused as refused:
            if refused.kind == self.kind:
                with self.store.transaction() as db:
                    query = "UPDATE executions SET ended = ? WHERE wid = ?"
                    db.execute(query, (self.leaves_ended, (asked.path or {})["wid"]))
            raise


@fault("performed-without-token", violates="refused-not-performed")
class PerformedWithoutToken(_RefusedAndPerformed):
    """A rerun without a token is answered with 401 and performed all the same."""

    kind = "no-credentials"


@fault("performed-with-wrong-token", violates="refused-not-performed")
class PerformedWithWrongToken(_RefusedAndPerformed):
    """A rerun with a token of nobody is answered with 401 and performed all the same."""

    kind = "bad-credentials"


@fault("performed-without-privilege", violates="refused-not-performed")
class PerformedWithoutPrivilege(_RefusedAndPerformed):
    """A rerun by a caller without the privilege is answered with 403 and performed all the same."""

    kind = "forbidden"


@fault("performed-without-field", violates="refusal-changes-nothing")
class PerformedWithoutField(_RefusedAndPerformed):
    """A rerun whose body lacks a field is answered with 400 and performed all the same."""

    kind = "missing-field"


@fault("performed-in-unknown-lane", violates="refusal-changes-nothing")
class PerformedInUnknownLane(_RefusedAndPerformed):
    """A rerun from a lane run that the execution lacks is answered with 404 and makes the execution active."""

    kind = "unknown-lane-run"


@fault("refused-execution-ended", violates="refusal-changes-nothing")
class RefusedExecutionEnded(_RefusedAndPerformed):
    """A rerun of an execution that has not ended is refused, and ends it."""

    kind = "not-ended"
    leaves_ended = True


# Content types


@fault("charset-refused", violates="content-type-spelling")
class CharsetRefused(Onedata):
    """A content type with a charset is answered with 415."""

    def check_content_type(self, asked: Asked) -> None:
        if "charset" in (asked.header("content-type") or "").lower():
            raise Refused(415, "bad-type", "The content type of the request is not application/json.")
        super().check_content_type(asked)


@fault("media-type-in-lower-case-only", violates="content-type-spelling")
class MediaTypeInLowerCaseOnly(Onedata):
    """A media type with capital letters is answered with 415."""

    def check_content_type(self, asked: Asked) -> None:
        if not (asked.header("content-type") or "application/json").startswith("application/json"):
            raise Refused(415, "bad-type", "The content type of the request is not application/json.")
        super().check_content_type(asked)


# Requests that break the server


class _Crash(Onedata):
    """A request of some kind is answered with 500."""

    def breaks(self, asked: Asked) -> bool:
        """Say whether a request is of this kind."""
        raise NotImplementedError

    async def perform(self, asked: Asked, caller: Caller) -> Reply:
        if self.breaks(asked):
            raise Refused(500, "internal", "An unexpected error occurred.")
        return await super().perform(asked, caller)


@fault("long-id-500", violates="no-server-error")
class LongId500(_Crash):
    """An id of more than 255 characters is answered with 500."""

    def breaks(self, asked: Asked) -> bool:
        return len((asked.path or {})["wid"]) > 255  # noqa: PLR2004 - what a column of a database often holds


@fault("nul-500", violates="no-server-error")
class Nul500(_Crash):
    """An id with a percent-encoded NUL is answered with 500."""

    def breaks(self, asked: Asked) -> bool:
        return "%00" in asked.target


@fault("other-content-type-500", violates="no-server-error")
class OtherContentType500(OtherStatus):
    """A body of another content type than JSON is answered with 500."""

    kind = "bad-type"
    status = 500


@fault("bad-utf-8-500", violates="body-not-json")
class BadUtf8500(_Crash):
    """A body that is not UTF-8 is answered with 500."""

    def breaks(self, asked: Asked) -> bool:
        return b"\xff" in (asked.body or b"")
