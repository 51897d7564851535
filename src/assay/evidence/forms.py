"""What a secret looks like when it is written otherwise."""

from __future__ import annotations

import base64
import contextlib
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from assay.evidence.views import levels, squeezed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from assay.evidence.views import Span

SHORT = 4
"""With fewer characters a secret is no secret: it goes where it is a whole value, and in no other form."""
STRONG = 8
"""From so many letters and digits on it is found by them alone, whatever stands between them."""
_LONGEST_WORD = 15
_LARGEST_PART = 24
FEWEST_DIGITS = 10
"""So many digits in a row are part of a secret and no number of their own, such as an id, a time or a size."""
_MOSTLY_LETTERS = 0.8
_MOST_REPETITIONS = 4
_BLOCKS = (10, 6, 4)
"""Sizes of the blocks by which parts are found; the largest is the fastest, the smallest finds the shortest parts."""
_ORDINARY = re.compile(
    rb"(?:[^A-Za-z0-9]*(?:[A-Z]?[a-z]+|[A-Z]+|[0-9]+)(?![A-Za-z0-9]))*[^A-Za-z0-9]*",
)
_WORD = re.compile(rb"\w")
_LETTER = re.compile(rb"[A-Za-z0-9]")
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_BASE64 = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=")


@dataclass(frozen=True, slots=True)
class Needle:
    """One form of a secret that is looked for as it is."""

    form: bytes
    kind: str
    """`plain`, `resolved`, `hex` or `base64`."""
    bound: re.Pattern[bytes] | None = None
    """What must not stand beside it, where it may be a word like any other."""
    overlaps_left: bool = False
    """The character before belongs to the form in part, as happens in base64."""
    overlaps_right: bool = False

    def places(self, data: bytes) -> Iterator[Span]:
        """Yield where it stands."""
        haystack = data
        if self.kind == "hex":
            haystack = data.lower()
        elif self.kind == "base64":
            haystack = data.translate(_URL_SAFE)
        start = haystack.find(self.form)
        while start >= 0:
            end = start + len(self.form)
            if self.bound is None or not self._is_a_mere_word(self.bound, data, start, end):
                yield self._stretched(data, start, end)
            start = haystack.find(self.form, start + 1)

    @staticmethod
    def _is_a_mere_word(bound: re.Pattern[bytes], data: bytes, start: int, end: int) -> bool:
        before, behind = data[max(start - 1, 0) : start], data[end : end + 1]
        in_a_sentence = end - start < SHORT and before.isspace() and behind.isspace()
        return in_a_sentence or bool(bound.match(before) or bound.match(behind))

    def _stretched(self, data: bytes, start: int, end: int) -> Span:
        if self.overlaps_left and start and data[start - 1] in _BASE64:
            start -= 1
        if self.overlaps_right and end < len(data) and data[end] in _BASE64:
            end += 1
        return start, end


@dataclass(frozen=True, slots=True)
class Form:
    """The letters and digits of one form of a secret; parts count from a length on at which they tell much of it."""

    whole: bytes
    least: int
    """The length of the shortest part that counts."""
    is_plain: bool = False
    is_word: bool = False
    """It may be a word like any other, so that nothing must touch it."""

    def covers(self, other: Form) -> bool:
        """Whether whatever the other finds is found by this one too."""
        return not self.is_word and other.whole in self.whole and self.least <= other.least

    def around(self, data: bytes, start: int, offset: int) -> Span:
        """Return as much around a place in `data` as is the same around the place `offset` in the secret."""
        begin = start - offset
        if begin >= 0 and data.startswith(self.whole, begin):
            return begin, begin + len(self.whole)
        left = _same(data[max(begin, 0) : start][::-1], self.whole[:offset][::-1])
        right = _same(data[start : begin + len(self.whole)], self.whole[offset:])
        return start - left, start + right


