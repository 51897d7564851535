"""The proof as one HTML page: the kill matrix of each operation, and what became of the servers that conform."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from assay.prove.matrix import Fate
from assay.report.html import page

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, slots=True)
class Grid:
    """The matrix of one operation: a row for each fault, a column for each requirement."""

    operation: str
    requirements: list[Mapping[str, Any]]
    faults: list[Mapping[str, Any]]

    def cell(self, fault: Mapping[str, Any], requirement: Mapping[str, Any]) -> str:
        """Return what a fault means to a requirement: its fate where it violates it, or `also`, or nothing."""
        if fault["violates"] == requirement["id"]:
            return str(fault["fate"])
        return "also" if requirement["id"] in fault["trips"] else ""


def render(proof: Mapping[str, Any]) -> str:
    """Return the proof document as a self-contained HTML page."""
    fates = [fault["fate"] for fault in proof["faults"]]
    return page(
        "proof.html.j2",
        ("report.css", "matrix.css", "proof.css"),
        (),
        proof=proof,
        about=proof["proof"],
        started=datetime.fromisoformat(proof["proof"]["started"]),
        grids=list(grids(proof)),
        counts={str(fate): fates.count(fate) for fate in Fate},
    )


def grids(proof: Mapping[str, Any]) -> Iterator[Grid]:
    """Yield the matrix of each operation of which there are faults."""
    for operation in dict.fromkeys(each["operation"] for each in proof["requirements"]):
        faults = [each for each in proof["faults"] if each["operation"] == operation]
        requirements = [each for each in proof["requirements"] if each["operation"] == operation]
        places = {each["id"]: number for number, each in enumerate(requirements)}
        # In the order of the requirements that they violate, so that what is proven forms a diagonal.
        faults.sort(key=lambda fault: places.get(fault["violates"], len(places)))
        if faults:
            yield Grid(operation, requirements, faults)
