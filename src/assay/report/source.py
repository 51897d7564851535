"""Opens a report where a user says that it is: a report folder, a journal, or a report document."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from assay.exceptions import ReportError
from assay.journal import FILE_NAME, read
from assay.report.build import Judged
from assay.report.document import Written
from assay.report.forms import DOCUMENT
from assay.report.schema import validate

if TYPE_CHECKING:
    from pathlib import Path

    from assay.report.document import Report


def report_at(source: Path) -> Report:
    """Return the report at a path; raise `ReportError` where there is none.

    Of a folder the journal is taken, from which a report is made one target at a time, and otherwise its
    `report.json`, which is all that is left of some.
    """
    path = path_of(source)
    return _written(path) if path.suffix == ".json" else Judged(read(path))


def path_of(source: Path) -> Path:
    """Return the file from which the report at a path is made."""
    if not source.is_dir():
        return source
    has_only_the_document = not (source / FILE_NAME).exists() and (source / DOCUMENT).exists()
    return source / (DOCUMENT if has_only_the_document else FILE_NAME)


def _written(path: Path) -> Written:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        message = f"{path}: cannot be read: {error.strerror}"
        raise ReportError(message) from error
    except (ValueError, RecursionError) as error:
        message = f"{path}: is not JSON"
        raise ReportError(message) from error
    validate(document)
    return Written(document)
