"""A document statement by statement in Markdown, folded away until somebody wants to read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.report.digest import outcome_in_words
from assay.report.gfm import cell, code, prose
from assay.report.statements import WORDS, Standing, figure_in_words
from assay.report.text import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from assay.report.documents import Document, Read

_OPEN = {Standing.VIOLATED, Standing.UNVERIFIED}


def reading(document: Document, room: int) -> str | None:
    """Return a document in no more than so many characters, or `None` where there is no room.

    Where it is too long, only those statements are listed that are not verified.
    """
    for wanted, remark in ((lambda _: True, ""), (_is_open, "Only what is not verified; all of it is in report.html.")):
        text = _folded(document, wanted, remark)
        if len(text) <= room:
            return text
    return None


def _is_open(read: Read) -> bool:
    return any(share.standing in _OPEN for share in read.shares)


def _folded(document: Document, wanted: Callable[[Read], bool], remark: str) -> str:
    rows = list(_rows(document, wanted))
    head = ["| | statement | | rests on it, or why nothing does |", "|--:|---|---|---|"]
    return "\n".join(
        [
            f"<details><summary>{prose(document.node['title'])}: {_summary(document)}</summary>",
            "",
            f"{code(document.operation)}, published at {code(document.node['address'])}. {remark}".rstrip(),
            "",
            *([*head, *rows, ""] if rows else []),
            "</details>",
        ]
    )


def _summary(document: Document) -> str:
    """Return what the document comes to on its only target, or how long it is."""
    if len(document.targets) == 1:
        ((_, _, figure),) = document.figures
        return figure_in_words(figure)
    return f"{counted(len(document.node['statements']), 'statement')}, {len(document.targets):,} targets"


def _rows(document: Document, wanted: Callable[[Read], bool]) -> Iterator[str]:
    for section in document.sections:
        reads = [each for each in section.statements if wanted(each)]
        if reads:
            yield f"| | **{prose(section.name)}** | | |"
        yield from (_row(each, len(document.targets)) for each in reads)


def _row(read: Read, targets: int) -> str:
    it = read.statement
    gist = prose(it["gist"] or it["kind"])
    if not read.shares:
        return f"| {it['number']} | {gist} | {outcome_in_words(it['fate'])} | {prose(it.get('reason', ''))} |"
    came = [
        WORDS[each.standing] + ("" if read.everywhere else f" on {len(each.targets):,} of {targets:,}")
        for each in read.shares
    ]
    names = ", ".join(cell(each.name) for each in read.requirements)
    return f"| {it['number']} | {gist} | {', '.join(came)} | {names} |"
