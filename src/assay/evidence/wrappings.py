"""What is inside the encoded and compressed parts of some bytes."""

from __future__ import annotations

import binascii
import re
from typing import TYPE_CHECKING

from assay.evidence.compression import opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.evidence.views import Span

_RUN = re.compile(rb"[A-Za-z0-9+/_-]{16,}(?:\s{1,3}[A-Za-z0-9+/_-]{16,})*={0,2}")
_HEX = re.compile(rb"(?:[0-9A-Fa-f]{2}){16,}")
_MEMBER = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")
_MOST_MEMBERS = 16
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_BLANKS = b" \t\r\n\f\v"


def contents(data: bytes) -> Iterator[tuple[Span, bytes]]:
    """Yield what each encoded or compressed part holds, and where the part stands."""
    for match in _HEX.finditer(data):
        yield from _opened(match.span(), bytes.fromhex(match[0].decode("ascii")))
    for match in _RUN.finditer(data):
        # Identifiers and paths look like base64, but hardly ever in both cases.
        if match[0].islower() or match[0].isupper():
            continue
        text = match[0].translate(_URL_SAFE, _BLANKS).rstrip(b"=")
        for skipped in range(4):
            yield from _opened(match.span(), _decoded(text[skipped:]))
    for number, match in enumerate(_MEMBER.finditer(data)):
        if number == _MOST_MEMBERS:
            break
        if inside := opened(data[match.start() :], ""):
            yield (match.start(), len(data)), inside.data


def _opened(span: Span, data: bytes) -> Iterator[tuple[Span, bytes]]:
    yield span, data
    if inside := opened(data, ""):
        yield span, inside.data


def _decoded(text: bytes) -> bytes:
    # One letter more than a multiple of four says nothing.
    whole = text[: len(text) - 1] if len(text) % 4 == 1 else text
    return binascii.a2b_base64(whole + b"==")
