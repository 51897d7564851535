"""An odd address in a target file is either asked or refused before anything is sent; it never is a mistake of ours."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Called, Vendor

ASKED = (
    "HTTP://127.0.0.1:{port}",
    "http://127.0.0.1:{port}///",
    "http://127.0.0.1:{port}/a%20b\\c/../@me;x=1",
    "http://LocalHost:{port}",
)
NOT_REACHED = ("https://127.0.0.1:{port}", "http://[::1]:1", "http://no_such-host.invalid.", "http://xn--a.invalid")
STATES = ("[states.failed_task]\nalways = {task_id = 'a'}", "[states.unfailed_task]\nalways = {task_id = 'b'}")


@pytest.fixture
def judged(
    call: Callable[..., Called], vendor: Vendor, write_target: Callable[..., str], tmp_path: Path
) -> Callable[..., list[dict[str, Any]]]:
    """Judge servers at addresses by one check, and return what became of it for each."""

    def judge(addresses: tuple[str, ...]) -> list[dict[str, Any]]:
        for number, address in enumerate(addresses):
            write_target(*STATES, name=f"lab-{number}", url=address.format(port=vendor.server_port))
        call("run", "--target", ".", "--only", "*/failed-task", "--fuzz-examples", "0", "--workers", "0")
        report = json.loads((tmp_path / "reports/report.json").read_text())
        return [
            check
            for target in report["targets"]
            for requirement in target["requirements"]
            for check in requirement["checks"]
            if check["name"] == "a_failed_task_is_retried"
        ]

    return judge


def test_an_address_that_is_odd_and_right_is_asked(judged: Callable[..., list[dict[str, Any]]]) -> None:
    checks = judged(ASKED)

    assert [check["exchanges"][0]["response"] is not None for check in checks] == [True] * len(ASKED)
    assert {check["outcome"] for check in checks} <= {"passed", "failed"}


def test_an_address_where_nobody_answers_is_inconclusive(judged: Callable[..., list[dict[str, Any]]]) -> None:
    checks = judged(NOT_REACHED)

    assert [check["outcome"] for check in checks] == ["inconclusive"] * len(NOT_REACHED)


@pytest.mark.parametrize("command", ["run", "plan", "doctor"])
@pytest.mark.parametrize(
    "address", ["http://[v1.x]", "http://[::1%25lo]", "http://h:99999", "http://h%2f", "http://h\\x"]
)
def test_an_address_that_cannot_be_asked_ends_every_command_with_exit_code_2(
    call: Callable[..., Called], write_target: Callable[..., str], vendor: Vendor, command: str, address: str
) -> None:
    called = call(command, "--target", write_target(*STATES, url=address))

    assert called.code == 2
    assert "target.base_url: expected an http or https URL" in " ".join((called.out + called.err).split())
    assert vendor.asked == []
