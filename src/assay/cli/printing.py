"""Where one form of something goes: to standard output, or into a file."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from rich.console import Console


def put(pieces: Iterable[str], output: Path | None) -> None:
    """Write a text, piece by piece, into a file or to standard output."""
    if output is not None:
        from assay.report.files import write_pieces  # noqa: PLC0415 - only for a file

        write_pieces(output, pieces)
        return
    # Half a surrogate pair, or an old encoding, is no reason to end with a traceback.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    sys.stdout.writelines(pieces)


def show(render: Callable[[Console], None], output: Path | None) -> None:
    """Print what is laid out for a terminal: there, or as plain text into a file."""
    from assay.report.lines import console  # noqa: PLC0415 - only for this form

    if output is None:
        render(console())
        return
    text = io.StringIO()
    render(console(text))
    put([text.getvalue()], output)
