"""What the errors of a rerun look like, and what must not bring one about."""

from __future__ import annotations

import string
from dataclasses import replace
from typing import TYPE_CHECKING

from assay.bench import Inapplicable, quoted, requirement
from assay.trials import accepts, provoked, told

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from assay.bench import Answer, Bench, Call
    from assay.states import Values

    Rerun = Callable[[Values], Call]
    Body = Callable[[Values], dict[str, object]]
    RerunUnknown = Callable[[str], Call]

LENGTH_OF_A_UNIQUE_ID = 16
DAY_MS = 24 * 60 * 60 * 1000
# What servers and proxies often refuse before they look at the path; each stands percent-encoded behind an id that does
# not exist. A proxy that closes the connection instead of answering ends the check.
OFTEN_REFUSED = {
    "a semicolon": "%3B",
    "a slash": "%2F",
    "a null character": "%00",
    "a byte that is no UTF-8": "%FF",
    "a percent sign": "%25",
}
DOCUMENTED = (400, 403, 404, 500)
NO_SUCH_LANES = (2_000_000_000, 2_000_000_001)
WITH_CONTEXT = "an error object with ctx, which is an object as well"
ODD_BODIES = {
    "numbers of 5000 digits": b'{"laneIndex": ' + b"9" * 5000 + b', "laneRunNumber": ' + b"9" * 5000 + b"}",
    "a number beyond any float": b'{"laneIndex": 1e999, "laneRunNumber": 1e999}',
}
OTHER_CONTENT_TYPES = ("text/plain", "application/x-www-form-urlencoded", None)
ODD_CONTENT_TYPES = ("application/octet-stream", "application/json; charset=utf-16", "no media type", "")


@requirement("error-shape-400", given="stopped_execution")
def test_a_400_is_an_error(bench: Bench, rerun: Rerun) -> None:
    plain = rerun(bench.given("stopped_execution"))

    provoked(bench, plain.with_json({}), 400).must_match_its_schema()


@requirement("error-shape-403", given="forbidden_execution")
def test_a_403_is_an_error(bench: Bench, rerun: Rerun) -> None:
    execution = bench.given("forbidden_execution")

    provoked(bench, rerun(execution).with_token(execution["token"]), 403).must_match_its_schema()


@requirement("error-shape-404", given="unknown_execution")
def test_a_404_is_an_error(bench: Bench, rerun_unknown: RerunUnknown) -> None:
    unknown = rerun_unknown(bench.given("unknown_execution")["wid"])

    provoked(bench, unknown, 404).must_match_its_schema()


@requirement("error-content-type", given="unknown_execution")
def test_a_404_is_announced_as_json(bench: Bench, rerun_unknown: RerunUnknown) -> None:
    unknown = rerun_unknown(bench.given("unknown_execution")["wid"])

    provoked(bench, unknown, 404).must_be_json()
    for_anybody = bench.send(unknown.with_headers({"Accept": "*/*;q=0.8"}).labelled("with a second Accept line"))
    if for_anybody.status in DOCUMENTED:
        for_anybody.must_be_json()


@requirement("error-context", given="unknown_execution")
def test_an_error_carries_its_context(bench: Bench, rerun_unknown: RerunUnknown) -> None:
    unknown = rerun_unknown(bench.given("unknown_execution")["wid"])

    answer = provoked(bench, unknown, 404)
    error = told(answer, "error")
    if isinstance(error, dict) and {"id", "description"} <= error.keys() and "ctx" not in error:
        raise answer.violation(WITH_CONTEXT, "one without, which is the form of servers before release 25.0")
    _carries_its_context(answer)

    # Whether the body or the execution is looked at first is not documented; either way it is an error.
    malformed = bench.send(unknown.with_body(b"{").labelled("a body that is no JSON"))
    if malformed.status in DOCUMENTED:
        _carries_its_context(malformed)


def _carries_its_context(answer: Answer) -> None:
    error = told(answer, "error")
    answer.must(isinstance(error, dict) and isinstance(error.get("ctx"), dict), WITH_CONTEXT, error)


