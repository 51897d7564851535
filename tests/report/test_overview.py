"""Many targets on a terminal: bounded, and what sets them apart at one glance."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import pytest
from rich.cells import cell_len

from assay.report import terminal
from assay.report.document import Written

if TYPE_CHECKING:
    from collections.abc import Callable

    Fleet = Callable[[int], dict[str, Any]]

Json = dict[str, Any]


def printed(document: Json, columns: int = 80) -> str:
    stream = io.StringIO()
    terminal.render(Written(document), terminal.console(stream, {"COLUMNS": str(columns)}))
    return stream.getvalue()


def test_a_few_targets_stand_side_by_side(fleet: Fleet) -> None:
    assert (
        "vcf, 5 targets side by side\n"
        "│ 2 requirements that set none of them apart: not shown.\n"
        "                         1 2 3 4 5\n"
        "retry-task/unknown-task  . . . . F\n"
        "retry-task/slow          . . U . .\n"
        "│ F failed  U untestable  . passed; the numbers are those of the targets below\n"
    ) in printed(fleet(5))


def test_the_numbers_of_many_columns_stand_upright(fleet: Fleet) -> None:
    assert (
        "                                           1 1 1 1 1 1 1 1 1 1 2 2 2 2 2\n"
        "                         1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4\n"
        "retry-task/unknown-task  . . . . F . . . . F . . . . F . . . . F . . . .\n"
    ) in printed(fleet(24))


def test_columns_move_together_where_room_is_scarce(fleet: Fleet) -> None:
    assert (
        "                                  111111111122222222223\n"
        "                         123456789012345678901234567890\n"
        "retry-task/unknown-task  ....F....F....F....F....F....F\n"
    ) in printed(fleet(30))


def test_more_targets_than_columns_are_counted_and_the_worst_named(fleet: Fleet) -> None:
    assert (
        "vcf, 200 targets side by side\n"
        "│ 2 requirements that set none of them apart: not shown.\n"
        "retry-task/unknown-task\n"
        "│ 40 failed (lab-004, lab-009, lab-014 and 37 more), 160 passed\n"
        "retry-task/slow\n"
        "│ 1 untestable (lab-002), 199 passed\n"
    ) in printed(fleet(200))


@pytest.mark.parametrize("columns", [60, 80, 120])
@pytest.mark.parametrize("number", [2, 5, 6, 12, 24, 30, 31, 200])
def test_nothing_but_what_is_to_be_copied_is_wider_than_the_screen(fleet: Fleet, number: int, columns: int) -> None:
    wide = [line for line in printed(fleet(number), columns).splitlines() if cell_len(line) > columns]

    assert all(line.startswith(("curl ", "assay run ")) for line in wide)


def test_each_target_has_its_verdict_under_its_number(fleet: Fleet) -> None:
    assert (
        " 4  lab-003  Conformant          3 of 4 statements verified\n"
        " 5  lab-004  Non-conformant      2 of 4 statements verified\n"
    ) in printed(fleet(12))


def test_of_very_many_targets_the_verdicts_are_counted_and_the_worst_listed(fleet: Fleet) -> None:
    output = printed(fleet(200))

    assert "lab-099  Non-conformant  2 of 4 statements verified\nand 21 more targets in report.html\n" in output
    assert output.endswith(
        "Non-conformant  40 targets\n"
        "Not fully verified  1 target\n"
        "Conformant  159 targets\n"
        "812 requests, 4.8 s, seed 20260301\n"
    )


def test_what_is_printed_does_not_grow_with_the_targets(fleet: Fleet) -> None:
    assert printed(fleet(200)).count("\n") == printed(fleet(400)).count("\n")


def test_a_finding_of_many_targets_stands_once(fleet: Fleet) -> None:
    assert (
        "FAILED  vcf/retry-task/unknown-task\n"
        "│ on 40 of 200 targets: lab-004, lab-009, lab-014 and 37 more\n"
        "│ It is refused.\n"
        "│ expected 404, got 200\n"
        "│ rests on Retry Task, Overview: an unknown one is refused\n"
        "│ check refused\n"
        "curl "
    ) in printed(fleet(200))


def test_a_gap_of_many_targets_stands_once(fleet: Fleet) -> None:
    assert (
        "inapplicable  1 check of 1 requirement\n"
        "│ nothing showed it\n"
        "│ on 200 of 200 targets: lab-000, lab-001, lab-002 and 197 more\n"
    ) in printed(fleet(200))


def test_of_more_rows_than_there_is_room_for_the_worst_are_shown(fleet: Fleet) -> None:
    document = fleet(6)
    for target in document["targets"]:
        slow = target["requirements"].pop(2)
        target["requirements"][:0] = [
            {**slow, "id": f"vcf/retry-task/slow-{each}", "outcome": "inconclusive"} for each in range(50)
        ]

    output = printed(document)

    assert "retry-task/slow-0 " in output
    assert "retry-task/slow-45 " not in output
    assert "retry-task/unknown-task  . . . . F .\n" in output
    assert "and 11 more requirements in report.html\n" in output


def test_targets_that_are_all_alike_need_no_matrix(fleet: Fleet) -> None:
    document = fleet(2)

    assert "│ Every requirement has passed everywhere, or applies to none of them.\n" in printed(document)


def test_a_shard_says_that_it_is_one(conforming: Json) -> None:
    conforming["run"] |= {"partial": True, "shard": "2/5"}

    output = printed(conforming)

    assert "│ Nothing that was checked is violated. Only the checks of shard 2/5 were run.\n" in output
    assert output.endswith("812 requests, 4.8 s, seed 20260301, shard 2/5 only\n")


@pytest.mark.parametrize("number", [5, 12, 40])
def test_no_line_starts_with_what_came_from_elsewhere(fleet: Fleet, hostile: str, number: int) -> None:
    document = fleet(number)
    for target in document["targets"]:
        target["name"] += hostile
        target["requirements"][1]["message"] = hostile * 9
        target["requirements"][2]["checks"][0].update(outcome="inconclusive", message=hostile * 9)

    output = printed(document)

    assert "::error" in output
    assert not [line for line in output.splitlines() if line.lstrip().startswith(("::", "##", "<script"))]
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u2028\u202e]", output)


def test_names_that_no_screen_holds_are_cut(fleet: Fleet) -> None:
    document = fleet(40)
    for target in document["targets"]:
        target["name"] = target["name"] * 20

    assert "1 untestable (lab-002lab-002lab-002lab-002lab-002lab-0...)" in printed(document, 120)
