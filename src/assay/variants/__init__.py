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
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from assay import packs
from assay.exceptions import ContractError, UsageError, did_you_mean
from assay.reference.servers import factories, server_of
from assay.reference.vendor import Vendor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from assay.packs import Pack

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
"""The modules of this package that declare variants; of another pack these are all that its `variants` holds."""

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


@dataclass(frozen=True, slots=True)
class _Freedom:
    """A freedom that several contracts leave."""

    slug: str
    freedom: type[Vendor]
    of: Sequence[str]
    """The contracts; empty for whichever has a reference server."""
    excludes: Sequence[str]

    def variants(self, contracts: Sequence[str]) -> Iterator[Variant]:
        """Yield one variant for each contract."""
        for contract in self.of or contracts:
            about = {"__module__": self.freedom.__module__, "__doc__": self.freedom.__doc__}
            server = type(self.freedom.__name__, (self.freedom, server_of(contract)), about)
            yield _variant(f"{contract}/{self.slug}", server, [f"{contract}/{each}" for each in self.excludes])


_declared: dict[str, list[Variant | _Freedom]] = defaultdict(list)
"""By the package of the pack."""

_left_out: dict[str, str] = {}
"""By the id of a variant, why a document leaves no room for it."""


def variant(variant_id: str, *, excludes: Sequence[str] = ()) -> Callable[[V], V]:
    """Declare a subclass of a reference server as a legal variant."""

    def declare(server: V) -> V:
        _declared[packs.package_of(server.__module__)].append(_variant(variant_id, server, excludes))
        return server

    return declare


def freedom_of_any(slug: str, *, of: Sequence[str] = (), excludes: Sequence[str] = ()) -> Callable[[V], V]:
    """Declare a subclass of `Vendor` as a variant of each contract in `of`, or of every contract, also of other packs.

    `excludes` names other variants by their slugs.
    """

    def declare(freedom: V) -> V:
        _declared[packs.package_of(freedom.__module__)].append(_Freedom(slug, freedom, of, excludes))
        return freedom

    return declare


def no_freedom(variant_id: str, because: str) -> None:
    """Say that the document of a contract leaves no room for a freedom that others leave, and why."""
    _left_out[variant_id] = because


def _variant(variant_id: str, server: type[Vendor], excludes: Sequence[str]) -> Variant:
    sentence = " ".join((server.__doc__ or "").split())
    return Variant(variant_id, sentence, server, frozenset(excludes))


def load() -> Mapping[str, Variant]:
    """Return every variant by id, in the order of their declaration."""
    return _loaded(packs.known())


@cache
def _loaded(known: tuple[Pack, ...]) -> Mapping[str, Variant]:
    found: dict[str, Variant] = {}
    for pack in known:
        ours = pack == packs.shipped()
        for module in [f"variants.{each}" for each in MODULES] if ours else pack.modules_of("variants"):
            pack.module(module)
        contracts = [name for name in factories() if ours or name in pack.ids()]
        for declared in _declared[pack.package]:
            for each in [declared] if isinstance(declared, Variant) else declared.variants(contracts):
                if each.id in found:
                    raise ContractError(pack.modules / "variants", each.id, "the variant is declared twice")
                if not ours:
                    pack.must_hold(each.contract, f"variants/{each.id}")
                found[each.id] = each
    _must_be_there(_left_out, found)
    return {name: each for name, each in found.items() if name not in _left_out}


def _must_be_there(left_out: Iterable[str], found: Mapping[str, Variant]) -> None:
    """Raise `ContractError` where a variant is left out that there is not."""
    for name in left_out:
        contract = name.partition("/")[0]
        if contract in factories() and name not in found:
            where = packs.of_contract(contract).modules / "variants"
            raise ContractError(where, name, f"there is no such variant{did_you_mean(name, found)}")


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
    if contract not in factories():
        message = f"no contract {contract!r}{did_you_mean(contract, factories())}"
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
