"""What the body of a call must be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.bench import requirement
from assay.fuzz import fuzz, generated_values
from assay.trials import accepts, provoked, refused, still_taken

if TYPE_CHECKING:
    from collections.abc import Callable

    from assay.bench import Answer, Bench, Call
    from assay.fuzz import Generated

    Seal = Callable[[str], Call]

INVALID: dict[str, object] = {
    "an empty object": {},
    "an array": [],
    "no text": {"seal_number": 417},
    "null": {"seal_number": None},
    "an empty text": {"seal_number": ""},
    "small letters": {"seal_number": "de000417"},
    "five digits": {"seal_number": "DE00417"},
    "seven digits": {"seal_number": "DE0004170"},
    "one letter": {"seal_number": "D000417"},
    "a line behind it": {"seal_number": "DE000417\n"},
    "digits of another script": {"seal_number": "DE\u0660\u0660\u0660\u0664\u0661\u0667"},
    "a note of 81 characters": {"seal_number": "DE000417", "note": "x" * 81},
    "a note that is no text": {"seal_number": "DE000417", "note": 1},
}
NO_JSON = {"half an object": b'{"seal_number": "DE0004', "words": b"seal it", "nothing": b""}


def invalid(plain: Call) -> list[Call]:
    """Return the plain call with each invalid body."""
    return [
        *(plain.with_json(body).labelled(f"body: {label}") for label, body in INVALID.items()),
        *(plain.with_body(body).labelled(f"body: {label}") for label, body in NO_JSON.items()),
    ]


@requirement("invalid-body", given="open_crate")
def test_a_body_that_is_not_as_described_is_refused(bench: Bench, seal: Seal) -> None:
    plain = seal(bench.given("open_crate")["crate_id"])

    refused(bench, invalid(plain), 400, control=plain)


@requirement("invalid-body", given="open_crate", fuzz=True)
def test_a_generated_invalid_body_is_refused(bench: Bench, seal: Seal) -> None:
    plain = seal(bench.given("open_crate")["crate_id"])

    fuzz(bench, mode="negative", base=plain, judge=is_refused, vary=("body",))


def is_refused(_: Generated, answer: Answer) -> None:
    """Demand a refusal; which one is for the targeted case."""
    answer.must(not accepts(answer), "a refusal (4xx) of this invalid body", str(answer.status))


@requirement("invalid-body-changes-nothing", given=("open_crate", "open_crate"))
def test_a_crate_can_be_sealed_after_refusals(bench: Bench, seal: Seal) -> None:
    plain, untouched = (seal(bench.given("open_crate")["crate_id"]) for _ in range(2))
    for call in invalid(plain):
        provoked(bench, call, 400)

    still_taken(bench, plain.labelled("after the refusals"), 200, control=untouched)


@requirement("no-server-error", given="unknown_crate", fuzz=True)
def test_generated_ids_are_no_server_error(bench: Bench, seal: Seal) -> None:
    prefix = bench.given("unknown_crate")["crate_id"]

    # Behind an id that does not exist: a generated one alone may name a crate that nobody wants to have sealed.
    for number, value in enumerate(generated_values(bench, "id"), start=1):
        bench.send(seal(prefix + value).labelled(f"example {number}")).must_not_be_a_server_error()


@requirement("no-server-error", given="unknown_crate", fuzz=True)
def test_generated_bodies_are_no_server_error(bench: Bench, seal: Seal) -> None:
    def judge(_: Generated, answer: Answer) -> None:
        answer.must_not_be_a_server_error()

    fuzz(bench, mode="negative", base=seal(bench.given("unknown_crate")["crate_id"]), judge=judge, vary=("body",))
