"""In a folder of copies each document finds its own, by its name or by what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from assay.exceptions import UsageError
from assay.sources.copies import LARGEST, compare
from tests.sources.pages import BARE, ONE_LINE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sources.conftest import Pack


@pytest.fixture
def copies(tmp_path: Path) -> Path:
    folder = tmp_path / "copies"
    folder.mkdir()
    return folder


def test_a_copy_is_known_by_its_name(pack: Pack, copies: Path) -> None:
    (copies / "crates.txt").write_text(BARE.replace("packed", "heavy"))

    found = compare([pack.read()], copies)

    assert found.documents[0].copy == copies / "crates.txt"
    assert found.has_drifted


def test_a_copy_with_another_name_is_known_by_what_it_says(pack: Pack, copies: Path) -> None:
    (copies / "page-of-today.md").write_text(BARE)
    (copies / "other.md").write_text(ONE_LINE)

    found = compare([pack.read()], copies)

    assert found.documents[0].copy == copies / "page-of-today.md"
    assert found.unclaimed == (copies / "other.md",)
    assert not found.has_drifted


def test_a_document_without_a_copy_is_told(pack: Pack, copies: Path) -> None:
    (copies / "crates.txt").write_text(BARE)
    ledger = pack.read()
    pack.ledger["document"] = "boxes.txt"
    pack.ledger["sections"] = pack.ledger["sections"][:1]
    other = pack.read()

    found = compare([ledger, other], copies)

    assert [each.copy for each in found.documents] == [copies / "crates.txt", None]
    assert found.document()["documents"][1]["copy"] is None
    assert found.not_compared == ["crates/seal"]


def test_an_operation_without_a_ledger_is_not_compared(pack: Pack, copies: Path) -> None:
    (copies / "crates.txt").write_text(BARE)

    found = compare([pack.read()], copies, without_ledger=["crates/open"])

    assert found.not_compared == found.document()["not_compared"] == ["crates/open"]
    assert not found.has_drifted


def test_operations_without_any_ledger_are_refused(copies: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no ledger of crates/open; `assay sources --draft` begins one"):
        compare([], copies, without_ledger=["crates/open"])


def test_a_folder_without_any_copy_is_refused(pack: Pack, copies: Path) -> None:
    (copies / "weather.txt").write_text("It rains.")

    with pytest.raises(UsageError, match=r"holds no copy of any document: crates\.txt"):
        compare([pack.read()], copies)


def test_a_file_that_is_too_long_for_a_page_is_a_copy_of_none(pack: Pack, copies: Path) -> None:
    (copies / "crates.txt").write_text(BARE)
    (copies / "log.txt").write_text("x " * 300_000)

    assert compare([pack.read()], copies).unclaimed == (copies / "log.txt",)


def test_what_a_copy_says_otherwise_is_data(pack: Pack, copies: Path) -> None:
    (copies / "crates.txt").write_text(BARE.replace("redgreenblue", "redgreen"))

    document = compare([pack.read()], copies).document()

    assert document["requirements"] == ["crates/seal/colours"]
    (change,) = document["documents"][0]["changes"]
    assert change["section"] == "Responses 404"
    assert [each["requirements"] for each in change["vanished"]] == [["crates/seal/colours"]]
    assert change["unknown"] == ["Enum: redgreen"]


def test_a_copy_with_the_name_of_a_document_that_is_too_long_is_refused(pack: Pack, copies: Path) -> None:
    (copies / "crates.txt").write_text(BARE + "x" * LARGEST)

    with pytest.raises(UsageError, match=r"crates\.txt has \d+ bytes, and a copy of one page at most"):
        compare([pack.read()], copies)


def test_a_long_file_beside_the_copies_is_a_copy_of_none(pack: Pack, copies: Path) -> None:
    (copies / "crates.txt").write_text(BARE)
    (copies / "dump.txt").write_text("x" * (LARGEST + 1))

    assert compare([pack.read()], copies).unclaimed == (copies / "dump.txt",)


def test_a_copy_in_utf_16_says_the_same(pack: Pack, copies: Path) -> None:
    (copies / "crates.txt").write_text(BARE, encoding="utf-16")

    assert not compare([pack.read()], copies).has_drifted
