"""What README.md offers for copying is right: its CI jobs are YAML, and the commands in it are taken as they stand."""

from __future__ import annotations

import importlib
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from assay.cli.group import COMMANDS
from assay.report.forms import FORMS

PAGE = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
JOBS = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)]
LINES = re.findall(r"^ *(?:(?:ci)?\$ |- run: |- )(assay (?!init\b).+)$", PAGE, re.MULTILINE)


def job(key: str) -> Any:
    return next(each[key] for each in JOBS if key in each)


def test_there_are_commands_to_copy() -> None:
    assert len(LINES) >= 8


@pytest.mark.parametrize("line", LINES)
def test_a_command_is_taken_as_it_stands(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_CONTRACTS", "")
    monkeypatch.chdir(Path(__file__).parent / "packs")
    _, name, *arguments = shlex.split(line.replace("${{ matrix.shard }}", "1"), comments=True)

    context = importlib.import_module(f"assay.cli.{name}").command.make_context(name, arguments)

    assert context.info_name in COMMANDS


def test_the_gitlab_job_keeps_the_reports() -> None:
    artifacts = job("conformance")["artifacts"]

    assert artifacts == {"when": "always", "paths": ["reports/"], "reports": {"junit": "reports/junit.xml"}}


def test_the_github_job_keeps_the_reports_of_a_run_that_failed() -> None:
    steps = job("jobs")["conformance"]["steps"]

    assert [(each["uses"].partition("@")[0], each.get("if")) for each in steps if "with" in each][1:] == [
        ("actions/upload-artifact", "always()"),
        ("dorny/test-reporter", "always()"),
    ]


def test_every_form_is_in_the_table() -> None:
    section = PAGE.partition("### Forms of a report")[2].partition("\n###")[0]
    rows = re.findall(r"^\| (`.*?`) \| (`.*?`) \|", section, re.MULTILINE)
    told = {pair for names, files in rows for pair in zip(names.split(", "), files.split(", "), strict=True)}

    assert {(f"`{name}`", f"`{form.file}`") for name, form in FORMS.items()} == told
