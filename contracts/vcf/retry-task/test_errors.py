"""What the errors of a retry look like, and what must not bring one about."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

from assay.bench import requirement
from assay.fuzz import generated_values
from assay.trials import provoked, told

if TYPE_CHECKING:
    from assay.bench import Answer, Bench, Call

# What servers and proxies may refuse before they look at the path; each stands percent-encoded behind an id that does
# not exist. Not more of them: a proxy may close the connection instead of answering, and five such ends in a row are
# taken for a target that is down.
OFTEN_REFUSED = {
    "a semicolon": "%3B",
    "a slash": "%2F",
    "a null character": "%00",
    "a byte that is no UTF-8": "%FF",
}
ODD_BODIES = {
    "a truncated object": b'{"id": ',
    "plain words": b"retry it",
    "an array": b"[]",
    "a string": b'"retry"',
    "a number of 400 digits": b"9" * 400,
    "bytes that are no text": b"\xff\xfe\x00\x80",
    "10000 nested arrays": b"[" * 10_000,
}
ODD_CONTENT_TYPES = ("text/plain", "application/octet-stream", "application/json; charset=utf-16", "no media type", "")
ODD_CHARACTERS = "abc09-_~!$&'()*+,=:@%?#[]{}<>|^`\"äß€任𝛑"


@requirement("error-shape-404", given="unknown_task")
def test_a_404_is_an_error(bench: Bench) -> None:
    unknown = bench.call(id=bench.given("unknown_task")["task_id"])

    provoked(bench, unknown, 404).must_match_its_schema()


@requirement("error-shape-409", given="unfailed_task")
def test_a_409_is_an_error(bench: Bench) -> None:
    unfailed = bench.call(id=bench.given("unfailed_task")["task_id"])

    provoked(bench, unfailed, 409).must_match_its_schema()


@requirement("error-content-type", given="unknown_task")
def test_a_404_is_announced_as_json(bench: Bench) -> None:
    unknown = bench.call(id=bench.given("unknown_task")["task_id"])

    provoked(bench, unknown, 404).must_be_json()
    _is_json_for_whoever_takes_anything(bench, unknown, 404)


@requirement("error-content-type", given="unfailed_task")
def test_a_409_is_announced_as_json(bench: Bench) -> None:
    unfailed = bench.call(id=bench.given("unfailed_task")["task_id"])

    provoked(bench, unfailed, 409).must_be_json()
    _is_json_for_whoever_takes_anything(bench, unfailed, 409)


def _is_json_for_whoever_takes_anything(bench: Bench, call: Call, status: int) -> None:
    """Demand JSON also of a client that takes anything, though JSON rather than anything else."""
    answer = bench.send(call.with_headers({"Accept": "*/*;q=0.8"}).labelled("with a second Accept line"))
    if answer.status == status:
        answer.must_be_json()


@requirement("identified-error", given="unknown_task")
def test_a_404_says_what_it_is(bench: Bench) -> None:
    unknown = bench.call(id=bench.given("unknown_task")["task_id"])

    _says_what_it_is(provoked(bench, unknown, 404))


@requirement("identified-error", given="unfailed_task")
def test_a_409_says_what_it_is(bench: Bench) -> None:
    unfailed = bench.call(id=bench.given("unfailed_task")["task_id"])

    _says_what_it_is(provoked(bench, unfailed, 409))


def _says_what_it_is(answer: Answer) -> None:
    error = told(answer)
    said = {name: error[name] for name in ("errorCode", "message") if name in error}

    says_something = any(part is not None and part != "" for part in said.values())
    answer.must(says_something, "an errorCode or a message", said or "neither")


@requirement("no-server-error", given="unknown_task")
def test_an_encoded_character_in_an_id_is_no_server_error(bench: Bench) -> None:
    unknown = bench.call(id=bench.given("unknown_task")["task_id"])

    for label, encoded in OFTEN_REFUSED.items():
        odd = replace(unknown, path=f"{unknown.path}{encoded}x").labelled(f"id: {label}")
        bench.send_unobserved(odd, 500).must_not_be_a_server_error()


@requirement("no-server-error", given="unfailed_task")
def test_an_odd_body_is_no_server_error(bench: Bench) -> None:
    retry = bench.call(id=bench.given("unfailed_task")["task_id"])

    for label, body in ODD_BODIES.items():
        bench.send(retry.with_body(body).labelled(f"body: {label}")).must_not_be_a_server_error()
    for content_type in ODD_CONTENT_TYPES:
        odd = retry.with_body(b"{}", content_type).labelled(f"content type: {content_type!r}")
        bench.send(odd).must_not_be_a_server_error()


@requirement("no-server-error", given="unknown_task", fuzz=True)
def test_generated_ids_are_no_server_error(bench: Bench) -> None:
    prefix = bench.given("unknown_task")["task_id"]

    # Behind an id that does not exist: a generated one alone may name a task that nobody wants to have retried.
    for number, value in enumerate(generated_values(bench, "id"), start=1):
        bench.send(bench.call(id=prefix + value).labelled(f"example {number}")).must_not_be_a_server_error()


@requirement("no-server-error", given="unknown_task", fuzz=True)
def test_generated_odd_ids_and_bodies_are_no_server_error(bench: Bench) -> None:
    # The spec describes no body to generate from; what a client can still add to an id that is valid is this.
    chance = random.Random(bench.seed)  # noqa: S311 - reproducible by the seed, no secret
    prefix = bench.given("unknown_task")["task_id"]

    for number in range(1, bench.fuzz_examples + 1):
        odd = "".join(chance.choices(ODD_CHARACTERS, k=chance.randint(8, 64)))
        body = chance.randbytes(chance.randint(1, 200))
        bench.send(
            bench.call(id=prefix + odd).with_body(body).labelled(f"example {number}")
        ).must_not_be_a_server_error()
