"""Freedoms of SDDC Manager: what an Error holds, who is refused how, and what becomes of a task after its retry."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from assay.reference.messages import Asked, Refused, Reply, gzipped, read_json
from assay.reference.vcf import FAILED, Vcf
from assay.variants import variant

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from assay.reference.vendor import Caller, Values

FAILING_S = 0.02
"""How long a retried task takes to fail again, where it does."""

SMALL_BODY = 1024

DEPTH = 100
"""How many levels of errors there are, where there are many."""

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

_PAGE = b"<!DOCTYPE html><title>Sign in</title><p>Who are you?"

_CREDENTIALS = ("no-credentials", "bad-credentials")


# What an Error holds


@variant("vcf/error-code-only", excludes=("vcf/message-only",))
class ErrorCodeOnly(Vcf):
    """An Error holds nothing but its errorCode; every field is optional."""

    def error(self, refused: Refused) -> dict[str, Any]:
        return {"errorCode": super().error(refused)["errorCode"]}


@variant("vcf/message-only")
class MessageOnly(Vcf):
    """An Error holds nothing but its message; every field is optional."""

    def error(self, refused: Refused) -> dict[str, Any]:
        return {"message": super().error(refused)["message"]}


@variant("vcf/null-fields")
class NullFields(Vcf):
    """Error fields without a value are null instead of left out; the document does not say which."""

    def error_body(self, refused: Refused) -> object:
        names = ("errorType", "arguments", "context", "remediationMessage", "causes", "nestedErrors", "referenceToken")
        return {**self.error(refused), **dict.fromkeys(names)}


@variant("vcf/newer-fields")
class NewerFields(Vcf):
    """An Error has the fields that newer servers add; the document does not close the list."""

    def error(self, refused: Refused) -> dict[str, Any]:
        added = {"label": None, "remediationUrl": "https://kb.example.test/80", "notifications": [{"severity": 1}]}
        return {**super().error(refused), **added}


@variant("vcf/nested-errors", excludes=("vcf/null-fields",))
class NestedErrors(Vcf):
    """An Error nests others, three levels deep, each with other fields, as the document allows."""

    def error_body(self, refused: Refused) -> object:
        innermost: dict[str, Any] = {"referenceToken": "7QX2ZD", "nestedErrors": []}
        inner = {"message": "One of two.", "causes": [], "nestedErrors": [innermost, {}]}
        return {**self.error(refused), "nestedErrors": [inner, {"errorCode": "TWO_OF_TWO"}]}


@variant("vcf/deep-errors", excludes=("vcf/null-fields", "vcf/nested-errors"))
class DeepErrors(Vcf):
    """An Error nests another one, and so on for a hundred levels; the document names no last one."""

    def error_body(self, refused: Refused) -> object:
        error = super().error_body(refused)
        for level in range(DEPTH):
            error = {"errorCode": f"LEVEL_{level}", "nestedErrors": [error]}
        return error


@variant("vcf/context-of-any-kind", excludes=("vcf/null-fields",))
class ContextOfAnyKind(Vcf):
    """The context of an Error holds more than strings; the document calls it an object and says no more."""

    def error_body(self, refused: Refused) -> object:
        return {**self.error(refused), "context": {"attempt": 3, "hosts": ["esx-1"], "at": {"line": None}}}


@variant("vcf/odd-causes", excludes=("vcf/null-fields",))
class OddCauses(Vcf):
    """The causes of an Error lack their type or message, or have more fields; none of them is required."""

    def error_body(self, refused: Refused) -> object:
        causes = [{"type": "java.io.IOException"}, {"message": refused.message, "stack": ["a", "b"]}, {}]
        return {**self.error(refused), "causes": causes, "arguments": ["", "{0}", "\u00fc"]}


@variant("vcf/translated-messages")
class TranslatedMessages(Vcf):
    """Messages are in another language, on several lines; the document calls them localised."""

    def error(self, refused: Refused) -> dict[str, Any]:
        error = super().error(refused)
        message = f"Задачу нельзя перезапустить 🙁\n\t«{refused.kind}»"
        return {**error, "message": message} if "message" in error else error


# Who is refused how


@variant("vcf/page-401", excludes=("vcf/empty-401", "vcf/refused-with-403", "vcf/hidden-from-strangers"))
class Page401(Vcf):
    """A caller without valid credentials gets a 401 in HTML without a challenge; the document speaks of no 401."""

    def refusal(self, refused: Refused) -> Reply:
        if refused.kind in _CREDENTIALS:
            return Reply(401, _PAGE, (("content-type", "text/html"),))
        return super().refusal(refused)


@variant("vcf/empty-401", excludes=("vcf/refused-with-403", "vcf/hidden-from-strangers"))
class Empty401(Vcf):
    """A caller without valid credentials gets a 401 with no body at all; the document speaks of no 401."""

    def refusal(self, refused: Refused) -> Reply:
        reply = super().refusal(refused)
        return Reply(401, headers=tuple(refused.headers.items())) if refused.kind in _CREDENTIALS else reply


@variant("vcf/refused-with-403", excludes=("vcf/hidden-from-strangers",))
class RefusedWith403(Vcf):
    """A caller without valid credentials gets a 403; the document names no status for it."""

    def refusal(self, refused: Refused) -> Reply:
        return super().refusal(_as(refused, 403, *_CREDENTIALS))


@variant("vcf/hidden-from-strangers")
class HiddenFromStrangers(Vcf):
    """A caller without valid credentials is told that there is no such task; the document names no status for it."""

    def refusal(self, refused: Refused) -> Reply:
        return super().refusal(_as(refused, 404, *_CREDENTIALS))


def _as(refused: Refused, status: int, *kinds: str) -> Refused:
    return Refused(status, refused.kind, refused.message) if refused.kind in kinds else refused


@variant("vcf/task-before-caller")
class TaskBeforeCaller(Vcf):
    """Whether the task exists and has failed is looked at before the credentials; the document has no order."""

    def authenticate(self, asked: Asked) -> Caller:
        with self.store.transaction() as db:
            status = self.status_of(db, (asked.path or {})["id"])
        if status is None:
            raise Refused(404, "unknown-task", "The task does not exist.")
        if not self.may_be_retried(status):
            raise Refused(409, "not-failed", "The task has not failed.")
        return super().authenticate(asked)


@variant("vcf/bare-tokens")
class BareTokens(Vcf):
    """A token is taken without the scheme in front of it too; the document's sample shows no scheme."""

    def credentials(self, asked: Asked) -> str | None:
        bare = asked.header("authorization")
        return super().credentials(asked) or (bare if bare and " " not in bare and bare != "Bearer" else None)


