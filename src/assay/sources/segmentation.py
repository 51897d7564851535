"""Cuts a document into statements: sentences, field lines, table rows, lists of enum values, examples.

One segmentation for whatever form a page was scraped in: Markdown with its lines, Markdown on one line, or the bare
text of a page. Statements are spans of the document that follow each other without a gap, so that nothing is left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from assay.sources.folding import Folded, clean
from assay.sources.ledger import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True, slots=True)
class Segment:
    """One statement of a document."""

    section: str
    kind: Kind
    start: int
    """Of the folded text."""
    end: int
    text: str
    """As it stands in the document, on one line."""


_TYPE = r"(?:array of )?(?:string|integer|number|boolean|object|array|null)(?:\s*<[\w-]+>|\s*\([^()\n]*\))?"
_LIMIT = r"(?:\s*(?:<=|>=|<|>|=)\s*[\d.]+(?:\s*(?:characters|items|bytes))?|\s*\[[^\[\]]*\](?:\s*characters)?)?"
_NAME = r"[A-Za-z_$][\w.$:/\[\]{}-]*"

_BLANK = re.compile(r"\n\s*\n")
_LINEAR_HEADING = re.compile(r"(?<=\s)#{1,6}\s")
_LINEAR_BULLET = re.compile(r"(?<=\s)[-*•]\s+(?=`)")
_LABEL = re.compile(
    r"(?<=[\s.)`|])(?=(?:Enum|Default|Endpoint|Version|Security|Pattern|Format|Allowed values|Items)\s*:\s)"
)
_CODE = re.compile(r"^[ \t`]*(?=(?:[{\[]\s*$|[{\[]\s*[\"{\[]))|Example:\s+(?=[{\[])", re.MULTILINE)
_CURL = re.compile(r"^[ \t`$]*curl\s.*?(?=\n\s*\n|\Z)", re.MULTILINE | re.DOTALL)
_QUOTED = re.compile(r'^[ \t`]*"[^"\n]*"[ \t`]*$', re.MULTILINE)
_HEADING = re.compile(r"#{1,6}\s")
_STATUS = re.compile(r"[1-5]\d\d\Z")
_ANY_TYPE = r"[A-Za-z][\w.-]*(?:\[\]|\s*<[\w\s-]+>)?"
"""Where a name in backticks comes before it and brackets stand around it, a word is a type, known or not."""
_BEHIND = r"(?:\s*(?:<=|>=|<|>)\s*[\d.]+(?:\s*(?:characters|items|bytes))?)?"
_FIELD_OF_A_LIST = re.compile(rf"[-*•]?\s*`{_NAME}`\s*\((?:{_TYPE}|{_ANY_TYPE})(?:,[^()]*)?{_LIMIT}\){_BEHIND}\s*")
_DECLARED = re.compile(rf"{_TYPE}{_LIMIT}(?=\s*[A-Z]|\s*\|?\s*\Z)")
_TYPE_LINE = re.compile(rf"(?:{_TYPE}|array of [A-Z]\w*|[A-Z]\w* Object){_LIMIT}\Z")
_NAME_LINE = re.compile(rf"{_NAME}(?:\s*(?:required|optional))?\Z", re.IGNORECASE)
_ROW = re.compile(rf"\s*\|\s*({_NAME})\s*\|\s*")
"""The first cell of a table row."""
_NEED_LINE = re.compile(r"(?:required|optional)\Z", re.IGNORECASE)
_METHOD_LINE = re.compile(r"(?:GET|PUT|POST|PATCH|DELETE|HEAD|OPTIONS)\Z")
_FIELD = re.compile(
    rf"(?:{_NAME}\s*(?:required|optional)?\s+)?(?:{_TYPE}|array of \w+){_LIMIT}(?:\s+{_NAME}\s+(?:required|optional))?",
    re.IGNORECASE,
)
_SENTENCE = re.compile(
    r"(?<!e\.g\.)(?<!i\.e\.)(?<!etc\.)(?<=[.!?])(?:['\")\]]?)(?:\s+(?=['\"(\[`*]*[A-Z0-9])|(?=[A-Z][a-z]+\s))"
)
_SECTION = re.compile(
    r"(?:(?:path|query|header|request|response|body)\s+)?(?:parameters?|request|responses?|request body|request fields"
    r"|request examples|request samples|response samples|code samples)\b[^.&]{0,30}:?\Z"
    r"|Response \d{3}.*",
    re.IGNORECASE,
)
_WRAPPED = 4
"""From so many words on, a line that ends without a full stop goes on in the next."""


def segments(document: str) -> tuple[Folded, list[Segment]]:
    """Return the folded document and its statements in order."""
    cleaned = clean(document)
    folded = Folded(cleaned)
    made: list[Segment] = []
    section, responses = "Overview", ""
    for start, end in _spans(cleaned):
        first, last = folded.part(start, end)
        words = folded.shown(first, last)
        if not any(char.isalnum() for char in words):
            # What is left of markup belongs to the statement before.
            if made and last > first:
                before = made.pop()
                made.append(Segment(before.section, before.kind, before.start, last, folded.shown(before.start, last)))
            continue
        kind = _kind(cleaned[start:end], words)
        if kind is Kind.STATUS and responses:
            section = f"{responses} {words.split(maxsplit=1)[0]}"
        elif kind is Kind.HEADING or (kind is Kind.SENTENCE and _SECTION.match(words)):
            section, kind = _named(words), Kind.SENTENCE if words.endswith(".") else Kind.HEADING
            responses = section if section.lower().startswith("response") and not _has_status(section) else ""
        made.append(Segment(section, kind, made[-1].end if made else 0, last, words))
    return folded, made


def _named(words: str) -> str:
    """Return the name of a section; of a page on one line, the heading and what follows it are one statement."""
    bare = words.strip("#*: ")
    return " ".join(bare.split()[:3]) if words.endswith(".") else bare.partition(" (")[0]


def _has_status(section: str) -> bool:
    return any(_STATUS.match(word) for word in section.split())


def _kind(raw: str, words: str) -> Kind:
    bare = raw.strip()
    name, *others = _cells(bare) or [words]
    if _STATUS.match(name):
        return Kind.STATUS
    if _NAME_LINE.match(name) and any(_TYPE_LINE.match(each) for each in others[:2]):
        return Kind.FIELD
    if words.startswith(("Enum:", "Allowed values:")):
        return Kind.ENUM
    if re.match(r"(?:Example:)?[`\s]*(?:[{\[\"]|curl\s)", bare) and not _FIELD_OF_A_LIST.match(bare):
        return Kind.EXAMPLE
    if _HEADING.match(bare) and "\n" not in bare:
        return Kind.HEADING
    joined = " ".join(words.replace("|", " ").split())
    return Kind.FIELD if _FIELD_OF_A_LIST.fullmatch(bare) or _FIELD.fullmatch(joined) else Kind.SENTENCE


def _cells(raw: str) -> list[str]:
    """Return the cells of a table row, or nothing for what is none."""
    return [cell.strip(" `*") for cell in raw.strip("|").split("|")] if raw.startswith("|") else []


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Return the spans of the statements, which cover the text."""
    place = 0
    for start, end in _examples(text):
        yield from _prose(text, place, start)
        yield start, end
        place = end
    yield from _prose(text, place, len(text))


