"""Several targets on a terminal: what sets them apart, what they have in common, and the verdict on each."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from assay.report import digest
from assay.report.lines import STYLES, Lines, brief, style_of
from assay.report.statements import figure_in_short
from assay.report.text import counted, one_line
from assay.report.waived import State, in_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from assay.model import Outcome
    from assay.report.digest import Node
    from assay.report.document import Report
    from assay.report.survey import Matrix, Shared

    Row = tuple[str, list[Outcome | None]]

LISTED = 30
"""Targets that stand one a line, and side by side; of more there are numbers, and the names of the worst."""

_WORST_LISTED = 20
_FINDINGS_SHOWN = 20
_GAPS_SHOWN = 10
_ROWS_SHOWN = 40
_WAIVERS_SHOWN = 20
_NAMES_SHOWN = 3
_NAME_SHOWN = 40


_UNPROVEN = {
    "stale": "The checks have changed since they were last proven by `assay prove`",
    "absent": "The checks, or some of them, have never been proven by `assay prove`",
}
_WAIVERS_IN_WORDS = {
    State.USED: "in use: what is waived is a failure, and does not fail the build",
    State.IDLE: "neither used nor stale, as this run decides nothing there",
    State.EXPIRED: "expired, which fails the run",
    State.UNUSED: "unused, as the requirement passes, which fails the run",
    State.CHANGED: "for another failure than the one that is there, which fails the run",
}


class Overview(Lines):
    """Lays out what stands about all targets together."""

    def __init__(self, console: Console, report: Report) -> None:
        super().__init__(console)
        self.run = report.run
        self.survey = report.survey
        self.statements = report.statements
        self.total = len(self.survey.outlines)
        self.are_numbered = False

    def findings(self) -> None:
        """Print each finding once, with the targets that share it; the most common ones first."""
        order = digest.FINDINGS.index
        found = sorted(self.survey.findings.values(), key=lambda each: (order(each.outcome), -each.targets))
        for each in found[:_FINDINGS_SHOWN]:
            self.finding(each.example, self.run["seed"], self.statements.basis(each.example), self._where(each))
        self._more(len(found) - _FINDINGS_SHOWN, "finding")

    def gaps(self) -> None:
        """Print each reason why something was not tested once, with the targets that share it."""
        gaps = sorted(self.survey.gaps.values(), key=lambda each: -each.targets)
        gaps.sort(key=lambda each: digest.DISPLAY_ORDER.index(each.outcome))
        if gaps:
            self.line(Text("Not tested, and why", "bold"))
        for each in gaps[:_GAPS_SHOWN]:
            style = STYLES[each.outcome]
            self.line(Text.assemble((digest.outcome_in_words(each.outcome), style), f"  {each.example['count']}"))
            self.block(Text(brief(each.example["reason"])), style)
            self.block(Text(self._where(each), "bright_black"), style)
        self._more(len(gaps) - _GAPS_SHOWN + self.survey.gaps_left_out, "reason")
        if gaps:
            self.gap()

    def _where(self, shared: Shared) -> str:
        return f"on {shared.targets:,} of {counted(self.total, 'target')}: {_named(shared.names, shared.targets)}"

    def _more(self, number: int, noun: str) -> None:
        if number > 0:
            self.line(Text(f"and {counted(number, f'more {noun}')} in report.html", "bright_black"))

    def matrices(self) -> None:
        """Print what sets the targets of a contract apart, for each contract that has several."""
        for matrix in self.survey.matrices.values():
            if len(matrix.positions) > 1:
                self._matrix(matrix)
                self.gap()

    def _matrix(self, matrix: Matrix) -> None:
        number = counted(len(matrix.positions), "target")
        self.line(Text.assemble((one_line(matrix.contract), "bold"), f", {number} side by side"))
        rows = list(matrix.open_rows(self.run))
        if not rows:
            self.block(Text("Every requirement has passed everywhere, or applies to none of them."), "green")
            return
        left_out = len(matrix.requirements) - len(rows)
        if left_out:
            self.block(
                Text(f"{counted(left_out, 'requirement')} that set none of them apart: not shown."), "bright_black"
            )
        shown = _worst(rows)
        names = max(cell_len(_short(name)) for name, _ in shown)
        room = self.console.width - names - 2
        if self.total > LISTED or len(matrix.positions) > room:
            self._in_numbers(matrix, shown)
        else:
            self._side_by_side(matrix, shown, names, room)
        self._more(len(rows) - _ROWS_SHOWN, "requirement")

    def _side_by_side(self, matrix: Matrix, rows: Sequence[Row], names: int, room: int) -> None:
        """Print a column per target, headed by its number, whose digits stand upright where room is scarce."""
        digits = len(str(matrix.positions[-1]))
        width = next(each for each in (digits + 1, 2, 1) if each * len(matrix.positions) <= room + 1 or each == 1)
        upright = [str(each).rjust(digits) for each in matrix.positions]
        heads = upright if width > digits else ["".join(each) for each in zip(*upright, strict=True)]
        for head in [heads] if width > digits else heads:
            self.line(
                Text(" " * (names + 2) + "".join(each.rjust(max(width - 1, 1)).ljust(width) for each in head).rstrip())
            )
        for name, row in rows:
            line = Text(_short(name).ljust(names + 2))
            for outcome in row:
                line.append(
                    (digest.MARKS[outcome] if outcome else " ").rjust(max(width - 1, 1)).ljust(width), _style(outcome)
                )
            line.rstrip()
            self.line(line)
        self._legend(rows)
        self.are_numbered = True

    def _legend(self, rows: Sequence[Row]) -> None:
        seen = {outcome for _, row in rows for outcome in row}
        used = [each for each in digest.DISPLAY_ORDER if each in seen]
        words = Text("  ").join(
            Text.assemble((digest.MARKS[each], STYLES[each]), f" {digest.outcome_in_words(each)}") for each in used
        )
        self.block(Text.assemble(words, "; the numbers are those of the targets below"), "bright_black")

    def _in_numbers(self, matrix: Matrix, rows: Sequence[Row]) -> None:
        """Print how many targets ended with each outcome, and the first of those that ended with the worst."""
        for name, row in rows:
            counts = Counter(outcome for outcome in row if outcome)
            used = [each for each in digest.DISPLAY_ORDER if counts[each]]
            worst = [place for place, outcome in zip(matrix.positions, row, strict=True) if outcome is used[0]]
            named = _named([self.survey.outlines[place - 1]["name"] for place in worst[:_NAMES_SHOWN]], len(worst))
            parts = [f"{counts[each]:,} {digest.outcome_in_words(each)}" for each in used]
            self.line(Text(_short(name)))
            self.block(Text(", ".join([f"{parts[0]} ({named})", *parts[1:]])), STYLES[used[0]])

    def waivers(self) -> None:
        """Print which waivers somebody has to look at, and what those that hold excuse."""
        for name, found in self.survey.stale_waivers[:_WAIVERS_SHOWN]:
            self.line(Text.assemble(("STALE WAIVER", "bold red"), "  ", (one_line(found["id"]), "bold")))
            self.block(Text(f"at {one_line(name)}: {brief(in_words(found))}"), "bold red")
            self.gap()
        self._more(len(self.survey.stale_waivers) - _WAIVERS_SHOWN, "stale waiver")
        states = Counter(each["waiver"]["state"] for _, each in self.survey.waivers)
        for state, sentence in _WAIVERS_IN_WORDS.items():
            if states[state]:
                self.line(Text(f"{counted(states[state], 'waiver')} {sentence}"))

    def closing(self) -> None:
        """Print the verdict on each target, or of how many there is which, and the facts of the run."""
        if self.total > 1:
            self.line(Text(self.rule * self.console.width, "bright_black"))
        if self.total > LISTED:
            self._verdicts_in_numbers()
        elif self.total > 1:
            self._verdicts(list(enumerate(self.survey.outlines, 1)))
        if self.survey.is_unanswered:
            self.line(Text(digest.UNANSWERED, "bold red"))
        self.line(Text(", ".join(self._facts()), "bright_black"))
        if said := _UNPROVEN.get(self.run.get("proof", "")):
            self.line(Text(said, "bright_black"))

    def _verdicts_in_numbers(self) -> None:
        partial = self.run["partial"]
        worst = [
            numbered
            for numbered in self.survey.worst_first(partial=partial)
            if not digest.standing(numbered[1], partial=partial).startswith("conformant")
        ]
        self._verdicts(worst[:_WORST_LISTED])
        self._more(len(worst) - _WORST_LISTED, "target")
        for verdict, number in self.survey.verdicts(partial=partial).items():
            self.line(
                Text.assemble((digest.verdict_in_words(verdict), style_of(verdict)), f"  {counted(number, 'target')}")
            )

    def _verdicts(self, numbered: Sequence[tuple[int, Node]]) -> None:
        width = max((cell_len(one_line(each["name"])) for _, each in numbered), default=0)
        digits = len(str(self.total))
        lines = []
        for position, each in numbered:
            name = one_line(each["name"])
            verdict = digest.standing(each, partial=self.run["partial"])
            number = f"{position:>{digits}}  " if self.are_numbered else ""
            padding = " " * (width - cell_len(name) + 2)
            words = digest.verdict_in_words(verdict), style_of(verdict)
            lines.append(Text.assemble((number, "bright_black"), name, padding, words))
        self._with_figures(lines, [_figure(each) for _, each in numbered])

    def _with_figures(self, lines: Sequence[Text], figures: Sequence[str]) -> None:
        """Print lines, and behind them how many statements are verified, where there is room for it."""
        behind = max((line.cell_len for line in lines), default=0) + 2
        has_room = all(behind + len(figure) <= self.console.width for figure in figures)
        for line, figure in zip(lines, figures, strict=True):
            if figure and has_room:
                line.append(" " * (behind - line.cell_len) + figure, "bright_black")
            self.line(line)

    def _facts(self) -> list[str]:
        facts = [
            counted(self.run["requests"], "request"),
            f"{self.run['duration_s']:.1f} s",
            f"seed {self.run['seed']}",
        ]
        facts += ["interrupted"] if not self.run["complete"] else []
        if "shard" in self.run:
            return [*facts, f"shard {self.run['shard']} only"]
        return [*facts, "selected requirements only"] if self.run["partial"] else facts


def _worst(rows: Sequence[Row]) -> list[Row]:
    """Return as many rows as there is room for, the worst ones, in the order of the catalogue."""
    order = {outcome: place for place, outcome in enumerate(digest.DISPLAY_ORDER)}
    badness = {name: sorted(order[outcome] for outcome in row if outcome) for name, row in rows}
    kept = {name for name, _ in sorted(rows, key=lambda row: badness[row[0]])[:_ROWS_SHOWN]}
    return [row for row in rows if row[0] in kept]


def _short(requirement: str) -> str:
    """Return a requirement id without its contract."""
    return one_line(requirement.partition("/")[2])


def _style(outcome: Outcome | None) -> str:
    return STYLES[outcome] if outcome else ""


def _figure(target: Node) -> str:
    """Return how many statements of the documents are verified, where the report says it."""
    return f"{figure_in_short(target['statements'])} statements verified" if "statements" in target else ""


def _named(names: Sequence[str], number: int) -> str:
    """Return the first names of so many targets."""
    shown = [one_line(each) for each in names]
    cut = [each if len(each) <= _NAME_SHOWN else f"{each[:_NAME_SHOWN]}..." for each in shown]
    return ", ".join(cut) + (f" and {number - len(cut):,} more" if number > len(cut) else "")