@requirement("error-id", given="unknown_execution")
def test_unknown_executions_are_the_same_error(bench: Bench, rerun_unknown: RerunUnknown) -> None:
    wid = bench.given("unknown_execution")["wid"]

    same = [provoked(bench, rerun_unknown(wid).labelled(each), 404) for each in ("first", "second")]
    others = [bench.send(rerun_unknown(other).labelled("another id")) for other in _other_ids(wid)]
    same_id(same + [answer for answer in others if answer.status == 404])
    _names_no_execution(same[0], wid)


def _other_ids(wid: str) -> list[str]:
    """Return an id of nothing in the form of another one, as an id in no form may be another kind of error.

    That takes an id which is too long to lie beside others, and a digit, which may stand wherever one stands.
    """
    at = max(map(wid.rfind, string.digits))
    if len(wid) < LENGTH_OF_A_UNIQUE_ID or at < 0:
        return []
    return [f"{wid[:at]}{(int(wid[at]) + 1) % 10}{wid[at + 1 :]}"]


@requirement("error-id", given=("stopped_execution", "stopped_execution"))
def test_a_missing_field_is_the_same_error_each_time(bench: Bench, rerun: Rerun) -> None:
    # Of two executions that have ended: of one that has not, that may be said first.
    one, other = (rerun(bench.given("stopped_execution")) for _ in range(2))
    # The second body is longer, so that an id made of lengths or positions differs.
    calls = [one.with_json({"laneRunNumber": number}) for number in (1, 1000)]

    calls.append(other.with_json({"laneRunNumber": 1}).labelled("another execution"))

    same_id([provoked(bench, call, 400) for call in calls])


@requirement("error-id", given="stopped_execution")
def test_a_wrong_value_is_the_same_error_each_time(bench: Bench, rerun: Rerun, lane_run: Body) -> None:
    execution = bench.given("stopped_execution")
    plain = rerun(execution)

    words = [plain.with_json({**lane_run(execution), "laneIndex": text}) for text in ("first", "the first lane")]
    same_id([provoked(bench, call.labelled("a text that is no number"), 400) for call in words])

    lanes = [plain.with_json({**lane_run(execution), "laneIndex": number}) for number in NO_SUCH_LANES]
    unknown = [bench.send(call.labelled("a lane that is not there")) for call in lanes]
    # The document names no status for it, and only some statuses have the shape of an error.
    if _status_of(unknown) in DOCUMENTED:
        same_id(unknown)


@requirement("error-id", given="running_execution")
def test_an_execution_that_has_not_ended_is_the_same_error_each_time(bench: Bench, rerun: Rerun) -> None:
    running = rerun(bench.given("running_execution"))
    answers = [bench.send(running.labelled(each)) for each in ("first", "second")]
    if _status_of(answers) not in DOCUMENTED:
        first, second = (answer.status for answer in answers)
        message = f"an execution that has not ended is answered {first}, then {second}: no documented error both times"
        raise Inapplicable(message)

    one, other = (told(answer, "error", "id") for answer in answers)
    if one != other:
        # An execution that moves on between two calls may be refused for another reason from then on.
        answers = [answers[1], provoked(bench, running.labelled("third"), answers[1].status)]
    same_id(answers)


def _status_of(answers: Sequence[Answer]) -> int | None:
    """Return the status that the answers have in common."""
    statuses = {answer.status for answer in answers}
    return statuses.pop() if len(statuses) == 1 else None


@requirement("error-id", given="stopped_execution")
def test_a_body_that_is_no_json_is_the_same_error_each_time(bench: Bench, rerun: Rerun) -> None:
    plain = rerun(bench.given("stopped_execution"))
    bodies = {"first": b"{", "once more": b"{", "behind line breaks": b"\n\n\n{"}

    calls = [plain.with_body(body).labelled(label) for label, body in bodies.items()]
    same_id([provoked(bench, call, 400) for call in calls])


@requirement("error-id", given="forbidden_execution")
def test_a_forbidden_caller_is_the_same_error_each_time(bench: Bench, rerun: Rerun) -> None:
    execution = bench.given("forbidden_execution")
    forbidden = rerun(execution).with_token(execution["token"])

    answers = [provoked(bench, forbidden.labelled(each), 403) for each in ("first", "second")]
    same_id(answers)
    _names_no_execution(answers[0], execution["wid"])


