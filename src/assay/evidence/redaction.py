"""Takes credentials out of whatever is kept, in every form in which a server may send them back."""

from __future__ import annotations

import base64
import contextlib
import html
import re
import sys
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

REPLACEMENT = "[redacted]"
CREDENTIAL_HEADERS = frozenset({"authorization", "proxy-authorization", "x-auth-token", "cookie", "set-cookie"})

_SHORT = 4
"""Below this length a secret is too likely to be a part of something else, so only a whole word counts."""
_LEVELS = 3
SCHEME = re.compile(r"(?:Bearer|Basic|Digest|Token) +", re.IGNORECASE)
_WORD = re.compile(rb"\w")
_ESCAPE = re.compile(
    rb"%[0-9A-Fa-f]{2}"
    rb"|\\u[dD][89abAB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|\\[\"'\\/bfnrt]"
    rb"|&#[0-9]{1,9};?|&#[xX][0-9A-Fa-f]{1,8};?|&[A-Za-z][A-Za-z0-9]{1,31};"
)
_SHORT_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_="


@dataclass(frozen=True, slots=True)
class Found:
    """Where a secret stands in some bytes; `name` is set where it stands there as it is."""

    start: int
    end: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class _Needle:
    """One form of a secret."""

    form: bytes
    kind: str
    """`plain`, `resolved`, `word`, `hex` or `base64`."""
    overlaps_left: bool = False
    """The character before belongs to the form in part, as happens in base64."""
    overlaps_right: bool = False


@dataclass(frozen=True, slots=True)
class _View:
    """Bytes with their escapes resolved, and where each of them comes from."""

    data: bytes
    starts: Sequence[int]
    ends: Sequence[int]


class Redactor:
    """Knows the secrets of a check, by the name of the environment variable that stands for each."""

    def __init__(self, secrets: Iterable[tuple[str, str]]) -> None:
        named = {secret: _variable(name) for name, secret in reversed(list(secrets)) if secret}
        # Longest first: where one secret begins another, the whole is what must go.
        self._named = sorted(named.items(), key=lambda item: -len(item[0]))
        self._shortest = min((len(each.form) for secret in named for each in _needles(secret)), default=sys.maxsize)

    @property
    def longest(self) -> int:
        """The most bytes that any form of any secret takes, so that no window cuts one in two."""
        # A JSON escape takes six bytes for one, and may be escaped again at each level.
        return max((len(secret.encode("utf-8", "surrogatepass")) * 6**_LEVELS for secret, _ in self._named), default=0)

    def text(self, text: str) -> str:
        """Return `text` without secrets."""
        return self.data(text.encode("utf-8", "surrogatepass")).decode("utf-8", "replace")

    def data(self, data: bytes) -> bytes:
        """Return `data` without secrets."""
        return replaced(data, self.find(data))

    def header(self, name: str, value: str) -> str:
        """Return a header's value without secrets; one that carries credentials keeps at most its scheme."""
        if name.lower() in CREDENTIAL_HEADERS:
            scheme = SCHEME.match(value)
            return (scheme[0] if scheme else "") + REPLACEMENT
        return self.data(value.encode("latin-1", "replace")).decode("latin-1")

    def name_of(self, secret: str) -> str:
        """Return the name that stands for a secret, or nothing where it is none."""
        return next((name for known, name in self._named if known == secret), "")

    def find(self, data: bytes) -> list[Found]:
        """Return where secrets stand, in order and without overlaps."""
        found: list[Found] = []
        if len(data) < self._shortest:
            # Most header values are; resolving escapes only makes them shorter.
            return found
        view: _View | None = _whole(data)
        for level in range(_LEVELS + 1):
            if view is None:
                break
            for secret, name in self._named:
                found += (
                    Found(view.starts[start], view.ends[end - 1], name if kind == "plain" and not level else "")
                    for start, end, kind in _occurrences(view.data, secret)
                )
            view = _unescaped(view) if level < _LEVELS else None
        return merged(found)


def replaced(data: bytes, found: list[Found]) -> bytes:
    """Return `data` with the replacement in place of what was found."""
    result, position = bytearray(), 0
    for each in found:
        result += data[position : each.start] + REPLACEMENT.encode()
        position = each.end
    return bytes(result + data[position:])


