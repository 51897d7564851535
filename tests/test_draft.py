"""A new target file reads as one, as it is written and with everything filled in."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from assay import catalogue
from assay.draft import Answers, draft
from assay.target import Target, parse_target

CONTRACTS = catalogue.load()
PATH = Path("lab.toml")
SETTING = re.compile(r"^#(?=\S)", re.MULTILINE)
ENVIRONMENT = {
    "LAB_TOKEN": "t0",
    "CALLER_WITHOUT_RUN_ACCESS_TOKEN": "t1",
    "CALLER_WITHOUT_MANAGE_ACCESS_TOKEN": "t2",
    "FORBIDDEN_EXECUTION_TOKEN": "t3",
}


def written(contract: str, **known: Any) -> str:
    answers = Answers(**{"name": "lab", "base_url": "https://lab.example.test", "token": "env:LAB_TOKEN", **known})
    return draft(PATH, CONTRACTS[contract], answers, dict.fromkeys(CONTRACTS[contract].states, 12))


def read(text: str, path: Path = PATH) -> Target:
    return parse_target(path, text, CONTRACTS, ENVIRONMENT)


@pytest.mark.parametrize("contract", sorted(CONTRACTS))
def test_it_reads_as_it_is_written(contract: str) -> None:
    target = read(written(contract))

    assert (target.name, target.contract, target.base_url, target.token) == (
        "lab", contract, "https://lab.example.test", "t0",
    )  # fmt: skip
    assert not target.states
    assert target.state_handler is None


@pytest.mark.parametrize("contract", sorted(CONTRACTS))
def test_it_reads_with_every_setting_uncommented(contract: str, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").touch()

    target = read(SETTING.sub("", written(contract)), tmp_path / "lab.toml")

    assert set(target.states) == set(CONTRACTS[contract].states)
    assert set(target.capabilities) == set(CONTRACTS[contract].capabilities)
    assert target.state_handler is not None
    assert target.state_handler.teardown
    assert target.ca_bundle == tmp_path / "ca.pem"


@pytest.mark.parametrize("contract", sorted(CONTRACTS))
def test_every_state_is_explained(contract: str) -> None:
    text = written(contract).replace("\n# ", " ")

    for name, kind in CONTRACTS[contract].states.items():
        assert f"{name}: {kind.description}" in text


def test_a_state_that_checks_use_up_is_listed_in_sets_with_how_many_a_run_takes() -> None:
    text = written("vcf")

    assert "a whole run takes 12 sets" in text.replace("\n# ", " ")
    assert '#[states.failed_task]\n#each = [{ task_id = "fill-in-1" }, { task_id = "fill-in-2" }]' in text
    assert '#[states.unfailed_task]\n#always = { task_id = "fill-in-1" }' in text


def test_what_the_server_lacks_is_no_comment() -> None:
    target = read(written("zuora", lacks=("multi_org",)))

    assert target.capabilities == {"multi_org": False}


def test_a_server_without_a_token_gets_a_comment_where_one_would_stand() -> None:
    text = written("onedata", token="")

    assert read(text).token is None
    assert '\n#token = "env:ONEDATA_TOKEN"\n' in text


@pytest.mark.parametrize("name", ['say "lab"', "C:\\lab", "Prüfstand 7", "\N{ROCKET} lab", "a\x7fb"])
def test_a_name_may_have_any_character(name: str) -> None:
    assert read(written("vcf", name=name)).name == name
