"""The summary of a GitHub Actions job, to which a command that has judged adds the report as Markdown."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assay.report.document import pieces
from assay.report.markdown import MarkdownView
from assay.report.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assay.report.document import Report

VARIABLE = "GITHUB_STEP_SUMMARY"

LIMIT = 1024 * 1024
"""Bytes of all that one step of a job may say; of more GitHub shows nothing at all."""


def add_to_job_summary(report: Report, environ: Mapping[str, str] = os.environ) -> None:
    """Add a report to the file that GitHub Actions names; a verdict does not depend on whether that works."""
    if not environ.get(VARIABLE):
        return
    path = Path(environ[VARIABLE])
    text = "\n" + "".join(pieces(report, MarkdownView(report)))
    content = text.encode(errors="backslashreplace")
    try:
        with path.open("ab") as file:
            if file.tell() + len(content) <= LIMIT:
                file.write(content)
            else:
                _warn(f"{path} has no room for the report: GitHub takes {LIMIT:,} bytes from one step")
    except OSError as error:
        _warn(f"{path}: the report cannot be added to the summary of the job: {error.strerror}")


def _warn(message: str) -> None:
    click.echo(f"assay: {one_line(message)}", err=True)
