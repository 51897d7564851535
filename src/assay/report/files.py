"""Writes the report document and its views into the report folder."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from assay.exceptions import ReportError
from assay.report import html, junit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def write_all(report: dict[str, Any], folder: Path) -> list[Path]:
    """Write `report.json`, `junit.xml` and `report.html` and return their paths."""
    views: dict[str, Callable[[], str]] = {
        # Not indented: a report is megabytes long, and only without it does Python write it in C.
        "report.json": lambda: json.dumps(report, ensure_ascii=False) + "\n",
        "junit.xml": lambda: junit.render(report),
        "report.html": lambda: html.render(report),
    }
    written = []
    for name, render in views.items():
        write(folder / name, render())
        written.append(folder / name)
    return written


def write(path: Path, text: str) -> None:
    """Write one form; half a surrogate pair, which JSON can name and UTF-8 cannot hold, is spelled out."""
    try:
        path.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        message = f"{path}: cannot be written: {error.strerror}"
        raise ReportError(message) from error
