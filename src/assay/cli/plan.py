"""`assay plan`: say what a run would do, and send nothing."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from assay import catalogue
from assay.cli import options
from assay.cli.contracts import contract_packs
from assay.cli.targets import chosen, read_targets, warn_of_used_sets
from assay.forecast import Settings, as_json, forecast, known_table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from rich.console import Console

    from assay.forecast import Forecast
    from assay.plan import Plan, Shard
    from assay.target import Target


@click.command("plan")
@options.target()
@options.only
@options.fuzz_examples
@options.seed
@options.shard
@options.max_requests
@options.earlier_report
@click.option("--json", "as_document", is_flag=True, help="Print a JSON list, one object for each target.")
@contract_packs
def command(  # noqa: PLR0913, PLR0917 - one parameter per option, passed by name
    files: tuple[Path, ...], only: tuple[str, ...], fuzz_examples: int, seed: int, shard: Shard | None,
    max_requests: int | None, report_dir: Path, as_document: bool,  # noqa: FBT001 - click passes it by name
) -> None:  # fmt: skip
    """Say what a run would do, and send nothing.

    For each target: the operations that are called and how often, the listed objects that are touched, the states that
    are needed and which of them are missing, and what is left behind. No connection is made and no state handler is
    asked. The number of requests is what a server that conforms is sent.

    Exit code: 0; 2 wrong usage or target file.
    """
    settings = Settings(only, seed, fuzz_examples, shard, max_requests)
    targets = chosen(read_targets(files), only)
    warn_of_used_sets(report_dir, targets, only, fuzz_examples)
    found = _forecasts(targets, settings)
    if as_document:
        json.dump([as_json(each, settings) for each in found], sys.stdout, indent=1, ensure_ascii=True)
        sys.stdout.write("\n")
        return
    from assay.report.forecast import render_all  # noqa: PLC0415 - JSON does not need it
    from assay.report.terminal import console  # noqa: PLC0415 - as above

    render_all(found, settings, console())


def announce(plan: Plan, screen: Console) -> None:
    """Print the short form of the plan of a run that is about to begin."""
    from assay.report.forecast import render_short  # noqa: PLC0415 - with a console only

    settings = Settings.of(plan)
    render_short(_forecasts(plan.targets, settings), settings, screen)


def _forecasts(targets: Iterable[Target], settings: Settings) -> list[Forecast]:
    contracts, table = catalogue.load(), known_table()
    return [forecast(target, contracts[target.contract], settings, table) for target in targets]
