"""`assay run` as a user runs it: a process, real servers, exit codes and files."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from assay.reference.hosting import EmbeddedServers
from assay.report.schema import find_problems
from tests.patience import FOR_EVER_S, PLENTY_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from assay.reference.hosting import Address
    from tests.cli.conftest import Called

RUN = (sys.executable, "-m", "assay", "run")
TOKEN = "a-token-that-must-not-leak"


class Run:
    """One finished run: exit code, output and report."""

    def __init__(self, done: subprocess.CompletedProcess[str], folder: Path) -> None:
        self.code = done.returncode
        self.out = done.stdout
        self.err = done.stderr
        self.folder = folder

    @cached_property
    def report(self) -> dict[str, Any]:
        report: dict[str, Any] = json.loads((self.folder / "report.json").read_text())
        assert list(find_problems(report)) == []
        return report

    def requirements(self) -> dict[str, dict[str, Any]]:
        return {each["id"]: each for target in self.report["targets"] for each in target["requirements"]}

    def outcomes(self) -> dict[str, str]:
        return {name: each["outcome"] for name, each in self.requirements().items() if each["outcome"] != "not_run"}

    def files(self) -> str:
        return "".join(path.read_text(errors="replace") for path in self.folder.iterdir())


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV"))}
    return {**kept, "NO_PROXY": "127.0.0.1", **more}


@pytest.fixture
def assay(tmp_path: Path) -> Callable[..., Run]:
    def run(*arguments: str, **environ: str) -> Run:
        folder = tmp_path / "reports"
        done = subprocess.run(
            [*RUN, "--report-dir", str(folder), *arguments],
            cwd=tmp_path,
            env=environment(**environ),
            capture_output=True,
            text=True,
            timeout=FOR_EVER_S,
            check=False,
        )
        return Run(done, folder)

    return run


@pytest.fixture
def target(tmp_path: Path) -> Callable[..., str]:
    """Write a target file and return its path."""

    def write(base_url: str, *more: str, contract: str = "vcf", name: str = "lab", token: str = TOKEN) -> str:
        path = tmp_path / f"{name}.toml"
        lines = [
            "[target]",
            f"name = '{name}'",
            f"contract = '{contract}'",
            f"base_url = '{base_url}'",
            f"timeout_s = {PLENTY_S}",
            "[auth]",
            f"token = '{token}'",
            *more,
        ]
        path.write_text("\n".join(lines))
        return str(path)

    return write


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, Address]]:
    with EmbeddedServers() as running:
        yield running


@pytest.fixture
def vcf(servers: dict[str, Address], target: Callable[..., str]) -> Callable[..., str]:
    """Write a target file for the reference server, whose states are set up by `handler`."""

    def write(handler: str = "", name: str = "lab") -> str:
        server = servers["vcf"]
        lines = handler or f"url = '{server.state_handler_url}'"
        return target(server.base_url, "[state_handler]", lines, token=server.token, name=name)

    return write


@pytest.fixture
def always() -> Iterator[Callable[..., str]]:
    """Start a server that answers every request alike, and return its URL."""
    running: list[ThreadingHTTPServer] = []

    def start(status: int, body: bytes = b"", content_type: str = "application/json", **headers: str) -> str:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                echoed = body.replace(b"ECHO", self.headers.get("Authorization", "").encode())
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(echoed)))
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(echoed)

            do_PATCH = do_POST = do_PUT = answer  # noqa: N815 - the names that http.server asks for

            def log_message(self, *_: object) -> None:
                """Stay silent."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        running.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


STATES = ("[states.failed_task]", "always = { task_id = 'a' }", "[states.unfailed_task]", "always = { task_id = 'b' }")


# By default each process of the tests would have its own.
EMBEDDED = pytest.mark.xdist_group("embedded")


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Run]:
    """Judge the embedded servers without workers and with two: the longest part of these tests, done once."""
    runs = {}
    for workers in (0, 2):
        folder = tmp_path_factory.mktemp(f"workers-{workers}")
        arguments = ["--report-dir", str(folder), "--workers", str(workers), "--fuzz-examples", "1"]
        done = subprocess.run(
            [*RUN, *arguments],
            cwd=folder,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=FOR_EVER_S,
            check=False,
        )
        runs[workers] = Run(done, folder)
    return runs


