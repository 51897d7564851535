"""Freedoms of Oneprovider in its errors: their status where the document names none, and what they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.reference.messages import Asked, Refused, Reply
from assay.reference.onedata import Onedata
from assay.variants import variant

if TYPE_CHECKING:
    from collections.abc import Mapping

HOURS_AHEAD = 20
_MS_OF_AN_HOUR = 60 * 60 * 1000

_TOKEN = ("no-credentials", "bad-credentials")
_UNDOCUMENTED = (401, 405, 409, 413, 415, 422)


def _as(refused: Refused, status: int, *kinds: str) -> Refused:
    return Refused(status, refused.kind, refused.message) if refused.kind in kinds else refused


# Statuses that the document leaves open


@variant("onedata/unknown-lane-400", excludes=("onedata/unknown-lane-422",))
class UnknownLane400(Onedata):
    """A lane or run that the execution lacks is an invalid request, a 400; the document names no status for it."""

    def refusal(self, refused: Refused) -> Reply:
        return super().refusal(_as(refused, 400, "unknown-lane-run"))


@variant("onedata/unknown-lane-422")
class UnknownLane422(Onedata):
    """A lane or run that the execution lacks gets a 422; the document names no status for it."""

    def refusal(self, refused: Refused) -> Reply:
        return super().refusal(_as(refused, 422, "unknown-lane-run"))


@variant("onedata/not-ended-409", excludes=("onedata/not-ended-403", "onedata/not-ended-404"))
class NotEnded409(Onedata):
    """An execution that has not ended gets a 409; the document names no status for it."""

    def refusal(self, refused: Refused) -> Reply:
        return super().refusal(_as(refused, 409, "not-ended"))


@variant("onedata/not-ended-403", excludes=("onedata/not-ended-404",))
class NotEnded403(Onedata):
    """An execution that has not ended gets a 403; the document names no status for it."""

    def refusal(self, refused: Refused) -> Reply:
        return super().refusal(_as(refused, 403, "not-ended"))


@variant("onedata/not-ended-404")
class NotEnded404(Onedata):
    """An execution that has not ended gets a 404, as there is nothing to rerun; the document names no status for it."""

    def refusal(self, refused: Refused) -> Reply:
        return super().refusal(_as(refused, 404, "not-ended"))


@variant("onedata/token-400", excludes=("onedata/token-403", "onedata/token-404"))
class Token400(Onedata):
    """A caller without a valid token gets a 400; the document names no status for it."""

    def refusal(self, refused: Refused) -> Reply:
        return super().refusal(_as(refused, 400, *_TOKEN))


@variant("onedata/token-403", excludes=("onedata/token-404",))
class Token403(Onedata):
    """A caller without a valid token gets the 403 of one without the privilege; the document names no status for it."""

    def refusal(self, refused: Refused) -> Reply:
        return super().refusal(_as(refused, 403, *_TOKEN))


@variant("onedata/token-404")
class Token404(Onedata):
    """A caller without a valid token is told that there is no such execution; the document names no status for it."""

    def refusal(self, refused: Refused) -> Reply:
        return super().refusal(_as(refused, 404, *_TOKEN))


@variant("onedata/no-bearer")
class NoBearer(Onedata):
    """A token is taken from X-Auth-Token alone, the only header that the document shows."""

    def credentials(self, asked: Asked) -> str | None:
        return asked.header("x-auth-token")


@variant("onedata/undocumented-pages", excludes=("onedata/undocumented-nothing",))
class UndocumentedPages(Onedata):
    """A refusal with a status that is not documented is a page of HTML; only four statuses have a documented shape."""

    def refusal(self, refused: Refused) -> Reply:
        reply = super().refusal(refused)
        page = Reply(refused.status, b"<!DOCTYPE html><title>No</title>", (("content-type", "text/html"),))
        return page if reply.status in _UNDOCUMENTED else reply


@variant("onedata/undocumented-nothing")
class UndocumentedNothing(Onedata):
    """A refusal with a status that is not documented has no body; only four statuses have a documented shape."""

    def refusal(self, refused: Refused) -> Reply:
        reply = super().refusal(refused)
        return Reply(reply.status) if reply.status in _UNDOCUMENTED else reply


# What an error holds


@variant("onedata/no-details", excludes=("onedata/rich-details",))
class NoDetails(Onedata):
    """An error has no details, which are not required."""

    def error(self, refused: Refused) -> dict[str, Any]:
        return {name: value for name, value in super().error(refused).items() if name != "details"}


@variant("onedata/rich-details")
class RichDetails(Onedata):
    """The details of an error are an object of many levels, which has a schema of its own for each error."""

    def error(self, refused: Refused) -> dict[str, Any]:
        details = {"key": refused.kind, "schema": None, "of": [{"error": {"id": 7, "ctx": {}}}, []], "n": -1.5}
        return {**super().error(refused), "details": details}


@variant("onedata/one-id", excludes=("onedata/id-for-each-field",))
class OneId(Onedata):
    """There is one error id for each status; the document does not say how finely they tell errors apart."""

    def error(self, refused: Refused) -> dict[str, Any]:
        return {**super().error(refused), "id": f"error{refused.status}"}


@variant("onedata/id-for-each-field")
class IdForEachField(Onedata):
    """An error about a field has an id with the name of the field; the document does not say how finely ids tell."""

    def error(self, refused: Refused) -> dict[str, Any]:
        error = super().error(refused)
        fields = [name for name in ("laneIndex", "laneRunNumber") if name in refused.message]
        return {**error, "id": ".".join([error["id"], *fields])}


@variant("onedata/not-ended-in-two-ways")
class NotEndedInTwoWays(Onedata):
    """An execution that waits is refused with another error id than one that runs, and begins to run meanwhile."""

    waiting = True

    def refusal(self, refused: Refused) -> Reply:
        if refused.kind != "not-ended" or not self.waiting:
            return super().refusal(refused)
        self.waiting = False
        return super().refusal(Refused(refused.status, "still-waiting", refused.message))


@variant("onedata/varying-descriptions")
class VaryingDescriptions(Onedata):
    """The description of an error is another one each time, as it may speak of the instance."""

    def error(self, refused: Refused) -> dict[str, Any]:
        error = super().error(refused)
        return {**error, "description": f"{error['description']} (№ {self.unique()})\n"}


@variant("onedata/empty-texts", excludes=("onedata/onezone", "onedata/onepanel"))
class EmptyTexts(Onedata):
    """Texts of an error are empty and its line is 0; the document gives none of them a minimum."""

    def error(self, refused: Refused) -> dict[str, Any]:
        return {**super().error(refused), "description": ""}

    def error_context(self, module: str, line: int) -> Mapping[str, str | int]:
        names = ("serviceReleaseVersion", "serviceDomain", "serviceBuildVersion", "onedataErrorsRevision", "module")
        return {**super().error_context(module, line), **dict.fromkeys(names, ""), "line": 0}


@variant("onedata/onezone", excludes=("onedata/onepanel",))
class Onezone(Onedata):
    """An error comes from Onezone behind the provider, with the id that the document gives for it."""

    def error_context(self, module: str, line: int) -> Mapping[str, str | int]:
        return {**super().error_context(module, line), "service": "ozw", "serviceId": "onezone"}


@variant("onedata/onepanel")
class Onepanel(Onedata):
    """An error about the credentials comes from one panel, every other one from the other: all four services may."""

    def error_context(self, module: str, line: int) -> Mapping[str, str | int]:
        service = "ozp" if module == "http_auth" else "opp"
        return {**super().error_context(module, line), "service": service}


@variant("onedata/clock-ahead")
class ClockAhead(Onedata):
    """The server's clock is 20 hours ahead; the document does not say by which clock a timestamp goes."""

    def error_context(self, module: str, line: int) -> Mapping[str, str | int]:
        context = super().error_context(module, line)
        return {**context, "timestamp": int(context["timestamp"]) + HOURS_AHEAD * _MS_OF_AN_HOUR}
