"""`assay report`: make a report of an earlier run, also of one that was killed."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import click

from assay.exceptions import ReportError
from assay.journal import FILE_NAME, read

FORMATS = ("json", "junit", "html", "terminal")


@click.command("report")
@click.argument("source", metavar="REPORT", default="reports", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(FORMATS), help="One form, to standard output or --output.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Where the one form goes.")
def command(source: Path, form: str | None, output: Path | None) -> None:
    """Make a report of an earlier run, also of one that was killed.

    REPORT is a report folder (default: reports), a journal, or a report.json. From a folder or a journal the report is
    made anew: checks that the run did not come to stand as not_run. Without --format all forms are written into the
    folder.
    """
    report = _document(source)
    if form is None:
        if output is not None:
            message = "--output needs --format"
            raise click.UsageError(message)
        from assay.report.files import write_all  # noqa: PLC0415 - only for this form

        folder = source if source.is_dir() else source.parent
        click.echo("Reports: " + ", ".join(map(str, write_all(report, folder))))
    elif form == "terminal" and output is None:
        from assay.report.terminal import console, render  # noqa: PLC0415 - only for this form

        render(report, console())
    else:
        text = _rendered(report, form)
        _deliver(_in_ascii(text) if form == "json" and output is None else text, output)


def _deliver(text: str, output: Path | None) -> None:
    if output is not None:
        from assay.report.files import write  # noqa: PLC0415 - only for a file

        write(output, text)
        return
    # Half a surrogate pair, or an old encoding, is no reason to end with a traceback.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    sys.stdout.write(text)


def _in_ascii(text: str) -> str:
    """Return a JSON text with everything escaped that a terminal might obey."""
    return json.dumps(json.loads(text), indent=1).replace("\x7f", "\\u007f") + "\n"


def _document(source: Path) -> dict[str, Any]:
    path = source / FILE_NAME if source.is_dir() else source
    if path.suffix != ".json":
        from assay.report.build import build  # noqa: PLC0415 - only from a journal

        return build(read(path))
    from assay.report.schema import validate  # noqa: PLC0415 - only from a document

    try:
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        message = f"{path}: cannot be read: {error.strerror}"
        raise ReportError(message) from error
    except ValueError as error:
        message = f"{path}: is not JSON"
        raise ReportError(message) from error
    validate(document)
    return document


def _rendered(report: dict[str, Any], form: str) -> str:
    from assay.report import html, junit, terminal  # noqa: PLC0415 - only for these forms

    match form:
        case "json":
            return json.dumps(report, ensure_ascii=False, indent=1) + "\n"
        case "junit":
            return junit.render(report)
        case "html":
            return html.render(report)
    text = io.StringIO()
    terminal.render(report, terminal.console(text))
    return text.getvalue()
