"""A secret that comes up late is taken out of what was decided before."""

from __future__ import annotations

import base64
import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

from assay.evidence import Given, SharedSecrets
from assay.journal import FILE_NAME, Journal
from assay.latecomers import KNOWN, Latecomers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOKEN = "9f3c2a7be1d84506a2c5f0d19b7e6433"
LATE = Given("CALLER_TOKEN", TOKEN, "lab")
HEAD = {"kind": "run", "format": "assay-journal/1"}


@pytest.fixture
def shared(tmp_path: Path) -> SharedSecrets:
    """Return what another process of the run shares its secrets through."""
    return SharedSecrets(tmp_path, b"key")


@pytest.fixture
def latecomers(tmp_path: Path) -> Iterator[Latecomers]:
    """Open a journal with its head, for targets of which two are on one host."""
    hosts = {"lab": "lab.test", "lab-as-admin": "lab.test", "other": "other.test"}
    with Journal(tmp_path / FILE_NAME) as journal:
        journal.write(HEAD)
        yield Latecomers(SharedSecrets(tmp_path, b"key"), journal, hosts)


def check(target: str = "lab", body: str = TOKEN, **more: Any) -> dict[str, Any]:
    exchange = {
        "request": {"method": "PUT", "url": "https://lab.test/a", "headers": [["X-A", "b"]], "body": {"text": ""}},
        "response": {"status": 200, "headers": [["X-Echo", f"it is {body}"]], "body": {"bytes": 9, "text": body}},
        "curl": f"curl {body}",
    }
    return {
        "kind": "check", "target": target, "check": "vcf/retry-task/test_a::test_b", "outcome": "failed",
        "message": f"got {body}", "exchanges": [exchange], "observed": {"seen": {"problems": [[0, body]]}}, **more,
    }  # fmt: skip


def entries(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / FILE_NAME).read_text().splitlines()]


def test_what_came_up_while_a_decision_was_on_its_way_is_not_written(
    latecomers: Latecomers, shared: SharedSecrets, tmp_path: Path
) -> None:
    shared.add(LATE)
    latecomers.write(check(known=0))

    (_, written) = entries(tmp_path)
    assert TOKEN not in json.dumps(written)
    assert written["exchanges"][0]["response"]["headers"] == [["X-Echo", "it is [redacted]"]]
    assert (written["target"], written["check"], written["outcome"]) == ("lab", check()["check"], "failed")


def test_what_was_known_where_a_check_ran_is_not_looked_for_again(
    latecomers: Latecomers, shared: SharedSecrets, tmp_path: Path
) -> None:
    shared.add(LATE)
    latecomers.write(check(known=1))

    assert entries(tmp_path) == [HEAD, check()]
    assert KNOWN not in entries(tmp_path)[1]


def test_what_came_up_behind_a_decision_is_taken_out_of_it_at_the_end(
    latecomers: Latecomers, shared: SharedSecrets, tmp_path: Path
) -> None:
    for target in ("lab", "lab-as-admin", "other"):
        latecomers.write(check(target, known=0))
    latecomers.write({"kind": "probe", "target": "lab", "operation": "o", "exchange": check()["exchanges"][0]})
    shared.add(LATE)
    latecomers.write(check("other", known=1))
    latecomers.clean()
    latecomers.write({"kind": "end"})

    found = entries(tmp_path)
    # A token is looked for on the host that may have got it.
    assert [TOKEN in json.dumps(entry) for entry in found] == [False, False, False, True, False, True, False]
    assert [entry["kind"] for entry in found] == ["run", "check", "check", "check", "probe", "check", "end"]


def test_it_is_found_in_bytes_that_are_no_text(latecomers: Latecomers, shared: SharedSecrets, tmp_path: Path) -> None:
    bodies = [{"base64": base64.b64encode(data).decode()} for data in (b"\xff" + TOKEN.encode(), gzip.compress(b"{}"))]
    exchanges = [{"response": {"body": body}} for body in bodies]
    latecomers.write(check(exchanges=exchanges, known=0))
    shared.add(LATE)
    latecomers.clean()

    written = [base64.b64decode(each["response"]["body"]["base64"]) for each in entries(tmp_path)[1]["exchanges"]]
    assert written == [b"\xff[redacted]", gzip.compress(b"{}")]


def test_a_journal_in_which_nothing_is_found_is_left_as_it_is(
    latecomers: Latecomers, shared: SharedSecrets, tmp_path: Path
) -> None:
    latecomers.write(check(body="harmless", known=0))
    before = (tmp_path / FILE_NAME).stat()
    shared.add(LATE)
    latecomers.clean()

    assert (tmp_path / FILE_NAME).stat().st_ino == before.st_ino
    assert entries(tmp_path) == [HEAD, check(body="harmless")]
