"""How a command ends that has judged: the forms of the report, what is to be read of it at once, and the exit code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from assay.cli.job_summary import add_to_job_summary
from assay.exceptions import ReportError, UnwritableError
from assay.report.files import told, write_all
from assay.report.terminal import render

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console
    from securesystemslib.signer import CryptoSigner

    from assay.report.document import Report


@dataclass(frozen=True, slots=True)
class Delivery:
    """What becomes of a report."""

    folder: Path
    forms: tuple[str, ...]
    signer: CryptoSigner | None = None
    """Signs the forms that can be signed."""

    def of(self, report: Report, screen: Console) -> int:
        """Write the forms of a report into the folder, show it, and return the exit code that it amounts to."""
        try:
            written = write_all(report, self.folder, self.forms, self.signer)
        except UnwritableError as error:
            # What was found out is not lost: it is in the journal, and on the terminal.
            render(report, screen)
            message = f"{error}; once {error.until}, `assay report {self.folder}` makes the reports"
            raise ReportError(message) from error
        add_to_job_summary(report)
        render(report, screen)
        screen.print(told(written), soft_wrap=True, highlight=False, markup=False)
        code: int = report.run["exit_code"]
        return code
