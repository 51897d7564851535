"""Headers and credentials of imports under a definition, and keys that no plain import shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from assay.bench import Inapplicable, Inconclusive, Untestable, requirement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from assay.bench import Answer, Bench, Call

OK = 200
TRIES = 3
"""Another check may raise the definition between two calls of this one."""


class Definition(Protocol):
    """The fixture `definition`: a definition of the target, which other checks may use as well."""

    def call(self, version: str, **query: str) -> Call:
        """Return the import of a version under the definition."""

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


def workflow_id(answer: Answer) -> Any:  # noqa: ANN401 - whatever the answer says
    """Return the id in an answer."""
    body = answer.json
    if not isinstance(body, dict) or body.get("id") is None:
        message = "the answer carries no id, so it does not show which workflow it speaks of"
        raise Inapplicable(message)
    return body["id"]
