"""What becomes of an import that is refused: nothing, so that its version is still free."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest

from assay.bench import Inconclusive, Violation, about, requirement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from assay.bench import Bench, Call

    MustLeaveFree = Callable[[Callable[[Call], Iterable[Call]]], None]

OK = 200
REFUSED = frozenset(range(400, 500)) - {429}
ROUNDS = 2
MINOR = 7310
"""No other check imports versions with this number in them."""
TRIES = 3
"""A refusal may be one of the moment: another import may be under way."""


class Definition(Protocol):
    """The fixture `definition`: a definition of the target, which other checks may use as well."""

    def call(self, version: str, **query: str) -> Call:
        """Return the import of a version under the definition."""

    def raised(self, rest: str) -> int:
        """Import `rest` behind the first major number that is taken, and return it."""


@requirement("refused-not-performed", given="workflow")
def test_an_import_without_credentials_leaves_its_version_free(
    must_leave_free: MustLeaveFree, without_credentials: Callable[[Call], Iterator[Call]]
) -> None:
    must_leave_free(without_credentials)


@requirement("refused-not-performed", given=("workflow", "caller_without_manage_access"))
def test_an_import_without_the_permission_leaves_its_version_free(bench: Bench, must_leave_free: MustLeaveFree) -> None:
    caller = bench.given("caller_without_manage_access")

    must_leave_free(lambda call: [call.with_token(caller["token"])])


@requirement("no-permission", given=("workflow", "caller_without_manage_access"))
def test_a_caller_without_the_permission_imports_no_version(bench: Bench, definition: Definition) -> None:
    caller = bench.given("caller_without_manage_access")
    major = definition.raised("0.0")

    for label, query in (("a version", {}), ("an active version", {"activate": "true"})):
        call = definition.call(f"{major}.1.0", **query).with_token(caller["token"])
        bench.send(call.labelled(label)).must_be_refused()

    definition.raised("2.0")


@pytest.fixture
def must_leave_free(bench: Bench, definition: Definition) -> MustLeaveFree:
    """Return what makes calls that are refused of an import, and demands that its version is not taken by them.

    Versions only grow. So the version below that of the refused calls is free unless they were performed, or another
    version was imported at the same time; and that was none near theirs where the one above is free.
    """

    def taken(spoil: Callable[[Call], Iterable[Call]]) -> bool:
        major = definition.raised(f"{MINOR}.1")
        for call in spoil(definition.call(f"{major}.{MINOR}.3")):
            status = bench.send(call).status
            if status not in REFUSED:
                message = f"answered {status} and not refused, so that there is no refusal to look behind"
                raise Inconclusive(about(call.label, message))
        below = definition.call(f"{major}.{MINOR}.2")
        tries = (bench.send(below.labelled(f"version below, try {number}")) for number in range(1, TRIES + 1))
        if any(answer.status == OK for answer in tries):
            return False
        return bench.send(definition.call(f"{major}.{MINOR}.4").labelled("version above")).status == OK

    def demand(spoil: Callable[[Call], Iterable[Call]]) -> None:
        if all(taken(spoil) for _ in range(ROUNDS)):
            raise Violation.of(expected="a version that is free behind the refusal", got="one that is taken each time")

    return demand
