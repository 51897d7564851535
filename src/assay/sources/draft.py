"""Begins the ledger of a document: every statement with its digest, section and kind, and its words as a comment.

Whoever writes the ledger puts a gist and a fate in the place of the words; the lint finds words that are left. Where
there is a ledger already, what it says of the statements that are still there is kept.
"""

from __future__ import annotations

import json
import re
import textwrap
from typing import TYPE_CHECKING

from assay.sources.drift import still_there
from assay.sources.folding import digest
from assay.sources.ledger import Fate, Kind, Statement, digest_of, name_of
from assay.sources.segmentation import segments

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from assay.sources.ledger import Beyond, Ledger

_PLAIN = re.compile(r"[A-Za-z0-9_(/][\w ()./+<>=;*-]*\Z")
"""What YAML reads as the same text without quotes."""
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null"})
_TYPES = ("", "array", "of", "object", "string", "integer", "number", "boolean", "required", "optional")
_TITLE = "TITLE OF THE PAGE"
_ADDRESS = "https://ADDRESS.OF.THE.PAGE"
_WIDTH = 118


def draft(name: str, document: str, known: Ledger | None, places: Iterable[str] = ()) -> str:
    """Return the text of a `sources.yaml` for a document called `name`; `places` are those of the spec, if any."""
    folded, found = segments(document)
    old = still_there(known, document) if known else {}
    drafted = []
    for segment in found:
        kept = old.get((segment.start, segment.end))
        if kept is not None:
            drafted.append((kept, ""))
            continue
        key = digest(folded.text[segment.start : segment.end])
        place = _place(segment.section, segment.kind, segment.text, places)
        chars = segment.end - segment.start
        made = Statement(key, chars, segment.section, segment.kind, "", places=(place,) if place else ())
        drafted.append((made, segment.text))
    return "\n".join(_lines(name, drafted, known)) + "\n"


def _lines(name: str, drafted: list[tuple[Statement, str]], known: Ledger | None) -> Iterator[str]:
    yield f"document: {_scalar(name)}"
    yield f"title: {_scalar(known.title if known else _TITLE)}"
    yield f"address: {_scalar(known.address if known else _ADDRESS)}"
    yield f"digest: {_scalar(digest_of(statement for statement, _ in drafted))}"
    yield "sections:"
    section = None
    for statement, words in drafted:
        if statement.section != section:
            section = statement.section
            yield f"  - section: {_scalar(section)}"
            yield "    statements:"
        if words:
            yield f"      #| {words}"
        yield from entry(statement, known.operation if known else "")
    if known and known.beyond:
        yield "beyond:"
        yield from (_beyond(each) for each in known.beyond)


def entry(statement: Statement, operation: str) -> Iterator[str]:
    """Return the lines of one statement in the ledger of an operation."""
    own = [name_of(each, operation) for each in statement.own]
    fates = {
        Fate.NOT_TESTABLE: f"not-testable: {_scalar(statement.reason)}",
        Fate.INFORMATIVE: f"informative: {_scalar(statement.reason)}",
    }
    parts = [
        *([f"ambiguity: {_sequence(statement.ambiguities)}"] if statement.ambiguities else []),
        *([f"requirements: {_sequence(own)}"] if own else []),
        *([fates[statement.fate]] if statement.fate in fates else []),
        *([f"spec: {_sequence(statement.places)}"] if statement.places else []),
    ]
    end = "," if parts else "}"
    known = f"- {{digest: {statement.key}, kind: {statement.kind}, gist: {_scalar(statement.gist)}{end}"
    yield from _wrapped(known, "      ")
    if parts:
        yield from _wrapped(f"{', '.join(parts)}}}", "         ")


def _wrapped(text: str, indent: str) -> list[str]:
    """Return lines; where YAML reads a line's end as the blank that stood there, also within quotes."""
    return textwrap.wrap(
        text, _WIDTH, initial_indent=indent, subsequent_indent=indent + "  ", break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip


def _beyond(each: Beyond) -> str:
    return f"  - {{place: {_scalar(each.place)}, rests_on: {_scalar(each.rests_on)}}}"


def _sequence(values: Iterable[str]) -> str:
    return f"[{', '.join(map(_scalar, values))}]"


def _scalar(text: str) -> str:
    """Return a text as YAML, quoted only where it must be."""
    plain = _PLAIN.match(text) and not text.endswith(" ") and text.lower() not in _WORDS and not _is_number(text)
    return text if plain and " #" not in text and ": " not in text else json.dumps(text, ensure_ascii=False)


def _is_number(text: str) -> bool:
    return not text.strip("0123456789.eE+-_:x")


def _place(section: str, kind: Kind, words: str, places: Iterable[str]) -> str:
    """Guess the place of the spec that a declaration speaks of: its name, in the part that the section is about."""
    if kind is Kind.STATUS:
        code = words.split(maxsplit=1)[0]
        return code if code in places else ""
    if kind is not Kind.FIELD:
        return ""
    status = re.search(r"\b[1-5]\d\d\b", section)
    low = section.lower()
    about = status[0] if status else next((each for each in ("path", "query", "header", "request") if each in low), "")
    told = [
        re.sub(r"(?:required|optional)\Z", "", word)
        for word in re.findall(r"[A-Za-z_$][\w.$-]*", words.partition("|")[0])
    ]
    names = [word for word in told if word not in _TYPES] or told
    fits = [
        place
        for place in places
        for name in names
        if " " not in place.removeprefix(about).strip()
        and place.startswith(about + " ")
        and (place == f"{about} {name}" or place.endswith(f".{name}"))
    ]
    return min(fits, key=lambda place: (place.count("."), len(place)), default="")
