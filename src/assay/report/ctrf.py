"""The report as CTRF, the Common Test Report Format: one test per requirement, under its target and operation.

`deviation`, `inconclusive` and `error` have no word of their own there and are `other`, so that whoever counts failures
counts what is blamed on a target; our outcome stands in `rawStatus`. `pending` says that something is waited for,
which is what `untestable` does.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any

from assay.model import Outcome
from assay.report.account import account, source
from assay.report.text import ascii_json, one_line
from assay.report.waived import is_excused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.report.digest import Node
    from assay.report.document import Report

SPEC_VERSION = "0.0.0"

STATUSES = {
    Outcome.PASSED: "passed",
    Outcome.FAILED: "failed",
    Outcome.DEVIATION: "other",
    Outcome.INCONCLUSIVE: "other",
    Outcome.ERROR: "other",
    Outcome.UNTESTABLE: "pending",
    Outcome.INAPPLICABLE: "skipped",
    Outcome.NOT_RUN: "skipped",
}

EXCUSED = "other"
"""A failure that is waived, which must not fail a build."""


class CtrfView:
    """Writes `ctrf.json`."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._run = report.run

    def opening(self) -> Iterator[str]:
        """Yield the tool, the totals and the targets."""
        yield f'{{"reportFormat": "CTRF", "specVersion": "{SPEC_VERSION}", "results": {{\n'
        tool = {"name": "assay", "version": self._run["suite_version"]}
        for name, part in (("tool", tool), ("summary", self._summary()), ("extra", self._extra())):
            yield f'"{name}": {ascii_json(part)},\n'
        yield '"tests": ['

    def _summary(self) -> dict[str, int]:
        statuses: Counter[str] = Counter(dict.fromkeys(STATUSES.values(), 0))
        for outcome, number in self._report.survey.outcomes.items():
            statuses[STATUSES[outcome]] += number
        waived = self._report.survey.waived_failures
        statuses[STATUSES[Outcome.FAILED]] -= waived
        statuses[EXCUSED] += waived
        start = datetime.fromisoformat(self._run["started"]).timestamp()
        stop = start + self._run["duration_s"]
        return {"tests": statuses.total(), **statuses, "start": _milliseconds(start), "stop": _milliseconds(stop)}

    def _extra(self) -> dict[str, Any]:
        survey = self._report.survey
        targets = [
            {key: one_line(each[key]) for key in ("name", "contract", "base_url", "verdict")}
            | {key: each[key] for key in ("statements",) if key in each}
            for each in survey.outlines
        ]
        return {"verdict": survey.verdict, "run": self._run, "targets": targets}

    def target(self, target: Node, position: int) -> Iterator[str]:
        """Yield the tests of one target."""
        for number, requirement in enumerate(target["requirements"]):
            yield (",\n" if number or position > 1 else "\n") + ascii_json(self._test(target, requirement))

    def closing(self) -> Iterator[str]:
        """Yield the end of the document."""
        yield "\n]}}\n"

    def _test(self, target: Node, requirement: Node) -> dict[str, Any]:
        outcome, basis = Outcome(requirement["outcome"]), self._report.statements.basis(requirement)
        duration_s = sum(check["duration_s"] for check in requirement["checks"])
        test = {
            "name": requirement["id"],
            "status": EXCUSED if is_excused(requirement) else STATUSES[outcome],
            "duration": _milliseconds(duration_s),
            "suite": [one_line(target["name"]), requirement["operation"]],
            "rawStatus": outcome,
            "tags": [requirement["level"]],
            "type": "conformance",
            "steps": [_step(check) for check in requirement["checks"]],
            "extra": {
                "statement": one_line(requirement["statement"]),
                "source": one_line(source(requirement)),
                "restsOn": [one_line(each) for each in basis],
                "provenBy": requirement["proven_by"],
            },
        }
        if outcome is not Outcome.PASSED:
            test |= {
                "message": one_line(requirement["message"]),
                "trace": account(requirement, target, self._run["seed"], basis),
            }
        return test


def _step(check: Node) -> dict[str, Any]:
    outcome = Outcome(check["outcome"])
    message = {"message": one_line(check["message"])} if check.get("message") else {}
    return {
        "name": one_line(check["name"]),
        "status": STATUSES[outcome],
        "extra": {"rawStatus": outcome, **message},
    }


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
