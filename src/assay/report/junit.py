"""The report as JUnit XML: one suite per target and operation, one case per requirement.

`failed` is a `<failure>`, `error` an `<error>`, `passed` a bare case. Everything else is `<skipped>` with the outcome
at the head of its message, so that nothing is counted green which was not shown to hold. That includes `deviation`:
CI systems turn a build red (Jenkins: unstable) over any `<failure>`, while a run whose worst is a deviation exits
with 0. The build's verdict stays with the exit code; with `--strict` that code is 1. For the same reason it includes a
failure that is waived.

A case is named by its requirement, and its class by target and operation: most CI systems tell cases apart by these
two, whatever their suite, and Jenkins makes a package of what stands before the last dot. There is no `file`, which
GitLab and GitHub would look for in the user's repository. Only what Jenkins's schema allows is written: properties
stand at suites, and what is to be said of a case in its text.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from assay.model import Outcome
from assay.report.account import account, seconds
from assay.report.document import Written, pieces
from assay.report.statements import figure_in_words
from assay.report.text import one_line
from assay.report.waived import is_excused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.report.digest import Node
    from assay.report.document import Report

_ELEMENTS = {Outcome.PASSED: "", Outcome.FAILED: "failure", Outcome.ERROR: "error"}
_TOTALS = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def render(document: Node) -> str:
    """Return a report document that is at hand as a whole as JUnit XML."""
    report = Written(document)
    return "".join(pieces(report, JunitView(report)))


class JunitView:
    """Writes `junit.xml`."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._run = report.run

    def opening(self) -> Iterator[str]:
        """Yield the root element with the totals."""
        survey = self._report.survey
        counts = survey.outcomes
        failures = counts[Outcome.FAILED] - survey.waived_failures
        totals = {"tests": counts.total(), "failures": failures, "errors": counts[Outcome.ERROR]}
        said = "".join(f' {name}="{number}"' for name, number in totals.items())
        yield '<?xml version="1.0" encoding="UTF-8"?>\n'
        yield f'<testsuites name="assay"{said} time="{survey.duration_s:.3f}">\n'

    def target(self, target: Node, position: int) -> Iterator[str]:  # noqa: ARG002 - a view may number its targets
        """Yield one suite per operation."""
        for operation in dict.fromkeys(each["operation"] for each in target["requirements"]):
            suite = self._suite(target, operation)
            ET.indent(suite, level=1)
            yield "  " + ET.tostring(suite, encoding="unicode").rstrip() + "\n"

    def closing(self) -> Iterator[str]:
        """Yield the end of the root element."""
        yield "</testsuites>\n"

    def _case(self, target: Node, requirement: Node, class_name: str) -> ET.Element:
        text = account(requirement, target, self._run["seed"], self._report.statements.basis(requirement))
        return _case(requirement, class_name, text)

    def _suite(self, target: Node, operation: str) -> ET.Element:
        started = datetime.fromisoformat(self._run["started"]).astimezone(UTC)
        suite = ET.Element("testsuite", name=one_line(f"{target['name']}: {operation}"))
        suite.set("timestamp", started.strftime("%Y-%m-%dT%H:%M:%S"))
        properties = ET.SubElement(suite, "properties")
        for name, value in _properties(self._run, target).items():
            if value:
                ET.SubElement(properties, "property", name=name, value=one_line(value))
        class_name = one_line(f"{target['name']}.{operation}")
        own = [each for each in target["requirements"] if each["operation"] == operation]
        cases = [self._case(target, each, class_name) for each in own]
        suite.extend(cases)
        suite.set("tests", str(len(cases)))
        for attribute, tag in _TOTALS.items():
            suite.set(attribute, str(sum(case.find(tag) is not None for case in cases)))
        suite.set("time", f"{sum(float(case.get('time', '0')) for case in cases):.3f}")
        return suite


def _properties(run: Node, target: Node) -> dict[str, str]:
    return {
        "target": target["name"],
        "contract": target["contract"],
        "base_url": target["base_url"],
        "verdict": target["verdict"],
        "problem": target.get("problem", ""),
        "statements": figure_in_words(target["statements"]) if "statements" in target else "",
        "seed": str(run["seed"]),
        "suite_version": run["suite_version"],
        "catalogue_sha256": run["catalogue_sha256"],
    }


def _case(requirement: Node, class_name: str, text: str) -> ET.Element:
    case = ET.Element("testcase", classname=class_name, name=requirement["id"], time=f"{seconds(requirement):.3f}")
    outcome = Outcome(requirement["outcome"])
    tag = "skipped" if is_excused(requirement) else _ELEMENTS.get(outcome, "skipped")
    if tag:
        waived = "waived, " if is_excused(requirement) else ""
        said = requirement["message"]
        message = f"{waived}{outcome}: {said}" if tag == "skipped" else said
        result = ET.SubElement(case, tag, message=one_line(message), type=outcome)
        result.text = text
    if tag not in ("failure", "error"):
        # Of a case that was skipped Jenkins shows the message and the output alone, and GitLab the text.
        ET.SubElement(case, "system-out").text = text
    return case
