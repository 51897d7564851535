"""The forms of a plan on a terminal."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest

from assay import catalogue
from assay.forecast import Forecast, Settings, forecast
from assay.plan import Past, Shard
from assay.report.forecast import render_all, render_short
from assay.report.terminal import console
from assay.target import StateEntry, StateHandler, Target
from assay.traffic import Table

SETTINGS = Settings((), 1, 20)
SIX = StateEntry(each=tuple({"task_id": f"a{number}"} for number in range(1, 7)))
ALWAYS = StateEntry(always={"task_id": "b7"})


def expected(name: str = "lab", contract: str = "vcf", **target: Any) -> Forecast:
    lab = Target(name=name, contract=contract, base_url="https://lab.example.test", token="t", **target)
    return forecast(lab, catalogue.load()[contract], SETTINGS, Table({}))


def short(*forecasts: Forecast, settings: Settings = SETTINGS) -> str:
    text = io.StringIO()
    render_short(forecasts, settings, console(text, {"COLUMNS": "100"}))
    return text.getvalue()


def whole(*forecasts: Forecast, settings: Settings = SETTINGS) -> str:
    text = io.StringIO()
    render_all(forecasts, settings, console(text, {"COLUMNS": "300"}))
    return text.getvalue()


def test_a_target_is_told_in_three_lines() -> None:
    shown = short(expected(states={"failed_task": SIX, "unfailed_task": ALWAYS}))

    requests, touches, lacks, *rest = shown.splitlines()
    assert requests.startswith("lab: about ")
    assert requests.endswith(" requests, PATCH /v1/tasks/{id}")
    assert touches == "  touches failed_task a1, a2, a3, a4 and 2 more; unfailed_task b7"
    assert lacks.startswith("  lacks failed_task (6 of 17 sets): ")
    assert lacks.endswith(" checks will be untestable")
    assert rest == [""]


def test_what_a_handler_makes_is_said_to_be_touched() -> None:
    shown = short(expected(states={"failed_task": SIX}, state_handler=StateHandler()))

    assert "what the state handler makes (unfailed_task, unknown_task)" in " ".join(shown.split())


def test_a_rate_makes_known_how_long_a_run_takes_at_least() -> None:
    found = expected(state_handler=StateHandler(), max_requests_per_second=0.5)

    assert f"At 0.5 requests a second at most, a run takes {2 * found.requests:,} s or more" in whole(found)
    assert "a run takes 20 s or more" in whole(found, settings=replace(SETTINGS, max_requests=10))


def test_what_was_never_measured_is_said_to_be_a_guess() -> None:
    found = expected(state_handler=StateHandler())

    assert f"What {len(found.unmeasured)} checks will send was never measured, and is guessed" in whole(found)
    assert "never measured" not in whole(replace(found, unmeasured=()))


def test_a_budget_that_is_too_small_is_told_with_what_is_needed_for_all_targets() -> None:
    found = [expected(name, state_handler=StateHandler()) for name in ("one", "two")]
    needed = 2 * found[0].requests
    settings = replace(SETTINGS, max_requests=needed - 7)
    line = f"--max-requests {needed - 7} is not enough: about {needed} requests are needed, 7 more than may be sent."

    assert line in whole(*found, settings=settings)
    assert line in " ".join(short(*found, settings=settings).split())


def test_a_budget_of_which_a_part_was_used_before_is_what_is_left_of_it() -> None:
    found = expected(state_handler=StateHandler())
    settings = replace(SETTINGS, max_requests=found.requests, past=Past(requests=30))

    assert f"--max-requests {found.requests}, of which 30 were used before, is not enough" in whole(
        found, settings=settings
    )


def test_a_budget_that_is_large_enough_is_told_where_there_is_room_for_it() -> None:
    found = expected(state_handler=StateHandler())
    settings = replace(SETTINGS, max_requests=found.requests)

    assert f"--max-requests {found.requests} is enough for servers that conform" in whole(found, settings=settings)
    assert "--max-requests" not in short(found, settings=settings)


def test_a_run_within_its_budget_sends_what_one_beyond_it_would_need() -> None:
    found = expected(state_handler=StateHandler())

    assert f"A run sends about {found.requests} requests" in whole(found)
    assert f"A run needs about {found.requests} requests" in whole(found, settings=replace(SETTINGS, max_requests=1))


def test_a_shard_is_called_one() -> None:
    settings = replace(SETTINGS, shard=Shard(2, 5))
    found = expected(states={"failed_task": SIX, "unfailed_task": ALWAYS})

    assert "operation and kind, shard 2/5)." in whole(found, settings=settings)
    assert "6 listed for all shards" in whole(found, settings=settings)
    assert short(found, settings=settings).startswith("Shard 2/5; the others decide the rest.\nlab: about ")


def test_many_targets_are_told_in_one_line() -> None:
    others = [expected(f"lab-{number}", state_handler=StateHandler()) for number in range(1200)]

    shown = short(*others, expected("last", "onedata"))

    assert shown.startswith("1,201 targets (1,200 vcf and 1 onedata): about ")
    assert shown.endswith(" requests in all; 1 of them lacks states\n\n")


@pytest.mark.parametrize("form", ["short", "whole"])
def test_no_text_of_a_target_file_moves_the_cursor(form: str) -> None:
    wild = StateEntry(always={"task_id": "b7"})
    found = expected("la\x1b[2Jb\n::error::", states={"unfailed_task": wild})
    text = {"short": short, "whole": whole}[form](found)

    assert "\x1b" not in text
    assert not any(line.startswith("::") for line in text.splitlines())
