"""A check told in a line: each step and what came, the deciding one among them."""

from __future__ import annotations

from typing import Any

from assay.report.steps import led_up_to, steps
from tests.report.conftest import check, exchange

Json = dict[str, Any]
TASK = "https://lab.test/tasks/a1"


def asked(status: int | None, label: str = "", **more: Any) -> Json:
    named: dict[str, Any] = {"label": label} if label else {}
    return exchange("PATCH", TASK, status, **named, **more)


def test_each_step_has_its_label_and_what_came() -> None:
    lost = asked(None, "with a token", transport_error="reset")
    behind = check("it", "failed", "no", asked(403, "without the privilege"), lost, asked(204, role="control"))

    assert steps(behind) == "1 without the privilege → 403, 2 with a token → no answer, 3 control → 204"


def test_one_request_is_no_step() -> None:
    assert not steps(check("it", "failed", "expected 404, got 200", asked(200, "unknown")))


def test_requests_at_the_same_moment_are_one_step() -> None:
    met = [asked(200, f"{number} of 6 at the same moment") for number in range(1, 7)]

    raced = check("it", "failed", "no", *met, asked(409, "right after"), asked(409, "right after"))

    assert steps(raced) == "1 at the same moment → 200 (6 times), 2 right after → 409 (2 times)"


def test_of_many_steps_those_around_the_deciding_one_are_told() -> None:
    many = [asked(400, f"form {number}") for number in range(20)]

    decided = check("it", "failed", 'request "form 9": expected 400, got 204', *many)

    assert steps(decided) == (
        "6 steps before, 7 form 6 → 400, 8 form 7 → 400, 9 form 8 → 400, 10 form 9 → 400, 11 form 10 → 400, "
        "12 form 11 → 400, 8 more steps"
    )


def test_neither_an_observer_nor_generated_requests_have_steps() -> None:
    observer = check("every_exchange_shape_200", "failed", "no", asked(200), asked(200))
    generated = check("fuzz", "failed", "no", asked(200), asked(500)) | {"kind": "generated"}

    assert not steps(observer)
    assert not steps(generated)


def test_of_exchanges_that_prove_a_race_only_the_first_is_what_a_reader_begins_with() -> None:
    raced = check("it", "failed", "no", *(asked(200, f"{each} of 2 at the same moment") for each in (1, 2)), asked(409))
    raced["evidence"] = [0, 1]

    assert [led_up_to(raced, each) for each in raced["exchanges"]] == [True, False, False]
