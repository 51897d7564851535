"""The forms of a plan on a terminal."""

from __future__ import annotations

import io
from typing import Any

import pytest

from assay import catalogue
from assay.forecast import Forecast, Settings, forecast
from assay.report.forecast import render, render_short
from assay.report.terminal import console
from assay.target import StateEntry, StateHandler, Target
from assay.traffic import Table

SETTINGS = Settings((), 1, 20)
SIX = StateEntry(each=tuple({"task_id": f"a{number}"} for number in range(1, 7)))
ALWAYS = StateEntry(always={"task_id": "b7"})


def expected(name: str = "lab", contract: str = "vcf", **target: Any) -> Forecast:
    lab = Target(name=name, contract=contract, base_url="https://lab.example.test", token="t", **target)
    return forecast(lab, catalogue.load()[contract], SETTINGS, Table({}))


def short(*forecasts: Forecast) -> str:
    text = io.StringIO()
    render_short(forecasts, console(text, {"COLUMNS": "100"}))
    return text.getvalue()


def test_a_target_is_told_in_three_lines() -> None:
    shown = short(expected(states={"failed_task": SIX, "unfailed_task": ALWAYS}))

    requests, touches, lacks, *rest = shown.splitlines()
    assert requests.startswith("lab: about ")
    assert requests.endswith(" requests, PATCH /v1/tasks/{id}")
    assert touches == "  touches failed_task a1, a2, a3, a4 and 2 more; unfailed_task b7"
    assert lacks.startswith("  lacks failed_task (6 of 15 sets): ")
    assert lacks.endswith(" checks will be untestable")
    assert rest == [""]


def test_what_a_handler_makes_is_said_to_be_touched() -> None:
    shown = short(expected(states={"failed_task": SIX}, state_handler=StateHandler()))

    assert "what the state handler makes (unfailed_task, unknown_task)" in " ".join(shown.split())


def test_a_rate_makes_known_how_long_a_run_takes_at_least() -> None:
    text = io.StringIO()
    found = expected(state_handler=StateHandler(), max_requests_per_second=0.5)

    render(found, SETTINGS, console(text, {"COLUMNS": "200"}))

    assert f"At 0.5 requests a second at most, a run takes {2 * found.requests:,} s or more" in text.getvalue()


def test_many_targets_are_told_in_one_line() -> None:
    others = [expected(f"lab-{number}", state_handler=StateHandler()) for number in range(1200)]

    shown = short(*others, expected("last", "onedata"))

    assert shown.startswith("1,201 targets (1,200 vcf and 1 onedata): about ")
    assert shown.endswith(" requests in all; 1 of them lacks states\n\n")


@pytest.mark.parametrize("form", ["short", "whole"])
def test_no_text_of_a_target_file_moves_the_cursor(form: str) -> None:
    wild = StateEntry(always={"task_id": "b7"})
    found = expected("la\x1b[2Jb\n::error::", states={"unfailed_task": wild})
    text = io.StringIO()

    render(found, SETTINGS, console(text, {})) if form == "whole" else text.write(short(found))

    assert "\x1b" not in text.getvalue()
    assert not any(line.startswith("::") for line in text.getvalue().splitlines())
