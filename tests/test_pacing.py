"""When the next exchange may go."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from assay.model import ReceivedResponse
from assay.plan import Plan
from assay.target import Target
from assay.transport import Pacing

if TYPE_CHECKING:
    from pathlib import Path

NOON = 1_700_000_000.0
"""Tue, 14 Nov 2023 22:13:20 GMT."""


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = NOON
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 6))
        self.now += seconds


@pytest.fixture
def time() -> Time:
    return Time()


def pacing(
    time: Time,
    *,
    rate: float | None = None,
    processes: int = 1,
    deadline: float | None = None,
    timeout_s: float = math.inf,
    marker: Path | None = None,
) -> Pacing:
    return Pacing(
        max_requests_per_second=rate,
        processes=processes,
        deadline=deadline,
        timeout_s=timeout_s,
        marker=marker,
        clock=time,
        wall_clock=time,
        sleep=time.sleep,
    )


def overloaded(retry_after: str | None = None, status: int = 503, date: str | None = None) -> ReceivedResponse:
    lines = {"Retry-After": retry_after, "Date": date}
    headers = tuple((name, value) for name, value in lines.items() if value is not None)
    return ReceivedResponse(status, "", "1.1", headers, b"", 0.1)


def test_without_a_rate_nothing_waits(time: Time) -> None:
    pace = pacing(time)

    assert [pace.wait_for_turn() for _ in range(3)] == ["", "", ""]
    assert time.slept == []


def test_a_rate_spaces_the_exchanges(time: Time) -> None:
    pace = pacing(time, rate=4)

    for _ in range(3):
        pace.wait_for_turn()

    assert time.slept == [0.25, 0.25]


def test_time_that_has_passed_anyway_is_not_waited_again(time: Time) -> None:
    pace = pacing(time, rate=4)
    pace.wait_for_turn()
    time.now += 0.2

    pace.wait_for_turn()

    assert time.slept == [0.05]


def test_processes_share_a_rate(time: Time) -> None:
    pace = pacing(time, rate=4, processes=2)

    for _ in range(2):
        pace.wait_for_turn()

    assert time.slept == [0.5]


def test_a_pause_earns_no_burst(time: Time) -> None:
    pace = pacing(time, rate=4)
    pace.wait_for_turn()
    time.now += 100

    for _ in range(3):
        pace.wait_for_turn()

    assert time.slept == [0.25, 0.25]


def test_exchanges_that_go_together_have_their_room_before_and_behind_them(time: Time) -> None:
    pace = pacing(time, rate=4)

    for together in (1, 3, 1):
        pace.wait_for_turn(together)

    assert time.slept == [0.75, 0.75]


def test_a_pause_is_room_before_what_goes_together(time: Time) -> None:
    pace = pacing(time, rate=4)
    pace.wait_for_turn()
    time.now += 0.5

    pace.wait_for_turn(3)
    pace.wait_for_turn()

    assert time.slept == [0.25, 0.75]


def test_nobody_waits_for_a_turn_behind_the_deadline(time: Time) -> None:
    pace = pacing(time, rate=0.1, deadline=NOON + 3)
    pace.wait_for_turn()

    refusal = pace.wait_for_turn()

    assert refusal == "the run's deadline has passed"
    assert time.slept == [3]
    assert pace.deadline_passed


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        ("2", 2),
        (" 3 ", 3),
        ("3600", 5),
        ("99999999999999999999", 5),
        ("0", 0.1),
        ("Tue, 14 Nov 2023 22:13:24 GMT", 4),
        ("Tuesday, 14-Nov-23 22:13:24 GMT", 4),
        ("Tue Nov 14 22:13:24 2023", 4),
        ("Tue, 14 Nov 2023 23:13:20 GMT", 5),
        ("Tue, 14 Nov 2023 22:00:00 GMT", 0.1),
        (None, 0.25),
        ("soon", 0.25),
        ("-1", 0.25),
        ("1.5", 0.25),
        ("\u0663", 0.25),
        ("Tue, 99 Nov 2023 22:13:24 GMT", 0.25),
    ],
)
def test_an_overloaded_server_says_how_long(time: Time, retry_after: str | None, seconds: float) -> None:
    assert pacing(time).waits_to_repeat(overloaded(retry_after), 0)
    assert time.slept == [seconds]


def test_a_date_is_meant_by_the_clock_of_the_server(time: Time) -> None:
    answer = overloaded("Sat, 01 Jan 2000 00:00:03 GMT", date="Sat, 01 Jan 2000 00:00:00 GMT")

    assert pacing(time).waits_to_repeat(answer, 0)
    assert time.slept == [3]


@pytest.mark.parametrize("status", [200, 204, 302, 400, 408, 500, 502, 504])
def test_only_overload_is_waited_for(time: Time, status: int) -> None:
    assert not pacing(time).waits_to_repeat(overloaded("1", status), 0)
    assert time.slept == []


def test_no_answer_is_not_asked_again(time: Time) -> None:
    assert not pacing(time).waits_to_repeat(None, 0)


def test_waits_grow_where_the_server_says_nothing(time: Time) -> None:
    pace = pacing(time)

    repeats = [pace.waits_to_repeat(overloaded(), number) for number in range(6)]

    assert repeats == [True] * 5 + [False]
    assert time.slept == [0.25, 0.5, 1, 2, 4]


def test_patience_is_one_for_the_run(time: Time) -> None:
    pace = pacing(time)

    repeats = [pace.waits_to_repeat(overloaded("5"), 0) for _ in range(8)]

    assert repeats == [True] * 6 + [False] * 2
    assert sum(time.slept) == 30


def test_processes_share_the_patience(time: Time) -> None:
    pace = pacing(time, processes=3)

    repeats = [pace.waits_to_repeat(overloaded("5"), 0) for _ in range(3)]

    assert repeats == [True, True, False]


def test_nobody_waits_beyond_the_deadline(time: Time) -> None:
    assert not pacing(time, deadline=NOON + 2).waits_to_repeat(overloaded("3"), 0)
    assert time.slept == []


def test_five_exchanges_without_an_answer_are_enough(time: Time) -> None:
    pace = pacing(time)

    for answered in [False] * 4 + [True] + [False] * 4:
        pace.heard(answered=answered)
    before = pace.refusal()
    pace.heard(answered=False)

    assert before == ""
    assert pace.given_up
    assert pace.refusal() == "given up after 5 exchanges without an answer"


def test_other_processes_learn_of_giving_up(time: Time, tmp_path: Path) -> None:
    here, there = pacing(time, marker=tmp_path / "given-up"), pacing(time, marker=tmp_path / "given-up")
    before = there.refusal()

    for _ in range(5):
        here.heard(answered=False)

    assert before == ""
    assert there.wait_for_turn() == "given up after 5 exchanges without an answer"


@pytest.fixture
def pair(time: Time, tmp_path: Path) -> list[Pacing]:
    """Return the pace of two processes that share a folder."""
    target = Target("lab", "vcf", "http://127.0.0.1:1", max_requests_per_second=4)
    plan = Plan((target,), (), 1, 0, NOON + 100, 0, tmp_path, max_requests=7)
    return [Pacing.of(plan, target, clock=time, wall_clock=time, sleep=time.sleep) for _ in range(2)]


def test_processes_of_one_machine_take_turns(pair: list[Pacing], time: Time) -> None:
    for pace in (pair[0], pair[1], pair[1], pair[0]):
        pace.wait_for_turn()

    assert time.slept == [0.25, 0.25, 0.25]


def test_processes_of_one_machine_share_the_budget(pair: list[Pacing]) -> None:
    said = [pace.wait_for_turn() for _ in range(4) for pace in pair]

    assert said == [""] * 7 + ["--max-requests 7 were used up"]
    assert [pace.refusal() for pace in pair] == ["--max-requests 7 were used up"] * 2


def test_processes_of_one_machine_share_one_patience(pair: list[Pacing]) -> None:
    repeats = [pace.waits_to_repeat(overloaded("5"), 0) for _ in range(4) for pace in pair]

    assert repeats == [True] * 6 + [False] * 2


def test_without_a_common_folder_each_process_keeps_to_its_share(time: Time, tmp_path: Path) -> None:
    target = Target("lab", "vcf", "http://127.0.0.1:1", max_requests_per_second=4)

    plan = Plan((target,), (), 1, 0, NOON + 100, 2, tmp_path / "elsewhere")
    pace = Pacing.of(plan, target, clock=time, wall_clock=time, sleep=time.sleep)
    for _ in range(2):
        pace.wait_for_turn()

    assert time.slept == [0.5]


def test_an_answer_that_comes_later_changes_nothing(time: Time) -> None:
    pace = pacing(time)

    for answered in [False] * 5 + [True]:
        pace.heard(answered=answered)

    assert pace.given_up


TOO_SLOW = (
    "given up after 30 times the timeout was spent on answers that did not come or only just came in time; "
    "if the target is that slow, raise timeout_s"
)


def test_a_target_that_wastes_the_time_of_the_run_is_given_up(time: Time, tmp_path: Path) -> None:
    wasted, elsewhere = (pacing(time, timeout_s=2, marker=tmp_path / "given-up") for _ in range(2))

    for _ in range(31):
        wasted.heard(answered=False, took_s=2)
        wasted.heard(answered=True, took_s=0.1)

    assert wasted.refusal() == TOO_SLOW
    assert elsewhere.refusal() == wasted.refusal()


def test_failures_that_take_no_time_are_borne_for_ever(time: Time) -> None:
    pace = pacing(time, timeout_s=2)

    for _ in range(1000):
        pace.heard(answered=False, took_s=0.001)
        pace.heard(answered=True, took_s=1.5)

    assert pace.refusal() == ""


def test_a_target_whose_answers_only_just_come_in_time_is_given_up(time: Time) -> None:
    pace = pacing(time, timeout_s=2)

    for _ in range(31):
        pace.heard(answered=True, took_s=1.9)
    before = pace.refusal()
    pace.heard(answered=True, took_s=1.9)

    assert before == ""
    assert pace.refusal() == TOO_SLOW


def test_an_answer_that_only_just_comes_in_time_is_an_answer(time: Time) -> None:
    pace = pacing(time, timeout_s=2)

    for took_s in [0.1] * 4 + [1.9] + [0.1] * 4:
        pace.heard(answered=took_s > 1, took_s=took_s)

    assert pace.refusal() == ""
