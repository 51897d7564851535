"""A plan fits the folders and the clock of the machine that it comes to."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from assay.machines.parcel import packed, unpacked
from assay.plan import Plan
from assay.target import Target
from assay.transport import Pacing
from assay.transport.pacing import requests_of

if TYPE_CHECKING:
    from pathlib import Path


def test_a_plan_is_unpacked_with_the_time_that_is_left_by_the_clock_of_the_other_machine(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("a certificate")
    (tmp_path / "there").mkdir()
    lab = Target("lab", "vcf", "https://lab.test", ca_bundle=tmp_path / "ca.pem")
    plan = Plan((lab, Target("other", "vcf", "https://other.test")), (), 1, 5, 1000.0, 2, tmp_path)

    there = unpacked(packed(plan, now=900.0, share=None), tmp_path / "there", now=5.0)

    assert (there.deadline, there.folder) == (105.0, tmp_path / "there")
    assert [each.ca_bundle for each in there.targets] == [tmp_path / "there" / "ca-0.pem", None]
    assert (tmp_path / "there" / "ca-0.pem").read_text() == "a certificate"


def test_what_a_target_bears_is_divided_among_the_workers(tmp_path: Path) -> None:
    lab = Target("lab", "vcf", "https://lab.test", max_requests_per_second=20)
    plan = Plan((lab,), (), 1, 5, time.time() + 60, 4, tmp_path / "gone", max_requests=100)

    there = unpacked(packed(plan, time.time(), share=25), tmp_path, time.time())

    pace = Pacing.of(there, lab)
    assert there.apart == 4
    assert [pace.wait_for_turn() for _ in range(2)] == ["", ""]
    assert requests_of(there).now == 77
