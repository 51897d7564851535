"""CONTRIBUTING.md is true: what it quotes of the example stands there, and its commands are taken as they stand."""

from __future__ import annotations

import importlib
import re
import shlex
from pathlib import Path

import pytest
from openapi_spec_validator import validate

from assay import catalogue
from assay.cli.group import COMMANDS

PAGE = (Path(__file__).parents[1] / "CONTRIBUTING.md").read_text(encoding="utf-8")
DEPOT = Path(__file__).parent / "packs" / "depot"
QUOTED = re.findall(r"```(?:yaml|python)\n# (\S+/\S+)\n(.*?)```", PAGE, re.DOTALL)
LEFT_OUT = re.compile(r"^ *# …\n", re.MULTILINE)
COMMAND = re.compile(r"^\$ assay (.+?)(?: +#.*| > .*)?$", re.MULTILINE)


def test_every_kind_of_file_of_a_pack_is_quoted() -> None:
    written = {path.relative_to(DEPOT).as_posix() for path in DEPOT.rglob("*") if path.suffix in (".yaml", ".py")}

    assert {name for name, _ in QUOTED} == written


@pytest.mark.parametrize(("name", "text"), QUOTED, ids=[name for name, _ in QUOTED])
def test_what_is_quoted_stands_in_the_file(name: str, text: str) -> None:
    content = (DEPOT / name).read_text(encoding="utf-8")

    assert [piece for piece in LEFT_OUT.split(text) if piece.strip() not in content] == []


def test_the_page_of_the_example_is_quoted() -> None:
    assert (DEPOT / "documents" / "depot.md").read_text(encoding="utf-8").strip() in PAGE


@pytest.mark.parametrize("line", COMMAND.findall(PAGE))
def test_a_command_is_taken_as_it_stands(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_CONTRACTS", str(DEPOT))
    monkeypatch.chdir(DEPOT.parent)
    name, *arguments = shlex.split(line)

    context = importlib.import_module(f"assay.cli.{name}").command.make_context(name, arguments)

    assert context.info_name in COMMANDS


def test_the_spec_of_the_example_is_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_CONTRACTS", str(DEPOT))

    validate(catalogue.load()["depot"].spec)


def test_every_observer_is_told() -> None:
    assert [each for each in catalogue.OBSERVERS if f"| `{each}` |" not in PAGE] == []
