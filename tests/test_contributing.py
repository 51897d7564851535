"""The worked example of CONTRIBUTING.md fits together: its files are read from the page and loaded."""

from __future__ import annotations

import re
from pathlib import Path

from openapi_spec_validator import validate

from assay import catalogue

PAGE = Path(__file__).parents[1] / "CONTRIBUTING.md"
FILE = re.compile(r"```(?:yaml|python)\n# (\S+)\n(.*?)```", re.DOTALL)


def test_the_files_of_the_worked_example_load(tmp_path: Path) -> None:
    for name, content in FILE.findall(PAGE.read_text(encoding="utf-8")):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")

    depot = catalogue.load_from(tmp_path)["depot"]

    validate(depot.spec)
    assert [requirement.slug for requirement in depot.requirements.values()] == [
        "sealed",
        "unknown-crate",
        "sealed-crate",
        "iso-time",
        "no-server-error",
    ]
    assert len(depot.checks) == 10
