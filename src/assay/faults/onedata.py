"""Faults of Oneprovider's rerun: which executions are rerun, and from which lane runs."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from assay.faults import fault
from assay.reference.messages import Asked, Refused, Reply
from assay.reference.onedata import LANES, Onedata

if TYPE_CHECKING:
    import sqlite3

    from assay.reference.vendor import Caller


class OtherStatus(Onedata):
    """What is refused for one cause is answered with another status."""

    kind: ClassVar[str]
    status: ClassVar[int]

    def refusal(self, refused: Refused) -> Reply:
        reply = super().refusal(refused)
        return replace(reply, status=self.status) if refused.kind == self.kind else reply


# The answer to a rerun that is accepted


@fault("answered-200", violates="stopped-execution")
class Answered200(Onedata):
    """A rerun that is accepted is answered with 200."""

    def rerun_started(self) -> Reply:
        return Reply(200)


@fault("every-fifth-answered-200", violates="stopped-execution")
class EveryFifthAnswered200(Onedata):
    """Every fifth rerun that is accepted is answered with 200."""

    accepted = 0

    def rerun_started(self) -> Reply:
        self.accepted += 1
        return super().rerun_started() if self.accepted % 5 else Reply(200)


@fault("answered-202-with-charset", violates="stopped-execution")
class Answered202WithCharset(Onedata):
    """A rerun that is accepted is answered with 202 where the content type has a parameter."""

    async def perform(self, asked: Asked, caller: Caller) -> Reply:
        reply = await super().perform(asked, caller)
        return Reply(202) if ";" in (asked.header("content-type") or "") else reply


@fault("body-behind-204", violates="no-body")
class BodyBehind204(Onedata):
    """A 204 is followed by a body that no header announces."""

    def rerun_started(self) -> Reply:
        return Reply(204, raw=b"HTTP/1.1 204 No Content\r\ncontent-type: application/json\r\n\r\n{}")


@fault("length-of-204", violates="no-body")
class LengthOf204(Onedata):
    """A 204 announces a length and has a body of it."""

    def rerun_started(self) -> Reply:
        return Reply(204, raw=b'HTTP/1.1 204 No Content\r\ncontent-length: 9\r\n\r\n{"ok": 1}')


# Lanes and runs


@fault("lanes-from-zero", violates="stopped-execution")
class LanesFromZero(Onedata):
    """Lanes are counted from zero."""

    def has_run(self, db: sqlite3.Connection, wid: str, lane: int, run: int) -> bool:
        return super().has_run(db, wid, lane + 1, run)


@fault("only-first-lane-known", violates="stopped-execution")
class OnlyFirstLaneKnown(Onedata):
    """An execution can be rerun from its first lane only."""

    def has_run(self, db: sqlite3.Connection, wid: str, lane: int, run: int) -> bool:
        return lane == 1 and super().has_run(db, wid, lane, run)


@fault("lane-and-run-swapped", violates="stopped-execution")
class LaneAndRunSwapped(Onedata):
    """The lane index is taken for the run number, and the run number for the lane index."""

    def has_run(self, db: sqlite3.Connection, wid: str, lane: int, run: int) -> bool:
        return super().has_run(db, wid, run, lane)


@fault("lane-not-looked-at", violates="unknown-lane")
class LaneNotLookedAt(Onedata):
    """A lane that the execution does not have is taken for its first one."""

    def rerun(self, wid: str, lane: int, run: int, caller: Caller) -> Reply:
        return super().rerun(wid, lane if lane <= 2 else 1, run, caller)  # noqa: PLR2004 - how many lanes there are


@fault("unknown-lane-500", violates="unknown-lane")
class UnknownLane500(OtherStatus):
    """A lane run that the execution does not have is answered with 500."""

    kind = "unknown-lane-run"
    status = 500


@fault("run-not-looked-at", violates="unknown-lane-run")
class RunNotLookedAt(Onedata):
    """The run number makes no difference."""

    def rerun(self, wid: str, lane: int, run: int, caller: Caller) -> Reply:  # noqa: ARG002 - that is the fault
        return super().rerun(wid, lane, 1, caller)


@fault("numbers-of-32-bits", violates="huge-lane-numbers")
class NumbersOf32Bits(Onedata):
    """Of a number that has more than 32 bits the lower ones are used."""

    def rerun(self, wid: str, lane: int, run: int, caller: Caller) -> Reply:
        return super().rerun(wid, lane % 2**32, run % 2**32, caller)


@fault("huge-number-500", violates="huge-lane-numbers")
class HugeNumber500(Onedata):
    """A number that has more than 64 bits is answered with 500."""

    def rerun(self, wid: str, lane: int, run: int, caller: Caller) -> Reply:
        if max(lane, run) >= 2**63:
            raise Refused(500, "internal", "Integer out of range.")
        return super().rerun(wid, lane, run, caller)


@fault("lane-zero-500", violates="lane-numbers-below-one")
class LaneZero500(OtherStatus):
    """A number below one is answered with 500."""

    kind = "too-low"
    status = 500


# Executions


@fault("unknown-execution-accepted", violates="unknown-execution")
class UnknownExecutionAccepted(Onedata):
    """An execution that does not exist is answered as if it had been rerun."""

    def refusal(self, refused: Refused) -> Reply:
        return self.rerun_started() if refused.kind == "unknown-execution" else super().refusal(refused)


@fault("quotation-mark-accepted", violates="unknown-execution")
class QuotationMarkAccepted(Onedata):
    """An id with a quotation mark becomes a part of the query, and every execution is found by it."""

    def rerun(self, wid: str, lane: int, run: int, caller: Caller) -> Reply:
        return self.rerun_started() if "'" in wid else super().rerun(wid, lane, run, caller)


@fault("unknown-execution-400", violates="unknown-execution")
class UnknownExecution400(OtherStatus):
    """An execution that does not exist is answered with 400."""

    kind = "unknown-execution"
    status = 400


@fault("unknown-execution-created", violates="unknown-execution")
class UnknownExecutionCreated(Onedata):
    """An execution that does not exist is answered with 404 and created, so that it exists from then on."""

    def rerun(self, wid: str, lane: int, run: int, caller: Caller) -> Reply:
        try:
            return super().rerun(wid, lane, run, caller)
        except Refused as refused:
            if refused.kind == "unknown-execution":
                with self.store.transaction() as db:
                    db.execute("INSERT INTO executions VALUES (?, ?, ?)", (wid, caller.name, True))
                    db.execute("INSERT INTO lane_runs VALUES (?, ?, ?)", (wid, lane, run))
            raise


@fault("large-run-number-accepted", violates="unknown-execution", generated=True)
class LargeRunNumberAccepted(Onedata):
    """An execution that does not exist is answered with 204 where the run number has more than 16 bits."""

    def rerun(self, wid: str, lane: int, run: int, caller: Caller) -> Reply:
        try:
            return super().rerun(wid, lane, run, caller)
        except Refused as refused:
            if refused.kind == "unknown-execution" and run >= 2**16:
                return self.rerun_started()
            raise


@fault("id-cut-off", violates="exact-id")
class IdCutOff(Onedata):
    """Only the first 32 characters of an id are looked at."""

    def rerun(self, wid: str, lane: int, run: int, caller: Caller) -> Reply:
        return super().rerun(wid[:32], lane, run, caller)


@fault("beginning-of-id-suffices", violates="exact-id")
class BeginningOfIdSuffices(Onedata):
    """An execution is found by the beginning of its id."""

    def rerun(self, wid: str, lane: int, run: int, caller: Caller) -> Reply:
        with self.store.transaction() as db:
            found = db.execute("SELECT wid FROM executions WHERE substr(wid, 1, ?) = ?", (len(wid), wid)).fetchone()
        return super().rerun(found[0] if found else wid, lane, run, caller)


@fault("id-ends-at-semicolon", violates="exact-id-encoded")
class IdEndsAtSemicolon(Onedata):
    """An id ends at a semicolon, also at one that is percent-encoded."""

    def rerun(self, wid: str, lane: int, run: int, caller: Caller) -> Reply:
        return super().rerun(wid.partition(";")[0], lane, run, caller)


@fault("id-ends-at-nul", violates="exact-id-encoded")
class IdEndsAtNul(Onedata):
    """An id ends at a percent-encoded NUL."""

    def rerun(self, wid: str, lane: int, run: int, caller: Caller) -> Reply:
        return super().rerun(wid.partition("\0")[0], lane, run, caller)


@fault("running-execution-accepted", violates="running-execution")
class RunningExecutionAccepted(Onedata):
    """An execution is rerun whether it has ended or not."""

    def may_be_rerun(self, *, ended: bool) -> bool:  # noqa: ARG002 - that is the fault
        return True


@fault("running-execution-rerun-from-ended-lane", violates="running-execution")
class RunningExecutionRerunFromEndedLane(Onedata):
    """Of an execution that has not ended only the last lane is looked at; from an earlier one it is rerun."""

    def rerun(self, wid: str, lane: int, run: int, caller: Caller) -> Reply:
        if lane < LANES:
            with self.store.transaction() as db:
                db.execute("UPDATE executions SET ended = 1 WHERE wid = ?", (wid,))
        return super().rerun(wid, lane, run, caller)


@fault("running-execution-500", violates="running-execution")
class RunningExecution500(OtherStatus):
    """An execution that has not ended is answered with 500."""

    kind = "not-ended"
    status = 500


@fault("check-then-act", violates="overlapping-reruns")
class CheckThenAct(Onedata):
    """Whether an execution has ended is read first and changed a moment later, so that overlapping reruns all pass."""

    async def perform(self, asked: Asked, caller: Caller) -> Reply:
        reply = await super().perform(asked, caller)
        wid = (asked.path or {})["wid"]
        with self.store.transaction() as db:
            db.execute("UPDATE executions SET ended = 1 WHERE wid = ?", (wid,))
        await asyncio.sleep(0.03)
        with self.store.transaction() as db:
            db.execute("UPDATE executions SET ended = 0 WHERE wid = ?", (wid,))
        return reply
