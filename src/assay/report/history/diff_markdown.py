"""A comparison as Markdown, for a comment on a pull request or the summary of a job."""

from __future__ import annotations

from textwrap import indent
from typing import TYPE_CHECKING

from assay.report import digest
from assay.report.gfm import block, code, prose
from assay.report.history import words
from assay.report.history.changes import Change, differences
from assay.report.text import counted, joined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.report.history.changes import Changed, Comparison
    from assay.report.history.words import Shared

_SHOWN = 25
_NAMES_SHOWN = 3
_SAID = 500
_CURLS_SHOWN = 5
"""Curl lines of each kind of change; with more of them the whole might be longer than a comment may be."""
_CURL_SHOWN = 2_000


def render(comparison: Comparison) -> str:
    """Return a comparison as Markdown, whose length is bounded; whatever came from a server stands in code spans."""
    return "\n".join(_lines(comparison)) + "\n"


def _lines(comparison: Comparison) -> Iterator[str]:
    yield f"### {words.verdict(comparison)}"
    yield ""
    yield from (f"- {prose(sentence)}" for sentence in differences(comparison))
    yield from _targets(comparison)
    for change, listed in words.shared(comparison).items():
        yield from ("", f"#### {words.HEADINGS[change]} ({len(listed):,})", "")
        for number, each in enumerate(listed[:_SHOWN]):
            yield from _change(each, len(comparison.targets))
            if change in words.IN_FULL and number < _CURLS_SHOWN:
                yield from _again(each.example.curl)
        if len(listed) > _SHOWN:
            yield f"- and {len(listed) - _SHOWN:,} more"
    yield from _rest(comparison)


def _targets(comparison: Comparison) -> Iterator[str]:
    for target in comparison.targets[:_SHOWN]:
        old, new = map(digest.verdict_in_words, (target.old_verdict, target.new_verdict))
        yield f"- {_code(target.name)}: {f'still {new}' if old == new else f'{old} → **{new}**'}"
    for where, names in (("old", comparison.gone), ("new", comparison.added)):
        yield from (f"- {_code(name)} is in the {where} report only" for name, _ in names[:_SHOWN])


def _change(shared: Shared, targets: int) -> Iterator[str]:
    each = shared.example
    waived = ", waived" if each.is_excused else ""
    yield f"- {_code(each.id)} {words.outcomes(each)}{waived}{_where(shared, targets)}"
    if each.change in words.IN_FULL:
        yield from _in_full(each)
    elif each.change is not Change.NEWLY_PASSING and (said := words.message(each)):
        yield f"  <br>{_code(said)}"


def _in_full(each: Changed) -> Iterator[str]:
    yield f"  <br>{prose(each.statement)}"
    if each.change is Change.FAILING_OTHERWISE and each.old:
        yield f"  <br>before: {_code(each.old.message)}"
    if each.new:
        yield f"  <br>now: {_code(each.new.message)}"


def _again(curl: str) -> Iterator[str]:
    """Yield how to see it again, within the item of a list; a command is not cut."""
    if curl and len(curl) <= _CURL_SHOWN:
        folded = f"<details><summary>See it again</summary>\n\n{block(curl, 'sh')}\n\n</details>\n"
        yield from ("", indent(folded, "  "))


def _where(shared: Shared, targets: int) -> str:
    if targets == 1:
        return ""
    names = [_code(name) for name in shared.targets[:_NAMES_SHOWN]]
    more = len(shared.targets) - len(names)
    listed = f"{', '.join(names)} and {more:,} more" if more > 0 else joined(names)
    return f" on {len(shared.targets):,} of {counted(targets, 'target')}: {listed}"


def _rest(comparison: Comparison) -> Iterator[str]:
    readings = [(target.name, each) for target in comparison.targets for each in target.readings]
    speeds = [(target.name, each) for target in comparison.targets for each in target.speeds]
    if readings:
        yield from ("", "#### Read otherwise than before", "")
    for name, reading in readings[:_SHOWN]:
        old, new = ", ".join(reading.old), ", ".join(reading.new)
        yield f"- {_code(reading.ambiguity)} of {_code(name)}: {_code(old)} → {_code(new)}"
    if speeds:
        yield from ("", "#### Speed, which makes nothing worse", "")
    for name, speed in speeds[:_SHOWN]:
        yield f"- {_code(speed.operation)} of {_code(name)}: {words.in_seconds(speed)}"
    if left_out := words.not_compared(comparison):
        yield from ("", left_out)


def _code(text: str) -> str:
    return code(text, _SAID)
