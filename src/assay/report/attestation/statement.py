"""The in-toto statements about a report: what was judged, by which suite, with which result.

A running server has no digest, so the subject of both is the file that says what was found out about it: `report.json`.
The first one is in-toto's own predicate for test results, which policy engines know. The second one is ours: it binds
the report to its targets, to the catalogue and the proof behind the checks, and to how the run was made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from assay.model import Outcome, Verdict
from assay.report.digest import NOT_JUDGED
from assay.report.forms import DOCUMENT
from assay.report.text import ascii_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from assay.report.digest import Node
    from assay.report.document import Report
    from assay.report.survey import Survey

STATEMENT = "https://in-toto.io/Statement/v1"
TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1"
CONFORMANCE = "urn:assay:conformance:1"
"""The predicate of ours; `reports/README.md` says what its fields are."""

_LISTS = {
    "passedTests": Outcome.PASSED,
    "warnedTests": Outcome.DEVIATION,
    "failedTests": Outcome.FAILED,
}
"""What was not tested stands in no list: it neither passed nor failed."""


def statements(report: Report, sha256: str) -> dict[str, Node]:
    """Return the statements about a report, by the type of their predicate.

    `sha256` is the digest of the bytes of its `report.json`, as hexadecimal digits.
    """
    predicates = {TEST_RESULT: _test_result(report), CONFORMANCE: _conformance(report, sha256)}
    return {
        kind: {"_type": STATEMENT, "subject": [_subject(sha256)], "predicateType": kind, "predicate": predicate}
        for kind, predicate in predicates.items()
    }


def serialised(statement: Node) -> str:
    """Return a statement as one line of JSON, in which nothing is left that a terminal may obey."""
    return ascii_json(statement)


def _subject(sha256: str) -> Node:
    return {"name": DOCUMENT, "digest": {"sha256": sha256}}


def _test_result(report: Report) -> Node:
    run, survey = report.run, report.survey
    return {
        "result": _result(survey.verdicts(partial=run["partial"])),
        "configuration": list(_configuration(run, survey)),
        **{name: _tests(survey, outcome) for name, outcome in _LISTS.items()},
    }


def _result(verdicts: Iterable[str]) -> str:
    """Return the result of a run: failed also where something stays open.

    There is no word for a run that could not verify everything, and what was not tested must not read as tested.
    """
    judged = set(verdicts) - {NOT_JUDGED}
    if not judged or judged & {Verdict.NON_CONFORMANT, Verdict.NOT_FULLY_VERIFIED}:
        return "FAILED"
    return "WARNED" if Verdict.CONFORMANT_WITH_DEVIATIONS in judged else "PASSED"


def _configuration(run: Node, survey: Survey) -> Iterator[Node]:
    """Yield what the run was made with, and whom it judged."""
    yield {"name": "assay", "uri": f"pkg:generic/assay@{quote(run['suite_version'], safe='')}"}
    yield {"name": "catalogue", "digest": {"sha256": run["catalogue_sha256"]}}
    for each in survey.outlines:
        yield {"name": each["name"], "uri": each["base_url"], "annotations": {"contract": each["contract"]}}


def _tests(survey: Survey, outcome: Outcome) -> list[str]:
    """Return target and id of the requirements with an outcome, target by target."""
    found: list[tuple[int, str]] = []
    for matrix in survey.matrices.values():
        for requirement in matrix.requirements:
            row = zip(matrix.positions, matrix.row(requirement), strict=True)
            found += [(position, requirement) for position, each in row if each is outcome]
    found.sort(key=lambda each: each[0])
    return [f"{survey.outlines[position - 1]['name']}: {requirement}" for position, requirement in found]


def _conformance(report: Report, sha256: str) -> Node:
    run, survey = report.run, report.survey
    return {
        "report": {**_subject(sha256), "mediaType": "application/json"},
        "suite_version": run["suite_version"],
        "catalogue_sha256": run["catalogue_sha256"],
        "proof": {"standing": run.get("proof"), "sha256": run.get("proof_sha256")},
        # Without these a verdict cannot be read: it may speak of a selection, of a shard, or of what was done in time.
        **{key: run[key] for key in ("seed", "started", "complete", "partial")},
        "shard": run.get("shard"),
        "verdict": str(survey.verdict),
        "targets": [_target(each) for each in survey.outlines],
    }


def _target(outline: Node) -> dict[str, Any]:
    # What an earlier version made has no statements, and what was stated about it then is still to verify.
    told = ("name", "contract", "base_url", "verdict", "counts", "statements")
    return {key: outline[key] for key in told if key in outline}
