"""The reference server of each contract: the one subclass of `Vendor` in `reference/<contract>.py` of its pack."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from assay import packs, specs, yaml_files
from assay.exceptions import ContractError, UsageError, did_you_mean
from assay.reference.vendor import Vendor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

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
    place = _place(packs.of_contract(contract), contract)
    return f"the contract {contract!r} has no reference server; it would be a class in {place}"


def _place(pack: Pack, contract: str) -> Path:
    return pack.modules / "reference" / f"{contract.replace('-', '_')}.py"


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
    if pack != packs.shipped():
        _must_fit(found[0], pack, contract)
    return found[0]


def _must_fit(server: type[Vendor], pack: Pack, contract: str) -> None:
    """Raise `ContractError` for a server that is not whole, or knows other operations or states than its contract."""
    for problem in _flaws(server, pack, contract):
        raise ContractError(_place(pack, contract), server.__name__, problem)


def _flaws(server: type[Vendor], pack: Pack, contract: str) -> Iterator[str]:
    yield from (f"has no {name}" for name in ("endpoints", "schema") if not hasattr(server, name))
    methods = ("perform", "error_body", "states", "examples")
    yield from (f"has no method {name}" for name in methods if getattr(server, name) is getattr(Vendor, name))
    path = pack.contracts / contract / "contract.yaml"
    document = yaml_files.mapping(path)
    spec = specs.read(pack.data / "specs" / yaml_files.text(path, document, "spec"))
    served = [f"{each.slug} {each.method} {each.path}" for each in server.endpoints]
    documented = list(specs.operations(spec))
    if sorted(served) != sorted(documented):
        yield f"its endpoints are {_listed(served)}; those of the spec are {_listed(documented)}"
    try:
        states = list(server().states())
    except Exception as error:  # noqa: BLE001 - whatever it is, whoever wrote the server is told
        yield f"cannot be made: {type(error).__name__}: {error}"
        return
    wanted = document.get("states", {})
    if sorted(states) != sorted(wanted):
        yield f"sets up the states {_listed(states)}; those of the contract are {_listed(wanted)}"


def _listed(found: Iterable[str]) -> str:
    return ", ".join(sorted(found)) or "none"
