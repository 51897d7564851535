"""The report on a terminal or in a CI log: findings first, verdict last, where the eye is when the run ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from assay.report import digest
from assay.report.consequences import gaps
from assay.report.lines import STYLES, Lines, brief, console, style_of
from assay.report.overview import Overview
from assay.report.repeating import finding
from assay.report.statements import figure_in_words
from assay.report.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from assay.model import Outcome
    from assay.report.digest import Node, Untested
    from assay.report.document import Report

__all__ = ["STYLES", "console", "render"]

_IDS_SHOWN = 4
_ENDLESS = 10_000
"""Columns that no table of counts fills, to learn how many it would like."""


def render(report: Report, console: Console) -> None:
    """Print a report."""
    overview = Overview(console, report)
    if report.survey.is_large:
        overview.findings()
        overview.gaps()
    else:
        for target in report.targets():
            _Page(console, report).target(target)
    overview.matrices()
    overview.waivers()
    overview.closing()


class _Page(Lines):
    """Lays one target out on a console."""

    def __init__(self, console: Console, report: Report) -> None:
        super().__init__(console)
        self.run = report.run
        self.statements = report.statements

    def target(self, target: Node) -> None:
        self._title(target)
        if problem := target.get("problem"):
            self.block(Text(brief(problem)), "bold red")
            self.gap()
        for outcome in digest.FINDINGS:
            for requirement in digest.with_outcome(target, outcome):
                self.finding(finding(requirement, target), self.run["seed"], self.statements.basis(requirement))
        self._untested(gaps(target))
        self._counts(target)
        self.gap()
        self._verdict(target)
        self.gap()

    def _title(self, target: Node) -> None:
        name, base_url = one_line(target["name"]), one_line(target["base_url"])
        title = Text.assemble((f"{self.rule * 2} ", "bright_black"), (name, "bold"))
        self.line(title)
        self.block(Text(f"{target['contract']} at {base_url}"), "bright_black")
        self.gap()

    def _untested(self, groups: list[Untested]) -> None:
        if not groups:
            return
        self.line(Text("Not tested, and why", "bold"))
        for group in groups:
            style = STYLES[group.outcome]
            self.line(Text.assemble((digest.outcome_in_words(group.outcome), style), f"  {group.count}"))
            self.block(Text(brief(group.reason)), style)
            self.block(Text(_some(group.requirements), "bright_black"), style)
        self.gap()

    def _counts(self, target: Node) -> None:
        rows = digest.by_operation(target)
        used = [each for each in digest.DISPLAY_ORDER if target["counts"][each]]
        table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bright_black")
        table.add_column("operation", no_wrap=True)
        for outcome in used:
            table.add_column(digest.outcome_in_words(outcome), justify="right", no_wrap=True)
        for operation, counts in rows.items():
            table.add_row(Text(operation), *(self._cell(each, counts[each]) for each in used))
        unbounded = self.console.options.update(width=_ENDLESS)
        if self.console.measure(table, options=unbounded).maximum <= self.console.width:
            self.console.print(table)
            return
        for operation, counts in rows.items():
            self.line(Text(operation))
            parts = [f"{counts[each]} {digest.outcome_in_words(each)}" for each in used if counts[each]]
            self.block(Text(", ".join(parts)), "bright_black")

    def _cell(self, outcome: Outcome, number: int) -> Text:
        return Text(str(number), STYLES[outcome]) if number else Text(self.none, "bright_black")

    def _verdict(self, target: Node) -> None:
        partial, shard = self.run["partial"], self.run.get("shard", "")
        verdict = digest.standing(target, partial=partial)
        style = style_of(verdict)
        self.line(Text(digest.verdict_in_words(verdict), style))
        self.block(Text(digest.verdict_reason(target, partial=partial, shard=shard)), style)
        if "statements" in target:
            self.block(Text(f"{figure_in_words(target['statements'])}."), style)
        if "verdict_but_for_waivers" in target:
            rest = target["verdict_but_for_waivers"]
            words = digest.verdict_in_words(rest), style_of(rest)
            self.block(Text.assemble("Apart from what is waived: ", words), style)


def _some(ids: Iterable[str]) -> str:
    listed = list(ids)
    more = len(listed) - _IDS_SHOWN
    return ", ".join(listed[:_IDS_SHOWN]) + (f" and {more} more" if more > 0 else "")
