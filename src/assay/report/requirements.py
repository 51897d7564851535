"""The list of requirements on a terminal or in a CI log: what is promised, and what in the documents says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from assay.report.lines import Lines
from assay.report.statements import said_by
from assay.report.text import counted, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console

    from assay.report.digest import Node

_QUIET = "bright_black"


def render(requirements: Sequence[Node], console: Console) -> None:
    """Print requirements as `assay requirements --json` has them."""
    lines = Lines(console)
    for each in requirements:
        lines.line(Text.assemble((each["id"], "bold"), "  ", (each["level"], "cyan")))
        lines.line(Text(f"    {one_line(each['statement'])}"))
        for said in _basis(each):
            lines.line(Text(f"    {one_line(said)}", _QUIET))
    checks = sum(len(each["checks"]) for each in requirements)
    lines.line(Text(f"{counted(len(requirements), 'requirement')}, {counted(checks, 'check')}"))


def _basis(requirement: Node) -> Iterable[str]:
    source = requirement["source"]
    yield f"{source['document']}, {source['section']}"
    for each in requirement.get("statements", ()):
        elsewhere = f"in the document of {each['operation']}, " if each["operation"] != requirement["operation"] else ""
        yield f"  {elsewhere}{each['number']}. {said_by(each)}"
    if "rests_on" in requirement:
        yield f"  rests on no statement, but on this: {requirement['rests_on']}"
