"""The journals of shards become the journal of the run that they are parts of, or one message says why not."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from assay.exceptions import ReportError, UsageError
from assay.journal import FILE_NAME, FORMAT, Journal, read
from assay.report.build import Judged
from assay.report.merge import merge, parts_in
from assay.report.schema import find_problems

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Json = dict[str, Any]

DONE = "toy/act/done"
SHARDS = 3
NAMES = ["first", "second", "third"]
SERVED = "every_exchange_shape_200"
HEAD: Json = {
    "kind": "run",
    "format": FORMAT,
    "run": {
        "suite_version": "1.0",
        "catalogue_sha256": "0" * 64,
        "proof": "fresh",
        "seed": 7,
        "started": "2026-03-01T09:30:00+00:00",
        "partial": True,
        "shard": "1/3",
    },
    "options": {"--only": [], "--fuzz-examples": 20},
    "contracts": {
        "toy": {
            "requirements": [
                {
                    "id": DONE,
                    "operation": "toy/act",
                    "level": "must",
                    "statement": "It is done.",
                    "source": {"document": "d", "section": "s"},
                    "note": "",
                    "proven_by": [],
                    "selected": True,
                }
            ],
            "checks": [
                {
                    "id": f"{DONE}::{name}",
                    "name": name,
                    "requirement": DONE,
                    "capability": "",
                    "observer": name == SERVED,
                    "not_selected": "",
                }
                for name in [*NAMES, SERVED]
            ],
            "ambiguities": [],
        }
    },
    "targets": [{"name": "lab", "contract": "toy", "base_url": "http://127.0.0.1:4001", "lacks": [], "share": []}],
}
END: Json = {"kind": "end", "duration_s": 2.5, "interrupted": False, "problems": []}


def exchange(status: int) -> Json:
    empty: Json = {"bytes": 0, "text": ""}
    answer = {
        "status": status,
        "reason": "",
        "http_version": "HTTP/1.1",
        "headers": [],
        "body": empty,
        "elapsed_s": 0.1,
    }
    request = {"method": "POST", "url": "http://127.0.0.1/act", "headers": [], "body": empty}
    return {"request": request, "response": answer, "curl": "curl http://127.0.0.1/act"}


def decided(name: str, outcome: str = "passed") -> Json:
    return {
        "kind": "check",
        "target": "lab",
        "check": f"{DONE}::{name}",
        "outcome": outcome,
        "message": "" if outcome == "passed" else "expected 404, got 200",
        "duration_s": 0.25,
        "requests": 1,
        "exchanges": [exchange(200)],
        "observed": {f"{DONE}::{SERVED}": {"held": 1, "first_held": 0, "problems": []}},
        "readings": [],
    }


def probed(status: int) -> Json:
    return {"kind": "probe", "target": "lab", "operation": "toy/act", "exchange": exchange(status)}


def head(number: int, changes: Json) -> Json:
    """Return the head of a shard; a key with a dot leads into an object, one with a colon into the only target."""
    made = copy.deepcopy(HEAD)
    made["targets"][0]["share"] = [f"{DONE}::{NAMES[number - 1]}"]
    for key, value in {"run.shard": f"{number}/{SHARDS}", **changes}.items():
        part, _, name = key.partition(".")
        (made["targets"][0] if part == "target" else made[part])[name] = value
    return made


@pytest.fixture
def shard(tmp_path: Path) -> Callable[..., Path]:
    """Write the journal of a shard into a folder of its own, and return the folder."""

    def write(
        number: int, *entries: Json, changes: Json | None = None, folder: str = "", end: Json | None = END
    ) -> Path:
        path = tmp_path / (folder or f"s{number}")
        path.mkdir()
        with Journal(path / FILE_NAME) as journal:
            for entry in [head(number, changes or {}), *entries, *([end] if end else [])]:
                journal.write(entry)
        return path

    return write


def merged(tmp_path: Path, *folders: Path) -> Json:
    """Merge shards and return the report, which is held against the published schema on the way."""
    merge(parts_in(folders), tmp_path / FILE_NAME)
    document = Judged(read(tmp_path / FILE_NAME)).document()
    assert list(find_problems(document)) == []
    return document


def outcomes(document: Json) -> list[str]:
    return [check["outcome"] for check in document["targets"][0]["requirements"][0]["checks"]]


def test_shards_become_one_whole_run(shard: Callable[..., Path], tmp_path: Path) -> None:
    document = merged(tmp_path, *[shard(number, decided(name), probed(404)) for number, name in enumerate(NAMES, 1)])

    assert outcomes(document) == ["passed"] * 4
    assert document["verdict"] == "conformant"
    assert document["run"] == {
        **{key: value for key, value in HEAD["run"].items() if key != "shard"},
        "duration_s": 2.5,
        "requests": 4,
        "complete": True,
        "partial": False,
        "exit_code": 0,
    }


def test_a_shard_by_itself_speaks_of_its_own_checks(shard: Callable[..., Path]) -> None:
    document = Judged(read(shard(2, decided("second"), probed(404)) / FILE_NAME)).document()

    checks = document["targets"][0]["requirements"][0]["checks"]
    assert outcomes(document) == ["not_run", "passed", "not_run", "passed"]
    assert checks[0]["message"] == "it is decided in another shard; this is shard 2/3"
    assert (document["verdict"], document["run"]["shard"]) == ("conformant", "2/3")


def test_an_observer_that_saw_nothing_leaves_it_to_the_other_shards(shard: Callable[..., Path]) -> None:
    document = Judged(read(shard(2, {**decided("second"), "observed": {}}, probed(404)) / FILE_NAME)).document()

    check = document["targets"][0]["requirements"][0]["checks"][3]
    assert (check["outcome"], document["verdict"]) == ("not_run", "conformant")
    assert check["message"] == "no answer of this shard was of the kind that this check looks at; this is shard 2/3"


def test_a_shard_that_did_not_come_to_its_own_checks_is_not_fully_verified(shard: Callable[..., Path]) -> None:
    document = Judged(read(shard(2, end=None) / FILE_NAME)).document()

    assert document["verdict"] == "not-fully-verified"


def test_a_failure_in_a_shard_is_one_of_the_whole(shard: Callable[..., Path], tmp_path: Path) -> None:
    folders = [shard(1, decided("first")), shard(2, decided("second", "failed")), shard(3, decided("third"))]

    assert merged(tmp_path, *folders)["verdict"] == "non-conformant"


def test_a_shard_that_was_killed_leaves_its_rest_not_run(shard: Callable[..., Path], tmp_path: Path) -> None:
    killed = shard(3, end=None)
    with (killed / FILE_NAME).open("ab") as journal:
        journal.write(b'{"kind":"check","target":"lab","check":"toy/act/do')

    document = merged(tmp_path, shard(1, decided("first")), shard(2, decided("second")), killed)

    assert outcomes(document) == ["passed", "passed", "not_run", "passed"]
    assert (document["verdict"], document["run"]["complete"]) == ("not-fully-verified", False)


@pytest.mark.parametrize("granting", [1, 2, 3])
def test_what_one_probe_was_granted_takes_back_the_passes_of_all_shards(
    shard: Callable[..., Path], tmp_path: Path, granting: int
) -> None:
    folders = [
        shard(number, decided(name), probed(200 if number == granting else 404)) for number, name in enumerate(NAMES, 1)
    ]

    document = merged(tmp_path, *folders)

    assert outcomes(document) == ["inconclusive"] * 4
    # Three checks and one probe, as in a run without shards.
    assert document["run"]["requests"] == 4


def test_one_probe_is_enough_although_the_other_shards_had_none(shard: Callable[..., Path], tmp_path: Path) -> None:
    folders = [shard(1, decided("first"), probed(200)), shard(2, decided("second")), shard(3, decided("third"))]

    assert outcomes(merged(tmp_path, *folders)) == ["inconclusive"] * 4


def test_problems_of_the_suite_are_kept(shard: Callable[..., Path], tmp_path: Path) -> None:
    broken = shard(3, end={**END, "problems": ["E   ImportError: no such module"]})

    document = merged(tmp_path, shard(1, decided("first")), shard(2, decided("second")), broken)

    assert outcomes(document)[2] == "error"


def test_a_selection_stays_one(shard: Callable[..., Path], tmp_path: Path) -> None:
    only: Json = {"options.--only": ["toy/*"]}
    folders = [shard(number, decided(name), changes=only) for number, name in enumerate(NAMES, 1)]

    assert merged(tmp_path, *folders)["run"]["partial"]


def test_it_began_when_its_first_shard_did_and_took_as_long_as_the_longest(
    shard: Callable[..., Path], tmp_path: Path
) -> None:
    early = shard(2, changes={"run.started": "2026-03-01T09:29:00+00:00"}, end={**END, "duration_s": 9.5})

    run = merged(tmp_path, shard(1), early, shard(3))["run"]

    assert (run["started"], run["duration_s"]) == ("2026-03-01T09:29:00+00:00", 9.5)


def test_each_machine_may_have_its_own_server_on_its_loopback(shard: Callable[..., Path], tmp_path: Path) -> None:
    there = shard(2, decided("second"), changes={"target.base_url": "http://127.0.0.1:4002"})

    document = merged(tmp_path, shard(1, decided("first")), there, shard(3, decided("third")))

    assert document["targets"][0]["base_url"] == "http://127.0.0.1:4001"


def test_an_address_from_which_a_secret_was_taken_is_compared_as_it_stands(
    shard: Callable[..., Path], tmp_path: Path
) -> None:
    changes = {"target.base_url": "https://tenant-[redacted].toy.test"}
    folders = [shard(number, changes=changes) for number in (1, 2, 3)]

    assert merged(tmp_path, *folders)["targets"][0]["base_url"] == changes["target.base_url"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"run.seed": 8}, "--seed is 8, not 7"),
        ({"run.suite_version": "2.0"}, "the version of the suite is 2.0, not 1.0"),
        ({"run.catalogue_sha256": "1" * 64}, f"the digest of the catalogue is {'1' * 64}, not {'0' * 64}"),
        ({"run.proof": "stale"}, "the standing of the proof is stale, not fresh"),
        ({"options.--fuzz-examples": 5}, "--fuzz-examples is 5, not 20"),
        ({"options.--only": ["toy/act/*"]}, r'--only is \["toy/act/\*"\], not \[\]'),
        ({"target.name": "other"}, r'the list of targets is \["other"\], not \["lab"\]'),
        ({"target.base_url": "https://toy.test"}, r"the target lab is .*https://toy\.test"),
        ({"target.base_url": "http://127.0.0.1:4001/v2"}, r"the target lab is .*127\.0\.0\.1/v2"),
        ({"target.lacks": ["org"]}, r'the target lab is .*"lacks": ."org".'),
    ],
)
def test_a_shard_of_another_run_is_named_with_what_differs(
    shard: Callable[..., Path], changes: Json, message: str
) -> None:
    folders = [shard(1), shard(2, changes=changes), shard(3)]

    with pytest.raises(UsageError, match=rf"s2 \(shard 2/3\) is no shard of the same run as .*s1 .*: {message}"):
        parts_in(folders)


def test_missing_shards_are_named(shard: Callable[..., Path]) -> None:
    with pytest.raises(UsageError, match=r"of the shards of this run some are missing: 1/3, 3/3"):
        parts_in([shard(2)])


def test_the_same_shard_twice_is_named(shard: Callable[..., Path]) -> None:
    with pytest.raises(UsageError, match=r"again \(shard 1/3\) and .*s1 \(shard 1/3\) are the same shard"):
        parts_in([shard(1), shard(2), shard(3), shard(1, folder="again")])


def test_shards_of_how_many_must_agree(shard: Callable[..., Path]) -> None:
    with pytest.raises(UsageError, match=r"s2 \(shard 2/4\) and .*s1 \(shard 1/3\) are shards of different runs"):
        parts_in([shard(1), shard(2, changes={"run.shard": "2/4"}), shard(3)])


def test_a_whole_run_is_no_shard(shard: Callable[..., Path], tmp_path: Path) -> None:
    merge(parts_in([shard(1), shard(2), shard(3)]), tmp_path / FILE_NAME)

    with pytest.raises(UsageError, match="holds a whole run and no shard"):
        parts_in([tmp_path])


def test_a_folder_without_a_journal_is_told(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match=r"none/journal\.jsonl: cannot be read"):
        parts_in([tmp_path / "none"])
