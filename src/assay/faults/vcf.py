"""Faults of SDDC Manager's retry: what is retried and what is refused."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import unquote

from assay.faults import fault
from assay.reference.messages import Asked, Refused, Reply
from assay.reference.vcf import FAILED, IN_PROGRESS, Vcf

if TYPE_CHECKING:
    import sqlite3

    from assay.reference.vendor import Caller


class _OtherStatus(Vcf):
    """What is refused for one cause is answered with another status."""

    kind: ClassVar[str]
    status: ClassVar[int]

    def refusal(self, refused: Refused) -> Reply:
        reply = super().refusal(refused)
        return replace(reply, status=self.status) if refused.kind == self.kind else reply


# The answer to a retry that is accepted


@fault("answered-202", violates="failed-task")
class Answered202(Vcf):
    """A retry that is accepted is answered with 202."""

    def retried(self) -> Reply:
        return Reply(202)


@fault("failure-test-inverted", violates="failed-task")
class FailureTestInverted(Vcf):
    """Only a task that has not failed is retried."""

    def may_be_retried(self, status: str) -> bool:
        return status != FAILED


@fault("content-type-demanded", violates="failed-task")
class ContentTypeDemanded(Vcf):
    """A retry that announces no JSON body is refused with 415."""

    def retry(self, asked: Asked, task_id: str) -> Reply:
        if asked.media_type != "application/json":
            raise Refused(415, "bad-type", "The content type is not application/json.")
        return super().retry(asked, task_id)


@fault("body-demanded", violates="failed-task")
class BodyDemanded(Vcf):
    """A retry without a body is refused with 400."""

    def retry(self, asked: Asked, task_id: str) -> Reply:
        if not asked.body:
            raise Refused(400, "no-body", "The body is missing.")
        return super().retry(asked, task_id)


@fault("announced-retry-204", violates="failed-task")
class AnnouncedRetry204(Vcf):
    """A retry that is accepted is answered with 204 where the request has a content type."""

    def retry(self, asked: Asked, task_id: str) -> Reply:
        reply = super().retry(asked, task_id)
        return Reply(204) if asked.media_type else reply


@fault("second-retry-202", violates="failed-task")
class SecondRetry202(Vcf):
    """A retry of a task that a retry has started is accepted with 202, as if it waited for the first one."""

    def retry(self, asked: Asked, task_id: str) -> Reply:
        with self.store.transaction() as db:
            status = self.status_of(db, task_id)
        return Reply(202) if status == IN_PROGRESS else super().retry(asked, task_id)


@fault("json-to-be-named", violates="failed-task")
class JsonToBeNamed(Vcf):
    """A client that takes anything, but does not name JSON, is refused with 406."""

    def retry(self, asked: Asked, task_id: str) -> Reply:
        if "json" not in (asked.header("accept") or ""):
            raise Refused(406, "not-acceptable", "Nothing else than JSON can be returned.")
        return super().retry(asked, task_id)


@fault("task-returned", violates="no-body")
class TaskReturned(Vcf):
    """The 200 carries the retried task as JSON."""

    def retry(self, asked: Asked, task_id: str) -> Reply:
        super().retry(asked, task_id)
        return Reply.of_json(200, {"id": task_id, "status": IN_PROGRESS})


@fault("null-returned", violates="no-body")
class NullReturned(Vcf):
    """The 200 carries the four bytes of JSON's null."""

    def retried(self) -> Reply:
        return Reply.of_json(200, None)


