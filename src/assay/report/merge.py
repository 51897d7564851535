"""Unites the journals of the shards of a run: what comes out is the journal of a run without shards.

Entries are copied as they stand. Only the probes need thought: each shard probes the operations of which it saw
something accepted, so several may have asked for the same thing, and the answer that grants most counts.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from assay.address import Address, NoAddressError
from assay.exceptions import UsageError
from assay.journal import FILE_NAME, Journal, Record, lines, read
from assay.probe import accepts
from assay.report.build import Judged

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Part:
    """The journal of one shard."""

    folder: Path
    record: Record
    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.folder} (shard {self.number}/{self.of})"


def parts_in(folders: Sequence[Path]) -> list[Part]:
    """Read the report folders of all shards of a run; raise `UsageError` where they are not."""
    parts = sorted((_part(folder) for folder in folders), key=lambda each: each.number)
    _each_stands_once(parts)
    for part in parts[1:]:
        _belong_together(parts[0], part)
    return parts


def merge(parts: Sequence[Part], path: Path, *, strict: bool = False, accept_incomplete: bool = False) -> None:
    """Write the journal of the run of which these are the shards; waivers are theirs, the other terms are told anew."""
    with Journal(path) as journal:
        journal.write(_head(parts))
        journal.write({**_terms(parts), "strict": strict, "accept_incomplete": accept_incomplete})
        for entry in _entries(parts):
            journal.append(entry)
        journal.write(_end(parts))


def _part(folder: Path) -> Part:
    record = read(folder / FILE_NAME)
    shard = record.run["run"].get("shard")
    if shard is None:
        message = f"{folder}: holds a whole run and no shard, which `assay run --shard K/N` makes"
        raise UsageError(message)
    number, _, of = shard.partition("/")
    return Part(folder, record, int(number), int(of))


def _each_stands_once(parts: Sequence[Part]) -> None:
    first = parts[0]
    for part, following in pairwise(parts):
        if following.of != first.of:
            message = f"{following} and {first} are shards of different runs"
            raise UsageError(message)
        if following.number == part.number:
            message = f"{following} and {part} are the same shard"
            raise UsageError(message)
    missing = sorted(set(range(1, first.of + 1)) - {part.number for part in parts})
    if missing:
        named = ", ".join(f"{number}/{first.of}" for number in missing)
        message = f"of the shards of this run {'one is' if len(missing) == 1 else 'some are'} missing: {named}"
        raise UsageError(message)


def _belong_together(first: Part, other: Part) -> None:
    mine, theirs = _identity(first.record), _identity(other.record)
    for what in dict.fromkeys([*mine, *theirs]):
        if mine.get(what) != theirs.get(what):
            message = (
                f"{other} is no shard of the same run as {first}: {what} is {_shown(theirs.get(what))}, "
                f"not {_shown(mine.get(what))}"
            )
            raise UsageError(message)


def _identity(record: Record) -> dict[str, Any]:
    """Return what the shards of one run have in common, by the words of its user."""
    head = record.run
    run = head["run"]
    return {
        "the version of the suite": run["suite_version"],
        "the digest of the catalogue": run["catalogue_sha256"],
        "the standing of the proof": run["proof"],
        "--seed": run["seed"],
        **head["options"],
        "the list of targets": [each["name"] for each in head["targets"]],
        **{f"the target {each['name']}": _target(each) for each in head["targets"]},
        "what is declared": head["contracts"],
        "the list of waivers": record.terms.get("waivers", []),
    }


def _target(target: dict[str, Any]) -> dict[str, Any]:
    """Return what the shards of one run must agree in about a target."""
    known = {key: value for key, value in target.items() if key not in {"name", "share", "file"}}
    try:
        address = Address.of(target["base_url"])
    except NoAddressError:
        # A secret has been taken out of it.
        return known
    # Each machine may start its own server, on whatever port is free.
    own = f"{address.origin.scheme}://{address.origin.host}{address.target}"
    return {**known, "base_url": own} if address.origin.is_loopback else known


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else f"{text[:200]}…"  # noqa: PLR2004 - what a message has room for


def _head(parts: Sequence[Part]) -> dict[str, Any]:
    head = parts[0].record.run
    run = {key: value for key, value in head["run"].items() if key != "shard"}
    run |= {
        "started": min(part.record.run["run"]["started"] for part in parts),
        "partial": bool(head["options"]["--only"]),
    }
    targets = [{key: value for key, value in each.items() if key != "share"} for each in head["targets"]]
    return {**head, "run": run, "targets": targets}


def _terms(parts: Sequence[Part]) -> dict[str, Any]:
    """Return the terms of the shards, on the day on which the last of them ran."""
    on = max(part.record.terms.get("on", "") for part in parts)
    return {"kind": "terms", "on": on, "waivers": parts[0].record.terms.get("waivers", [])}


def _entries(parts: Sequence[Part]) -> Iterator[bytes]:
    """Yield the entries of all shards; of the probes of one operation, those that grant more than the ones before."""
    granted: dict[tuple[str, str], bool] = {}
    for part in parts:
        for line in lines(part.folder / FILE_NAME):
            if line.startswith(b'{"kind":"terms"'):
                continue
            if line.startswith(b'{"kind":"probe"'):
                entry = json.loads(line)
                key = entry["target"], entry["operation"]
                grants = accepts(entry["exchange"])
                if key in granted and grants <= granted[key]:
                    continue
                granted[key] = grants
            yield line


def _end(parts: Sequence[Part]) -> dict[str, Any]:
    ends = [part.record.end for part in parts]
    whole = [end for end in ends if end is not None]
    # Workers elsewhere do not count what belongs to no check; then checks are added up.
    counted = any(part.record.requests for part in parts)
    return {
        "kind": "end",
        # They ran beside each other.
        "duration_s": max((end["duration_s"] for end in whole), default=0.0),
        **({"requests": sum(Judged(part.record).run["requests"] for part in parts)} if counted else {}),
        "interrupted": len(whole) < len(ends) or any(end["interrupted"] for end in whole),
        "problems": [problem for end in whole for problem in end["problems"]],
    }
