"""Sealing crates: which ones, with what, and by whom."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from assay.bench import requirement
from assay.trials import accepts, near_ids, provoked, refused, told

if TYPE_CHECKING:
    from collections.abc import Callable

    from assay.bench import Bench, Call

    Seal = Callable[[str], Call]

ANOTHER_NUMBER = "ZZ999999"
LONGEST_NOTE = "two boxes of glass, " * 4


@requirement("sealed", given="open_crate")
def test_an_open_crate_is_sealed(bench: Bench, seal: Seal, seal_number: str) -> None:
    crate = bench.given("open_crate")["crate_id"]

    answer = bench.send(seal(crate))

    answer.must_be(200).must_match_its_schema()
    answer.must(answer.json["id"] == crate, f"the crate {crate}", answer.json["id"])
    answer.must(answer.json["seal_number"] == seal_number, f"the number {seal_number}", answer.json["seal_number"])


@requirement("note-kept", given="open_crate")
def test_a_note_of_80_characters_is_in_the_answer(bench: Bench, seal: Seal, seal_number: str) -> None:
    plain = seal(bench.given("open_crate")["crate_id"])

    answer = bench.send(plain.with_json({"seal_number": seal_number, "note": LONGEST_NOTE}))

    answer.must_be(200).must_match_its_schema()
    answer.must(answer.json.get("note") == LONGEST_NOTE, "the note as it was sent", answer.json.get("note"))


@requirement("unknown-crate", given=("unknown_crate", "open_crate"))
def test_a_crate_that_does_not_exist_is_not_found(bench: Bench, seal: Seal) -> None:
    unknown = seal(bench.given("unknown_crate")["crate_id"])
    known = bench.given("open_crate")["crate_id"]

    near = [seal(other).labelled(label) for label, other in near_ids(known).items()]
    refused(bench, [unknown, *near], 404, control=seal(known))


@requirement("sealed-crate", given=("sealed_crate", "open_crate"))
def test_a_sealed_crate_is_not_sealed_by_another_number(bench: Bench, seal: Seal) -> None:
    sealed = seal(bench.given("sealed_crate")["crate_id"])
    opened = seal(bench.given("open_crate")["crate_id"])

    bench.must_refuse(sealed, 409, control=opened)


@requirement("sealed-crate", given="open_crate")
def test_a_crate_that_was_just_sealed_is_sealed(bench: Bench, seal: Seal) -> None:
    plain = seal(bench.given("open_crate")["crate_id"])
    bench.control(plain)

    bench.send(plain.with_json({"seal_number": ANOTHER_NUMBER}).labelled("another number")).must_be(409)


@requirement("repeated-call", given="open_crate")
def test_a_repeated_call_gets_the_crate_or_a_409(bench: Bench, seal: Seal) -> None:
    plain = seal(bench.given("open_crate")["crate_id"])
    first = bench.control(plain)

    second = bench.send(plain.labelled("second call")).must_be(200, 409)

    if accepts(second):
        second.must(second.json == first.json, "the answer to the first call", second.json)
    bench.reading("same-seal-again", "repeated" if accepts(second) else "refused")


@requirement("no-valid-key", given="open_crate")
def test_a_call_without_a_valid_key_is_refused(bench: Bench, seal: Seal) -> None:
    plain = seal(bench.given("open_crate")["crate_id"])

    wrong = {"made up": "key-of-nobody", **bench.near_misses()}
    calls = [plain.with_token(key).labelled(label) for label, key in wrong.items()]
    refused(bench, [plain.without_credentials().labelled("no key"), *calls], 401, control=plain)


@requirement("problem", given=("unknown_crate", "open_crate"))
def test_an_error_is_a_problem(bench: Bench, seal: Seal) -> None:
    unknown, known = (seal(bench.given(state)["crate_id"]) for state in ("unknown_crate", "open_crate"))

    # Beside a control, or a server that has nothing but errors would pass.
    answer = bench.must_refuse(unknown, 404, control=known)

    answer.must_be_json().must_match_its_schema()


@requirement("time-form", given="open_crate")
def test_the_time_of_sealing_is_a_moment(bench: Bench, seal: Seal) -> None:
    answer = provoked(bench, seal(bench.given("open_crate")["crate_id"]), 200)

    told_at = told(answer, "sealed_at")
    answer.must(is_a_moment(told_at), "a date-time with a zone", told_at)


def is_a_moment(text: str) -> bool:
    """Whether a text is a date-time that says in which zone."""
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
