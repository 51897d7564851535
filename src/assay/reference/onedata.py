"""Onedata, Oneprovider: rerunning a stopped workflow execution from a lane run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from assay.reference.messages import Asked, Refused, Reply, as_integer, read_json
from assay.reference.vendor import MAIN_CALLER, Caller, Endpoint, Example, Vendor

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Mapping

    from assay.reference.vendor import Values

SCHEDULE = "space_schedule_atm_workflow_executions"
MANAGE = "space_manage_atm_workflow_executions"

LANES, RUNS = 2, 3
"""How many lanes a new execution has, and how many runs each of them."""

_LARGEST = 2**63 - 1
_DIGITS = re.compile(r"[+-]?[0-9]{1,40}")

_PLACES = {
    "no-credentials": ("unauthorized", "http_auth", 118),
    "bad-credentials": ("badToken", "http_auth", 131),
    "bad-type": ("invalidContentType", "rest_handler", 97),
    "bad-json": ("malformedJson", "rest_handler", 212),
    "no-object": ("badData", "rest_handler", 219),
    "missing-field": ("missingRequiredValue", "middleware_sanitizer", 64),
    "not-an-integer": ("badValueInteger", "middleware_sanitizer", 143),
    "too-low": ("badValueTooLow", "middleware_sanitizer", 158),
    "unknown-execution": ("notFound", "atm_workflow_execution_api", 88),
    "forbidden": ("forbidden", "atm_workflow_execution_api", 101),
    "not-ended": ("atmWorkflowExecutionNotEnded", "atm_workflow_execution_handler", 176),
    "unknown-lane-run": ("atmLaneRunNotFound", "atm_lane_execution", 240),
    "no-such-path": ("notFound", "rest_router", 52),
    "internal": ("internalServerError", "rest_handler", 301),
}
"""Error id, module and line of each cause; other causes go by their own name."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS executions (wid TEXT PRIMARY KEY, owner TEXT NOT NULL, ended INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS lane_runs
    (wid TEXT NOT NULL, lane INTEGER NOT NULL, run INTEGER NOT NULL, PRIMARY KEY (wid, lane, run))
