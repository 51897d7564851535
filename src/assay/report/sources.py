"""The account of the documents, and the drift of their copies, on a terminal or in a CI log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from assay.report.lines import Lines
from assay.report.text import counted, one_line
from assay.sources.account import counts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from assay.sources.copies import Comparison, Reread
    from assay.sources.drift import Change
    from assay.sources.ledger import Ledger
    from assay.sources.tracing import Gap

_COLUMNS = {
    "statements": "statements",
    "tied": "tied",
    "ambiguous": "ambiguous",
    "not_testable": "not testable",
    "informative": "informative",
}
_SHOWN = 300
_FAULTLESS, _WRONG, _QUIET = "bold green", "bold red", "bright_black"


def render_account(ledgers: Sequence[Ledger], gaps: Sequence[Gap], console: Console) -> None:
    """Print how many statements each document has and what became of them, and what is not accounted for."""
    page = _Page(console)
    page.table(ledgers)
    for gap in gaps:
        page.block(Text(one_line(str(gap))), _WRONG)
    total = counted(sum(len(each.statements) for each in ledgers), "statement")
    where = f"{total} in {counted(len(ledgers), 'document')}"
    if gaps:
        page.line(Text(f"{where}, and {counted(len(gaps), 'gap')}", _WRONG))
    else:
        page.line(Text(f"{where}, every one of them accounted for", _FAULTLESS))


def render_comparison(comparison: Comparison, console: Console) -> None:
    """Print what copies of the documents say otherwise, and the requirements that rest on it."""
    page = _Page(console)
    for each in comparison.documents:
        page.reread(each)
    for operation in comparison.without_ledger:
        page.line(Text.assemble((operation, "bold"), ("  not compared: there is no ledger of its document", "yellow")))
    for path in comparison.unclaimed:
        page.line(Text(f"{one_line(str(path))}: a copy of none of the documents", _QUIET))
    touched = list(dict.fromkeys(name for each in comparison.drifts for name in each.requirements))
    if comparison.has_drifted:
        page.line(Text(f"Drift, which touches {counted(len(touched), 'requirement')}", _WRONG))
        for name in touched:
            page.line(Text(f"  {name}", "bold"))
    elif comparison.not_compared:
        left_out = counted(len(comparison.not_compared), "document")
        page.line(Text(f"No drift in what was compared; {left_out} not compared", "bold yellow"))
    else:
        page.line(Text("No drift: every statement is still there, and there is no other", _FAULTLESS))


class _Page(Lines):
    def table(self, ledgers: Sequence[Ledger]) -> None:
        table = Table(box=None, pad_edge=False, header_style="bright_black")
        table.add_column("operation", no_wrap=True)
        table.add_column("document", overflow="fold")
        for title in _COLUMNS.values():
            table.add_column(title, justify="right", no_wrap=True)
        for ledger in ledgers:
            told = counts(ledger)
            table.add_row(ledger.operation, ledger.document, *(str(told[name]) for name in _COLUMNS))
        self.console.print(table)
        self.gap()

    def reread(self, each: Reread) -> None:
        title = Text.assemble((each.ledger.operation, "bold"), f"  {one_line(str(each.copy or each.ledger.document))}")
        if each.drift is None:
            self.line(Text.assemble(title, ("  not compared: there is no copy of it", "yellow")))
            return
        kept, total = each.drift.kept, len(each.ledger.statements)
        self.line(Text.assemble(title, (f"  {kept} of {counted(total, 'statement')} still there", _QUIET)))
        for change in each.drift.changes:
            self._change(change)
        self.gap()

    def _change(self, change: Change) -> None:
        self.line(Text(f"  {one_line(change.section)}", "yellow"))
        for statement in change.gone:
            self.block(Text(f"vanished: {one_line(statement.gist)} ({statement.key})"), "red")
        for words in change.new:
            self.block(Text(f"unknown: {_cut(words)}"), "cyan")
        if change.requirements:
            self.block(Text(f"rest on it: {', '.join(change.requirements)}", "bold"), "red")
        elif change.gone:
            self.block(Text("no requirement rests on it", _QUIET), "red")
        else:
            beside = f"; beside it: {', '.join(change.beside)}" if change.beside else ""
            self.block(Text(f"no requirement rests on it yet{beside}", _QUIET), "cyan")


def _cut(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}..."
