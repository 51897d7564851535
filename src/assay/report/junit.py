"""The report as JUnit XML: one suite per target and operation, one case per check.

`failed` is a `<failure>`, `error` an `<error>`, `passed` a bare case. Everything else is `<skipped>` with the outcome
at the head of its message, so that nothing is counted green which was not shown to hold. That includes `deviation`:
CI systems turn a build red (Jenkins: unstable) over any `<failure>`, while a run whose worst is a deviation exits
with 0. The build's verdict stays with the exit code; with `--strict` that code is 1.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from assay.model import Outcome
from assay.report.digest import shown_exchanges
from assay.report.text import one_line, visible

if TYPE_CHECKING:
    from assay.report.digest import Node

_ELEMENTS = {Outcome.FAILED: "failure", Outcome.ERROR: "error"}


def render(document: Node) -> str:
    """Return the report document as JUnit XML."""
    root = ET.Element("testsuites", name="assay")
    shared = Counter(each["contract"] for each in document["targets"])
    for target in document["targets"]:
        # Some CI systems tell cases apart by class and name alone, whatever their suite.
        suffix = f" [{target['name']}]" if shared[target["contract"]] > 1 else ""
        for operation in dict.fromkeys(each["operation"] for each in target["requirements"]):
            root.append(_suite(document["run"], target, operation, suffix))
    _total(root, list(root))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


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
    _total_of_cases(suite, cases)
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
    result = ET.SubElement(case, _ELEMENTS.get(outcome, "skipped"), message=one_line(message), type=outcome)
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


def _total_of_cases(suite: ET.Element, cases: list[ET.Element]) -> None:
    suite.set("tests", str(len(cases)))
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(attribute, str(sum(case.find(tag) is not None for case in cases)))
    suite.set("time", f"{sum(float(case.get('time', '0')) for case in cases):.3f}")


def _total(root: ET.Element, suites: list[ET.Element]) -> None:
    for attribute in ("tests", "failures", "errors", "skipped"):
        root.set(attribute, str(sum(int(suite.get(attribute, "0")) for suite in suites)))
    root.set("time", f"{sum(float(suite.get('time', '0')) for suite in suites):.3f}")