# What is taken for a task, and for a request


@variant("vcf/strict-ids", excludes=("vcf/odd-ids", "vcf/number-ids"))
class StrictIds(Vcf):
    """An id that is no UUID gets a 400 in plain text; the document does not say what an id looks like."""

    def retry(self, asked: Asked, task_id: str) -> Reply:
        if not _UUID.fullmatch(task_id):
            return Reply(400, b"That is no id.", (("content-type", "text/plain"),))
        return super().retry(asked, task_id)


@variant("vcf/odd-ids", excludes=("vcf/number-ids", "vcf/letter-case-of-ids"))
class OddIds(Vcf):
    """Ids have spaces, reserved characters and letters beyond US-ASCII in them; the document calls them strings."""

    def new_task(self, status: str) -> Values:
        return _renamed(self, super().new_task(status), lambda plain: f"Höst 7+{plain[:8]}%41?x={{a}}&b;#")

    def states(self) -> Mapping[str, Any]:
        unknown = lambda: {"task_id": f"nö such;{self.unique()}"}  # noqa: E731 - like those beside it
        return {**super().states(), "unknown_task": unknown}


@variant("vcf/number-ids", excludes=("vcf/letter-case-of-ids",))
class NumberIds(Vcf):
    """Ids are small numbers, one after the other; the document calls them strings and says no more."""

    latest = 0

    def new_task(self, status: str) -> Values:
        self.latest += 1
        number = self.latest
        return {"task_id": int(_renamed(self, super().new_task(status), lambda _: str(number))["task_id"])}

    def states(self) -> Mapping[str, Any]:
        return {**super().states(), "unknown_task": lambda: {"task_id": 4_000_000}}


