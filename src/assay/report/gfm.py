"""Text in GitHub's and GitLab's Markdown that stays text, whatever somebody has written into it.

Both look for mentions, references and addresses in what Markdown has made of a text, so that a backslash does not keep
them from it. What a server sent goes into `code`, where nothing is looked for; sentences of documents go through
`prose`, and stand behind words of ours where a line begins: there GitLab takes `/close` for a command.
"""

from __future__ import annotations

import re

from assay.report.text import one_line

_NOTHING = "&#8203;"
"""A space without width, between two characters that must not be taken together."""

_MARKUP = re.compile(r"[\\`*_\[\]<>|~&$^]")
_TAKEN_TOGETHER = re.compile(
    r"[@#!%~+&$^](?=\w)|:(?=//)|:(?=[\w+-]+:)|\bwww(?=\.)|\bGH(?=-\d)|[0-9a-f]{6}(?=[0-9a-f])", re.IGNORECASE
)
"""Mentions, references, addresses, emoji, digests of commits."""

_CODE = re.compile(r"`([^`]+)`")
_TICKS = re.compile("`+")


def code(text: str, limit: int = 0) -> str:
    """Return a text as a code span of one line, without its end where it is longer than the limit."""
    line = one_line(text)
    if limit and len(line) > limit:
        line = f"{line[:limit]} …"
    fence = _fence(line, 1)
    # A space at each end is no part of the span, where the text itself would begin or end with a tick or a space.
    room = " " if not line or line[0] in "` " or line[-1] in "` " else ""
    return f"{fence}{room}{line}{room}{fence}"


def cell(text: str) -> str:
    """Return a text as a code span that may stand in a table."""
    return code(text).replace("|", "\\|")


def block(text: str, language: str) -> str:
    """Return a text as a fenced block of one line."""
    line = one_line(text)
    fence = _fence(line, 3)
    return f"{fence}{language}\n{line}\n{fence}"


def prose(text: str) -> str:
    """Return a sentence with nothing in it that Markdown obeys, but for code between two ticks."""
    parts = _CODE.split(one_line(text))
    return "".join(code(part) if number % 2 else _escaped(part) for number, part in enumerate(parts))


def _escaped(text: str) -> str:
    apart = _TAKEN_TOGETHER.split(text)
    joints = _TAKEN_TOGETHER.findall(text)
    escaped = [_MARKUP.sub(_entity, part) for part in apart]
    return escaped[0] + "".join(
        _MARKUP.sub(_entity, joint) + _NOTHING + part for joint, part in zip(joints, escaped[1:], strict=True)
    )


def _entity(match: re.Match[str]) -> str:
    # Not a backslash: a dollar is looked for in the source, and a backslash is markup itself.
    return f"&#{ord(match[0])};"


def _fence(text: str, least: int) -> str:
    longest = max((len(run) for run in _TICKS.findall(text)), default=0)
    return "`" * max(least, longest + 1)
