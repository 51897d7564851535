"""The committed table of how many requests each check sends, measured on the reference servers, which conform.

`assay prove --update` measures it and writes `contracts/requests.json`; `assay plan` adds up what it says of the checks
that a run would make. A server that does not conform may be sent fewer requests, because a check ends at the first
violation, or a few more.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assay.exceptions import ReportError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from assay.model import Check

FILE_NAME = "requests.json"
FORMAT = "assay-requests/1"
EXAMPLES = (10, 30)
"""The two numbers of generated requests that generated checks are measured with; they grow evenly with it."""
_UNKNOWN = 3.0
"""Requests of a check that was never measured: about what the others send."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """A number of requests, and how many of them a conforming server accepts (2xx)."""

    requests: float = 0.0
    accepted: float = 0.0

    def __add__(self, other: Traffic) -> Traffic:
        return Traffic(self.requests + other.requests, self.accepted + other.accepted)


@dataclass(frozen=True, slots=True)
class Table:
    """Check id → operation id → what was measured with each of `EXAMPLES`, or once where the check generates none."""

    measured: Mapping[str, Mapping[str, Sequence[Traffic]]]

    def of(self, check: Check, examples: int) -> dict[str, Traffic]:
        """Return by operation id what a check sends; its own operation need not be the only one."""
        measured = self.measured.get(check.id)
        if measured is None:
            return {check.operation: Traffic(_UNKNOWN, _UNKNOWN)}
        return {operation: _at(examples, found) for operation, found in measured.items()}


def _at(examples: int, found: Sequence[Traffic]) -> Traffic:
    if len(found) == 1:
        return found[0]
    low, high = found
    share = (examples - EXAMPLES[0]) / (EXAMPLES[1] - EXAMPLES[0])
    return Traffic(
        max(0.0, low.requests + share * (high.requests - low.requests)),
        max(0.0, low.accepted + share * (high.accepted - low.accepted)),
    )


def path_in(data: Path) -> Path:
    """Return where the table of the catalogue under `data` is."""
    return data / "contracts" / FILE_NAME


def of(folders: Iterable[Path]) -> Table:
    """Return the tables of several catalogues as one."""
    return Table({name: found for data in folders for name, found in read(path_in(data)).measured.items()})


def read(path: Path) -> Table:
    """Read a table; raise `ReportError` where the file is none."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Table({})
    except (OSError, ValueError) as error:
        message = f"{path}: cannot be read: {error}"
        raise ReportError(message) from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        message = f"{path}: is no table of requests ({FORMAT}); `assay prove --update` makes one"
        raise ReportError(message)
    return Table(
        {
            check: {operation: [Traffic(*pair) for pair in pairs] for operation, pairs in operations.items()}
            for check, operations in document["checks"].items()
        }
    )


def render(table: Table) -> str:
    """Return the text of the file: one line for each check."""
    lines = [f" {json.dumps(check)}: {json.dumps(_plain(found))}" for check, found in sorted(table.measured.items())]
    return f'{{"format": "{FORMAT}", "checks": {{\n' + ",\n".join(lines) + "\n}}\n"


def _plain(operations: Mapping[str, Sequence[Traffic]]) -> dict[str, Any]:
    return {
        operation: [[round(each.requests), round(each.accepted)] for each in found]
        for operation, found in operations.items()
    }
