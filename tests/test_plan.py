"""Selection and the handing out of listed states do not depend on workers."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.exceptions import UsageError
from assay.model import Check, Contract, Level, Requirement, Source
from assay.plan import Plan, each_pattern_selects_something
from assay.target import Target


def contract(*checks: Check) -> Contract:
    requirements = {
        check.requirement: Requirement(check.requirement, check.operation, Level.MUST, "…", Source("d", "s"))
        for check in checks
    }
    return Contract("toy", "Toy", {}, "Authorization", "Bearer", {}, {}, (), {}, requirements, checks)


def check(slug: str, *given: str, fuzz: bool = False, capability: str = "", file: Path | None = Path("t.py")) -> Check:
    return Check(f"toy/act/{slug}", slug, given, capability, file, fuzz=fuzz)


def plan(*targets: Target, only: tuple[str, ...] = (), fuzz_examples: int = 5) -> Plan:
    return Plan(targets, only, 1, fuzz_examples, 0.0, 0, Path())


LAB = Target("lab", "toy", "http://127.0.0.1:1")
TOY = {"toy": contract(check("a", "task"), check("b", "task", "task"), check("c", "org"), check("d", "task"))}


def test_each_check_takes_the_next_sets_in_the_order_of_the_catalogue() -> None:
    jobs = plan(LAB).jobs(TOY)

    assert [job.positions for job in jobs] == [{"task": (0,)}, {"task": (1, 2)}, {"org": (0,)}, {"task": (3,)}]


def test_checks_that_are_not_selected_take_no_sets() -> None:
    jobs = list(plan(LAB, only=("*/b", "*/d")).jobs(TOY))

    assert [(job.check.name, job.positions) for job in jobs] == [("b", {"task": (0, 1)}), ("d", {"task": (2,)})]


def test_targets_do_not_share_sets() -> None:
    jobs = list(plan(LAB, Target("other", "toy", "http://127.0.0.1:2"), only=("*/a",)).jobs(TOY))

    assert [(job.id, job.positions["task"]) for job in jobs] == [("0:0", (0,)), ("1:0", (0,))]


def test_observers_lacking_capabilities_and_switched_off_generation_make_no_jobs() -> None:
    toy = {"toy": contract(check("seen", file=None), check("made", fuzz=True), check("org", capability="multi_org"))}
    lacking = Target("lab", "toy", "http://127.0.0.1:1", capabilities={"multi_org": False})

    assert list(plan(lacking, fuzz_examples=0).jobs(toy)) == []
    assert [job.check.name for job in plan(LAB).jobs(toy)] == ["made", "org"]


def test_a_pattern_that_selects_nothing_is_refused() -> None:
    each_pattern_selects_something(("toy/*", "*/a"), TOY)

    with pytest.raises(UsageError, match=r"--only toy/act/aa: no requirement .* did you mean 'toy/act/a'\?"):
        each_pattern_selects_something(("toy/*", "toy/act/aa"), TOY)
