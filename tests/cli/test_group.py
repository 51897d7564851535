"""The command group: what there is to call, and how quickly it is told."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest

from assay import catalogue
from assay.cli.group import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Called

SLOW = ("pytest", "schemathesis", "hypothesis", "rich", "jsonschema", "starlette", "yaml", "jinja2")
PRINTS_WHAT_IT_LOADED = """
import sys
from assay.cli import main
sys.argv = ["assay", *sys.argv[1:]]
try:
    main()
finally:
    print("loaded:", *sorted(sys.modules))
"""


def loaded(*arguments: str) -> set[str]:
    """Return the names of the modules that a call loads, in a process of its own."""
    code = [sys.executable, "-c", PRINTS_WHAT_IT_LOADED, *arguments]
    done = subprocess.run(code, capture_output=True, text=True, check=True)
    return set(done.stdout.rpartition("loaded: ")[2].split())


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_lists_every_command_with_what_it_does(call: Callable[..., Called], option: str) -> None:
    called = call(option)

    assert called.code == 0
    for name, does in COMMANDS.items():
        assert re.search(rf"^  {name} +{re.escape(does)}$", called.out, re.MULTILINE)


@pytest.mark.parametrize("arguments", [("--help",), ("--version",)])
def test_what_is_told_at_once_loads_nothing_slow(arguments: tuple[str, ...]) -> None:
    assert loaded(*arguments) & set(SLOW) == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_there_and_says_what_it_does(call: Callable[..., Called], name: str) -> None:
    called = call(name, "--help")

    assert called.code == 0
    assert called.out.startswith(f"Usage: assay {name} ")


@pytest.mark.parametrize(
    ("name", "hint"),
    [("rnu", "did you mean 'run'?"), ("requirement", "did you mean 'requirements'?"), ("xyz", "; known: ")],
)
def test_an_unknown_command_is_told_with_what_is_near(call: Callable[..., Called], name: str, hint: str) -> None:
    called = call(name)

    assert (called.code, called.out) == (2, "")
    assert f"No such command '{name}'" in called.err
    assert hint in called.err


def test_an_unknown_option_is_told(call: Callable[..., Called]) -> None:
    called = call("--surprise")

    assert called.code == 2
    assert "--surprise" in called.err


def test_the_version_is_that_of_the_package(call: Callable[..., Called]) -> None:
    assert call("--version").out == f"assay, version {version('assay')}\n"


def test_a_message_that_quotes_a_file_is_one_printable_line(call: Callable[..., Called], tmp_path: Path) -> None:
    (tmp_path / "t.toml").write_text('[target]\n"\\u001b[2J\\u202e\\n::error ::owned" = 1\n')

    called = call("run", "--target", "t.toml")

    message = "assay: t.toml: target.\\x1b[2J\\u202e\\n::error ::owned: unknown key"
    assert called.code == 2
    assert called.err.startswith(message)
    assert called.err.rstrip("\n").isprintable()


def test_ctrl_c_is_told_by_an_exit_code_that_no_verdict_has(
    call: Callable[..., Called], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(catalogue, "load", interrupted)

    called = call("requirements")

    assert (called.code, called.out, called.err.strip()) == (130, "", "assay: interrupted")


def test_shells_can_complete_commands(call: Callable[..., Called], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_ASSAY_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "assay re")
    monkeypatch.setenv("COMP_CWORD", "1")

    assert call().out.split() == ["plain,requirements", "plain,report"]


def test_the_module_is_the_same_program() -> None:
    done = subprocess.run([sys.executable, "-m", "assay", "--version"], capture_output=True, text=True, check=True)

    assert done.stdout == f"assay, version {version('assay')}\n"
