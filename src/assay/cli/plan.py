"""`assay plan`: say what a run would do, and send nothing."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assay import catalogue
from assay.forecast import Settings, as_json, forecast, table_of
from assay.plan import each_pattern_selects_something, judged
from assay.runner import DEFAULT_FUZZ_EXAMPLES
from assay.target import distinct_names, read_target, target_files

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from assay.forecast import Forecast
    from assay.target import Target


@click.command("plan")
@click.option(
    "--target",
    "files",
    metavar="FILE|DIR",
    multiple=True,
    required=True,
    type=click.Path(path_type=Path),
    help="Target file of a server that a run would judge, or a folder of such files; may stand several times.",
)
@click.option(
    "--only",
    metavar="PATTERN",
    multiple=True,
    help="Plan only the requirements whose id matches this glob, such as 'vcf/*'; may stand several times.",
)
@click.option(
    "--fuzz-examples",
    default=DEFAULT_FUZZ_EXAMPLES,
    show_default=True,
    type=click.IntRange(0, 10_000),
    help="Generated requests per operation and kind.",
)
@click.option(
    "--seed", default=1, show_default=True, type=click.IntRange(0, 2**32 - 1), help="Seed of the generated requests."
)
@click.option("--json", "as_document", is_flag=True, help="Print a JSON list, one object for each target.")
def command(
    files: tuple[Path, ...], only: tuple[str, ...], fuzz_examples: int, seed: int, as_document: bool  # noqa: FBT001 - click passes it by name
) -> None:  # fmt: skip
    """Say what a run would do, and send nothing.

    For each target: the operations that are called and how often, the listed objects that are touched, the states that
    are needed and which of them are missing, and what is left behind. No connection is made and no state handler is
    asked. The number of requests is what a server that conforms is sent.

    Exit code: 0; 2 wrong usage or target file.
    """
    settings = Settings(only, seed, fuzz_examples)
    found = _forecasts(files, settings)
    if as_document:
        json.dump([as_json(each, settings) for each in found], sys.stdout, indent=1, ensure_ascii=True)
        sys.stdout.write("\n")
        return
    from assay.report.forecast import render  # noqa: PLC0415 - JSON does not need it
    from assay.report.terminal import console  # noqa: PLC0415 - as above

    screen = console()
    for each in found:
        render(each, settings, screen)


def announce(targets: Sequence[Target], settings: Settings, screen: Console) -> None:
    """Print the short form of the plan of a run that is about to begin."""
    from assay.report.forecast import render_short  # noqa: PLC0415 - with a console only

    contracts, table = catalogue.load(), table_of(catalogue.shipped_data())
    render_short([forecast(each, contracts[each.contract], settings, table) for each in targets], screen)


def _forecasts(files: tuple[Path, ...], settings: Settings) -> list[Forecast]:
    contracts = catalogue.load()
    named = [(path, read_target(path, contracts, os.environ)) for path in target_files(files)]
    distinct_names(named)
    targets = [target for _, target in named]
    wanted = {target.contract: contracts[target.contract] for target in targets}
    each_pattern_selects_something(settings.only, wanted)
    table = table_of(catalogue.shipped_data())
    return [
        forecast(target, contracts[target.contract], settings, table)
        for target in judged(targets, settings.only, contracts)
    ]
