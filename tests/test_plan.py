"""Selection and the handing out of listed states do not depend on workers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from assay.exceptions import UsageError
from assay.model import Check, Contract, Level, Requirement, Source
from assay.plan import Past, Plan, Shard, each_pattern_selects_something
from assay.target import Target


def contract(*checks: Check) -> Contract:
    requirements = {
        check.requirement: Requirement(check.requirement, check.operation, Level.MUST, "…", Source("d", "s"))
        for check in checks
    }
    return Contract("toy", "Toy", {}, "Authorization", "Bearer", {}, {}, (), {}, requirements, checks)


def check(slug: str, *given: str, fuzz: bool = False, capability: str = "", file: Path | None = Path("t.py")) -> Check:
    return Check(f"toy/act/{slug}", slug, given, capability, file, fuzz=fuzz)


def plan(*targets: Target, only: tuple[str, ...] = (), fuzz_examples: int = 5, shard: Shard | None = None) -> Plan:
    return Plan(targets, only, 1, fuzz_examples, 0.0, 0, Path(), shard=shard)


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


def test_the_parts_of_all_targets_make_the_whole() -> None:
    other = Target("other", "toy", "http://127.0.0.1:2")
    whole = plan(LAB, other)

    jobs = [job for number in range(2) for part in range(3) for job in whole.of(number, (part, 3)).jobs(TOY)]

    assert jobs == list(whole.jobs(TOY))
    assert whole.of(1).number_of(other) == 1


def test_what_was_decided_is_left_out_and_the_rest_keeps_its_sets() -> None:
    past = Past(frozenset({("lab", "toy/act/a::a"), ("other", "toy/act/b::b")}))

    jobs = list(replace(plan(LAB), past=past).jobs(TOY))

    assert [job.check.name for job in jobs] == ["b", "c", "d"]
    assert jobs[0].positions == {"task": (1, 2)}


def test_a_check_that_was_broken_off_gets_sets_behind_those_that_the_plan_needs() -> None:
    broken_off = {1: "toy/act/b::b", 3: "toy/act/d::d", 0: "toy/act/a::a"}
    past = Past(frozenset({("lab", "toy/act/a::a")}), {("lab", "task"): broken_off, ("other", "task"): {9: "…"}})

    jobs = list(replace(plan(LAB), past=past).jobs(TOY))

    assert [job.positions for job in jobs] == [{"task": (4, 2)}, {"org": (0,)}, {"task": (5,)}]


def test_sets_that_were_taken_beyond_the_plan_are_not_taken_again() -> None:
    past = Past(frozenset(), {("lab", "task"): {0: "toy/act/a::a", 6: "toy/act/a::a"}})

    assert next(replace(plan(LAB), past=past).jobs(TOY)).positions == {"task": (7,)}


def test_no_two_shards_give_the_same_set_to_a_check_that_was_broken_off() -> None:
    past = Past(frozenset(), {("lab", "task"): {0: "toy/act/a::a", 1: "toy/act/b::b", 3: "toy/act/d::d"}})

    shards = [replace(plan(LAB), past=past, shard=Shard(number, 3)).jobs(TOY) for number in (1, 2, 3)]

    taken = [position for jobs in shards for job in jobs for position in job.positions.get("task", ())]
    assert len(taken) == len(set(taken)) == 4


def test_what_a_run_needs_does_not_depend_on_what_it_had_decided() -> None:
    past = Past(frozenset({("lab", "toy/act/a::a")}), {("lab", "task"): {1: "toy/act/b::b"}})

    assert replace(plan(LAB), past=past, part=(0, 4)).needed(LAB, TOY["toy"]) == {"task": 4, "org": 1}


def test_observers_lacking_capabilities_and_switched_off_generation_make_no_jobs() -> None:
    toy = {"toy": contract(check("seen", file=None), check("made", fuzz=True), check("org", capability="multi_org"))}
    lacking = Target("lab", "toy", "http://127.0.0.1:1", capabilities={"multi_org": False})

    assert list(plan(lacking, fuzz_examples=0).jobs(toy)) == []
    assert [job.check.name for job in plan(LAB).jobs(toy)] == ["made", "org"]


def test_a_pattern_that_selects_nothing_is_refused() -> None:
    each_pattern_selects_something(("toy/*", "*/a"), TOY)

    with pytest.raises(UsageError, match=r"--only toy/act/aa: no requirement .* did you mean 'toy/act/a'\?"):
        each_pattern_selects_something(("toy/*", "toy/act/aa"), TOY)


MANY = {"toy": contract(*[check(f"c{each}", "task", fuzz=each % 4 == 0) for each in range(24)])}
OTHER = Target("other", "toy", "http://127.0.0.1:2")


def test_shards_share_out_the_checks_and_their_sets_as_a_whole_run_has_them() -> None:
    whole = list(plan(LAB, OTHER).jobs(MANY))

    shards = [job for number in (1, 2, 3) for job in plan(LAB, OTHER, shard=Shard(number, 3)).jobs(MANY)]

    assert sorted(shards, key=whole.index) == whole


@pytest.mark.parametrize("number", [1, 2, 3])
def test_each_shard_gets_as_many_checks_of_each_kind_as_the_others(number: int) -> None:
    jobs = list(plan(LAB, shard=Shard(number, 3)).jobs(MANY))

    assert (len(jobs), sum(job.check.fuzz for job in jobs)) == (8, 2)


def test_what_a_shard_runs_on_a_target_does_not_depend_on_the_other_targets() -> None:
    beside = [job.check for job in plan(OTHER, LAB, shard=Shard(1, 3)).jobs(MANY) if job.target is LAB]

    assert beside == [job.check for job in plan(LAB, shard=Shard(1, 3)).jobs(MANY)]


def test_what_is_left_over_does_not_always_fall_to_the_same_shard() -> None:
    targets = [Target(f"lab-{each}", "toy", "http://127.0.0.1:1") for each in range(60)]
    one = {"toy": contract(check("a"))}

    shares = [len(list(plan(*targets, shard=Shard(number, 3)).jobs(one))) for number in (1, 2, 3)]

    assert sum(shares) == 60
    assert min(shares) >= 10


def test_a_shard_needs_the_sets_of_all_shards() -> None:
    assert plan(LAB, shard=Shard(2, 3)).needed(LAB, MANY["toy"]) == {"task": 24}


def test_a_shard_knows_its_share() -> None:
    shard = plan(LAB, shard=Shard(2, 3))

    assert shard.share(LAB, MANY["toy"]) == [job.check.id for job in shard.jobs(MANY)]
