"""Copies of documents in a folder: which copy is of which document, and what each says otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assay.exceptions import UsageError
from assay.sources.drift import Drift, drift, likeness

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from assay.sources.drift import Change
    from assay.sources.ledger import Ledger

LARGEST = 5_000_000
"""Bytes; no page of an API is longer."""
ALIKE = 0.3
"""The part of a file that a ledger must know, where its name is another one."""


@dataclass(frozen=True, slots=True)
class Reread:
    """A document, and what its copy says otherwise."""

    ledger: Ledger
    copy: Path | None
    """`None` where the folder holds no copy of it."""
    drift: Drift | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a folder of copies says otherwise than the ledgers."""

    documents: tuple[Reread, ...]
    unclaimed: tuple[Path, ...]
    """Files that are a copy of none of the documents."""

    @property
    def drifts(self) -> list[Drift]:
        """Those of the documents of which there is a copy."""
        return [each.drift for each in self.documents if each.drift is not None]

    @property
    def has_drifted(self) -> bool:
        """Whether a copy says something else."""
        return any(each.changes for each in self.drifts)

    def document(self) -> dict[str, Any]:
        """Return what `assay sources --documents DIR --json` prints."""
        return {
            "documents": [_document(each) for each in self.documents],
            "requirements": list(dict.fromkeys(name for each in self.drifts for name in each.requirements)),
            "unclaimed": [str(each) for each in self.unclaimed],
        }


def compare(ledgers: Sequence[Ledger], folder: Path) -> Comparison:
    """Read the copies in a folder again; a `UsageError` where there is a copy of none of the documents."""
    if not folder.is_dir():
        message = f"{folder}: there is no such folder"
        raise UsageError(message)
    texts = {path: read(path) for path in _files(folder)}
    found = [_reread(ledger, texts) for ledger in ledgers]
    if not any(each.copy for each in found):
        wanted = ", ".join(dict.fromkeys(each.document for each in ledgers))
        message = f"{folder} holds no copy of any document: {wanted}"
        raise UsageError(message)
    claimed = {each.copy for each in found}
    return Comparison(tuple(found), tuple(path for path in texts if path not in claimed))


def _files(folder: Path) -> Iterable[Path]:
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_file() and not hidden and path.stat().st_size <= LARGEST:
            yield path


def read(path: Path) -> str:
    """Return the text of a document; a `UsageError` where it cannot be read."""
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except OSError as error:
        message = f"{path}: cannot be read: {error.strerror}"
        raise UsageError(message) from error


def _reread(ledger: Ledger, texts: dict[Path, str]) -> Reread:
    named = [path for path in texts if path.name == ledger.document]
    alike = {path: likeness(ledger, text) for path, text in texts.items() if path in named or not named}
    copy = max(alike, key=lambda path: alike[path], default=None)
    if copy is None or (not named and alike[copy] < ALIKE):
        return Reread(ledger, None, None)
    return Reread(ledger, copy, drift(ledger, texts[copy]))


def _document(each: Reread) -> dict[str, Any]:
    told: dict[str, Any] = {
        "document": each.ledger.document,
        "operation": each.ledger.operation,
        "copy": str(each.copy) if each.copy else None,
        "statements": len(each.ledger.statements),
    }
    if each.drift is None:
        return told
    return told | {
        "kept": each.drift.kept,
        "changes": [_change(change) for change in each.drift.changes],
        "requirements": list(each.drift.requirements),
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "section": change.section,
        "vanished": [
            {"digest": each.key, "gist": each.gist, "requirements": list(each.requirements)} for each in change.gone
        ],
        "unknown": list(change.new),
        "requirements": list(change.requirements),
        **({"beside": list(change.beside)} if change.beside else {}),
    }
