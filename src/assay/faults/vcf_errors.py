"""Faults of SDDC Manager's retry: what stands in its errors."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from assay.faults import fault
from assay.reference.messages import Reply
from assay.reference.vcf import Vcf

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assay.reference.messages import Asked, Refused

JSON = ("content-type", "application/json")


class _Fields(Vcf):
    """The errors of one status have other values in some fields."""

    status: ClassVar[int]
    fields: ClassVar[Mapping[str, object]]

    def error(self, refused: Refused) -> dict[str, Any]:
        error = super().error(refused)
        return {**error, **self.fields} if refused.status == self.status else error


class _Body(Vcf):
    """The errors of one status are other bytes."""

    status: ClassVar[int]
    content_type: ClassVar[str | None] = "application/json"

    def altered(self, body: bytes) -> bytes:
        """Return the bytes in place of an error's."""
        return body

    def refusal(self, refused: Refused) -> Reply:
        reply = super().refusal(refused)
        if refused.status != self.status:
            return reply
        headers = tuple(line for line in reply.headers if line[0] != "content-type")
        if self.content_type is not None:
            headers = (*headers, ("content-type", self.content_type))
        return replace(reply, body=self.altered(reply.body), headers=headers)


# Wrong as a whole


@fault("unknown-task-html", violates="error-shape-404")
class UnknownTaskHtml(_Body):
    """A 404 is an HTML page."""

    status = 404
    content_type = "text/html"

    def altered(self, body: bytes) -> bytes:  # noqa: ARG002 - that is the fault
        return b"<html><body><h1>404 Not Found</h1></body></html>"


@fault("unknown-task-empty", violates="error-shape-404")
class UnknownTaskEmpty(_Body):
    """A 404 has no body."""

    status = 404
    content_type = None

    def altered(self, body: bytes) -> bytes:  # noqa: ARG002 - that is the fault
        return b""


@fault("unfailed-task-text", violates="error-shape-409")
class UnfailedTaskText(_Body):
    """A 409 is the JSON text "Error Object"."""

    status = 409

    def altered(self, body: bytes) -> bytes:  # noqa: ARG002 - that is the fault
        return b'"Error Object"'


@fault("unfailed-task-cut-short", violates="error-shape-409")
class UnfailedTaskCutShort(_Body):
    """The JSON of a 409 lacks its last bytes."""

    status = 409

    def altered(self, body: bytes) -> bytes:
        return body[:-2]


@fault("unknown-task-latin-1", violates="error-shape-404")
class UnknownTaskLatin1(_Body):
    """A 404 is encoded in ISO-8859-1."""

    status = 404

    def altered(self, body: bytes) -> bytes:
        return body.replace(b"does not exist", b"n'est pas trouv\xe9e")


# Wrong in a field


@fault("error-code-number", violates="error-shape-404")
class ErrorCodeNumber(_Fields):
    """The errorCode of a 404 is a number."""

    status = 404
    fields: ClassVar = {"errorCode": 404}


@fault("arguments-text", violates="error-shape-404")
class ArgumentsText(_Fields):
    """The arguments of a 404 are one text."""

    status = 404
    fields: ClassVar = {"arguments": "task"}


@fault("argument-number", violates="error-shape-409")
class ArgumentNumber(_Fields):
    """One of the arguments of a 409 is a number."""

    status = 409
    fields: ClassVar = {"arguments": ["task", 3]}


@fault("context-list", violates="error-shape-404")
class ContextList(_Fields):
    """The context of a 404 is a list, which some languages make of an empty map."""

    status = 404
    fields: ClassVar = {"context": []}


@fault("message-object", violates="error-shape-409")
class MessageObject(_Fields):
    """The message of a 409 is an object of messages by language."""

    status = 409
    fields: ClassVar = {"message": {"en": "The task has not failed."}}


@fault("remediation-list", violates="error-shape-404")
class RemediationList(_Fields):
    """The remediationMessage of a 404 is a list of messages."""

    status = 404
    fields: ClassVar = {"remediationMessage": ["Check the id of the task."]}


@fault("causes-object", violates="error-shape-404")
class CausesObject(_Fields):
    """The only cause of a 404 stands in causes without a list around it."""

    status = 404
    fields: ClassVar = {"causes": {"type": "TASK_NOT_FOUND", "message": "There is no such task."}}


