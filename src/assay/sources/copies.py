"""Copies of documents in a folder: which copy is of which document, and what each says otherwise."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assay.exceptions import UsageError
from assay.sources.drift import Drift, drift, likeness

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from assay.sources.drift import Change
    from assay.sources.ledger import Ledger

LARGEST = 500_000
"""Bytes; no page of one operation is as long, and what is longer is not read."""
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
    without_ledger: tuple[str, ...] = ()
    """The ids of the operations of whose documents nothing is known."""

    @property
    def drifts(self) -> list[Drift]:
        """Those of the documents of which there is a copy."""
        return [each.drift for each in self.documents if each.drift is not None]

    @property
    def not_compared(self) -> list[str]:
        """The ids of the operations whose documents were asked for and not looked at."""
        return [*(each.ledger.operation for each in self.documents if each.copy is None), *self.without_ledger]

    @property
    def has_drifted(self) -> bool:
        """Whether a copy says something else."""
        return any(each.changes for each in self.drifts)

    def document(self) -> dict[str, Any]:
        """Return what `assay sources --documents DIR --json` prints."""
        return {
            "documents": [_document(each) for each in self.documents],
            "requirements": list(dict.fromkeys(name for each in self.drifts for name in each.requirements)),
            "not_compared": self.not_compared,
            "unclaimed": [str(each) for each in self.unclaimed],
        }


def compare(
    ledgers: Sequence[Ledger], folder: Path, others: Sequence[Ledger] = (), without_ledger: Sequence[str] = ()
) -> Comparison:
    """Read the copies in a folder again; a `UsageError` where there is a copy of none of the documents.

    Copies of the documents of `others` are left alone; `without_ledger` are operations that were asked for in vain.
    """
    if not ledgers:
        message = f"there is no ledger of {', '.join(without_ledger)}; `assay sources --draft` begins one"
        raise UsageError(message)
    if not folder.is_dir():
        message = f"{folder}: there is no such folder"
        raise UsageError(message)
    names = {each.document for each in [*ledgers, *others]}
    texts = {path: _text(path, names) for path in _files(folder)}
    owners = {path: _document_of(path, text, [*ledgers, *others]) for path, text in texts.items()}
    found = [
        each
        for ledger in ledgers
        for each in _rereads(ledger, {path: texts[path] for path in texts if owners[path] == ledger.document})
    ]
    if not any(each.copy for each in found):
        wanted = ", ".join(dict.fromkeys(each.document for each in ledgers))
        message = f"{folder} holds no copy of any document: {wanted}"
        raise UsageError(message)
    return Comparison(tuple(found), tuple(path for path in texts if owners[path] is None), tuple(without_ledger))


def _files(folder: Path) -> Iterable[Path]:
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_file() and not hidden:
            yield path


def _text(path: Path, names: Collection[str]) -> str:
    """Return the text of a file, or nothing of one that is too long; no document's own name may stand on such a one."""
    size = path.stat().st_size
    if size <= LARGEST:
        return read(path)
    if path.name in names:
        message = f"{path} has {size} bytes, and a copy of one page at most {LARGEST}: save the page alone"
        raise UsageError(message)
    return ""


def read(path: Path) -> str:
    """Return the text of a document; a `UsageError` where it cannot be read."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        message = f"{path}: cannot be read: {error.strerror}"
        raise UsageError(message) from error
    wide = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return raw.decode("utf-16" if wide else "utf-8", "replace")


def _document_of(path: Path, text: str, ledgers: Iterable[Ledger]) -> str | None:
    """Return the document that a file is a copy of: by its name or, where that is another one, by what it says.

    Pages of one vendor say much alike, so that it is the one whose ledger knows most of the file.
    """
    if any(each.document == path.name for each in ledgers):
        return path.name
    known, document = max(((likeness(each, text), each.document) for each in ledgers), default=(0.0, ""))
    return document if known >= ALIKE else None


def _rereads(ledger: Ledger, copies: Mapping[Path, str]) -> list[Reread]:
    return [Reread(ledger, path, drift(ledger, text)) for path, text in copies.items()] or [Reread(ledger, None, None)]


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
