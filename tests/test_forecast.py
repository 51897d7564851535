"""What a run would do is known before anything is sent."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from assay import catalogue
from assay.forecast import Forecast, Provider, Settings, as_json, forecast, known_table
from assay.plan import Past, Shard
from assay.target import StateEntry, StateHandler, Target
from assay.traffic import Table

if TYPE_CHECKING:
    from assay.forecast import StateForecast

SETTINGS = Settings((), 1, 20)
TASKS = StateEntry(each=({"task_id": "a1"}, {"task_id": "a2"}))


def expected(contract: str, settings: Settings = SETTINGS, **target: Any) -> Forecast:
    lab = Target(
        **{"name": "lab", "contract": contract, "base_url": "https://lab.example.test", "token": "t", **target}
    )
    return forecast(lab, catalogue.load()[contract], settings, known_table())


def state(found: Forecast, name: str) -> StateForecast:
    return next(each for each in found.states if each.kind.name == name)


def test_the_sets_that_a_run_would_take_are_named() -> None:
    found = state(expected("vcf", states={"failed_task": TASKS}), "failed_task")

    assert (found.provider, found.listed, found.objects) == (Provider.LISTED, 2, ("a1", "a2"))
    assert found.operations == ("vcf/retry-task",)


def test_checks_that_get_no_set_are_named_and_send_nothing() -> None:
    short, enough = expected("vcf", states={"failed_task": TASKS}), expected("vcf", state_handler=StateHandler())

    overlapping = "vcf/retry-task/overlapping-retries::of_retries_at_the_same_moment_one_is_accepted"
    assert overlapping in state(short, "failed_task").untestable
    assert state(short, "failed_task").problems == (
        "state 'failed_task': all 2 sets in [states.failed_task] are used up",
    )
    assert short.requests < enough.requests
    assert not enough.untestable


def test_a_state_that_nobody_provides_is_told_apart_from_one_that_is_made_up() -> None:
    found = expected("vcf")

    assert {each.kind.name: each.provider for each in found.states} == {
        "failed_task": Provider.NOBODY,
        "unfailed_task": Provider.NOBODY,
        "unknown_task": Provider.MADE_UP,
    }


def test_values_that_no_request_can_carry_are_a_problem() -> None:
    wrong = StateEntry(always={"workflow_definition_id": "x1", "latest_version": "1.0.0"})

    found = state(expected("zuora", states={"workflow": wrong}), "workflow")

    assert found.problems == ("state 'workflow': 'workflow_definition_id' is 'x1', expected a whole number",)
    assert found.untestable


def test_a_capability_that_the_target_lacks_takes_its_checks_and_states_along() -> None:
    found = expected("zuora", capabilities={"multi_entity": False})

    assert dict(found.absent) == {"multi_entity": 2}
    assert "entity" not in [each.kind.name for each in found.states]
    assert "org" in [each.kind.name for each in found.states]


def test_only_what_is_selected_is_planned() -> None:
    found = expected("zuora", Settings(("zuora/rerun-task/success",), 1, 20), state_handler=StateHandler())

    assert [(each.operation.id, each.checks) for each in found.operations] == [("zuora/rerun-task", 1)]
    assert found.requests == 2
    assert [each.kind.name for each in found.states] == ["task"]


def test_shards_divide_sets_and_requests_among_them() -> None:
    six = StateEntry(each=tuple({"task_id": f"a{number}"} for number in range(6)))
    handler = {"state_handler": StateHandler(), "states": {"failed_task": six}}
    whole, *parts = (
        expected("vcf", replace(SETTINGS, shard=shard), **handler)
        for shard in (None, *(Shard(n, 3) for n in (1, 2, 3)))
    )

    taken = [state(part, "failed_task") for part in parts]
    assert sorted(each for part in taken for each in part.objects) == list(state(whole, "failed_task").objects)
    assert sum(part.takes for part in taken) == state(whole, "failed_task").takes
    assert sum(part.usable for part in taken) == 6
    # Each of them probes the one operation.
    assert sum(part.requests for part in parts) == pytest.approx(whole.requests + 2, abs=2)


def test_what_was_decided_before_is_neither_counted_nor_probed_again() -> None:
    checks = frozenset(("lab", check.id) for check in catalogue.load()["vcf"].checks)
    operation = frozenset({("lab", "vcf/retry-task")})
    left_over, done, elsewhere = (
        expected("vcf", replace(SETTINGS, past=past), state_handler=StateHandler())
        for past in (
            Past(checks, accepted=operation),
            Past(checks, accepted=operation, probed=operation),
            Past(frozenset(("another", check) for _, check in checks)),
        )
    )

    assert (left_over.requests, done.requests) == (1, 0)
    assert done.states == ()
    assert elsewhere == expected("vcf", state_handler=StateHandler())


def test_an_operation_that_checks_of_another_one_call_is_named_too() -> None:
    found = expected("zuora", Settings(("zuora/rerun-task/refused-not-performed",), 1, 0), state_handler=StateHandler())

    called = {each.operation.id: each for each in found.operations}
    assert called["zuora/update-tasks"].checks == 0
    assert called["zuora/update-tasks"].traffic.requests > 0


@pytest.mark.parametrize("contract", ["vcf", "onedata", "zuora"])
def test_what_every_check_of_ours_sends_was_measured(contract: str) -> None:
    found = expected(contract, state_handler=StateHandler())

    assert found.requests
    assert found.unmeasured == ()


def test_checks_that_were_never_measured_are_named() -> None:
    lab = Target("lab", "vcf", "https://lab.example.test", token="t", state_handler=StateHandler())
    found = forecast(lab, catalogue.load()["vcf"], replace(SETTINGS, only=("vcf/retry-task/no-body",)), Table({}))

    assert found.unmeasured
    assert {check.partition("::")[0] for check in found.unmeasured} == {"vcf/retry-task/no-body"}
    assert as_json(found, SETTINGS)["unmeasured"] == list(found.unmeasured)


def test_generated_requests_grow_with_their_number() -> None:
    none, few, many = (
        expected("onedata", replace(SETTINGS, fuzz_examples=examples), state_handler=StateHandler()).requests
        for examples in (0, 20, 40)
    )

    assert none < few < many
    assert many - few == 40


@pytest.mark.parametrize("contract", ["zuora", "vcf", "onedata"])
def test_every_operation_says_what_it_changes_and_leaves(contract: str) -> None:
    described = [each.effects for each in catalogue.load()[contract].operations.values()]

    assert all(each is not None and each.changes and each.leaves for each in described)


def test_no_token_is_in_the_document() -> None:
    caller = StateEntry(always={"token": "hush-hush"})

    found = expected("zuora", token="very-secret", states={"caller_without_run_access": caller})
    text = json.dumps(as_json(found, SETTINGS))

    assert state(found, "caller_without_run_access").objects == ("(a token, not shown)",)
    assert "hush" not in text
    assert "very-secret" not in text
