"""Folds the text of a document, so that the same page scraped anew reads the same.

A page comes with other white space, quotes, dashes, markup and broken encodings each time that somebody takes it from
the web. What is compared is therefore the text without them: every character that carries meaning, and nothing between.
"""

from __future__ import annotations

import bisect
import hashlib
import re
import unicodedata
from typing import TYPE_CHECKING

import ftfy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_CONFIG = ftfy.TextFixerConfig(unescape_html=True, normalization="NFKC", explain=False)

_FRONT_MATTER = re.compile(
    r"\A(?:\s|<!--.*?-->)*(---|\+\+\+)\s+(?:[\w-]+\s?[:=]\s(?:(?!\s(?:---|\+\+\+)\s).){0,2000})\s\1\s", re.DOTALL
)
"""What the scraper says of the page: title, address, the time of scraping."""

_MARKUP = re.compile(
    r"""
      <!--.*?--> | <!doctype\s[^<>]*> | <(script|style)\b[^<>]*>.*?</\1\s*>
    | </?(?:a|abbr|article|b|blockquote|body|br|button|caption|center|code|col|colgroup|dd|del|details|div|dl|dt|em
          |figure|font|footer|h[1-6]|head|header|hr|html|i|img|ins|kbd|li|link|main|mark|meta|nav|ol|p|pre|s|samp
          |section|small|span|strong|sub|summary|sup|table|tbody|td|tfoot|th|thead|title|tr|u|ul)
      (?:\s[^<>]*)?/?>                                        # HTML
    | \[(?=[^\[\]]*\]\([^()\s]*\))                            # the parts of a Markdown link but for its text
    | (?<=[^\s\[\]])\]\([^()\s]*\)
    | (?<=```)[\w+-]+(?=\s) | ~~~[\w+-]*(?=\s)                # the language of code
    | ^[ \t]*(?:\+(?=\s)|={3,}[ \t]*$)                        # a mark of a list, the line below a title
    """,
    re.VERBOSE | re.IGNORECASE | re.MULTILINE | re.DOTALL,
)
_EMPHASIS = re.compile(
    r"(__)(?=[^\s_])(?:[^\n_]|_(?!_))+(?<=[^\s_])__(?!\w)|(?<!\w)(_)(?=[^\s_])(?:[^\n_]|(?<=\w)_(?=\w))+(?<=[^\s_])_(?!\w)"
)
"""Words between underscores; the underscores within names are none of those."""
_QUOTES = dict.fromkeys("'\"‘’‚‛“”„‟«»‹›´′″", "'")  # noqa: RUF001 - just these are folded
_SILENT = frozenset("*`|\\#•·▪◦‣")
"""Marks of Markdown, of lists and of tables."""
_DASHES = frozenset("-‐‑‒–—―−")  # noqa: RUF001 - as above


def clean(text: str) -> str:
    """Return a document with its encoding repaired and without what its scraper put in front of it."""
    fixed = ftfy.fix_text(text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff"), _CONFIG)
    return _FRONT_MATTER.sub("", fixed, count=1)


def digest(folded: str) -> str:
    """Return what a ledger keeps of a folded text: 64 bits of its SHA-256, in hex."""
    return hashlib.sha256(folded.encode()).hexdigest()[:16]


def fold(text: str) -> str:
    """Return the folded form of a text."""
    return Folded(clean(text)).text


class Folded:
    """A cleaned document and its folded text, with the way from the one to the other."""

    def __init__(self, cleaned: str) -> None:
        self.cleaned = cleaned
        pairs = list(_kept(cleaned))
        self.text = "".join(char for char, _ in pairs)
        self._places: Sequence[int] = [place for _, place in pairs]
        """Of each folded character its place in the cleaned text."""

    def part(self, start: int, end: int) -> tuple[int, int]:
        """Return the folded span of a span of the cleaned text."""
        return bisect.bisect_left(self._places, start), bisect.bisect_left(self._places, end)

    def shown(self, start: int, end: int) -> str:
        """Return the words of a folded span as they stand in the document, on one line."""
        if start >= end:
            return ""
        return " ".join(self.cleaned[self._places[start] : self._places[end - 1] + 1].split())

    def is_edge(self, position: int) -> bool:
        """Return whether a word may begin or end at a folded position."""
        if position in (0, len(self.text)):
            return True
        before, after = self.text[position - 1], self.text[position]
        if self._places[position] - self._places[position - 1] > 1 or not (before.isalnum() and after.isalnum()):
            return True
        # Table cells and neighbours in lists come glued together at times.
        return before.isdigit() != after.isdigit() or (before.islower() and after.isupper())


def _kept(cleaned: str) -> Iterator[tuple[str, int]]:
    markup = {place for found in _MARKUP.finditer(cleaned) for place in range(*found.span())}
    for found in _EMPHASIS.finditer(cleaned):
        marks = len(found[1] or found[2])
        markup.update(range(found.start(), found.start() + marks), range(found.end() - marks, found.end()))
    for place, char in enumerate(cleaned):
        if place in markup or char in _SILENT or char.isspace() or unicodedata.category(char)[0] == "C":
            continue
        if char in _DASHES:
            # A minus is no dash.
            if cleaned[place + 1 : place + 2].isdigit() and not cleaned[place - 1 : place].isalnum():
                yield "-", place
            continue
        yield _QUOTES.get(char, char), place
