"""Faults of Zuora: reruns that are to be refused, and others that are not."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from assay.faults import fault
from assay.reference.messages import Asked, Refused, Reply, read_json
from assay.reference.zuora import RERUN, TRACK_ID_LIMIT, Zuora

if TYPE_CHECKING:
    import sqlite3

    from assay.reference.idempotency import Remembered
    from assay.reference.vendor import Caller


class _Unknown(Zuora):
    """A task that does not exist is not refused."""

    unknown: ClassVar[Reply]

    def refusal(self, refused: Refused) -> Reply:
        return self.unknown if refused.kind == "unknown-task" else super().refusal(refused)


# Tasks that do not exist


@fault("unknown-task-queued", violates="unknown-task", on=RERUN)
class UnknownTaskQueued(_Unknown):
    """A rerun of any task is accepted and looked at later."""

    unknown: ClassVar[Reply] = Reply.of_json(200, {"status": "Queued", "instance": True})


@fault("unknown-task-500", violates="no-server-error", on=RERUN)
class UnknownTask500(_Unknown):
    """A task that does not exist ends in a server error."""

    unknown: ClassVar[Reply] = Reply.of_json(500, {"message": "undefined method `rerun' for nil"})


@fault("refusal-repeated-with-200", violates="unknown-task", on=RERUN)
class RefusalRepeatedWith200(Zuora):
    """A request that was refused and is sent again with its key gets the first answer's body with the status 200."""

    def repeat(self, remembered: Remembered, fingerprint: str) -> Reply:
        return replace(super().repeat(remembered, fingerprint), status=200)


@fault("id-read-up-to-a-separator", violates="id-as-a-whole", on=RERUN)
class IdReadUpToASeparator(Zuora):
    """An id with a comma or a dot behind it is taken for what stands before that."""

    def rerun_task(self, db: sqlite3.Connection, asked: Asked) -> Reply:
        first = re.split("[,.]", (asked.path or {})["task_id"])[0]
        return super().rerun_task(db, replace(asked, path={"task_id": first}))


@fault("id-read-as-far-as-digits-go", violates="unknown-task", on=RERUN)
class IdReadAsFarAsDigitsGo(Zuora):
    """An id with letters behind the number is taken for the number."""

    def rerun_task(self, db: sqlite3.Connection, asked: Asked) -> Reply:
        digits = re.match("[0-9]*", (asked.path or {})["task_id"])
        return super().rerun_task(db, replace(asked, path={"task_id": digits[0] if digits else ""}))


# How clients ask


@fault("content-type-demanded", violates="client-requests", on=RERUN)
class ContentTypeDemanded(Zuora):
    """A rerun without a content type is refused, although it has no body."""

    async def perform(self, asked: Asked, caller: Caller) -> Reply:
        if asked.media_type != "application/json":
            raise Refused(415, "bad-type", "The content type is not application/json.")
        return await super().perform(asked, caller)


@fault("body-refused", violates="client-requests", on=RERUN)
class BodyRefused(Zuora):
    """A rerun with an empty JSON object is refused."""

    async def perform(self, asked: Asked, caller: Caller) -> Reply:
        if asked.body:
            raise Refused(400, "unexpected-body", "A rerun has no body.")
        return await super().perform(asked, caller)


@fault("identity-refused", violates="client-requests", on=RERUN)
class IdentityRefused(Zuora):
    """A client that wants no compression is refused."""

    async def perform(self, asked: Asked, caller: Caller) -> Reply:
        if asked.header("accept-encoding") == "identity":
            raise Refused(406, "not-acceptable", "There is no answer in this coding.")
        return await super().perform(asked, caller)


# Server errors


@fault("malformed-body-500", violates="no-server-error", on=RERUN)
class MalformedBody500(Zuora):
    """A body that is no JSON ends in a server error."""

    def carry_out(self, db: sqlite3.Connection, asked: Asked, content: bytes) -> Reply:
        try:
            read_json(content or b"{}")
        except Refused as refused:
            raise Refused(500, "internal", "unexpected token") from refused
        return super().carry_out(db, asked, content)


@fault("percent-in-track-id-500", violates="no-server-error", on=RERUN, generated=True)
class PercentInTrackId500(Zuora):
    """A percent sign in a tracking id ends in a server error, as the log takes it for a placeholder."""

    def check_track_id(self, asked: Asked) -> None:
        if "%" in (asked.header("zuora-track-id") or ""):
            raise Refused(500, "internal", "not enough arguments for format string")
        super().check_track_id(asked)


@fault("quote-in-track-id-500", violates="no-server-error", on=RERUN, generated=True)
class QuoteInTrackId500(Zuora):
    """A single quote in a tracking id ends in a server error, as it stands in an SQL statement."""

    def check_track_id(self, asked: Asked) -> None:
        if "'" in (asked.header("zuora-track-id") or ""):
            raise Refused(500, "internal", "unterminated quoted string")
        super().check_track_id(asked)


@fault("long-track-id-500", violates="no-server-error", on=RERUN, generated=True)
class LongTrackId500(Zuora):
    """A tracking id of exactly 64 characters ends in a server error."""

    def check_track_id(self, asked: Asked) -> None:
        if len(asked.header("zuora-track-id") or "") == TRACK_ID_LIMIT:
            raise Refused(500, "internal", "buffer too small")
        super().check_track_id(asked)
