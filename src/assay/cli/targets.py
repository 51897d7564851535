"""The targets that a command is told of: read from files and folders, and chosen by `--only`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from assay import catalogue
from assay.exceptions import TargetError
from assay.plan import each_pattern_selects_something, judged
from assay.report.text import one_line
from assay.target import distinct_names, read_target, target_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from assay.target import Target


def read_targets(paths: Iterable[Path]) -> list[Target]:
    """Read target files, and those of folders; raise `TargetError` for the first mistake."""
    contracts = catalogue.load()
    named = [(path, read_target(path, contracts, os.environ)) for path in target_files(paths)]
    distinct_names(named)
    return [target for _, target in named]


def looked_at(paths: Iterable[Path]) -> dict[Path, Target | TargetError]:
    """Read the same files one by one, and return of each the target or what is wrong with it."""
    found: dict[Path, Target | TargetError] = {}
    right: list[tuple[Path, Target]] = []
    for path in paths:
        try:
            files = list(target_files([path]))
        except TargetError as error:
            found[path] = error
            continue
        for file in files:
            try:
                target = read_target(file, catalogue.load(), os.environ)
                distinct_names([*right, (file, target)])
            except TargetError as error:
                found[file] = error
            else:
                found[file] = target
                right.append((file, target))
    return found


def warn_of_used_sets(folder: Path, targets: Sequence[Target], only: tuple[str, ...], examples: int) -> None:
    """Tell which listed sets an earlier run has used up; they would make a server that conforms look wrong."""
    from assay.used_sets import used_sets  # noqa: PLC0415 - not needed for a mistake on the command line

    for each in used_sets(folder, targets, catalogue.load(), only, examples):
        click.echo(f"assay: {one_line(each.target)}: {each}", err=True)


def chosen(targets: Sequence[Target], only: tuple[str, ...]) -> list[Target]:
    """Return the targets of which `--only` selects something, and tell of the others; each pattern must match."""
    contracts = catalogue.load()
    each_pattern_selects_something(only, {target.contract: contracts[target.contract] for target in targets})
    kept = judged(targets, only, contracts)
    for target in targets:
        if target not in kept:
            name = one_line(target.name)
            click.echo(f"assay: {name} is left out: --only selects nothing of {target.contract}", err=True)
    return kept