def _renamed(server: Vcf, made: Values, rename: Any) -> Values:  # noqa: ANN401 - a function of the id
    named = rename(str(made["task_id"]))
    with server.store.transaction() as db:
        db.execute("UPDATE tasks SET id = ? WHERE id = ?", (named, made["task_id"]))
    return {"task_id": named}


@variant("vcf/letter-case-of-ids")
class LetterCaseOfIds(Vcf):
    """The letter case of an id does not matter, as in every UUID; the document does not say that it does."""

    def status_of(self, db: sqlite3.Connection, task_id: str) -> str | None:
        return super().status_of(db, task_id.lower())

    def set_status(self, db: sqlite3.Connection, task_id: str, status: str) -> None:
        super().set_status(db, task_id.lower(), status)


@variant("vcf/bodies-read")
class BodiesRead(Vcf):
    """A body must be JSON and say so, or it gets a 400 or 415 without one; the document describes no body."""

    async def perform(self, asked: Asked, caller: Caller) -> Reply:
        if asked.media_type not in (None, "application/json"):
            return Reply(415)
        if asked.body and not isinstance(read_json(asked.body), dict):
            raise Refused(400, "bad-body", "The body is not an object.")
        return await super().perform(asked, caller)


@variant("vcf/large-bodies-refused")
class LargeBodiesRefused(Vcf):
    """A body of more than a kilobyte gets a 413, wherever it goes; the document describes no body."""

    async def answer(self, asked: Asked) -> Reply:
        too_large = len(asked.body or b"") > SMALL_BODY
        return await super().answer(replace(asked, body=None) if too_large else asked)


# What becomes of a task after its retry


@variant("vcf/fails-again-at-once", excludes=("vcf/fails-again-soon",))
class FailsAgainAtOnce(Vcf):
    """A retried task has failed again by the time of the answer, so that a second retry gets 200 as well."""

    def set_status(self, db: sqlite3.Connection, task_id: str, status: str) -> None:
        super().set_status(db, task_id, status)
        super().set_status(db, task_id, FAILED)


@variant("vcf/fails-again-soon")
class FailsAgainSoon(Vcf):
    """A retried task fails again 20 ms later; the document does not say how long a task runs."""

    def set_status(self, db: sqlite3.Connection, task_id: str, status: str) -> None:
        super().set_status(db, task_id, status)
        asyncio.get_running_loop().call_later(FAILING_S, self.fail_again, task_id)

    def fail_again(self, task_id: str) -> None:
        """Let a task fail that was retried."""
        with self.store.transaction() as db:
            super().set_status(db, task_id, FAILED)


@variant("vcf/fails-again-by-chance", excludes=("vcf/fails-again-at-once", "vcf/fails-again-soon"))
class FailsAgainByChance(Vcf):
    """One retried task in three fails again at once; the document does not say that a retry succeeds."""

    retries = 1

    def set_status(self, db: sqlite3.Connection, task_id: str, status: str) -> None:
        self.retries += 1
        super().set_status(db, task_id, status if self.retries % 3 else FAILED)


# How an answer comes


@variant("vcf/nothing-compressed")
class NothingCompressed(Vcf):
    """A gateway compresses every answer, also one without a body."""

    def finish(self, asked: Asked, reply: Reply) -> Reply:
        packed = replace(super().finish(asked, reply), body=gzipped(reply.body))
        return packed.with_headers(("content-encoding", "gzip"))
