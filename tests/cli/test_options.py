"""What several commands take means the same in each of them."""

from __future__ import annotations

import importlib
from typing import Any

import pytest


def told(command: str, option: str) -> dict[str, Any]:
    """Return what a command says of an option."""
    (found,) = [each for each in importlib.import_module(f"assay.cli.{command}").command.params if option in each.opts]
    return {"help": found.help, "metavar": found.metavar, "default": found.default, "type": found.type.to_info_dict()}


@pytest.mark.parametrize(
    ("command", "option"),
    [
        ("plan", "--only"),
        ("plan", "--fuzz-examples"),
        ("plan", "--seed"),
        ("plan", "--shard"),
        ("plan", "--max-requests"),
        ("doctor", "--only"),
        ("doctor", "--fuzz-examples"),
    ],
)
def test_an_option_of_a_run_means_the_same_elsewhere(command: str, option: str) -> None:
    assert told(command, option) == told("run", option)


def test_every_command_that_takes_targets_takes_folders_of_them() -> None:
    assert told("plan", "--target") == told("doctor", "--target")
    assert told("run", "--target")["help"].startswith(told("plan", "--target")["help"])
    assert told("run", "--target")["metavar"] == "FILE|DIR"
