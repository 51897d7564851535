"""Deliberate violations of the reference servers, which prove that checks can fail.

A fault is a bug that a real implementer makes: a subclass of a reference server with one point of behaviour changed. It
names the requirement that it violates; its docstring says in one sentence what is wrong. Faults are written from the
documents, not from the checks: this package knows nothing of them.

    @fault("unknown-task-accepted", violates="unknown-task")
    class UnknownTaskAccepted(Vcf):
        \"\"\"A task that does not exist is retried.\"\"\"

        def retry(self, asked: Asked, task_id: str) -> Reply: ...

A fault is confined to one operation: what else is asked of the server is answered by the faultless one, from the same
store.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from itertools import cycle
from typing import TYPE_CHECKING, ClassVar, TypeVar

from assay import packs
from assay.exceptions import UsageError, did_you_mean
from assay.reference.vendor import Vendor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from assay.packs import Pack
    from assay.reference.messages import Asked, Reply
    from assay.reference.store import Store
    from assay.reference.vendor import Values

MODULES = (
    "vcf",
    "vcf_requests",
    "vcf_errors",
    "onedata",
    "onedata_requests",
    "onedata_bodies",
    "onedata_errors",
    "onedata_error_ids",
    "zuora_access",
    "zuora_headers",
    "zuora_compression",
    "zuora_idempotency",
    "zuora_detours",
    "zuora_rerun",
    "zuora_rerun_refusals",
    "zuora_update",
    "zuora_update_values",
    "zuora_update_batches",
    "zuora_update_refusals",
    "zuora_update_bodies",
    "zuora_update_errors",
    "zuora_import",
    "zuora_import_texts",
    "zuora_import_versions",
    "zuora_import_requests",
)
"""The modules of this package that declare faults; of another pack these are all that its `faults` holds."""

V = TypeVar("V", bound=type[Vendor])


@dataclass(frozen=True, slots=True)
class Fault:
    """One deliberate violation."""

    id: str
    """`contract/operation/slug`, never reused."""
    violates: str
    """The id of the requirement that it violates."""
    sentence: str
    """What is wrong, in one sentence."""
    server: type[Confined]
    generated: bool
    """Whether only generated requests find it."""

    @property
    def operation(self) -> str:
        """The id of the operation that the fault is confined to."""
        return self.id.rpartition("/")[0]

    @property
    def contract(self) -> str:
        """The id of the contract."""
        return self.id.partition("/")[0]

    @property
    def factory(self) -> str:
        """Names the server to `assay.reference.hosting.EmbeddedServers`."""
        return f"{__name__}:server({self.id})"


_declared: dict[str, dict[str, Fault]] = defaultdict(dict)
"""By the package of the pack, and by id."""


def fault(slug: str, *, violates: str, on: str | tuple[str, ...] = (), generated: bool = False) -> Callable[[V], V]:
    """Declare a subclass of a reference server as a fault that violates the requirement with the slug `violates`.

    `on` names the operations by their slugs, for a server with several: the class then stands for one fault on each.
    `generated` says that only generated requests find it.
    """

    def declare(server: V) -> V:
        known = _declared[packs.package_of(server.__module__)]
        operations = (on,) if isinstance(on, str) else on or [each.slug for each in server.endpoints]
        for operation in operations:
            place = f"{server.name}/{operation}"
            made = Fault(
                id=f"{place}/{slug}",
                violates=f"{place}/{violates}",
                sentence=" ".join((server.__doc__ or "").split()),
                server=confined(server, operation),
                generated=generated,
            )
            if made.id in known:
                message = f"the fault {made.id} is declared twice"
                raise ValueError(message)
            known[made.id] = made
        return server

    return declare


def load() -> Mapping[str, Fault]:
    """Return every fault by id, in the order of their declaration."""
    return _loaded(packs.known())


@cache
def _loaded(known: tuple[Pack, ...]) -> Mapping[str, Fault]:
    found: dict[str, Fault] = {}
    for pack in known:
        ours = pack == packs.shipped()
        for module in [f"faults.{each}" for each in MODULES] if ours else pack.modules_of("faults"):
            pack.module(module)
        for each in _declared[pack.package].values():
            pack.must_hold(each.contract, f"faults/{each.id}")
            found[each.id] = each
    return found


def find(fault_id: str) -> Fault:
    """Return the fault with this id; raise `UsageError` where there is none."""
    faults = load()
    if fault_id not in faults:
        message = f"no fault {fault_id!r}{did_you_mean(fault_id, faults)}"
        raise UsageError(message)
    return faults[fault_id]


def server(fault_id: str) -> type[Confined]:
    """Return the server class with this fault."""
    return find(fault_id).server


def factory_of_all(fault_ids: Sequence[str]) -> str:
    """Name the server that shows several faults of one operation in turn."""
    return f"{__name__}:in_turn({' '.join(fault_ids)})"


def in_turn(fault_ids: str) -> type[Vendor]:
    """Return a server class that answers each request for the operation with the next of several faults.

    What other operations answer beside it shows of many faults at once whether any of them reaches beyond its own.
    """
    chosen = [find(each) for each in fault_ids.split()]
    first = chosen[0].server
    return type(
        "InTurn",
        (_InTurn, first.faultless),
        {"operation": first.operation, "faultless": first.faultless, "faults": chosen},
    )


class Confined(Vendor):
    """Answers one operation by the faulty class, and whatever else by the faultless one on the same store."""

    operation: ClassVar[str]
    faultless: ClassVar[type[Vendor]]

    def __init__(self, file: str | None = None, *, store: Store | None = None) -> None:
        super().__init__(file, store=store)
        self.sound = self.faultless(store=self.store)
        self.sound.unexpected_errors = self.unexpected_errors

    async def answer(self, asked: Asked) -> Reply:
        if asked.operation == self.operation:
            return await super().answer(asked)
        return await self.sound.answer(asked)

    def states(self) -> Mapping[str, Callable[[], Values]]:
        return self.sound.states()


class _InTurn(Confined):
    """Answers one operation by several faulty classes in turn, all on one store."""

    faults: ClassVar[Sequence[Fault]]

    def __init__(self, file: str | None = None) -> None:
        super().__init__(file)
        self.servers = [each.server(store=self.store) for each in self.faults]
        for each in self.servers:
            each.unexpected_errors = each.sound.unexpected_errors = self.unexpected_errors
        self.turns = cycle(self.servers)

    def admit_main_caller(self, token: str) -> None:
        for each in self.servers:
            each.admit_main_caller(token)

    async def answer(self, asked: Asked) -> Reply:
        if asked.operation == self.operation:
            return await next(self.turns).answer(asked)
        return await self.sound.answer(asked)


def confined(server: type[Vendor], operation: str) -> type[Confined]:
    """Return a server whose operation is answered by a faulty class, and the rest by what it derives from."""
    faultless = next(each for each in server.__mro__ if each.__module__.rpartition(".")[0].endswith(".reference"))
    return type(server.__name__, (Confined, server), {"operation": operation, "faultless": faultless})
