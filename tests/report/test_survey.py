"""What is said of many targets together is gathered in one pass."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.model import Outcome, Verdict
from assay.report.survey import GROUPS_KEPT, IN_DETAIL, NAMES_KEPT, Survey

if TYPE_CHECKING:
    from collections.abc import Callable

Json = dict[str, Any]
WHOLE = {"partial": False}
PASSED, FAILED, UNTESTABLE = Outcome.PASSED, Outcome.FAILED, Outcome.UNTESTABLE


def test_outcomes_stand_side_by_side_where_targets_differ_or_did_not_pass(fleet: Callable[[int], Json]) -> None:
    survey = Survey.of(fleet(5)["targets"])

    assert dict(survey.matrices["vcf"].open_rows(WHOLE)) == {
        "vcf/retry-task/unknown-task": [PASSED, PASSED, PASSED, PASSED, FAILED],
        "vcf/retry-task/slow": [PASSED, PASSED, UNTESTABLE, PASSED, PASSED],
    }


def test_each_contract_has_its_own_matrix(document: Json) -> None:
    survey = Survey.of(document["targets"])

    assert {name: matrix.positions for name, matrix in survey.matrices.items()} == {
        "vcf": [1],
        "zuora": [2],
        "onedata": [3],
    }


def test_a_requirement_that_a_target_does_not_have_leaves_a_blank(fleet: Callable[[int], Json]) -> None:
    targets = fleet(3)["targets"]
    del targets[0]["requirements"][1], targets[2]["requirements"][1]

    assert Survey.of(targets).matrices["vcf"].row("vcf/retry-task/unknown-task") == [None, PASSED, None]


def test_what_was_selected_for_no_target_sets_none_apart(fleet: Callable[[int], Json]) -> None:
    targets = fleet(2)["targets"]
    for target in targets:
        target["requirements"][0]["outcome"] = "not_run"
    matrix = Survey.of(targets).matrices["vcf"]

    assert list(matrix.open_rows({"partial": True})) == []
    assert [name for name, _ in matrix.open_rows(WHOLE)] == ["vcf/retry-task/done"]


def test_what_is_left_to_another_shard_sets_no_target_apart(fleet: Callable[[int], Json]) -> None:
    targets = fleet(5)["targets"]
    targets[0]["requirements"][0]["outcome"] = "not_run"
    targets[1]["requirements"][1]["outcome"] = "not_run"
    run = {"partial": True, "shard": "2/5"}

    assert [name for name, _ in Survey.of(targets).matrices["vcf"].open_rows(run)] == [
        "vcf/retry-task/unknown-task",
        "vcf/retry-task/slow",
    ]


def test_verdicts_are_counted_and_targets_ordered_from_the_worst_on(fleet: Callable[[int], Json]) -> None:
    survey = Survey.of(fleet(10)["targets"])

    assert survey.verdict is Verdict.NON_CONFORMANT
    assert list(survey.verdicts(partial=False).items()) == [
        ("non-conformant", 2),
        ("not-fully-verified", 1),
        ("conformant", 7),
    ]
    assert [position for position, _ in survey.worst_first(partial=False)][:4] == [5, 10, 3, 1]


def test_a_finding_that_targets_share_is_kept_once(fleet: Callable[[int], Json]) -> None:
    survey = Survey.of(fleet(50)["targets"])

    (found,) = survey.findings.values()
    assert (found.targets, found.names) == (10, ["lab-004", "lab-009", "lab-014"][:NAMES_KEPT])
    assert found.example["curl"].startswith("curl ")


def test_reasons_in_the_words_of_each_server_are_bounded(fleet: Callable[[int], Json]) -> None:
    targets = fleet(GROUPS_KEPT + 10)["targets"]
    for place, target in enumerate(targets):
        target["requirements"][2]["checks"][0].update(outcome="inconclusive", message=f"reset after {place} bytes")

    survey = Survey.of(targets)

    assert len(survey.gaps) == GROUPS_KEPT
    # One of the kept is what was inapplicable everywhere.
    assert survey.gaps_left_out == 11


def test_only_a_few_targets_are_shown_in_detail(fleet: Callable[[int], Json]) -> None:
    assert not Survey.of(fleet(IN_DETAIL)["targets"]).is_large
    assert Survey.of(fleet(IN_DETAIL + 1)["targets"]).is_large
