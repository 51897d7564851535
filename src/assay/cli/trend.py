"""`assay trend`: how the outcomes of many runs went on."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from assay.cli.printing import put, show


@click.command("trend")
@click.argument("sources", metavar="REPORT...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(["terminal", "svg", "json"]), default="terminal", show_default=True)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="A file instead of standard output.")
def command(sources: tuple[Path, ...], form: str, output: Path | None) -> None:
    """Show how the outcomes of many runs went on.

    Each REPORT is a report folder, a journal or a report.json; they are put in the order in which their runs were
    started. Shown are the requirements that ever changed or failed, the totals, and how long answers took.
    """
    from assay.report.history.trend import Trend  # noqa: PLC0415 - not needed for a mistake on the command line
    from assay.report.source import report_at  # noqa: PLC0415 - as above

    trend = Trend.of(map(report_at, sources))
    match form:
        case "svg":
            from assay.report.history import trend_svg  # noqa: PLC0415 - only for this form

            put([trend_svg.render(trend)], output)
        case "json":
            from assay.report.machine import printed  # noqa: PLC0415 - only for this form

            put([printed(trend.document()), "\n"], output)
        case _:
            from assay.report.history.trend_terminal import render  # noqa: PLC0415 - only for this form

            show(partial(render, trend), output)
