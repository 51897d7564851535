"""Freedoms of Zuora's refusals: their status where the pages name none, and the shape of an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.reference.messages import Asked, Refused, Reply
from assay.reference.zuora import UPDATE, Zuora
from assay.variants import variant

if TYPE_CHECKING:
    import sqlite3

_CREDENTIALS = ("no-credentials", "bad-credentials")
_SHAPED = (400, 404)
"""The statuses of an update that have a documented shape."""


def _as(refused: Refused, status: int, *kinds: str) -> Refused:
    return Refused(status, refused.kind, refused.message) if refused.kind in kinds else refused


# The shape of an error


@variant("zuora/vendor-errors", excludes=("zuora/errors-without-status", "zuora/several-errors"))
class VendorErrors(Zuora):
    """Errors stand in `errors` with an integer for a status, as in the vendor's examples; the page has it otherwise."""

    def error_body(self, refused: Refused) -> object:
        return {"errors": [{"code": refused.kind, "title": refused.message, "status": refused.status}]}


@variant("zuora/errors-without-status", excludes=("zuora/several-errors",))
class ErrorsWithoutStatus(Zuora):
    """An error has a code and a title and no status; no field is required."""

    def error_body(self, refused: Refused) -> object:
        return {"Errors": [{"code": refused.kind, "title": refused.message}]}


@variant("zuora/several-errors")
class SeveralErrors(Zuora):
    """Two errors come at once, the second one with fields of its own; the page has a list of them."""

    def error_body(self, refused: Refused) -> object:
        status = str(refused.status)
        first = {"code": refused.kind, "title": refused.message, "status": status}
        second = {"code": "0", "title": "żółć", "status": status, "source": {"pointer": "/data/0"}}
        return {"Errors": [first, second]}


class _Undocumented(Zuora):
    """Gives refusals that are not documented another shape."""

    def finish(self, asked: Asked, reply: Reply) -> Reply:
        refused = reply.status >= 400  # noqa: PLR2004 - the classes of failure
        documented = asked.operation == UPDATE and reply.status in _SHAPED
        return super().finish(asked, self.reshaped(reply) if refused and not documented else reply)

    def reshaped(self, reply: Reply) -> Reply:
        raise NotImplementedError


@variant("zuora/undocumented-pages", excludes=("zuora/undocumented-nothing", "zuora/undocumented-legacy"))
class UndocumentedPages(_Undocumented):
    """A refusal that is not documented is a page of HTML; errors of an update alone have a documented shape."""

    def reshaped(self, reply: Reply) -> Reply:
        page = b"<html><body><h1>We are sorry</h1></body></html>"
        return Reply(reply.status, page, (("content-type", "text/html; charset=ISO-8859-1"),))


@variant("zuora/undocumented-nothing", excludes=("zuora/undocumented-legacy",))
class UndocumentedNothing(_Undocumented):
    """A refusal that is not documented has no body; errors of an update alone have a documented shape."""

    def reshaped(self, reply: Reply) -> Reply:
        return Reply(reply.status)


@variant("zuora/undocumented-legacy")
class UndocumentedLegacy(_Undocumented):
    """A refusal that is not documented has the shape of the vendor's older operations, with a number for a code."""

    def reshaped(self, reply: Reply) -> Reply:
        reasons = [{"code": 90000011 + reply.status, "message": "This resource is protected."}]
        return Reply.of_json(reply.status, {"success": False, "processId": None, "reasons": reasons})


# Who is refused how


@variant("zuora/credentials-403", excludes=("zuora/credentials-400",))
class Credentials403(Zuora):
    """A caller without valid credentials gets a 403; the pages name no status for it."""

    def refusal(self, refused: Refused) -> Reply:
        return super().refusal(_as(refused, 403, *_CREDENTIALS))


@variant("zuora/credentials-400")
class Credentials400(Zuora):
    """A caller without valid credentials gets a 400; the pages name no status for it."""

    def refusal(self, refused: Refused) -> Reply:
        return super().refusal(_as(refused, 400, *_CREDENTIALS))


