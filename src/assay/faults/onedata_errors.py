"""Faults of Oneprovider's rerun: what stands in its errors."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from assay.faults import fault
from assay.reference.messages import Asked, Refused, Reply
from assay.reference.onedata import Onedata

if TYPE_CHECKING:
    from collections.abc import Mapping

JSON = ("content-type", "application/json")


class Changed(Onedata):
    """Some errors are others: those of a status, or those of a cause."""

    of: ClassVar[int | str]
    """The status or the cause."""

    def concerns(self, refused: Refused) -> bool:
        """Say whether an error is among them."""
        return self.of in (refused.status, refused.kind)


class _Fields(Changed):
    """Some errors have other values in some fields; `None` stands for no field at all."""

    fields: ClassVar[Mapping[str, object]] = {}
    context: ClassVar[Mapping[str, object]] = {}

    def error(self, refused: Refused) -> dict[str, Any]:
        error = super().error(refused)
        if not self.concerns(refused):
            return error
        error["ctx"] = {name: value for name, value in {**error["ctx"], **self.context}.items() if value is not None}
        return {name: value for name, value in {**error, **self.fields}.items() if value is not None}


class _Body(Changed):
    """Some errors are other bytes."""

    content_type: ClassVar[str | None] = "application/json"

    def altered(self, body: bytes) -> bytes:
        """Return the bytes in place of an error's."""
        return body

    def refusal(self, refused: Refused) -> Reply:
        reply = super().refusal(refused)
        if not self.concerns(refused):
            return reply
        headers = tuple(line for line in reply.headers if line[0] != "content-type")
        if self.content_type is not None:
            headers = (*headers, ("content-type", self.content_type))
        return replace(reply, body=self.altered(reply.body), headers=headers)


# Wrong as a whole


@fault("malformed-body-html", violates="error-shape-400")
class MalformedBodyHtml(_Body):
    """The 400 for a body that is no JSON is an HTML page; every other error is as documented."""

    of = "bad-json"
    content_type = "text/html"

    def altered(self, body: bytes) -> bytes:  # noqa: ARG002 - that is the fault
        return b"<html><body>400 Bad Request</body></html>"


@fault("forbidden-empty", violates="error-shape-403")
class ForbiddenEmpty(_Body):
    """A 403 has no body."""

    of = 403
    content_type = None

    def altered(self, body: bytes) -> bytes:  # noqa: ARG002 - that is the fault
        return b""


@fault("not-found-bare", violates="error-shape-404")
class NotFoundBare(_Body):
    """The error of a 404 is the body itself instead of a field of it."""

    of = 404

    def altered(self, body: bytes) -> bytes:
        return body.removeprefix(b'{"error":').removesuffix(b"}")


@fault("missing-field-text", violates="error-shape-400")
class MissingFieldText(_Body):
    """The error of the 400 for a missing field is a text."""

    of = "missing-field"

    def altered(self, body: bytes) -> bytes:  # noqa: ARG002 - that is the fault
        return b'{"error":"a value is missing"}'


@fault("page-for-id-with-dot", violates="error-shape-404")
class PageForIdWithDot(Onedata):
    """A path does not match where the id has a dot in it, so that a page says that there is no such place."""

    async def answer(self, asked: Asked) -> Reply:
        if "." in (asked.path or {})["wid"]:
            return Reply(404, b"<html><body>404 Not Found</body></html>", (("content-type", "text/html"),))
        return await super().answer(asked)


# Wrong in a field of the error


@fault("id-number", violates="error-shape-404")
class IdNumber(_Fields):
    """The id of a 404 is a number."""

    of = 404
    fields: ClassVar = {"id": 1027}


@fault("id-missing", violates="error-shape-400")
class IdMissing(_Fields):
    """A 400 has no id."""

    of = 400
    fields: ClassVar = {"id": None}


@fault("description-missing", violates="error-shape-403")
class DescriptionMissing(_Fields):
    """A 403 has no description."""

    of = 403
    fields: ClassVar = {"description": None}


