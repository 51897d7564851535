"""Generated checks: requests that Schemathesis makes from the spec, sent through our own transport.

    @requirement("malformed-input-is-refused", given="task", fuzz=True)
    def test_generated_input_that_breaks_the_schema_is_refused(bench: Bench, baseline: Call) -> None:
        def judge(generated: Generated, answer: Answer) -> None:
            if generated.scenario == "object_missing_required_property":
                answer.must_be_refused()

        fuzz(bench, mode="negative", base=baseline, judge=judge)

The checks that Schemathesis brings along are not used: the observers already look at every exchange, and those of its
checks that go further blame servers for refusing what a business rule forbids, or for a status that nobody documented.
Nothing is shrunk afterwards: all examples are made before the first is sent and go out smallest first, so that the
first one to fail is small, and stands in the evidence exactly as it was sent.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal

from assay.bench import Inconclusive, Violation, about
from assay.fuzz.generation import Generated, generate
from assay.fuzz.request_parts import NOT_SET, PARTS, varied_parameters

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from assay.bench import Answer, Bench
    from assay.call import Call

__all__ = ["NOT_SET", "Generated", "fuzz", "generated_values"]

_OVERLOADED: Final = (429, 503)


def fuzz(  # noqa: PLR0913 - each one names a thing that a case may want different
    bench: Bench,
    *,
    mode: Literal["positive", "negative"],
    base: Call,
    judge: Callable[[Generated, Answer], None] | None = None,
    vary: Collection[str] = PARTS,
    keep: Collection[str] = (),
    fresh: Callable[[], Call] | None = None,
    examples: int | None = None,
    prepare: Callable[[Generated, Call], Call] | None = None,
) -> tuple[Answer, ...]:
    """Send generated requests and return the answers, all of which `judge` has passed.

    Each example replaces the parts of `base` that it varies; path, credentials and whatever the spec does not declare
    stay. `keep` names query parameters and headers that stay as well. `fresh` makes a new valid call after an example
    that was accepted, where the operation uses its object up. `prepare` has the last word on each call. Without a
    `judge` the observers alone decide.
    """
    count = bench.fuzz_examples if examples is None else examples
    # A spec may declare what carries the credentials as a parameter like any other.
    keep = (*keep, bench.contract.auth_header)
    generated = generate(
        bench.contract.spec, bench.operation, mode=mode, vary=vary, keep=keep, examples=count, seed=bench.seed
    )
    answers: list[Answer] = []
    for number, each in enumerate(generated, start=1):
        if fresh is not None and answers and _accepted(answers[-1]):
            base = fresh()
        call = _applied(bench, each, base, keep)
        call = prepare(each, call) if prepare is not None else call
        answer = bench.send(call.labelled(f"{mode} example {number} ({each.description or each.scenario})"))
        if judge is not None:
            _judged(bench, judge, each, answer)
        answers.append(answer)
    if answers and all(_says_nothing(answer) for answer in answers):
        message = f"all {len(answers)} generated requests were answered {answers[-1].status}"
        raise Inconclusive(message)
    return tuple(answers)


def generated_values(bench: Bench, parameter: str) -> tuple[str, ...]:
    """Return generated valid values of a path parameter, for an operation that has little else to vary.

    They may be ids of objects that exist, so that a case makes of them ids that do not.
    """
    (declared,) = [each for each in bench.operation.definition["parameters"] if each["name"] == parameter]
    # Generated as the one parameter of a query: Schemathesis would put it into the path and make it fit there.
    definition = {**bench.operation.definition, "parameters": [{**declared, "in": "query"}]}
    generated = generate(
        bench.contract.spec, replace(bench.operation, definition=definition),
        mode="positive", vary=("query",), keep=(), examples=bench.fuzz_examples, seed=bench.seed,
    )  # fmt: skip
    return tuple(value for each in generated for _, value in each.query)


def _says_nothing(answer: Answer) -> bool:
    """Whether the server has not dealt with a request: it is too busy, or sends elsewhere."""
    return answer.status in _OVERLOADED or 300 <= answer.status < 400  # noqa: PLR2004 - the class of redirects


def _accepted(answer: Answer) -> bool:
    return 200 <= answer.status < 300  # noqa: PLR2004 - the class of success


def _applied(bench: Bench, generated: Generated, base: Call, keep: Collection[str]) -> Call:
    """Return `base` with the generated parts in place of its own."""
    parameters = varied_parameters(bench.contract.spec, bench.operation, parts=generated.parts, keep=keep)
    names = {each["name"].lower() for each in parameters}
    call = replace(
        base,
        query=(*(pair for pair in base.query if pair[0].lower() not in names), *generated.query),
        headers=(*(pair for pair in base.headers if pair[0].lower() not in names), *generated.headers),
    )
    if "body" in generated.parts:
        # A body that was compressed has been replaced by a plain one.
        headers = tuple(pair for pair in call.headers if pair[0].lower() != "content-encoding")
        content_type = None if generated.body is NOT_SET else base.content_type or "application/json"
        call = replace(call, headers=headers).with_body(generated.payload, content_type)
    # A key that was used before gets the answer of then.
    keyed = ((name, bench.fresh_key() if name.lower() == "idempotency-key" else value) for name, value in call.headers)
    return replace(call, headers=tuple(keyed))


def _judged(bench: Bench, judge: Callable[[Generated, Answer], None], generated: Generated, answer: Answer) -> None:
    """Let the case judge; a violation names the example, whose exchange becomes the last one of the evidence."""
    try:
        judge(generated, answer)
    except Violation as violation:
        others = [each for each in bench.exchanges if each is not answer.exchange]
        bench.exchanges[:] = [*others, answer.exchange]
        message = str(violation)
        named = message.startswith(about(answer.exchange.label, ""))
        raise Violation(message if named else about(answer.exchange.label, message)) from violation
