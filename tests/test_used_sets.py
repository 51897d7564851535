"""A run is warned of the sets that an earlier one has used up, and of no others."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from assay import catalogue
from assay.resume import listed_sets
from assay.target import StateEntry, Target
from assay.used_sets import used_sets

if TYPE_CHECKING:
    from pathlib import Path

Json = dict[str, Any]


def lab(*tasks: str, base_url: str = "https://lab.test", name: str = "lab") -> Target:
    entry = StateEntry(each=tuple({"task_id": task} for task in tasks))
    return Target(name=name, contract="vcf", base_url=base_url, states={"failed_task": entry})


def taken(position: int, state: str = "failed_task") -> Json:
    return {"kind": "taken", "target": "lab", "state": state, "position": position, "check": "c"}


def ran(folder: Path, target: Target, *entries: Json) -> None:
    """Write the journal of a run of a target."""
    states = listed_sets(target, catalogue.load()["vcf"])
    judged = {"name": target.name, "contract": "vcf", "base_url": target.base_url, "states": states}
    run = {"started": "2026-11-22T22:06:04+00:00"}
    head = {"kind": "run", "format": "assay-journal/1", "run": run, "targets": [judged]}
    folder.mkdir(parents=True, exist_ok=True)
    # As a journal is written: without blanks.
    lines = [json.dumps(each, separators=(",", ":")) for each in (head, {"kind": "check"}, *entries)]
    (folder / "journal.jsonl").write_text("\n".join(lines) + "\n")


def warnings(folder: Path, *targets: Target, only: tuple[str, ...] = ()) -> list[str]:
    return list(map(str, used_sets(folder, targets, catalogue.load(), only, 20)))


def test_sets_that_an_earlier_run_has_used_are_counted(tmp_path: Path) -> None:
    ran(tmp_path, lab("a1", "a2", "a3"), taken(0), taken(2))

    (warning,) = warnings(tmp_path, lab("a1", "a2", "a3"))

    assert warning == (
        "2 of the 3 listed failed_task that a run takes were used by the run of 22 November, 22:06 UTC; "
        "list fresh ones or provide a state handler"
    )


def test_a_run_of_one_requirement_is_told_of_the_report_above_its_own(tmp_path: Path) -> None:
    ran(tmp_path, lab("a1", "a2"), taken(0), taken(1))

    (warning,) = warnings(tmp_path / "again", lab("a1", "a2"), only=("vcf/retry-task/no-body",))

    assert warning.startswith("1 of the 1 listed failed_task that a run takes was used")


@pytest.mark.parametrize(
    "now",
    [
        lab("b1", "b2", "b3"),
        lab("a3", "b1"),
        lab("a1", "a2", "a3", base_url="https://other.test"),
        lab("a1", "a2", "a3", name="other"),
        Target(name="lab", contract="vcf", base_url="https://lab.test"),
        Target(
            name="lab",
            contract="vcf",
            base_url="https://lab.test",
            states={"failed_task": StateEntry(always={"task_id": "a1"})},
        ),
    ],
)
def test_fresh_sets_and_other_targets_have_no_warning(tmp_path: Path, now: Target) -> None:
    ran(tmp_path, lab("a1", "a2", "a3"), taken(0), taken(1))

    assert warnings(tmp_path, now) == []


def test_a_set_behind_all_that_the_run_takes_has_no_warning(tmp_path: Path) -> None:
    ran(tmp_path, lab("a1"), taken(0))

    assert warnings(tmp_path, lab("b1", "a1"), only=("vcf/retry-task/no-body",)) == []


def test_a_state_that_no_check_uses_up_has_no_warning(tmp_path: Path) -> None:
    steady = StateEntry(each=({"task_id": "b7"},))
    target = Target(name="lab", contract="vcf", base_url="https://lab.test", states={"unfailed_task": steady})
    ran(tmp_path, target, taken(0, "unfailed_task"))

    assert warnings(tmp_path, target) == []


@pytest.mark.parametrize("content", ["", "{}\n", '{"kind":"check"}\n', "\x00\xff"])
def test_a_file_that_is_no_journal_says_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / "journal.jsonl").write_text(content)

    assert warnings(tmp_path, lab("a1")) == []