def _examples(text: str) -> Iterator[tuple[int, int]]:
    """Return the spans of code: curl lines, JSON, quoted lines."""
    place = 0
    while found := min(
        (each for pattern in (_CURL, _CODE, _QUOTED) if (each := pattern.search(text, place))),
        key=lambda each: each.start(),
        default=None,
    ):
        end = found.end() if found.re is not _CODE else _closed(text, found.end())
        yield found.start(), end
        place = max(end, found.start() + 1)


def _closed(text: str, start: int) -> int:
    """Return where the bracket at `start` is closed, or where the text ends."""
    depth = 0
    quoted = False
    place = start
    while place < len(text):
        char = text[place]
        if quoted and char == "\\":
            place += 1
        elif char == '"':
            quoted = not quoted
        elif not quoted and char in "{[":
            depth += 1
        elif not quoted and char in "}]":
            depth -= 1
            if not depth:
                return place + 1
        place += 1
    return len(text)


def _prose(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for first, last in _units(text, start, end):
        place = first
        declared = _declaration(text, first, last)
        if declared > first:
            yield first, declared
            place = declared
        for found in _SENTENCE.finditer(text, place, last):
            if found.end() > place:
                yield place, found.end()
                place = found.end()
        if place < last:
            yield place, last


def _declaration(text: str, start: int, end: int) -> int:
    """Return where the declaration of a field ends that a unit begins with, or `start`."""
    found = _FIELD_OF_A_LIST.match(text, start, end)
    if found:
        return found.end()
    row = _ROW.match(text, start, end)
    found = _DECLARED.match(text, row.end() if row else start, end)
    return found.end() if found else start


def _units(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Return what stands for itself: a line, or lines that belong together; a table row up to its first description."""
    cuts = {start, end}
    for pattern in (_LINEAR_HEADING, _LINEAR_BULLET, _LABEL):
        cuts.update(found.start() for found in pattern.finditer(text, start, end))
    cuts.update(_line_cuts(text, start, end))
    ordered = sorted(cuts)
    for first, last in pairwise(ordered):
        if text[first:last].strip():
            yield first, last


def _line_cuts(text: str, start: int, end: int) -> Iterator[int]:
    """Return where a line begins that does not go on with what the one before says."""
    lines = list(_lines(text, start, end))
    field = False
    for (_, before, blank), (place, line, _) in pairwise(lines):
        joined = not blank and _goes_on(before, line, field=field)
        field = joined and bool(_TYPE_LINE.match(before) or _TYPE_LINE.match(line) or field)
        if not joined:
            yield place


def _lines(text: str, start: int, end: int) -> Iterable[tuple[int, str, bool]]:
    """Return each line that says something: where it begins, its words, and whether a blank one follows."""
    place = start
    found: list[tuple[int, str, bool]] = []
    for raw in text[start:end].splitlines(keepends=True):
        line = raw.strip()
        if line:
            found.append((place, line, False))
        elif found:
            found[-1] = (found[-1][0], found[-1][1], True)
        place += len(raw)
    return found


def _goes_on(before: str, line: str, *, field: bool) -> bool:
    """Return whether a line goes on with the one before."""
    if before.endswith(("Enum:", ",")):
        return True
    if _METHOD_LINE.match(before):
        return True
    if _TYPE_LINE.match(line) and not field and _NAME_LINE.match(before) and not _TYPE_LINE.match(before):
        return not _STATUS.match(before)
    if _TYPE_LINE.match(before) and not field and _NAME_LINE.match(line):
        return not _STATUS.match(line)
    if field and _NEED_LINE.match(line):
        return True
    wrapped = line[:1].islower() and len(before.split()) >= _WRAPPED and before[-1] not in ".:!?|"
    return wrapped and not _NAME_LINE.match(line)
