"""`assay run`: judge servers and write a report."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assay import catalogue
from assay.cli.options import ShardOption, Workers
from assay.plan import judged
from assay.runner import DEFAULT_DEADLINE_S, DEFAULT_FUZZ_EXAMPLES, Settings, judge
from assay.target import Target, distinct_names, read_target

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from assay.model import Outcome
    from assay.plan import Shard
    from assay.report.progress import Progress


@click.command("run")
@click.option(
    "--target",
    "files",
    metavar="FILE",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Target file of a server to judge; may stand several times. "
    "Without it the embedded reference servers are judged.",
)
@click.option(
    "--report-dir",
    default="reports",
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the reports go.",
)
@click.option(
    "--workers",
    default="auto",
    show_default=True,
    type=Workers(),
    help="Processes that run checks; 0 runs them in this one.",
)
@click.option(
    "--seed",
    default=1,
    show_default=True,
    type=click.IntRange(0, 2**32 - 1),
    help="Seed of the generated requests.",
)
@click.option(
    "--fuzz-examples",
    default=DEFAULT_FUZZ_EXAMPLES,
    show_default=True,
    type=click.IntRange(0, 10_000),
    help="Generated requests per operation and kind; 0 leaves them out, which the report says.",
)
@click.option(
    "--only",
    metavar="PATTERN",
    multiple=True,
    help="Judge only the requirements whose id matches this glob, such as 'vcf/*'; may stand several times.",
)
@click.option(
    "--deadline",
    default=DEFAULT_DEADLINE_S,
    show_default=True,
    metavar="SECONDS",
    type=click.FloatRange(0, min_open=True),
    help="Bound on the whole run.",
)
@click.option(
    "--shard",
    type=ShardOption(),
    help="Run only the K-th of N parts of the checks, as on one of N machines; `assay merge` unites their reports.",
)
@click.option("--accept-incomplete", is_flag=True, help="Exit 0 although something could not be verified.")
@click.option("--strict", is_flag=True, help="Exit 1 on deviations from 'should' requirements.")
def command(  # noqa: PLR0913, PLR0917 - one parameter per option, passed by name
    files: tuple[Path, ...], report_dir: Path, workers: int, seed: int, fuzz_examples: int, only: tuple[str, ...],
    deadline: float, shard: Shard | None, accept_incomplete: bool, strict: bool,  # noqa: FBT001 - click passes them by name
) -> None:  # fmt: skip
    """Judge servers and write a report.

    Exit code: 0 conformant (also with deviations, unless --strict), 1 non-conformant, 2 wrong usage or target file,
    3 not fully verified, 4 no server answered or the suite itself failed.
    """
    # What cancels a CI job ends the run like Ctrl-C: with a report of what was decided.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    settings = Settings(report_dir, workers, seed, fuzz_examples, only, deadline, shard)
    with _targets(files) as targets:
        sys.exit(_judge_and_show(targets, settings, strict=strict, accept_incomplete=accept_incomplete))


@contextlib.contextmanager
def _targets(files: tuple[Path, ...]) -> Iterator[Sequence[Target]]:
    if files:
        contracts = catalogue.load()
        named = [(path, read_target(path, contracts, os.environ)) for path in files]
        distinct_names(named)
        yield [target for _, target in named]
    else:
        from assay.cli.embedded import embedded_targets  # noqa: PLC0415 - only without a target

        with embedded_targets() as targets:
            yield targets


@dataclass(frozen=True, slots=True)
class _Listener:
    """Tells the progress line of the run."""

    progress: Progress

    def planned(self, checks: int) -> None:
        self.progress.total = checks

    def decided(self, outcome: Outcome) -> None:
        self.progress.decided(outcome)


def _judge_and_show(targets: Sequence[Target], settings: Settings, *, strict: bool, accept_incomplete: bool) -> int:
    from assay import forecast  # noqa: PLC0415 - not needed for a mistake on the command line
    from assay.cli.delivery import deliver  # noqa: PLC0415 - as above
    from assay.cli.plan import announce  # noqa: PLC0415 - as above
    from assay.report.lines import console  # noqa: PLC0415 - as above
    from assay.report.progress import Progress  # noqa: PLC0415 - as above
    from assay.report.text import one_line  # noqa: PLC0415 - as above

    screen = console()
    chosen = judged(targets, settings.only, catalogue.load())
    for left_out in [target for target in targets if chosen and target not in chosen]:
        name = one_line(left_out.name)
        click.echo(f"assay: {name} is left out: --only selects nothing of {left_out.contract}", err=True)
    announce(chosen or targets, forecast.Settings(settings.only, settings.seed, settings.fuzz_examples), screen)
    with Progress(screen, total=0) as progress:
        report = judge(chosen or targets, settings, _Listener(progress))
    return deliver(report, settings.report_dir, screen, strict=strict, accept_incomplete=accept_incomplete)
