"""`assay waive` and `assay run --waivers`: a known failure does not fail the build, and stays a failure."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from junitparser import JUnitXml

from assay import faults
from assay.cli.targets import read_targets
from assay.reference.hosting import EmbeddedServers
from assay.reference.servers import factory_of
from assay.report.schema import find_problems
from assay.runner import Settings, judge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.conftest import Called

    Call = Callable[..., Called]
    Run = Callable[..., Called]

Json = dict[str, Any]

UNKNOWN = "vcf/retry-task/unknown-task"
HARMLESS = "vcf/retry-task/unfailed-task"
DEVIATING = "vcf/retry-task/exact-id-encoded"
SERVERS = {
    "good": factory_of("vcf"),
    "accepts": faults.find("vcf/retry-task/unknown-task-accepted").factory,
    "says-400": faults.find("vcf/retry-task/unknown-task-400").factory,
}

pytestmark = pytest.mark.xdist_group("waived")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Run a conforming server and two faulty ones, and write a target file for each, all by the name of lab."""
    folder = tmp_path_factory.mktemp("lab")
    with EmbeddedServers(SERVERS) as servers:
        for name, address in servers.items():
            (folder / f"{name}.toml").write_text(
                f'[target]\nname = "lab"\ncontract = "vcf"\nbase_url = "{address.base_url}"\n'
                f'[auth]\ntoken = "{address.token}"\n[state_handler]\nurl = "{address.state_handler_url}"\n'
            )
        yield folder


@pytest.fixture(scope="module")
def known(lab: Path) -> str:
    """Judge one of the faulty servers once, and return the report folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1")
        judge(read_targets([lab / "accepts.toml"]), Settings(lab / "known", only=(UNKNOWN,)))
    return str(lab / "known")


@pytest.fixture
def run(call: Call, lab: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a few checks on one of the servers."""
    monkeypatch.setenv("USER", "dana")
    return lambda server, *more, only=UNKNOWN: call(
        "run", "--target", str(lab / f"{server}.toml"), "--workers", "0", "--only", only, *more
    )


def report_in(folder: Path) -> Json:
    document: Json = json.loads((folder / "report.json").read_text())
    assert list(find_problems(document)) == []
    return document


def waiver_of(document: Json, id_: str = UNKNOWN) -> Json:
    (found,) = [each for each in document["targets"][0]["requirements"] if each["id"] == id_]
    waiver: Json = found["waiver"]
    return waiver


def test_a_waived_failure_stays_a_failure_and_does_not_fail_the_build(
    run: Run, call: Call, known: str, tmp_path: Path
) -> None:
    waived = call("waive", known, UNKNOWN, "--reason", "Fixed in 5.2.1.", "--expires", "2999-12-31")

    again = run("accepts", "--waivers", "waivers.toml", "--seed", "99")

    assert (waived.code, again.code) == (0, 0)
    assert f"FAILED  {UNKNOWN}" in again.out
    assert "waived until 2999-12-31 by dana: Fixed in 5.2.1." in again.out
    assert "Non-conformant\n" in again.out
    assert "Apart from what is waived: Conformant" in again.out
    document = report_in(tmp_path / "reports")
    assert (document["verdict"], document["run"]["exit_code"]) == ("non-conformant", 0)
    assert waiver_of(document)["state"] == "used"


def test_the_report_that_is_made_anew_says_the_same(run: Run, call: Call, known: str, tmp_path: Path) -> None:
    call("waive", known, UNKNOWN, "--reason", "Known.")
    run("accepts", "--waivers", "waivers.toml")
    first = report_in(tmp_path / "reports")

    call("report")

    assert report_in(tmp_path / "reports") == first


def test_every_form_shows_the_waiver_beside_the_failure(run: Run, call: Call, known: str, tmp_path: Path) -> None:
    call("waive", known, UNKNOWN, "--reason", "Known.", "--expires", "2999-12-31")

    run("accepts", "--waivers", "waivers.toml", "--formats", "junit,markdown,html")

    suite = JUnitXml.fromfile(str(tmp_path / "reports" / "junit.xml"))
    (case,) = [each for each in next(iter(suite)) if each.name == UNKNOWN]
    assert suite.failures == 0
    assert case.result[0].message == 'waived, failed: request "first time": expected 404, got 200'
    assert "Waiver: waived until 2999-12-31 by dana: Known." in case.result[0].text
    markdown = (tmp_path / "reports" / "report.md").read_text()
    assert "- `waived until 2999-12-31 by dana: Known.`" in markdown
    assert "Apart from what is waived: Conformant" in markdown


@pytest.mark.parametrize(
    ("server", "state", "sentence"),
    [
        ("good", "unused", "it passes: take its waiver out of the file"),
        ("says-400", "changed", "it fails in another way"),
    ],
)
def test_a_waiver_that_excuses_nothing_fails_the_run(
    run: Run, call: Call, known: str, tmp_path: Path, server: str, state: str, sentence: str
) -> None:
    call("waive", known, UNKNOWN, "--reason", "Known.")

    ended = run(server, "--waivers", "waivers.toml")

    assert ended.code == 1
    assert f"STALE WAIVER  {UNKNOWN}" in ended.out
    assert sentence in ended.out
    document = report_in(tmp_path / "reports")
    assert (waiver_of(document)["state"], document["run"]["exit_code"]) == (state, 1)


