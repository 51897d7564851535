"""Whether a waiver still excuses the failure that it is about."""

from __future__ import annotations

from typing import Any

import pytest

from assay.report.waived import Waived, in_words, is_excused
from tests.report.conftest import check, requirement

Json = dict[str, Any]

ID = "vcf/retry-task/unknown-task"
WAIVER = {
    "requirement": ID,
    "target": "lab",
    "reason": "Fixed in 5.2.1.",
    "owner": "dana",
    "expires": "2027-03-31",
    "fingerprint": "a" * 16,
}


def judged(outcome: str, fingerprint: str = "a" * 16) -> Json:
    found = requirement(ID, "It is not found.", check("it_is_not_found", outcome, "it is so"))
    return {**found, "fingerprint": fingerprint}


def met(found: Json, *, on: str = "2027-01-01", is_whole: bool = True) -> Json:
    """Return a requirement with what becomes of its waiver on a day."""
    return found | Waived({"on": on, "waivers": [WAIVER]}).waiver("lab", found, is_whole=is_whole)


@pytest.mark.parametrize(
    ("found", "state"),
    [
        (judged("failed"), "used"),
        (judged("deviation"), "used"),
        (judged("failed", "b" * 16), "changed"),
        (judged("passed"), "unused"),
        *[(judged(each), "idle") for each in ("untestable", "inconclusive", "not_run", "error", "inapplicable")],
    ],
)
def test_a_waiver_excuses_its_failure_and_no_other(found: Json, state: str) -> None:
    made = met(found)

    assert made["waiver"]["state"] == state
    assert is_excused(made) is (state == "used")


@pytest.mark.parametrize(("on", "state"), [("2027-03-31", "used"), ("2027-04-01", "expired")])
def test_the_day_that_is_named_is_the_last_one(on: str, state: str) -> None:
    assert met(judged("failed"), on=on)["waiver"]["state"] == state


def test_of_a_failure_that_passes_the_day_is_of_no_interest() -> None:
    assert met(judged("passed"), on="2099-01-01")["waiver"]["state"] == "unused"


@pytest.mark.parametrize(
    ("found", "state"),
    [(judged("passed"), "idle"), (judged("failed", "b" * 16), "idle"), (judged("failed"), "used")],
)
def test_a_run_that_shows_a_part_of_a_failure_makes_no_waiver_stale(found: Json, state: str) -> None:
    assert met(found, is_whole=False)["waiver"]["state"] == state


def test_other_targets_and_requirements_have_no_waiver() -> None:
    waived = Waived({"on": "2027-01-01", "waivers": [WAIVER]})

    assert waived.waiver("other", judged("failed"), is_whole=True) == {}
    assert waived.waiver("lab", {**judged("failed"), "id": "vcf/retry-task/no-body"}, is_whole=True) == {}


@pytest.mark.parametrize(
    ("found", "on", "words"),
    [
        (judged("failed"), "2027-01-01", "waived until 2027-03-31 by dana: Fixed in 5.2.1."),
        (judged("failed"), "2028-01-01", "expired on 2027-03-31: mend the server, or agree with dana on another day"),
        (judged("passed"), "2027-01-01", "take its waiver out of the file"),
        (judged("failed", "b" * 16), "2027-01-01", "fails in another way (bbbbbbbbbbbbbbbb)"),
        (judged("not_run"), "2027-01-01", "not run as far as this run shows"),
    ],
)
def test_what_to_do_is_said_in_words(found: Json, on: str, words: str) -> None:
    assert words in in_words(met(found, on=on))
