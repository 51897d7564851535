"""Every form of a report is written piece by piece, and needs no more memory for many targets than for few."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from assay.exceptions import ReportError
from assay.journal import FORMAT, Journal, read
from assay.report.build import Judged
from assay.report.document import Written
from assay.report.files import write_all, write_pieces
from assay.report.forms import FORMS, files_of
from assay.report.schema import find_problems

Json = dict[str, Any]

DONE = "toy/act/done"
CHECKS = [f"check_{each}" for each in range(5)]
BODY = "x" * 40_000


def journal(path: Path, targets: int) -> Path:
    """Write the journal of a run of so many targets, each with five exchanges of 40 KB, one of which is a finding."""
    requirement: Json = {
        "id": DONE,
        "operation": "toy/act",
        "level": "must",
        "statement": "It is done.",
        "source": {"document": "d", "section": "s"},
        "note": "",
        "proven_by": [],
        "selected": True,
    }
    declared: Json = {"requirement": DONE, "capability": "", "observer": False, "not_selected": ""}
    lab: Json = {"contract": "toy", "base_url": "http://toy.test", "lacks": []}
    run: Json = {
        "suite_version": "1.0",
        "catalogue_sha256": "0" * 64,
        "proof": "fresh",
        "seed": 7,
        "started": "2026-03-01T09:30:00+00:00",
        "partial": False,
    }
    contract: Json = {
        "requirements": [requirement],
        "checks": [{"id": f"{DONE}::{name}", "name": name, **declared} for name in CHECKS],
        "ambiguities": [],
    }
    names = [f"lab-{each}" for each in range(targets)]
    with Journal(path) as written:
        written.write(
            {
                "kind": "run",
                "format": FORMAT,
                "run": run,
                "contracts": {"toy": contract},
                "targets": [{"name": name, **lab} for name in names],
            }
        )
        for check in CHECKS:
            for name in names:
                written.write(decided(name, check))
        written.write({"kind": "end", "interrupted": False, "duration_s": 2.5, "problems": []})
    return path


def decided(target: str, check: str) -> Json:
    body: Json = {"bytes": len(BODY), "text": BODY}
    response: Json = {
        "status": 200,
        "reason": "OK",
        "http_version": "HTTP/1.1",
        "headers": [],
        "body": body,
        "elapsed_s": 0.1,
    }
    empty: Json = {"bytes": 0, "text": ""}
    request: Json = {"method": "POST", "url": "http://toy.test/act", "headers": [], "body": empty}
    has_failed = check == CHECKS[2]
    return {
        "kind": "check",
        "target": target,
        "check": f"{DONE}::{check}",
        "outcome": "failed" if has_failed else "passed",
        "message": "expected 404, got 200" if has_failed else "",
        "duration_s": 0.1,
        "requests": 1,
        "exchanges": [{"request": request, "response": response, "curl": "curl http://toy.test/act"}],
        "observed": {},
        "readings": [],
    }


def peak(folder: Path, targets: int) -> int:
    """Return how many bytes it takes to read the journal of so many targets and to write every form of its report."""
    folder.mkdir()
    path = journal(folder / "journal.jsonl", targets)
    tracemalloc.start()
    write_all(Judged(read(path)), folder, FORMS)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def test_the_memory_that_a_report_takes_does_not_grow_with_its_targets(tmp_path: Path) -> None:
    peak(tmp_path / "warm", 2)
    few = peak(tmp_path / "few", 5)
    many = peak(tmp_path / "many", 30)

    # The 25 targets more hold 5 MB of exchanges.
    assert many - few < 500_000


def test_what_is_written_piece_by_piece_is_the_document(tmp_path: Path) -> None:
    report = Judged(read(journal(tmp_path / "journal.jsonl", 3)))

    write_all(report, tmp_path)

    written = json.loads((tmp_path / "report.json").read_text())
    assert written == report.document()
    assert list(find_problems(written)) == []


def test_a_document_is_written_as_it_would_be_in_one_go(document: Json, tmp_path: Path) -> None:
    for target in document["targets"]:
        target["requirements"] = target.pop("requirements")

    write_all(Written(document), tmp_path)

    assert (tmp_path / "report.json").read_text() == json.dumps(document, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("name", files_of(FORMS))
def test_a_form_that_cannot_be_written_is_named(document: Json, tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()

    with pytest.raises(ReportError, match=rf"{name}: cannot be written: Is a directory"):
        write_all(Written(document), tmp_path, FORMS)


def test_a_disk_that_is_full_is_told() -> None:
    with pytest.raises(ReportError, match="/dev/full: cannot be written: No space left"):
        write_pieces(Path("/dev/full"), ["x" * 100_000])
