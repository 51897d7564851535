"""`assay prove` as a contributor runs it: on a few servers here; the whole proof is a session of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import html5lib  # type: ignore[import-untyped]  # it carries no types
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Called

FAULT = "vcf/retry-task/unknown-task-accepted"


def prove(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "assay", "prove", *arguments], capture_output=True, text=True, check=False
    )


# By default each process of the tests would have its own.
SMALL = pytest.mark.xdist_group("small-proof")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the reports of one small proof, which holds."""
    folder = tmp_path_factory.mktemp("proof")
    done = prove("--only", FAULT, "--only", "vcf/combination-1", "--workers", "1", "--report-dir", str(folder))
    (folder / "out").write_text(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    return folder


@SMALL
def test_a_proof_that_holds_shows_the_matrix_and_the_numbers(folder: Path) -> None:
    out = (folder / "out").read_text()

    assert "unknown-task-accepted  killed" in out
    assert "Faults: 1 killed, 0 survived, 0 broken" in out
    assert "Legal variants: 1 of 1 found conformant" in out
    assert "The proof holds for what was selected" in out


@SMALL
def test_the_proof_document_says_what_was_measured(folder: Path) -> None:
    proof = json.loads((folder / "proof.json").read_text())

    assert (proof["format"], proof["holds"], proof["proof"]["partial"]) == ("assay-proof/1", True, True)
    assert [(each["id"], each["fate"]) for each in proof["faults"]] == [(FAULT, "killed")]
    assert {each["id"]: each["proven_by"] for each in proof["requirements"]}["vcf/retry-task/unknown-task"] == [FAULT]


@SMALL
def test_the_page_holds_the_matrix_and_asks_for_nothing(folder: Path) -> None:
    root = html5lib.parse((folder / "proof.html").read_text(), namespaceHTMLElements=False)

    cells = [each for each in root.iter("td") if each.get("class") == "killed"]
    assert [str(each.text).strip() for each in cells] == ["●"]
    references = [each.get(name) for each in root.iter() for name in ("src", "href") if each.get(name)]
    targets = {each.get("id") for each in root.iter() if each.get("id")}
    assert {str(each) for each in references} <= {f"#{target}" for target in targets}


def test_the_servers_are_listed_with_what_is_different(call: Callable[..., Called]) -> None:
    called = call("prove", "--list")

    lines = called.out.splitlines()
    assert called.code == 0
    assert lines[lines.index(FAULT) + 1] == "    A task that does not exist is answered as if it had been retried."
    assert {"vcf/combination-1", "zuora/combination-2"} <= set(lines)


def test_a_list_can_be_selected_from(call: Callable[..., Called]) -> None:
    called = call("prove", "--list", "--only", FAULT)

    assert called.out.splitlines()[0] == FAULT
    assert len(called.out.splitlines()) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--only", "vcf/retry-task/nothing-*"), "--only 'vcf/retry-task/nothing-*' selects nothing"),
        (("--only", FAULT, "--update"), "--update needs the whole proof"),
        (("--list", "--only", "nothing/*"), "--only 'nothing/*' selects nothing"),
        (("--only", FAULT, "--report-dir", "/proc/nope"), "--report-dir /proc/nope: cannot be written"),
        (("--workers", "0"), "'0' is neither a whole number from 1 on nor 'auto'"),
    ],
)
def test_wrong_usage_is_one_message(call: Callable[..., Called], arguments: tuple[str, ...], message: str) -> None:
    called = call("prove", *arguments)

    assert (called.code, called.out) == (2, "")
    assert message in called.err
    assert "Traceback" not in called.err