def test_an_expired_waiver_fails_the_run(run: Run, call: Call, known: str, tmp_path: Path) -> None:
    call("waive", known, UNKNOWN, "--reason", "Known.")
    file = tmp_path / "waivers.toml"
    file.write_text(re.sub(r"expires = \S+", "expires = 2026-01-31", file.read_text()))

    ended = run("accepts", "--waivers", "waivers.toml")

    assert ended.code == 1
    assert "its waiver expired on 2026-01-31" in ended.out


def test_what_a_run_does_not_decide_leaves_its_waiver_alone(run: Run, call: Call, known: str, tmp_path: Path) -> None:
    call("waive", known, UNKNOWN, "--reason", "Known.")

    ended = run("good", "--waivers", "waivers.toml", only=HARMLESS)

    assert ended.code == 0
    assert "1 waiver neither used nor stale" in ended.out
    assert waiver_of(report_in(tmp_path / "reports"))["state"] == "idle"


def test_a_deviation_is_waived_for_strict_runs(run: Run, call: Call) -> None:
    assert run("accepts", "--strict", only=DEVIATING).code == 1
    call("waive", "reports", DEVIATING, "--reason", "Known.")

    assert run("accepts", "--strict", "--waivers", "waivers.toml", only=DEVIATING).code == 0


def test_waivers_for_other_targets_are_told_of(run: Run, call: Call, known: str, tmp_path: Path) -> None:
    call("waive", known, UNKNOWN, "--reason", "Known.")
    file = tmp_path / "waivers.toml"
    file.write_text(file.read_text().replace('"lab"', '"elsewhere"'))

    ended = run("accepts", "--waivers", "waivers.toml")

    assert ended.code == 1
    assert "assay: waivers.toml: 1 waiver for targets that are not judged here" in ended.err


def test_shards_keep_their_waivers_when_they_are_merged(run: Run, call: Call, known: str, tmp_path: Path) -> None:
    call("waive", known, UNKNOWN, "--reason", "Known.")
    for number in (1, 2):
        run("accepts", "--waivers", "waivers.toml", "--shard", f"{number}/2", "--report-dir", f"s{number}")

    merged = call("merge", "s1", "s2", "--report-dir", "merged")

    assert merged.code == 0
    assert waiver_of(report_in(tmp_path / "merged"))["state"] == "used"


def test_a_run_that_is_gone_on_with_keeps_the_waivers_that_it_had(run: Run, call: Call, known: str, lab: Path) -> None:
    call("waive", known, UNKNOWN, "--reason", "Known.")
    run("accepts", "--waivers", "waivers.toml")

    again = call("run", "--resume", "reports", "--workers", "0", "--target", str(lab / "accepts.toml"))

    assert again.code == 0
    assert "1 waiver in use" in again.out


def test_a_token_in_a_reason_stays_out_of_the_report(
    run: Run, call: Call, known: str, lab: Path, tmp_path: Path
) -> None:
    token = re.findall(r'token = "(.+)"', (lab / "accepts.toml").read_text())[0]
    call("waive", known, UNKNOWN, "--reason", f"The server lets {token} do anything.")

    ended = run("accepts", "--waivers", "waivers.toml")

    written = "".join(path.read_text() for path in (tmp_path / "reports").iterdir())
    assert ended.code == 0
    assert token not in ended.out + written


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([HARMLESS], f"known: nothing to waive: {HARMLESS} is not_run at lab"),
        (["vcf/retry-task/unknown-tasks"], f"did you mean '{UNKNOWN}'?"),
        (["vcf/retry-task/unknown-tasks", "--target", "lab"], f"did you mean '{UNKNOWN}'?"),
        ([UNKNOWN, "--target", "lob"], "did you mean 'lab'?"),
        ([UNKNOWN, "--expires", "2020-01-01"], "--expires 2020-01-01: that day is over"),
        ([UNKNOWN, "--owner", " "], "--owner: expected a text that is not blank"),
    ],
)
@pytest.mark.usefixtures("run")
def test_what_cannot_be_waived_is_told(
    call: Call, known: str, tmp_path: Path, arguments: list[str], message: str
) -> None:
    refused = call("waive", known, *arguments, "--reason", "Known.")

    assert refused.code == 2
    assert message in refused.err
    assert not (tmp_path / "waivers.toml").exists()


def test_a_mistake_in_the_file_ends_a_run_before_anything_is_sent(run: Run, tmp_path: Path) -> None:
    (tmp_path / "waivers.toml").write_text('[[waiver]]\nrequirement = "vcf/retry-task/unknown-tsk"\n')

    ended = run("accepts", "--waivers", "waivers.toml")

    assert ended.code == 2
    assert "waivers.toml: waiver[0].requirement: no requirement 'vcf/retry-task/unknown-tsk'" in ended.err
    assert not (tmp_path / "reports").exists()


def test_hostile_text_in_a_file_gives_no_command_to_a_terminal(run: Run, call: Call, known: str) -> None:
    call("waive", known, UNKNOWN, "--reason", "\x1b[31mred\n::error ::line", "--owner", "\u202eeve")

    ended = run("accepts", "--waivers", "waivers.toml")

    assert ended.code == 0
    assert not re.search(r"[\x1b\u202e]|^::error", ended.out, re.MULTILINE)
