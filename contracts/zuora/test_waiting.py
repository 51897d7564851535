"""What shows only after a while: the last cases of the contract, so that most of the while has passed by then."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from assay.bench import Inapplicable, Inconclusive, requirement

if TYPE_CHECKING:
    from collections.abc import Callable

    from assay.bench import Answer, Bench, Call

    UsedKeys = dict[tuple[str, str], tuple[Call, Answer, float]]

A_WHILE_S = 1.1
"""More than the shortest time for which a store can be told in whole seconds to keep a key."""


@requirement("idempotency-kept", given={"rerun-task": "task"})
def test_a_key_is_still_known_after_a_while(
    bench: Bench, plain: Callable[[str], Call], keyed: Callable[..., Call], used_keys: UsedKeys
) -> None:
    known = used_keys.get((bench.target.name, bench.operation.slug))
    unkeyed = plain("task")
    call, first, sent = known or key_used_now(bench, keyed(unkeyed))
    if known:
        # The same evidence as of a key that is used here, so that no report depends on who ran the other check.
        bench.exchanges.append(replace(first.exchange, role="control", label="first", observed=False))
    again = bench.send(call.labelled("at once"))
    if not known and (again.status, again.json) != (first.status, first.json):
        message = "the key does not bring the first answer again even at once, which another requirement is about"
        raise Inconclusive(message)

    time.sleep(max(0.0, sent + A_WHILE_S - time.monotonic()))
    later = bench.send(call.labelled("a while later"))

    repeated = later.status == first.status and later.json == first.json
    later.must(repeated, "the first answer again", f"another one, with status {later.status}")
    if bench.control(unkeyed.labelled("without a key")).json == first.json:
        message = "the target gives the same answer whenever it performs the operation, so replays cannot be told apart"
        raise Inapplicable(message)


def key_used_now(bench: Bench, call: Call) -> tuple[Call, Answer, float]:
    """Return a call with a key, its answer, and when it was sent."""
    sent = time.monotonic()
    return call, bench.control(call.labelled("first")), sent
