"""The servers of a proof: faults, legal variants and their combinations, and degenerate ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from assay import faults, variants
from assay.reference.hosting import FACTORIES
from assay.variants import degenerate

if TYPE_CHECKING:
    from collections.abc import Iterator

COMBINATIONS = 6
"""Random combinations of legal variants for each contract."""


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
    seed: int
    slugs: tuple[str, ...]
    """The variants that the seed drew."""

    @property
    def id(self) -> str:
        """Named by its seed."""
        return f"{self.contract}/combination-{self.seed}"

    @property
    def sentence(self) -> str:
        """The freedoms that it takes."""
        return f"Takes several freedoms at once: {', '.join(self.slugs)}."

    @property
    def factory(self) -> str:
        """The server, as `assay.reference.hosting.EmbeddedServers` takes it."""
        return f"assay.variants:combination({self.contract} {self.seed})"


def legal(seed: int) -> Iterator[Server]:
    """Yield every legal variant, and combinations that a seed draws of them."""
    yield from variants.load().values()
    for contract in FACTORIES:
        for number in range(seed, seed + COMBINATIONS):
            drawn = variants.combined(contract, number).ids
            yield Combination(contract, number, tuple(each.rpartition("/")[2] for each in drawn))


def everything(seed: int) -> Iterator[Server]:
    """Yield every server that can be selected."""
    yield from faults.load().values()
    yield from legal(seed)
    yield from degenerate.load().values()
