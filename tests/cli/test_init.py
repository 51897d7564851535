"""`assay init` writes a target file from options or from answers on a terminal."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from assay import catalogue
from assay.target import read_target
from tests.patience import PLENTY_S

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Called

INIT = ("init", "--contract", "vcf", "--base-url", "https://sddc.example.test")
ENVIRONMENT = {"VCF_TOKEN": "t0", "ZUORA_TOKEN": "t0", "ONEDATA_TOKEN": "t0"}


@pytest.fixture(autouse=True)
def no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the terminal away that tests may be started from."""
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)


@pytest.mark.parametrize("contract", ["zuora", "vcf", "onedata"])
def test_options_alone_make_a_file_that_can_be_read(call: Callable[..., Called], tmp_path: Path, contract: str) -> None:
    called = call("init", "--contract", contract, "--base-url", "https://lab.example.test/", "--output", "lab.toml")

    target = read_target(tmp_path / "lab.toml", catalogue.load(), ENVIRONMENT)
    assert (called.code, called.err) == (0, "")
    assert (target.name, target.base_url, target.token) == ("lab.example.test", "https://lab.example.test", "t0")
    assert "Then: assay doctor --target lab.toml" in called.out


def test_without_an_output_the_file_is_named_after_the_target(call: Callable[..., Called], tmp_path: Path) -> None:
    call(*INIT, "--name", "SDDC manager / lab")

    assert (tmp_path / "SDDC-manager-lab.toml").is_file()


def test_without_a_terminal_missing_options_are_named(call: Callable[..., Called]) -> None:
    called = call("init", "--name", "lab")

    assert called.code == 2
    assert called.err == "assay: there is no terminal to ask on, so --contract and --base-url must be given\n"


def test_a_token_itself_is_refused_and_neither_written_nor_shown(call: Callable[..., Called], tmp_path: Path) -> None:
    called = call(*INIT, "--token", "eyJhbGciOi")

    assert called.code == 2
    assert "put it into an environment variable, and say --token env:NAME" in called.err
    assert "eyJhbGciOi" not in called.out + called.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("token", ["env:", "env:NOT A NAME", "file:", "env:1abc", ""])
def test_a_place_that_cannot_hold_a_token_is_refused(call: Callable[..., Called], token: str) -> None:
    assert call(*INIT, "--token", token).code == 2


def test_a_server_may_want_no_token(call: Callable[..., Called], tmp_path: Path) -> None:
    call(*INIT, "--token", "none", "--output", "lab.toml")

    assert read_target(tmp_path / "lab.toml", catalogue.load(), {}).token is None


def test_a_token_in_a_file_is_named(call: Callable[..., Called], tmp_path: Path) -> None:
    (tmp_path / "token.txt").write_text("t9\n")

    call(*INIT, "--token", "file:token.txt", "--output", "lab.toml")

    assert read_target(tmp_path / "lab.toml", catalogue.load(), {}).token == "t9"


def test_what_the_server_lacks_is_written(call: Callable[..., Called], tmp_path: Path) -> None:
    call("init", "--contract", "zuora", "--base-url", "https://z.test", "--lacks", "multi_org", "--output", "lab.toml")

    target = read_target(tmp_path / "lab.toml", catalogue.load(), ENVIRONMENT)
    assert target.capabilities == {"multi_org": False}


def test_a_file_that_is_there_stays_as_it_is(call: Callable[..., Called], tmp_path: Path) -> None:
    (tmp_path / "lab.toml").write_text("mine")

    called = call(*INIT, "--output", "lab.toml")

    assert (called.code, called.err) == (2, "assay: lab.toml: is there already; --force replaces it\n")
    assert (tmp_path / "lab.toml").read_text() == "mine"


def test_with_force_it_is_replaced(call: Callable[..., Called], tmp_path: Path) -> None:
    (tmp_path / "lab.toml").write_text("mine")

    assert call(*INIT, "--output", "lab.toml", "--force").code == 0
    assert (tmp_path / "lab.toml").read_text() != "mine"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("--contract", "vfc", "--base-url", "https://x.test"),
            "--contract vfc: no such contract; did you mean 'vcf'?",
        ),
        (("--contract", "vcf", "--base-url", "x.test"), "expected an http or https URL, got 'x.test'"),
        ((*INIT[1:], "--lacks", "multi_org"), "--lacks multi_org: no capability of vcf"),
        ((*INIT[1:], "--output", "no/such/folder.toml"), "no/such/folder.toml: cannot be written"),
        ((*INIT[1:], "--name", "a\nb"), "--name: expected a text"),
        ((*INIT[1:], "--token", "file:missing.txt"), "cannot read missing.txt"),
    ],
)
def test_what_cannot_be_is_told(call: Callable[..., Called], arguments: tuple[str, ...], message: str) -> None:
    called = call("init", *arguments)

    assert called.code == 2
    assert message in called.err


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX")
def test_on_a_terminal_it_asks_and_asks_again_where_an_answer_cannot_be(tmp_path: Path) -> None:
    shown = typed(
        tmp_path,
        ("Contract (onedata, vcf, zuora)", "vfc"),
        ("did you mean 'vcf'?", "zuora"),
        ("Base URL of the server", "https://z.example.test"),
        ("Name in reports [z.example.test]", "staging"),
        ("Token (env:NAME, file:PATH or none) [env:ZUORA_TOKEN]", "eyJhbGciOi"),
        ("A token itself is never written", "env:STAGING_TOKEN"),
        ("Multi-entity is enabled? [Y/n]", "n"),
        ("Multi-Org is enabled? [Y/n]", ""),
        ("Target file [staging.toml]", ""),
    )

    target = read_target(tmp_path / "staging.toml", catalogue.load(), {"STAGING_TOKEN": "t0"})
    assert (target.name, target.base_url, target.token) == ("staging", "https://z.example.test", "t0")
    assert target.capabilities == {"multi_entity": False}
    assert "Then: assay doctor --target staging.toml" in shown


def typed(folder: Path, *answers: tuple[str, str]) -> str:
    """Answer each question on a terminal as soon as it stands there, and return all that was shown."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "dumb"}
    with subprocess.Popen(
        [sys.executable, "-m", "assay", "init"], cwd=folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        shown, seen = "", 0
        try:
            for question, answer in answers:
                shown = read_until(ours, shown, seen, question)
                seen = len(shown)
                os.write(ours, f"{answer}\n".encode())
            shown = read_until(ours, shown, seen, "--target staging.toml")
            process.wait(PLENTY_S)
        finally:
            # One that waits for another answer would wait for ever.
            process.kill()
    os.close(ours)
    return shown


def read_until(terminal: int, shown: str, seen: int, text: str) -> str:
    end = time.monotonic() + PLENTY_S
    while text not in shown[seen:]:
        assert select.select([terminal], [], [], end - time.monotonic())[0], f"{text!r} was not shown: {shown}"
        shown += os.read(terminal, 65536).decode()
    return shown
