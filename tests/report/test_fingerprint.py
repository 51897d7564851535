"""A mistake of a server has one fingerprint, whatever the run, and another mistake has another one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from assay import catalogue, faults
from assay.reference.hosting import EmbeddedServers
from assay.report.fingerprint import fingerprint
from assay.runner import Settings, judge
from assay.target import StateHandler, Target
from tests.report.conftest import HOSTILE, check, requirement

if TYPE_CHECKING:
    from pathlib import Path

    from assay.reference.hosting import Address

Json = dict[str, Any]

ID = "vcf/retry-task/unknown-task"
SEEDS = (1, 77)
ON_ONE_REQUIREMENT = {
    ID: ("unknown-task-accepted", "unknown-task-400", "unknown-task-500", "unknown-task-remembered"),
    "vcf/retry-task/error-shape-404": ("unknown-task-html", "error-code-number", "arguments-text", "context-list"),
    "vcf/retry-task/error-shape-409": ("unfailed-task-text", "argument-number", "message-object"),
}


def failed(*checks: Json, level: str = "must") -> Json:
    return requirement(ID, "It is not found.", *checks, level=level)


def saying(message: str, kind: str = "case", name: str = "it_is_not_found") -> Json:
    return {**check(name, "failed", message), "kind": kind}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("expected the id a1b2, got 17", "expected the id c3, got 18"),
        ("expected the id 404, got 200", "expected the id 405, got 201"),
        ('expected name "a", got "b"', 'expected name "c \\" d", got "e'),
        ('expected no tags in task 7, got ["a", ["b"]]', 'expected no tags in task 8, got [["c…'),
        ("expected no server error, got 500 (on 3 exchanges)", "expected no server error, got 500"),
        ('expected "a", "b" or null at $.s, got "x"', 'expected "a" or null at $.s, got "y"'),
        ("expected a string at $.data[0].id, got 7", "expected a string at $.data[12].id, got 8"),
        ('expected the field "id" in $.e, got only "a"', 'expected the field "id" in $.e, got only "a", "b", "c…'),
        ('request "read task 7": expected 200, got 404', 'request "read task 8": expected 200, got 404'),
        ("expected a time near 2026-11-22T19:39:41, got 12:00", "expected a time near 2027-01-01T00:00:00, got 7"),
        ("control said 12 of 6", "control said 3 of 6"),
    ],
)
def test_what_varies_from_run_to_run_is_no_part_of_it(one: str, other: str) -> None:
    assert fingerprint(failed(saying(one))) == fingerprint(failed(saying(other)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("expected 404, got 200", "expected 404, got 500"),
        ("expected 404, got 200", "expected 409, got 200"),
        ("expected 404 or 409, got 200", "expected 404, got 200"),
        ("expected a refusal (4xx), got 200", "expected a refusal (4xx), got 204"),
        ('request "first": expected 404, got 200', 'request "second": expected 404, got 200'),
        ('expected the field "id" in $.e, got only "a"', 'expected the field "name" in $.e, got only "a"'),
        ("expected a string at $.reason, got 7", "expected a string at $.message, got 7"),
        ("expected a string at $.reason, got 7", "expected a string at $.reason, got null"),
        ('expected an object, got {"a": 1}', "expected an object, got {}"),
        ('expected name "a", got "b"', 'expected name "a", got ""'),
    ],
)
def test_what_is_wrong_is_a_part_of_it(one: str, other: str) -> None:
    assert fingerprint(failed(saying(one))) != fingerprint(failed(saying(other)))


def test_another_requirement_has_another_one() -> None:
    elsewhere = {**failed(saying("expected 404, got 200")), "id": "vcf/retry-task/unfailed-task"}

    assert fingerprint(failed(saying("expected 404, got 200"))) != fingerprint(elsewhere)


def test_a_further_check_that_objects_makes_it_another_one() -> None:
    first, second = saying("expected 404, got 200"), saying("expected 404, got 200", name="each_time")

    assert fingerprint(failed(first)) != fingerprint(failed(first, second))
    assert fingerprint(failed(second, first)) == fingerprint(failed(first, second))


@pytest.mark.parametrize("kind", ["observer", "generated"])
def test_beside_a_case_what_depends_on_the_seed_counts_for_nothing(kind: str) -> None:
    case, other = saying("expected 404, got 200"), saying("expected 404, got 500", kind, name="every_exchange")

    assert fingerprint(failed(case, other)) == fingerprint(failed(case))
    assert fingerprint(failed(other)) != fingerprint(failed(case))


@pytest.mark.parametrize("kind", ["observer", "generated"])
def test_which_generated_request_showed_it_is_no_part_of_it(kind: str) -> None:
    one, other = (f'request "negative example {text}": expected 404, got 500' for text in ("1 (a: null)", "2 (no b)"))

    assert fingerprint(failed(saying(one, kind))) == fingerprint(failed(saying(other, kind)))


def test_which_call_of_a_case_an_observer_saw_is_a_part_of_it() -> None:
    one, other = (f'request "{label}": expected no server error, got 500' for label in ("an id", "a body"))

    assert fingerprint(failed(saying(one, "observer"))) != fingerprint(failed(saying(other, "observer")))


@pytest.mark.parametrize("text", [HOSTILE, "[" * 2000, '"' * 1999, "{[" * 900, "expected , got ", "the field " * 200])
def test_hostile_text_has_one_too(text: str) -> None:
    assert len(fingerprint(failed(saying(f"expected {text}, got {text}")))) == 16


def judged(address: Address, folder: Path, seed: int, only: str) -> str:
    """Judge a server by one requirement and return the fingerprint in the report."""
    contract = catalogue.load()["vcf"]
    target = Target(
        name="lab",
        contract="vcf",
        base_url=address.base_url,
        token=address.token,
        auth_header=contract.auth_header,
        auth_scheme=contract.auth_scheme,
        state_handler=StateHandler(url=address.state_handler_url),
    )
    document = judge([target], Settings(folder, seed=seed, only=(only,))).document()
    (found,) = [each for each in document["targets"][0]["requirements"] if each["id"] == only]
    return str(found["fingerprint"])


@pytest.fixture(scope="module")
def of_faults(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, set[str]]]:
    """Judge faulty servers with several seeds; requirement → fault → its fingerprints."""
    ids = [f"vcf/retry-task/{name}" for names in ON_ONE_REQUIREMENT.values() for name in names]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1")
        with EmbeddedServers({id_: faults.find(id_).factory for id_ in ids}) as servers:
            return {
                only: {
                    name: {
                        judged(servers[f"vcf/retry-task/{name}"], tmp_path_factory.mktemp("run"), seed, only)
                        for seed in SEEDS
                    }
                    for name in names
                }
                for only, names in ON_ONE_REQUIREMENT.items()
            }


def test_a_real_fault_has_one_fingerprint_with_every_seed(of_faults: dict[str, dict[str, set[str]]]) -> None:
    several = {name for found in of_faults.values() for name, prints in found.items() if len(prints) > 1}

    assert several == set()


def test_real_faults_of_one_requirement_have_different_fingerprints(
    of_faults: dict[str, dict[str, set[str]]],
) -> None:
    told_apart = {only: len(set.union(*found.values())) for only, found in of_faults.items()}

    assert told_apart == {only: len(names) for only, names in ON_ONE_REQUIREMENT.items()}
