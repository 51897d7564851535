"""Plans the proof: which servers are judged, by which checks, in which batches; and measures it."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from assay import catalogue, faults, packs, variants
from assay.exceptions import ContractError, did_you_mean
from assay.model import Verdict
from assay.prove.judging import Batch, Judged, Subject, is_asked, judge_all
from assay.prove.matrix import Measured, document
from assay.prove.servers import combinations, everything, groups, selected
from assay.reference.servers import factories, factory_of
from assay.variants import degenerate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from assay.faults import Fault
    from assay.model import Contract
    from assay.prove.servers import Combination, Server
    from assay.variants import Variant

REPETITIONS = 5
"""Runs with the same seed against the faultless servers."""

OTHER_SEEDS = 2
"""Runs with a seed each of their own behind them."""

_BATCH = 36
"""How many servers make a batch where each is judged by one operation; so many seconds as a proof may end unevenly."""

_WHOLE_BATCH = 9
"""The same where each is judged by a whole contract of one operation."""

_PACK = 128
"""How many faults are looked at together, where only their effect on other operations is looked at."""

_OF_FAULTS = ("own", "pack")
"""The purposes of the batches of faults."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Settings:
    """How to prove."""

    workers: int
    seed: int = 1
    only: tuple[str, ...] = ()
    """Globs on the ids of faults, variants and degenerate servers; empty takes all of them, and the faultless ones."""
    contracts: tuple[str, ...] = ()
    """The contracts whose checks are measured; empty takes every one that has a reference server."""

    @property
    def measured(self) -> list[str]:
        """The contracts whose checks are measured."""
        return list(self.contracts or factories())


class Listener(Protocol):
    """Who is told of a proof as it goes on."""

    def planned(self, servers: int) -> None:
        """So many more judgements of a server are going to be made."""

    def judged(self, servers: int) -> None:
        """So many more have been made."""


