"""What a reader is told beside the lines that repeat a finding, where they cannot show the same again."""

from __future__ import annotations

from typing import Any

import pytest

from assay.report.digest import deciding_exchange, shown_exchanges
from assay.report.repeating import command, finding, notes
from tests.report.conftest import check, exchange, requirement, target

Json = dict[str, Any]
TASKS = "https://lab.test/tasks"


def patched(task: str, status: int, **more: Any) -> Json:
    return exchange("PATCH", f"{TASKS}/{task}", status, **more)


def given(task: str, by: str, *, used_up: bool = True) -> Json:
    return {"state": "failed_task", "by": by, "values": {"task_id": task}, "used_up": used_up}


def violated(message: str, *exchanges: Json, states: tuple[Json, ...] = (), **more: object) -> Json:
    return {**check("it", "failed", message, *exchanges), "given": list(states), **more}


def said(of: Json) -> tuple[str, ...]:
    exchange_ = deciding_exchange(of)
    assert exchange_ is not None
    return notes(of, exchange_)


def test_an_object_that_a_handler_made_is_to_be_asked_for_again() -> None:
    used = violated("expected 404, got 200", patched("a1", 200), states=(given("a1", "handler"),))

    assert said(used) == (
        "The curl line needs a fresh failed_task (a1 was used by this run): ask the state handler for one.",
    )


@pytest.mark.parametrize("by", ["listed", "always"])
def test_a_listed_object_is_to_be_replaced_for_the_run_as_well(by: str) -> None:
    used = violated("expected 404, got 200", patched("a1", 200), states=(given("a1", by),))

    (note,) = said(used)
    assert note == (
        "The curl line needs a fresh failed_task (a1 was used by this run), and so does the run: "
        "list one in [states.failed_task] in its place."
    )


def test_a_listed_object_that_is_refused_may_have_been_used_before_the_run() -> None:
    refused = violated("expected 200, got 409", patched("a1", 409), states=(given("a1", "listed"),))

    assert said(refused)[0] == (
        "If a1 was no failed_task any more when the run began, that is why: each set serves one run."
    )


def test_an_object_that_was_accepted_nowhere_may_have_been_used_all_the_same() -> None:
    behind = violated("no", patched("a1", 403), patched("a1", 400), states=(given("a1", "handler"),))

    assert "(a1 may have been used by this run)" in said(behind)[0]


def test_an_object_in_a_body_counts_and_one_whose_id_is_longer_does_not() -> None:
    sent = exchange("PUT", TASKS, 200, sent='{"data":[{"id":278}]}')
    used = violated("no", sent, states=(given("27", "handler"), given("278", "handler")))

    assert "(278 was used by this run)" in said(used)[0]


@pytest.mark.parametrize("states", [(), (given("a1", "handler", used_up=False),), (given("b2", "handler"),)])
def test_a_request_that_can_be_repeated_has_no_note(states: tuple[Json, ...]) -> None:
    assert not said(violated("expected 404, got 200", patched("a1", 200), states=states))


def test_the_exchanges_that_prove_a_race_are_shown_first_and_said_to_belong_together() -> None:
    met = [patched("a1", 200, label=f"{number} of 3 at the same moment") for number in (1, 2, 3)]
    after = [patched("a1", 409, label="right after") for _ in range(9)]

    raced = violated("expected at most one, got 2 of 3", *met, *after, evidence=[0, 2])

    assert said(raced) == ("Alone it shows nothing: several such requests have to meet, so only the run repeats it.",)
    assert shown_exchanges(raced) == [met[0], met[2], *after[-4:]]


def test_a_finding_knows_its_check_its_steps_and_its_command() -> None:
    behind = violated("no", patched("a1", 403, label="refused"), patched("a1", 400, label="after it"))
    lab = target("lab", "vcf", requirement("vcf/retry-task/done", "It holds.", behind), file="lab.toml")

    found = finding(lab["requirements"][0], lab)

    assert (found["check"], found["steps"]) == ("it", "1 refused → 403, 2 after it → 400")
    assert command(found, 7) == (
        "assay run --target lab.toml --seed 7 --only vcf/retry-task/done --report-dir reports/again"
    )