@fault("details-list", violates="error-shape-404")
class DetailsList(_Fields):
    """The details of a 404 are a list."""

    of = 404
    fields: ClassVar = {"details": []}


# Wrong in the context


@fault("timestamp-in-seconds", violates="error-shape-404")
class TimestampInSeconds(Onedata):
    """The timestamp of an error is in seconds."""

    def error_context(self, module: str, line: int) -> Mapping[str, str | int]:
        return {**super().error_context(module, line), "timestamp": int(self.clock())}


@fault("timestamp-text", violates="error-shape-400")
class TimestampText(_Fields):
    """The timestamp of a 400 is a text."""

    of = 400
    context: ClassVar = {"timestamp": "2026-01-01T00:00:00Z"}


@fault("release-number", violates="error-shape-403")
class ReleaseNumber(_Fields):
    """The serviceReleaseVersion of a 403 is a number."""

    of = 403
    context: ClassVar = {"serviceReleaseVersion": 25.0}


@fault("service-id-missing", violates="error-shape-404")
class ServiceIdMissing(_Fields):
    """The context of a 404 has no serviceId."""

    of = 404
    context: ClassVar = {"serviceId": None}


@fault("line-text", violates="error-shape-400")
class LineText(_Fields):
    """The line of a 400 is a text."""

    of = 400
    context: ClassVar = {"line": "212"}


@fault("crash-report", violates="error-shape-500")
class CrashReport(_Body):
    """A number in quotation marks is answered with 500 and a stack trace."""

    of = "crash"
    content_type = "text/plain"

    def altered(self, body: bytes) -> bytes:  # noqa: ARG002 - that is the fault
        return b"** exception error: bad argument"

    def integer(self, name: str, value: object) -> int | None:
        if isinstance(value, str):
            raise Refused(500, "crash", "An unexpected error occurred.")
        return super().integer(name, value)


# Media type


@fault("problem-json", violates="error-content-type")
class ProblemJson(_Body):
    """A 404 is announced as application/problem+json."""

    of = 404
    content_type = "application/problem+json"


@fault("malformed-body-json-as-text", violates="error-content-type")
class MalformedBodyJsonAsText(_Body):
    """The 400 for a body that is no JSON is announced as text/plain."""

    of = "bad-json"
    content_type = "text/plain"


@fault("forbidden-without-content-type", violates="error-content-type")
class ForbiddenWithoutContentType(_Body):
    """A 403 has no content type."""

    of = 403
    content_type = None


@fault("html-unless-json-only", violates="error-content-type")
class HtmlUnlessJsonOnly(Onedata):
    """Errors are HTML unless the client accepts application/json and nothing else."""

    async def answer(self, asked: Asked) -> Reply:
        reply = await super().answer(asked)
        if reply.status < 400 or asked.header("accept") == "application/json":  # noqa: PLR2004 - the class of errors
            return reply
        html = ("content-type", "text/html")
        headers = tuple(html if line == JSON else line for line in reply.headers)
        return replace(reply, body=b"<html><body>Error</body></html>", headers=headers)


# The context as such, and the time


@fault("no-context", violates="error-context")
class NoContext(Onedata):
    """Errors have no ctx, as before release 25.0."""

    def error(self, refused: Refused) -> dict[str, Any]:
        error = super().error(refused)
        return {name: value for name, value in error.items() if name != "ctx"}


@fault("malformed-body-no-context", violates="error-context")
class MalformedBodyNoContext(_Fields):
    """The 400 for a body that is no JSON has no ctx; every other error has one."""

    of = "bad-json"
    fields: ClassVar = {"ctx": None}


@fault("error-is-text", violates="error-context")
class ErrorIsText(Onedata):
    """Every error is a text."""

    def error_body(self, refused: Refused) -> object:
        return {"error": refused.message}


@fault("timestamp-of-example", violates="error-timestamp")
class TimestampOfExample(_Fields):
    """The timestamp of the 400 for a body that is no JSON is always the one of the documented example."""

    of = "bad-json"
    context: ClassVar = {"timestamp": 1_750_762_637_248}
