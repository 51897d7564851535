"""The report as one HTML file that needs nothing else: no network, no script, no second file.

Whatever the document holds is escaped by Jinja and made visible by `visible`; what may run or style the page is named
by hash in its Content-Security-Policy, so that text from a server stays text even if an escape were forgotten.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import zlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from assay.model import Outcome
from assay.report import digest
from assay.report.document import Written, pieces
from assay.report.side_by_side import matrix_view
from assay.report.text import counted, indented_json, one_line, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from assay.report.digest import Node
    from assay.report.document import Report

_TEMPLATES = Path(__file__).with_name("templates")

BODY_SHOWN = 8 * 1024
"""Characters of a body that the page holds; the rest is in the report document."""

MESSAGE_SHOWN = 4 * 1024
"""The same for messages and header values."""

CURL_SHOWN = 16 * 1024
"""A longer curl line is left out: a command must not be cut."""

_DUMPED = 128
"""Bytes of a binary body that are dumped."""

_ROW = 8
"""Bytes a row, so that a dump fits on a phone."""

EXCERPT = 120
"""Characters of a message or a name where there is room for one line."""

EVIDENCE_SHOWN = 600
"""Findings with their exchange on a page of more than a few targets, which share them evenly."""

_HEADINGS = {
    Outcome.FAILED: ("Failed", ""),
    Outcome.DEVIATION: ("Deviations", "Requirements of level should that do not hold."),
    Outcome.ERROR: ("Errors of the suite", "Here the suite itself went wrong; nothing of it is blamed on the target."),
    Outcome.UNTESTABLE: ("Untestable", "Something that the checks need was not provided."),
    Outcome.INCONCLUSIVE: ("Inconclusive", "The evidence allows no verdict."),
    Outcome.NOT_RUN: ("Not run", ""),
    Outcome.PASSED: ("Passed", ""),
    Outcome.INAPPLICABLE: ("Inapplicable", "The target declares that it lacks the capability, or cannot show it."),
}


@dataclass(frozen=True, slots=True)
class BodyView:
    """A body made readable."""

    kind: str
    """`empty`, `JSON`, `text` or `binary`."""
    size: int
    text: str = ""
    remark: str = ""
    """What was done to it or left out."""


@dataclass(frozen=True, slots=True)
class Section:
    """The requirements of a target that ended with one outcome."""

    outcome: Outcome
    requirements: list[Node]

    @property
    def heading(self) -> str:
        """The heading of the section."""
        return _HEADINGS[self.outcome][0]

    @property
    def remark(self) -> str:
        """What the outcome means, where its name leaves room for doubt."""
        return _HEADINGS[self.outcome][1]


def render(document: Node) -> str:
    """Return a report document that is at hand as a whole as a self-contained page."""
    report = Written(document)
    return "".join(pieces(report, HtmlView(report)))


class HtmlView:
    """Writes `report.html`.

    Of more than a few targets the page shows what sets them apart and their findings, the first ones with evidence.
    """

    def __init__(self, report: Report) -> None:
        survey = report.survey
        number = len(survey.outlines)
        self._report = report
        self._environment = _environment()
        self._environment.globals |= {
            **_head(("report.css", "matrix.css"), ("report.js",)),
            "run": report.run,
            "alone": number == 1,
            "large": survey.is_large,
            "evidence": max(EVIDENCE_SHOWN // number, 1),
        }

    def opening(self) -> Iterator[str]:
        """Yield the masthead and the matrices."""
        survey, run = self._report.survey, self._report.run
        verdicts = survey.verdicts(partial=run["partial"])
        yield from self._environment.get_template("opening.html.j2").generate(
            survey=survey,
            started=datetime.fromisoformat(run["started"]),
            verdicts=verdicts.items(),
            worst_first=survey.worst_first(partial=run["partial"]),
        )
        for matrix in survey.matrices.values():
            if len(matrix.positions) > 1:
                view = matrix_view(matrix, survey, run)
                yield from self._environment.get_template("matrix.html.j2").generate(matrix=view)

    def target(self, target: Node, position: int) -> Iterator[str]:
        """Yield what there is about one target."""
        yield from self._environment.get_template("target.html.j2").generate(target=target, position=position)

    def closing(self) -> Iterator[str]:
        """Yield the end of the page."""
        yield self._environment.get_template("closing.html.j2").render()


def page(template: str, styles: Sequence[str], scripts: Sequence[str], **context: object) -> str:
    """Return a self-contained page made from a template and what stands in its head; all are files of ours."""
    return _environment().get_template(template).render(**context, **_head(styles, scripts))


def _head(styles: Sequence[str], scripts: Sequence[str]) -> dict[str, object]:
    """Return what stands in the head of a page, and allows what the page holds of ours and nothing else."""
    style, script = _text(styles), _text(scripts)
    policy = ["default-src 'none'", f"style-src '{_hash_of(style)}'"]
    policy += [f"script-src '{_hash_of(script)}'"] if script else []
    policy += ["base-uri 'none'", "form-action 'none'"]
    return {
        "style": Markup(style),  # noqa: S704 - ours, from the package
        "script": Markup(script),  # noqa: S704 - ours, from the package
        "policy": "; ".join(policy),
    }


def _text(names: Sequence[str]) -> str:
    return "".join((_TEMPLATES / name).read_text(encoding="utf-8") for name in names)


def _hash_of(source: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: _escaped(value) if type(value) is str else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "anchor": anchor,
        "body_view": body_view,
        "brief": brief,
        "counted": counted,
        "deciding_checks": digest.deciding_checks,
        "deciding_exchange": digest.deciding_exchange,
        "excerpt": excerpt,
        "expectation": digest.expectation,
        "in_words": digest.outcome_in_words,
        "one_line": one_line,
        "sections": sections,
        "shares": shares,
        "shown_exchanges": digest.shown_exchanges,
        "untested": digest.untested,
        "verdict_in_words": digest.verdict_in_words,
    }
    environment.globals |= {
        "curl_shown": CURL_SHOWN,
        "findings": digest.FINDINGS,
        "marks": digest.MARKS,
        "outcomes": digest.DISPLAY_ORDER,
        "standing": digest.standing,
        "verdict_reason": digest.verdict_reason,
    }
    return environment


def _escaped(text: str) -> Markup:
    """Return a text for the page, in whose source, which may be printed, it starts no line and is no CI command."""
    return Markup(str(escape(visible(text))).replace("\n", "&#10;").replace("##", "#&#35;"))  # noqa: S704 - escaped before


def excerpt(text: str) -> str:
    """Return the beginning of a text, as one line."""
    line = one_line(text[: EXCERPT + 1])
    return line if len(text) <= EXCERPT else f"{line[:EXCERPT]}…"


def sections(target: Node) -> list[Section]:
    """Return the requirements of a target by outcome, findings first, without empty sections."""
    found = [Section(each, digest.with_outcome(target, each)) for each in digest.DISPLAY_ORDER]
    return [each for each in found if each.requirements]


def shares(target: Node) -> list[tuple[Outcome, float, float]]:
    """Return outcome, start and width, in percent, of each piece of the bar that shows the counts."""
    total = sum(target["counts"].values())
    pieces: list[tuple[Outcome, float, float]] = []
    start = 0.0
    for outcome in digest.DISPLAY_ORDER:
        width = 100 * target["counts"][outcome] / total
        if width:
            pieces.append((outcome, round(start, 3), round(width, 3)))
        start += width
    return pieces


def anchor(id_: str, position: int) -> str:
    """Return the fragment id of a requirement of the target at `position`."""
    return f"t{position}-" + re.sub(r"[^a-z0-9]+", "-", id_.lower()).strip("-")


def brief(text: str) -> str:
    """Return a message without its middle where it is too long for a page."""
    if len(text) <= MESSAGE_SHOWN:
        return text
    half = MESSAGE_SHOWN // 2
    return f"{text[:half]} […{counted(len(text) - 2 * half, 'character')} left out…] {text[-half:]}"


def body_view(body: Node | None, headers: list[list[str]] | None = None) -> BodyView:
    """Return a body made readable: JSON laid out, gzip unpacked, other bytes dumped, everything bounded."""
    if not body or not body["bytes"]:
        return BodyView("empty", 0)
    size = body["bytes"]
    remarks = [f"cut when it was recorded, of {counted(size, 'byte')}"] if body.get("truncated") else []
    text = body.get("text")
    if text is None:
        content = _decoded(body["base64"])
        text = _unpacked(content) if _says_gzip(headers or []) else None
        if text is None:
            shown = f"first {_DUMPED} of {counted(size, 'byte')}" if size > _DUMPED else ""
            return BodyView("binary", size, _dump(content[:_DUMPED]), shown)
        remarks.append("unpacked from gzip")
    laid_out = indented_json(text)
    text = laid_out or text
    if len(text) > BODY_SHOWN:
        remarks.append(f"first {counted(BODY_SHOWN, 'character')}; more in report.json")
    return BodyView("JSON" if laid_out else "text", size, text[:BODY_SHOWN], "; ".join(remarks))


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except binascii.Error:
        return b""


def _says_gzip(headers: list[list[str]]) -> bool:
    return any(name.lower() == "content-encoding" and "gzip" in value.lower() for name, value in headers)


def _unpacked(content: bytes) -> str | None:
    """Return the text that a gzip body holds, as far as a page has room for it, or `None`."""
    try:
        plain = zlib.decompressobj(wbits=31).decompress(content, BODY_SHOWN * 4)
        return plain.decode()
    except (zlib.error, UnicodeDecodeError):
        return None


def _dump(content: bytes) -> str:
    """Return bytes as a hexadecimal dump."""
    lines = []
    for offset in range(0, len(content), _ROW):
        row = content[offset : offset + _ROW]
        ink = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in row)  # noqa: PLR2004 - printable ASCII
        lines.append(f"{offset:04x}  {row.hex(' '):<{3 * _ROW - 1}}  {ink}")
    return "\n".join(lines)
