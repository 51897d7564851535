"""`assay run`: judge servers and write a report."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assay.cli import options
from assay.cli.contracts import contract_packs
from assay.cli.options import Workers
from assay.cli.parameters import formats, is_default, sign_key, signer_of
from assay.cli.targets import chosen, read_targets, warn_of_used_sets
from assay.exceptions import ReportError, UnwritableError, UsageError
from assay.interrupts import raise_them
from assay.journal import FILE_NAME
from assay.machines import parse
from assay.resume import how_it_was_started
from assay.runner import DEFAULT_DEADLINE_S, Settings, judge
from assay.terms import Terms

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rich.console import Console
    from securesystemslib.signer import CryptoSigner

    from assay.model import Outcome
    from assay.plan import Plan, Shard
    from assay.report.progress import Progress
    from assay.resume import Before
    from assay.target import Target


@click.command("run")
@options.target(without="Without it the embedded reference servers are judged.")
@click.option(
    "--report-dir",
    default="reports",
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the reports go.",
)
@formats
@sign_key
@click.option(
    "--workers",
    default="auto",
    show_default=True,
    type=Workers(),
    help="Processes that run checks; 0 runs them in this one.",
)
@click.option(
    "--tx",
    metavar="SPEC",
    multiple=True,
    help="A worker elsewhere, in pytest-xdist's words: 'ssh=user@host//python=/opt/assay/bin/python', "
    "'socket=host:port', '2*popen'; may stand several times. Without --workers these are all.",
)
@options.seed
@options.fuzz_examples
@options.only
@click.option(
    "--deadline",
    default=DEFAULT_DEADLINE_S,
    show_default=True,
    metavar="SECONDS",
    type=click.FloatRange(0, min_open=True),
    help="Bound on the whole run.",
)
@options.shard
@options.max_requests
@click.option(
    "--resume",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Go on with the run that reported into DIR and was broken off, with the targets and options that it had.",
)
@click.option(
    "--waivers",
    "waiver_file",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Known failures that do not fail the build, as `assay waive` writes them.",
)
@click.option("--accept-incomplete", is_flag=True, help="Exit 0 although something could not be verified.")
@click.option("--strict", is_flag=True, help="Exit 1 on deviations from 'should' requirements.")
@contract_packs
def command(  # noqa: PLR0913, PLR0917 - one parameter per option, passed by name
    files: tuple[Path, ...], report_dir: Path, forms: tuple[str, ...], sign_key: Path | None, workers: int,
    tx: tuple[str, ...], seed: int, fuzz_examples: int, only: tuple[str, ...], deadline: float, shard: Shard | None,
    max_requests: int | None, resume: Path | None, waiver_file: Path | None,
    accept_incomplete: bool, strict: bool,  # noqa: FBT001 - click passes them by name
) -> None:  # fmt: skip
    """Judge servers and write a report.

    Exit code: 0 conformant (also with deviations, unless --strict), 1 non-conformant, 2 wrong usage or target file,
    3 not fully verified, 4 no server answered or the suite itself failed. What is waived counts for nothing; a waiver
    that has expired or excuses nothing that is there is a 1.
    """
    # What cancels a CI job ends the run like Ctrl-C: with a report of what was decided.
    raise_them()
    if resume is not None:
        before = _before(resume, report_dir)
        files, report_dir = files or before.files, resume
        seed, fuzz_examples, only, shard = (
            _told(name, before.options) for name in ("seed", "fuzz_examples", "only", "shard")
        )
    if tx and is_default("workers"):
        workers = 0
    signer = signer_of(sign_key, *forms)
    settings = Settings(
        report_dir,
        workers,
        seed,
        fuzz_examples,
        only,
        deadline,
        shard,
        max_requests,
        files,
        resume=resume is not None,
        machines=parse(tx),
        forms=forms,
        terms=Terms(strict, accept_incomplete),
    )
    with _targets(files) as targets:
        sys.exit(_judge_and_show(targets, _with_waivers(settings, waiver_file, targets), signer))


def _before(folder: Path, report_dir: Path) -> Before:
    """Return how the run was started that is gone on with."""
    if not is_default("report_dir") and report_dir.resolve() != folder.resolve():
        message = f"--resume {folder} reports into that folder; leave --report-dir {report_dir} out"
        raise UsageError(message)
    before = how_it_was_started(folder / FILE_NAME)
    if not before.files:
        message = f"--resume {folder}: the servers of that run are gone; only one with --target can be gone on with"
        raise UsageError(message)
    return before


def _told(name: str, before: Mapping[str, Any]) -> Any:  # noqa: ANN401 - each option has its type
    """Return an option as it is told now, or, where it is not, as it was told then."""
    return before.get(name) if is_default(name) else click.get_current_context().params[name]


@contextlib.contextmanager
def _targets(files: tuple[Path, ...]) -> Iterator[Sequence[Target]]:
    if files:
        yield read_targets(files)
    else:
        from assay.cli.embedded import embedded_targets  # noqa: PLC0415 - only without a target

        with embedded_targets() as targets:
            yield targets


def _with_waivers(settings: Settings, file: Path | None, targets: Sequence[Target]) -> Settings:
    """Read the waivers, and tell of those that are about other targets than these."""
    if file is None:
        return settings
    from assay import catalogue, waivers  # noqa: PLC0415 - only with such a file
    from assay.report.text import counted  # noqa: PLC0415 - as above

    known = waivers.read(file, catalogue.load())
    kept = waivers.fit(file, known, targets)
    if others := len(known) - len(kept):
        click.echo(f"assay: {file}: {counted(others, 'waiver')} for targets that are not judged here", err=True)
    return replace(settings, terms=replace(settings.terms, waivers=tuple(kept)))


@dataclass(frozen=True, slots=True)
class _Listener:
    """Tells the user what a run is going to do, and the progress line how it gets on."""

    screen: Console
    progress: Progress

    def begins(self, plan: Plan) -> None:
        from assay.cli.plan import announce  # noqa: PLC0415 - not needed for a mistake on the command line

        announce(plan, self.screen)

    def gone_on_with(self, decided: int, left: int) -> None:
        what = f"goes on: {left} are left" if left else "there is nothing left to run, the reports are written again"
        click.echo(f"assay: {decided} checks had been decided; {what}", err=True)

    def planned(self, checks: int) -> None:
        self.progress.total = checks

    def decided(self, outcome: Outcome) -> None:
        self.progress.decided(outcome)


def _judge_and_show(targets: Sequence[Target], settings: Settings, signer: CryptoSigner | None) -> int:
    from assay.cli.delivery import Delivery  # noqa: PLC0415 - not needed for a mistake on the command line
    from assay.report.lines import console  # noqa: PLC0415 - as above
    from assay.report.progress import Progress  # noqa: PLC0415 - as above

    screen = console()
    kept = chosen(targets, settings.only)
    if not settings.resume:
        warn_of_used_sets(settings.report_dir, kept, settings.only, settings.fuzz_examples)
    with Progress(screen, total=0) as progress:
        try:
            report = judge(kept, settings, _Listener(screen, progress))
        except UnwritableError as error:
            message = f"{error}{_how_to_go_on(error, settings)}"
            raise ReportError(message) from error
    return Delivery(settings.report_dir, settings.forms, signer).of(report, screen)


def _how_to_go_on(error: UnwritableError, settings: Settings) -> str:
    folder = settings.report_dir
    try:
        before = how_it_was_started(folder / FILE_NAME)
    except ReportError:
        # Nothing of the run has been written.
        return ""
    then = (
        f"`assay run --resume {folder}` goes on" if before.files else f"`assay report {folder}` says what was decided"
    )
    return f"; once {error.until}, {then}"
