"""What every text on a terminal or in a CI log is put together from: lines, wrapped blocks, styles.

Text that a server sent is shown by `one_line` only and is never a rich markup string. Where it is wrapped, each further
line begins with a gutter: a server that could choose how a line starts could issue commands to a CI runner.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.text import Text

from assay.model import Outcome, Verdict
from assay.report.digest import outcome_in_words
from assay.report.repeating import command
from assay.report.text import counted, one_line
from assay.report.waived import in_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assay.report.digest import Node

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
_MESSAGE_SHOWN = 1000
_CURL_SHOWN = 8000
_STATEMENTS_SHOWN = 3


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


class Lines:
    """Puts lines on a console."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.is_unicode = console.encoding.startswith("utf")
        self.gutter = "│ " if self.is_unicode else "| "
        self.rule = "─" if self.is_unicode else "-"
        self.none = "·" if self.is_unicode else "-"

    def line(self, text: Text) -> None:
        """Print one line as it is: the terminal wraps what is too long, so that it copies whole."""
        self.console.print(text, soft_wrap=True)

    def block(self, text: Text, gutter_style: str) -> None:
        """Print a text wrapped behind the gutter."""
        room = max(self.console.width - len(self.gutter), 1)
        for line in text.wrap(self.console, room):
            line.rstrip()
            self.line(Text.assemble((self.gutter, gutter_style), line))

    def curl(self, line: str) -> None:
        """Print a curl line whole or not at all: a command must not be cut."""
        if len(line) <= _CURL_SHOWN:
            self.line(Text(one_line(line)))
        else:
            self.line(Text(f"(the curl line has {counted(len(line), 'character')}: see the report)", "bright_black"))

    def finding(self, found: Node, seed: int, basis: Sequence[str], where: str = "") -> None:
        """Print a requirement that does not hold: what was promised and where, what came, and how to see it again.

        `basis` is what it rests on, one sentence each.
        """
        outcome = Outcome(found["outcome"])
        style = STYLES[outcome]
        self.line(Text.assemble((outcome_in_words(outcome).upper(), style), "  ", (one_line(found["id"]), "bold")))
        if where:
            self.block(Text(where, "bright_black"), style)
        self.block(Text(one_line(found["statement"])), style)
        self.block(Text(brief(found["message"])), style)
        self._basis(basis, style)
        if found["check"]:
            did = f"check {found['check']}" + (f": {found['steps']}" if found["steps"] else "")
            self.block(Text(brief(did if self.is_unicode else did.replace("→", "->"))), style)
        if found["checks"] > 1:
            others = f"({counted(found['checks'] - 1, 'more check')} with this outcome in the report)"
            self.block(Text(others, "bright_black"), style)
        if "waiver" in found:
            self.block(Text(brief(in_words(found)), "bright_black"), style)
        self._to_see_it_again(found, seed, style)
        self.gap()

    def _to_see_it_again(self, found: Node, seed: int, style: str) -> None:
        """Print the command lines that repeat a finding, first the one that does so in any case."""
        run = Text(one_line(command(found, seed)))
        if found["notes"]:
            self.line(run)
            self.block(Text(brief(" ".join(found["notes"]))), style)
        if found["curl"]:
            self.curl(found["curl"])
        if not found["notes"]:
            self.line(run)

    def _basis(self, basis: Sequence[str], style: str) -> None:
        for each in basis[:_STATEMENTS_SHOWN]:
            self.block(Text(f"rests on {brief(each)}", "bright_black"), style)
        if len(basis) > _STATEMENTS_SHOWN:
            more = counted(len(basis) - _STATEMENTS_SHOWN, "more statement")
            self.block(Text(f"and on {more} in the report", "bright_black"), style)

    def gap(self) -> None:
        """Print an empty line."""
        self.console.print()


def style_of(verdict: str) -> str:
    """Return the style of a verdict."""
    return _VERDICT_STYLES.get(verdict, "bold")


def brief(message: str) -> str:
    """Return a message as one line without its end where it is too long for a terminal."""
    line = one_line(message)
    return line if len(line) <= _MESSAGE_SHOWN else f"{line[:_MESSAGE_SHOWN]} ... ({counted(len(line), 'character')})"
