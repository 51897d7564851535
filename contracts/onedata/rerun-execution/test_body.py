"""What the body of a rerun must be, and which spellings of it are understood."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from assay.bench import quoted, requirement
from assay.fuzz import fuzz
from assay.trials import accepts, refused, taken

if TYPE_CHECKING:
    from collections.abc import Callable

    from assay.bench import Answer, Bench, Call
    from assay.fuzz import Generated
    from assay.states import Values

    Rerun = Callable[[Values], Call]
    Body = Callable[[Values], dict[str, object]]

INDEX = "laneIndex"
RUN = "laneRunNumber"
LARGEST_OF_31_BITS = 2**31 - 1


def no_integers(number: int) -> dict[str, object]:
    """Return what is no integer by any reading, near enough to `number` that a careless server takes it for one."""
    return {
        "null": None,
        "a fraction": number + 0.5,
        "true": True,
        "false": False,
        "words": "first",
        "an empty text": "",
        "a number and a letter in a text": f"{number}x",
        "a fraction in a text": f"{number}.5",
        "hardly more than an integer": number + 2**-20,
        "an array": [number],
        "an empty array": [],
        "an object": {"value": number},
        "an empty object": {},
    }


def wrong_types(plain: Call, body: dict[str, object], field: str, number: int) -> list[Call]:
    """Return the plain call with each of `no_integers` in a field."""
    return [
        plain.with_json(body | {field: wrong}).labelled(f"{field} is {label}")
        for label, wrong in no_integers(number).items()
    ]


@requirement("lane-index-missing", given="stopped_execution")
def test_a_body_without_a_lane_index_is_invalid(bench: Bench, rerun: Rerun) -> None:
    execution = bench.given("stopped_execution")
    plain = rerun(execution)

    refused(bench, [plain.with_json({RUN: execution.integer("lane_run_number")})], 400, control=plain)


@requirement("lane-run-number-missing", given="stopped_execution")
def test_a_body_without_a_run_number_is_invalid(bench: Bench, rerun: Rerun) -> None:
    execution = bench.given("stopped_execution")
    plain = rerun(execution)

    refused(bench, [plain.with_json({INDEX: execution.integer("lane_index")})], 400, control=plain)


@requirement("lane-index-type", given="stopped_execution")
def test_a_lane_index_that_is_no_integer_is_invalid(bench: Bench, rerun: Rerun, lane_run: Body) -> None:
    execution = bench.given("stopped_execution")
    plain = rerun(execution)

    wrong = wrong_types(plain, lane_run(execution), INDEX, execution.integer("lane_index"))
    # Half a surrogate pair is a text to some readers of JSON, and no JSON to others.
    odd = {"a null character": b"\\u0000", "half a surrogate pair": b"\\ud800"}
    texts = [
        plain.with_body(b'{"laneIndex": "%b", "laneRunNumber": 1}' % text).labelled(f"{INDEX} is {label}")
        for label, text in odd.items()
    ]
    refused(bench, wrong + texts, 400, control=plain)


@requirement("lane-run-number-type", given="stopped_execution")
def test_a_run_number_that_is_no_integer_is_invalid(bench: Bench, rerun: Rerun, lane_run: Body) -> None:
    execution = bench.given("stopped_execution")
    plain = rerun(execution)

    wrong = wrong_types(plain, lane_run(execution), RUN, execution.integer("lane_run_number"))
    refused(bench, wrong, 400, control=plain)


@requirement("body-not-json", given="stopped_execution")
def test_a_body_that_is_no_json_is_invalid(bench: Bench, rerun: Rerun) -> None:
    execution = bench.given("stopped_execution")
    plain = rerun(execution)
    form = f"{INDEX}={execution['lane_index']}&{RUN}={execution['lane_run_number']}"
    broken = {
        "a truncated object": plain.body[:-1],
        "plain words": b"rerun it",
        "form fields": form.encode(),
        "a name without quotation marks": plain.body.replace(b'"', b""),
        "single quotation marks": plain.body.replace(b'"', b"'"),
        "a comma behind the last field": plain.body[:-1] + b",}",
        "a comment": b"/* again */" + plain.body,
        "words behind the object": plain.body + b" and again",
        "a second object": plain.body + plain.body,
        "bytes that are no text": b"\xff\xfe\x00\x80",
        "a byte that is no UTF-8 in a field": b'{"laneIndex": "\xff", "laneRunNumber": 1}',
        "NaN in a field": b'{"laneIndex": NaN, "laneRunNumber": 1}',
        "a number with a leading zero": plain.body.replace(b":", b":0"),
    }

    calls = [plain.with_body(body).labelled(label) for label, body in broken.items()]
    refused(bench, calls, 400, control=plain)


@requirement("body-not-an-object", given="stopped_execution")
def test_a_json_body_that_is_no_object_is_invalid(bench: Bench, rerun: Rerun, lane_run: Body) -> None:
    execution = bench.given("stopped_execution")
    plain = rerun(execution)
    others = {
        "an empty array": [],
        "an array of the object": [lane_run(execution)],
        "an array of the numbers": list(lane_run(execution).values()),
        "a string": "rerun",
        "the object in a string": json.dumps(lane_run(execution)),
        "a number": 1,
        "true": True,
        "null": None,
    }

    calls = [plain.with_json(body).labelled(label) for label, body in others.items()]
    refused(bench, calls, 400, control=plain)


@requirement("body-absent", given="stopped_execution")
def test_an_empty_body_is_invalid_and_none_is_refused(bench: Bench, rerun: Rerun) -> None:
    plain = rerun(bench.given("stopped_execution"))
    empty = plain.with_body(b"").labelled("an empty body, sent as application/json")
    absent = plain.with_body(b"", content_type=None).labelled("no body and no content type")

    [as_json, _] = refused(bench, [empty, absent], control=plain, documented=True)

    as_json.must_be(400)


@requirement("body-schema", given="stopped_execution")
def test_a_body_without_the_fields_in_their_place_is_invalid(bench: Bench, rerun: Rerun, lane_run: Body) -> None:
    execution = bench.given("stopped_execution")
    plain = rerun(execution)
    index, run = execution.integer("lane_index"), execution.integer("lane_run_number")
    misplaced = {
        "an empty object": {},
        "both fields one level down": {"laneRun": lane_run(execution)},
        "other names": {"index": index, "runNumber": run},
        "both null": {INDEX: None, RUN: None},
        "names with underscores": {"lane_index": index, "lane_run_number": run},
        "laneIndex with an underscore": {"lane_index": index, RUN: run},
        "laneRunNumber with an underscore": {INDEX: index, "lane_run_number": run},
        "names in lower case": {name.lower(): number for name, number in lane_run(execution).items()},
    }

    calls = [plain.with_json(body).labelled(label) for label, body in misplaced.items()]
    refused(bench, calls, 400, control=plain)


@requirement("body-schema", given="stopped_execution")
def test_a_huge_body_without_a_number_in_its_place_is_not_taken(bench: Bench, rerun: Rerun) -> None:
    plain = rerun(bench.given("stopped_execution"))
    huge = {
        "10000 nested arrays": b"[" * 10_000,
        "10000 nested arrays in a field": b'{"laneIndex": ' + b"[" * 10_000 + b"]" * 10_000 + b', "laneRunNumber": 1}',
        "a text of 100000 characters": b'{"laneIndex": "' + b"a" * 100_000 + b'", "laneRunNumber": 1}',
    }

    # A server may have a limit on its bodies, and refuse what goes beyond it with whatever status.
    for label, body in huge.items():
        answer = bench.send(plain.with_body(body).labelled(f"body: {label}"))
        answer.must(not accepts(answer), "a refusal (4xx) of this invalid body", str(answer.status))

    bench.control(plain)


@requirement("body-schema", given="stopped_execution", fuzz=True)
def test_a_generated_invalid_body_is_refused(bench: Bench, rerun: Rerun) -> None:
    plain = rerun(bench.given("stopped_execution"))

    fuzz(bench, mode="negative", base=plain, judge=invalid_is_refused, vary=("body",))


def invalid_is_refused(generated: Generated, answer: Answer) -> None:
    """Demand a refusal where no reading makes the generated body a valid one.

    Which refusal is for the targeted cases: a text that spells an integer may have used the execution up before.
    """
    if not may_be_read_as_valid(generated.body):
        answer.must(not accepts(answer), "a refusal (4xx) of this invalid body", str(answer.status))
        answer.must_not_be_a_server_error()


def may_be_read_as_valid(body: object) -> bool:
    """Whether both fields are there and each is, or to some server spells, an integer."""
    return isinstance(body, dict) and all(_may_be_an_integer(body.get(field)) for field in (INDEX, RUN))


def _may_be_an_integer(value: object) -> bool:
    if isinstance(value, str):
        return any(character.isdigit() for character in value)
    if isinstance(value, float):
        return value.is_integer()
    return isinstance(value, int) and not isinstance(value, bool)


@requirement("unknown-execution", given="unknown_execution", fuzz=True)
def test_a_generated_body_does_not_make_an_unknown_execution_known(
    bench: Bench, rerun_unknown: Callable[[str], Call]
) -> None:
    unknown = rerun_unknown(bench.given("unknown_execution")["wid"])

    fuzz(bench, mode="positive", base=unknown, judge=unknown_is_refused, vary=("body",))


def unknown_is_refused(generated: Generated, answer: Answer) -> None:
    """Demand a refusal, and one that is not a server error where the numbers are of a size that any server reads."""
    answer.must(not accepts(answer), "404", str(answer.status))
    body = generated.body if isinstance(generated.body, dict) else {}
    if all(1 <= body.get(field, 0) <= LARGEST_OF_31_BITS for field in (INDEX, RUN)):
        answer.must_not_be_a_server_error()


@requirement("documented-example", given="stopped_execution")
def test_the_form_of_the_documented_example_is_understood(bench: Bench, rerun: Rerun, lane_run: Body) -> None:
    execution = bench.given("stopped_execution")
    plain = rerun(execution)
    indented = json.dumps(lane_run(execution), indent=4).encode()

    taken(bench, plain.with_body(indented), 204, control=plain)


@requirement("field-order", given="stopped_execution")
def test_the_fields_are_understood_in_the_other_order(bench: Bench, rerun: Rerun, lane_run: Body) -> None:
    execution = bench.given("stopped_execution")
    plain = rerun(execution)
    turned = dict(reversed(lane_run(execution).items()))

    taken(bench, plain.with_json(turned), 204, control=plain)


@requirement("content-type-spelling", given="stopped_execution")
def test_the_content_type_is_understood_in_another_spelling(bench: Bench, rerun: Rerun) -> None:
    plain = rerun(bench.given("stopped_execution"))
    # Both at once: once the call is accepted, the execution is used up.
    spelt = plain.with_content_type("Application/JSON; charset=UTF-8")

    taken(bench, spelt.labelled("Application/JSON; charset=UTF-8"), 204, control=plain)


@requirement("lenient-numbers", given="stopped_execution")
def test_an_integer_in_quotation_marks_is_understood_or_invalid(bench: Bench, rerun: Rerun, lane_run: Body) -> None:
    execution = bench.given("stopped_execution")
    plain = rerun(execution)
    quoted = plain.with_json(lane_run(execution) | {INDEX: execution["lane_index"]})

    bench.reading("number-as-text", _taken_or_invalid(bench, quoted, plain))


@requirement("lenient-numbers", given="stopped_execution")
def test_an_integer_with_a_zero_fraction_is_understood_or_invalid(bench: Bench, rerun: Rerun, lane_run: Body) -> None:
    execution = bench.given("stopped_execution")
    plain = rerun(execution)
    with_fraction = plain.with_json(lane_run(execution) | {INDEX: float(execution["lane_index"])})

    bench.reading("number-with-fraction", _taken_or_invalid(bench, with_fraction, plain))


def _taken_or_invalid(bench: Bench, lenient: Call, plain: Call) -> str:
    answer = bench.send(lenient)
    if accepts(answer):
        return "taken"
    bench.control(plain)
    answer.must_be(204, 400)
    return "refused"


@requirement("lane-numbers-below-one", given="stopped_execution")
def test_zero_and_negative_numbers_are_understood_or_refused(bench: Bench, rerun: Rerun, lane_run: Body) -> None:
    execution = bench.given("stopped_execution")
    plain = rerun(execution)
    below = [{INDEX: 0}, {INDEX: -1}, {RUN: 0}, {RUN: -1}]

    calls = [plain.with_json(lane_run(execution) | change).labelled(quoted(change)) for change in below]
    taken = any(accepts(bench.send(call).must_not_be_a_server_error()) for call in calls)

    if not taken:
        bench.control(plain)
    bench.reading("lane-below-one", "taken" if taken else "refused")
