"""What is inside a compressed body, as far as evidence needs to know it."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

MAX_DECODED_BYTES = 262_144
_MOST_LAYERS = 3
_GZIP, _ZLIB, _BARE = 31, 15, -15
_OPAQUE = (b"\x28\xb5\x2f\xfd", b"BZh", b"\xfd7zXZ\x00")
"""How Zstandard, bzip2 and xz begin."""
_TRANSPARENT = frozenset({"", "identity", "gzip", "x-gzip", "deflate"})


@dataclass(frozen=True, slots=True)
class Opened:
    """The content of a compressed body."""

    data: bytes
    coding: str
    """What was taken off, outermost first."""
    is_whole: bool
    """Whether that is all, and not just as much as was worth decoding."""


def opened(data: bytes, coding: str) -> Opened | None:
    """Return the content of a compressed body, or nothing where it is not compressed.

    Compression is recognised by its first bytes, whatever the headers say; only bare deflate has none, and there the
    header `coding` decides. A damaged body is opened as far as it goes, as a reader could do too.
    """
    layers: list[str] = []
    is_whole = True
    while len(layers) < _MOST_LAYERS and (bits := _format_of(data, coding if not layers else "")):
        inside, is_whole = _inflated(data, bits)
        if not inside:
            break
        data = inside
        layers.append("gzip" if bits == _GZIP else "deflate")
    return Opened(data, ", ".join(layers), is_whole) if layers else None


def is_opaque(data: bytes, coding: str) -> bool:
    """Whether a body is in a content coding, or a form of compression, that cannot be looked into."""
    return data.startswith(_OPAQUE) or any(part.strip().lower() not in _TRANSPARENT for part in coding.split(","))


def _format_of(data: bytes, coding: str) -> int:
    if data[:2] == b"\x1f\x8b":
        return _GZIP
    if len(data) > 1 and data[0] & 15 == 8 and int.from_bytes(data[:2]) % 31 == 0:  # noqa: PLR2004 - RFC 1950, section 2.2
        return _ZLIB
    return _BARE if "deflate" in coding.lower() else 0


def _inflated(data: bytes, bits: int) -> tuple[bytes, bool]:
    inside = bytearray()
    while data:
        member = zlib.decompressobj(bits)
        try:
            inside += member.decompress(data, MAX_DECODED_BYTES)
        except zlib.error:
            return bytes(inside + _before_the_damage(data, bits)), True
        if len(inside) >= MAX_DECODED_BYTES:
            return bytes(inside), False
        data = member.unused_data
    return bytes(inside), True


def _before_the_damage(data: bytes, bits: int) -> bytes:
    """Decode one byte at a time: an error takes with it whatever else the same call had decoded."""
    inside = bytearray()
    member = zlib.decompressobj(bits)
    for number in range(len(data)):
        try:
            inside += member.decompress(data[number : number + 1])
        except zlib.error:
            break
        if len(inside) >= MAX_DECODED_BYTES:
            break
    return bytes(inside)
