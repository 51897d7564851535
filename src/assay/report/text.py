"""Makes text that came from a server safe to show: what cannot be seen is spelled out.

The escapes are for reading, not for decoding: a backslash that the text itself holds stays single, because messages
are full of JSON and curl lines must survive a copy.
"""

from __future__ import annotations

import json
import re
import unicodedata

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Controls, format characters (bidi overrides, zero width, tags), surrogates, private, unassigned, line separators."""

_BLANK_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
"""Characters of innocent categories that nevertheless leave no ink."""

_VARIATION_SUPPLEMENT = range(0xE0100, 0xE01F0)

_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}

_CI_COMMAND = re.compile(r"#(#(?:vso|teamcity)?\[)", re.IGNORECASE)
"""Azure Pipelines, GitHub's runner and TeamCity obey these anywhere in a log line, not only at its start."""

_JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}:,]|[^\s\[\]{}:,"]+')


def one_line(text: str) -> str:
    """Return `text` as one printable line: no control, bidi or zero-width character, no line break, no CI command."""
    return _CI_COMMAND.sub(r"\\x23\1", _spelled_out(text, keep=""))


def visible(text: str) -> str:
    """Return `text` with everything unseen spelled out but line feeds and tabs, for places that hold whole blocks."""
    return _spelled_out(text.replace("\r\n", "\n"), keep="\n\t")


def indented_json(text: str) -> str | None:
    """Return a JSON text laid out over lines, or `None` where it is none.

    Only white space changes: numbers, escapes, duplicate keys and the order of keys are evidence.
    """
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return None
    return _laid_out(_JSON_TOKEN.findall(text))


def ascii_json(value: object) -> str:
    """Return a value as one line of JSON in printable US-ASCII, in which nobody who shows it finds a command."""
    # A number sign stands in strings alone.
    return _CI_COMMAND.sub(r"\\u0023\1", json.dumps(value, separators=(",", ":")).replace("\x7f", "\\u007f"))


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: `1 check`, `2 checks`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def joined(words: list[str]) -> str:
    """Return `a`, `a and b` or `a, b and c`."""
    if len(words) < 2:  # noqa: PLR2004 - two words need an "and"
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def _spelled_out(text: str, keep: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if char in keep or _is_seen(char) else _escape(char) for char in text)


def _is_seen(char: str) -> bool:
    if char in _BLANK_LETTERS or ord(char) in _VARIATION_SUPPLEMENT:
        return False
    return unicodedata.category(char) not in _UNSEEN


def _escape(char: str) -> str:
    if char in _NAMED:
        return _NAMED[char]
    code = ord(char)
    if code <= 0xFF:  # noqa: PLR2004 - what two hexadecimal digits hold
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004 - what four digits hold


def _laid_out(parts: list[str]) -> str:
    """Join the parts of a JSON text, one value a line."""
    laid_out: list[str] = []
    depth = 0
    for before, part, after in zip(["", *parts], parts, [*parts[1:], ""], strict=False):
        if part in ("[", "{"):
            depth += 1
            laid_out.append(part if after in ("]", "}") else part + _line(depth))
        elif part in ("]", "}"):
            depth -= 1
            laid_out.append(part if before in ("[", "{") else _line(depth) + part)
        elif part == ",":
            laid_out.append(part + _line(depth))
        else:
            laid_out.append(": " if part == ":" else part)
    return "".join(laid_out)


def _line(depth: int) -> str:
    # A document of a thousand brackets would otherwise grow by the square of its depth.
    return "\n" + "  " * min(depth, 40)
