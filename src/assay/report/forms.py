"""The forms of a report: under which name each is asked for, into which file it goes, and what makes it.

A new form is one entry of `FORMS`. What makes it is named, not imported, so that listing the forms costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from pkgutil import resolve_name
from typing import TYPE_CHECKING

from assay.report.document import pieces

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from securesystemslib.signer import CryptoSigner

    from assay.report.document import Report, View

DOCUMENT = "report.json"
"""The source of every other form."""


@dataclass(frozen=True, slots=True)
class Form:
    """One form of a report."""

    file: str
    """Its name in a report folder."""
    maker: str
    """`module:name` of what makes it: a `View` of a report, or, for a seal, its text (see `sealed`)."""
    is_seal: bool = False
    """Whether it speaks of the bytes of `report.json`, and so comes after everything else."""

    def view(self, report: Report) -> View:
        """Return what writes this form target by target."""
        make: Callable[[Report], View] = resolve_name(self.maker)
        return make(report)

    def sealed(self, report: Report, document: Path, signer: CryptoSigner | None = None) -> Iterable[str]:
        """Return the text of a seal on a report whose `report.json` is complete; the other forms may lie beside it."""
        make: Callable[[Report, Path, CryptoSigner | None], Iterable[str]] = resolve_name(self.maker)
        return make(report, document, signer)

    def text(self, report: Report, document: Path, signer: CryptoSigner | None = None) -> Iterable[str]:
        """Return this form by itself, piece by piece."""
        return self.sealed(report, document, signer) if self.is_seal else pieces(report, self.view(report))


FORMS = {
    "json": Form(DOCUMENT, "assay.report.machine:JsonView"),
    "junit": Form("junit.xml", "assay.report.junit:JunitView"),
    "html": Form("report.html", "assay.report.html:HtmlView"),
    "ctrf": Form("ctrf.json", "assay.report.ctrf:CtrfView"),
    "earl": Form("earl.jsonld", "assay.report.earl:EarlView"),
    "har": Form("report.har", "assay.report.har:HarView"),
    "markdown": Form("report.md", "assay.report.markdown:MarkdownView"),
    "badge": Form("badge.svg", "assay.report.badge:BadgeView"),
    "shields": Form("shields.json", "assay.report.badge:ShieldsView"),
    "intoto": Form("report.json.intoto.jsonl", "assay.report.attestation.bundle:attest", is_seal=True),
}
"""By name, in the order in which they are listed."""

DEFAULT = ("json", "junit", "html")
"""What a run writes unless it is told otherwise."""


def files_of(names: Iterable[str]) -> list[str]:
    """Return the file names of some forms."""
    return [FORMS[name].file for name in names]
