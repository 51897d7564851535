"""The servers of a proof: faults, legal variants and their combinations, and degenerate ones."""

from __future__ import annotations

import random
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Protocol

from assay import faults, variants
from assay.exceptions import UsageError, did_you_mean
from assay.reference.servers import factories
from assay.variants import degenerate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from assay.variants import Variant

COMBINATIONS = 3
"""Random combinations of legal variants for each contract."""

GROUP = 12
"""How many variants are judged in one server."""


class Server(Protocol):
    """Whatever can be judged and is selected by its id."""

    @property
    def id(self) -> str:
        """Begins with `contract/` or `degenerate/`."""

    @property
    def sentence(self) -> str:
        """What is different from the faultless server, in one sentence."""

    @property
    def contract(self) -> str:
        """The contract that it is judged by."""

    @property
    def factory(self) -> str:
        """The server, as `assay.reference.hosting.EmbeddedServers` takes it."""


@dataclass(frozen=True, slots=True)
class Combination:
    """A server that takes several freedoms at once."""

    contract: str
    name: str
    variants: tuple[str, ...]
    """The ids of the variants."""

    @property
    def id(self) -> str:
        """The contract and the name."""
        return f"{self.contract}/{self.name}"

    @property
    def sentence(self) -> str:
        """The freedoms that it takes."""
        return f"Takes several freedoms at once: {', '.join(each.rpartition('/')[2] for each in self.variants)}."

    @property
    def factory(self) -> str:
        """The server, as `assay.reference.hosting.EmbeddedServers` takes it."""
        return f"assay.variants:together({' '.join(self.variants)})"


def combinations(seed: int) -> Iterator[Combination]:
    """Yield combinations of variants that are drawn by a seed."""
    for contract in factories():
        for number in range(seed, seed + COMBINATIONS):
            yield Combination(contract, f"combination-{number}", variants.combined(contract, number).ids)


def groups(chosen: Sequence[Variant], seed: int) -> Iterator[Combination]:
    """Yield combinations of which each variant is in one; so the variants of a contract are judged in fewer servers."""
    left = random.Random(seed).sample(chosen, len(chosen))  # noqa: S311 - reproducible by the seed, no secret
    while left:
        group: list[Variant] = []
        for each in left:
            if len(group) < GROUP and all(each.goes_with(other) for other in group):
                group.append(each)
        left = [each for each in left if each not in group]
        yield Combination(
            group[0].contract, f"group-of-{group[0].id.rpartition('/')[2]}", tuple(each.id for each in group)
        )


def selected(servers: Iterable[Server], only: Sequence[str]) -> list[Server]:
    """Return the servers whose id one of the globs matches, all of them without any; a glob in vain is wrong usage."""
    known = list(servers)
    for pattern in only:
        if not any(fnmatchcase(each.id, pattern) for each in known):
            message = f"--only {pattern!r} selects nothing{did_you_mean(pattern, [each.id for each in known])}"
            raise UsageError(message)
    return [each for each in known if not only or any(fnmatchcase(each.id, pattern) for pattern in only)]


def everything(seed: int) -> Iterator[Server]:
    """Yield every server that can be selected."""
    yield from faults.load().values()
    yield from variants.load().values()
    yield from combinations(seed)
    yield from degenerate.load().values()
