"""Many targets in one run: who is judged, what all processes share, and that one target does not hold up another."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from assay import catalogue
from tests.patience import PLENTY_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.conftest import Called, Underway, Vendor

    Call = Callable[..., Called]
    Start = Callable[..., Underway]
    WriteTarget = Callable[..., str]

TARGETED = ("--fuzz-examples", "0")
STATES = ("[states.failed_task]\nalways = {task_id = 'a'}", "[states.unfailed_task]\nalways = {task_id = 'b'}")
IN_EACH_FORM = pytest.mark.parametrize("workers", ["0", "2"])


def report_in(folder: Path) -> dict[str, Any]:
    report: dict[str, Any] = json.loads((folder / "reports/report.json").read_text())
    return report


def checks_of(report: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        check
        for target in report["targets"]
        for requirement in target["requirements"]
        for check in requirement["checks"]
    ]


def test_a_folder_stands_for_the_target_files_in_it(call: Call, write_target: WriteTarget, tmp_path: Path) -> None:
    for name in ("b", "c", "a"):
        write_target(*STATES, name=name)
    (tmp_path / "notes.txt").write_text("no target")

    assert call("run", "--target", ".", *TARGETED, "--only", "*/failed-task", "--workers", "0").code == 0
    assert [each["name"] for each in report_in(tmp_path)["targets"]] == ["a", "b", "c"]


def test_a_folder_without_a_target_file_is_wrong_usage(call: Call, tmp_path: Path) -> None:
    (tmp_path / "targets").mkdir()

    called = call("run", "--target", "targets")

    assert called.code == 2
    assert called.err == "assay: targets: this folder holds no target file (*.toml)\n"


@IN_EACH_FORM
def test_no_more_requests_than_allowed_are_sent_by_all_processes(
    call: Call, write_target: WriteTarget, vendor: Vendor, workers: str, tmp_path: Path
) -> None:
    files = [write_target(*STATES, name=name) for name in ("one", "two", "three")]
    arguments = [argument for file in files for argument in ("--target", file)]

    called = call("run", *arguments, *TARGETED, "--max-requests", "25", "--workers", workers)

    assert len(vendor.asked) == 25
    assert called.code in (1, 3)
    cut_off = [check for check in checks_of(report_in(tmp_path)) if "--max-requests 25" in check.get("message", "")]
    assert {check["outcome"] for check in cut_off} == {"not_run"}
    assert all(check["message"].startswith("--max-requests 25 were used up") for check in cut_off)


def test_a_budget_must_be_a_number_above_zero(call: Call) -> None:
    called = call("run", "--max-requests", "0")

    assert called.code == 2
    assert "0 is not in the range" in called.err


def test_the_rate_of_a_target_is_kept_by_all_processes_together(
    call: Call, write_target: WriteTarget, vendor: Vendor
) -> None:
    vendor.delay_s = 0
    rate = 10.0

    call(
        "run", "--target", write_target(*STATES, keys=f"max_requests_per_second = {rate}"), *TARGETED, "--workers", "2"
    )

    # The first one may have been longer on its way than the last one, and an unbounded run takes no time at all.
    assert vendor.times[-1] - vendor.times[0] > (len(vendor.times) - 1) / rate - 2
    assert len(vendor.times) > 40


@pytest.fixture
def hesitant() -> Iterator[Callable[[Callable[[], bool]], str]]:
    """Start a server that keeps everybody waiting until something has come true, and then turns everybody away."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener, ThreadPoolExecutor() as threads:

        def serve(has_come_true: Callable[[], bool]) -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    while not has_come_true():
                        over.wait(0.05)
                    connection.close()

        def start(has_come_true: Callable[[], bool]) -> str:
            threads.submit(serve, lambda: over.is_set() or has_come_true())
            return f"http://127.0.0.1:{listener.getsockname()[1]}"

        yield start
        over.set()
        listener.shutdown(socket.SHUT_RDWR)


