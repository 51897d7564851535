"""`assay doctor` as a user sees it: a line for each step, advice, and an exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from assay.reference.hosting import EmbeddedServers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from assay.reference.hosting import Address
    from tests.cli.conftest import Called


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, Address]]:
    with EmbeddedServers() as running:
        yield running


@pytest.fixture
def lab(tmp_path: Path, servers: dict[str, Address], monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Write a target file for a reference server, whose handler makes all states, and return its name."""

    def write(contract: str = "vcf", *, place: str = "env:LAB_TOKEN") -> str:
        server = servers[contract]
        monkeypatch.setenv("LAB_TOKEN", server.token)
        (tmp_path / "lab.toml").write_text(
            f'[target]\nname = "lab"\ncontract = "{contract}"\nbase_url = "{server.base_url}"\n'
            f'[auth]\ntoken = "{place}"\n'
            f'[state_handler]\nurl = "{server.state_handler_url}"\nteardown = true\n'
        )
        return "lab.toml"

    return write


@pytest.mark.parametrize("contract", ["zuora", "vcf", "onedata"])
def test_a_server_that_is_ready_is_ok_in_every_step(
    call: Callable[..., Called], lab: Callable[..., str], contract: str
) -> None:
    called = call("doctor", "--target", lab(contract))

    first, *steps = [line for line in called.out.splitlines() if not line.startswith(" ") and line]
    assert called.code == 0
    assert first.startswith("lab at http://127.0.0.1:")
    assert {line[:5] for line in steps} == {"✓ ok "}
    assert list(dict.fromkeys(line.split()[2] for line in steps)) == [
        "file", "name", "connection", "TLS", "credentials", "states", "exchange",
    ]  # fmt: skip
    assert "nothing was changed" in " ".join(called.out.split())


def test_the_first_failure_ends_it_with_advice_and_exit_code_1(
    call: Callable[..., Called], lab: Callable[..., str]
) -> None:
    called = call("doctor", "--target", lab(place="not-the-token"))

    assert called.code == 1
    assert "! note  file" in called.out
    assert "✗ wrong credentials  answered 401 with the token, 401 without\n" in called.out
    assert "The server does not take the token." in called.out
    assert "  not looked at: states, exchange\n" in called.out
    assert "not-the-token" not in called.out


def test_a_mistake_in_the_file_has_exit_code_2(call: Callable[..., Called], tmp_path: Path) -> None:
    (tmp_path / "lab.toml").write_text('[target]\nname = "lab"\ncontract = "vcf"\n')

    called = call("doctor", "--target", "lab.toml")

    assert called.code == 2
    assert "✗ wrong file         lab.toml: target.base_url: is missing; expected a string\n" in called.out
    assert "  not looked at: name, connection, TLS, credentials, states, exchange\n" in called.out


def test_an_address_that_nobody_can_connect_to_has_exit_code_2(call: Callable[..., Called], tmp_path: Path) -> None:
    (tmp_path / "lab.toml").write_text('[target]\nname = "lab"\ncontract = "vcf"\nbase_url = "http://[v1.x]"\n')

    called = call("doctor", "--target", "lab.toml")

    assert called.code == 2
    assert "✗ wrong file         lab.toml: target.base_url: expected an http or https URL," in called.out
    assert "  not looked at: name, connection," in called.out


def test_each_target_is_looked_at_and_the_worst_decides(call: Callable[..., Called], lab: Callable[..., str]) -> None:
    called = call("doctor", "--target", "missing.toml", "--target", lab())

    assert called.code == 2
    assert "✗ wrong file         missing.toml: cannot be read" in called.out
    assert "✓ ok    exchange" in called.out


def test_a_folder_stands_for_the_target_files_in_it(
    call: Callable[..., Called], lab: Callable[..., str], tmp_path: Path
) -> None:
    (tmp_path / "another.toml").write_text("[target]\nname = 'another'\n")
    lab()

    called = call("doctor", "--target", ".")

    assert called.code == 2
    assert "another.toml\n✗ wrong file         another.toml: target.contract: is missing" in called.out
    assert "lab at http://127.0.0.1:" in called.out
    assert "✓ ok    exchange" in called.out


def test_a_folder_without_a_target_file_is_wrong_and_keeps_nobody_from_looking_at_the_others(
    call: Callable[..., Called], lab: Callable[..., str], tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()

    called = call("doctor", "--target", "empty", "--target", lab())

    assert called.code == 2
    assert "✗ wrong file         empty: this folder holds no target file (*.toml)" in called.out
    assert "✓ ok    exchange" in called.out


def test_two_targets_of_one_name_are_wrong_as_they_are_for_a_run(
    call: Callable[..., Called], lab: Callable[..., str], tmp_path: Path
) -> None:
    (tmp_path / "copy.toml").write_text((tmp_path / lab()).read_text())

    called = call("doctor", "--target", "lab.toml", "--target", "copy.toml")

    assert called.code == 2
    assert "copy.toml: target.name: 'lab' is the name of lab.toml already" in " ".join(called.out.split())


def test_tokens_of_states_are_not_shown(call: Callable[..., Called], lab: Callable[..., str]) -> None:
    called = call("doctor", "--target", lab("onedata"), "--only", "*/forbidden-caller")

    assert called.code == 0
    assert "token=(a token, not shown)" in called.out


def test_a_pattern_may_be_for_one_of_the_targets(
    call: Callable[..., Called], lab: Callable[..., str], tmp_path: Path, servers: dict[str, Address]
) -> None:
    text = (tmp_path / lab("onedata", place=servers["onedata"].token)).read_text()
    (tmp_path / "other.toml").write_text(text.replace('"lab"', '"other"'))

    called = call("doctor", "--target", lab("vcf"), "--target", "other.toml", "--only", "vcf/*/error-shape-404")

    assert called.code == 0
    assert called.out.startswith("lab at ")
    assert "onedata" not in called.out
    assert called.err == "assay: other is left out: --only selects nothing of onedata\n"


def test_only_the_states_of_what_is_selected_are_asked_for(
    call: Callable[..., Called], lab: Callable[..., str]
) -> None:
    called = call("doctor", "--target", lab(), "--only", "*/error-shape-404")

    assert [line.split()[3] for line in called.out.splitlines() if " states " in line] == ["unknown_task:"]


def test_no_text_of_a_file_moves_the_cursor(call: Callable[..., Called], tmp_path: Path) -> None:
    (tmp_path / "lab.toml").write_text(
        '[target]\nname = "la\\u001b[2Jb"\ncontract = "vcf"\nbase_url = "http://no-such-host.invalid"\n'
    )

    called = call("doctor", "--target", "lab.toml")

    assert called.code == 1
    assert "\x1b" not in called.out


def test_in_a_log_without_unicode_the_marks_are_plain(
    lab: Callable[..., str], monkeypatch: pytest.MonkeyPatch, call: Callable[..., Called]
) -> None:
    monkeypatch.setattr("rich.console.Console.encoding", property(lambda _: "ascii"))

    called = call("doctor", "--target", lab(place="not-the-token"))

    assert "+ ok    name" in called.out
    assert "x wrong credentials" in called.out
