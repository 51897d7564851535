"""In whose name: the entity and the orgs that a call works in, shared by the operations that know them."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from assay.bench import Inapplicable, requirement
from assay.trials import accepts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from assay.bench import Answer, Bench, Call

ENTITY = {"rerun-task": ("task", "entity"), "update-tasks": ("task", "entity")}
ORG = {"rerun-task": ("task", "org"), "update-tasks": ("task", "org")}
TWO_ORGS = {slug: (*states, "org") for slug, states in ORG.items()}
BOTH_ORGS = {slug: (*states, "inaccessible_org") for slug, states in ORG.items()}
UNKNOWN_ORG = 2_147_480_587
LONG_ENOUGH = 16
"""Characters; of shorter ids a changed one may be that of another org."""
# Each hexadecimal digit becomes another one.
MADE_UP = dict(zip("0123456789abcdef", "f0e1d2c3b4a59687", strict=True))
ELSEWHERE = {HTTPStatus.NOT_FOUND: "the task may lie elsewhere; provide one that this entity or org holds"}


@requirement("entity-within-bounds", given=ENTITY, capability="multi_entity")
def test_a_call_in_an_entity_of_the_caller_is_performed(
    bench: Bench, baseline: Call, accepted: Callable[..., Answer]
) -> None:
    entity = bench.given("entity")

    accepted(baseline.with_headers({"Zuora-Entity-Ids": entity["entity_id"]}), baseline, undecided=ELSEWHERE)


@requirement("org-within-bounds", given=ORG, capability="multi_org")
def test_a_call_in_an_org_of_the_caller_is_performed(
    bench: Bench, baseline: Call, accepted: Callable[..., Answer]
) -> None:
    org = bench.given("org")

    accepted(baseline.with_headers({"Zuora-Org-Ids": org["org_id"]}), baseline, undecided=ELSEWHERE)


@requirement("org-within-bounds", given=TWO_ORGS, capability="multi_org")
def test_a_call_in_two_orgs_of_the_caller_is_performed(
    bench: Bench, baseline: Call, accepted: Callable[..., Answer]
) -> None:
    one, other = bench.given("org")["org_id"], bench.given("org")["org_id"]
    if one == other:
        message = "the state 'org' gives one org only, so no list of two can be sent"
        raise Inapplicable(message)

    both = baseline.with_headers({"Zuora-Org-Ids": f"{one},{other}"}).labelled("two orgs")
    accepted(both, baseline, undecided=ELSEWHERE)


@requirement("org-out-of-bounds", given=BOTH_ORGS, capability="multi_org")
def test_an_org_that_the_caller_may_not_use_is_refused(
    bench: Bench, baseline: Call, detours: Callable[[Call], Iterator[Call]]
) -> None:
    own, foreign = bench.given("org")["org_id"], bench.given("inaccessible_org")["org_id"]
    alone = baseline.with_headers({"Zuora-Org-Ids": foreign})

    for label, ids in {
        "alone": foreign,
        "behind an accessible one": f"{own},{foreign}",
        "behind several": f"{own},{own},{foreign}",
        "before an accessible one": f"{foreign},{own}",
        "behind a blank": f"{own}, {foreign}",
        "one that does not exist": f"{own},{unknown_like(own)}",
    }.items():
        bench.send(baseline.with_headers({"Zuora-Org-Ids": ids}).labelled(label)).must_be_refused()
    for call in detours(alone):
        # How it is refused says nothing: the call has something about it besides its org.
        answer = bench.send(call)
        answer.must(not accepts(answer), "a refusal (4xx)", str(answer.status))

    bench.control(baseline.with_headers({"Zuora-Org-Ids": own}))


def unknown_like(known: str) -> str:
    """Return an id that nothing has, of the form of a known one."""
    if known.isdecimal():
        return str(UNKNOWN_ORG)
    made_up = "".join(MADE_UP.get(each, each) for each in known.lower())
    return made_up if len(known) >= LONG_ENOUGH and made_up != known.lower() else f"{known}-{UNKNOWN_ORG}"