@EMBEDDED
@pytest.mark.parametrize("workers", [0, 2])
def test_the_embedded_servers_are_conformant(embedded: dict[int, Run], workers: int) -> None:
    run = embedded[workers]

    assert (run.code, run.err) == (0, "")
    assert run.report["verdict"] == "conformant"
    assert set(run.outcomes().values()) == {"passed", "inapplicable"}
    assert len(run.outcomes()) == len(run.requirements())


@EMBEDDED
@pytest.mark.parametrize("contract", ["zuora", "vcf", "onedata"])
def test_what_is_planned_is_printed_first_and_is_about_what_is_sent(embedded: dict[int, Run], contract: str) -> None:
    run = embedded[0]

    planned = re.search(rf"^embedded-{contract}: about ([\d,]+) requests", run.out.partition("──")[0], re.MULTILINE)
    assert planned is not None
    assert _sent_to(run, f"embedded-{contract}") == pytest.approx(int(planned[1].replace(",", "")), rel=0.1)


def _sent_to(run: Run, target: str) -> int:
    """Return how many requests a target was sent, those behind the checks included."""
    entries = map(json.loads, (run.folder / "journal.jsonl").read_bytes().splitlines())
    return sum(
        entry.get("requests", 1)
        for entry in entries
        if entry["kind"] in ("check", "probe") and entry["target"] == target
    )


@EMBEDDED
def test_the_outcomes_do_not_depend_on_the_number_of_workers(embedded: dict[int, Run]) -> None:
    assert _without_what_varies(embedded[0]) == _without_what_varies(embedded[2])


def _without_what_varies(run: Run) -> Any:
    return [
        (
            each["id"],
            each["outcome"],
            [(check["name"], check["outcome"], len(check["exchanges"])) for check in each["checks"]],
        )
        for each in run.requirements().values()
    ]


@EMBEDDED
def test_every_kind_of_report_is_written(embedded: dict[int, Run]) -> None:
    written = {path.name for path in embedded[0].folder.iterdir()}

    assert written == {"journal.jsonl", "report.json", "report.html", "junit.xml"}


@EMBEDDED
def test_without_a_terminal_no_escape_sequence_is_printed(embedded: dict[int, Run]) -> None:
    assert "\x1b" not in embedded[2].out
    assert "Conformant" in embedded[2].out


def test_a_selection_speaks_of_the_selected_requirements(assay: Callable[..., Run], vcf: Callable[..., str]) -> None:
    run = assay("--target", vcf(), "--only", "*/unfailed-task", "--workers", "0")

    assert run.code == 0
    assert run.outcomes() == {"vcf/retry-task/unfailed-task": "passed"}
    assert run.report["run"]["partial"]
    assert run.report["verdict"] == "conformant"


def test_without_generated_requests_nothing_reads_as_green(assay: Callable[..., Run], vcf: Callable[..., str]) -> None:
    run = assay("--target", vcf(), "--fuzz-examples", "0", "--workers", "0")

    assert run.code == 3
    assert run.report["verdict"] == "not-fully-verified"
    assert "--fuzz-examples 0" in run.out


@pytest.mark.parametrize(
    ("status", "body", "content_type", "right"),
    [
        (200, b"{}", "application/json", set()),
        (200, b"", "application/json", set()),
        (204, b"", "application/json", set()),
        (302, b"", "text/plain", set()),
        (200, b"<html></html>", "text/html", set()),
        # An empty object is a legal Error.
        (404, b"{}", "application/json", {"vcf/retry-task/error-shape-404"}),
        (500, b"{}", "application/json", {"vcf/retry-task/error-shape-500"}),
    ],
)
def test_a_server_that_answers_everything_alike_earns_nothing(
    assay: Callable[..., Run],
    always: Callable[..., str],
    target: Callable[..., str],
    status: int,
    body: bytes,
    content_type: str,
    right: set[str],
) -> None:
    file = target(always(status, body, content_type), *STATES)

    run = assay("--target", file, "--fuzz-examples", "0", "--workers", "0")

    must = {each["id"]: each["outcome"] for each in run.requirements().values() if each["level"] == "must"}
    assert {name for name, outcome in must.items() if outcome == "passed"} == right
    assert run.code in (1, 3)


def test_a_violation_is_shown_with_expectation_and_curl_line(
    assay: Callable[..., Run], always: Callable[..., str], target: Callable[..., str]
) -> None:
    run = assay("--target", target(always(200), *STATES), "--only", "*/unfailed-task", "--workers", "0")

    assert run.code == 1
    assert "expected 409, got 200" in run.out
    assert "curl " in run.out
    assert "$ASSAY_TOKEN" in run.out


