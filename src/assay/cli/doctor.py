"""`assay doctor`: check step by step whether a target can be judged."""

from __future__ import annotations

import itertools
import sys
import textwrap
from typing import TYPE_CHECKING

import click
from rich.text import Text

from assay import catalogue
from assay.cli import options
from assay.cli.contracts import contract_packs
from assay.cli.targets import chosen, looked_at
from assay.doctor import Finding, Standing, Step, examine, of_file
from assay.exceptions import TargetError
from assay.forecast import Settings, forecast, known_table
from assay.report.terminal import console
from assay.report.text import one_line
from assay.target import Target
from assay.used_sets import used_sets

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from rich.console import Console

_MARKS = {Standing.OK: "✓", Standing.NOTE: "!", Standing.WRONG: "✗"}
_PLAIN_MARKS = {Standing.OK: "+", Standing.NOTE: "!", Standing.WRONG: "x"}
_STYLES = {Standing.OK: "green", Standing.NOTE: "yellow", Standing.WRONG: "bold red"}
_BEHIND = 21
"""Columns before what is said of a step."""


@click.command("doctor")
@options.target()
@options.only
@options.fuzz_examples
@options.earlier_report
@contract_packs
def command(files: tuple[Path, ...], only: tuple[str, ...], fuzz_examples: int, report_dir: Path) -> None:
    """Check step by step whether targets can be judged, and say what to do about the first thing that is wrong.

    The steps: the file, name resolution, a connection (through the proxy that the environment names), TLS, credentials,
    each provider state, one exchange. Nothing is changed on the target: it gets a call for something that does not
    exist. A state handler is asked once for each state without an entry, which may make an object, and is told to take
    it down where the file says teardown = true.

    Exit code: 0 nothing is wrong, 1 something is, 2 wrong usage or target file.
    """
    screen = console()
    settings = Settings(only, 1, fuzz_examples)
    found = looked_at(files)
    targets = [target for target in found.values() if isinstance(target, Target)]
    kept = chosen(targets, only) if targets else []
    sys.exit(
        max(
            _examined(path, target, settings, report_dir, screen)
            for path, target in found.items()
            if isinstance(target, TargetError) or target in kept
        )
    )


def _examined(path: Path, target: Target | TargetError, settings: Settings, report_dir: Path, screen: Console) -> int:
    if isinstance(target, TargetError):
        _headline(str(path), screen)
        _show([Finding(Step.FILE, Standing.WRONG, str(target))], screen)
        return 2
    contract = catalogue.load()[target.contract]
    expected = forecast(target, contract, settings, known_table())
    _headline(f"{target.name} at {target.base_url}", screen)
    used = used_sets(report_dir, [target], catalogue.load(), settings.only, settings.fuzz_examples)
    notes = [Finding(Step.STATES, Standing.NOTE, str(each)) for each in used]
    findings = itertools.chain([of_file(path, target)], examine(target, contract, expected), notes)
    return 1 if _show(findings, screen) else 0


def _headline(text: str, screen: Console) -> None:
    screen.print(Text(one_line(text), "bold"), soft_wrap=True)


def _show(findings: Iterable[Finding], screen: Console) -> bool:
    """Print each finding as soon as it is made, and return whether one is wrong."""
    marks = _MARKS if screen.encoding.startswith("utf") else _PLAIN_MARKS
    left, wrong = list(Step), False
    for each in findings:
        left = left[left.index(each.step) + 1 :] if each.step in left else left
        wrong = wrong or each.standing is Standing.WRONG
        head = f"{marks[each.standing]} {each.standing:6}{each.step:13}"
        first, *rest = _lines(each.said, screen) or [""]
        screen.print(Text.assemble((head, _STYLES[each.standing]), first), soft_wrap=True)
        for line in [*rest, *_lines(each.advice, screen)]:
            screen.print(Text(" " * _BEHIND + line), soft_wrap=True)
    if left:
        screen.print(Text(f"  not looked at: {', '.join(left)}", "bright_black"), soft_wrap=True)
    screen.print()
    return wrong


def _lines(text: str, screen: Console) -> list[str]:
    room = max(screen.width - _BEHIND, 20)
    return textwrap.wrap(one_line(text), room, break_long_words=False, break_on_hyphens=False)
