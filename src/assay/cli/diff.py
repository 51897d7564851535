"""`assay diff`: what changed from one report to another."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import click

from assay.cli.printing import put, show


@click.command("diff")
@click.argument("old", metavar="OLD", type=click.Path(path_type=Path))
@click.argument("new", metavar="NEW", type=click.Path(path_type=Path))
@click.option(
    "--format", "form", type=click.Choice(["terminal", "markdown", "json"]), default="terminal", show_default=True
)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="A file instead of standard output.")
def command(old: Path, new: Path, form: str, output: Path | None) -> None:
    """Say what changed from one report to another.

    OLD and NEW are report folders, journals or report.json files. Targets are matched by name and contract, and each
    requirement with itself.

    Exit code: 1 where something got worse: a requirement newly fails (unless it is waived), fails where it deviated,
    has lost its pass or its applicability, or is not judged any more, or a target is not. 0 otherwise, also where
    something still fails or takes longer. 2 wrong usage.
    """
    from assay.report.history.changes import compare  # noqa: PLC0415 - not needed for a mistake on the command line
    from assay.report.source import report_at  # noqa: PLC0415 - as above

    comparison = compare(report_at(old), report_at(new))
    match form:
        case "markdown":
            from assay.report.history import diff_markdown  # noqa: PLC0415 - only for this form

            put([diff_markdown.render(comparison)], output)
        case "json":
            from assay.report.history.diff_json import document  # noqa: PLC0415 - only for this form
            from assay.report.machine import printed  # noqa: PLC0415 - as above

            put([printed(document(comparison)), "\n"], output)
        case _:
            from assay.report.history.diff_terminal import render  # noqa: PLC0415 - only for this form

            show(partial(render, comparison), output)
    sys.exit(1 if comparison.is_worse else 0)
