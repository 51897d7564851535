"""Plans the proof: which servers are judged, by which checks, in which batches; and measures it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Protocol

from assay import catalogue, faults
from assay.exceptions import UsageError, did_you_mean
from assay.prove.judging import Batch, Judged, Subject, judge_all
from assay.prove.matrix import Measured, document
from assay.prove.servers import everything, legal
from assay.reference.hosting import FACTORIES
from assay.variants import degenerate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from assay.faults import Fault
    from assay.prove.servers import Server

REPETITIONS = 5
"""Runs with the same seed against the faultless servers."""

OTHER_SEEDS = 2
"""Runs with a seed each of their own behind them."""

_SIZES = {"zuora": 5, "onedata": 12, "vcf": 16}
"""How many servers make a batch of a few seconds, judged by the whole contract."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to prove."""

    workers: int
    seed: int = 1
    only: tuple[str, ...] = ()
    """Globs on the ids of faults, variants and degenerate servers; empty takes all of them, and the faultless ones."""


class Listener(Protocol):
    """Who is told of a proof as it goes on."""

    def planned(self, servers: int) -> None:
        """So many judgements of a server are going to be made."""

    def judged(self, servers: int) -> None:
        """So many more have been made."""


class Experiment:
    """All servers of a proof, and what the checks make of them."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.contracts = catalogue.load()
        self._all_selected([each.id for each in everything(settings.seed)])
        self.faults = [each for each in faults.load().values() if self._selects(each)]
        self.variants = [each for each in legal(settings.seed) if self._selects(each)]
        self.degenerate = [each for each in degenerate.load().values() if self._selects(each)]

    def measured(self, listener: Listener) -> Measured:
        """Judge every server."""
        batches = list(self.batches())
        listener.planned(sum(len(batch.subjects) for batch in batches))
        found: dict[tuple[str, str], Judged] = {}
        for batch, judged in judge_all(batches, self.settings.workers):
            found |= {(batch.purpose, each.name): each for each in judged}
            listener.judged(len(judged))
        return self._measured(found)

    def batches(self) -> Iterator[Batch]:
        """Yield what is to be judged; the checks of a fault's own operation come first."""
        yield from self._of_faults("own", lambda fault: {fault.operation})
        for number, seed in enumerate(self._seeds()):
            subjects = [self._whole(name, name, factory) for name, factory in FACTORIES.items()]
            yield Batch(f"run {number}", tuple(subjects), seed)
        yield from self._of_sound_and_degenerate("variant", self.variants)
        yield from self._of_sound_and_degenerate("degenerate", self.degenerate)
        yield from self._of_faults("elsewhere", lambda fault: self._operations(fault.contract) - {fault.operation})

    def _of_faults(self, purpose: str, operations: Callable[[Fault], Iterable[str]]) -> Iterator[Batch]:
        for contract, size in _SIZES.items():
            for generated in (True, False):
                subjects = [
                    Subject(fault.id, contract, fault.factory, asked, generated and purpose == "own")
                    for fault in self.faults
                    if fault.contract == contract and fault.generated is generated
                    if (asked := frozenset(operations(fault)))
                ]
                yield from self._batches(purpose, subjects, size)

    def _of_sound_and_degenerate(self, purpose: str, servers: Sequence[Server]) -> Iterator[Batch]:
        for contract, size in _SIZES.items():
            subjects = [self._whole(each.id, contract, each.factory) for each in servers if each.contract == contract]
            yield from self._batches(purpose, subjects, size)

    def _batches(self, purpose: str, subjects: Sequence[Subject], size: int) -> Iterator[Batch]:
        for start in range(0, len(subjects), size):
            yield Batch(purpose, tuple(subjects[start : start + size]), self.settings.seed)

    def _whole(self, name: str, contract: str, factory: str) -> Subject:
        return Subject(name, contract, factory, self._operations(contract), generated=True)

    def _operations(self, contract: str) -> frozenset[str]:
        return frozenset(self.contracts[contract].operations)

    def _seeds(self) -> list[int]:
        first = self.settings.seed
        return [] if self.settings.only else [first] * REPETITIONS + list(range(first + 1, first + 1 + OTHER_SEEDS))

    def _selects(self, each: Server) -> bool:
        only = self.settings.only
        return not only or any(fnmatchcase(each.id, pattern) for pattern in only)

    def _all_selected(self, ids: Sequence[str]) -> None:
        for pattern in self.settings.only:
            if not any(fnmatchcase(each, pattern) for each in ids):
                message = f"--only {pattern!r} selects nothing{did_you_mean(pattern, ids)}"
                raise UsageError(message)

    def _measured(self, found: Mapping[tuple[str, str], Judged]) -> Measured:
        return Measured(
            contracts=self.contracts,
            partial=bool(self.settings.only),
            faults=[(each, _joined(found, each.id)) for each in self.faults],
            variants=[(each, found["variant", each.id]) for each in self.variants],
            degenerate=[(each, found["degenerate", each.id]) for each in self.degenerate],
            repetitions=[
                (seed, [found[f"run {number}", name] for name in FACTORIES])
                for number, seed in enumerate(self._seeds())
            ],
            excused=degenerate.excused(),
        )


def _joined(found: Mapping[tuple[str, str], Judged], name: str) -> Judged:
    own = found["own", name]
    elsewhere = found.get(("elsewhere", name))
    return own if elsewhere is None else own.joined(elsewhere)


def prove(settings: Settings, listener: Listener) -> dict[str, Any]:
    """Make the proof and return its document (`assay-proof/1`)."""
    started = time.time()
    proof = document(Experiment(settings).measured(listener))
    about = {
        "suite_version": version("assay"),
        "catalogue_sha256": catalogue.digest(),
        "seed": settings.seed,
        "started": datetime.fromtimestamp(started, UTC).isoformat(timespec="seconds"),
        "duration_s": round(time.time() - started, 3),
        "workers": settings.workers,
        "partial": bool(settings.only),
    }
    return {"format": proof.pop("format"), "proof": about, **proof}
