"""The verdict as a badge: an SVG of our own, and the JSON from which shields.io draws one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import escape

from assay.model import Outcome, Verdict
from assay.report import digest
from assay.report.text import ascii_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.report.digest import Node
    from assay.report.document import Report

LABEL = "assay"

_COLOURS: dict[str, tuple[str, str]] = {
    Verdict.NON_CONFORMANT: ("#b42318", "critical"),
    Verdict.NOT_FULLY_VERIFIED: ("#8a5a00", "yellow"),
    Verdict.CONFORMANT_WITH_DEVIATIONS: ("#4d6b00", "yellowgreen"),
    Verdict.CONFORMANT: ("#12703a", "success"),
    digest.NOT_JUDGED: ("#57606a", "inactive"),
}
"""By verdict: a colour on which white text can be read (contrast above 4.5), and shields.io's name of one."""

_WIDTHS = {**dict.fromkeys("fijlrt, ", 3.9), **dict.fromkeys("aceksvxyz", 6.2), **dict.fromkeys("mw", 9.8), "-": 5.0}
"""Pixels of letters in Verdana at 11 pixels; all others have about 6.9."""

_ROOM = 20
"""Pixels around a text of the badge, left and right together."""

_SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img" aria-labelledby="title">
<title id="title">{label}: {message}</title>
<clipPath id="round"><rect width="{width}" height="20" rx="3"/></clipPath>
<g clip-path="url(#round)">
<rect width="{left}" height="20" fill="#3b434b"/>
<rect x="{left}" width="{right}" height="20" fill="{colour}"/>
</g>
<g aria-hidden="true" fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
<text x="{label_at}" y="14" textLength="{label_width}">{label}</text>
<text x="{message_at}" y="14" textLength="{message_width}">{message}</text>
</g>
</svg>
"""


class _Badge:
    """What both badges say; it is in the survey, and no target adds to it."""

    def __init__(self, report: Report) -> None:
        survey, partial = report.survey, report.run["partial"]
        counts = survey.outcomes
        self._verdict = next(iter(survey.verdicts(partial=partial)))
        left_out = counts[Outcome.NOT_RUN] if partial else 0
        of = counts.total() - counts[Outcome.INAPPLICABLE] - left_out
        said = digest.verdict_in_words(self._verdict).lower()
        selected = " selected" if partial else ""
        self._message = f"{said}, {counts[Outcome.PASSED]:,} of {of:,}{selected}" if of else said

    def target(self, target: Node, position: int) -> Iterator[str]:  # noqa: ARG002 - a view may look at its targets
        """Yield nothing: a badge speaks of all targets together."""
        return iter(())

    def closing(self) -> Iterator[str]:
        """Yield nothing: all stands in the opening."""
        return iter(())


class BadgeView(_Badge):
    """Writes `badge.svg`."""

    def opening(self) -> Iterator[str]:
        """Yield the picture."""
        label_width, message_width = _width(LABEL), _width(self._message)
        left, right = label_width + _ROOM, message_width + _ROOM
        yield _SVG.format(
            label=escape(LABEL),
            message=escape(self._message),
            colour=_COLOURS[self._verdict][0],
            width=left + right,
            left=left,
            right=right,
            label_at=left / 2,
            message_at=left + right / 2,
            label_width=label_width,
            message_width=message_width,
        )


class ShieldsView(_Badge):
    """Writes `shields.json`, an answer of an endpoint of shields.io."""

    def opening(self) -> Iterator[str]:
        """Yield the document."""
        badge = {
            "schemaVersion": 1,
            "label": LABEL,
            "message": self._message,
            "color": _COLOURS[self._verdict][1],
        }
        yield ascii_json(badge) + "\n"


def _width(text: str) -> int:
    """Return how many pixels a text takes, about; the picture stretches it to that."""
    return round(sum(_WIDTHS.get(each, 6.9) for each in text))
