"""Experiments of several calls keep what they cannot decide apart from what they can."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import pytest

from assay.bench import Inapplicable, Inconclusive, Violation
from assay.trials import (
    FEWEST_REPETITIONS,
    accepted_once,
    accepts,
    provoked,
    refused,
    refused_in_each_form,
    stays_refused,
    still_taken,
    taken,
    told,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from assay.bench import Bench, Call, CheckEnded
    from tests.conftest import Script, Scripted


def end_of(act: Callable[[], object], kind: type[CheckEnded]) -> str:
    with pytest.raises(kind) as ended:
        act()
    return str(ended.value)


def calls(bench: Bench, *labels: str) -> list[Call]:
    return [bench.call(id=label, run=1).labelled(label) for label in labels]


def sent(bench: Bench) -> list[str]:
    """Return what was sent: the control by its role, everything else by its label."""
    return [each.role or each.label for each in bench.exchanges]


@pytest.mark.parametrize(("status", "accepted"), [(199, False), (200, True), (204, True), (299, True), (302, False)])
def test_a_success_is_an_acceptance(script: Script, status: int, accepted: bool) -> None:  # noqa: FBT001 - a column of the table
    bench = script(status)

    assert accepts(bench.send(id=1, run=1)) is accepted


def test_refusals_count_beside_a_control_that_succeeds_and_goes_last(script: Script) -> None:
    bench = script(404, 409, 200)
    one, two, known = calls(bench, "one", "two", "known")

    answers = refused(bench, [one, two], 404, 409, control=known)

    assert [each.status for each in answers] == [404, 409]
    assert sent(bench) == ["one", "two", "control"]


def test_an_acceptance_decides_at_once(script: Script) -> None:
    bench = script(404, 201)
    one, two, known = calls(bench, "one", "two", "known")

    message = end_of(lambda: refused(bench, [one, two, one], 404, control=known), Violation)

    assert message == 'request "two": expected 404, got 201'
    assert sent(bench) == ["one", "two"]


@pytest.mark.parametrize(
    ("refusal", "control", "statuses", "documented", "kind", "message"),
    [
        (401, 401, (404,), False, Inconclusive, "the control request was answered 401"),
        (401, 200, (404,), False, Violation, 'request "odd": expected 404, got 401'),
        (503, 200, (404,), False, Inconclusive, "answered 503 in place of an answer"),
        (500, 200, (), False, Inconclusive, 'request "odd": answered 500: neither accepted nor refused'),
        (500, 200, (), True, Violation, 'request "odd": expected no server error, got 500'),
        (302, 200, (), False, Violation, 'request "odd": expected a refusal (4xx), got 302'),
    ],
)
def test_how_a_call_was_refused_is_judged_behind_the_control(
    script: Script,
    refusal: int,
    control: int,
    statuses: tuple[int, ...],
    documented: bool,  # noqa: FBT001 - a column of the table
    kind: type[CheckEnded],
    message: str,
) -> None:
    bench = script(refusal, control)
    odd, known = calls(bench, "odd", "known")

    ended = end_of(lambda: refused(bench, [odd], *statuses, control=known, documented=documented), kind)

    assert ended.startswith(message)


def test_without_statuses_any_refusal_will_do(script: Script) -> None:
    bench = script(418, 200)
    odd, known = calls(bench, "odd", "known")

    assert refused(bench, [odd], control=known, documented=True)[0].status == 418


def test_an_accepted_variant_needs_no_control(script: Script) -> None:
    bench = script(204)
    odd, known = calls(bench, "odd", "known")

    assert taken(bench, odd, 200, control=known).status == 204
    assert sent(bench) == ["odd"]


def test_a_variant_that_is_refused_beside_an_accepted_control_is_a_violation(script: Script) -> None:
    bench = script(400, 200)
    odd, known = calls(bench, "odd", "known")

    assert end_of(lambda: taken(bench, odd, 200, control=known), Violation) == 'request "odd": expected 200, got 400'
    assert sent(bench) == ["odd", "control"]


def test_a_variant_that_is_refused_like_the_control_shows_nothing(script: Script) -> None:
    bench = script(401, 401)
    odd, known = calls(bench, "odd", "known")

    assert "was answered 401" in end_of(lambda: taken(bench, odd, 200, control=known), Inconclusive)


def test_what_nothing_has_changed_is_still_taken(script: Script) -> None:
    bench = script(201)

    assert still_taken(bench, bench.call(id=1, run=1), 200).status == 201


@pytest.mark.parametrize(
    ("status", "kind", "message"),
    [
        (401, Inconclusive, "answered 401 behind the refusals, which does not show that they changed anything"),
        (403, Inconclusive, "answered 403 behind the refusals, which does not show that they changed anything"),
        (409, Violation, "expected 200, got 409"),
        (500, Inconclusive, "answered 500 behind the refusals, which does not show that they changed anything"),
    ],
)
def test_what_is_not_taken_any_more_was_changed_where_the_status_speaks_of_its_state(
    script: Script, status: int, kind: type[CheckEnded], message: str
) -> None:
    bench = script(status)

    assert end_of(lambda: still_taken(bench, bench.call(id=1, run=1), 200), kind) == message


def test_what_is_not_taken_any_more_was_changed_where_an_untouched_object_is_taken(script: Script) -> None:
    bench = script(409, 200)
    changed, untouched = calls(bench, "changed", "untouched")

    message = end_of(lambda: still_taken(bench, changed, 200, control=untouched), Violation)
    assert (message, sent(bench)) == ('request "changed": expected 200, got 409', ["changed", "control"])


def test_what_is_not_taken_like_an_untouched_object_shows_no_change(script: Script) -> None:
    bench = script(409, 409)
    changed, untouched = calls(bench, "changed", "untouched")

    assert "was answered 409" in end_of(lambda: still_taken(bench, changed, 200, control=untouched), Inconclusive)


def test_an_untouched_object_is_left_alone_where_nothing_has_changed(script: Script) -> None:
    bench = script(204)
    changed, untouched = calls(bench, "changed", "untouched")
    still_taken(bench, changed, 204, control=untouched)

    assert sent(bench) == ["changed"]


def test_a_call_that_stays_refused_behind_its_refusal_is_asked_no_more(script: Script) -> None:
    bench = script(409, 200, 409, 409, 200)
    running, stopped = calls(bench, "running", "stopped")

    stays_refused(bench, running, 409, control=stopped)

    assert sent(bench) == ["the first refusal", *3 * ["behind the refusal"], "control"]


def test_a_call_that_is_accepted_behind_each_refusal_was_changed_by_it(script: Script) -> None:
    bench = script(409, *FEWEST_REPETITIONS * (200,))
    running, stopped = calls(bench, "running", "stopped")

    message = end_of(lambda: stays_refused(bench, running, 409, control=stopped), Violation)

    assert message.endswith("refused as well, got a success each time: 409, 200, 200, 200 in turn")


def test_without_a_refusal_there_is_nothing_to_look_behind(script: Script) -> None:
    bench = script(500)
    running, stopped = calls(bench, "running", "stopped")

    assert "expected a 409 to look at, got 500" in end_of(
        lambda: stays_refused(bench, running, 409, control=stopped), Inconclusive
    )


def test_another_form_may_be_refused_with_whatever_status(script: Script) -> None:
    bench = script(409, 415, 400)
    plain, one, two = calls(bench, "plain", "one", "two")

    refused_in_each_form(bench, plain, [one, two], 409)

    assert sent(bench) == ["in the plain form", "one", "two"]


def test_a_form_in_which_a_call_is_accepted_each_time_is_a_violation(script: Script) -> None:
    bench = script(409, 200, *FEWEST_REPETITIONS * (409, 409, 200))
    plain, one = calls(bench, "plain", "one")

    message = end_of(lambda: refused_in_each_form(bench, plain, [one], 409), Violation)

    assert message == 'request "one": expected 409, got 200, as each time in this form'


def test_an_object_that_comes_into_another_state_explains_an_acceptance(script: Script) -> None:
    bench = script(409, 200, 409, 409, 200, 409, 200)
    plain, one = calls(bench, "plain", "one")

    message = end_of(lambda: refused_in_each_form(bench, plain, [one], 409), Inconclusive)

    assert "not in this form alone: the requests were answered 409, 200, 409, 409, 200, 409, 200 in turn" in message


def test_an_answer_is_provoked_for_its_form(script: Script) -> None:
    bench = script(409, 500)
    plain = bench.call(id=1, run=1)

    assert provoked(bench, plain, 404, 409).status == 409
    message = end_of(lambda: provoked(bench, plain, 404, 409), Inconclusive)
    assert message == "expected a 404 or 409 to look at, got 500"


@pytest.mark.parametrize(
    ("path", "value"),
    [((), {"a": {"b": [1]}, "c": False}), (("a",), {"b": [1]}), (("a", "b"), [1]), (("c",), False)],
)
def test_a_value_in_the_body_is_told(script: Script, path: tuple[str, ...], value: object) -> None:
    bench = script((200, b'{"a": {"b": [1]}, "c": false}'))

    assert told(bench.send(id=1, run=1), *path) == value


@pytest.mark.parametrize(
    ("body", "path", "missing"),
    [
        (b"<html>", (), "JSON object"),
        (b"<html>", ("a",), "a"),
        (b"", ("a", "b"), "a.b"),
        (b"[]", (), "JSON object"),
        (b"null", (), "JSON object"),
        (b'{"a": null}', ("a",), "a"),
        (b'{"a": [1]}', ("a", "b"), "a.b"),
        (b'{"b": 1}', ("a",), "a"),
    ],
)
def test_a_value_that_is_not_there_shows_nothing(
    script: Script, body: bytes, path: tuple[str, ...], missing: str
) -> None:
    answer = script((200, body)).send(id=1, run=1)

    message = end_of(lambda: told(answer, *path), Inconclusive)
    assert message == f"the answer with status 200 has no {missing} to look at"


COPIES = 3
ONE, NONE, ALL, TWO = (200, 409, 409), (409, 409, 409), (200, 200, 200), (200, 409, 200)
STAYS_TAKEN = (409,) * FEWEST_REPETITIONS


def race(script: Script, rounds: int, *answers: Scripted | Sequence[Scripted]) -> tuple[Bench, Callable[[], None]]:
    """Return a bench and what races for `rounds` objects, and one more alone; the clock ticks once a look."""
    bench = script(*(each for some in answers for each in (some if isinstance(some, tuple) else (some,))))
    ticks = count()
    raced = calls(bench, *(f"object {number}" for number in range(rounds)), "alone")
    return bench, lambda: accepted_once(bench, raced, copies=COPIES, clock=lambda: next(ticks))


def test_one_acceptance_a_round_is_as_it_must_be(script: Script) -> None:
    bench, act = race(script, 2, ONE, ONE)

    act()

    assert sent(bench) == [f"{number} of 3 at the same moment" for number in (1, 2, 3)] * 2


@pytest.mark.parametrize("first", [ONE, ALL])
def test_a_round_without_an_acceptance_is_no_race(script: Script, first: tuple[int, ...]) -> None:
    behind = STAYS_TAKEN if first is ALL else ()
    _, act = race(script, 2, first, behind, NONE)

    message = "none of 3 requests at the same moment was accepted, so nothing was raced for"
    assert end_of(act, Inconclusive) == message


def test_several_acceptances_each_time_are_a_violation_where_no_object_comes_back(script: Script) -> None:
    bench, act = race(script, 2, ALL, STAYS_TAKEN, TWO, STAYS_TAKEN, 200, STAYS_TAKEN)

    with pytest.raises(Violation) as ended:
        act()

    message = "expected at most one of 3 requests at the same moment to be accepted, got 3 of 3, then 2 of 3"
    assert str(ended.value) == message
    assert [each.label[0] for each in ended.value.exchanges] == ["1", "2", "3", "1", "3"]
    assert [each.request.url.split("/")[4] for each in bench.exchanges if each.role] == ["alone"]


def test_an_object_that_comes_back_behind_the_copies_explains_several_acceptances(script: Script) -> None:
    _, act = race(script, 2, ALL, (409, 200), ALL, STAYS_TAKEN, 200)

    assert "accepted again right after" in end_of(act, Inapplicable)


def test_an_object_that_comes_back_behind_a_single_call_explains_several_acceptances(script: Script) -> None:
    _, act = race(script, 1, ALL, STAYS_TAKEN, 200, (409, 409, 200))

    assert "accepted again right after" in end_of(act, Inapplicable)


def test_several_acceptances_in_one_round_of_two_are_not_enough(script: Script) -> None:
    _, act = race(script, 2, ALL, STAYS_TAKEN, ONE, 200, STAYS_TAKEN)

    message = "accepted at the same moment: 3 of 3, then 1 of 3; several acceptances count only if most are, each time"
    assert end_of(act, Inconclusive) == message


def test_the_object_alone_must_be_accepted_for_its_return_to_mean_anything(script: Script) -> None:
    _, act = race(script, 1, ALL, STAYS_TAKEN, 409)

    assert "the control request was answered 409" in end_of(act, Inconclusive)


def test_an_object_is_watched_for_as_long_as_the_copies_took(script: Script) -> None:
    bench = script(*ALL, *(409,) * 10, 200, *(409,) * 10)
    # Each look at the clock costs a second, the copies eight.
    looks = iter([0, 8, *range(8, 100)])

    with pytest.raises(Violation):
        accepted_once(bench, calls(bench, "one", "alone"), copies=COPIES, clock=lambda: next(looks))

    assert sent(bench).count("right after") > 2 * FEWEST_REPETITIONS
