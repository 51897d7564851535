"""What becomes of the tasks of an update that is refused: nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from assay.bench import Inapplicable, Inconclusive, about, quoted, requirement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from assay.bench import Answer, Bench, Call

    LeftAlone = Callable[[Iterable[Call]], None]

OK = 200
REFUSED = frozenset(range(400, 500)) - {429}


@requirement("refused-not-performed", given="task")
def test_an_update_without_credentials_leaves_its_task_alone(
    must_leave_alone: LeftAlone, refused_update: Call, without_credentials: Callable[[Call], Iterator[Call]]
) -> None:
    must_leave_alone(without_credentials(refused_update))


@requirement("refused-not-performed", given=("task", "caller_without_manage_access"))
def test_an_update_without_the_permission_leaves_its_task_alone(
    bench: Bench, must_leave_alone: LeftAlone, refused_update: Call
) -> None:
    caller = bench.given("caller_without_manage_access")

    must_leave_alone([refused_update.with_token(caller["token"])])


@requirement("refused-not-performed", given=("task", "inaccessible_org"), capability="multi_org")
def test_an_update_in_a_closed_org_leaves_its_task_alone(
    bench: Bench, must_leave_alone: LeftAlone, refused_update: Call
) -> None:
    org = bench.given("inaccessible_org")["org_id"]

    must_leave_alone([refused_update.with_headers({"Zuora-Org-Ids": org})])


@pytest.fixture
def refused_update(baseline: Call, renamed: Callable[..., Call], unique_name: str) -> Call:
    """Return an update that gives the task a name that no other update gives it."""
    return renamed(baseline, f"{unique_name} refused")


@pytest.fixture
def must_leave_alone(
    bench: Bench,
    baseline: Call,
    refused_update: Call,
    shown_name: Callable[[Answer], Any],
) -> LeftAlone:
    """Return what sends updates that are refused, and demands that the task has not got their name."""

    def demand(calls: Iterable[Call]) -> None:
        earlier = shown_name(bench.control(baseline))
        for call in calls:
            status = bench.send(call).status
            if status not in REFUSED:
                message = f"answered {status} and not refused, so that there is no refusal to look behind"
                raise Inconclusive(about(call.label, message))

        # `id` is the one required field, so this update changes nothing.
        unchanging = bench.call().with_json({"data": [{"id": json.loads(baseline.body)["data"][0]["id"]}]})
        shown = bench.send(unchanging.labelled("afterwards"))
        refused = json.loads(refused_update.body)["data"][0]["name"]
        name = shown_name(shown) if shown.status == OK else None
        shown.must(name != refused, f"the name {quoted(earlier)} of the update before", quoted(refused))
        if name != earlier:
            message = f"the task is not shown by its name {quoted(earlier)}, so nothing can be told from it"
            raise Inapplicable(message)

    return demand
