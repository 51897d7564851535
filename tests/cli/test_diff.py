"""`assay diff` says what changed from one report to another, in every form."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from assay.cli.embedded import embedded_targets
from assay.report.files import write_all
from assay.report.history import changes
from assay.runner import Settings, judge
from tests.report.conftest import HOSTILE, target
from tests.report.history.conftest import judged, of_targets, reported

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Called

    Call = Callable[..., Called]

Json = dict[str, Any]

SCHEMA = json.loads(Path(changes.__file__).with_name("diff.schema.json").read_text())
FORMS = ("terminal", "markdown", "json")
COMMAND = re.compile(r"^\s*(?:::|##\[)|[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2028\u200b]", re.MULTILINE)
"""What gives a command to a terminal or to a CI system."""


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, Json], None]:
    """Write a report document as the only file of a report folder."""

    def write(name: str, document: Json) -> None:
        (tmp_path / name).mkdir()
        (tmp_path / name / "report.json").write_text(json.dumps(document))

    return write


@pytest.fixture
def pair(write: Callable[[str, Json], None]) -> None:
    """Write two reports between which something got worse and something better."""
    failed = judged("broken", "failed", "expected 404, got 200")
    write("old", reported(judged("broken", "passed"), judged("mended", "failed"), judged("lost", "passed")))
    write("new", reported(failed, judged("mended", "passed"), judged("lost", "untestable", "no state"), seed=2))


@pytest.mark.usefixtures("pair")
def test_the_terminal_shows_what_got_worse_with_its_evidence_and_ends_with_the_verdict(call: Call) -> None:
    shown = call("diff", "old", "new")

    assert shown.code == 1
    assert "the seed was 20260301 and is 2" in shown.out
    assert "vcf/retry-task/broken  passed → failed\n│ The broken holds.\n│ expected 404, got 200\ncurl " in shown.out
    assert "Not verified any more  1\nvcf/retry-task/lost  passed → untestable\n│ no state" in shown.out
    assert "Newly passing  1\nvcf/retry-task/mended  failed → passed" in shown.out
    assert shown.out.endswith("Worse: 1 newly failing and 1 not verified any more.\n")


@pytest.mark.usefixtures("pair")
def test_without_anything_worse_the_exit_code_is_0(call: Call) -> None:
    shown = call("diff", "new", "new/report.json")

    assert shown.code == 0
    assert shown.out.endswith("lab  still Non-conformant\nNothing got worse.\n")


@pytest.mark.usefixtures("pair")
def test_json_fits_its_schema(call: Call, tmp_path: Path) -> None:
    code = call("diff", "old", "new", "--format", "json", "--output", "diff.json").code

    document = json.loads((tmp_path / "diff.json").read_text())
    Draft202012Validator(SCHEMA).validate(document)
    assert (code, document["worse"]) == (1, True)
    broken = document["targets"][0]["requirements"][0]
    assert broken["new"].pop("fingerprint")
    assert broken.pop("curl").startswith("curl ")
    assert broken == {
        "id": "vcf/retry-task/broken",
        "change": "newly_failing",
        "worse": True,
        "waived": False,
        "old": {"outcome": "passed"},
        "new": {"outcome": "failed", "message": "expected 404, got 200"},
    }


@pytest.mark.usefixtures("pair")
def test_markdown_says_the_same(call: Call) -> None:
    shown = call("diff", "old", "new", "--format", "markdown")

    assert shown.out.startswith("### Worse: 1 newly failing and 1 not verified any more.\n")
    assert "- `vcf/retry-task/broken` passed → failed\n" in shown.out
    assert "now: `expected 404, got 200`" in shown.out
    assert "  ```sh\n  curl -sS -i -X PATCH " in shown.out


def test_what_many_targets_share_is_said_once(call: Call, write: Callable[[str, Json], None]) -> None:
    names = [f"lab-{number}" for number in range(30)]
    write("old", of_targets(*(target(name, "vcf", judged("a", "passed")) for name in names)))
    write("new", of_targets(*(target(name, "vcf", judged("a", "failed", "expected 1, got 2")) for name in names)))

    shown = call("diff", "old", "new")

    assert shown.out.count("vcf/retry-task/a") == 1
    assert "on 30 of 30 targets: lab-0, lab-1, lab-2 and 27 more" in shown.out


@pytest.mark.parametrize("form", FORMS)
def test_hostile_text_is_harmless_in_every_form(call: Call, write: Callable[[str, Json], None], form: str) -> None:
    hostile = f"{HOSTILE} `code` ``` @team #1 ![x](http://evil.test) |\n::error ::x"
    write("old", reported(judged("a", "passed"), judged("b", "failed", "expected 1, got 2"), name=hostile))
    write(
        "new",
        reported(judged("a", "failed", f"expected 1, got {hostile}"), judged("b", "failed", hostile), name=hostile),
    )

    shown = call("diff", "old", "new", "--format", form)

    assert shown.code == 1
    assert not COMMAND.search(shown.out)


def test_in_markdown_nothing_of_a_server_stands_outside_of_a_code_span(
    call: Call, write: Callable[[str, Json], None]
) -> None:
    write("old", reported(judged("a", "passed")))
    write("new", reported(judged("a", "failed", "got ``` @team <b> `x` [l](http://evil.test)")))

    shown = call("diff", "old", "new", "--format", "markdown")

    outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", shown.out)
    assert not re.search(r"@team|<b>|evil", outside)


@pytest.mark.usefixtures("pair")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["old", "nowhere"], "nowhere: cannot be read"),
        (["old"], "Missing argument 'NEW'"),
        (["old", "new", "--format", "xml"], "'xml' is not one of"),
    ],
)
def test_a_mistake_on_the_command_line_is_told(call: Call, arguments: list[str], message: str) -> None:
    refused = call("diff", *arguments)

    assert refused.code == 2
    assert message in refused.err


def test_two_runs_of_a_conforming_server_with_other_seeds_differ_in_nothing(call: Call, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        # The embedded servers change it, for the rest of the process.
        patch.setenv("NO_PROXY", "127.0.0.1")
        with embedded_targets() as targets:
            onedata = [each for each in targets if each.contract == "onedata"]
            for seed in (1, 2):
                folder = tmp_path / f"seed-{seed}"
                write_all(judge(onedata, Settings(folder, seed=seed, fuzz_examples=2)), folder)

    shown = call("diff", "seed-1", "seed-2", "--format", "json")

    document = json.loads(shown.out)
    (found,) = document["targets"]
    assert (shown.code, found["requirements"], found["readings"]) == (0, [], [])
