"""The report as JUnit XML: one suite per target and operation, one case per check.

`failed` is a `<failure>`, `error` an `<error>`, `passed` a bare case. Everything else is `<skipped>` with the outcome
at the head of its message, so that nothing is counted green which was not shown to hold. That includes `deviation`:
CI systems turn a build red (Jenkins: unstable) over any `<failure>`, while a run whose worst is a deviation exits
with 0. The build's verdict stays with the exit code; with `--strict` that code is 1.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from assay.model import Outcome
from assay.report.digest import shown_exchanges
from assay.report.document import Written, pieces
from assay.report.text import one_line, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.report.digest import Node
    from assay.report.document import Report

_ELEMENTS = {Outcome.FAILED: "failure", Outcome.ERROR: "error"}
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
        totals = {"tests": survey.checks.total(), **{name: self._of(kind) for name, kind in _TOTALS.items()}}
        said = "".join(f' {name}="{number}"' for name, number in totals.items())
        yield '<?xml version="1.0" encoding="UTF-8"?>\n'
        yield f'<testsuites name="assay"{said} time="{survey.duration_s:.3f}">\n'

    def _of(self, kind: str) -> int:
        return sum(number for outcome, number in self._report.survey.checks.items() if _element(outcome) == kind)

    def target(self, target: Node, position: int) -> Iterator[str]:  # noqa: ARG002 - a view may number its targets
        """Yield one suite per operation."""
        # Some CI systems tell cases apart by class and name alone, whatever their suite.
        is_alone = len(self._report.survey.matrices[target["contract"]].positions) == 1
        suffix = "" if is_alone else f" [{target['name']}]"
        for operation in dict.fromkeys(each["operation"] for each in target["requirements"]):
            suite = _suite(self._run, target, operation, suffix)
            ET.indent(suite, level=1)
            yield "  " + ET.tostring(suite, encoding="unicode").rstrip() + "\n"

    def closing(self) -> Iterator[str]:
        """Yield the end of the root element."""
        yield "</testsuites>\n"


def _element(outcome: Outcome) -> str:
    """Return the element that says what became of a case, or an empty name for a bare one."""
    return "" if outcome is Outcome.PASSED else _ELEMENTS.get(outcome, "skipped")


def _suite(run: Node, target: Node, operation: str, suffix: str) -> ET.Element:
    started = datetime.fromisoformat(run["started"]).astimezone(UTC)
    suite = ET.Element("testsuite", name=one_line(f"{target['name']}: {operation}"))
    suite.set("timestamp", started.strftime("%Y-%m-%dT%H:%M:%S"))
    _properties(
        suite,
        {
            "target": target["name"],
            "contract": target["contract"],
            "base_url": target["base_url"],
            "verdict": target["verdict"],
            "problem": target.get("problem", ""),
            "seed": str(run["seed"]),
            "suite_version": run["suite_version"],
            "catalogue_sha256": run["catalogue_sha256"],
        },
    )
    requirements = [each for each in target["requirements"] if each["operation"] == operation]
    cases = [_case(each, check, suffix) for each in requirements for check in each["checks"]]
    suite.extend(cases)
    _total(suite, cases)
    return suite


def _case(requirement: Node, check: Node, suffix: str) -> ET.Element:
    case = ET.Element("testcase", classname=requirement["id"], name=one_line(check["name"] + suffix))
    case.set("time", f"{check['duration_s']:.3f}")
    source = f"{requirement['source']['document']}, {requirement['source']['section']}"
    proven_by = ", ".join(requirement["proven_by"])
    properties = {"level": requirement["level"], "outcome": check["outcome"], "source": source, "proven_by": proven_by}
    _properties(case, properties)
    outcome = Outcome(check["outcome"])
    if outcome is Outcome.PASSED:
        return case
    message = check["message"] if outcome in _ELEMENTS else f"{outcome}: {check['message']}"
    result = ET.SubElement(case, _element(outcome), message=one_line(message), type=outcome)
    result.text = visible(_account(requirement, check, source))
    return case


def _account(requirement: Node, check: Node, source: str) -> str:
    """Return what a reader of a CI page sees of one check: the promise, what happened, how to do it again."""
    lines = [f"{check['outcome']}: {one_line(check['message'])}", requirement["statement"]]
    lines.append(f"({requirement['level']}; {source})")
    exchanges = shown_exchanges(check)
    if len(exchanges) < len(check["exchanges"]):
        lines += ["", f"the last {len(exchanges)} of {len(check['exchanges'])} exchanges:"]
    for exchange in exchanges:
        lines += ["", one_line(_exchange_line(exchange)), one_line(exchange["curl"])]
    return "\n".join(lines)


def _exchange_line(exchange: Node) -> str:
    request, response = exchange["request"], exchange["response"]
    names = ", ".join(exchange[key] for key in ("role", "label") if key in exchange)
    came = f"{response['status']} {response['reason']}".strip() if response else exchange["transport_error"]
    return f"{f'[{names}] ' if names else ''}{request['method']} {request['url']} -> {came}"


def _properties(parent: ET.Element, properties: dict[str, str]) -> None:
    element = ET.SubElement(parent, "properties")
    for name, value in properties.items():
        if value:
            ET.SubElement(element, "property", name=name, value=one_line(value))


def _total(suite: ET.Element, cases: list[ET.Element]) -> None:
    suite.set("tests", str(len(cases)))
    for attribute, tag in _TOTALS.items():
        suite.set(attribute, str(sum(case.find(tag) is not None for case in cases)))
    suite.set("time", f"{sum(float(case.get('time', '0')) for case in cases):.3f}")