@variant("zuora/permission-401", excludes=("zuora/permission-404",))
class Permission401(Zuora):
    """A caller without the permission gets a 401; the pages name no status for it."""

    def refusal(self, refused: Refused) -> Reply:
        return super().refusal(_as(refused, 401, "no-permission"))


@variant("zuora/permission-404")
class Permission404(Zuora):
    """A caller without the permission is told that there is nothing; the pages name no status for it."""

    def refusal(self, refused: Refused) -> Reply:
        return super().refusal(_as(refused, 404, "no-permission"))


# What is refused how


class _UnknownRerun(Zuora):
    """Gives the rerun of an unknown task another status."""

    unknown_rerun: int

    def rerun_task(self, db: sqlite3.Connection, asked: Asked) -> Reply:
        try:
            return super().rerun_task(db, asked)
        except Refused as refused:
            raise _as(refused, self.unknown_rerun, "unknown-task") from None


@variant("zuora/unknown-rerun-400", excludes=("zuora/unknown-rerun-410",))
class UnknownRerun400(_UnknownRerun):
    """The rerun of an unknown task gets a 400; the page names no status for it."""

    unknown_rerun = 400


@variant("zuora/unknown-rerun-410")
class UnknownRerun410(_UnknownRerun):
    """The rerun of an unknown task gets a 410, as it may have been deleted; the page names no status for it."""

    unknown_rerun = 410


@variant("zuora/batches-400", excludes=("zuora/batches-404",))
class Batches400(Zuora):
    """Every mistake in a batch gets a 400, an unknown task too; the page has 400 and 404 and not what for."""

    def update_tasks(self, db: sqlite3.Connection, asked: Asked, content: bytes) -> Reply:
        try:
            return super().update_tasks(db, asked, content)
        except Refused as refused:
            raise Refused(400, refused.kind, refused.message) from None


@variant("zuora/batches-404")
class Batches404(Zuora):
    """Every mistake in a batch gets a 404, a missing list too; the page has 400 and 404 and not what for."""

    def update_tasks(self, db: sqlite3.Connection, asked: Asked, content: bytes) -> Reply:
        try:
            return super().update_tasks(db, asked, content)
        except Refused as refused:
            raise Refused(404, refused.kind, refused.message) from None


@variant("zuora/values-422", excludes=("zuora/batches-400", "zuora/batches-404"))
class Values422(Zuora):
    """A value of the wrong type gets a 422; the pages name no status for it."""

    def refusal(self, refused: Refused) -> Reply:
        return super().refusal(_as(refused, 422, "bad-value", "bad-query"))


@variant("zuora/broken-json-422", excludes=("zuora/batches-400", "zuora/batches-404"))
class BrokenJson422(Zuora):
    """A body that is no JSON gets a 422; the pages name no status for it."""

    def refusal(self, refused: Refused) -> Reply:
        return super().refusal(_as(refused, 422, "bad-json"))


@variant("zuora/old-version-409", excludes=("zuora/old-version-422",))
class OldVersion409(Zuora):
    """A version that is not greater than all others gets a 409; the page names no status for it."""

    def refusal(self, refused: Refused) -> Reply:
        return super().refusal(_as(refused, 409, "old-version"))


@variant("zuora/old-version-422")
class OldVersion422(Zuora):
    """A version that is not greater than all others gets a 422; the page names no status for it."""

    def refusal(self, refused: Refused) -> Reply:
        return super().refusal(_as(refused, 422, "old-version"))


@variant("zuora/unknown-definition-403", excludes=("zuora/unknown-definition-400",))
class UnknownDefinition403(Zuora):
    """An import under an unknown definition gets a 403; the page names no status for it."""

    def refusal(self, refused: Refused) -> Reply:
        return super().refusal(_as(refused, 403, "unknown-definition"))


@variant("zuora/unknown-definition-400")
class UnknownDefinition400(Zuora):
    """An import under an unknown definition gets a 400; the page names no status for it."""

    def refusal(self, refused: Refused) -> Reply:
        return super().refusal(_as(refused, 400, "unknown-definition"))
