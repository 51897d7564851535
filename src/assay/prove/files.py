"""Writes the proof document and its views."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from assay.prove import html
from assay.report.files import write

if TYPE_CHECKING:
    from pathlib import Path


FILES = ("proof.json", "proof.html")


def write_all(proof: dict[str, Any], folder: Path) -> list[Path]:
    """Write `proof.json` and `proof.html` and return their paths."""
    texts = json.dumps(proof, ensure_ascii=False, indent=1) + "\n", html.render(proof)
    for name, text in zip(FILES, texts, strict=True):
        write(folder / name, text)
    return [folder / name for name in FILES]
