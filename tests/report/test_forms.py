"""Every form of a report stands in one table, from which commands and files take it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from assay.report.document import Report, Written
from assay.report.files import write_all
from assay.report.forms import DEFAULT, DOCUMENT, FORMS, Form, files_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Json = dict[str, Any]


def size_of(report: Report, document: Path, signer: object) -> Iterator[str]:
    """Seal a report by how long its document is."""
    yield f"{len(report.survey.outlines)} targets in {document.stat().st_size} bytes, signed by {signer}"


def test_each_form_has_a_file_of_its_own() -> None:
    assert len({form.file for form in FORMS.values()}) == len(FORMS)


def test_what_is_written_unless_told_otherwise_begins_with_the_document() -> None:
    assert files_of(DEFAULT) == [DOCUMENT, "junit.xml", "report.html"]


def test_the_forms_that_were_asked_for_are_written(document: Json, tmp_path: Path) -> None:
    written = write_all(Written(document), tmp_path, ["json", "junit"])

    assert written == [tmp_path / "report.json", tmp_path / "junit.xml"]
    assert sorted(tmp_path.iterdir()) == sorted(written)


@pytest.mark.parametrize("name", FORMS)
def test_one_form_by_itself_is_what_goes_into_the_folder(document: Json, tmp_path: Path, name: str) -> None:
    write_all(Written(document), tmp_path, ["json", name])

    text = "".join(FORMS[name].text(Written(document), tmp_path / DOCUMENT))
    assert (tmp_path / FORMS[name].file).read_text() == text


def test_a_seal_is_made_when_the_document_is_complete(
    document: Json, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(FORMS, "seal", Form("report.seal", f"{__name__}:size_of", is_seal=True))

    write_all(Written(document), tmp_path, ["seal", "json"])

    size = (tmp_path / DOCUMENT).stat().st_size
    assert (tmp_path / "report.seal").read_text() == f"3 targets in {size} bytes, signed by None"
