"""What is judged in a proof, and by which checks."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

import pytest

from assay import catalogue, faults, variants
from assay.exceptions import UsageError
from assay.model import Outcome
from assay.prove import experiment
from assay.prove.experiment import OTHER_SEEDS, REPETITIONS, Experiment, Settings
from assay.prove.judging import Judged
from assay.prove.servers import GROUP, combinations, groups

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from assay.prove.judging import Batch, Subject

ZUORA = [each for each in variants.load().values() if each.contract == "zuora"]


@cache
def whole() -> Experiment:
    return Experiment(Settings(workers=1))


def every(proof: Experiment) -> list[Batch]:
    return [*proof.of_faults(), *proof.of_others()]


@cache
def planned(purpose: str) -> list[Batch]:
    return [batch for batch in every(whole()) if batch.purpose == purpose]


def names(purpose: str) -> list[str]:
    return [subject.name for batch in planned(purpose) for subject in batch.subjects]


def test_every_fault_is_judged_once_by_its_own_operation() -> None:
    subjects = [subject for batch in planned("own") for subject in batch.subjects]

    assert Counter(subject.name for subject in subjects) == Counter(list(faults.load()))
    assert all(subject.operations == {subject.name.rpartition("/")[0]} for subject in subjects)


def test_only_the_faults_that_need_them_get_generated_requests() -> None:
    generated = {subject.name for batch in planned("own") for subject in batch.subjects if subject.generated}

    assert generated == {fault.id for fault in faults.load().values() if fault.generated}


def test_every_fault_of_a_contract_with_several_operations_is_in_a_pack() -> None:
    packs = [subject for batch in planned("pack") for subject in batch.subjects]

    packed = [name for pack in packs for name in pack.factory.partition("(")[2].removesuffix(")").split()]
    assert Counter(packed) == Counter(name for name in faults.load() if name.startswith("zuora/"))
    assert {len(pack.operations) for pack in packs} == {3}


def test_every_variant_is_judged_once_in_a_group() -> None:
    grouped = Counter(name for group in whole().groups for name in group.variants)

    assert grouped == Counter(variants.load().keys())
    assert names("group") == [group.id for group in whole().groups]
    assert names("variant") == []


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_group_holds_what_goes_together(seed: int) -> None:
    made = [[variants.find(name) for name in group.variants] for group in groups(ZUORA, seed)]

    assert max(map(len, made)) == GROUP
    assert all(one.goes_with(other) for group in made for one in group for other in group if one is not other)


def test_combinations_come_from_their_seed() -> None:
    again, other = list(combinations(7)), list(combinations(70))

    assert again == list(combinations(7))
    assert {each.variants for each in again} != {each.variants for each in other}


def test_the_faultless_servers_are_judged_time_and_again() -> None:
    runs = [batch for batch in every(whole()) if batch.purpose.startswith("run ")]

    assert [run.seed for run in runs] == [1] * REPETITIONS + [2, 3]
    assert len({run.purpose for run in runs}) == REPETITIONS + OTHER_SEEDS


def test_a_selection_judges_nothing_else() -> None:
    experiment = Experiment(Settings(workers=1, only=("vcf/retry-task/unknown-task-*", "degenerate/vcf/204")))

    judged = {(batch.purpose, subject.name) for batch in every(experiment) for subject in batch.subjects}
    assert {purpose for purpose, _ in judged} == {"own", "degenerate"}
    assert ("degenerate", "degenerate/vcf/204") in judged


def test_a_pattern_that_selects_nothing_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="selects nothing"):
        Experiment(Settings(workers=1, only=("vcf/nothing",)))


class Ignored:
    """A listener that does not care."""

    def planned(self, servers: int) -> None: ...

    def judged(self, servers: int) -> None: ...


def made_up(
    outcome_of: Callable[[Batch, Subject, str], Outcome],
) -> Callable[..., Iterator[tuple[Batch, list[Judged]]]]:
    """Return a stand-in for the judging of batches, in which every requirement ends as it is told."""
    contracts = catalogue.load()

    def judge_all(batches: Iterable[Batch], workers: int) -> Iterator[tuple[Batch, list[Judged]]]:
        assert workers == 1
        for batch in batches:
            yield (
                batch,
                [
                    Judged(
                        each.name,
                        {
                            name: outcome_of(batch, each, name)
                            for name, requirement in contracts[each.contract].requirements.items()
                            if requirement.operation in each.operations
                        },
                    )
                    for each in batch.subjects
                ],
            )

    return judge_all


def test_a_fault_in_a_pack_that_reaches_beyond_its_operation_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    only = ("zuora/rerun-task/*",)
    guilty, elsewhere = "zuora/rerun-task/answered-204", "zuora/import-workflow/success"

    def outcome(batch: Batch, subject: Subject, name: str) -> Outcome:
        shows = batch.purpose == "pack" or subject.name == guilty
        return Outcome.FAILED if shows and name == elsewhere else Outcome.PASSED

    monkeypatch.setattr(experiment, "judge_all", made_up(outcome))
    measured = Experiment(Settings(workers=1, only=only)).measured(Ignored())

    blamed = {fault.id: judged.blamed for fault, judged in measured.faults}
    assert len(blamed) > 2
    assert {name for name, found in blamed.items() if found} == {guilty}
    assert blamed[guilty] == [elsewhere]


def test_a_variant_in_a_group_that_is_blamed_is_judged_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    guilty, requirement = ZUORA[0].id, "zuora/rerun-task/success"

    def outcome(batch: Batch, subject: Subject, name: str) -> Outcome:
        group = next((each for each in made.groups if each.id == subject.name), None)
        shows = guilty in group.variants if batch.purpose == "group" and group else subject.name == guilty
        return Outcome.DEVIATION if shows and name == requirement else Outcome.PASSED

    made = Experiment(Settings(workers=1, only=tuple(each.id for each in ZUORA[:20])))
    monkeypatch.setattr(experiment, "judge_all", made_up(outcome))
    measured = made.measured(Ignored())

    blamed = {variant.id for variant, judged in measured.variants if judged.blamed}
    assert guilty in blamed
    assert len(blamed) == 2
    assert guilty not in measured.groups
    assert measured.groups.keys() <= {each.id for each in ZUORA[:20]}
