"""Freedoms of Oneprovider: how the body is read, what is looked at first, and what becomes of a rerun execution."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from assay.reference.messages import Asked, Refused, Reply
from assay.reference.onedata import LANES, RUNS, Onedata
from assay.variants import variant

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping

    from assay.reference.vendor import Caller, Values

RUNNING_S = 0.02
"""How long a rerun execution takes to end again, where it does."""

MANY_RUNS = 20_000
SMALL_BODY = 1024
WORD = 2**31


# How the body is read


@variant("onedata/numbers-in-quotes-refused")
class NumbersInQuotesRefused(Onedata):
    """A number in quotation marks is refused; the document demands an integer."""

    def integer(self, name: str, value: object) -> int | None:
        return None if isinstance(value, str) else super().integer(name, value)


@variant("onedata/zero-fractions-refused")
class ZeroFractionsRefused(Onedata):
    """The number 2.0 is refused: an integer to JSON Schema, and a float to many parsers."""

    def integer(self, name: str, value: object) -> int | None:
        return None if isinstance(value, float) else super().integer(name, value)


@variant("onedata/numbers-from-zero", excludes=("onedata/negative-numbers", "onedata/many-runs"))
class NumbersFromZero(Onedata):
    """Lanes and runs are counted from 0; the document gives them no minimum."""

    def read_positive(self, fields: Mapping[str, Any], name: str) -> int:
        value = fields.get(name)
        number = None if value is None else self.integer(name, value)
        # The reference server counts from 1.
        return super().read_positive(fields if number is None else {**fields, name: number + 1}, name)

    def new_execution(self, *, ended: bool) -> dict[str, str | int]:
        return {**super().new_execution(ended=ended), "lane_index": LANES - 1, "lane_run_number": RUNS - 1}


@variant("onedata/negative-numbers", excludes=("onedata/too-low-is-unknown", "onedata/many-runs"))
class NegativeNumbers(Onedata):
    """A negative lane or run counts from the end, and 0 is the last one; the document gives them no minimum."""

    def read_positive(self, fields: Mapping[str, Any], name: str) -> int:
        value = fields.get(name)
        number = None if value is None else self.integer(name, value)
        if number is not None and -RUNS < number < 1:
            last = LANES if name == "laneIndex" else RUNS
            return max(last + number, 1)
        return super().read_positive(fields, name)


@variant("onedata/too-low-is-unknown")
class TooLowIsUnknown(Onedata):
    """A lane or run of 0 or below is one that the execution lacks, a 404; the document gives them no minimum."""

    def refusal(self, refused: Refused) -> Reply:
        return super().refusal(_as(refused, 404, "too-low"))


@variant("onedata/many-runs")
class ManyRuns(Onedata):
    """Lanes have been rerun thousands of times; the document names no limit."""

    def has_run(self, db: sqlite3.Connection, wid: str, lane: int, run: int) -> bool:
        return (1 <= lane <= LANES and 1 <= run <= MANY_RUNS) or super().has_run(db, wid, lane, run)


@variant("onedata/latest-run-alone", excludes=("onedata/many-runs",))
class LatestRunAlone(Onedata):
    """A lane is rerun from the last of its runs alone; the document does not say that it is from any of them."""

    def has_run(self, db: sqlite3.Connection, wid: str, lane: int, run: int) -> bool:
        query = "SELECT max(run) FROM lane_runs WHERE wid = ? AND lane = ?"
        is_known = super().has_run(db, wid, lane, run)
        return is_known and bool(db.execute(query, (wid, lane)).fetchone()[0] == run)


@variant("onedata/words-of-31-bits")
class WordsOf31Bits(Onedata):
    """A number beyond 31 bits is an invalid request, a 400; the document names no limit."""

    def read_positive(self, fields: Mapping[str, Any], name: str) -> int:
        number = super().read_positive(fields, name)
        if number >= WORD:
            raise Refused(400, "too-high", f"The value {name} is too large.")
        return number


@variant("onedata/unknown-members-refused")
class UnknownMembersRefused(Onedata):
    """A body with members that are not documented gets a 400; the document does not say that they are ignored."""

    def read_object(self, asked: Asked) -> Mapping[str, Any]:
        fields = super().read_object(asked)
        if not fields.keys() <= {"laneIndex", "laneRunNumber"}:
            raise Refused(400, "unknown-member", "The body has members that nobody knows.")
        return fields


@variant("onedata/members-twice-refused")
class MembersTwiceRefused(Onedata):
    """A body with a member twice gets a 400, which JSON leaves to its reader."""

    def read_object(self, asked: Asked) -> Mapping[str, Any]:
        fields = super().read_object(asked)
        members: list[int] = []
        json.loads(asked.body or b"", object_pairs_hook=lambda pairs: members.append(len(pairs)))
        if members[-1] > len(fields):
            raise Refused(400, "member-twice", "The body has a member twice.")
        return fields


@variant("onedata/nan-is-no-integer")
class NanIsNoInteger(Onedata):
    """NaN is read as a number, which JSON leaves to its reader, and is refused as one that is no integer."""

    def read_object(self, asked: Asked) -> Mapping[str, Any]:
        body = asked.body or b""
        if b"NaN" not in body:
            return super().read_object(asked)
        # A fraction stands for it, which is no integer either.
        return super().read_object(replace(asked, body=body.replace(b"NaN", b"0.5")))


@variant("onedata/any-content-type", excludes=("onedata/content-type-demanded",))
class AnyContentType(Onedata):
    """JSON is understood under whatever content type it comes; the document does not say that another is refused."""

    def check_content_type(self, asked: Asked) -> None:
        """Take any."""


@variant("onedata/content-type-demanded")
class ContentTypeDemanded(Onedata):
    """A body without a content type is refused, with 415; the document says that it is application/json."""

    def check_content_type(self, asked: Asked) -> None:
        if asked.media_type is None:
            raise Refused(415, "no-type", "The request says no content type.")
        super().check_content_type(asked)


@variant("onedata/large-bodies-refused")
class LargeBodiesRefused(Onedata):
    """A body of more than a kilobyte gets a 413; the document names no limit."""

    async def answer(self, asked: Asked) -> Reply:
        too_large = len(asked.body or b"") > SMALL_BODY
        return await super().answer(replace(asked, body=None) if too_large else asked)


# What is looked at first


@variant("onedata/execution-before-body")
class ExecutionBeforeBody(Onedata):
    """Whether the execution exists and the caller may rerun it is looked at before the body; there is no order."""

    async def perform(self, asked: Asked, caller: Caller) -> Reply:
        query = "SELECT owner FROM executions WHERE wid = ?"
        with self.store.transaction() as db:
            found = db.execute(query, ((asked.path or {})["wid"],)).fetchone()
        if found is None:
            raise Refused(404, "unknown-execution", "The workflow execution does not exist.")
        self.authorise(caller, found[0])
        return await super().perform(asked, caller)


@variant("onedata/state-before-body", excludes=("onedata/lane-before-state",))
class StateBeforeBody(Onedata):
    """An execution that has not ended is refused before anybody reads the body; the document has no order."""

    async def perform(self, asked: Asked, caller: Caller) -> Reply:
        query = "SELECT 1 FROM executions WHERE wid = ? AND NOT ended"
        with self.store.transaction() as db:
            if db.execute(query, ((asked.path or {})["wid"],)).fetchone():
                raise Refused(409, "not-ended", "The workflow execution has not ended.")
        return await super().perform(asked, caller)


@variant("onedata/lane-before-state")
class LaneBeforeState(Onedata):
    """The lane and the run are looked at before the privilege and the state of the execution; there is no order."""

    def rerun(self, wid: str, lane: int, run: int, caller: Caller) -> Reply:
        with self.store.transaction() as db:
            known = db.execute("SELECT 1 FROM executions WHERE wid = ?", (wid,)).fetchone()
            if known and not self.has_run(db, wid, lane, run):
                raise Refused(404, "unknown-lane-run", "The workflow execution has no such lane run.")
        return super().rerun(wid, lane, run, caller)


@variant("onedata/token-last")
class TokenLast(Onedata):
    """An unknown execution is not found by strangers either, before they show a token; the document has no order."""

    def authenticate(self, asked: Asked) -> Caller:
        query = "SELECT 1 FROM executions WHERE wid = ?"
        with self.store.transaction() as db:
            if not db.execute(query, ((asked.path or {})["wid"],)).fetchone():
                raise Refused(404, "unknown-execution", "The workflow execution does not exist.")
        return super().authenticate(asked)


# What becomes of a rerun execution


@variant("onedata/ends-at-once", excludes=("onedata/ends-soon", "onedata/ends-by-chance"))
class EndsAtOnce(Onedata):
    """A rerun execution has ended again by the time of the answer, so that a second rerun is taken as well."""

    def start_run(self, db: sqlite3.Connection, wid: str, lane: int) -> None:
        super().start_run(db, wid, lane)
        _end(db, wid)


@variant("onedata/ends-soon", excludes=("onedata/ends-by-chance",))
class EndsSoon(Onedata):
    """A rerun execution ends again 20 ms later; the document does not say how long one runs."""

    def start_run(self, db: sqlite3.Connection, wid: str, lane: int) -> None:
        super().start_run(db, wid, lane)
        asyncio.get_running_loop().call_later(RUNNING_S, self.end, wid)

    def end(self, wid: str) -> None:
        """Let an execution end that was rerun."""
        with self.store.transaction() as db:
            _end(db, wid)


@variant("onedata/ends-by-chance")
class EndsByChance(Onedata):
    """One execution in three ends again at once when it is rerun; the document does not say how long one runs."""

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Number the executions in the order in which they are rerun for the first time."""
        return {}

    def start_run(self, db: sqlite3.Connection, wid: str, lane: int) -> None:
        number = self.numbers.setdefault(wid, len(self.numbers) + 1)
        super().start_run(db, wid, lane)
        if number % 3 == 0:
            _end(db, wid)


