"""What `--tx` takes."""

from __future__ import annotations

import pytest

from assay.exceptions import UsageError
from assay.machines import parse


def test_a_number_before_the_star_makes_as_many_workers() -> None:
    assert [machine.spec for machine in parse(["2*popen", "ssh=me@host//python=python3.12"])] == [
        "popen",
        "popen",
        "ssh=me@host//python=python3.12",
    ]


def test_nothing_is_left_in_a_folder_of_the_other_machine() -> None:
    """What xdist would otherwise do is to make one, `pyexecnetcache`."""
    ssh, own, placed = parse(["ssh=host", "popen", "socket=host:1//chdir=/srv"])

    assert (ssh.tx, own.tx, placed.tx) == ("ssh=host//chdir=.", "popen", "socket=host:1//chdir=/srv")


def test_values_of_environment_variables_are_not_shown() -> None:
    (machine,) = parse(["ssh=host//env:HTTPS_PROXY=me:secret@proxy"])

    assert machine.name == "ssh=host"


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ("sokcet=host:1", "unknown key 'sokcet'; did you mean 'socket'"),
        ("popen//via=proxy", "unknown key 'via'"),
        ("socket=host", "expected socket=HOST:PORT"),
        ("socket=host:http", "expected socket=HOST:PORT"),
        ("socket=host:1//python=python3", "runs in its own Python"),
        ("2*socket=host:1", "a socket server is one worker"),
        ("popen//popen", "duplicate key"),
        ("popen//ssh=host", "expected one of popen"),
        ("python=python3", "expected one of popen"),
        ("_spec=x", "not a valid XSpec key"),
        ("2*", "expected one of popen"),
        ("", "expected one of popen"),
    ],
)
def test_what_cannot_be_a_worker_is_wrong_usage(spec: str, problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        parse([spec])