def _names_no_execution(answer: Answer, wid: str) -> None:
    """Demand that the id of an error does not contain that of the execution, by which it would differ for each.

    A short one, or a mere word, may stand there by chance.
    """
    shown = told(answer, "error", "id")
    is_unlike_words = len(wid) >= LENGTH_OF_A_UNIQUE_ID and any(character.isdigit() for character in wid)
    named = is_unlike_words and wid in str(shown)
    answer.must(not named, "an error id without the id of the execution", quoted(shown))


def same_id(answers: Sequence[Answer]) -> None:
    """Demand that errors of one kind have one id."""
    known = told(answers[0], "error", "id")
    for answer in answers[1:]:
        shown = told(answer, "error", "id")
        answer.must(shown == known, f"the error id {quoted(known)} again", quoted(shown))


@requirement("error-timestamp", given=("unknown_execution", "running_execution", "forbidden_execution"))
def test_an_error_is_dated_today(bench: Bench, rerun: Rerun, rerun_unknown: RerunUnknown, now_ms: int) -> None:
    forbidden = bench.given("forbidden_execution")
    running = rerun(bench.given("running_execution"))
    calls = {
        404: rerun_unknown(bench.given("unknown_execution")["wid"]),
        403: rerun(forbidden).with_token(forbidden["token"]),
    }
    # Whether the body or the execution is looked at first is not documented.
    others = {
        "an empty object": running.with_json({}),
        "a body that is no JSON": running.with_body(b"{"),
        "a list": running.with_json([]),
        "a field of the wrong type": running.with_json({"laneIndex": "first", "laneRunNumber": 1}),
        "an execution that has not ended": running,
    }

    for status, call in calls.items():
        _is_dated_today(provoked(bench, call.labelled(f"a {status}"), status), now_ms)
    for label, call in others.items():
        answer = bench.send(call.labelled(label))
        if answer.status in DOCUMENTED:
            _is_dated_today(answer, now_ms)


def _is_dated_today(answer: Answer, now_ms: int) -> None:
    timestamp = told(answer, "error", "ctx", "timestamp")
    # A whole number may be written with a fraction of zero.
    recent = isinstance(timestamp, int | float) and abs(timestamp - now_ms) <= DAY_MS
    answer.must(recent, "a timestamp within a day of now", timestamp)


@requirement("no-server-error", given="unknown_execution")
def test_an_encoded_character_in_an_id_is_no_server_error(bench: Bench, rerun_unknown: RerunUnknown) -> None:
    unknown = rerun_unknown(bench.given("unknown_execution")["wid"])
    before, _, last = unknown.path.rpartition("/")

    for label, encoded in OFTEN_REFUSED.items():
        odd = replace(unknown, path=f"{before}{encoded}x/{last}").labelled(f"wid: {label}")
        bench.send_unobserved(odd).must_not_be_a_server_error()


@requirement("no-server-error", given="stopped_execution")
def test_an_odd_body_is_no_server_error(bench: Bench, rerun: Rerun) -> None:
    plain = rerun(bench.given("stopped_execution"))

    for label, body in ODD_BODIES.items():
        bench.send(plain.with_body(body).labelled(f"body: {label}")).must_not_be_a_server_error()
    for content_type in ODD_CONTENT_TYPES:
        odd = plain.with_content_type(content_type).labelled(f"content type: {content_type!r}")
        bench.send(odd).must_not_be_a_server_error()


@requirement("no-server-error", given="stopped_execution")
def test_another_content_type_is_no_server_error(bench: Bench, rerun: Rerun) -> None:
    plain = rerun(bench.given("stopped_execution"))
    calls = [plain.with_content_type(other).labelled(f"content type: {other}") for other in OTHER_CONTENT_TYPES]

    ignored = any(accepts(bench.send(call).must_not_be_a_server_error()) for call in calls)

    if ignored or accepts(bench.send(plain.labelled("application/json"))):
        bench.reading("body-content-type", "ignored" if ignored else "demanded")
