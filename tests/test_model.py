"""The rules by which outcomes and verdicts are formed."""

from __future__ import annotations

import pytest

from assay.model import Exchange, Level, Outcome, ReceivedResponse, SentRequest, Verdict


@pytest.mark.parametrize(
    ("outcomes", "worst"),
    [
        (["passed", "inapplicable"], "passed"),
        (["inapplicable", "inapplicable"], "inapplicable"),
        (["passed", "not_run"], "not_run"),
        (["not_run", "untestable"], "untestable"),
        (["untestable", "inconclusive"], "inconclusive"),
        (["inconclusive", "deviation"], "deviation"),
        (["deviation", "failed"], "failed"),
        (["failed", "error"], "error"),
    ],
)
def test_a_requirement_takes_the_worst_of_its_checks(outcomes: list[str], worst: str) -> None:
    assert Outcome.worst(map(Outcome, outcomes)) == worst


@pytest.mark.parametrize(
    ("outcomes", "verdict"),
    [
        (["passed", "inapplicable"], "conformant"),
        (["passed", "deviation"], "conformant-with-deviations"),
        (["deviation", "untestable"], "not-fully-verified"),
        (["passed", "inconclusive"], "not-fully-verified"),
        (["passed", "not_run"], "not-fully-verified"),
        (["passed", "error"], "not-fully-verified"),
        (["untestable", "failed", "error"], "non-conformant"),
    ],
)
def test_a_verdict_follows_from_the_requirements(outcomes: list[str], verdict: str) -> None:
    assert Verdict.of(map(Outcome, outcomes)) == verdict


def test_the_verdict_on_a_run_is_that_on_its_worst_target() -> None:
    assert Verdict.worst([Verdict.CONFORMANT, Verdict.NOT_FULLY_VERIFIED]) == "not-fully-verified"


def test_a_violated_should_is_a_deviation() -> None:
    assert (Level.MUST.violation, Level.SHOULD.violation) == ("failed", "deviation")


def test_headers_are_found_in_any_letter_case() -> None:
    request = SentRequest("GET", "http://host/", (("X-One", "1"), ("x-one", "2")))
    response = ReceivedResponse(200, "OK", "HTTP/1.1", (("content-TYPE", "text/plain"),), b"", 0.0)

    assert request.header("x-ONE") == "1"
    assert response.header("Content-Type") == "text/plain"
    assert Exchange(request, response).response is response
