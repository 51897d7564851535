"""Legal variants of the reference servers, which prove that the suite blames nobody for what a document leaves open.

A variant is a conforming server that takes one freedom: a subclass of a reference server with one point of behaviour
changed. Its docstring names the freedom and what it rests on: a rule of HTTP, or a document that is silent or
contradicts itself. Variants are written from the documents, not from the checks: this package knows nothing of them.

    @variant("vcf/bare-error-codes", excludes=("vcf/bare-messages",))
    class BareErrorCodes(Vcf):
        \"\"\"An Error carries nothing but its errorCode, as each of its fields is optional.\"\"\"

        def error(self, refused: Refused) -> dict[str, Any]: ...

Each derives from nothing but the reference server and calls `super()`, so that several can be combined in one server:
`combined("vcf", 17)`. Freedoms of HTTP, which any vendor may take, are written once, for `Vendor`, and stand for one
variant of each contract.

The opposite is in `assay.variants.degenerate`: servers that conform to nothing, and earn no pass.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from assay.exceptions import UsageError, did_you_mean
from assay.reference.onedata import Onedata
from assay.reference.vcf import Vcf
from assay.reference.vendor import Vendor
from assay.reference.zuora import Zuora

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

MODULES = (
    "wire",
    "messages",
    "vcf",
    "onedata",
    "onedata_errors",
    "zuora_headers",
    "zuora_idempotency",
    "zuora_errors",
    "zuora_tasks",
    "zuora_updates",
    "zuora_imports",
)
"""The modules of this package that declare variants."""

REFERENCE: Mapping[str, type[Vendor]] = {server.name: server for server in (Zuora, Vcf, Onedata)}
"""The reference server of each contract."""

FEWEST, MOST = 4, 10
"""How many variants a combination has."""

V = TypeVar("V", bound=type[Vendor])


@dataclass(frozen=True, slots=True)
class Variant:
    """One legal freedom."""

    id: str
    """`contract/slug`, never reused."""
    sentence: str
    """The freedom and what it rests on, in one sentence."""
    server: type[Vendor]
    excludes: frozenset[str] = frozenset()
    """The ids of those that cannot stand in one server with it; holds in both directions."""

    @property
    def contract(self) -> str:
        """The id of the contract."""
        return self.id.partition("/")[0]

    @property
    def factory(self) -> str:
        """Names the server to `assay.reference.hosting.EmbeddedServers`."""
        return f"{__name__}:server({self.id})"

    def goes_with(self, other: Variant) -> bool:
        """Say whether one server can take both freedoms."""
        return other.id not in self.excludes and self.id not in other.excludes


class Combination(Vendor):
    """Marks a server that takes several freedoms at once."""

    ids: ClassVar[tuple[str, ...]]
    """The ids of its variants."""


_declared: dict[str, Variant] = {}


def variant(variant_id: str, *, excludes: Sequence[str] = ()) -> Callable[[V], V]:
    """Declare a subclass of a reference server as a legal variant."""

    def declare(server: V) -> V:
        _declare(variant_id, server, server, excludes)
        return server

    return declare


def freedom_of_any(
    slug: str, *, of: Sequence[str] = tuple(REFERENCE), excludes: Sequence[str] = ()
) -> Callable[[V], V]:
    """Declare a subclass of `Vendor` as a variant of each contract in `of`; `excludes` names others by their slugs."""

    def declare(freedom: V) -> V:
        for contract in of:
            server = type(freedom.__name__, (freedom, REFERENCE[contract]), {"__module__": freedom.__module__})
            _declare(f"{contract}/{slug}", freedom, server, [f"{contract}/{each}" for each in excludes])
        return freedom

    return declare


def _declare(variant_id: str, freedom: type[Vendor], server: type[Vendor], excludes: Sequence[str]) -> None:
    if variant_id in _declared:
        message = f"the variant {variant_id} is declared twice"
        raise ValueError(message)
    sentence = " ".join((freedom.__doc__ or "").split())
    _declared[variant_id] = Variant(variant_id, sentence, server, frozenset(excludes))


@cache
def load() -> Mapping[str, Variant]:
    """Return every variant by id, in the order of their declaration."""
    for module in MODULES:
        import_module(f"{__name__}.{module}")
    return dict(_declared)


def find(variant_id: str) -> Variant:
    """Return the variant with this id; raise `UsageError` where there is none."""
    variants = load()
    if variant_id not in variants:
        message = f"no variant {variant_id!r}{did_you_mean(variant_id, variants)}"
        raise UsageError(message)
    return variants[variant_id]


def server(variant_id: str) -> type[Vendor]:
    """Return the server class of this variant."""
    return find(variant_id).server


def combined(contract: str, seed: int) -> type[Combination]:
    """Return a server that takes several freedoms at once, chosen by `seed`; its `ids` say which."""
    if contract not in REFERENCE:
        message = f"no contract {contract!r}{did_you_mean(contract, REFERENCE)}"
        raise UsageError(message)
    chance = random.Random(seed)  # noqa: S311 - reproducible by the seed, no secret
    candidates = [each for each in load().values() if each.contract == contract]
    size = chance.randint(FEWEST, MOST)
    chosen: list[Variant] = []
    for candidate in chance.sample(candidates, len(candidates)):
        if len(chosen) < size and all(candidate.goes_with(each) for each in chosen):
            chosen.append(candidate)
    return mixed(chosen)


def mixed(variants: Sequence[Variant]) -> type[Combination]:
    """Return the server that takes all of these freedoms."""
    # What is done to a finished answer is declared first, and so comes last when an answer is made.
    order = list(load())
    ordered = sorted(variants, key=lambda each: order.index(each.id))
    bases: tuple[type[Vendor], ...] = (Combination, *(each.server for each in ordered))
    made = type("Combined", bases, {"ids": tuple(each.id for each in ordered)})
    return cast("type[Combination]", made)


def together(variant_ids: str) -> type[Combination]:
    """Return the server that takes the freedoms whose ids are named, with spaces between them."""
    return mixed([find(each) for each in variant_ids.split()])
