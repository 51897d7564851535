"""Contract packs: folders laid out like the project itself, from which contracts are read.

    specs/<name>.yaml                what travels on the wire
    contracts/<contract>/…           what is promised, and the cases that decide it; see `assay.catalogue`
    reference/<contract>.py          optional: a server that conforms
    faults/*.py, variants/*.py       optional: what proves the checks, built on that server

What Assay ships is the first pack. Others are named on the command line (`--contracts`) or in the environment, through
which worker processes come to know of them, or they are installed: a distribution names a package of its own as an
entry point.
"""

from __future__ import annotations

import hashlib
import os
import sys
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.machinery import ModuleSpec
from importlib.resources import files
from importlib.util import find_spec, module_from_spec
from pathlib import Path
from typing import TYPE_CHECKING, cast

from assay.exceptions import AssayError, ContractError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from importlib.metadata import EntryPoint
    from types import ModuleType

VARIABLE = "ASSAY_CONTRACTS"
"""Names folders of packs, with the sign between them that the system has for search paths."""
GROUP = "assay.contracts"
"""The entry points of installed packs: each names a package that holds one, or a module that stands beside it."""


@dataclass(frozen=True, slots=True)
class Pack:
    """One folder of contracts."""

    data: Path
    """Holds `specs/` and `contracts/`."""
    modules: Path
    """Holds `reference/`, `faults/` and `variants/`, where there are any."""
    package: str
    """The name under which those are imported."""

    @property
    def contracts(self) -> Path:
        """The folder of its contracts."""
        return self.data / "contracts"

    def ids(self) -> list[str]:
        """Return the ids of its contracts."""
        return sorted(path.parent.name for path in self.contracts.glob("*/contract.yaml"))

    def has(self, module: str) -> bool:
        """Whether there is a module such as `reference.depot`."""
        return self._path(module).is_file()

    def modules_of(self, room: str) -> list[str]:
        """Return the modules of one of its folders, such as `faults.depot`."""
        return [f"{room}.{path.stem}" for path in sorted((self.modules / room).glob("[!_]*.py"))]

    def must_hold(self, contract: str, what: str) -> None:
        """Raise `ContractError` where something is declared here for a contract of another pack."""
        if contract not in self.ids():
            raise ContractError(self.modules, what, f"the contract {contract!r} is not in this pack")

    def module(self, name: str) -> ModuleType:
        """Import one of its modules; one that fails is a `ContractError`, unless it is ours."""
        if self == shipped():
            return import_module(f"{self.package}.{name}")
        try:
            return import_module(f"{self.package}.{name}")
        except AssayError:
            raise
        except Exception as error:
            raise ContractError(self._path(name), "", f"cannot be imported: {_said(error)}") from error

    def _path(self, module: str) -> Path:
        return (self.modules / Path(*module.split("."))).with_suffix(".py")


@cache
def shipped() -> Pack:
    """Return the pack of the wheel, or of the checkout."""
    code = Path(__file__).parent
    data = files("assay") / "_data"
    return Pack(cast("Path", data) if data.is_dir() else code.parents[1], code, "assay")


def known(environ: Mapping[str, str] = os.environ) -> tuple[Pack, ...]:
    """Return every pack once: what is shipped, what is installed, and what the environment names."""
    named = (at(each, VARIABLE) for each in environ.get(VARIABLE, "").split(os.pathsep) if each)
    found: dict[Path, Pack] = {}
    for pack in (shipped(), *installed(), *named):
        found.setdefault(pack.data.resolve(), pack)
    return tuple(found.values())


def of_contract(contract: str) -> Pack:
    """Return the pack that holds a contract."""
    return next(pack for pack in known() if contract in pack.ids())


def of_file(file: Path) -> Pack:
    """Return the pack that holds a case file."""
    return next(pack for pack in known() if file.is_relative_to(pack.contracts))


def package_of(module: str) -> str:
    """Return the package of the pack whose `faults` or `variants` hold a module, by its name."""
    return module.rpartition(".")[0].rpartition(".")[0]


def added(folders: Iterable[Path], before: str, told: str) -> str:
    """Return what the environment must say for these packs too; `told` is how the user names them.

    Raises `UsageError` for a folder that is no pack.
    """
    words = [each for each in before.split(os.pathsep) if each]
    for folder in folders:
        place = str(at(str(folder), told).data)
        if os.pathsep in place:
            message = f"{told} {folder}: a path with {os.pathsep!r} in it cannot be told to other processes"
            raise UsageError(message)
        words.append(place)
    return os.pathsep.join(words)


def at(place: str, told: str) -> Pack:
    """Return the pack in a folder, which may be its `contracts` too; raise `UsageError` where there is none."""
    folder = Path(place).resolve()
    if not folder.is_dir():
        message = f"{told} {place}: no such folder"
        raise UsageError(message)
    for data in (folder, folder.parent if folder.name == "contracts" else folder):
        if _holds_a_contract(data):
            return Pack(data, data, _package_of(data))
    message = f"{told} {place}: holds no contract; a pack has contracts/NAME/contract.yaml and specs/NAME.yaml"
    if (folder / "contract.yaml").is_file():
        message = f"{told} {place}: is one contract; name the folder that holds contracts/ and specs/"
    raise UsageError(message)


@cache
def installed() -> tuple[Pack, ...]:
    """Return the packs that installed distributions name; a wrong entry point is a `UsageError` that names it."""
    from importlib.metadata import entry_points  # noqa: PLC0415 - takes long to import

    return tuple(_named_by(point) for point in sorted(entry_points(group=GROUP), key=lambda each: each.name))


def _named_by(point: EntryPoint) -> Pack:
    whose = point.dist.name if point.dist else "an unknown distribution"
    told = f"the entry point {point.name!r} ({GROUP}) of the installed {whose}"
    name = point.value.partition(":")[0].strip()
    try:
        spec = find_spec(name)
    except Exception as error:  # whatever the packages around it do when they are imported
        message = f"{told}: {name!r} cannot be imported: {_said(error)}; mend or uninstall it"
        raise UsageError(message) from error
    if spec is None:
        message = f"{told}: there is no module {name!r}; mend or uninstall it"
        raise UsageError(message)
    for folder, package in _places(spec):
        if _holds_a_contract(folder):
            return Pack(folder, folder, package or _package_of(folder))
    message = f"{told}: {name!r} has no contracts/NAME/contract.yaml in its folder; mend or uninstall it"
    raise UsageError(message)


def _places(spec: ModuleSpec) -> Iterator[tuple[Path, str]]:
    """Yield the folders that a package or module may mean, and the package that each is, if it is one."""
    for place in spec.submodule_search_locations or ():
        yield Path(place), spec.name
    if spec.has_location and spec.origin:
        yield Path(spec.origin).parent, spec.parent or ""


def _holds_a_contract(folder: Path) -> bool:
    return any(folder.glob("contracts/*/contract.yaml"))


def _package_of(folder: Path) -> str:
    """Return the name of a package that is this folder, which is the same in every process."""
    name = f"assay_pack_{hashlib.sha256(str(folder).encode()).hexdigest()[:12]}"
    if name not in sys.modules:
        spec = ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = [str(folder)]
        sys.modules[name] = module_from_spec(spec)
    return name


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
