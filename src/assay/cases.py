"""The checks of a contract: one for each case function or member of its `each`, and one for each observer."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from typing import TYPE_CHECKING

from assay.exceptions import ContractError, did_you_mean
from assay.model import Check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path
    from types import ModuleType

    from assay.declaration import Declaration
    from assay.model import Contract, Operation


def checks_of(contract: Contract, folder: Path) -> tuple[Check, ...]:
    """Return the checks of a contract in the order of its requirements, each of which must have one.

    `folder` is that of the contract; a case that does not fit it is a `ContractError`.
    """
    checks = [*_cases(contract, folder), *_observing(contract)]
    order = {name: position for position, name in enumerate(contract.requirements)}
    # Stable: cases stay in the order of their files, observers follow them.
    checks.sort(key=lambda check: order[check.requirement])
    seen = set()
    for check in checks:
        if check.id in seen:
            raise ContractError(
                check.file or folder / "contract.yaml", check.name, f"two checks of {check.requirement} have this name"
            )
        seen.add(check.id)
    _every_requirement_has_one(contract, checks, folder)
    return tuple(checks)


def _cases(contract: Contract, folder: Path) -> Iterator[Check]:
    for path in sorted(folder.glob("test_*.py")):
        for function, declared in _declared(path):
            shared = [
                each for each in contract.operations.values() if f"{each.id}/{declared.slug}" in contract.requirements
            ]
            if not shared:
                raise ContractError(path, function.__name__, f"no operation has a requirement {declared.slug!r}")
            for operation in shared:
                yield from _case(contract, operation, path, function, declared)
    for operation in contract.operations.values():
        for path in sorted((folder / operation.slug).glob("test_*.py")):
            for function, declared in _declared(path):
                yield from _case(contract, operation, path, function, declared)


def _case(
    contract: Contract, operation: Operation, path: Path, function: Callable[..., None], declared: Declaration
) -> Iterator[Check]:
    key = function.__name__
    requirement = f"{operation.id}/{declared.slug}"
    if requirement not in contract.requirements:
        raise ContractError(
            path, key, f"no requirement {requirement!r}{did_you_mean(requirement, contract.requirements)}"
        )
    given = declared.states_of(operation.slug)
    for state in given:
        if state not in contract.states:
            raise ContractError(path, key, f"no provider state {state!r}{did_you_mean(state, contract.states)}")
    if declared.capability and declared.capability not in contract.capabilities:
        raise ContractError(path, key, f"no capability {declared.capability!r}")
    calls = tuple(f"{contract.id}/{slug}" for slug in declared.calls)
    for other in calls:
        if other not in contract.operations:
            raise ContractError(path, key, f"no operation {other!r}{did_you_mean(other, contract.operations)}")
    members = [None] if declared.each is None else list(declared.each.items())
    for case in members:
        name = key.removeprefix("test_") + (f"[{case[0]}]" if case else "")
        yield Check(
            requirement, name, given, declared.capability, path, function, case, fuzz=declared.fuzz, calls=calls
        )  # fmt: skip


def _every_requirement_has_one(contract: Contract, checks: Iterable[Check], folder: Path) -> None:
    checked = {check.requirement for check in checks}
    bare = [name for name in contract.requirements if name not in checked]
    if bare:
        operation = bare[0].rpartition("/")[0]
        slugs = [name.rpartition("/")[2] for name in bare if name.startswith(f"{operation}/")]
        problem = "the requirement has no check" if len(slugs) == 1 else "the requirements have no check"
        raise ContractError(folder / operation.partition("/")[2], ", ".join(slugs), problem)


def _observing(contract: Contract) -> Iterator[Check]:
    for requirement in contract.requirements.values():
        for name, statuses in requirement.observers:
            label = "_".join(map(str, ("every_exchange", name, *statuses)))
            yield Check(requirement.id, label, observer=(name, statuses))


def _declared(path: Path) -> Iterator[tuple[Callable[..., None], Declaration]]:
    """Return the case functions of a file in its order; a test without a declaration is a mistake."""
    for name, value in vars(import_file(path)).items():
        if not name.startswith("test_") or not callable(value):
            continue
        declared = getattr(value, "__assay__", None)
        if declared is None:
            raise ContractError(path, name, "the case declares no requirement")
        yield value, declared


def import_file(path: Path) -> ModuleType:
    """Import a case file under a name of its own: the folders are not packages, and two may hold the same file name."""
    name = "assay_contracts." + hashlib.sha256(str(path).encode()).hexdigest()[:16]
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ContractError(path, "", "cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise ContractError(path, "", f"cannot be imported: {type(error).__name__}: {error}") from error
    return module
