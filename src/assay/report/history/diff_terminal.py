"""A comparison on a terminal or in a CI log: what got worse first, the verdict last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from assay.report import digest
from assay.report.history import words
from assay.report.history.changes import Change, differences
from assay.report.lines import STYLES, Lines, brief, style_of
from assay.report.text import counted, joined, one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from assay.report.digest import Node
    from assay.report.history.changes import Changed, Comparison, Side
    from assay.report.history.words import Shared

_SHOWN = 40
_NAMES_SHOWN = 3
_SAID = 200


def render(comparison: Comparison, console: Console) -> None:
    """Print a comparison."""
    page = _Page(console, comparison)
    page.runs()
    page.changes()
    page.readings()
    page.speeds()
    page.targets()
    page.verdict()


class _Page(Lines):
    def __init__(self, console: Console, comparison: Comparison) -> None:
        super().__init__(console)
        self.comparison = comparison

    def runs(self) -> None:
        for name, run in (("old", self.comparison.old), ("new", self.comparison.new)):
            self.line(Text(f"{name}  {_run(run)}", "bright_black"))
        for sentence in differences(self.comparison):
            self.block(Text(one_line(sentence)), "yellow")
        self.gap()

    def changes(self) -> None:
        for change, listed in words.shared(self.comparison).items():
            self.line(Text.assemble((words.HEADINGS[change], "bold"), f"  {len(listed):,}"))
            for each in listed[:_SHOWN]:
                self._change(each)
            if len(listed) > _SHOWN:
                self.line(Text(f"and {len(listed) - _SHOWN:,} more", "bright_black"))
            self.gap()

    def _change(self, shared: Shared) -> None:
        each = shared.example
        style = STYLES[each.new.outcome] if each.new else "bright_black"
        self.line(Text.assemble((one_line(each.id), "bold"), "  ", (words.outcomes(each), style)))
        if len(self.comparison.targets) > 1:
            self.block(Text(self._where(shared), "bright_black"), style)
        if each.change in words.IN_FULL:
            self._in_full(each, style)
        elif each.change is not Change.NEWLY_PASSING and (said := words.message(each)):
            self.block(Text(_cut(said), "bright_black"), style)

    def _in_full(self, each: Changed, style: str) -> None:
        self.block(Text(one_line(each.statement)), style)
        if each.change is Change.FAILING_OTHERWISE:
            self.block(Text(f"before: {_said(each.old)}", "bright_black"), style)
            self.block(Text(f"now: {_said(each.new)}"), style)
        else:
            self.block(Text(_said(each.new)), style)
        if each.is_excused:
            self.block(Text("waived, so that it does not count as worse", "bright_black"), style)
        if each.curl:
            self.curl(each.curl)

    def _where(self, shared: Shared) -> str:
        names = [_cut(name) for name in shared.targets[:_NAMES_SHOWN]]
        more = len(shared.targets) - len(names)
        listed = f"{', '.join(names)} and {more:,} more" if more > 0 else joined(names)
        return f"on {len(shared.targets):,} of {counted(len(self.comparison.targets), 'target')}: {listed}"

    def readings(self) -> None:
        found = [(target.name, each) for target in self.comparison.targets for each in target.readings]
        if not found:
            return
        self.line(Text("Read otherwise than before", "bold"))
        for name, each in found[:_SHOWN]:
            self.line(Text(f"{one_line(each.ambiguity)} ({_cut(name)})"))
            self.block(Text(f"{one_line(', '.join(each.old))} → {one_line(', '.join(each.new))}"), "bright_black")
        self.gap()

    def speeds(self) -> None:
        found = [(target.name, each) for target in self.comparison.targets for each in target.speeds]
        if not found:
            return
        self.line(Text("Speed, which makes nothing worse", "bold"))
        for name, each in found[:_SHOWN]:
            self.line(Text(f"{one_line(each.operation)} ({_cut(name)})"))
            self.block(Text(words.in_seconds(each)), "bright_black")
        self.gap()

    def targets(self) -> None:
        for target in self.comparison.targets[:_SHOWN]:
            old, new = target.old_verdict, target.new_verdict
            now = (digest.verdict_in_words(new), style_of(new))
            was = "still " if old == new else f"{digest.verdict_in_words(old)} → "
            self.line(Text.assemble(_cut(target.name), "  ", (was, "bright_black"), now))
        if len(self.comparison.targets) > _SHOWN:
            self.line(Text(f"and {len(self.comparison.targets) - _SHOWN:,} more targets", "bright_black"))
        self._listed("only in the old report", self.comparison.gone)
        self._listed("only in the new report", self.comparison.added)

    def _listed(self, where: str, targets: Sequence[tuple[str, str]]) -> None:
        for name, contract in targets[:_SHOWN]:
            self.line(Text(f"{_cut(name)} ({one_line(contract)}): {where}", "yellow"))

    def verdict(self) -> None:
        if left_out := words.not_compared(self.comparison):
            self.line(Text(left_out, "bright_black"))
        self.line(Text(words.verdict(self.comparison), "bold red" if self.comparison.is_worse else "bold green"))


def _run(run: Node) -> str:
    facts = [run["started"], f"seed {run['seed']}", f"version {run['suite_version']}"]
    return one_line(", ".join(facts))


def _said(side: Side | None) -> str:
    return brief(side.message) if side else ""


def _cut(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= _SAID else f"{line[:_SAID]}..."
