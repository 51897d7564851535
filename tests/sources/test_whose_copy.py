"""Which document a file is a copy of, and what becomes of several copies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from assay.exceptions import UsageError
from assay.sources.copies import compare
from assay.sources.folding import digest
from assay.sources.ledger import Ledger, Statement, digest_of
from assay.sources.segmentation import segments

if TYPE_CHECKING:
    from pathlib import Path

COMMON = "The key is a text. The token is sent in a header. An answer is JSON in UTF-8."
PAUSE = f"# Pause a job\n\nA job is paused. It keeps its place. {COMMON}\n"
RESUME = f"# Resume a job\n\nA job that was paused goes on. It begins where it was. {COMMON}\n"


@pytest.fixture
def pause(tmp_path: Path) -> Ledger:
    """Return the ledger of the page on pausing."""
    return _ledger(tmp_path, "pause", PAUSE)


@pytest.fixture
def resume(tmp_path: Path) -> Ledger:
    """Return the ledger of the page on resuming, which says much that the other says."""
    return _ledger(tmp_path, "resume", RESUME)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder for copies."""
    made = tmp_path / "copies"
    made.mkdir()
    return made


def test_a_copy_under_another_name_belongs_to_the_page_that_it_says_most_of(
    pause: Ledger, resume: Ledger, folder: Path
) -> None:
    (folder / "scraped.html").write_text(PAUSE.replace("keeps", "loses"))

    paused, resumed = compare([pause, resume], folder).documents

    assert paused.copy == folder / "scraped.html"
    assert resumed.copy is None


def test_the_copy_of_another_page_is_no_copy_of_one_that_was_asked_for(
    pause: Ledger, resume: Ledger, folder: Path
) -> None:
    (folder / "scraped.html").write_text(PAUSE)

    with pytest.raises(UsageError, match=r"holds no copy of any document: resume\.txt"):
        compare([resume], folder, [pause])


def test_each_of_several_copies_is_held_against_the_ledger(pause: Ledger, folder: Path) -> None:
    (folder / "old.txt").write_text(PAUSE)
    (folder / "new.txt").write_text(PAUSE.replace("keeps", "loses"))

    comparison = compare([pause], folder)

    assert {each.copy: bool(each.drift and each.drift.changes) for each in comparison.documents} == {
        folder / "old.txt": False,
        folder / "new.txt": True,
    }
    assert comparison.has_drifted
    assert not comparison.unclaimed


def _ledger(folder: Path, name: str, page: str) -> Ledger:
    folded, found = segments(page)
    statements = tuple(
        Statement(digest(folded.text[each.start : each.end]), each.end - each.start, each.section, each.kind, "")
        for each in found
    )
    return Ledger(folder, f"jobs/{name}", f"{name}.txt", name, "", digest_of(statements), statements)
