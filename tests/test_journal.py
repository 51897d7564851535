"""A journal keeps what was decided, whatever becomes of the run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assay.exceptions import ReportError, UnwritableError, UsageError
from assay.journal import FORMAT, Journal, append, entries_of, lines, read

HEAD = {"kind": "run", "format": FORMAT}


def decided(name: str, outcome: str = "passed", target: str = "t") -> dict[str, str]:
    return {"kind": "check", "target": target, "check": name, "outcome": outcome}


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with Journal(path) as journal:
        journal.write(HEAD)
        journal.write(decided("a"))
        journal.write({"kind": "end", "interrupted": False})

    record = read(path)

    assert record.run == HEAD
    assert record.of("t").checks["a"]["outcome"] == "passed"
    assert record.end == {"kind": "end", "interrupted": False}


def test_each_decision_is_on_the_disk_before_the_next_is_made(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with Journal(path) as journal:
        journal.write(HEAD)
        journal.write(decided("a"))

        assert list(read(path).of("t").checks) == ["a"]


def test_a_line_that_was_cut_short_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text(json.dumps(HEAD) + "\n" + json.dumps(decided("a")) + "\n" + json.dumps(decided("b"))[:-9])

    record = read(path)

    assert list(record.of("t").checks) == ["a"]
    assert record.end is None


def test_a_run_that_goes_on_keeps_whole_lines_and_cuts_off_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    long = decided("a" * 200_000)
    path.write_text(json.dumps(HEAD) + "\n" + json.dumps(decided("a")) + "\n" + json.dumps(long)[:-9])

    with Journal(path, goes_on=True) as journal:
        journal.write(decided("b"))

    assert [entry.get("check") for entry in entries_of(path)] == [None, "a", "b"]
    assert path.read_text().count("\n") == 3


def test_a_new_run_keeps_nothing(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text("something old\n")

    with Journal(path) as journal:
        journal.write(HEAD)

    assert path.read_text() == '{"kind":"run","format":"assay-journal/1"}\n'


def test_what_a_worker_appends_is_a_line_of_its_own_even_behind_half_a_line(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text(json.dumps(HEAD) + "\n" + json.dumps(decided("a"))[:-9])

    append(path, decided("b"))

    assert [entry.get("check") for entry in entries_of(path)] == [None, "b"]


def test_two_runs_do_not_write_into_one_journal(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with Journal(path) as journal, pytest.raises(UsageError, match="another run is writing there"), Journal(path):
        journal.write(HEAD)

    assert path.read_text() == ""


def test_a_run_that_is_gone_on_with_has_not_ended(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with Journal(path) as journal:
        for entry in (HEAD, {"kind": "end", "interrupted": True}, {"kind": "resumed"}):
            journal.write(entry)

    assert read(path).end is None


def test_a_disk_that_is_full_is_told() -> None:
    with (
        Journal(Path("/dev/full")) as journal,
        pytest.raises(ReportError, match="/dev/full: cannot be written: No space left on device"),
    ):
        journal.write(HEAD)


def test_behind_an_entry_that_could_not_be_written_none_is(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.symlink_to("/dev/full")
    with Journal(path) as journal:
        with pytest.raises(UnwritableError):
            journal.write(HEAD)
        path.unlink()

        with pytest.raises(UnwritableError):
            journal.write(decided("a", "passed"))


def test_a_worker_that_cannot_note_what_it_takes_says_where() -> None:
    with pytest.raises(UnwritableError, match="/dev/full: cannot be written: No space left on device"):
        append(Path("/dev/full"), decided("a", "passed"))


def test_lone_surrogates_do_not_stop_the_journal(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with Journal(path) as journal:
        journal.write(HEAD)
        journal.write(decided("a", "\ud800"))

    assert read(path).of("t").checks["a"]["outcome"] == "?"


def test_the_entries_of_each_target_are_found_among_those_of_others(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    names = ["t", 'an "odd" \\ näme\u2028', "t2"]
    with Journal(path) as journal:
        journal.write(HEAD)
        for check in ("a", "b"):
            for name in names:
                journal.write(decided(check, name, name))
        journal.write({"kind": "probe", "target": "t2", "operation": "toy/act"})

    record = read(path)

    assert [record.of(name).checks["b"]["outcome"] for name in names] == names
    assert list(record.of("t2").probes) == ["toy/act"]
    assert record.of("unknown").checks == {}


def test_the_later_of_two_decisions_counts(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with Journal(path) as journal:
        journal.write(HEAD)
        journal.write(decided("a"))
        journal.write({"kind": "taken", "target": "t", "state": "task", "position": 0, "check": "a"})
        journal.write(decided("a", "failed"))

    assert read(path).of("t").checks == {"a": decided("a", "failed")}


def test_a_run_that_goes_on_has_not_ended(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with Journal(path) as journal:
        journal.write(HEAD)
        journal.write({"kind": "end", "interrupted": True})
        journal.append(b"\n")
        journal.write({"kind": "resumed", "started": "2026-03-01T09:30:00+00:00"})

    assert read(path).end is None


def test_a_line_within_which_another_begins_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text("\n".join([json.dumps(HEAD), '{"kind":"check","target":"t","che{"kind":"end"}', ""]))

    record = read(path)

    assert record.of("t").checks == {}
    assert record.end is None


def test_the_entries_of_a_journal_can_be_copied_as_they_stand(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with Journal(path) as journal:
        journal.write(HEAD)
        journal.write(decided("a"))
        journal.append(b'{"kind":"che\n')
        journal.write({"kind": "end", "interrupted": False})

    assert [json.loads(line) for line in lines(path)] == [decided("a")]


@pytest.mark.parametrize("content", ["", "{}\n", "nonsense\n", '{"kind": "run", "format": "other/1"}\n'])
def test_another_file_is_no_journal(tmp_path: Path, content: str) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text(content)

    with pytest.raises(ReportError, match="is not a journal"):
        read(path)


def test_a_missing_journal_is_told(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="cannot be read: No such file"):
        read(tmp_path / "journal.jsonl")
