"""What changed from one report to another, and whether that is worse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from assay.exceptions import ReportError
from assay.report.document import Written
from assay.report.history.changes import Comparison, compare, differences
from tests.report.conftest import target
from tests.report.history.conftest import judged, of_targets, reported, timed

if TYPE_CHECKING:
    from collections.abc import Iterable

Json = dict[str, Any]


def compared(old: Json, new: Json) -> Comparison:
    return compare(Written(old), Written(new))


def changes(comparison: Comparison) -> list[tuple[str, str, bool]]:
    """Return slug, change and whether it is worse, of each requirement of the first target that changed."""
    found = comparison.targets[0].changes
    return [(each.id.rpartition("/")[2], str(each.change), each.is_worse) for each in found]


@pytest.mark.parametrize(
    ("old", "new", "change", "worse"),
    [
        ("passed", "failed", "newly_failing", True),
        ("untestable", "failed", "newly_failing", True),
        ("inapplicable", "failed", "newly_failing", True),
        ("passed", "untestable", "newly_unverified", True),
        ("passed", "not_run", "newly_unverified", True),
        ("inapplicable", "inconclusive", "newly_unverified", True),
        ("failed", "untestable", "newly_unverified", False),
        ("failed", "error", "newly_unverified", True),
        ("untestable", "error", "unverified_otherwise", True),
        ("untestable", "inconclusive", "unverified_otherwise", False),
        ("passed", "inapplicable", "newly_inapplicable", True),
        ("untestable", "inapplicable", "newly_inapplicable", False),
        ("failed", "passed", "newly_passing", False),
        ("untestable", "passed", "newly_passing", False),
    ],
)
def test_another_outcome_is_a_change(old: str, new: str, change: str, worse: bool) -> None:  # noqa: FBT001 - a parameter of the test
    comparison = compared(reported(judged("a", old)), reported(judged("a", new)))

    assert changes(comparison) == [("a", change, worse)]
    assert comparison.is_worse is worse


@pytest.mark.parametrize("outcome", ["passed", "failed", "untestable", "inapplicable"])
def test_what_is_as_it_was_is_no_change(outcome: str) -> None:
    comparison = compared(reported(judged("a", outcome)), reported(judged("a", outcome)))

    assert changes(comparison) == []
    assert not comparison.is_worse


def test_a_failure_for_another_reason_is_told_and_is_not_worse() -> None:
    old, new = (reported(judged("a", "failed", f"expected 404, got {status}")) for status in (200, 500))

    comparison = compared(old, new)

    assert changes(comparison) == [("a", "failing_otherwise", False)]


def test_a_failure_with_other_ids_is_the_same_one() -> None:
    old, new = (reported(judged("a", "failed", f"expected the id {id_}, got 7")) for id_ in ("a1", "b2"))

    assert changes(compared(old, new)) == []


def test_what_was_a_deviation_and_fails_is_worse() -> None:
    old, new = reported(judged("a", "deviation", level="should")), reported(judged("a", "failed"))

    assert changes(compared(old, new)) == [("a", "failing_otherwise", True)]
    assert changes(compared(new, old)) == [("a", "failing_otherwise", False)]


def test_a_new_failure_that_is_waived_is_told_and_is_not_worse() -> None:
    waiver = {"reason": "r", "owner": "o", "expires": "2999-01-01", "fingerprint": "0" * 16, "state": "used"}

    comparison = compared(reported(judged("a", "passed")), reported(judged("a", "failed", waiver=waiver)))

    assert changes(comparison) == [("a", "newly_failing", False)]


def test_a_requirement_that_is_judged_no_more_is_worse_and_a_further_one_is_not() -> None:
    old, new = reported(judged("a", "passed"), judged("b", "passed")), reported(judged("a", "passed"))

    assert changes(compared(old, new)) == [("b", "lost", True)]
    assert changes(compared(new, old)) == [("b", "added", False)]


def test_what_one_of_the_runs_had_not_selected_is_not_compared() -> None:
    whole, part = reported(judged("a", "passed")), reported(judged("a", "not_run"), partial=True)

    comparison = compared(whole, part)

    assert changes(comparison) == changes(compared(part, whole)) == []
    assert comparison.targets[0].not_compared == 1


def test_the_worst_changes_stand_first() -> None:
    old = reported(judged("a", "failed"), judged("b", "passed"), judged("c", "passed"))
    new = reported(judged("a", "passed"), judged("b", "untestable"), judged("c", "failed"))

    assert [change for _, change, _ in changes(compared(old, new))] == [
        "newly_failing",
        "newly_unverified",
        "newly_passing",
    ]


def test_targets_are_matched_by_name_and_contract() -> None:
    old = of_targets(target("lab", "vcf", judged("a", "passed")), target("gone", "vcf", judged("a", "passed")))
    new = of_targets(target("new", "vcf", judged("a", "passed")), target("lab", "vcf", judged("a", "passed")))

    comparison = compared(old, new)

    assert [each.name for each in comparison.targets] == ["lab"]
    assert (comparison.gone, comparison.added) == ([("gone", "vcf")], [("new", "vcf")])
    assert comparison.is_worse


def test_reports_without_a_common_target_cannot_be_compared() -> None:
    with pytest.raises(ReportError, match="no target in common"):
        compared(reported(judged("a", "passed"), name="one"), reported(judged("a", "passed"), name="other"))


def reading(*names: str) -> Json:
    observed = [{"reading": name, "meaning": "It is so."} for name in names]
    return {"ambiguity": "second-call", "statement": "What does a second call get?", "observed": observed}


def read(*names: str) -> Json:
    document = reported(judged("a", "passed"))
    document["targets"][0]["readings"] = [reading(*names)]
    return document


def test_another_reading_of_the_documents_is_told_and_is_not_worse() -> None:
    comparison = compared(read("accepted"), read("refused", "accepted"))

    (found,) = comparison.targets[0].readings
    assert (found.ambiguity, found.old, found.new) == ("second-call", ("accepted",), ("refused", "accepted"))
    assert not comparison.is_worse


@pytest.mark.parametrize(("old", "new"), [(["a", "b"], ["b", "a"]), ([], ["a"]), (["a"], [])])
def test_readings_in_another_order_or_not_seen_are_no_change(old: list[str], new: list[str]) -> None:
    assert compared(read(*old), read(*new)).targets[0].readings == []


def took(*seconds: float, status: int = 200) -> Json:
    return reported(*(timed("retry-task", number, each, status=status) for number, each in enumerate(seconds)))


def speeds(comparison: Comparison) -> Iterable[tuple[str, float, float]]:
    return [(each.operation, each.old_s, each.new_s) for each in comparison.targets[0].speeds]


def test_answers_that_clearly_take_longer_are_told_and_are_not_worse() -> None:
    comparison = compared(took(0.02, 0.03, 0.02, 0.5, 0.02), took(0.06, 0.07, 0.05, 0.56, 0.06))

    assert speeds(comparison) == [("vcf/retry-task", 0.02, 0.06)]
    assert not comparison.is_worse


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param([0.001] * 6, [0.009] * 6, id="a few milliseconds"),
        pytest.param([0.10] * 6, [0.13] * 6, id="a third more"),
        pytest.param([0.1, 0.1, 0.1, 0.1, 0.1, 0.1], [0.1, 0.9, 0.2, 0.1, 0.4, 0.8], id="now and then"),
        pytest.param([0.1] * 4, [0.9] * 4, id="too few checks"),
    ],
)
def test_a_change_of_speed_that_may_be_chance_is_not_told(old: list[float], new: list[float]) -> None:
    assert speeds(compared(took(*old), took(*new))) == []


def test_answers_with_another_status_are_no_measure_of_speed() -> None:
    assert speeds(compared(took(*[0.02] * 6), took(*[0.2] * 6, status=409))) == []


def test_what_the_runs_have_not_in_common_is_told() -> None:
    old = reported(judged("a", "passed"), seed=1, suite_version="0.1.0", catalogue_sha256="a" * 64)
    new = reported(judged("a", "passed"), seed=2, suite_version="0.2.0", partial=True, complete=False)

    assert list(differences(compared(old, new))) == [
        "the suite was version 0.1.0 and is version 0.2.0",
        "the catalogue of requirements and checks was another one (aaaaaaaaaaaa…, now 3f3f3f3f3f3f…)",
        "the seed was 1 and is 2, so generated requests differ",
        "the new run was of selected requirements only",
        "the new run was interrupted",
    ]
