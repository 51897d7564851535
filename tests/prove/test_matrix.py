"""The proof document says what was measured, and names every reason for which a proof does not hold."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assay.faults import Fault, confined
from assay.model import Check, Contract, Level, Operation, Outcome, Requirement, Source
from assay.prove.judging import Judged
from assay.prove.matrix import Measured, document
from assay.reference.vcf import Vcf

if TYPE_CHECKING:
    from collections.abc import Sequence

FIRST, SECOND, ELSEWHERE = "v/one/first", "v/one/second", "v/two/third"
ALL_PASSED = dict.fromkeys((FIRST, SECOND, ELSEWHERE), Outcome.PASSED)


@dataclass(frozen=True)
class Server:
    """A variant or a degenerate server by name."""

    id: str
    sentence: str = "It is different."
    contract: str = "v"
    factory: str = ""


def requirement(name: str, level: Level = Level.MUST) -> Requirement:
    return Requirement(name, name.rpartition("/")[0], level, "A statement.", Source("a", "b"))


def contract() -> Contract:
    requirements = {name: requirement(name) for name in (FIRST, SECOND, ELSEWHERE)}
    return Contract(
        id="v", name="V", spec={}, auth_header="A", auth_scheme="", capabilities={}, states={}, ambiguities=(),
        operations={name: Operation(name, "GET", "/", {}) for name in ("v/one", "v/two")},
        requirements=requirements,
        checks=tuple(Check(name, "check", file=Path("x.py")) for name in requirements),
    )  # fmt: skip


def fault(slug: str = "a-bug", violates: str = FIRST) -> Fault:
    return Fault(f"v/one/{slug}", violates, "It is wrong.", confined(Vcf, "one"), generated=False)


def judged(name: str = "v/one/a-bug", *, broken: str = "", **changed: Outcome) -> Judged:
    names = {"first": FIRST, "second": SECOND, "elsewhere": ELSEWHERE}
    outcomes = ALL_PASSED | {names[short]: outcome for short, outcome in changed.items()}
    violated = {each for each, outcome in outcomes.items() if outcome in (Outcome.FAILED, Outcome.DEVIATION)}
    messages = {each: "expected this, got that" for each in outcomes if outcomes[each] is not Outcome.PASSED}
    return Judged(name, outcomes, messages, frozenset(f"{each}::check" for each in violated), broken)


def proof(*faults: tuple[Fault, Judged], partial: bool = True, **more: Any) -> dict[str, Any]:
    return document(Measured({"v": contract()}, partial, faults, **more))


def test_a_fault_is_killed_by_its_own_requirement() -> None:
    made = proof((fault(), judged(first=Outcome.FAILED, second=Outcome.DEVIATION)))

    assert made["holds"]
    assert made["faults"][0]["fate"] == "killed"
    assert made["faults"][0]["trips"] == [FIRST, SECOND]
    assert [each["proven_by"] for each in made["requirements"]] == [["v/one/a-bug"], [], []]
    assert [each["tripped_by"] for each in made["requirements"]] == [1, 1, 0]


@pytest.mark.parametrize("outcome", [Outcome.PASSED, Outcome.INCONCLUSIVE, Outcome.UNTESTABLE, Outcome.INAPPLICABLE])
def test_a_fault_survives_whatever_else_it_trips(outcome: Outcome) -> None:
    made = proof((fault(), judged(first=outcome, second=Outcome.FAILED)))

    assert not made["holds"]
    assert made["faults"][0]["fate"] == "survived"
    assert made["problems"][0].startswith(f"the fault v/one/a-bug survived: {FIRST} is {outcome}")


def test_a_fault_whose_server_is_broken_proves_nothing() -> None:
    made = proof((fault(), judged(first=Outcome.FAILED, broken="did not start")))

    assert made["problems"] == ["the fault v/one/a-bug is broken: did not start"]
    assert made["requirements"][0]["proven_by"] == []
    assert made["idle_checks"] == [f"{each}::check" for each in (FIRST, SECOND, ELSEWHERE)]


def test_a_fault_that_trips_another_operation_is_told() -> None:
    made = proof((fault(), judged(first=Outcome.FAILED, elsewhere=Outcome.DEVIATION)))

    assert made["problems"] == [f"the fault v/one/a-bug trips {ELSEWHERE}, which belongs to another operation"]


def test_a_mistake_of_the_suite_is_told() -> None:
    made = proof((fault(), judged(first=Outcome.FAILED, second=Outcome.ERROR)))

    assert made["problems"] == [f"the suite failed on v/one/a-bug: {SECOND}: expected this, got that"]


def test_what_no_fault_trips_is_told_of_a_whole_proof() -> None:
    made = proof((fault(), judged(first=Outcome.FAILED)), partial=False)

    assert made["problems"] == [
        f"{SECOND} is proven by no fault",
        f"{ELSEWHERE} is proven by no fault",
        f"the check {SECOND}::check is tripped by no fault",
        f"the check {ELSEWHERE}::check is tripped by no fault",
    ]


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.DEVIATION, Outcome.INCONCLUSIVE, Outcome.ERROR])
def test_a_conforming_server_must_be_found_so(outcome: Outcome) -> None:
    variant = (Server("v/free"), judged("v/free", first=outcome))
    faultless = (1, [judged("v", second=outcome)])

    made = proof(variants=[variant], repetitions=[faultless])

    assert made["problems"] == [
        f"the faultless server v is not found conformant: {SECOND} is {outcome}: expected this, got that",
        f"the legal variant v/free is not found conformant: {FIRST} is {outcome}: expected this, got that",
    ]


def test_a_freedom_may_leave_a_requirement_inapplicable() -> None:
    made = proof(variants=[(Server("v/free"), judged("v/free", first=Outcome.INAPPLICABLE))])

    assert made["holds"]
    assert made["variants"][0]["verdict"] == "conformant"


def test_a_variant_that_was_judged_with_others_says_so() -> None:
    made = proof(variants=[(Server("v/free"), judged("v/free"))], groups={"v/free": "v/group-of-free"})

    assert made["variants"][0]["group"] == "v/group-of-free"


def test_a_reason_from_outside_is_a_reason_not_to_hold() -> None:
    made = document(Measured({"v": contract()}, partial=True), ["the catalogue was changed while it was measured"])

    assert (made["holds"], made["problems"]) == (False, ["the catalogue was changed while it was measured"])


def degenerate(*passed: str) -> Judged:
    outcomes = {each: Outcome.PASSED if each in passed else Outcome.FAILED for each in ALL_PASSED}
    return Judged("degenerate/empty", outcomes)


def test_a_degenerate_server_passes_what_is_on_the_list_only() -> None:
    server = (Server("degenerate/empty"), degenerate(FIRST, SECOND))

    made = proof(degenerate=[server], excused={("degenerate/empty", FIRST): "It is so."})

    assert made["problems"] == [f"the degenerate server degenerate/empty passes {SECOND}"]
    assert made["degenerate"][0]["must"] == 3
    assert made["degenerate"][0]["passed"] == [
        {"requirement": FIRST, "reason": "It is so."},
        {"requirement": SECOND, "reason": ""},
    ]


def test_a_reason_for_a_pass_that_is_not_there_is_told() -> None:
    server = (Server("degenerate/empty"), degenerate())

    made = proof(degenerate=[server], excused={("degenerate/empty", FIRST): "It is so."})

    assert made["problems"] == [
        f"the degenerate server degenerate/empty is excused for {FIRST}, which it does not pass"
    ]


def repeated(*outcomes: Outcome) -> Sequence[tuple[int, Sequence[Judged]]]:
    return [(seed, [judged("v", first=outcome)]) for seed, outcome in enumerate(outcomes, 1)]


def test_runs_that_agree_are_stable() -> None:
    made = proof(repetitions=repeated(Outcome.PASSED, Outcome.PASSED))

    assert made["holds"]
    assert made["stability"] == {"seeds": [1, 2], "requirements": 3, "unstable": {}}


def test_runs_that_differ_are_told() -> None:
    made = proof(repetitions=repeated(Outcome.PASSED, Outcome.INAPPLICABLE, Outcome.PASSED))

    assert made["problems"] == [f"{FIRST} is not stable: passed, inapplicable, passed"]
