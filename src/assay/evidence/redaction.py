"""Takes credentials out of whatever is kept, in every form in which a server may send them back."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assay.evidence.excerpts import CUT
from assay.evidence.forms import FEWEST_DIGITS, STRONG, Parts, forms, is_ordinary, needles, signs
from assay.evidence.views import Squeezed, levels, spans, values_alone
from assay.evidence.wrappings import contents

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from assay.evidence.forms import Form
    from assay.evidence.views import Span, View

REPLACEMENT = "[redacted]"
CREDENTIAL_HEADERS = frozenset({"authorization", "proxy-authorization", "x-auth-token", "cookie", "set-cookie"})
MAX_MESSAGE = 16_384
"""Characters; a server can have whole bodies quoted."""
_MOST_WRAPPINGS = 2
_LEAST_LEFT = 4
_OFTEN = 256
"""Up to this length, what was searched is remembered: most header lines stand in every exchange."""
_LONGEST_ESCAPE = 6**3
"""A JSON escape takes six bytes for one, and may be escaped again at each level."""
_MOST_LINES = 10_000
_BROKEN_ESCAPE = re.compile(rb"(?:\\+(?:u[0-9A-Fa-f]{0,3}|x[0-9A-Fa-f]?)?|%[0-9A-Fa-f]?|&#?\w{0,8})\Z")
_LONGEST_BROKEN = 12
_MOST_CUTS = 100
NEAR_MISS = "ASSAY_TOKEN_WITH_"
"""How the variables begin that stand for what almost is the token of the target file."""
_NUMBERED = re.compile(r"_\d+\Z")
"""How the variables of several sets of one state end."""
_SHOWN_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9-]* +")
SCHEME = re.compile(r"(?:Bearer|Basic|Digest|Token) +", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Found:
    """Where a secret stands in some bytes; `name` is set where it stands there as it is."""

    start: int
    end: int
    name: str = ""


class Redactor:
    """Knows the secrets of a check, by the name of the environment variable that stands for each."""

    def __init__(self, secrets: Iterable[tuple[str, str]], meanings: Mapping[str, str] | None = None) -> None:
        self._meanings = meanings or {}
        self._named: dict[str, str] = {}
        self._strong: list[bytes] = []
        """Those of which also a part is a secret."""
        self._letters = Parts(())
        self._signs = Parts(())
        self._unlearned: list[str] = []
        """Secrets of which the parts have not been worked out, which takes a while: most checks say nothing."""
        self._shortest = sys.maxsize
        self._remembered: dict[bytes, list[Found]] = {}
        self._learn(list(secrets))

    def knowing(self, secrets: Iterable[tuple[str, str]]) -> Redactor:
        """Return one that knows more secrets; this one where there are none that it does not know."""
        more = [(name, secret) for name, secret in secrets if secret and secret not in self._named]
        if not more:
            return self
        other = Redactor((), self._meanings)
        other._named, other._shortest = dict(self._named), self._shortest
        other._letters, other._signs, other._unlearned = self._letters, self._signs, list(self._unlearned)
        other._learn(more)
        return other

    def _learn(self, secrets: list[tuple[str, str]]) -> None:
        new = [secret for _, secret in secrets if secret]
        names = {secret: _variable(name) for name, secret in reversed(secrets) if secret} | self._named
        # Longest first: where one secret begins another, the whole is what must go.
        self._named = dict(sorted(names.items(), key=lambda item: -len(item[0])))
        self._strong = [secret.encode("utf-8", "surrogatepass") for secret in self._named if len(secret) >= STRONG]
        self._unlearned += new
        self._shortest = min([self._shortest, *(size for secret in new for size in _sizes(secret))])

    def meaning(self, variable: str) -> str:
        """Return what a variable stands for that a user does not have, in letters and blanks; else an empty text."""
        if variable.startswith(NEAR_MISS):
            return f"the token of the target file with {variable.removeprefix(NEAR_MISS).lower().replace('_', ' ')}"
        return self._meanings.get(_NUMBERED.sub("", variable), "")

    @property
    def longest(self) -> int:
        """The most bytes that any form of any secret takes, so that no window cuts one in two."""
        return max((len(secret.encode("utf-8", "surrogatepass")) for secret in self._named), default=0) * (
            _LONGEST_ESCAPE
        )

    def text(self, text: str) -> str:
        """Return `text` without secrets."""
        return self.data(text.encode("utf-8", "surrogatepass")).decode("utf-8", "replace")

    def message(self, text: str) -> str:
        """Return a message without secrets, and without its end where it is too long to be read."""
        return self.text(text if len(text) <= MAX_MESSAGE else text[:MAX_MESSAGE] + CUT)

    def data(self, data: bytes) -> bytes:
        """Return `data` without secrets."""
        return replaced(data, self.find(data))

    def header(self, name: str, value: str) -> str:
        """Return a header's value without secrets; one that carries credentials keeps at most its scheme."""
        if name.lower() in CREDENTIAL_HEADERS:
            return self.credentials(value)[0] + REPLACEMENT
        return self.data(value.encode("latin-1", "replace")).decode("latin-1")

    def credentials(self, value: str) -> tuple[str, str]:
        """Return the scheme of credentials, and the name that stands for the rest or nothing where it has none."""
        for secret, name in self._named.items():
            scheme = value.removesuffix(secret)
            if scheme != value and (not scheme or _SHOWN_SCHEME.fullmatch(scheme)):
                return scheme, name
        known = SCHEME.match(value)
        return (known[0] if known else ""), ""

    def find(self, data: bytes) -> list[Found]:
        """Return where secrets stand, in order and without overlaps."""
        if len(data) < self._shortest and CUT.encode() not in data:
            # Resolving escapes only makes it shorter.
            return []
        if len(data) > _OFTEN:
            return merged(self._search(data, _Budget()))
        if data not in self._remembered:
            if len(self._remembered) >= _MOST_LINES:
                self._remembered.clear()
            self._remembered[data] = merged(self._search(data, _Budget()))
        return self._remembered[data]

    def _work_out_parts(self) -> None:
        if self._unlearned:
            self._letters = self._letters.knowing(form for secret in self._unlearned for form in forms(secret))
            self._signs = self._signs.knowing(form for secret in self._unlearned for form in signs(secret))
            self._unlearned.clear()

    def _search(self, data: bytes, budget: _Budget, depth: int = 0) -> Iterator[Found]:
        self._work_out_parts()
        for level, view in enumerate(levels(data)):
            yield from self._as_it_is(view, is_literal=not level)
            yield from self._by_letters(view, data)
            yield from self._cut_off(view)
            if depth < _MOST_WRAPPINGS:
                yield from self._wrapped(view, budget, depth)

    def _as_it_is(self, view: View, *, is_literal: bool) -> Iterator[Found]:
        for secret, name in self._named.items():
            for needle in needles(secret):
                for start, end in needle.places(view.data):
                    named = name if is_literal and needle.kind == "plain" else ""
                    yield Found(view.origin(start)[0], view.origin(end - 1)[1], named)
        for _, (start, end) in self._signs.places(view.data):
            if not is_ordinary(view.data[start:end]):
                yield Found(view.origin(start)[0], view.origin(end - 1)[1])

    def _by_letters(self, view: View, data: bytes) -> Iterator[Found]:
        for seen in (view, values_alone(view)):
            if seen is None:
                continue
            letters = Squeezed(seen)
            for form, place in self._letters.places(letters.data):
                if _counts(form, letters, place, seen.data):
                    yield from (Found(*piece) for piece in spans(letters, *letters.trimmed(*place), data))

    def _cut_off(self, view: View) -> Iterator[Found]:
        """Yield what is left of secrets through which a text was cut, which is where it ends too."""
        cuts = [(place, _LEAST_LEFT) for place in _places_of(CUT.encode(), view.data)]
        longest = max(map(len, self._strong), default=0) + _LONGEST_BROKEN
        # Ours is the last one, if any is.
        for cut, least in [*cuts[-_MOST_CUTS:], (len(view.data), 0)]:
            start = max(cut - longest, 0)
            before = _without_broken_escape(view.data[start:cut])
            for plain in self._strong:
                left = _overlap(before, plain, least or _least_left(len(plain)))
                if left:
                    yield Found(view.origin(start + len(before) - left)[0], view.origin(cut - 1)[1])

    def _wrapped(self, view: View, budget: _Budget, depth: int) -> Iterator[Found]:
        """Yield texts that hold a secret when they are decoded or decompressed; nothing of those can be kept.

        Nor can what would take too long to be looked into.
        """
        for (start, end), inside in contents(view.data):
            budget.bytes_left -= len(inside)
            is_worth_it = len(inside) >= self._shortest
            if budget.bytes_left < 0 or (is_worth_it and any(self._search(inside, budget, depth + 1))):
                yield Found(view.origin(start)[0], view.origin(end - 1)[1])


