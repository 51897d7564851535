"""The exit code that a report amounts to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.model import Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assay.report.survey import Survey


def exit_code(survey: Survey, run: Mapping[str, Any], *, strict: bool, accept_incomplete: bool) -> int:
    """Return the exit code of a run; what is waived fails no build, and a waiver that is stale does."""
    verdict = survey.verdict_but_for_waivers
    if verdict is Verdict.NON_CONFORMANT or survey.stale_waivers:
        return 1
    # Where nothing was asked, no answer is missing: that is no fault of a server. What a check was asking when the run
    # was broken off may have been answered.
    asked = survey.asked or (run["complete"] and run["requests"])
    if (asked and not survey.answered) or survey.checks[Outcome.ERROR]:
        return 4
    if verdict is Verdict.NOT_FULLY_VERIFIED and not accept_incomplete:
        return 3
    return 1 if strict and survey.checks[Outcome.DEVIATION] > survey.waived_deviations else 0


def by_terms(survey: Survey, run: Mapping[str, Any], terms: Mapping[str, Any]) -> dict[str, int]:
    """Return what the document says of it, by the terms of the run, which an earlier version did not note."""
    if not terms:
        return {}
    strict, accept_incomplete = terms["strict"], terms["accept_incomplete"]
    return {"exit_code": exit_code(survey, run, strict=strict, accept_incomplete=accept_incomplete)}
