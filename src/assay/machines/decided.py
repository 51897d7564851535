"""A pytest plugin of both ends of a connection: what was decided goes as JSON, as it does into the journal.

execnet carries no text with half a surrogate pair, which servers do send, and pytest would add a traceback that nobody
reads and from which no secret has been taken.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

_DECISION = "assay"
"""Under this name `assay.plugin` leaves it at a report."""


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, dict[str, Any], dict[str, Any]]:
    """Write the decision of a report."""
    data = yield
    if _DECISION in data:
        data[_DECISION] = json.dumps(data[_DECISION])
        data["longrepr"] = None
    return data


@pytest.hookimpl(wrapper=True)
def pytest_report_from_serializable() -> Generator[None, Any, Any]:
    """Read it again."""
    report = yield
    if hasattr(report, _DECISION):
        setattr(report, _DECISION, json.loads(getattr(report, _DECISION)))
    return report
