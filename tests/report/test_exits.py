"""The exit code follows from the report, and from what its user lets pass."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from assay.model import Outcome
from assay.report.exits import exit_code
from assay.report.survey import Survey


def run(*, requests: int = 0, complete: bool = True) -> dict[str, Any]:
    return {"requests": requests, "complete": complete}


def surveyed(verdict: str, *checks: str, asked: bool = True, answered: bool = True, **more: Any) -> Survey:
    """Return what is known of a report of which no more is known than what its target comes to."""
    outline = {"verdict": verdict, **more.pop("outline", {})}
    return Survey([outline], checks=Counter(map(Outcome, checks)), asked=asked, answered=answered, **more)


@pytest.mark.parametrize(
    ("verdict", "checks", "code"),
    [
        ("conformant", ["passed", "inapplicable"], 0),
        ("conformant-with-deviations", ["passed", "deviation"], 0),
        ("non-conformant", ["passed", "failed"], 1),
        ("non-conformant", ["failed", "error"], 1),
        ("not-fully-verified", ["passed", "untestable"], 3),
        ("not-fully-verified", ["deviation", "inconclusive"], 3),
        ("not-fully-verified", ["passed", "error"], 4),
    ],
)
def test_the_exit_code_follows_from_the_report(verdict: str, checks: list[str], code: int) -> None:
    assert exit_code(surveyed(verdict, *checks), run(), strict=False, accept_incomplete=False) == code


@pytest.mark.parametrize(
    ("verdict", "checks", "code"),
    [
        ("conformant", ["passed"], 0),
        ("conformant-with-deviations", ["passed", "deviation"], 1),
        ("non-conformant", ["failed"], 1),
        ("not-fully-verified", ["deviation", "untestable"], 1),
        ("not-fully-verified", ["untestable"], 0),
        ("not-fully-verified", ["error"], 4),
    ],
)
def test_strict_and_accepting_at_once_leave_deviations_and_errors(verdict: str, checks: list[str], code: int) -> None:
    assert exit_code(surveyed(verdict, *checks), run(), strict=True, accept_incomplete=True) == code


def test_targets_that_give_no_answer_are_no_result() -> None:
    survey = surveyed("not-fully-verified", "inconclusive", answered=False)

    assert exit_code(survey, run(), strict=False, accept_incomplete=True) == 4


@pytest.mark.parametrize(("complete", "code"), [(True, 4), (False, 3)])
def test_requests_of_checks_that_show_none_bring_no_answer_unless_they_were_broken_off(
    complete: bool,  # noqa: FBT001 - a parameter of the test
    code: int,
) -> None:
    survey = surveyed("not-fully-verified", "inconclusive", asked=False, answered=False)

    assert exit_code(survey, run(requests=5, complete=complete), strict=False, accept_incomplete=False) == code


def test_where_nothing_was_asked_no_answer_is_missing() -> None:
    survey = surveyed("not-fully-verified", "untestable", asked=False, answered=False)

    assert exit_code(survey, run(), strict=False, accept_incomplete=False) == 3


@pytest.mark.parametrize(
    ("rest", "code"), [("conformant", 0), ("not-fully-verified", 3), ("non-conformant", 1)], ids=str
)
def test_what_is_waived_counts_for_nothing(rest: str, code: int) -> None:
    survey = surveyed("non-conformant", "failed", outline={"verdict_but_for_waivers": rest})

    assert exit_code(survey, run(), strict=True, accept_incomplete=False) == code


@pytest.mark.parametrize(("waived", "code"), [(2, 0), (1, 1)])
def test_of_deviations_those_that_are_waived_pass_also_where_deviations_count(waived: int, code: int) -> None:
    survey = surveyed("conformant-with-deviations", "deviation", "deviation", waived_deviations=waived)

    assert exit_code(survey, run(), strict=True, accept_incomplete=False) == code


@pytest.mark.parametrize(
    ("state", "code"), [("used", 0), ("idle", 0), ("expired", 1), ("unused", 1), ("changed", 1)], ids=str
)
def test_a_stale_waiver_fails_the_run(state: str, code: int) -> None:
    survey = surveyed("conformant", "passed", waivers=[("lab", {"id": "a/b/c", "waiver": {"state": state}})])

    assert exit_code(survey, run(), strict=False, accept_incomplete=True) == code