"""


class Onedata(Vendor):
    """Oneprovider as far as it reruns executions.

    It looks at the token, the content type, the JSON, the fields, the execution, the privilege, whether the execution
    has ended, and the lane run, in this order. A rerun execution is active from then on.
    """

    name: ClassVar[str] = "onedata"
    port: ClassVar[int] = 8703
    refusals: ClassVar[tuple[int, ...]] = (400, 401, 403, 404, 500)
    endpoints: ClassVar = (
        Endpoint("rerun-execution", "POST", "/api/v3/oneprovider/automation/execution/workflows/{wid}/rerun"),
    )
    schema: ClassVar[str] = _SCHEMA
    permissions: ClassVar[frozenset[str]] = frozenset({SCHEDULE, MANAGE})

    def credentials(self, asked: Asked) -> str | None:
        """Return the token, which may come either way."""
        return asked.header("x-auth-token") or super().credentials(asked)

    def credentials_header(self, token: str) -> str:
        """Return the header line that a client sends."""
        return f"X-Auth-Token: {token}"

    async def perform(self, asked: Asked, caller: Caller) -> Reply:
        """Rerun the execution."""
        self.check_content_type(asked)
        fields = self.read_object(asked)
        lane = self.read_positive(fields, "laneIndex")
        run = self.read_positive(fields, "laneRunNumber")
        return self.rerun((asked.path or {})["wid"], lane, run, caller)

    def check_content_type(self, asked: Asked) -> None:
        """Refuse a body that is announced as something else; one that is not announced is taken for JSON."""
        if asked.media_type not in (None, "application/json"):
            raise Refused(415, "bad-type", "The content type of the request is not application/json.")

    def read_object(self, asked: Asked) -> Mapping[str, Any]:
        """Return the body's object."""
        fields = read_json(asked.body or b"")
        if not isinstance(fields, dict):
            raise Refused(400, "no-object", "The body is not a JSON object.")
        return fields

    def read_positive(self, fields: Mapping[str, Any], name: str) -> int:
        """Return an integer of at least 1."""
        if name not in fields:
            raise Refused(400, "missing-field", f"The value {name} is missing.")
        number = self.integer(name, fields[name])
        if number is None:
            raise Refused(400, "not-an-integer", f"The value {name} is not an integer.")
        if number < 1:
            raise Refused(400, "too-low", f"The value {name} is less than 1.")
        return number

    def integer(self, name: str, value: object) -> int | None:  # noqa: ARG002 - for faults that depend on the field
        """Return an integer, which may also come as text, or `None` for anything else."""
        return int(value) if isinstance(value, str) and _DIGITS.fullmatch(value) else as_integer(value)

    def rerun(self, wid: str, lane: int, run: int, caller: Caller) -> Reply:
        """Start a new run of the lane; of several reruns at once, the first one finds the execution ended."""
        with self.store.transaction() as db:
            found = db.execute("SELECT owner, ended FROM executions WHERE wid = ?", (wid,)).fetchone()
            if found is None:
                raise Refused(404, "unknown-execution", "The workflow execution does not exist.")
            owner, ended = found
            self.authorise(caller, owner)
            if not self.may_be_rerun(ended=bool(ended)):
                raise Refused(400, "not-ended", "The workflow execution has not ended.")
            if not self.has_run(db, wid, lane, run):
                raise Refused(404, "unknown-lane-run", "The workflow execution has no such lane run.")
            self.start_run(db, wid, lane)
        return self.rerun_started()

    def may_be_rerun(self, *, ended: bool) -> bool:
        """Say whether an execution may be rerun."""
        return ended

    def authorise(self, caller: Caller, owner: str) -> None:
        """Refuse a caller without the privilege: another one for whoever scheduled the execution than for others."""
        needed = SCHEDULE if caller.name == owner else MANAGE
        if needed not in caller.permissions:
            raise Refused(403, "forbidden", f"The operation requires the privilege {needed}.")

    def has_run(self, db: sqlite3.Connection, wid: str, lane: int, run: int) -> bool:
        """Say whether the execution has this run of this lane."""
        if max(lane, run) > _LARGEST:
            return False
        query = "SELECT 1 FROM lane_runs WHERE wid = ? AND lane = ? AND run = ?"
        return db.execute(query, (wid, lane, run)).fetchone() is not None

    def start_run(self, db: sqlite3.Connection, wid: str, lane: int) -> None:
        """Make the execution active, with one more run of the lane."""
        db.execute("UPDATE executions SET ended = 0 WHERE wid = ?", (wid,))
        latest = db.execute("SELECT max(run) FROM lane_runs WHERE wid = ? AND lane = ?", (wid, lane)).fetchone()[0]
        db.execute("INSERT INTO lane_runs VALUES (?, ?, ?)", (wid, lane, latest + 1))

    def rerun_started(self) -> Reply:
        """Return the reply to a rerun that was accepted."""
        return Reply(204)

    def error_body(self, refused: Refused) -> object:
        """Return an object with an ErrorJson."""
        return {"error": self.error(refused)}

    def error(self, refused: Refused) -> dict[str, Any]:
        """Return an ErrorJson."""
        error_id, module, line = _PLACES.get(refused.kind, (refused.kind, "rest_handler", 33))
        context = self.error_context(module, line)
        return {"id": error_id, "description": refused.message, "details": {}, "ctx": context}

    def error_context(self, module: str, line: int) -> Mapping[str, str | int]:
        """Return the technical information of an error."""
        return {
            "timestamp": int(self.clock() * 1000),
            "serviceReleaseVersion": "25.0",
            "serviceId": "4f1c8a52d0b94e7793e6a5b0c2d81f36ch0a1b",
            "serviceDomain": "oneprovider.example.test",
            "serviceBuildVersion": "1-g0a1b2c3d4e",
            "service": "opw",
            "onedataErrorsRevision": "0a1b2c3d",
            "module": module,
            "line": line,
        }

    def new_execution(self, *, ended: bool) -> dict[str, str | int]:
        """Return the last run of the last lane of a new execution."""
        wid = self.unique()
        with self.store.transaction() as db:
            db.execute("INSERT INTO executions VALUES (?, ?, ?)", (wid, MAIN_CALLER, ended))
            runs = [(wid, lane, run) for lane in range(1, LANES + 1) for run in range(1, RUNS + 1)]
            db.executemany("INSERT INTO lane_runs VALUES (?, ?, ?)", runs)
        return {"wid": wid, "lane_index": LANES, "lane_run_number": RUNS}

    def states(self) -> Mapping[str, Callable[[], Values]]:
        """Return the provider states."""
        return {
            "stopped_execution": lambda: self.new_execution(ended=True),
            "running_execution": lambda: self.new_execution(ended=False),
            "forbidden_execution": lambda: self.new_execution(ended=True) | {"token": self.new_caller(())},
            "unknown_execution": lambda: {"wid": self.unique()},
        }

    def examples(self) -> Iterable[Example]:
        """Return one rerun."""
        made = self.new_execution(ended=True)
        path = self.endpoints[0].path.replace("{wid}", str(made["wid"]))
        yield Example("POST", path, {"laneIndex": LANES, "laneRunNumber": RUNS})
