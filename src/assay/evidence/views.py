"""Bytes seen through a decoding, and where each byte of what is seen comes from."""

from __future__ import annotations

import html
import re
import sys
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import compress
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Span = tuple[int, int]

_LEVELS = 3
"""How often a text may have been escaped again."""
_ESCAPE = re.compile(
    rb"%(?:[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4})"
    rb"|\\(?:u[dD][89abAB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|u\{[0-9A-Fa-f]{1,6}\}"
    rb"|x[0-9A-Fa-f]{2}|[\"'\\/bfnrt])"
    rb"|&(?:#[0-9]{1,9};?|#[xX][0-9A-Fa-f]{1,8};?|[A-Za-z][A-Za-z0-9]{1,31};)"
)
_SHORT_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_BETWEEN = re.compile(
    rb"""(?<=[{,])\s{0,99}(?:"[^"\\]{0,99}"|'[^'\\]{0,99}')\s{0,9}:|<[^<>]{1,199}>""",
)
"""What stands between the values of an object, and between the texts of a page: names and tags."""

_TOGETHER = 2
_APART = b" \t\r\n\"'"
_LETTERS = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_OTHERS = bytes(sorted(set(range(256)) - set(_LETTERS)))
_LOWER = bytes(range(256)).lower()
_IS_LETTER = bytes(byte in _LETTERS for byte in range(256))


class View(Protocol):
    """Something to search in."""

    @property
    def data(self) -> bytes:
        """What is seen."""

    def origin(self, index: int) -> Span:
        """Return where the byte at `index` comes from."""


@dataclass(frozen=True, slots=True)
class Whole:
    """Bytes as they are."""

    data: bytes

    def origin(self, index: int) -> Span:
        """Return where the byte at `index` is."""
        return index, index + 1


@dataclass(frozen=True, slots=True)
class _Edit:
    """One replaced place: from where to where in the parent, and in what came of it."""

    start: int
    end: int
    new_start: int
    new_end: int


class _Edited:
    """Bytes of another view with some places replaced."""

    def __init__(self, parent: View, places: re.Pattern[bytes], meaning: Callable[[re.Match[bytes]], bytes]) -> None:
        self._parent = parent
        self._places = places
        self._meaning = meaning
        self.data = places.sub(meaning, parent.data)

    @cached_property
    def edits(self) -> list[_Edit]:
        """What was replaced; seldom asked for, as there seldom is something to be found."""
        edits: list[_Edit] = []
        grown = 0
        for match in self._places.finditer(self._parent.data):
            start, end = match.span()
            new = len(self._meaning(match))
            edits.append(_Edit(start, end, start + grown, start + grown + new))
            grown += new - (end - start)
        return edits

    def origin(self, index: int) -> Span:
        """Return where the byte at `index` comes from."""
        # What was taken out leaves nothing behind, so that several edits may begin at one place: the last one counts.
        place = bisect_right(self.edits, index, key=lambda edit: edit.new_start) - 1
        if place < 0:
            return self._parent.origin(index)
        edit = self.edits[place]
        if index < edit.new_end:
            return self._parent.origin(edit.start)[0], self._parent.origin(edit.end - 1)[1]
        return self._parent.origin(index - edit.new_end + edit.end)


