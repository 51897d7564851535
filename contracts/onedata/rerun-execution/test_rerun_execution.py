"""Rerunning an execution: which executions, from which lanes and runs, and by whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.bench import requirement
from assay.trials import (
    accepted_once,
    accepts,
    ids_with_more,
    near_ids,
    provoked,
    refused,
    refused_in_each_form,
    stays_refused,
    still_taken,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from assay.bench import Answer, Bench, Call
    from assay.states import Values

    Rerun = Callable[[Values], Call]
    Body = Callable[[Values], dict[str, object]]

NO_SUCH_NUMBER = 2_000_000_000
REFUSALS = frozenset(range(400, 500)) - {429}
WORD = 2**32
LONG_WORD = 2**64
UNKNOWN_LANE = {400: "invalid", 404: "not-found"}
# Nothing that servers and proxies take for another path or refuse before they look at the path: a slash, dot segments,
# white space, control characters, a percent sign. Their refusal need not have the shape of this operation's errors.
ODD_IDS = {
    "1000 characters": "9" * 1000,
    "a quotation mark": "'OR'1'='1",
    "beyond ASCII": "wykonanie-światło-実行-𝛑",
    "a negative number": "-1",
    "a number of 40 digits": "9" * 40,
    "a question mark": "a?b#c",
    "braces": "{wid}",
    "an extension": "no-such-execution.json",
}


@requirement("stopped-execution", given="stopped_execution")
def test_an_execution_that_has_ended_is_rerun(bench: Bench, rerun: Rerun) -> None:
    plain = rerun(bench.given("stopped_execution"))

    bench.send(plain).must_be(204)

    second = bench.send(plain.labelled("second rerun"))
    if second.status < 500:
        bench.reading("second-rerun", "accepted" if accepts(second) else "refused")


@requirement("no-body", given="stopped_execution")
def test_the_success_carries_no_byte_of_a_body(bench: Bench, rerun: Rerun) -> None:
    plain = rerun(bench.given("stopped_execution"))

    provoked(bench, plain, 204).must_match_its_schema()


@requirement("unknown-execution", given=("unknown_execution", "stopped_execution"))
def test_an_execution_that_does_not_exist_is_not_found(
    bench: Bench, rerun: Rerun, rerun_unknown: Callable[[str], Call], lane_run: Body
) -> None:
    unknown = rerun_unknown(bench.given("unknown_execution")["wid"])
    known = bench.given("stopped_execution")

    calls = {
        "from lane 1, run 1": unknown,
        # This one finds a server that remembers an id once it was asked for.
        "once more": unknown,
        "with the lane and run of the control": unknown.with_json(lane_run(known)),
    }
    refused(bench, [call.labelled(label) for label, call in calls.items()], 404, control=rerun(known))


@requirement("unknown-execution", given="stopped_execution")
def test_an_odd_id_is_not_taken_for_an_execution(bench: Bench, rerun: Rerun, lane_run: Body) -> None:
    known = bench.given("stopped_execution")

    for label, odd in ODD_IDS.items():
        _is_not_accepted(bench.send(bench.call(wid=odd).with_json(lane_run(known)).labelled(f"wid: {label}")))

    bench.control(rerun(known))


@requirement("running-execution", given=("running_execution", "stopped_execution"))
def test_an_execution_that_has_not_ended_is_refused(bench: Bench, rerun: Rerun) -> None:
    running = rerun(bench.given("running_execution"))
    stopped = rerun(bench.given("stopped_execution"))

    refused(bench, [running], control=stopped, documented=True)


@requirement("running-execution", given="running_execution")
def test_an_execution_that_has_not_ended_is_refused_from_its_first_lane(bench: Bench, rerun: Rerun) -> None:
    running = rerun(bench.given("running_execution"))

    # That lane may have ended long ago.
    first = running.with_json({"laneIndex": 1, "laneRunNumber": 1}).labelled("from lane 1, run 1")
    refused_in_each_form(bench, running, [first], *REFUSALS)


@requirement("no-token", given="stopped_execution")
def test_a_rerun_without_a_token_is_refused(bench: Bench, rerun: Rerun) -> None:
    plain = rerun(bench.given("stopped_execution"))

    nobody = plain.without_credentials()
    empty = nobody.with_headers({"X-Auth-Token": ""}).labelled("an empty token")
    refused(bench, [nobody.labelled("no header"), empty], control=plain)


@requirement("wrong-token", given="stopped_execution")
def test_a_rerun_with_a_token_of_nobody_is_refused(bench: Bench, rerun: Rerun) -> None:
    plain = rerun(bench.given("stopped_execution"))

    wrong = {"made up": "token-of-nobody", **bench.near_misses()}
    calls = [plain.with_token(token).labelled(label) for label, token in wrong.items()]
    bearer = plain.without_credentials().with_headers({"Authorization": "Bearer token-of-nobody"})
    refused(bench, [*calls, bearer.labelled("a made up one in Authorization")], control=plain)


@requirement("forbidden-caller", given="forbidden_execution")
def test_a_caller_without_the_privilege_is_forbidden(bench: Bench, rerun: Rerun) -> None:
    execution = bench.given("forbidden_execution")
    plain = rerun(execution)

    forbidden = plain.with_token(execution["token"])
    # The second one finds a server that remembers of whom it asked, and not what the answer was.
    refused(bench, [forbidden.labelled(each) for each in ("first", "once more")], 403, control=plain)


@requirement("unknown-lane", given="stopped_execution")
def test_a_lane_that_the_execution_lacks_is_refused(bench: Bench, rerun: Rerun, lane_run: Body) -> None:
    execution = bench.given("stopped_execution")
    plain = rerun(execution)
    unknown = plain.with_json(lane_run(execution) | {"laneIndex": NO_SUCH_NUMBER})

    cut_down = plain.with_json(lane_run(execution) | {"laneIndex": execution.integer("lane_index") + WORD})
    _is_not_accepted(bench.send(cut_down.labelled("laneIndex of 33 bits, the lower 32 of which are a known one")))
    [answer] = refused(bench, [unknown], control=plain, documented=True)

    bench.reading("unknown-lane-status", _reading(answer))


@requirement("unknown-lane-run", given="stopped_execution")
def test_a_run_that_the_lane_lacks_is_refused(bench: Bench, rerun: Rerun, lane_run: Body) -> None:
    execution = bench.given("stopped_execution")
    plain = rerun(execution)
    unknown = plain.with_json(lane_run(execution) | {"laneRunNumber": NO_SUCH_NUMBER})

    cut_down = plain.with_json(lane_run(execution) | {"laneRunNumber": execution.integer("lane_run_number") + WORD})
    _is_not_accepted(bench.send(cut_down.labelled("laneRunNumber of 33 bits, the lower 32 of which are a known one")))
    [answer] = refused(bench, [unknown], control=plain, documented=True)

    bench.reading("unknown-lane-status", _reading(answer))


def _is_not_accepted(answer: Answer) -> None:
    answer.must(not accepts(answer), "a refusal (4xx)", str(answer.status))


def _reading(answer: Answer) -> str:
    return UNKNOWN_LANE.get(answer.status, "other")


@requirement("huge-lane-numbers", given="stopped_execution")
def test_a_number_beyond_a_machine_word_is_not_cut_down(bench: Bench, rerun: Rerun, lane_run: Body) -> None:
    execution = bench.given("stopped_execution")
    plain = rerun(execution)
    index, run = execution.integer("lane_index"), execution.integer("lane_run_number")
    huge = {
        "laneIndex of 33 bits": {"laneIndex": index + WORD},
        "laneIndex of 65 bits": {"laneIndex": index + LONG_WORD},
        "laneRunNumber of 33 bits": {"laneRunNumber": run + WORD},
        "laneRunNumber of 65 bits": {"laneRunNumber": run + LONG_WORD},
        "laneIndex of 31 digits": {"laneIndex": 10**30},
    }

    calls = [plain.with_json(lane_run(execution) | change).labelled(label) for label, change in huge.items()]
    refused(bench, calls, control=plain, documented=True)


@requirement("refusal-changes-nothing", given=("stopped_execution", "stopped_execution"))
def test_an_execution_can_be_rerun_after_refusals(bench: Bench, rerun: Rerun, lane_run: Body) -> None:
    execution, untouched = bench.given("stopped_execution"), bench.given("stopped_execution")
    plain = rerun(execution)
    whole = lane_run(execution)
    for name in whole:
        part = {each: value for each, value in whole.items() if each != name}
        provoked(bench, plain.with_json(part).labelled(f"without {name}"), 400)
        provoked(bench, plain.with_json({**whole, name: None}).labelled(f"{name} is null"), 400)
    provoked(bench, plain.with_body(plain.body[:-1]).labelled("no JSON"), 400)
    for name, thing in {"laneIndex": "lane", "laneRunNumber": "run"}.items():
        unknown = plain.with_json({**whole, name: NO_SUCH_NUMBER})
        provoked(bench, unknown.labelled(f"a {thing} that is not there"), *REFUSALS)

    still_taken(bench, plain.labelled("after the refusals"), 204, control=rerun(untouched))


@requirement("refusal-changes-nothing", given=("running_execution", "stopped_execution"))
def test_a_refused_rerun_does_not_end_the_execution(bench: Bench, rerun: Rerun) -> None:
    running, stopped = (rerun(bench.given(state)) for state in ("running_execution", "stopped_execution"))

    stays_refused(bench, running, *REFUSALS, control=stopped)


@requirement("refused-not-performed", given=("stopped_execution", "stopped_execution"))
def test_a_rerun_without_a_valid_token_is_not_carried_out(bench: Bench, rerun: Rerun) -> None:
    plain, untouched = (rerun(bench.given("stopped_execution")) for _ in range(2))
    provoked(bench, plain.without_credentials().labelled("without a token"), *REFUSALS)
    provoked(bench, plain.with_token("token-of-nobody").labelled("with a wrong token"), *REFUSALS)

    still_taken(bench, plain.labelled("after the refusals"), 204, control=untouched)


@requirement("refused-not-performed", given=("forbidden_execution", "forbidden_execution"))
def test_a_rerun_without_the_privilege_is_not_carried_out(bench: Bench, rerun: Rerun) -> None:
    execution, untouched = bench.given("forbidden_execution"), bench.given("forbidden_execution")
    plain = rerun(execution)
    provoked(bench, plain.with_token(execution["token"]).labelled("forbidden"), *REFUSALS)

    still_taken(bench, plain.labelled("after the refusal"), 204, control=rerun(untouched))


@requirement("exact-id", given="stopped_execution")
def test_an_id_that_is_nearly_a_known_one_is_refused(bench: Bench, rerun: Rerun, lane_run: Body) -> None:
    execution = bench.given("stopped_execution")
    body = lane_run(execution)

    calls = [
        bench.call(wid=other).with_json(body).labelled(label) for label, other in near_ids(execution["wid"]).items()
    ]
    refused(bench, calls, control=rerun(execution))


@requirement("exact-id-encoded", given="stopped_execution")
def test_what_is_encoded_behind_an_id_is_a_part_of_it(bench: Bench, rerun: Rerun, lane_run: Body) -> None:
    execution = bench.given("stopped_execution")

    for label, other in ids_with_more(execution["wid"]).items():
        longer = bench.call(wid=other).with_json(lane_run(execution))
        answer = bench.send_unobserved(longer.labelled(label))
        answer.must(not accepts(answer), "anything but a success", str(answer.status))

    bench.control(rerun(execution))


@requirement("overlapping-reruns", given=("stopped_execution", "stopped_execution", "stopped_execution"))
def test_of_reruns_at_the_same_moment_one_is_accepted(bench: Bench, rerun: Rerun) -> None:
    executions = [bench.given("stopped_execution") for _ in range(3)]

    accepted_once(bench, [rerun(execution) for execution in executions])
