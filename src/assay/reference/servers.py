"""The reference server of each contract: the one subclass of `Vendor` in `reference/<contract>.py` of its pack."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from assay import packs
from assay.exceptions import ContractError, UsageError, did_you_mean
from assay.reference.vendor import Vendor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assay.packs import Pack


def factories() -> Mapping[str, str]:
    """Return the reference server of each contract that has one, as `assay.reference.hosting` takes it."""
    return {contract: factory_of(contract) for contract in _modules(packs.known())}


def factory_of(contract: str) -> str:
    """Name the reference server of a contract."""
    return f"{__name__}:server_of({contract})"


def without_server() -> list[str]:
    """Return the contracts that have none."""
    return [contract for pack in packs.known() for contract in pack.ids() if not pack.has(_module(contract))]


def server_of(contract: str) -> type[Vendor]:
    """Return the reference server of a contract; raise `UsageError` where there is none."""
    modules = _modules(packs.known())
    if contract not in modules:
        known = [name for pack in packs.known() for name in pack.ids()]
        message = f"there is no contract {contract!r}{did_you_mean(contract, known)}"
        raise UsageError(why_none(contract) if contract in known else message)
    return _class_in(modules[contract], contract)


@cache
def _modules(known: tuple[Pack, ...]) -> Mapping[str, Pack]:
    return {contract: pack for pack in known for contract in pack.ids() if pack.has(_module(contract))}


def _module(contract: str) -> str:
    return f"reference.{contract.replace('-', '_')}"


def why_none(contract: str) -> str:
    """Say in one sentence that a contract has no reference server, and where it would be."""
    place = packs.of_contract(contract).modules / "reference" / f"{contract.replace('-', '_')}.py"
    return f"the contract {contract!r} has no reference server; it would be a class in {place}"


@cache
def _class_in(pack: Pack, contract: str) -> type[Vendor]:
    module = pack.module(_module(contract))
    found = [
        each
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, Vendor) and each.__module__ == module.__name__
        if getattr(each, "name", None) == contract
    ]
    if len(found) != 1:
        problem = f"expected one subclass of assay.reference.vendor.Vendor with name = {contract!r}, found {len(found)}"
        raise ContractError(module.__file__ or module.__name__, "", problem)
    return found[0]