class Squeezed:
    """Only the letters and digits of another view, in lower case.

    What is wrapped, spelled out, put between quotes or made of two bytes a letter looks here as if it were not.
    """

    def __init__(self, parent: View) -> None:
        self._parent = parent
        self.data = squeezed(parent.data)

    @cached_property
    def positions(self) -> list[int]:
        """Where each byte stands in the parent."""
        return list(compress(range(len(self._parent.data)), self._parent.data.translate(_IS_LETTER)))

    def origin(self, index: int) -> Span:
        """Return where the byte at `index` comes from."""
        return self._parent.origin(self.positions[index])

    def is_word(self, start: int, end: int) -> bool:
        """Whether no letter or digit touches the bytes from `start` to `end` where they come from."""
        before, behind = self.positions[start] - 1, self.positions[end - 1] + 1
        around = self._parent.data[max(before, 0) : before + 1] + self._parent.data[behind : behind + 1]
        return not squeezed(around)

    def trimmed(self, start: int, end: int) -> Span:
        """Leave out one or two letters at an end that stand apart: of a word beside a secret they fit by chance."""
        for apart in (1, 2):
            if end - start > _TOGETHER + apart and self._is_gap(
                end - apart, self.positions[end - apart - _TOGETHER : end - apart]
            ):
                return start, end - apart
            behind = start + apart
            if end - start > _TOGETHER + apart and self._is_gap(behind, self.positions[behind : behind + _TOGETHER]):
                return behind, end
        return start, end

    def _is_gap(self, index: int, beside: list[int]) -> bool:
        """Whether a blank or a quote stands before a letter, and letters beside it stand together."""
        between = self._parent.data[self.positions[index - 1] + 1 : self.positions[index]]
        return beside[-1] - beside[0] == _TOGETHER - 1 and any(each in _APART for each in between)


def squeezed(data: bytes) -> bytes:
    """Return the letters and digits of `data` in lower case."""
    return data.translate(_LOWER, _OTHERS)


def levels(data: bytes) -> Iterator[View]:
    """Yield `data` as it is, and with one level of escapes after the other resolved, as long as there are any."""
    view: View | None = Whole(data)
    for _ in range(_LEVELS + 1):
        if view is None:
            return
        yield view
        view = _unescaped(view)


def values_alone(view: View) -> View | None:
    """Return a view without the names of JSON members and without tags, or nothing where there are none."""
    data = view.data
    if not (b'":' in data or b"':" in data or b'" :' in data or b"<" in data):
        return None
    return _edited(view, _BETWEEN, lambda _: b"")


def spans(view: View, start: int, end: int, original: bytes) -> Iterator[Span]:
    """Yield the places in the original from which the bytes from `start` to `end` come.

    Pieces with nothing but punctuation between them are one place.
    """
    first, last = view.origin(start)
    for index in range(start + 1, end):
        begin, stop = view.origin(index)
        if begin > last and squeezed(original[last:begin]):
            yield first, last
            first = begin
        last = max(last, stop)
    yield first, last


def _unescaped(view: View) -> View | None:
    data = view.data
    if not (b"%" in data or b"\\" in data or b"&" in data):
        return None
    return _edited(view, _ESCAPE, lambda match: _meant(match[0]))


def _edited(view: View, places: re.Pattern[bytes], meaning: Callable[[re.Match[bytes]], bytes]) -> View | None:
    edited = _Edited(view, places, meaning)
    return None if edited.data == view.data else edited


def _meant(escape: bytes) -> bytes:
    """Return what one escape stands for, as UTF-8 or as the byte that it names."""
    text = escape.decode("ascii")
    if text[0] == "&":
        return _entity(text, escape)
    if text[1] in "uU" and text[2:3] != "":
        return _unicode(text, escape)
    if text[0] == "%" or text[1] == "x":
        return bytes.fromhex(text[-2:])
    return _SHORT_ESCAPES.get(text[1], text[1]).encode()


def _entity(text: str, escape: bytes) -> bytes:
    if text[1] != "#":
        return html.unescape(text).encode("utf-8", "surrogatepass")
    digits = text[2:].rstrip(";")
    return _letter(int(digits[1:], 16) if digits[0] in "xX" else int(digits), escape)


def _unicode(text: str, escape: bytes) -> bytes:
    if text[2] == "{":
        return _letter(int(text[3:-1], 16), escape)
    units = b"".join(bytes.fromhex(unit) for unit in re.split(r"\\u|%u", text)[1:])
    return units.decode("utf-16-be", "surrogatepass").encode("utf-8", "surrogatepass")


def _letter(number: int, escape: bytes) -> bytes:
    return chr(number).encode("utf-8", "surrogatepass") if number <= sys.maxunicode else escape
