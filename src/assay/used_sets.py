"""Which of the sets that a run is about to take of listed states an earlier run has used up.

Every run takes the sets of a target file from the first one on. Of a state that a check uses up, such as a failed task,
a set serves one run: in the next, a server that conforms refuses what it accepted then, and would be blamed for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from assay import journal
from assay.exceptions import ReportError
from assay.head import shown_base_url
from assay.plan import Plan
from assay.resume import listed_sets

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from assay.model import Contract
    from assay.target import Target


@dataclass(frozen=True, slots=True)
class UsedSets:
    """Sets of one listed state of a target that an earlier run has used up."""

    target: str
    state: str
    number: int
    of: int
    """Sets that the run takes and that are listed."""
    started: str
    """When the earlier run began, as its journal says."""

    def __str__(self) -> str:
        began = datetime.fromisoformat(self.started)
        when = f"{began.day} {began.strftime('%B, %H:%M %Z')}".strip()
        were = "was" if self.number == 1 else "were"
        return (
            f"{self.number:,} of the {self.of:,} listed {self.state} that a run takes {were} used by the run of {when};"
            " list fresh ones or provide a state handler"
        )


def used_sets(
    folder: Path, targets: Iterable[Target], contracts: Mapping[str, Contract], only: tuple[str, ...], examples: int
) -> Iterator[UsedSets]:
    """Yield what the run that reported into a folder, or into the one that it lies in, has used up of these targets.

    A run that is repeated for one requirement reports into a folder of its own below the first report.
    """
    targets = [each for each in targets if each.states]
    for path in (folder / journal.FILE_NAME, folder.resolve().parent / journal.FILE_NAME):
        try:
            earlier = _Earlier(path) if targets and path.is_file() else None
        except ReportError:
            # Whatever it is, it is no journal.
            continue
        for target in targets if earlier is not None else ():
            contract = contracts[target.contract]
            assert earlier is not None  # noqa: S101 - else there are no targets
            yield from _used_of(target, contract, earlier, _taken_by_a_run(target, contract, only, examples))


def _taken_by_a_run(target: Target, contract: Contract, only: tuple[str, ...], examples: int) -> Mapping[str, int]:
    plan = Plan((target,), only, seed=0, fuzz_examples=examples, deadline=0.0, workers=0, folder=Path())
    return plan.needed(target, contract)


class _Earlier:
    """What the journal of an earlier run says of the sets that it took."""

    def __init__(self, path: Path) -> None:
        head = next(journal.entries_of(path))
        self.started = str(head["run"]["started"])
        self._targets = {(each["name"], each["base_url"]): each.get("states", {}) for each in head["targets"]}
        self._taken = {(each["target"], each["state"], each["position"]) for each in journal.taken(path)}

    def used(self, target: Target, contract: Contract, state: str) -> set[str]:
        """Return the digests of the sets of a state that were taken of the same target."""
        listed = self._targets.get((target.name, shown_base_url(target, contract)), {}).get(state, [])
        return {digest for place, digest in enumerate(listed) if (target.name, state, place) in self._taken}


def _used_of(target: Target, contract: Contract, earlier: _Earlier, takes: Mapping[str, int]) -> Iterator[UsedSets]:
    for state, digests in listed_sets(target, contract).items():
        if not contract.states[state].used_up or target.states[state].always is not None:
            continue
        wanted = digests[: takes.get(state, 0)]
        used = earlier.used(target, contract, state).intersection(wanted)
        if used:
            yield UsedSets(target.name, state, len(used), len(wanted), earlier.started)
