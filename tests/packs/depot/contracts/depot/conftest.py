"""What the cases of the depot share: the plain valid call."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from assay.bench import Bench, Call


@pytest.fixture
def seal_number(bench: Bench) -> str:
    """Return a number for a seal, the same one in every run with the same seed."""
    return f"DE{random.Random(f'{bench.seed} {bench.check.id}').randrange(10**6):06}"  # noqa: S311 - no secret


@pytest.fixture
def seal(bench: Bench, seal_number: str) -> Callable[[str], Call]:
    """Return the function that gives the plain call for a crate."""

    def call(crate: str) -> Call:
        return bench.call(id=crate).with_json({"seal_number": seal_number})

    return call