def test_the_token_is_in_no_output_although_the_server_sends_it_back(
    assay: Callable[..., Run], always: Callable[..., str], target: Callable[..., str]
) -> None:
    url = always(409, b'{"message": "no rights for ECHO"}', **{"X-Seen": TOKEN})

    run = assay("--target", target(url, *STATES), "--fuzz-examples", "0", "--workers", "0")

    assert run.requirements()
    assert TOKEN not in run.out + run.err + run.files()


def test_a_server_that_is_not_there_is_inconclusive_everywhere(
    assay: Callable[..., Run], target: Callable[..., str]
) -> None:
    run = assay("--target", target("http://127.0.0.1:9", *STATES), "--fuzz-examples", "0", "--workers", "2")

    assert run.code == 4
    assert set(run.outcomes().values()) <= {"inconclusive", "inapplicable"}
    assert "connection refused" in run.out
    assert run.report["verdict"] == "not-fully-verified"


def test_without_states_each_check_says_what_it_misses(
    assay: Callable[..., Run], servers: dict[str, Address], target: Callable[..., str]
) -> None:
    file = target(servers["vcf"].base_url, token=servers["vcf"].token)

    run = assay("--target", file, "--only", "*/failed-task", "--workers", "0")

    assert run.code == 3
    assert "list it in [states.failed_task]" in run.requirements()["vcf/retry-task/failed-task"]["message"]


def test_an_incomplete_run_can_be_accepted(
    assay: Callable[..., Run], servers: dict[str, Address], target: Callable[..., str]
) -> None:
    file = target(servers["vcf"].base_url, token=servers["vcf"].token)

    assert assay("--target", file, "--only", "*/failed-task", "--workers", "0", "--accept-incomplete").code == 0


def test_targets_of_one_run_land_in_one_report(assay: Callable[..., Run], vcf: Callable[..., str]) -> None:
    run = assay("--target", vcf(), "--target", vcf(name="other"), "--only", "*/unfailed-task", "--workers", "0")

    assert run.code == 0
    assert [each["name"] for each in run.report["targets"]] == ["lab", "other"]


def test_a_target_of_which_nothing_is_selected_is_left_out(
    call: Callable[..., Called], vcf: Callable[..., str], target: Callable[..., str], tmp_path: Path
) -> None:
    other = target("http://127.0.0.1:9", contract="onedata", name="other")

    called = call("run", "--target", other, "--target", vcf(), "--only", "vcf/*/unfailed-task", "--workers", "0")

    assert called.err == "assay: other is left out: --only selects nothing of onedata\n"
    assert called.code == 0
    assert [each["name"] for each in json.loads((tmp_path / "reports/report.json").read_text())["targets"]] == ["lab"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--target", "none.toml"], "none.toml: cannot be read: No such file"),
        (["--only", "vcf/nothing"], "--only vcf/nothing: no requirement"),
        (["--workers", "many"], "'many' is neither a whole number"),
        (["--seed", "-1"], "-1 is not in the range"),
        (["--deadline", "0"], "0.0 is not in the range"),
        (["--surprise"], "No such option"),
        (["--report-dir", "/dev/null/x"], "--report-dir /dev/null/x: cannot be written"),
    ],
)
def test_wrong_usage_is_one_message_and_exit_2(call: Callable[..., Called], arguments: list[str], message: str) -> None:
    called = call("run", *arguments)

    assert called.code == 2
    assert message in called.err


@pytest.mark.parametrize(
    ("handler", "problem"),
    [
        ("url = 'http://127.0.0.1:9/'", "connection refused"),
        ("command = ['false']", "exit 1"),
        ("command = ['sleep', '60']\ntimeout_s = 0.5", "no answer after 0.5 s"),
        ("python = 'no_such_module_anywhere:provide'", "ModuleNotFoundError"),
    ],
)
def test_a_state_handler_that_fails_makes_its_checks_untestable(
    assay: Callable[..., Run], vcf: Callable[..., str], handler: str, problem: str
) -> None:
    run = assay("--target", vcf(handler), "--only", "*/failed-task", "--workers", "0")

    failed = run.requirements()["vcf/retry-task/failed-task"]
    assert (run.code, failed["outcome"]) == (3, "untestable")
    assert "'failed_task'" in failed["message"]
    assert problem in failed["message"].lower() + failed["message"]