class Experiment:
    """All servers of a proof, and what the checks make of them."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        known = catalogue.load()
        self.contracts = {name: known[name] for name in settings.measured}
        candidates = [each for each in everything(settings.seed) if each.contract in self.contracts]
        chosen = {each.id for each in selected(candidates, settings.only)}
        self.faults = [each for each in faults.load().values() if each.id in chosen]
        for fault in self.faults:
            _must_violate_something(fault, known[fault.contract])
        self.variants = [each for each in variants.load().values() if each.id in chosen]
        self.combinations = [each for each in combinations(settings.seed) if each.id in chosen]
        self.degenerate = [each for each in degenerate.load().values() if each.id in chosen]
        self.groups = list(self._groups())

    def measured(self, listener: Listener) -> Measured:
        """Judge every server."""
        started = time.monotonic()
        # In one go, so that no process waits for the last of the faults.
        batches = [*self._dearest_first(self.of_faults()), *self._dearest_first(self.of_others())]
        found, ended = self._judged(batches, listener)
        faults_s = round(max((ended[name] for name in _OF_FAULTS if name in ended), default=started) - started, 3)
        suspects = [
            fault for pack in self._packs() if _reaches_beyond(pack, found["pack", pack[0].id]) for fault in pack
        ]
        blamed = {name for group in self._blamed_groups(found) for name in group.variants}
        alone = [each for each in self.variants if each.id in blamed]
        more = [*self._wholes("whole", suspects), *self._wholes("variant", alone)]
        return self._measured(found | self._judged(more, listener)[0], faults_s)

    def of_faults(self) -> Iterator[Batch]:
        """Yield the faults: each by every check that calls its operation, then in packs by the whole contract."""
        yield from self._own()
        for pack in self._packs():
            yield self._batch("pack", [self._pack(pack)])

    def of_others(self) -> Iterator[Batch]:
        """Yield the servers without a fault, and those that do not even try."""
        for number, seed in enumerate(self._seeds()):
            subjects = [self._whole(name, name, factory_of(name)) for name in self.contracts]
            yield Batch(f"run {number}", tuple(subjects), seed)
        yield from self._wholes("group", self.groups)
        yield from self._wholes("combination", self.combinations, generated=True)
        # A requirement is the worst of its checks: without the generated ones it is rather passed by too many servers.
        yield from self._wholes("degenerate", self.degenerate)

    def _dearest_first(self, batches: Iterable[Batch]) -> list[Batch]:
        """Return batches in the order that leaves the least to wait for at the end."""
        return sorted(batches, key=lambda batch: sum(map(self._checks_of, batch.subjects)), reverse=True)

    def _checks_of(self, subject: Subject) -> int:
        return sum(is_asked(subject, check) for check in self.contracts[subject.contract].checks)

    def _judged(
        self, batches: Sequence[Batch], listener: Listener
    ) -> tuple[dict[tuple[str, str], Judged], dict[str, float]]:
        """Return what was made of each server, by what was to be learned of it and by its name, and when that ended."""
        listener.planned(sum(len(batch.subjects) for batch in batches))
        found: dict[tuple[str, str], Judged] = {}
        ended: dict[str, float] = {}
        for batch, judged in judge_all(batches, self.settings.workers) if batches else ():
            found |= {(batch.purpose, each.name): each for each in judged}
            ended[batch.purpose] = time.monotonic()
            listener.judged(len(judged))
        return found, ended

    def _own(self) -> Iterator[Batch]:
        for contract in self.contracts:
            for generated in (True, False):
                subjects = [
                    Subject(each.id, contract, each.factory, frozenset({each.operation}), generated)
                    for each in self.faults
                    if each.contract == contract and each.generated is generated
                ]
                yield from (self._batch("own", each) for each in batched(subjects, _BATCH))

    def _packs(self) -> Iterator[list[Fault]]:
        """Yield faults of one operation, of a contract with several, that are judged together by the whole contract.

        Checks of other operations do not call theirs, or have judged each of them; what is looked at is what they do
        through the store that they share. Most do nothing; so a pack that trips none clears them all, and only of one
        that trips something is each fault judged for itself.
        """
        for contract in self.contracts.values():
            for operation in contract.operations if len(contract.operations) > 1 else ():
                yield from batched([each for each in self.faults if each.operation == operation], _PACK)

    def _pack(self, pack: Sequence[Fault]) -> Subject:
        names = faults.factory_of_all([each.id for each in pack])
        return self._whole(pack[0].id, pack[0].contract, names, generated=False)

    def _groups(self) -> Iterator[Combination]:
        """Yield servers that take several freedoms each; only of one that is blamed is each variant judged alone."""
        for contract in self.contracts:
            chosen = [each for each in self.variants if each.contract == contract]
            yield from groups(chosen, self.settings.seed)

    def _blamed_groups(self, found: Mapping[tuple[str, str], Judged]) -> list[Combination]:
        return [each for each in self.groups if found["group", each.id].verdict is not Verdict.CONFORMANT]

    def _wholes(self, purpose: str, servers: Sequence[Server], *, generated: bool = False) -> Iterator[Batch]:
        for contract in self.contracts:
            size = _WHOLE_BATCH // len(self._operations(contract))
            subjects = [
                self._whole(each.id, contract, each.factory, generated=generated)
                for each in servers
                if each.contract == contract
            ]
            yield from (self._batch(purpose, each) for each in batched(subjects, size))

    def _batch(self, purpose: str, subjects: Sequence[Subject]) -> Batch:
        return Batch(purpose, tuple(subjects), self.settings.seed)

    def _whole(self, name: str, contract: str, factory: str, *, generated: bool = True) -> Subject:
        return Subject(name, contract, factory, self._operations(contract), generated)

    def _operations(self, contract: str) -> frozenset[str]:
        return frozenset(self.contracts[contract].operations)

    def _of_variant(self, found: Mapping[tuple[str, str], Judged], variant: Variant) -> Judged:
        """Return what was made of a variant: alone, or else of a group that was found conformant with it."""
        if alone := found.get(("variant", variant.id)):
            return alone
        group = next(each for each in self.groups if variant.id in each.variants)
        return replace(found["group", group.id], name=variant.id)

    def _seeds(self) -> list[int]:
        first = self.settings.seed
        return [] if self.settings.only else [first] * REPETITIONS + list(range(first + 1, first + 1 + OTHER_SEEDS))

    def _measured(self, found: Mapping[tuple[str, str], Judged], faults_s: float) -> Measured:
        return Measured(
            contracts=self.contracts,
            partial=bool(self.settings.only),
            faults=[(each, _joined(found, each.id)) for each in self.faults],
            variants=[
                *((each, self._of_variant(found, each)) for each in self.variants),
                *((each, found["combination", each.id]) for each in self.combinations),
                *((each, found["group", each.id]) for each in self._blamed_groups(found)),
            ],
            degenerate=[(each, found["degenerate", each.id]) for each in self.degenerate],
            repetitions=[
                (seed, [found[f"run {number}", name] for name in self.contracts])
                for number, seed in enumerate(self._seeds())
            ],
            excused=degenerate.excused(),
            groups={
                each.id: group.id
                for group in self.groups
                for each in self.variants
                if each.id in group.variants and ("variant", each.id) not in found
            },
            faults_s=faults_s,
        )


def _must_violate_something(fault: Fault, contract: Contract) -> None:
    """Raise `ContractError` for a fault that names an operation or a requirement that there is not."""
    for named, known in ((fault.operation, contract.operations), (fault.violates, contract.requirements)):
        if named not in known:
            where = packs.of_contract(contract.id).modules / "faults"
            raise ContractError(where, fault.id, f"there is no {named!r}{did_you_mean(named, known)}")


def batched(items: Sequence[T], size: int) -> Iterator[list[T]]:
    """Yield the items in lists of `size`; the last one may be shorter."""
    for start in range(0, len(items), size):
        yield list(items[start : start + size])


def _reaches_beyond(pack: Sequence[Fault], judged: Judged) -> bool:
    return bool(judged.broken) or any(not name.startswith(f"{pack[0].operation}/") for name in judged.blamed)


def _joined(found: Mapping[tuple[str, str], Judged], name: str) -> Judged:
    own, whole = found["own", name], found.get(("whole", name))
    return own if whole is None else whole.joined(own)


def prove(settings: Settings, listener: Listener) -> dict[str, Any]:
    """Make the proof and return its document (`assay-proof/1`)."""
    started = time.time()
    folders = [pack.data for pack in packs.known()]
    before = catalogue.digest_of(*folders)
    measured = Experiment(settings).measured(listener)
    # A proof of checks that were edited meanwhile proves neither the old ones nor the new ones.
    changed = catalogue.digest_of(*folders) != before
    proof = document(measured, ["the catalogue was changed while it was measured"] if changed else [])
    about = {
        "suite_version": version("assay"),
        "catalogue_sha256": before,
        "seed": settings.seed,
        "started": datetime.fromtimestamp(started, UTC).isoformat(timespec="seconds"),
        "duration_s": round(time.time() - started, 3),
        "faults_s": measured.faults_s,
        "workers": settings.workers,
        "partial": bool(settings.only),
    }
    return {"format": proof.pop("format"), "proof": about, **proof}