@dataclass(slots=True)
class _Budget:
    """How much one search may look into encoded and compressed parts; without bounds a server could make it endless."""

    bytes_left: int = 1_048_576


def replaced(data: bytes, found: list[Found]) -> bytes:
    """Return `data` with the replacement in place of what was found."""
    result, position = bytearray(), 0
    for each in found:
        result += data[position : each.start] + REPLACEMENT.encode()
        position = each.end
    return bytes(result + data[position:])


def merged(found: Iterable[Found]) -> list[Found]:
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


def _places_of(part: bytes, data: bytes) -> Iterator[int]:
    place = data.find(part) if part else -1
    while place >= 0:
        yield place
        place = data.find(part, place + 1)


def _sizes(secret: str) -> Iterator[int]:
    """Yield how many bytes each form of a secret takes at least."""
    yield from (len(each.form) for each in needles(secret))
    yield from (each.least for each in (*forms(secret), *signs(secret)))
    if len(secret) >= STRONG:
        yield _least_left(len(secret))


def _least_left(length: int) -> int:
    """Return how much of a secret must stand at an end that may be none: half of it."""
    return max(_LEAST_LEFT, -(-length // 2))


def _without_broken_escape(data: bytes) -> bytes:
    broken = _BROKEN_ESCAPE.search(data, max(len(data) - _LONGEST_BROKEN, 0))
    return data[: broken.start()] if broken else data


def _overlap(data: bytes, secret: bytes, least: int) -> int:
    """Return how many bytes at the end of `data` are the beginning of a secret, if they are so many at least."""
    end = data[-_LEAST_LEFT:]
    if end not in secret:
        return 0
    # All but the whole of it, which is no part.
    sizes = (place + len(end) for place in _places_of(end, secret[:-1]))
    return max((size for size in sizes if size >= least and data.endswith(secret[:size])), default=0)


def _counts(form: Form, letters: Squeezed, place: Span, data: bytes) -> bool:
    """Whether what was found is a secret, and not just a word that stands in a secret too."""
    start, end = place
    if form.is_word:
        return letters.is_word(start, end)
    if end - start == len(form.whole):
        return True
    trimmed = letters.trimmed(start, end)
    if trimmed[1] - trimmed[0] < form.least:
        return False
    if not form.is_plain or (end - start >= FEWEST_DIGITS and letters.data[start:end].isdigit()):
        return True
    return not is_ordinary(data[letters.positions[start] : letters.positions[end - 1] + 1])


def _variable(name: str) -> str:
    return name if re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", name) else "ASSAY_TOKEN"