@pytest.mark.parametrize("workers", ["0", "2"])
def test_what_a_state_handler_fails_to_take_down_is_told(
    assay: Callable[..., Run], vcf: Callable[..., str], tmp_path: Path, servers: dict[str, Address], workers: str
) -> None:
    (tmp_path / "lasting.py").write_text(
        "import json, urllib.request\n"
        "def provide(state, params):\n"
        "    if params.get('action') == 'teardown':\n"
        f"        raise OSError('the vault is locked for {servers['vcf'].token}')\n"
        "    asked = json.dumps({'state': state, 'action': 'setup', 'params': params}).encode()\n"
        f"    with urllib.request.urlopen('{servers['vcf'].state_handler_url}', asked) as answer:\n"
        "        return json.load(answer)\n"
    )
    target = vcf("python = 'lasting:provide'\nteardown = true")

    run = assay("--target", target, "--only", "*/failed-task", "--workers", workers)

    problem = run.report["targets"][0]["problem"]
    assert (run.code, run.report["verdict"]) == (0, "conformant")
    assert problem.startswith("something that was set up may be left behind: state 'failed_task': the state handler")
    assert "the vault is locked for [redacted]" in problem
    assert "may be left behind" in run.out


def test_the_death_of_a_worker_is_an_error_of_the_suite_and_of_one_check(
    assay: Callable[..., Run], vcf: Callable[..., str], tmp_path: Path
) -> None:
    (tmp_path / "deadly.py").write_text(
        "import os\n"
        "def provide(state, params):\n"
        "    if params['requirement'].endswith('/failed-task'):\n"
        "        os._exit(9)\n"
        "    return {'task_id': 'b'}\n"
    )

    run = assay("--target", vcf("python = 'deadly:provide'"), "--only", "*/failed-task", "--only", "*/exact-id")

    assert run.code == 4
    assert run.outcomes()["vcf/retry-task/failed-task"] == "error"
    assert run.outcomes()["vcf/retry-task/exact-id"] != "error"


@pytest.fixture
def underway(
    servers: dict[str, Address], target: Callable[..., str], tmp_path: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a run that reports into `reports`, and wait until it has decided two checks of many and gets on slowly."""
    (tmp_path / "slow.py").write_text(
        "import time\n"
        "asked = []\n"
        "def provide(state, params):\n"
        "    asked.append(state)\n"
        "    time.sleep(3 if len(asked) > 4 else 0)\n"
    )
    handler = ("[state_handler]", "python = 'slow:provide'", f"timeout_s = {PLENTY_S}")
    file = target(servers["vcf"].base_url, *handler, token=servers["vcf"].token)
    journal = tmp_path / "reports" / "journal.jsonl"
    arguments = ["--target", file, "--fuzz-examples", "0", "--workers", "0"]
    with subprocess.Popen([*RUN, *arguments], cwd=tmp_path, env=environment(), stdout=subprocess.DEVNULL) as process:
        _wait_until(lambda: journal.exists() and journal.read_bytes().count(b"\n") > 2, process)
        yield process
        process.kill()


def _wait_until(condition: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + PLENTY_S
    while not condition():
        assert process.poll() is None, "the run ended early"
        assert time.monotonic() < give_up
        time.sleep(0.05)


def _decided(folder: Path) -> list[str]:
    run = Run(subprocess.CompletedProcess([], 0, "", ""), folder)
    assert not run.report["run"]["complete"]
    return [check["outcome"] for each in run.requirements().values() for check in each["checks"]]


def test_what_was_decided_before_a_kill_is_reported(
    underway: subprocess.Popen[bytes], call: Callable[..., Called], tmp_path: Path
) -> None:
    underway.kill()
    underway.wait()

    assert call("report", str(tmp_path / "reports")).code == 0
    outcomes = _decided(tmp_path / "reports")
    assert len(outcomes) - outcomes.count("not_run") >= 2
    assert outcomes.count("not_run") > 5


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_told_to_end_reports_what_was_decided(
    underway: subprocess.Popen[bytes], tmp_path: Path, number: int
) -> None:
    underway.send_signal(number)

    assert underway.wait(PLENTY_S) == 3
    outcomes = _decided(tmp_path / "reports")
    assert len(outcomes) - outcomes.count("not_run") >= 2
    assert outcomes.count("not_run") > 5


def test_a_deadline_ends_the_run_and_leaves_the_rest_not_run(
    assay: Callable[..., Run], vcf: Callable[..., str]
) -> None:
    run = assay("--target", vcf(), "--deadline", "0.01", "--workers", "0", "--fuzz-examples", "0")

    assert set(run.outcomes().values()) <= {"not_run", "inapplicable", "untestable"}
    assert run.code in (3, 4)
