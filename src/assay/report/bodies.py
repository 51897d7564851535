"""Bodies made readable for a page: JSON laid out, gzip unpacked, other bytes dumped, everything bounded.

What a message speaks of is marked where it stands.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from assay.report.text import counted, indented_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from assay.report.clues import Clue, Path
    from assay.report.digest import Node

BODY_SHOWN = 8 * 1024
"""Characters of a body that the page holds; the rest is in the report document."""

_DUMPED = 128
"""Bytes of a binary body that are dumped."""

_ROW = 8
"""Bytes a row, so that a dump fits on a phone."""

_AROUND = 3
"""Lines before and behind a mark that stands beyond what is shown."""

_KEY = re.compile(r'("(?:[^"\\]|\\.)*"): ')


@dataclass(frozen=True, slots=True)
class BodyView:
    """A body made readable."""

    kind: str
    """`empty`, `JSON`, `text` or `binary`."""
    size: int
    text: str = ""
    remark: str = ""
    """What was done to it or left out."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a body as it is shown: lines without a mark, or one with a mark."""

    text: str
    mark: str = ""
    """`wrong`, `missing` or, for lines that are left out, `gap`."""
    note: str = ""
    """What was expected there."""


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    path: Path | None
    """Of the value that begins here; `None` where one ends."""
    mark: str = ""
    note: str = ""


def body_view(body: Node | None, headers: list[list[str]] | None = None) -> BodyView:
    """Return a body made readable."""
    view = _whole(body, headers)
    if len(view.text) <= BODY_SHOWN:
        return view
    return BodyView(view.kind, view.size, view.text[:BODY_SHOWN], _cut(view))


def marked_view(body: Node | None, headers: list[list[str]], clues: Sequence[Clue]) -> tuple[BodyView, list[Segment]]:
    """Return a body made readable, and its text in parts, of which those are marked that a message speaks of."""
    view = _whole(body, headers)
    lines = _marked(list(_lines(view.text)), clues) if view.kind == "JSON" and clues else []
    if not any(line.mark for line in lines):
        view = body_view(body, headers)
        return view, [Segment(view.text)]
    shown = _bounded(lines)
    remark = _cut(view) if any(line.mark == "gap" for line in shown) else view.remark
    return BodyView(view.kind, view.size, view.text, remark), _segments(shown)


def places(body: Node | None, headers: list[list[str]], clues: Sequence[Clue]) -> list[Path]:
    """Return where in a JSON body the clues lead to."""
    view = _whole(body, headers) if clues else BodyView("empty", 0)
    lines = _lines(view.text) if view.kind == "JSON" else iter(())
    return [
        line.path
        for line in lines
        if line.path is not None and any(each.leads_to(line.path, _value(line)) for each in clues)
    ]


def _cut(view: BodyView) -> str:
    return "; ".join(filter(None, [view.remark, f"first {counted(BODY_SHOWN, 'character')}; more in report.json"]))


def _whole(body: Node | None, headers: list[list[str]] | None) -> BodyView:
    if not body or not body["bytes"]:
        return BodyView("empty", 0)
    size = body["bytes"]
    remarks = [f"cut when it was recorded, of {counted(size, 'byte')}"] if body.get("truncated") else []
    text = body.get("text")
    if text is None:
        content = _decoded(body["base64"])
        text = _unpacked(content) if _says_gzip(headers or []) else None
        if text is None:
            shown = f"first {_DUMPED} of {counted(size, 'byte')}" if size > _DUMPED else ""
            return BodyView("binary", size, _dump(content[:_DUMPED]), shown)
        remarks.append("unpacked from gzip")
    laid_out = indented_json(text)
    return BodyView("JSON" if laid_out else "text", size, laid_out or text, "; ".join(remarks))


def json_of(body: Node | None, headers: list[list[str]]) -> object:
    """Return what a body says as JSON, or `...` where it says nothing or was cut."""
    if not body or not body["bytes"] or body.get("truncated"):
        return ...
    text = body.get("text")
    if text is None:
        text = _unpacked(_decoded(body["base64"])) if _says_gzip(headers) else None
    try:
        return json.loads(text) if text is not None else ...
    except (ValueError, RecursionError):
        return ...