@fault("cause-type-number", violates="error-shape-409")
class CauseTypeNumber(_Fields):
    """The type of the second cause of a 409 is a number."""

    status = 409
    fields: ClassVar = {"causes": [{"type": "TASK", "message": "Not failed."}, {"type": 7, "message": "Not failed."}]}


@fault("nested-error-text", violates="error-shape-404")
class NestedErrorText(_Fields):
    """The nestedErrors of a 404 are texts."""

    status = 404
    fields: ClassVar = {"nestedErrors": ["Error Object"]}


@fault("nested-error-deep", violates="error-shape-409")
class NestedErrorDeep(_Fields):
    """An Error within an Error within a 409 has a number for its message."""

    status = 409
    fields: ClassVar = {"nestedErrors": [{"message": "One part", "nestedErrors": [{"message": 12}]}]}


@fault("reference-token-number", violates="error-shape-404")
class ReferenceTokenNumber(_Fields):
    """The referenceToken of a 404 is a number."""

    status = 404
    fields: ClassVar = {"referenceToken": 471_103}


class _Page(Vcf):
    """Requests of some kind are answered with a page of HTML."""

    status: ClassVar[int]

    def is_of_the_kind(self, asked: Asked) -> bool:
        """Say whether a request is of this kind."""
        raise NotImplementedError

    async def answer(self, asked: Asked) -> Reply:
        reply = await super().answer(asked)
        if reply.status != 404 or not self.is_of_the_kind(asked):  # noqa: PLR2004 - nothing is there
            return reply
        return Reply(self.status, b"<html><body><h1>Error</h1></body></html>", (("content-type", "text/html"),))


@fault("extension-page", violates="error-shape-404")
class ExtensionPage(_Page):
    """A 404 is an HTML page where the id has what looks like a file name extension."""

    status = 404

    def is_of_the_kind(self, asked: Asked) -> bool:
        return asked.target.endswith(".json")


@fault("nul-page", violates="error-shape-500")
class NulPage(_Page):
    """An id with a percent-encoded NUL is answered with 500 and a page of HTML."""

    status = 500

    def is_of_the_kind(self, asked: Asked) -> bool:
        return "%00" in asked.target


@fault("crash-page", violates="error-shape-500")
class CrashPage(_Body):
    """A task that does not exist is answered with 500 and a stack trace as HTML."""

    status = 404
    content_type = "text/html"

    def altered(self, body: bytes) -> bytes:  # noqa: ARG002 - that is the fault
        return b"<html><body><pre>java.lang.NullPointerException</pre></body></html>"

    def refusal(self, refused: Refused) -> Reply:
        reply = super().refusal(refused)
        return replace(reply, status=500) if refused.kind == "unknown-task" else reply


# Wrong media type


@fault("problem-json", violates="error-content-type")
class ProblemJson(_Body):
    """A 404 is announced as application/problem+json."""

    status = 404
    content_type = "application/problem+json"


@fault("json-as-text", violates="error-content-type")
class JsonAsText(_Body):
    """A 409 is announced as text/plain."""

    status = 409
    content_type = "text/plain"


@fault("xml-unless-json-first", violates="error-content-type")
class XmlUnlessJsonFirst(Vcf):
    """Errors are XML unless the client accepts application/json and nothing else."""

    async def answer(self, asked: Asked) -> Reply:
        reply = await super().answer(asked)
        if reply.status < 400 or asked.header("accept") == "application/json":  # noqa: PLR2004 - the class of errors
            return reply
        xml = ("content-type", "application/xml")
        return replace(reply, body=b"<Error/>", headers=tuple(xml if each == JSON else each for each in reply.headers))


# Nothing said


@fault("empty-error", violates="identified-error")
class EmptyError(_Body):
    """A 404 is an empty object."""

    status = 404

    def altered(self, body: bytes) -> bytes:  # noqa: ARG002 - that is the fault
        return b"{}"


@fault("error-in-envelope", violates="identified-error")
class ErrorInEnvelope(_Body):
    """The Error of a 409 stands in an object around it."""

    status = 409

    def altered(self, body: bytes) -> bytes:
        return b'{"error":' + body + b"}"


@fault("nulls-only", violates="identified-error")
class NullsOnly(_Fields):
    """Neither the errorCode nor the message of a 409 has a value."""

    status = 409
    fields: ClassVar = {"errorCode": None, "message": None}