def _occurrences(data: bytes, secret: str) -> Iterator[tuple[int, int, str]]:
    for needle in _needles(secret):
        if len(needle.form) > len(data):
            continue
        haystack = data
        if needle.kind == "hex":
            haystack = data.lower()
        elif needle.kind == "base64":
            haystack = data.translate(_URL_SAFE)
        start = haystack.find(needle.form)
        while start >= 0:
            end = start + len(needle.form)
            if needle.kind != "word" or not (_WORD.match(data[start - 1 : start]) or _WORD.match(data[end : end + 1])):
                yield _stretched(data, start, end, needle)
            start = haystack.find(needle.form, start + 1)


def _stretched(data: bytes, start: int, end: int, needle: _Needle) -> tuple[int, int, str]:
    if needle.overlaps_left and start and data[start - 1] in _BASE64:
        start -= 1
    if needle.overlaps_right and end < len(data) and data[end] in _BASE64:
        end += 1
    return start, end, needle.kind


def _variable(name: str) -> str:
    return name if re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", name) else "ASSAY_TOKEN"


@cache
def _needles(secret: str) -> tuple[_Needle, ...]:
    plain = secret.encode("utf-8", "surrogatepass")
    forms = dict.fromkeys([plain, plain.replace(b" ", b"+")])
    if len(secret) < _SHORT:
        return tuple(_Needle(form, "word") for form in forms)
    for encoding in ("latin-1", "utf-16-le", "utf-16-be"):
        with contextlib.suppress(UnicodeEncodeError):
            forms |= {secret.encode(encoding): None}
    needles = [_Needle(form, "plain") for form in forms]
    needles += [_Needle(form, "resolved") for form in _resolved(plain) if form not in forms]
    needles.append(_Needle(plain.hex().encode(), "hex"))
    return (*needles, *(_base64_needle(plain, shift) for shift in range(3)))


def _resolved(plain: bytes) -> list[bytes]:
    """Return what a secret becomes that looks as if it had escapes in it, when text around it is unescaped."""
    forms = []
    view = _unescaped(_whole(plain))
    while view is not None and len(view.data) >= _SHORT:
        forms.append(view.data)
        view = _unescaped(view)
    return forms


def _whole(data: bytes) -> _View:
    return _View(data, range(len(data)), range(1, len(data) + 1))


def _base64_needle(plain: bytes, shift: int) -> _Needle:
    """Return the characters that a secret always has in base64 when it begins `shift` bytes after a multiple of 3."""
    first = (shift * 8 + 5) // 6
    last = (shift + len(plain)) * 8 // 6
    whole = base64.b64encode(bytes(shift) + plain)
    return _Needle(whole[first:last], "base64", shift > 0, (shift + len(plain)) % 3 > 0)


def _unescaped(view: _View) -> _View | None:
    """Return the view with one level of escapes resolved, or nothing where there are none."""
    data = bytearray()
    starts: list[int] = []
    ends: list[int] = []
    position = 0
    for match in _ESCAPE.finditer(view.data):
        meant = _meant(match[0])
        data += view.data[position : match.start()] + meant
        starts += [*view.starts[position : match.start()], *[view.starts[match.start()]] * len(meant)]
        ends += [*view.ends[position : match.start()], *[view.ends[match.end() - 1]] * len(meant)]
        position = match.end()
    data += view.data[position:]
    if data == view.data:
        return None
    return _View(bytes(data), [*starts, *view.starts[position:]], [*ends, *view.ends[position:]])


def _meant(escape: bytes) -> bytes:
    """Return what one escape stands for, as UTF-8 or as the byte that it names."""
    text = escape.decode("ascii")
    if text[0] == "%" or text[:2] == "\\x":
        return bytes.fromhex(text[-2:])
    if text[:2] == "&#":
        digits = text[2:].rstrip(";")
        number = int(digits[1:], 16) if digits[0] in "xX" else int(digits)
        return chr(number).encode("utf-8", "surrogatepass") if number <= sys.maxunicode else escape
    if text[0] == "&":
        return html.unescape(text).encode("utf-8", "surrogatepass")
    if text[1] == "u":
        units = b"".join(bytes.fromhex(unit) for unit in text.split("\\u")[1:])
        return units.decode("utf-16-be", "surrogatepass").encode("utf-8", "surrogatepass")
    return _SHORT_ESCAPES.get(text[1], text[1]).encode()


def merged(found: list[Found]) -> list[Found]:
    """Return what was found in order, each overlap as one."""
    result: list[Found] = []
    for each in sorted(found, key=lambda each: (each.start, -each.end, not each.name)):
        if result and each.start < result[-1].end:
            last = result[-1]
            if each.end > last.end:
                result[-1] = Found(last.start, each.end)
        else:
            result.append(each)
    return result
