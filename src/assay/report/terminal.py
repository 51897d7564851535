"""The report on a terminal or in a CI log: findings first, verdict last, where the eye is when the run ends.

Text that a server sent is shown by `one_line` only and is never a rich markup string. Where it is wrapped, each further
line begins with a gutter: a server that could choose how a line starts could issue commands to a CI runner.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from assay.model import Outcome, Verdict
from assay.report import digest
from assay.report.text import counted, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from assay.report.digest import Node, Untested

STYLES = {
    Outcome.PASSED: "green",
    Outcome.FAILED: "bold red",
    Outcome.DEVIATION: "yellow",
    Outcome.ERROR: "bold magenta",
    Outcome.UNTESTABLE: "cyan",
    Outcome.INCONCLUSIVE: "cyan",
    Outcome.NOT_RUN: "bright_black",
    Outcome.INAPPLICABLE: "bright_black",
}

_VERDICT_STYLES: dict[str, str] = {
    Verdict.NON_CONFORMANT: "bold red",
    Verdict.NOT_FULLY_VERIFIED: "bold yellow",
    Verdict.CONFORMANT_WITH_DEVIATIONS: "bold yellow",
    Verdict.CONFORMANT: "bold green",
}

_LOG_WIDTH = 100
"""Columns where nobody says how many there are, as in a CI log."""

_NARROWEST = 60
_IDS_SHOWN = 4
_MESSAGE_SHOWN = 1000
_CURL_SHOWN = 8000
_ENDLESS = 10_000
"""Columns that no table of counts fills, to learn how many it would like."""


def console(stream: TextIO | None = None, environ: Mapping[str, str] | None = None) -> Console:
    """Return a console for `stream` (standard output) that prints escape sequences to a terminal only.

    `FORCE_COLOR` asks for colours all the same, `NO_COLOR` for none and wins; neither makes a log a place to move the
    cursor in.
    """
    stream = stream or sys.stdout
    environ = os.environ if environ is None else environ
    on_terminal = stream.isatty()
    forced = environ.get("FORCE_COLOR", "") not in ("", "0")
    plain = bool(environ.get("NO_COLOR")) or not (on_terminal or forced)
    # A name that a server chose may not fit the encoding of an old console; that is no reason to end with a traceback.
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="backslashreplace")
    colours = None if plain else "auto" if on_terminal else "standard"
    return Console(
        file=stream,
        force_terminal=on_terminal or (forced and not plain),
        force_interactive=on_terminal and environ.get("TERM") not in ("dumb", "unknown"),
        color_system=colours,  # type: ignore[arg-type]  # rich wants literals
        no_color=plain,
        width=None if on_terminal else _log_width(environ),
        highlight=False,
        markup=False,
        emoji=False,
        _environ=environ,
    )


def _log_width(environ: Mapping[str, str]) -> int:
    columns = environ.get("COLUMNS", "")
    return max(int(columns), _NARROWEST) if columns.isdecimal() else _LOG_WIDTH


def render(document: Node, console: Console) -> None:
    """Print the report document."""
    for target in document["targets"]:
        _Page(console).target(target, partial=document["run"]["partial"])
    _Page(console).closing(document)


class _Page:
    """Lays one target out on a console."""

    def __init__(self, console: Console) -> None:
        self.console = console
        is_unicode = console.encoding.startswith("utf")
        self.gutter = "│ " if is_unicode else "| "
        self.rule = "─" if is_unicode else "-"
        self.none = "·" if is_unicode else "-"

    def target(self, target: Node, *, partial: bool) -> None:
        self._title(target)
        if problem := target.get("problem"):
            self._block(Text(_brief(problem)), "bold red")
            self._gap()
        for outcome in digest.FINDINGS:
            for requirement in digest.with_outcome(target, outcome):
                self._finding(requirement)
        self._untested(digest.untested(target))
        self._counts(target)
        self._gap()
        self._verdict(target, partial=partial)
        self._gap()

    def closing(self, document: Node) -> None:
        run, targets = document["run"], document["targets"]
        if len(targets) > 1:
            self._line(Text(self.rule * self.console.width, "bright_black"))
            width = max(cell_len(one_line(each["name"])) for each in targets)
            for each in targets:
                name = one_line(each["name"])
                padding = " " * (width - cell_len(name) + 2)
                verdict = digest.standing(each, partial=run["partial"])
                self._line(Text.assemble(name, padding, (digest.verdict_in_words(verdict), _style(verdict))))
        facts = [counted(run["requests"], "request"), f"{run['duration_s']:.1f} s", f"seed {run['seed']}"]
        facts += ["interrupted"] if not run["complete"] else []
        facts += ["selected requirements only"] if run["partial"] else []
        self._line(Text(", ".join(facts), "bright_black"))
        if run.get("proof", "fresh") != "fresh":
            self._line(Text("The checks have changed since they were last proven by `assay prove`", "bright_black"))

    def _title(self, target: Node) -> None:
        name, base_url = one_line(target["name"]), one_line(target["base_url"])
        title = Text.assemble((f"{self.rule * 2} ", "bright_black"), (name, "bold"))
        self._line(title)
        self._block(Text(f"{target['contract']} at {base_url}"), "bright_black")
        self._gap()

    def _finding(self, requirement: Node) -> None:
        outcome = Outcome(requirement["outcome"])
        checks = digest.deciding_checks(requirement)
        words = digest.outcome_in_words(outcome).upper()
        head = Text.assemble((words, STYLES[outcome]), "  ", (one_line(requirement["id"]), "bold"))
        self._line(head)
        self._block(Text(one_line(requirement["statement"])), STYLES[outcome])
        self._block(Text(_brief(requirement["message"])), STYLES[outcome])
        if len(checks) > 1:
            others = Text(f"({counted(len(checks) - 1, 'more check')} with this outcome in the report)", "bright_black")
            self._block(others, STYLES[outcome])
        exchange = digest.deciding_exchange(checks[0]) if checks else None
        if exchange:
            self._curl(exchange["curl"])
        self._gap()

    def _curl(self, line: str) -> None:
        """Print a curl line whole or not at all: a command must not be cut."""
        if len(line) <= _CURL_SHOWN:
            self._line(Text(one_line(line)))
        else:
            self._line(Text(f"(the curl line has {counted(len(line), 'character')}: see the report)", "bright_black"))

    def _untested(self, groups: list[Untested]) -> None:
        if not groups:
            return
        self._line(Text("Not tested, and why", "bold"))
        for group in groups:
            style = STYLES[group.outcome]
            number = counted(len(group.requirements), "requirement")
            self._line(Text.assemble((digest.outcome_in_words(group.outcome), style), f"  {number}"))
            self._block(Text(_brief(group.reason)), style)
            self._block(Text(_some(group.requirements), "bright_black"), style)
        self._gap()

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
            self._line(Text(operation))
            parts = [f"{counts[each]} {digest.outcome_in_words(each)}" for each in used if counts[each]]
            self._block(Text(", ".join(parts)), "bright_black")

    def _cell(self, outcome: Outcome, number: int) -> Text:
        return Text(str(number), STYLES[outcome]) if number else Text(self.none, "bright_black")

    def _verdict(self, target: Node, *, partial: bool) -> None:
        verdict = digest.standing(target, partial=partial)
        style = _style(verdict)
        self._line(Text(digest.verdict_in_words(verdict), style))
        self._block(Text(digest.verdict_reason(target, partial=partial)), style)

    def _block(self, text: Text, gutter_style: str) -> None:
        """Print a text wrapped behind the gutter."""
        room = max(self.console.width - len(self.gutter), 1)
        for line in text.wrap(self.console, room):
            line.rstrip()
            self._line(Text.assemble((self.gutter, gutter_style), line))

    def _line(self, text: Text) -> None:
        """Print one line as it is: the terminal wraps what is too long, so that it copies whole."""
        self.console.print(text, soft_wrap=True)

    def _gap(self) -> None:
        self.console.print()


def _style(verdict: str) -> str:
    return _VERDICT_STYLES.get(verdict, "bold")


def _brief(message: str) -> str:
    line = one_line(message)
    return line if len(line) <= _MESSAGE_SHOWN else f"{line[:_MESSAGE_SHOWN]} ... ({counted(len(line), 'character')})"


def _some(ids: Iterable[str]) -> str:
    listed = list(ids)
    more = len(listed) - _IDS_SHOWN
    return ", ".join(listed[:_IDS_SHOWN]) + (f" and {more} more" if more > 0 else "")