def test_a_target_that_does_not_answer_holds_up_no_other(
    call: Call, write_target: WriteTarget, hesitant: Callable[[Callable[[], bool]], str], tmp_path: Path
) -> None:
    journal = tmp_path / "reports/journal.jsonl"
    checks = sum(check.observer is None and not check.fuzz for check in catalogue.load()["vcf"].checks)
    url = hesitant(lambda: journal.exists() and targets_in(journal).count("alive") == 3 * checks)
    dead = write_target(*STATES, name="dead", url=url, keys=f"timeout_s = {PLENTY_S}")
    alive = [write_target(*STATES, name=f"alive-{number}") for number in range(3)]
    arguments = [argument for file in (dead, *alive) for argument in ("--target", file)]

    called = call("run", *arguments, *TARGETED, "--workers", "1")

    assert called.code == 1
    assert targets_in(journal) == ["alive"] * 3 * checks + ["dead"] * checks
    of_the_dead = [check for check in checks_of(report_in(tmp_path))[:60] if "given up" in check.get("message", "")]
    assert {check["outcome"] for check in of_the_dead} == {"inconclusive"}


def targets_in(journal: Path) -> list[str]:
    """Return of which kind of target each check is that is decided, in this order."""
    whole = [line for line in journal.read_text().splitlines(keepends=True) if line.endswith("\n")]
    return [entry["target"].partition("-")[0] for entry in map(json.loads, whole) if entry["kind"] == "check"]


def test_workers_that_die_at_once_are_an_error_of_the_suite(
    call: Call, write_target: WriteTarget, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "deadly").mkdir()
    (tmp_path / "deadly/sitecustomize.py").write_text(
        "import os, sys\nif 'assay.worker' in sys.orig_argv:\n    os._exit(3)\n"
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path / "deadly"), os.environ.get("PYTHONPATH", "")]))

    called = call("run", "--target", write_target(*STATES), *TARGETED, "--workers", "1")

    assert called.code == 4
    errors = [check["message"] for check in checks_of(report_in(tmp_path)) if check["outcome"] == "error"]
    assert set(errors) == {"the suite failed: worker processes died before they began a check of lab"}


WATCH = """
    import os, sys

    def note(event, arguments):
        if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.gethostbyname"):
            said = arguments[1] if event in ("socket.connect", "socket.sendto") else arguments[:2]
            with open(os.environ["CONNECTIONS"], "a") as file:
                file.write(f"{said[0]} {said[1]}\\n")

    sys.addaudithook(note)
"""


@pytest.fixture
def watched(start: Start, tmp_path: Path) -> Callable[..., set[str]]:
    """Run with arguments, and return every host and port that any of its processes has turned to."""
    (tmp_path / "watch").mkdir()
    (tmp_path / "watch/sitecustomize.py").write_text(textwrap.dedent(WATCH))
    path = os.pathsep.join([str(tmp_path / "watch"), os.environ.get("PYTHONPATH", "")])

    def run(*arguments: str, **environ: str) -> set[str]:
        start(*arguments, PYTHONPATH=path, CONNECTIONS=str(tmp_path / "connections"), **environ).output()
        return set((tmp_path / "connections").read_text().splitlines())

    return run


def elsewhere(url: str) -> dict[str, str]:
    """Return headers that name another server in every way."""
    named = dict.fromkeys(("Location", "Content-Location", "URI", "X-Accel-Redirect"), f"{url}/v1/tasks/a")
    more = {"Refresh": f"0; url={url}/", "Link": f"<{url}/>; rel=preload", "Alt-Svc": f'h2="{url[7:]}"; ma=99'}
    return {**named, **more, "Set-Cookie": "a=b; Domain=127.0.0.1"}


@pytest.mark.parametrize("status", [200, 302, 308, 421])
def test_no_server_leads_a_run_to_another_one(
    watched: Callable[..., set[str]], vendors: Callable[[], Vendor], write_target: WriteTarget, status: int
) -> None:
    named, states, other = vendors(), vendors(), vendors()
    named.always = (status, elsewhere(other.url))
    states.always = named.always
    file = write_target("[state_handler]", f"url = '{states.url}/states'", url=named.url)

    found = watched("--target", file, *TARGETED, "--workers", "2", "--max-requests", "30")

    assert found == {f"127.0.0.1 {named.server_port}", f"127.0.0.1 {states.server_port}"}
    assert other.asked == []


def test_behind_a_proxy_only_the_proxy_is_turned_to(
    watched: Callable[..., set[str]], vendor: Vendor, write_target: WriteTarget
) -> None:
    files = [
        write_target(*STATES, name="plain", url="http://far.test"),
        write_target(*STATES, name="secure", url="https://further.test"),
    ]

    found = watched(
        "--target",
        files[0],
        "--target",
        files[1],
        *TARGETED,
        HTTP_PROXY=vendor.url,
        HTTPS_PROXY=vendor.url,
        NO_PROXY="",
    )

    assert found == {f"127.0.0.1 {vendor.server_port}"}
    assert vendor.asked
