"""What is to be read of a verification on a terminal, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.report.attestation.verification import Standing
from assay.report.digest import standing, verdict_in_words
from assay.report.text import counted, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from assay.report.attestation.verification import Verification
    from assay.report.digest import Node
    from assay.report.document import Report

_HEADLINES = {
    Standing.VERIFIED: "verified",
    Standing.UNCHECKED: "agrees with its report; its signatures were not checked",
    Standing.UNSIGNED: "agrees with its report; it is not signed",
}

_WORTH = {
    Standing.VERIFIED: "The holder of this key vouches for this very report.",
    Standing.UNCHECKED: "Whose signatures these are is open: name by --key the public key of whoever you believe.",
    Standing.UNSIGNED: "Nothing was damaged or mixed up. But anyone can have made it: nothing says who did, nor that "
    "there was such a run.",
}

_SHOWN = 20
"""Lines of one kind: whoever made the file may have made a million of them."""

_LONGEST = 1000


def account(found: Verification, file: Path, document: Path) -> Iterator[str]:
    """Yield what a verification came to; every line can be printed as it is."""
    if found.problems:
        yield one_line(f"{file}: does not verify")
        yield from _some(found.problems, "problem")
    elif found.report is not None:
        yield one_line(f"{file}: {_HEADLINES[found.standing]}")
        yield f"  {_WORTH[found.standing]}"
        yield from _labelled("key", [f"ed25519, key id {found.key}"] if found.key else [])
        yield from _labelled("report", [f"{document}, sha256 {found.sha256}"])
        yield from _said(found.report)
    yield from _some([f"note: {each}" for each in found.notes], "note")


def _said(report: Report) -> Iterator[str]:
    run, outlines = report.run, report.survey.outlines
    made = f"{run['started']}, by Assay {run['suite_version']}, seed {run['seed']}"
    yield from _labelled("run", [made + _limits(run)])
    yield from _labelled("catalogue", [f"sha256 {run['catalogue_sha256']}"])
    yield from _labelled("proof", [f"{run.get('proof', 'not told')}, sha256 {run.get('proof_sha256', 'not told')}"])
    told = [
        f"{each['name']}, {each['contract']} at {each['base_url']}: "
        f"{verdict_in_words(standing(each, partial=run['partial']))}"
        for each in outlines[:_SHOWN]
    ]
    more = [f"and {len(outlines) - _SHOWN:,} more"] if len(outlines) > _SHOWN else []
    yield from _labelled("judged", [*told, *more])


def _limits(run: Node) -> str:
    """Return what keeps the verdicts of a run from speaking of everything."""
    parts = "" if run["complete"] else "; broken off"
    if "shard" in run:
        return f"{parts}; shard {run['shard']} only"
    return f"{parts}; selected requirements only" if run["partial"] else parts


def _labelled(label: str, values: Sequence[str]) -> Iterator[str]:
    for value in values:
        yield one_line(f"  {label:<10}{value}")
        label = ""


def _some(lines: Sequence[str], noun: str) -> Iterator[str]:
    yield from (one_line(f"  {each[:_LONGEST]}{'…' * (len(each) > _LONGEST)}") for each in lines[:_SHOWN])
    if len(lines) > _SHOWN:
        yield f"  and {counted(len(lines) - _SHOWN, f'more {noun}')}"