def _end(db: sqlite3.Connection, wid: str) -> None:
    db.execute("UPDATE executions SET ended = 1 WHERE wid = ?", (wid,))


# Ids


@variant("onedata/strict-ids", excludes=("onedata/odd-ids",))
class StrictIds(Onedata):
    """An id of another form than the server's own is an invalid request, a 400, and not an unknown execution."""

    def rerun(self, wid: str, lane: int, run: int, caller: Caller) -> Reply:
        if not (len(wid) == len(self.unique()) and set(wid) <= set("0123456789abcdef")):
            raise Refused(400, "bad-id", "That is no id of a workflow execution.")
        return super().rerun(wid, lane, run, caller)


@variant("onedata/odd-ids")
class OddIds(Onedata):
    """Ids have spaces, reserved characters and letters beyond US-ASCII in them; the document calls them strings."""

    def new_execution(self, *, ended: bool) -> dict[str, str | int]:
        made = super().new_execution(ended=ended)
        odd = f"Lauf 7+{made['wid']}%41?ß={{a}}&b;#"
        with self.store.transaction() as db:
            for table in ("executions", "lane_runs"):
                db.execute(f"UPDATE {table} SET wid = ? WHERE wid = ?", (odd, made["wid"]))  # noqa: S608 - two names
        return {**made, "wid": odd}

    def states(self) -> Mapping[str, Callable[[], Values]]:
        return {**super().states(), "unknown_execution": lambda: {"wid": f"kein Lauf;{self.unique()}"}}


def _as(refused: Refused, status: int, *kinds: str) -> Refused:
    return Refused(status, refused.kind, refused.message) if refused.kind in kinds else refused
