"""Texts and values as messages quote them: short, and so marked where they are cut that no half of a secret stays."""

from __future__ import annotations

import json

CUT = "…"
"""What stands where a text was cut; half a secret before it goes too."""


def brief(text: str, length: int = 100) -> str:
    """Return the beginning of a text that is too long, so marked that half a secret at its end is known as such."""
    return text if len(text) <= length else text[:length] + CUT


def quoted(value: object, length: int = 300) -> str:
    """Return the beginning of a value in the spelling of JSON."""
    text = ""
    # Piece by piece: a body may have megabytes.
    for piece in json.JSONEncoder(ensure_ascii=False, default=str).iterencode(value):
        text += piece
        if len(text) > length:
            break
    return brief(text, length)
