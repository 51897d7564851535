"""Faults of Zuora: status and body of refused updates."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from assay.faults import fault
from assay.reference.messages import Asked, Refused, Reply
from assay.reference.zuora import UPDATE, Zuora

_UNKNOWN = frozenset({"unknown-task"})
_MALFORMED = frozenset({"bad-json"})
_REFUSED = 400
_SEVERAL = ("data[0]", "data[1]")


class _Other(Zuora):
    """Some refusals have another status."""

    kinds: ClassVar[frozenset[str]]
    status: ClassVar[int]

    def refusal(self, refused: Refused) -> Reply:
        if refused.kind in self.kinds:
            refused = Refused(self.status, refused.kind, refused.message, refused.headers)
        return super().refusal(refused)


class _Html(Zuora):
    """Some refusals are pages of HTML."""

    kinds: ClassVar[frozenset[str]]

    def refusal(self, refused: Refused) -> Reply:
        reply = super().refusal(refused)
        if refused.kind not in self.kinds:
            return reply
        page = f"<!DOCTYPE html><title>{refused.status}</title><h1>{refused.message}</h1>".encode()
        return replace(reply, body=page, headers=(("content-type", "text/html; charset=utf-8"),))


# The status


@fault("unknown-task-500", violates="unknown-task", on=UPDATE)
class UnknownTask500(_Other):
    """An update of a task that does not exist ends in a server error."""

    kinds: ClassVar[frozenset[str]] = _UNKNOWN
    status: ClassVar[int] = 500


@fault("malformed-body-500", violates="body-not-json", on=UPDATE)
class MalformedBody500(_Other):
    """A body that is no JSON ends in a server error."""

    kinds: ClassVar[frozenset[str]] = _MALFORMED
    status: ClassVar[int] = 500


# The body


class _Errors(Zuora):
    """The body of a refusal is another than the faultless one."""

    def error_body(self, refused: Refused) -> object:
        code = refused.kind.replace("-", "_").upper()
        return self.errors({"code": code, "title": refused.message, "status": str(refused.status)})

    def errors(self, error: dict[str, str]) -> object:
        """Return the body."""
        raise NotImplementedError


@fault("error-code-as-number", violates="error-body", on=UPDATE)
class ErrorCodeAsNumber(_Errors):
    """The code of an error is a number."""

    def errors(self, error: dict[str, str]) -> object:
        return {"Errors": [{**error, "code": 58490}]}


@fault("unknown-task-as-html", violates="error-body", on=UPDATE)
class UnknownTaskAsHtml(_Html):
    """The refusal of a task that does not exist is a page of HTML."""

    kinds: ClassVar[frozenset[str]] = _UNKNOWN


@fault("several-errors-by-task", violates="error-body", on=UPDATE)
class SeveralErrorsByTask(Zuora):
    """Where an update names several tasks, its errors are an object instead of a list."""

    def attempt(self, asked: Asked, content: bytes) -> Reply:
        reply = super().attempt(asked, content)
        if reply.status < _REFUSED or content.count(b'"id"') < len(_SEVERAL):
            return reply
        return Reply.of_json(reply.status, {"Errors": dict.fromkeys(_SEVERAL, "The task cannot be updated.")})


@fault("errors-declared-as-text", violates="error-content-type", on=UPDATE)
class ErrorsDeclaredAsText(Zuora):
    """The JSON of a refusal is declared as text/plain."""

    def refusal(self, refused: Refused) -> Reply:
        return replace(super().refusal(refused), headers=(("content-type", "text/plain"),))


@fault("error-status-always-400", violates="error-status", on=UPDATE)
class ErrorStatusAlways400(_Errors):
    """The status inside an error is 400 also where the answer is a 404."""

    def errors(self, error: dict[str, str]) -> object:
        return {"Errors": [{**error, "status": "400"}]}


@fault("errors-empty", violates="error-reason", on=UPDATE)
class ErrorsEmpty(_Errors):
    """The list of errors is empty."""

    def errors(self, error: dict[str, str]) -> object:  # noqa: ARG002 - it is not told
        return {"Errors": []}
