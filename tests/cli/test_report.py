"""`assay report` makes every form of a report anew, from a journal or from a report."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from assay.journal import FORMAT, Journal
from assay.report.forms import FORMS, files_of
from assay.report.schema import find_problems

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Called

DONE = "toy/act/done"
HEAD: dict[str, Any] = {
    "kind": "run",
    "format": FORMAT,
    "run": {
        "suite_version": "1.0",
        "catalogue_sha256": "0" * 64,
        "proof": "fresh",
        "seed": 7,
        "started": "2026-03-01T09:30:00+00:00",
        "partial": False,
    },
    "contracts": {
        "toy": {
            "requirements": [
                {
                    "id": DONE,
                    "operation": "toy/act",
                    "level": "must",
                    "statement": "It is done.",
                    "source": {"document": "d", "section": "s"},
                    "note": "",
                    "proven_by": [],
                    "selected": True,
                }
            ],
            "checks": [
                {
                    "id": f"{DONE}::{name}",
                    "name": name,
                    "requirement": DONE,
                    "capability": "",
                    "observer": False,
                    "not_selected": "",
                }
                for name in ("first", "second")
            ],
            "ambiguities": [],
        }
    },
    "targets": [{"name": "lab", "contract": "toy", "base_url": "http://toy.test", "lacks": []}],
}
DECIDED: dict[str, Any] = {
    "kind": "check",
    "target": "lab",
    "check": f"{DONE}::first",
    "outcome": "failed",
    "message": "the name é came twice",
    "duration_s": 0.1,
    "requests": 1,
    "exchanges": [],
    "observed": {},
    "readings": [],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a report folder that a run left when it was killed behind its first check."""
    made = tmp_path / "reports"
    made.mkdir()
    with Journal(made / "journal.jsonl") as journal:
        journal.write(HEAD)
        journal.write(DECIDED)
    return made


def outcomes(document: dict[str, Any]) -> list[str]:
    return [check["outcome"] for check in document["targets"][0]["requirements"][0]["checks"]]


def test_a_killed_run_becomes_every_kind_of_report(call: Callable[..., Called], folder: Path) -> None:
    called = call("report", str(folder))

    document = json.loads((folder / "report.json").read_text())
    assert called.code == 0
    assert {path.name for path in folder.iterdir()} == {"journal.jsonl", "report.json", "junit.xml", "report.html"}
    assert list(find_problems(document)) == []
    assert (outcomes(document), document["run"]["complete"]) == (["failed", "not_run"], False)


def test_the_reports_folder_is_what_is_meant(call: Callable[..., Called], folder: Path) -> None:
    called = call("report")

    assert called.code == 0
    assert "reports/report.json" in called.out
    assert (folder / "report.html").exists()


def test_a_journal_writes_beside_itself(call: Callable[..., Called], folder: Path) -> None:
    call("report", str(folder / "journal.jsonl"))

    assert (folder / "report.json").exists()


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        ("json", '"format": "assay-report/1"'),
        ("junit", "<testsuites "),
        ("html", "<!doctype html>"),
        ("terminal", "Non-conformant"),
    ],
)
def test_one_form_goes_to_standard_output_and_nowhere_else(
    call: Callable[..., Called], folder: Path, form: str, shown: str
) -> None:
    called = call("report", str(folder), "--format", form)

    assert called.code == 0
    assert shown in called.out
    assert [path.name for path in folder.iterdir()] == ["journal.jsonl"]


def test_json_on_standard_output_brings_no_control_character_to_a_terminal(
    call: Callable[..., Called], folder: Path
) -> None:
    with (folder / "journal.jsonl").open("a", encoding="utf-8") as journal:
        hostile = {**DECIDED, "check": f"{DONE}::second", "message": "\x1b[2J\x7f\x9b31m\u202egnp.exe\U000e0041"}
        journal.write(json.dumps(hostile, ensure_ascii=False) + "\n")

    called = call("report", str(folder), "--format", "json")

    checks = json.loads(called.out)["targets"][0]["requirements"][0]["checks"]
    assert checks[1]["message"] == hostile["message"]
    assert set(called.out) <= {"\n", *map(chr, range(0x20, 0x7F))}


@pytest.mark.parametrize("form", ["json", "junit", "html", "terminal"])
def test_one_form_goes_into_a_file(call: Callable[..., Called], folder: Path, tmp_path: Path, form: str) -> None:
    called = call("report", str(folder), "--format", form, "--output", str(tmp_path / "out"))

    assert (called.code, called.out) == (0, "")
    assert "the name é came twice" in (tmp_path / "out").read_text(encoding="utf-8")