class Parts:
    """Finds forms of secrets, whole or in parts that count."""

    def __init__(self, wanted: Iterable[Form]) -> None:
        self._indexes: dict[int, dict[bytes, list[tuple[Form, int]]]] = {}
        self._kept: list[Form] = []
        for each in wanted:
            self._add(each)

    def knowing(self, more: Iterable[Form]) -> Parts:
        """Return one that finds more forms too."""
        other = Parts(())
        other._indexes = {size: {**index} for size, index in self._indexes.items()}
        other._kept = [*self._kept]
        for each in more:
            other._add(each)
        return other

    def places(self, data: bytes) -> Iterator[tuple[Form, Span]]:
        """Yield what stands where in letters and digits."""
        for size, index in self._indexes.items():
            behind = 0
            # Cut into blocks, what is searched has a whole block in every part that counts.
            for start in [start for start in range(0, len(data), size) if data[start : start + size] in index]:
                if start + size <= behind:
                    continue
                for form, offset in index[data[start : start + size]]:
                    place = form.around(data, start, offset)
                    if place[1] - place[0] >= form.least:
                        behind = max(behind, place[1])
                        yield form, place

    def _add(self, form: Form) -> None:
        # Of a token and one that is nearly the same, as in a request with a wrong one, there is little to look for.
        if any(other.covers(form) for other in self._kept):
            return
        self._kept.append(form)
        size = next(size for size in _BLOCKS if size <= (form.least + 1) // 2)
        index = self._indexes.setdefault(size, {})
        for offset in range(len(form.whole) - size + 1):
            block = form.whole[offset : offset + size]
            known = index.get(block, [])
            if len(known) < _MOST_REPETITIONS:
                # A new list: the old one may be another's.
                index[block] = [*known, (form, offset)]


def _same(one: bytes, other: bytes) -> int:
    """Return how many bytes are the same at the start of both."""
    least, most = 0, min(len(one), len(other))
    while least < most:
        middle = (least + most + 1) // 2
        if one[:middle] == other[:middle]:
            least = middle
        else:
            most = middle - 1
    return least


def is_ordinary(text: bytes) -> bool:
    """Whether a text is made of nothing but words and numbers, as an identifier is and a random token is not."""
    return _ORDINARY.fullmatch(text) is not None


@cache
def needles(secret: str) -> tuple[Needle, ...]:
    """Return the forms of a secret that are looked for as they are."""
    plain = secret.encode("utf-8", "surrogatepass")
    forms = dict.fromkeys([plain, plain.replace(b" ", b"+")])
    bound = _bound(plain)
    if len(secret) < SHORT:
        return tuple(Needle(form, "plain", bound) for form in forms)
    found = [Needle(form, "plain", bound) for form in forms]
    if not _is_strong(plain) or not secret.isascii():
        wide = [_encoded(secret, encoding) for encoding in ("latin-1", "utf-16-le", "utf-16-be")]
        found += [Needle(form, "resolved") for form in wide if form and form not in forms]
        found += [Needle(plain.hex().encode(), "hex"), *(_base64_needle(plain, shift) for shift in range(3))]
    return (*found, *(Needle(form, "resolved") for form in _resolved(plain) if form not in forms))


@cache
def forms(secret: str) -> tuple[Form, ...]:
    """Return the forms of a secret that are looked for by their letters and digits alone."""
    plain = secret.encode("utf-8", "surrogatepass")
    if not _is_strong(plain):
        return ()
    letters = squeezed(plain)
    ordinary, is_word = is_ordinary(plain), _bound(plain) is not None
    # A third of it, so that halves are found; of a long one less.
    part = min(max(STRONG, -(-len(letters) // 3)), _LARGEST_PART, len(letters))
    if ordinary:
        part = max(part, FEWEST_DIGITS) if _is_long_number(letters) else len(letters)
    written = [plain.hex().encode(), *(squeezed(_base64_needle(plain, shift).form) for shift in range(3))]
    # Read from behind, and as a list of numbers.
    rare = [letters[::-1], "".join(map(str, plain)).encode(), "".join(map(hex, plain)).encode()]
    share = part / len(letters)
    return (
        Form(letters, part, is_plain=True, is_word=is_word),
        *(Form(each, max(STRONG, round(len(each) * share))) for each in written if len(each) >= STRONG),
        *(Form(each, len(each), is_word=is_word) for each in rare),
    )


@cache
def signs(secret: str) -> tuple[Form, ...]:
    """Return what is looked for as it is, in parts too: a secret with many signs has too few letters and digits."""
    plain = secret.encode("utf-8", "surrogatepass")
    if len(plain) < STRONG or len(squeezed(plain)) > _MOSTLY_LETTERS * len(plain) or is_ordinary(plain):
        return ()
    return (Form(plain, min(max(STRONG, -(-len(plain) // 3)), _LARGEST_PART), is_plain=True),)


def _is_long_number(letters: bytes) -> bool:
    return letters.isdigit() and len(letters) > _LONGEST_WORD


def _is_strong(plain: bytes) -> bool:
    return len(squeezed(plain)) >= STRONG


def _bound(plain: bytes) -> re.Pattern[bytes] | None:
    """Return what must not stand beside a secret that is one word of letters or one number."""
    if len(plain) < SHORT:
        return _WORD
    is_one_word = squeezed(plain) == plain.lower() and is_ordinary(plain) and len(plain) <= _LONGEST_WORD
    if not is_one_word:
        return None
    return _LETTER if _is_strong(plain) else _WORD


def _encoded(secret: str, encoding: str) -> bytes:
    with contextlib.suppress(UnicodeEncodeError):
        return secret.encode(encoding)
    return b""


def _resolved(plain: bytes) -> list[bytes]:
    """Return what a secret becomes that looks as if it had escapes in it, when text around it is unescaped."""
    return [view.data for view in levels(plain) if len(view.data) >= SHORT][1:]


def _base64_needle(plain: bytes, shift: int) -> Needle:
    """Return the characters that a secret always has in base64 when it begins `shift` bytes after a multiple of 3."""
    first = (shift * 8 + 5) // 6
    last = (shift + len(plain)) * 8 // 6
    whole = base64.b64encode(bytes(shift) + plain)
    return Needle(whole[first:last], "base64", None, shift > 0, (shift + len(plain)) % 3 > 0)
