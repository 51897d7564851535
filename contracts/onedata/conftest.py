"""What the cases of Oneprovider share: the plain rerun of an execution, and the time of day."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from assay.bench import Bench, Call
    from assay.states import Values


@pytest.fixture
def lane_run() -> Callable[[Values], dict[str, object]]:
    """Return the function that gives the body of the plain rerun of an execution."""

    def body(execution: Values) -> dict[str, object]:
        return {
            "laneIndex": execution.integer("lane_index"),
            "laneRunNumber": execution.integer("lane_run_number"),
        }

    return body


@pytest.fixture
def rerun(bench: Bench, lane_run: Callable[[Values], dict[str, object]]) -> Callable[[Values], Call]:
    """Return the function that gives the plain rerun of an execution."""

    def call(execution: Values) -> Call:
        return bench.call(wid=execution["wid"]).with_json(lane_run(execution))

    return call


@pytest.fixture
def rerun_unknown(bench: Bench) -> Callable[[str], Call]:
    """Return the function that gives a rerun of an execution that does not exist, from its first lane and run."""

    def call(wid: str) -> Call:
        return bench.call(wid=wid).with_json({"laneIndex": 1, "laneRunNumber": 1})

    return call


@pytest.fixture
def now_ms() -> int:
    """Return the time of day in milliseconds since the epoch."""
    return int(time.time() * 1000)
