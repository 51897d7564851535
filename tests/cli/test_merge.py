"""`assay merge` makes of shards the report that a run without them makes, for every contract."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from assay.cli.embedded import embedded_targets
from assay.plan import Shard
from assay.report.files import write_all
from assay.report.schema import find_problems
from assay.runner import Settings, judge

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Called

Json = dict[str, Any]

# By default each process of the tests would have its own.
pytestmark = pytest.mark.xdist_group("sharded")


@dataclass(frozen=True)
class Runs:
    """One and the same run, whole and in three shards, each in a folder of its own."""

    whole: Path
    shards: tuple[Path, ...]


# One operation of the three of Zuora, because a run of all of them takes long.
ONLY = ("zuora/rerun-task/*", "vcf/*", "onedata/*")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """Judge the embedded servers of all contracts twice: the longest part of these tests, done once."""
    folder = tmp_path_factory.mktemp("runs")
    shards = [Shard(number, 3) for number in (1, 2, 3)]
    folders = {shard: folder / (f"shard-{shard.number}" if shard else "whole") for shard in (None, *shards)}
    with pytest.MonkeyPatch.context() as patch:
        # The embedded servers change it, for the rest of the process.
        patch.setenv("NO_PROXY", "127.0.0.1")
        with embedded_targets() as targets:
            for shard, report_dir in folders.items():
                write_all(judge(targets, Settings(report_dir, fuzz_examples=1, only=ONLY, shard=shard)), report_dir)
    return Runs(folders[None], tuple(folders[shard] for shard in shards))


def report_in(folder: Path) -> Json:
    document: Json = json.loads((folder / "report.json").read_text())
    assert list(find_problems(document)) == []
    return document


def without_what_varies(document: Json) -> Json:
    """Return a report without times, what servers make up anew each time, and the number of probes."""
    document["run"] |= {"started": "", "duration_s": 0.0, "requests": 0}
    for target in document["targets"]:
        for check in [check for requirement in target["requirements"] for check in requirement["checks"]]:
            check["duration_s"] = 0.0
            check["exchanges"] = [
                (exchange["request"]["method"], exchange.get("role"), re.sub(r"\d+", "", exchange.get("label", "")))
                for exchange in check["exchanges"]
            ]
            check["given"] = [(given["state"], given["by"]) for given in check.get("given", ())]
    return document


def test_the_merged_report_is_that_of_a_run_without_shards(
    runs: Runs, call: Callable[..., Called], tmp_path: Path
) -> None:
    called = call("merge", *map(str, runs.shards), "--report-dir", "merged")

    merged = report_in(tmp_path / "merged")
    assert (called.code, called.err) == (0, "")
    assert without_what_varies(merged) == without_what_varies(report_in(runs.whole))
    assert {target["contract"] for target in merged["targets"]} == {"zuora", "vcf", "onedata"}


def test_every_form_of_the_merged_report_is_written(runs: Runs, call: Callable[..., Called], tmp_path: Path) -> None:
    called = call("merge", *map(str, runs.shards), "--report-dir", "merged")

    written = {path.name for path in (tmp_path / "merged").iterdir()}
    assert written == {"journal.jsonl", "report.json", "junit.xml", "report.html"}
    assert "Reports: merged/report.json, merged/junit.xml, merged/report.html" in called.out


def test_each_check_is_decided_in_one_shard(runs: Runs) -> None:
    decided = [
        (target["name"], requirement["id"], check["name"])
        for folder in runs.shards
        for target in report_in(folder)["targets"]
        for requirement in target["requirements"]
        for check in requirement["checks"]
        if check["outcome"] != "not_run" and not check["name"].startswith("every_exchange")
    ]

    assert len(decided) == len(set(decided))


def test_a_shard_of_a_conforming_server_conforms(runs: Runs) -> None:
    reports = [report_in(folder) for folder in runs.shards]

    assert [report["verdict"] for report in reports] == ["conformant"] * 3
    assert [report["run"]["shard"] for report in reports] == ["1/3", "2/3", "3/3"]
    assert all(report["run"]["partial"] for report in reports)


def test_the_merged_report_is_signed_as_a_whole(runs: Runs, call: Callable[..., Called], tmp_path: Path) -> None:
    key = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "key.pem").write_bytes(key)

    shards = map(str, runs.shards)
    call("merge", *shards, "--report-dir", "merged", "--formats", "intoto", "--sign-key", "key.pem")
    called = call("verify", "merged/report.json.intoto.jsonl")

    assert called.code == 3
    assert ", seed 1; selected requirements only\n" in called.out


def test_the_statements_about_a_shard_say_which_it_is(runs: Runs, call: Callable[..., Called]) -> None:
    call("report", str(runs.shards[1]), "--formats", "intoto")

    assert ", seed 1; shard 2/3 only\n" in call("verify", str(runs.shards[1] / "report.json.intoto.jsonl")).out


def test_a_killed_shard_leaves_its_rest_not_run(runs: Runs, call: Callable[..., Called], tmp_path: Path) -> None:
    killed = tmp_path / "killed"
    killed.mkdir()
    lines = (runs.shards[2] / "journal.jsonl").read_bytes().splitlines(keepends=True)
    (killed / "journal.jsonl").write_bytes(b"".join(lines[:4]) + lines[4][:100])

    called = call("merge", *map(str, runs.shards[:2]), str(killed), "--report-dir", "merged")
    accepted = call("merge", *map(str, runs.shards[:2]), str(killed), "--report-dir", "merged", "--accept-incomplete")

    merged = report_in(tmp_path / "merged")
    assert (called.code, accepted.code) == (3, 0)
    assert not merged["run"]["complete"]
    assert sum(target["counts"]["not_run"] for target in merged["targets"]) > 10


def test_a_missing_shard_is_one_message_and_exit_2(runs: Runs, call: Callable[..., Called], tmp_path: Path) -> None:
    called = call("merge", *map(str, runs.shards[:2]), "--report-dir", "merged")

    assert (called.code, called.err) == (2, "assay: of the shards of this run one is missing: 3/3\n")
    assert not (tmp_path / "merged").exists()


def test_a_shard_is_not_overwritten(runs: Runs, call: Callable[..., Called]) -> None:
    called = call("merge", *map(str, runs.shards), "--report-dir", str(runs.shards[0]))

    assert called.code == 2
    assert "holds one of the shards, which would be lost" in called.err


@pytest.mark.parametrize("written", ["0/3", "4/3", "3", "1/0", "a/b", "-1/3", "1/3/5", "1 / 3"])
def test_a_number_that_is_no_shard_is_wrong_usage(call: Callable[..., Called], written: str) -> None:
    called = call("run", "--shard", written)

    assert called.code == 2
    assert f"'{written}' is not the number of a shard of how many, such as 2/5" in called.err


def test_merging_nothing_is_wrong_usage(call: Callable[..., Called]) -> None:
    called = call("merge")

    assert called.code == 2
    assert "Missing argument 'DIR...'" in called.err
