"""Goes on with a run that was broken off: what its journal says was decided, and whether it is the same run."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay import probe
from assay.exceptions import UsageError
from assay.journal import entries_of
from assay.model import Outcome
from assay.plan import Past, Shard

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from assay.model import Contract
    from assay.target import Target

_MAY_DIFFER = ("started", "proof", "proof_sha256", "partial", "share", "file")
"""What the head says that does not tell a run from another, or follows from its options."""
_OPTIONS = ("seed", "shard")
"""What the head says as it was told on the command line."""


@dataclass
class Earlier:
    """What a run had done before it was broken off."""

    head: dict[str, Any]
    outcomes: dict[tuple[str, str], Outcome] = field(default_factory=dict)
    """By target name and check id."""
    taken: dict[tuple[str, str], dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    accepted: set[tuple[str, str]] = field(default_factory=set)
    """Target name and operation id wherever a check rests on an accepted request."""
    probed: set[tuple[str, str]] = field(default_factory=set)
    requests: int = 0
    duration_s: float = 0.0
    terms: dict[str, Any] = field(default_factory=dict)
    """What its user let pass."""
    ended: bool = False
    """Whether it came to its end by itself."""

    def add(self, entry: Mapping[str, Any]) -> None:
        """Take in one more entry of the journal."""
        match entry["kind"]:
            case "check":
                self.outcomes[entry["target"], entry["check"]] = Outcome(entry["outcome"])
                self.accepted |= probe.accepted(entry)
                self.requests += entry["requests"]
            case "taken":
                self.taken[entry["target"], entry["state"]][entry["position"]] = entry["check"]
            case "probe":
                self.probed.add((entry["target"], entry["operation"]))
                self.requests += 1
            case "terms":
                self.terms = dict(entry)
            case "resumed":
                self.ended = False
            case "end":
                self.ended = not entry["interrupted"]
                self.duration_s = entry["duration_s"]
                # Also those that belong to no check that was decided.
                self.requests = max(self.requests, entry.get("requests", 0))

    @property
    def past(self) -> Past:
        """What must not be repeated; what a deadline or a budget had cut off is still to be done."""
        decided = (key for key, outcome in self.outcomes.items() if outcome is not Outcome.NOT_RUN)
        taken = {key: dict(sets) for key, sets in self.taken.items()}
        return Past(frozenset(decided), taken, frozenset(self.accepted), frozenset(self.probed), self.requests)


def read(path: Path) -> Earlier:
    """Read the journal of a run that is gone on with; its exchanges are not kept."""
    entries = entries_of(path)
    earlier = Earlier(next(entries))
    for entry in entries:
        earlier.add(entry)
    return earlier


@dataclass(frozen=True, slots=True)
class Before:
    """How a run was started."""

    files: tuple[Path, ...]
    """The target files; none where it judged the embedded servers."""
    options: Mapping[str, Any]
    """By name, those that make it another run."""


def how_it_was_started(path: Path) -> Before:
    """Read that from the journal of a run; raise `ReportError` where it is none."""
    head = next(entries_of(path))
    told = {name.removeprefix("--").replace("-", "_"): value for name, value in head.get("options", {}).items()}
    options = {
        "seed": head["run"]["seed"],
        "fuzz_examples": told["fuzz_examples"],
        "only": tuple(told["only"]),
        "shard": Shard(*map(int, head["run"]["shard"].split("/"))) if "shard" in head["run"] else None,
    }
    return Before(tuple(map(Path, head.get("files", ()))), options)


def same_run(path: Path, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Raise `UsageError` where the head of a journal describes another run than the one that is asked for."""
    found = list(_differences(before, json.loads(json.dumps(now))))
    if found:
        message = f"--resume {path}: that run was another one: {'; '.join(found)}"
        raise UsageError(message)


def _differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for part in ("run", "options"):
        one, other = before.get(part, {}), now[part]
        for key in sorted({*one, *other}.difference(_MAY_DIFFER)):
            if one.get(key) != other.get(key):
                name = f"--{key}" if key in _OPTIONS else key
                yield f"{name} was {_shown(one.get(key))} and is {_shown(other.get(key))}"
    targets = {each["name"]: each for each in before["targets"]}
    asked = {each["name"]: each for each in now["targets"]}
    yield from (f"target {name} was not judged" for name in asked if name not in targets)
    yield from (f"target {name} is missing" for name in targets if name not in asked)
    for name in sorted(targets.keys() & asked.keys()):
        yield from _differences_of_a_target(name, targets[name], asked[name])
    if targets.keys() == asked.keys() and list(targets) != list(asked):
        yield "the targets stood in another order"


def _differences_of_a_target(name: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for key in sorted({*before, *now}.difference(_MAY_DIFFER, ["states"])):
        if before.get(key) != now.get(key):
            yield f"{key} of target {name} was {_shown(before.get(key))} and is {_shown(now.get(key))}"
    sets, listed = before.get("states", {}), now["states"]
    for state in sorted({*sets, *listed}):
        # More sets may have been listed behind those that there were.
        if state not in sets or state not in listed or listed[state][: len(sets[state])] != sets[state]:
            yield f"[states.{state}] of target {name} lists other sets"


def _shown(value: object) -> str:
    return "nothing" if value is None else json.dumps(value, ensure_ascii=False)


def listed_sets(target: Target, contract: Contract) -> dict[str, list[str]]:
    """Return a digest of each set that a target file lists; of tokens nothing goes into it."""
    return {
        state: [_digest(values, contract.states[state].values) for values in (*entry.each, *_always(entry.always))]
        for state, entry in target.states.items()
    }


def _always(values: Mapping[str, object] | None) -> list[Mapping[str, object]]:
    return [] if values is None else [values]


def _digest(values: Mapping[str, object], kinds: Mapping[str, str]) -> str:
    plain = {name: str(value) for name, value in sorted(values.items()) if kinds.get(name) != "token"}
    return hashlib.sha256(json.dumps(plain).encode()).hexdigest()[:16]