def _lines(text: str) -> Iterator[_Line]:
    """Yield the lines of a laid out JSON text, each with the path of the value that begins there."""
    holders: list[tuple[Path, bool]] = []
    places: list[int] = []
    for line in text.split("\n"):
        said = line.strip().removesuffix(",")
        if said[:1] in ("]", "}") and holders:
            holders.pop()
            places.pop()
            yield _Line(line, None)
            continue
        path: Path = ()
        if holders:
            parent, is_object = holders[-1]
            key = _KEY.match(said) if is_object else None
            path = (*parent, json.loads(key[1]) if key else places[-1])
            places[-1] += 1
            said = said[key.end() :] if key else said
        yield _Line(line, path)
        if said in ("[", "{"):
            holders.append((path, said == "{"))
            places.append(0)


def _marked(lines: list[_Line], clues: Sequence[Clue]) -> list[_Line]:
    """Return the lines with those marked that the clues lead to; what is missing gets a line of its own."""
    marked: list[_Line] = []
    for line in lines:
        found = [each for each in clues if line.path is not None and each.leads_to(line.path, _value(line))]
        wrong = next((each for each in found if not each.missing), None)
        marked.append(_Line(line.text, line.path, "wrong", wrong.note) if wrong else line)
        indent = " " * (len(line.text) - len(line.text.lstrip()) + 2)
        for each in found:
            marked += [_Line(f"{indent}{name}", None, "missing", "missing") for name in each.missing]
    return marked


def _value(line: _Line) -> str:
    """Return what a line says of its value."""
    said = line.text.strip().removesuffix(",")
    key = _KEY.match(said)
    return said[key.end() :] if key else said


def _bounded(lines: list[_Line]) -> list[_Line]:
    """Return the first lines, as many as a page has room for, and what is marked behind them."""
    room, shown = BODY_SHOWN, []
    marks = [number for number, line in enumerate(lines) if line.mark]
    left_out = 0
    for number, line in enumerate(lines):
        room -= len(line.text) + 1
        if room >= 0 or any(abs(number - mark) <= _AROUND for mark in marks[:_AROUND]):
            if left_out:
                shown.append(_gap(left_out))
            left_out = 0
            shown.append(line if len(line.text) <= BODY_SHOWN else _Line(line.text[:BODY_SHOWN], None, line.mark))
        else:
            left_out += 1
    return [*shown, _gap(left_out)] if left_out else shown


def _gap(number: int) -> _Line:
    return _Line(f"⋯ {counted(number, 'line')} left out ⋯", None, "gap")


def _segments(lines: list[_Line]) -> list[Segment]:
    """Join lines without a mark, so that a page holds few elements."""
    segments: list[Segment] = []
    for mark, group in groupby(lines, key=lambda line: line.mark):
        if mark:
            segments += [Segment(line.text, line.mark, line.note) for line in group]
        else:
            segments.append(Segment("\n".join(line.text for line in group)))
    return segments


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except binascii.Error:
        return b""


def _says_gzip(headers: list[list[str]]) -> bool:
    return any(name.lower() == "content-encoding" and "gzip" in value.lower() for name, value in headers)


def _unpacked(content: bytes) -> str | None:
    """Return the text that a gzip body holds, as far as a page has room for it, or `None`."""
    try:
        plain = zlib.decompressobj(wbits=31).decompress(content, BODY_SHOWN * 4)
        return plain.decode()
    except (zlib.error, UnicodeDecodeError):
        return None


def _dump(content: bytes) -> str:
    """Return bytes as a hexadecimal dump."""
    lines = []
    for offset in range(0, len(content), _ROW):
        row = content[offset : offset + _ROW]
        ink = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in row)  # noqa: PLR2004 - printable ASCII
        lines.append(f"{offset:04x}  {row.hex(' '):<{3 * _ROW - 1}}  {ink}")
    return "\n".join(lines)
