"""Writes the report document and its views into the report folder."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from assay.exceptions import UnwritableError, UsageError
from assay.report.forms import DEFAULT, DOCUMENT, FORMS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import Self

    from securesystemslib.signer import CryptoSigner

    from assay.report.document import Report, View


def write_all(
    report: Report, folder: Path, names: Iterable[str] = DEFAULT, signer: CryptoSigner | None = None
) -> list[Path]:
    """Write the forms of a report into a folder, those last that speak of its `report.json`; return their paths.

    `signer` signs those that can be signed.
    """
    forms = [FORMS[name] for name in names]
    _side_by_side(report, {folder / form.file: form.view(report) for form in forms if not form.is_seal})
    for form in forms:
        if form.is_seal:
            write_pieces(folder / form.file, form.sealed(report, folder / DOCUMENT, signer))
    return [folder / form.file for form in forms]


def told(written: Sequence[Path]) -> str:
    """Return what is to be said of the files that were written, and of those beside them that were not."""
    lines = ["Reports: " + (", ".join(map(str, written)) or "none but the source")]
    # The document was written, or is what the others were made from.
    names = [form.file for form in FORMS.values() if form.file != DOCUMENT]
    others = [folder / name for folder in dict.fromkeys(each.parent for each in written) for name in names]
    if old := [each for each in others if each not in written and each.exists()]:
        lines.append(f"Of an earlier report, and not written anew: {', '.join(map(str, old))}")
    return "\n".join(lines)


def _side_by_side(report: Report, views: Mapping[Path, View]) -> None:
    """Write views in one go, so that each target is made only once."""
    with ExitStack() as stack:
        files = {path: stack.enter_context(_File(path)) for path in views}
        for path, view in views.items():
            files[path].add(view.opening())
        for position, target in enumerate(report.targets(), 1):
            for path, view in views.items():
                files[path].add(view.target(target, position))
        for path, view in views.items():
            files[path].add(view.closing())


def writable(folder: Path, *names: str) -> Path:
    """Return the report folder, which is made; raise `UsageError` where one of the files cannot be written there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"--report-dir {folder}: cannot be written: {error.strerror}"
        raise UsageError(message) from error
    for path in (folder / name for name in names):
        was_there = os.path.lexists(path)
        try:
            # Not only touched, which its owner may do with a file that is read-only; and no wait for a named pipe.
            os.close(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK, 0o666))
        except OSError as error:
            message = f"--report-dir {folder}: {path.name} cannot be written: {error.strerror}"
            raise UsageError(message) from error
        if not was_there:
            path.unlink()
    return folder


def write(path: Path, text: str) -> None:
    """Write one form that is small."""
    write_pieces(path, [text])


def write_pieces(path: Path, pieces: Iterable[str]) -> None:
    """Write one form, piece by piece."""
    with _File(path) as file:
        file.add(pieces)


class _File:
    """A file that is written piece by piece, and whose failures name it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> Self:
        with self._telling():
            # Half a surrogate pair, which JSON can name and UTF-8 cannot hold, is spelled out.
            self._file = self._path.open("w", encoding="utf-8", errors="backslashreplace")
        return self

    def __exit__(self, *_: object) -> None:
        with self._telling():
            self._file.close()

    def add(self, pieces: Iterable[str]) -> None:
        with self._telling():
            self._file.writelines(pieces)

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise UnwritableError(self._path, error.errno) from error