def test_a_report_document_is_shown_as_it_is(call: Callable[..., Called], folder: Path) -> None:
    call("report", str(folder))
    (folder / "journal.jsonl").unlink()

    called = call("report", str(folder / "report.json"), "--format", "junit")

    root = ET.fromstring(called.out)  # noqa: S314 - our own output
    assert called.code == 0
    assert [case.get("name") for case in root.iter("testcase")] == [DONE]


def test_a_report_document_is_not_written_over(call: Callable[..., Called], folder: Path) -> None:
    call("report", str(folder), "--formats", "json")
    path = folder / "report.json"
    path.write_text(json.dumps(json.loads(path.read_text()), indent=4))
    before = path.read_bytes()

    called = call("report", str(path), "--formats", "badge")

    assert called.code == 0
    assert path.read_bytes() == before
    assert (folder / "badge.svg").exists()


def test_what_an_earlier_report_left_is_told(call: Callable[..., Called], folder: Path) -> None:
    call("report", str(folder), "--formats", "all")

    called = call("report", str(folder), "--formats", "junit")

    assert called.out.splitlines()[0].endswith("report.json, " + str(folder / "junit.xml"))
    assert called.out.splitlines()[1].startswith(
        f"Of an earlier report, and not written anew: {folder / 'report.html'}"
    )


def test_a_file_without_a_form_is_wrong_usage(call: Callable[..., Called], folder: Path) -> None:
    called = call("report", str(folder), "--output", "x")

    assert called.code == 2
    assert "--output needs --format" in called.err


def test_the_forms_that_are_named_go_into_the_folder(call: Callable[..., Called], folder: Path) -> None:
    called = call("report", str(folder), "--formats", "junit")

    assert called.code == 0
    assert {path.name for path in folder.iterdir()} == {"journal.jsonl", "report.json", "junit.xml"}


def test_all_forms_go_into_the_folder(call: Callable[..., Called], folder: Path) -> None:
    call("report", str(folder), "--formats", "all")

    assert {path.name for path in folder.iterdir()} == {"journal.jsonl", *files_of(FORMS)}


@pytest.mark.parametrize("told", ["junit,htm", "", "json;html", "ALL"])
def test_a_form_that_is_not_known_is_wrong_usage(call: Callable[..., Called], folder: Path, told: str) -> None:
    called = call("report", str(folder), "--formats", told)

    assert called.code == 2
    assert "is none of json, junit, html" in called.err


def test_one_form_and_several_at_once_are_wrong_usage(call: Callable[..., Called], folder: Path) -> None:
    called = call("report", str(folder), "--format", "html", "--formats", "json")

    assert called.code == 2
    assert "--format gives one form" in called.err


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("report.json", None, "cannot be read: No such file"),
        ("report.json", "{", "is not JSON"),
        ("report.json", "{}", "not a valid report: "),
        ("report.json", "[]", "not a valid report: "),
        ("journal.jsonl", None, "cannot be read: No such file"),
        ("journal.jsonl", "", "is not a journal of a run"),
        ("other.txt", "{}\n", "is not a journal of a run"),
    ],
)
def test_what_is_no_report_is_one_message(
    call: Callable[..., Called], tmp_path: Path, name: str, content: str | None, problem: str
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)

    called = call("report", str(tmp_path / name))

    assert (called.code, called.out) == (2, "")
    assert called.err.startswith("assay: ")
    assert problem in called.err


def test_a_folder_without_a_journal_is_told(call: Callable[..., Called], tmp_path: Path) -> None:
    assert "journal.jsonl: cannot be read: No such file" in call("report", str(tmp_path)).err


def test_what_cannot_be_written_is_one_message(call: Callable[..., Called], folder: Path) -> None:
    called = call("report", str(folder), "--format", "json", "--output", "/dev/null/x")

    assert called.code == 2
    assert called.err.startswith("assay: /dev/null/x: cannot be written")


def test_half_a_surrogate_pair_in_a_report_does_not_stop_it(call: Callable[..., Called], folder: Path) -> None:
    call("report", str(folder))
    path = folder / "report.json"
    path.write_text(path.read_text().replace("the name é came twice", "half a pair: \\ud800"))

    called = call("report", str(path), "--format", "json")

    assert called.code == 0
    assert json.loads(called.out)["targets"][0]["requirements"][0]["message"] == "half a pair: \ud800"
