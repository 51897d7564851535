"""The report as one HTML file that needs nothing else: no network, no script, no second file.

Whatever the document holds is escaped by Jinja and made visible by `visible`; what may run or style the page is named
by hash in its Content-Security-Policy, so that text from a server stays text even if an escape were forgotten.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from assay.model import Outcome
from assay.report import digest
from assay.report.bodies import body_view, marked_view
from assay.report.causes import causes, same_cause
from assay.report.clues import pointer
from assay.report.comparison import comparison
from assay.report.consequences import gaps
from assay.report.document import Written, pieces
from assay.report.documents import documents
from assay.report.remedies import command, lines_for_target_file, only_observes
from assay.report.repeating import notes
from assay.report.side_by_side import matrix_view
from assay.report.statements import WORDS, Standing, figure_in_short, figure_in_words
from assay.report.steps import led_up_to, steps
from assay.report.survey import NAMES_KEPT
from assay.report.text import counted, one_line, visible
from assay.report.waived import STALE, in_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from assay.report.digest import Node
    from assay.report.document import Report

_TEMPLATES = Path(__file__).with_name("templates")

MESSAGE_SHOWN = 4 * 1024
"""The same for messages and header values."""

CURL_SHOWN = 16 * 1024
"""A longer curl line is left out: a command must not be cut."""

EXCERPT = 120
"""Characters of a message or a name where there is room for one line."""

EVIDENCE_SHOWN = 600
"""Findings with their exchange on a page of more than a few targets, which share them evenly."""

WAIVERS_SHOWN = 5
"""Stale waivers that stand on top."""

HEADERS_SHOWN = 100
"""Header lines of a message; a server may send thousands."""


@dataclass(frozen=True, slots=True)
class Operation:
    """The requirements of one operation of a target."""

    id: str
    requirements: list[Node]
    counts: Mapping[Outcome, int]


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
            **_head(("report.css", "matrix.css", "documents.css"), ("report.js",)),
            "run": report.run,
            "alone": number == 1,
            "large": survey.is_large,
            "evidence": max(EVIDENCE_SHOWN // number, 1),
            "statements": report.statements,
        }

    def opening(self) -> Iterator[str]:
        """Yield the masthead and the matrices."""
        survey, run = self._report.survey, self._report.run
        verdicts = survey.verdicts(partial=run["partial"])
        places = {each["name"]: place for place, each in enumerate(survey.outlines, 1)}
        yield from self._environment.get_template("opening.html.j2").generate(
            survey=survey,
            started=datetime.fromisoformat(run["started"]),
            verdicts=verdicts.items(),
            worst_first=survey.worst_first(partial=run["partial"]),
            stale_waivers=[(places[name], name, found) for name, found in survey.stale_waivers],
        )
        for matrix in survey.matrices.values():
            if len(matrix.positions) > 1:
                view = matrix_view(matrix, survey, run)
                yield from self._environment.get_template("matrix.html.j2").generate(matrix=view)

    def target(self, target: Node, position: int) -> Iterator[str]:
        """Yield what there is about one target."""
        yield from self._environment.get_template("target.html.j2").generate(target=target, position=position)

    def closing(self) -> Iterator[str]:
        """Yield the documents and the end of the page."""
        if self._report.documents:
            template = self._environment.get_template("documents.html.j2")
            yield from template.generate(documents=documents(self._report))
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
        "capitalized": lambda text: text[:1].upper() + text[1:],
        "causes": causes,
        "comparison": comparison,
        "counted": counted,
        "deciding_checks": digest.deciding_checks,
        "deciding_exchange": digest.deciding_exchange,
        "deciding_first": deciding_first,
        "excerpt": excerpt,
        "expectation": digest.expectation,
        "figure_in_short": figure_in_short,
        "figure_in_words": figure_in_words,
        "in_words": digest.outcome_in_words,
        "marked_view": marked_view,
        "one_line": one_line,
        "notes": notes,
        "only_observes": only_observes,
        "operations": operations,
        "outcomes_of": outcomes_of,
        "pointer": pointer,
        "same_cause": same_cause,
        "shares": shares,
        "shown_exchanges": digest.shown_exchanges,
        "steps": steps,
        "statement_anchor": statement_anchor,
        "untested": gaps,
        "verdict_in_words": digest.verdict_in_words,
        "waiver_in_words": in_words,
    }
    environment.globals |= {
        "command": command,
        "curl_shown": CURL_SHOWN,
        "findings": digest.FINDINGS,
        "headers_shown": HEADERS_SHOWN,
        "led_up_to": led_up_to,
        "lines_for_target_file": lines_for_target_file,
        "marks": digest.MARKS,
        "names_kept": NAMES_KEPT,
        "outcomes": digest.DISPLAY_ORDER,
        "stale": STALE,
        "standing": digest.standing,
        "standing_words": WORDS,
        "unanswered": digest.UNANSWERED,
        "verdict_reason": digest.verdict_reason,
        "waivers_shown": WAIVERS_SHOWN,
    }
    return environment


def _escaped(text: str) -> Markup:
    """Return a text for the page, in whose source, which may be printed, it starts no line and is no CI command."""
    return Markup(str(escape(visible(text))).replace("\n", "&#10;").replace("##", "#&#35;"))  # noqa: S704 - escaped before


def excerpt(text: str, length: int = EXCERPT) -> str:
    """Return the beginning of a text, as one line."""
    line = one_line(text[: length + 1])
    return line if len(text) <= length else f"{line[:length]}…"


def operations(target: Node) -> list[Operation]:
    """Return the requirements of a target by operation."""
    counts = digest.by_operation(target)
    return [
        Operation(name, [each for each in target["requirements"] if each["operation"] == name], counts[name])
        for name in counts
    ]


def deciding_first(requirement: Node) -> list[Node]:
    """Return the checks of a requirement, those first that gave it its outcome."""
    return sorted(requirement["checks"], key=lambda check: bool(check["outcome"] != requirement["outcome"]))


def shares(counts: Mapping[Outcome, int]) -> list[tuple[Outcome, float, float]]:
    """Return outcome, start and width, in percent, of each piece of a bar that shows counts."""
    total = sum(counts.values())
    found: list[tuple[Outcome, float, float]] = []
    start = 0.0
    for outcome in digest.DISPLAY_ORDER:
        width = 100 * counts.get(outcome, 0) / total
        if width:
            found.append((outcome, round(start, 3), round(width, 3)))
        start += width
    return found


_COLOURS = {
    Standing.VIOLATED: Outcome.FAILED,
    Standing.UNVERIFIED: Outcome.UNTESTABLE,
    Standing.VERIFIED: Outcome.PASSED,
    Standing.INAPPLICABLE: Outcome.INAPPLICABLE,
}
"""What an outcome of requirements looks like that is to statements what a standing is."""


def outcomes_of(figure: Mapping[str, int]) -> dict[Outcome, int]:
    """Return the figure of a target as counts for a bar."""
    return {outcome: figure[standing] for standing, outcome in _COLOURS.items()}


def anchor(id_: str, position: int | None = None) -> str:
    """Return the fragment id of a requirement, of the target at `position` where it is given; 0 stands for all."""
    slug = re.sub(r"[^a-z0-9]+", "-", id_.lower()).strip("-")
    return slug if position is None else f"t{position}-{slug}"


def statement_anchor(number: int, operation: str) -> str:
    """Return the fragment id of a statement of the document of an operation."""
    return f"s-{anchor(operation)}-{number}"


def brief(text: str) -> str:
    """Return a message without its middle where it is too long for a page."""
    if len(text) <= MESSAGE_SHOWN:
        return text
    half = MESSAGE_SHOWN // 2
    return f"{text[:half]} […{counted(len(text) - 2 * half, 'character')} left out…] {text[-half:]}"
