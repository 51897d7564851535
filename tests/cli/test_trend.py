"""`assay trend` shows on the terminal, as a picture and as data how many runs went on."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from assay.report.history import trend
from tests.report.conftest import HOSTILE
from tests.report.history.conftest import judged, reported, timed

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Called

    Call = Callable[..., Called]

Json = dict[str, Any]

SCHEMA = json.loads(Path(trend.__file__).with_name("trend.schema.json").read_text())
OUTCOMES = ("passed", "failed", "failed", "untestable", "passed")


@pytest.fixture
def write(tmp_path: Path) -> Callable[[Json], str]:
    """Write a report document into a folder of its own, which is named after the day."""

    def write(document: Json) -> str:
        name = document["run"]["started"][:10]
        (tmp_path / name).mkdir()
        (tmp_path / name / "report.json").write_text(json.dumps(document))
        return str(name)

    return write


@pytest.fixture
def folders(write: Callable[[Json], str]) -> list[str]:
    """Write the reports of five days, the last one first."""
    documents = [
        reported(judged("a", outcome), judged("b", "passed"), timed("retry-task", 1, 0.01 * number),
                 started=f"2026-03-{number:02}T09:00:00+00:00")
        for number, outcome in enumerate(OUTCOMES, 1)
    ]  # fmt: skip
    return [write(each) for each in reversed(documents)]


def test_the_terminal_shows_a_column_for_each_run(call: Call, folders: list[str]) -> None:
    shown = call("trend", *folders)

    assert shown.code == 0
    assert shown.out.startswith("5 runs, 2026-03-01 to 2026-03-05\n")
    assert re.search(r"^retry-task/a +\.FFU\.$", shown.out, re.MULTILINE)
    assert "retry-task/b" not in shown.out
    assert re.search(r"^failed +·██··  0$", shown.out, re.MULTILINE)
    assert re.search(r"^retry-task .* ms$", shown.out, re.MULTILINE)


def test_of_more_runs_than_columns_the_newest_are_shown(
    call: Call, folders: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")

    shown = call("trend", *folders * 20)

    assert re.search(r"the oldest \d+ are not shown for want of room", shown.out)
    assert max(map(len, shown.out.splitlines())) <= 70


def test_json_fits_its_schema(call: Call, folders: list[str]) -> None:
    document = json.loads(call("trend", *folders, "--format", "json").out)

    Draft202012Validator(SCHEMA).validate(document)
    assert document["requirements"] == [
        {"target": "lab", "id": "vcf/retry-task/a", "outcomes": list(OUTCOMES)},
    ]


def test_the_picture_goes_into_a_file(call: Call, folders: list[str], tmp_path: Path) -> None:
    shown = call("trend", *folders, "--format", "svg", "--output", "trend.svg")

    assert (shown.code, shown.out) == (0, "")
    assert (tmp_path / "trend.svg").read_text().startswith("<svg xmlns=")


@pytest.mark.parametrize("form", ["terminal", "svg", "json"])
def test_hostile_text_is_harmless_in_every_form(call: Call, write: Callable[[Json], str], form: str) -> None:
    document = reported(judged("a", "failed", HOSTILE), name=HOSTILE)

    shown = call("trend", write(document), "--format", form)

    assert shown.code == 0
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2028\u200b]|^::", shown.out, re.MULTILINE)


@pytest.mark.parametrize("seconds", [float("inf"), float("nan"), 1e308])
@pytest.mark.parametrize("form", ["terminal", "svg", "json"])
def test_a_time_that_is_none_is_left_out(call: Call, write: Callable[[Json], str], seconds: float, form: str) -> None:
    shown = call("trend", write(reported(timed("retry-task", 1, seconds))), "--format", form)

    assert shown.code == 0
    assert not re.search(r"Infinity|NaN|\binf\b|\bnan\b", shown.out)


def test_a_report_that_cannot_be_read_is_told(call: Call, folders: list[str]) -> None:
    refused = call("trend", *folders, "nowhere")

    assert refused.code == 2
    assert "nowhere: cannot be read" in refused.err