@fault("body-behind-length-zero", violates="no-body")
class BodyBehindLengthZero(Vcf):
    """A 200 that announces a length of zero is followed by a body."""

    def retried(self) -> Reply:
        return Reply(200, raw=b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n{}")


# Tasks that do not exist, and ids


@fault("unknown-task-accepted", violates="unknown-task")
class UnknownTaskAccepted(Vcf):
    """A task that does not exist is answered as if it had been retried."""

    def retry(self, asked: Asked, task_id: str) -> Reply:
        try:
            return super().retry(asked, task_id)
        except Refused as refused:
            if refused.kind == "unknown-task":
                return self.retried()
            raise


@fault("unknown-task-400", violates="unknown-task")
class UnknownTask400(_OtherStatus):
    """A task that does not exist is answered with 400."""

    kind = "unknown-task"
    status = 400


@fault("unknown-task-500", violates="unknown-task")
class UnknownTask500(_OtherStatus):
    """A task that does not exist is answered with 500."""

    kind = "unknown-task"
    status = 500


@fault("unknown-task-remembered", violates="unknown-task")
class UnknownTaskRemembered(Vcf):
    """A task that does not exist is answered with 404 once, and with 409 from then on."""

    def retry(self, asked: Asked, task_id: str) -> Reply:
        try:
            return super().retry(asked, task_id)
        except Refused as refused:
            if refused.kind == "unknown-task":
                with self.store.transaction() as db:
                    db.execute("INSERT INTO tasks VALUES (?, ?)", (task_id, "UNKNOWN"))
            raise


class _OddIdAccepted(Vcf):
    """Ids of some kind are answered as if there were a task with them."""

    def is_odd(self, task_id: str) -> bool:
        """Say whether an id is of this kind."""
        raise NotImplementedError

    def retry(self, asked: Asked, task_id: str) -> Reply:
        return self.retried() if self.is_odd(task_id) else super().retry(asked, task_id)


@fault("quoted-id-accepted", violates="unknown-task")
class QuotedIdAccepted(_OddIdAccepted):
    """An id with an apostrophe in it, which ends a text in SQL, is answered as if there were such a task."""

    def is_odd(self, task_id: str) -> bool:
        return "'" in task_id


@fault("id-cut-off", violates="exact-id")
class IdCutOff(Vcf):
    """Only the first 36 characters of an id are looked at."""

    def retry(self, asked: Asked, task_id: str) -> Reply:
        return super().retry(asked, task_id[:36])


@fault("id-ends-at-semicolon", violates="exact-id-encoded")
class IdEndsAtSemicolon(Vcf):
    """An id ends at a semicolon, also at one that is percent-encoded."""

    def retry(self, asked: Asked, task_id: str) -> Reply:
        return super().retry(asked, task_id.partition(";")[0])


@fault("id-ends-at-nul", violates="exact-id-encoded")
class IdEndsAtNul(Vcf):
    """An id ends at a percent-encoded NUL."""

    def retry(self, asked: Asked, task_id: str) -> Reply:
        return super().retry(asked, task_id.partition("\0")[0])


@fault("id-as-pattern", violates="exact-id")
class IdAsPattern(Vcf):
    """A task is looked up by a pattern, in which an underscore stands for any character."""

    def status_of(self, db: sqlite3.Connection, task_id: str) -> str | None:
        found = db.execute("SELECT status FROM tasks WHERE id LIKE ?", (task_id,)).fetchone()
        return None if found is None else str(found[0])


@fault("extension-cut-off", violates="exact-id-encoded")
class ExtensionCutOff(Vcf):
    """What looks like a file name extension behind an id is cut off."""

    def retry(self, asked: Asked, task_id: str) -> Reply:
        return super().retry(asked, task_id.removesuffix(".json"))


@fault("id-decoded-twice", violates="exact-id-encoded")
class IdDecodedTwice(Vcf):
    """The percent-encoding of an id is undone twice."""

    def retry(self, asked: Asked, task_id: str) -> Reply:
        return super().retry(asked, unquote(task_id))


# Tasks that have not failed


@fault("unfailed-task-accepted", violates="unfailed-task")
class UnfailedTaskAccepted(Vcf):
    """Any task is retried, whether it has failed or not."""

    def may_be_retried(self, status: str) -> bool:  # noqa: ARG002 - that is the fault
        return True


class _UntestedForm(Vcf):
    """Requests of some form are carried out without a look at whether the task has failed."""

    def is_of_the_form(self, asked: Asked) -> bool:
        """Say whether a request is of this form."""
        raise NotImplementedError

    def retry(self, asked: Asked, task_id: str) -> Reply:
        with self.store.transaction() as db:
            exists = self.status_of(db, task_id) is not None
            if exists and self.is_of_the_form(asked):
                self.set_status(db, task_id, IN_PROGRESS)
                return self.retried()
        return super().retry(asked, task_id)


@fault("unfailed-task-accepted-with-body", violates="unfailed-task")
class UnfailedTaskAcceptedWithBody(_UntestedForm):
    """Any task is retried, whether it has failed or not, where the request has a body."""

    def is_of_the_form(self, asked: Asked) -> bool:
        return bool(asked.body)


@fault("unfailed-task-accepted-with-content-type", violates="unfailed-task")
class UnfailedTaskAcceptedWithContentType(_UntestedForm):
    """Any task is retried, whether it has failed or not, where the request is announced as JSON."""

    def is_of_the_form(self, asked: Asked) -> bool:
        return asked.media_type == "application/json"


@fault("unfailed-task-400", violates="unfailed-task")
class UnfailedTask400(_OtherStatus):
    """A task that has not failed is answered with 400."""

    kind = "not-failed"
    status = 400


@fault("unfailed-task-404", violates="unfailed-task")
class UnfailedTask404(Vcf):
    """A task that has not failed is answered as if it did not exist."""

    def status_of(self, db: sqlite3.Connection, task_id: str) -> str | None:
        status = super().status_of(db, task_id)
        return status if status == FAILED else None


@fault("unfailed-task-404-once-refused", violates="unfailed-task")
class UnfailedTask404OnceRefused(Vcf):
    """A task that has not failed is refused with 409, and from then on answered as if it did not exist."""

    @cached_property
    def refused(self) -> set[str]:
        """The tasks whose retry was refused."""
        return set()

    def retry(self, asked: Asked, task_id: str) -> Reply:
        if task_id in self.refused:
            raise Refused(404, "unknown-task", "The task does not exist.")
        try:
            return super().retry(asked, task_id)
        except Refused as refused:
            if refused.kind == "not-failed":
                self.refused.add(task_id)
            raise


@fault("refused-task-marked-failed", violates="unfailed-task-stays-unfailed")
class RefusedTaskMarkedFailed(Vcf):
    """A task whose retry is refused with 409 counts as failed from then on."""

    def retry(self, asked: Asked, task_id: str) -> Reply:
        try:
            return super().retry(asked, task_id)
        except Refused as refused:
            if refused.kind == "not-failed":
                with self.store.transaction() as db:
                    self.set_status(db, task_id, FAILED)
            raise


@fault("check-then-act", violates="overlapping-retries")
class CheckThenAct(Vcf):
    """The status of a task is read first and changed a moment later, so that overlapping retries all find it failed."""

    async def perform(self, asked: Asked, caller: Caller) -> Reply:
        task_id = (asked.path or {})["id"]
        with self.store.transaction() as db:
            has_failed = self.status_of(db, task_id) == FAILED
        if not has_failed:
            return await super().perform(asked, caller)
        await asyncio.sleep(0.03)
        with self.store.transaction() as db:
            self.set_status(db, task_id, IN_PROGRESS)
        return self.retried()
