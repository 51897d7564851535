"""`assay merge`: unite the reports of the shards of a run."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from assay.cli.contracts import contract_packs
from assay.cli.delivery import Delivery
from assay.cli.parameters import formats, sign_key, signer_of
from assay.exceptions import UsageError
from assay.journal import FILE_NAME, read
from assay.report.build import Judged
from assay.report.files import writable
from assay.report.forms import files_of
from assay.report.lines import console
from assay.report.merge import merge, parts_in


@click.command("merge")
@click.argument("folders", metavar="DIR...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--report-dir",
    default="reports",
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the united reports go.",
)
@formats
@sign_key
@click.option("--accept-incomplete", is_flag=True, help="Exit 0 although something could not be verified.")
@click.option("--strict", is_flag=True, help="Exit 1 on deviations from 'should' requirements.")
@contract_packs
def command(  # noqa: PLR0913, PLR0917 - one parameter per option, passed by name
    folders: tuple[Path, ...], report_dir: Path, forms: tuple[str, ...], sign_key: Path | None,
    accept_incomplete: bool, strict: bool,  # noqa: FBT001 - click passes them by name
) -> None:  # fmt: skip
    """Unite the reports of the shards of a run.

    Each DIR is the report folder of one shard; all shards of the run must be there, also those that were killed, whose
    remaining checks stand as not_run. The report is the one that a run without --shard would have made, and so is the
    exit code: 0 conformant (also with deviations, unless --strict), 1 non-conformant, 2 wrong usage, 3 not fully
    verified, 4 no server answered or the suite itself failed.
    """
    if report_dir.resolve() in {folder.resolve() for folder in folders}:
        message = f"--report-dir {report_dir}: holds one of the shards, which would be lost"
        raise UsageError(message)
    signer = signer_of(sign_key, *forms)
    parts = parts_in(folders)
    path = writable(report_dir, FILE_NAME, *files_of(forms)) / FILE_NAME
    merge(parts, path, strict=strict, accept_incomplete=accept_incomplete)
    report = Judged(read(path))
    sys.exit(Delivery(report_dir, forms, signer).of(report, console()))
