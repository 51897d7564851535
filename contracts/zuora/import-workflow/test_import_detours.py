"""Headers and credentials of imports under a definition, and of active ones, and keys that no plain import shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from assay.bench import Inapplicable, Inconclusive, Untestable, requirement
from assay.trials import accepts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from assay.bench import Answer, Bench, Call

OK = 200
SERVER_ERROR = 500
TRIES = 3
"""Another check may raise the definition between two calls of this one."""
ROUNDS = 2
"""A refusal may be one of the moment: another import may be under way."""
LONG_DESCRIPTION = "Collects what the day has left open. " * 30
LIMIT = 1000
"""Bytes; an answer with more of them is compressed where the client asks for it."""
GZIP = {"Accept-Encoding": "gzip"}
TRACK_ID = "in-company"
TRACKED = {"Zuora-Track-Id": TRACK_ID}


class Exports(Protocol):
    """The fixture `exports`: exports to vary, and the calls that import them."""

    def plain(self) -> dict[str, Any]:
        """Return a small export, to be changed at will."""

    def workflow(self, **fields: object) -> dict[str, Any]:
        """Return a small export whose workflow has these fields too."""

    def call(self, export: object, **query: str | int) -> Call:
        """Return the import of an export; without a query, as a new definition."""


class Definition(Protocol):
    """The fixture `definition`: a definition of the target, which other checks may use as well."""

    id: int

    def call(self, version: str, export: dict[str, Any] | None = None, **query: str) -> Call:
        """Return the import of a version under the definition."""

    def majors(self) -> Iterator[int]:
        """Yield first numbers that may be greater than that of every version there is."""

    def raised(self, rest: str) -> int:
        """Import `rest` behind the first major number that is taken, and return it."""


@requirement("no-credentials", given="workflow")
def test_a_new_version_without_credentials_is_refused(
    bench: Bench, definition: Definition, without_credentials: Callable[[Call], Iterator[Call]]
) -> None:
    major = definition.raised("0.0")

    for call in without_credentials(definition.call(f"{major}.0.1")):
        bench.send(call).must_be_refused()


@requirement("wrong-token", given="workflow")
def test_a_new_version_with_a_token_that_nobody_issued_is_refused(bench: Bench, definition: Definition) -> None:
    if bench.target.token is None:
        message = "the target file gives no token, so no call with credentials can be compared; set [auth] token"
        raise Untestable(message)
    major = definition.raised("0.0")

    made_up = ("5eed" * len(bench.target.token))[: len(bench.target.token)]
    bench.send(definition.call(f"{major}.0.1").with_token(made_up).labelled("a made-up token")).must_be_refused()


@requirement("no-permission", given=("workflow", "caller_without_manage_access"))
def test_a_new_version_by_a_caller_without_the_permission_is_refused(bench: Bench, definition: Definition) -> None:
    caller = bench.given("caller_without_manage_access")
    major = definition.raised("0.0")

    bench.send(definition.call(f"{major}.0.1").with_token(caller["token"])).must_be_refused()


@requirement("compression-on-request", given="workflow")
def test_the_large_answer_to_a_new_or_an_active_version_is_compressed(
    bench: Bench, definition: Definition, exports: Exports
) -> None:
    new = first_taken(bench, definition, exports.workflow(description=LONG_DESCRIPTION), GZIP)
    active = exports.call(exports.workflow(description=LONG_DESCRIPTION), activate="true").with_headers(GZIP)

    large = [
        answer
        for answer in (new, bench.send(active.labelled("to be activated")))
        if accepts(answer) and len(answer.content.data) > LIMIT
    ]
    for answer in large:
        coding = (answer.header("Content-Encoding") or "").strip().lower()
        answer.must(coding in ("gzip", "x-gzip"), "Content-Encoding: gzip", coding or "no Content-Encoding")
    if not large:
        message = "neither a new version nor an active one was answered with more than 1000 bytes"
        raise Inconclusive(message)


@requirement("compressed-request", given="workflow")
def test_a_compressed_new_version_is_taken_as_its_plain_twin_is(
    bench: Bench, definition: Definition, compressed: Callable[[Call], Call]
) -> None:
    for _ in range(ROUNDS):
        plain = definition.call(f"{definition.raised('0.0')}.0.1")
        answer = bench.send(compressed(plain))
        if accepts(answer):
            return
        # Another check may have imported a greater version; then this one is refused as well.
        if bench.send(plain.labelled("its plain twin")).status != OK:
            message = f"a compressed version was answered {answer.status}, and its plain twin was refused as well"
            raise Inconclusive(message)
    answer.must_be(OK)


@requirement("track-id-returned", given="workflow")
def test_the_tracking_id_of_a_new_or_an_active_version_comes_back(
    bench: Bench, definition: Definition, exports: Exports
) -> None:
    new = first_taken(bench, definition, exports.plain(), TRACKED)
    active = exports.call(exports.plain(), activate="true").with_headers(TRACKED)

    taken = [answer for answer in (new, bench.send(active.labelled("to be activated"))) if accepts(answer)]
    for answer in taken:
        returned = answer.header("Zuora-Track-Id")
        answer.must(returned == TRACK_ID, f"Zuora-Track-Id: {TRACK_ID}", returned or "no Zuora-Track-Id")
    if not taken:
        message = "neither a new version nor an active one was imported with a tracking id"
        raise Inconclusive(message)


@requirement("idempotency-replay", given="workflow")
def test_the_same_key_brings_the_first_answer_again_for_a_new_version(
    bench: Bench, definition: Definition, keyed: Callable[..., Call]
) -> None:
    for _ in range(TRIES):
        call = keyed(definition.call(f"{definition.raised('0.0')}.0.1", activate="false"))
        first = bench.send(call.labelled("first"))
        if first.status == OK:
            break
    else:
        message = "no new version was imported with a key, which other requirements are about"
        raise Inconclusive(message)

    again = bench.send(call.labelled("second"))

    again.must(again.status == OK, "the first answer's status 200 again", str(again.status))
    again.must(again.json == first.json, "the first answer again", "another one")


@requirement("idempotency-overlap", given="workflow")
def test_overlapping_imports_of_a_new_version_with_one_key_are_performed_once(
    bench: Bench, definition: Definition, exports: Exports, keyed: Callable[..., Call]
) -> None:
    performed = False
    for _ in range(TRIES):
        version = definition.call(f"{definition.raised('0.0')}.0.1")
        # Without a version, which may be refused, a server that performs it twice counts twice.
        counted = exports.call(exports.plain(), workflow_definition_id=definition.id).labelled("the next version")
        for call in map(keyed, (version, counted)):
            answers = bench.send_together([call.labelled(f"{call.label}, overlapping {n}") for n in (1, 2, 3)])
            taken = [answer for answer in answers if accepts(answer)]
            for answer in taken[1:]:
                same = (answer.status, answer.json) == (taken[0].status, taken[0].json)
                answer.must(same, "the answer to the one that it overlaps", "another one")
            performed |= bool(taken)
        if performed:
            return
    message = "no new version was imported by overlapping calls with one key"
    raise Inconclusive(message)


@requirement("idempotency-other-key")
def test_keys_that_are_almost_one_number_are_different(
    bench: Bench, baseline: Call, keyed: Callable[..., Call], accepted: Callable[..., Answer]
) -> None:
    number = str(int(f"1{bench.fresh_key(30)}", 16))
    first = accepted(keyed(baseline, number).labelled("first key, a number"), baseline)

    # More digits than a floating-point number holds.
    for label, twin in {"another last digit": str(int(number) ^ 1), "a leading zero": f"0{number}"}.items():
        answer = accepted(keyed(baseline, twin).labelled(label), baseline)
        answer.must(workflow_id(answer) != workflow_id(first), "the id of another workflow", workflow_id(answer))


def first_taken(bench: Bench, definition: Definition, export: dict[str, Any], headers: dict[str, str]) -> Answer:
    """Import the first version that is taken with these headers; return the answer, or the last refusal."""
    for major in definition.majors():
        answer = bench.send(definition.call(f"{major}.0.0", export).with_headers(headers))
        if accepts(answer) or answer.status >= SERVER_ERROR:
            break
    return answer


def workflow_id(answer: Answer) -> Any:  # noqa: ANN401 - whatever the answer says
    """Return the id in an answer."""
    body = answer.json
    if not isinstance(body, dict) or body.get("id") is None:
        message = "the answer carries no id, so it does not show which workflow it speaks of"
        raise Inapplicable(message)
    return body["id"]
