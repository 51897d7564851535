from __future__ import annotations

from typing import Any

import pytest

from assay.model import Outcome, Verdict
from assay.report import digest

Json = dict[str, Any]

NOT_SELECTED = "Only selected requirements were judged; 30 were not run."


def counted(verdict: str, **counts: int) -> Json:
    all_counts = {each.value: counts.get(each.value, 0) for each in Outcome}
    return {"verdict": verdict, "counts": all_counts, "requirements": [None] * sum(counts.values())}


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_has_words(verdict: Verdict) -> None:
    assert digest.verdict_in_words(verdict)


def test_every_outcome_has_its_place() -> None:
    assert sorted(digest.DISPLAY_ORDER) == sorted(Outcome)


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        (counted("non-conformant", failed=1, passed=4), "1 of 5 requirements failed."),
        (
            counted("non-conformant", failed=1, deviation=2, untestable=3, error=1),
            "1 of 7 requirements failed, with 2 deviations besides; 4 could not be verified.",
        ),
        (
            counted("not-fully-verified", passed=5, untestable=3, error=1),
            "No requirement failed, but 4 of 9 could not be verified: 3 untestable and 1 error of the suite.",
        ),
        (
            counted("not-fully-verified", passed=17, deviation=1, inconclusive=1),
            "No requirement failed, but there is 1 deviation, and 1 of 19 could not be verified: 1 inconclusive.",
        ),
        (
            counted("conformant-with-deviations", passed=4, deviation=1),
            "No requirement of level must is violated; 1 of level should is.",
        ),
        (
            counted("conformant-with-deviations", passed=4, deviation=2),
            "No requirement of level must is violated; 2 of level should are.",
        ),
        (counted("conformant", passed=4), "Every requirement has passed, 4 in all."),
        (
            counted("conformant", passed=4, inapplicable=2),
            "Every requirement that applies has passed, 4 in all; 2 inapplicable.",
        ),
        (counted("conformant", inapplicable=2), "No requirement applies to this target."),
    ],
)
def test_a_verdict_has_its_reason(target: Json, reason: str) -> None:
    assert digest.verdict_reason(target, partial=False) == reason


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        (
            counted("non-conformant", failed=1, passed=1, not_run=30),
            "1 of 2 requirements failed. Only selected requirements were judged; 30 were not run.",
        ),
        (
            counted("conformant", passed=2, not_run=1),
            "Every requirement has passed, 2 in all. Only selected requirements were judged; one was not run.",
        ),
        (
            counted("not-fully-verified", passed=2, untestable=1, not_run=30),
            "No requirement failed, but 1 of 3 could not be verified: 1 untestable. " + NOT_SELECTED,
        ),
        (
            counted("not-fully-verified", passed=2, not_run=30),
            "No requirement failed, but 30 of 32 could not be verified: 30 not run. " + NOT_SELECTED,
        ),
    ],
)
def test_the_reason_for_a_selection_speaks_of_the_selection(target: Json, reason: str) -> None:
    assert digest.verdict_reason(target, partial=True) == reason


def test_a_target_of_which_nothing_was_selected_is_not_judged() -> None:
    target = counted("conformant", not_run=30)

    assert digest.standing(target, partial=True) == digest.NOT_JUDGED
    assert digest.verdict_reason(target, partial=True) == "None of its requirements was selected."


def test_a_selection_that_left_nothing_out_needs_no_remark() -> None:
    target = counted("conformant", passed=3)

    assert digest.verdict_reason(target, partial=True) == "Every requirement has passed, 3 in all."


def test_a_target_whose_selected_requirements_did_not_run_keeps_its_verdict() -> None:
    target = counted("not-fully-verified", not_run=30)

    assert digest.standing(target, partial=True) == "not-fully-verified"


@pytest.mark.parametrize(
    ("message", "parts"),
    [
        ("expected 404, got 200", digest.Expectation("", "404", "200")),
        ("the retry: expected 404 or 409, got 200", digest.Expectation("the retry", "404 or 409", "200")),
        ("expected a, got b, got c", digest.Expectation("", "a", "b, got c")),
        ("a: b: expected c, got d", digest.Expectation("a: b", "c", "d")),
        ("unexpected 404, got 200", None),
        ("expected 404", None),
        ("no answer, got tired", None),
        ("", None),
    ],
)
def test_a_message_is_taken_apart(message: str, parts: digest.Expectation | None) -> None:
    assert digest.expectation(message) == parts


def test_the_last_exchange_that_is_no_control_decides() -> None:
    first, second, control = {"label": "first"}, {"label": "second"}, {"role": "control"}

    assert digest.deciding_exchange({"exchanges": [control, first, second, control]}) is second


def test_a_control_decides_where_there_is_nothing_else() -> None:
    control = {"role": "control"}

    assert digest.deciding_exchange({"exchanges": [control]}) is control


def test_a_check_without_exchanges_has_none_that_decides() -> None:
    assert digest.deciding_exchange({"exchanges": []}) is None


def test_a_check_that_could_not_run_is_named_although_its_requirement_failed(document: Json) -> None:
    blocked = digest.untested(document["targets"][0])[0]

    assert blocked.outcome is Outcome.UNTESTABLE
    assert blocked.requirements == ("vcf/retry-task/error-shape", "vcf/retry-task/unfailed-task")


def test_what_was_not_tested_is_counted_in_checks_each_of_which_stands_once(document: Json) -> None:
    target = document["targets"][0]
    gaps = (*digest.UNVERIFIED, Outcome.INAPPLICABLE)
    checks = [check for requirement in target["requirements"] for check in requirement["checks"]]

    found = digest.untested(target)

    assert sum(each.checks for each in found) == sum(check["outcome"] in gaps for check in checks)
    assert {each.count for each in found if each.checks == 1} <= {"1 check of 1 requirement"}
