"""`assay report`: make a report of an earlier run, also of one that was killed."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assay.cli.contracts import contract_packs
from assay.cli.parameters import formats, is_default, sign_key, signer_of
from assay.cli.printing import put, show
from assay.exceptions import ReportError
from assay.report.forms import DOCUMENT, FORMS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from securesystemslib.signer import CryptoSigner

    from assay.report.document import Report

FORMATS = (*FORMS, "terminal")


@click.command("report")
@click.argument("source", metavar="REPORT", default="reports", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(FORMATS), help="One form, to standard output or --output.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Where the one form goes.")
@formats
@sign_key
@contract_packs
def command(source: Path, form: str | None, output: Path | None, forms: tuple[str, ...], sign_key: Path | None) -> None:
    """Make a report of an earlier run, also of one that was killed.

    REPORT is a report folder (default: reports), a journal, or a report.json. From a folder or a journal the report is
    made anew: checks that the run did not come to stand as not_run. Without --format the --formats are written into
    the folder.
    """
    if form is None and output is not None:
        message = "--output needs --format"
        raise click.UsageError(message)
    if form is not None and not is_default("forms"):
        message = "--format gives one form, and --formats writes several into the folder; one of them is too many"
        raise click.UsageError(message)
    signer = signer_of(sign_key, *(forms if form is None else [form]))
    from assay.report.source import path_of, report_at  # noqa: PLC0415 - not needed for a mistake on the command line

    report = report_at(source)
    if form is None:
        from assay.report.files import told, write_all  # noqa: PLC0415 - only for these

        folder = source if source.is_dir() else source.parent
        # A document is not written over by what was read from it.
        is_source = path_of(source).resolve() == (folder / DOCUMENT).resolve()
        names = [name for name in forms if not (is_source and name == "json")]
        click.echo(told(write_all(report, folder, names, signer)))
    elif form == "terminal":
        from assay.report.terminal import render  # noqa: PLC0415 - only for this form

        show(partial(render, report), output)
    else:
        put(_pieces(report, form, source, signer, is_printed=output is None), output)


def _pieces(report: Report, form: str, source: Path, signer: CryptoSigner | None, *, is_printed: bool) -> Iterable[str]:
    if form == "json" and is_printed:
        from assay.report.document import pieces  # noqa: PLC0415 - as above
        from assay.report.machine import JsonView  # noqa: PLC0415 - as above

        return pieces(report, JsonView(report, is_printed=True))
    document = _document(report, source) if FORMS[form].is_seal else source
    return FORMS[form].text(report, document, signer)


def _document(report: Report, source: Path) -> Path:
    """Return the `report.json` of a report, of whose bytes something is to be said."""
    from assay.report.attestation.bundle import is_of  # noqa: PLC0415 - only for these forms
    from assay.report.source import path_of  # noqa: PLC0415 - as above

    if path_of(source).suffix == ".json":
        return path_of(source)

    document = (source if source.is_dir() else source.parent) / DOCUMENT
    if not is_of(document, report):
        wrong = "was made from another journal, or changed since" if document.exists() else "is not there yet"
        message = f"{document}: {wrong}; `assay report {source} --formats json,intoto` writes it and its statements"
        raise ReportError(message)
    return document
