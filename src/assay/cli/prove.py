"""`assay prove`: measure the checks by servers that violate and by servers that conform."""

from __future__ import annotations

import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assay import packs, proof, traffic
from assay.catalogue import digest_of
from assay.cli.contracts import ContractName, contract_packs
from assay.cli.options import Workers
from assay.exceptions import UsageError
from assay.reference.servers import why_none, without_server
from assay.report.files import writable, write

if TYPE_CHECKING:
    from assay.packs import Pack
    from assay.prove.experiment import Settings
    from assay.report.progress import Bar


@click.command("prove")
@click.argument("names", metavar="[CONTRACT]...", nargs=-1, type=ContractName())
@contract_packs
@click.option(
    "--only",
    metavar="PATTERN",
    multiple=True,
    help="Judge only the faults, variants and degenerate servers whose id matches this glob, such as "
    "'vcf/retry-task/*'; may stand several times.",
)
@click.option(
    "--workers",
    default="auto",
    show_default=True,
    # Judging is waiting for a server half of the time.
    type=Workers(least=1, per_processor=2),
    help="Processes that judge servers.",
)
@click.option(
    "--seed",
    default=1,
    show_default=True,
    type=click.IntRange(0, 2**32 - 100),
    help="Seed of the generated requests and of the combinations of variants.",
)
@click.option(
    "--report-dir",
    default="reports",
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Where proof.json and proof.html go.",
)
@click.option(
    "--update",
    is_flag=True,
    help="Write the summary of a proof that holds, and the table of requests, into each pack that is whole in it.",
)
@click.option("--list", "listing", is_flag=True, help="List every server that can be judged, and judge none.")
def command(  # noqa: PLR0913, PLR0917 - one parameter per option, passed by name
    names: tuple[str, ...], only: tuple[str, ...], workers: int, seed: int, report_dir: Path,
    update: bool, listing: bool,  # noqa: FBT001 - click passes them by name
) -> None:  # fmt: skip
    """Prove that every check of each CONTRACT, or of all, can fail, and that no conforming server is blamed.

    Judges servers that each violate one requirement on purpose (faults), servers that conform in every way that the
    documents leave open (variants), and servers that do not even try (degenerate ones).

    Exit code: 0 when the proof holds; 1 when a fault survives, trips another operation or is broken, a requirement or
    check is tripped by no fault, a conforming server is blamed, a degenerate one passes what it must not, or two runs
    differ, or the summary in the catalogue does not say what was measured; 2 wrong usage.
    """
    from assay.prove.experiment import Settings, prove  # noqa: PLC0415 - the servers take long to import
    from assay.prove.files import FILES, write_all  # noqa: PLC0415 - as above
    from assay.prove.servers import everything, selected  # noqa: PLC0415 - as above
    from assay.prove.terminal import render  # noqa: PLC0415 - as above
    from assay.report.progress import Bar  # noqa: PLC0415 - as above
    from assay.report.terminal import console  # noqa: PLC0415 - as above

    if listing:
        every = (each for each in everything(seed) if not names or each.contract in names)
        click.echo("\n".join(f"{each.id}\n    {each.sentence}" for each in selected(every, only)))
        return
    if update and only:
        message = "--update needs the whole proof, and --only leaves out a part of it"
        raise click.UsageError(message)
    settings = Settings(workers, seed, only, names)
    whole = _whole_packs(settings, update=update)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # Before it takes minutes, and not behind it.
    writable(report_dir, *FILES)
    if update:
        for pack in whole:
            writable(pack.contracts, proof.FILE_NAME, traffic.FILE_NAME)
    screen = console()
    with Bar(screen, "servers") as bar:
        document = prove(settings, _Listener(bar))
    render(document, screen)
    written = write_all(document, report_dir)
    screen.print("Written: " + ", ".join(map(str, written)), soft_wrap=True, highlight=False, markup=False)
    if update and not document["holds"]:
        click.echo("assay: the proof does not hold, so --update wrote no summary", err=True)
    ok = document["holds"]
    for pack in whole if ok and not only else ():
        if update:
            _write_requests(pack)
        ok = _summary_is_kept(document, pack, update=update) and ok
    sys.exit(0 if ok else 1)


def _whole_packs(settings: Settings, *, update: bool) -> list[Pack]:
    """Return the packs of which every contract is measured, and tell of what cannot be."""
    for name in () if settings.contracts else without_server():
        click.echo(f"assay: {why_none(name)}, so nothing is proven of it", err=True)
    whole = [pack for pack in packs.known() if set(pack.ids()) <= set(settings.measured)]
    if update and not whole:
        held = "; ".join(", ".join(pack.ids()) for pack in packs.known())
        message = f"--update writes the summary of a whole pack, and none is measured as a whole; they hold {held}"
        raise UsageError(message)
    return whole


@dataclass(frozen=True, slots=True)
class _Listener:
    """Tells the progress bar of the proof."""

    bar: Bar

    def planned(self, servers: int) -> None:
        self.bar.total += servers

    def judged(self, servers: int) -> None:
        self.bar.advance(servers)


def _write_requests(pack: Pack) -> None:
    """Measure how many requests each check sends, which `assay plan` adds up."""
    from assay.prove.requests import measured  # noqa: PLC0415 - the servers take long to import

    path = traffic.path_in(pack.data)
    write(path, traffic.render(measured(pack.ids())))
    click.echo(f"Written: {path}")


def _summary_is_kept(document: dict[str, Any], pack: Pack, *, update: bool) -> bool:
    """Write the summary of a pack, or say whether the one that it has says what has just been measured."""
    path = proof.path_in(pack.data)
    text = proof.summarised(document, pack.ids(), digest_of(pack.data))
    if update:
        write(path, text)
        click.echo(f"Written: {path}")
    elif not proof.says(path, text):
        wrong = "does not say what was just measured" if path.exists() else "is not there yet"
        click.echo(f"assay: {path} {wrong}; `assay prove --update` writes it", err=True)
        return False
    return True
