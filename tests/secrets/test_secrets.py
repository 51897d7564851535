"""Nothing that a run writes, prints or hands to a process gives a secret away, whatever a server does with it."""

from __future__ import annotations

import base64
import json
import os
import pty
import re
import shutil
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from assay import catalogue
from assay.evidence import Redactor, known_secrets, record
from assay.model import SentRequest
from assay.report.forms import FORMS, files_of
from assay.target import Target
from assay.transport import Transport
from tests.patience import PLENTY_S

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Json
    from tests.secrets.conftest import LeakyServer, Scan, Written

    Leaky = Callable[..., LeakyServer]

HEX = "9f3c2a7be1d84506a2c5f0d19b7e6433"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
AWKWARD = "aB3+/=&<>\"'%x9Kq%41zLm7=Q"
OTHER, THIRD = "c81e0b6d5a4f4e3f9d27b6a8e0f1c359", "kJ8+vB/2mQx5Lr9sT1w=="
EVERYTHING = ("--formats", "all")
# Some look at the arguments of every process, and others hand a token to a shell.
pytestmark = pytest.mark.xdist_group("secrets")

ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes under /proc")


class Done:
    """What came of a run: its exit code, every file that it wrote and what it printed on a terminal."""

    def __init__(self, code: int, printed: bytes, folder: Path) -> None:
        self.code = code
        self.files = {path.name: path.read_bytes() for path in folder.iterdir()}
        self.everything = {"terminal": printed, **self.files}

    def exchanges(self) -> list[Json]:
        report = json.loads(self.files["report.json"])
        requirements = [each for target in report["targets"] for each in target["requirements"]]
        return [exchange for each in requirements for check in each["checks"] for exchange in check["exchanges"]]


def judged(folder: Path, target: str, *arguments: str, **environ: str) -> Done:
    """Judge a target on a terminal."""
    (folder / "target.toml").write_text(target)
    ours, theirs = pty.openpty()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV"))}
    place = {"TMPDIR": str(folder / "temporary"), "NO_PROXY": "127.0.0.1", "TERM": "xterm-256color"}
    printed = bytearray()
    reader = threading.Thread(target=read_until_the_end, args=(ours, printed))
    reader.start()
    done = subprocess.run(
        [sys.executable, "-m", "assay", "run", "--target", "target.toml", "--workers", "2", *EVERYTHING, *arguments],
        cwd=folder, env={**kept, **place, **environ}, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs,
        timeout=PLENTY_S, check=False,
    )  # fmt: skip
    os.close(theirs)
    reader.join()
    os.close(ours)
    return Done(done.returncode, bytes(printed), folder / "reports")


def read_until_the_end(descriptor: int, printed: bytearray) -> None:
    while True:
        try:
            printed += os.read(descriptor, 65536)
        except OSError:  # the other end of a terminal is closed
            return


def recorded(server: LeakyServer, redactor: Redactor) -> dict[str, bytes]:
    """Ask for every leak, and return each exchange as a report has it."""
    transport = Transport(Target("lab", "vcf", server.url, timeout_s=PLENTY_S), pacing=None)
    request = SentRequest("GET", f"{server.url}/tasks", (("Host", "127.0.0.1"),))
    exchanges = {name: transport.exchange(request) for name in server.names}
    transport.close()
    return {name: json.dumps(record(each, redactor)).encode() for name, each in exchanges.items()}


# The scan itself


@pytest.mark.parametrize("secret", [HEX, JWT, AWKWARD])
def test_the_scan_finds_a_secret_in_whatever_form_it_is_planted(scan: Scan, written: Written, secret: str) -> None:
    bodies = {
        name: {"text": form.decode()} if form.isascii() else {"base64": base64.b64encode(form).decode()}
        for name, form in written(secret).items()
    }
    missed = [name for name, body in bodies.items() if not scan([json.dumps({"body": body}).encode()], secret)]

    assert missed == []


def test_the_scan_finds_nothing_where_there_is_nothing(scan: Scan, written: Written) -> None:
    assert (
        scan([json.dumps({"body": form.decode("latin-1")}).encode() for form in written(OTHER).values()], HEX) == set()
    )


def test_the_scan_finds_what_is_recorded_by_one_that_knows_no_secret(leaky: Leaky, scan: Scan) -> None:
    kept = recorded(leaky(HEX), Redactor([]))

    hidden = {name for name, each in kept.items() if not scan([each], HEX)}
    # Cookies are always replaced, what no HTTP is is never quoted, and Brotli cannot be looked into.
    assert hidden == {
        "as a length", "as a link of an interim response", "as the size of a chunk", "in a coding that nobody knows",
        "in a cookie", "in a line without a colon", "in a status line", "in a trailer", "in no answer",
    }  # fmt: skip


# Exchanges


@pytest.mark.parametrize("secret", [HEX, JWT, AWKWARD, THIRD])
def test_no_exchange_gives_a_secret_away(leaky: Leaky, scan: Scan, secret: str) -> None:
    kept = recorded(leaky(secret), Redactor([("VCF_TOKEN", secret)]))

    assert {name: ways for name, each in kept.items() if (ways := scan([each], secret))} == {}


def test_what_a_proxy_sends_back_of_its_credentials_is_redacted() -> None:
    environ = {"HTTP_PROXY": "http://user:p%40ss-W0rd-4711@proxy.test:3128"}
    body = b"407: Basic %b is wrong, p%%40ss-W0rd-4711 is not the password of user"

    known = Redactor(known_secrets(Target("lab", "vcf", "http://lab.test"), catalogue.load()["vcf"], environ))
    kept = known.data(body % base64.b64encode(b"user:p@ss-W0rd-4711"))

    assert kept == b"407: Basic [redacted] is wrong, [redacted] is not the password of user"


def test_of_basic_credentials_the_password_is_a_secret_too() -> None:
    token = base64.b64encode(b"user:W0rd-4711-xyz").decode()
    target = Target("lab", "vcf", "http://lab.test", token=token, auth_scheme="Basic")

    known = Redactor(known_secrets(target, catalogue.load()["vcf"], {}))

    assert known.text("W0rd-4711-xyz is not the password of user") == "[redacted] is not the password of user"


# Runs


STATES = """
[states.task]
always = { task_id = "1" }
[states.workflow]
always = { workflow_definition_id = "12", latest_version = "1.0.0" }
[states.caller_without_run_access]
always = { token = "env:SMALL_TOKEN" }
[states.caller_without_manage_access]
each = [{ token = "file:third.txt" }]
"""


@ON_LINUX
def test_no_output_of_a_run_gives_a_token_away(leaky: Leaky, scan: Scan, tmp_path: Path) -> None:
    server = leaky(JWT, OTHER, THIRD)
    (tmp_path / "third.txt").write_text(f"\n{THIRD}\r\n")

    done = judged(
        tmp_path,
        f'target = {{ name = "lab", contract = "zuora", base_url = "{server.url}", timeout_s = {PLENTY_S} }}\n'
        f'auth = {{ token = "{JWT}" }}\n{STATES}',
        "--only", "zuora/rerun-task/*", "--fuzz-examples", "10",
        SMALL_TOKEN=OTHER,
    )  # fmt: skip

    assert done.code == 1
    assert b"\x1b[" in done.everything["terminal"]
    assert done.files.keys() == {"journal.jsonl", *files_of(FORMS)}
    assert server.served > 50
    assert {name: ways for name, each in done.everything.items() if (ways := scan([each], JWT, OTHER, THIRD))} == {}
    assert scan(server.seen_beside, JWT, OTHER, THIRD) == set()


@ON_LINUX
def test_tokens_that_a_state_handler_gives_are_kept_as_well(leaky: Leaky, scan: Scan, tmp_path: Path) -> None:
    server = leaky(HEX, OTHER)
    (tmp_path / "token.txt").write_text(f"{HEX}\n")
    (tmp_path / "my_states.py").write_text(
        "def provide(state, params):\n"
        "    if state == 'running_execution':\n"
        f"        raise RuntimeError('the token {HEX} is not taken')\n"
        f"    return dict(wid='w1', lane_index=1, lane_run_number=1, token='{OTHER}')\n"
    )

    done = judged(
        tmp_path,
        f'target = {{ name = "lab", contract = "onedata", base_url = "{server.url}", timeout_s = {PLENTY_S} }}\n'
        'auth = { token = "file:token.txt" }\n'
        'state_handler = { python = "my_states:provide", teardown = true }\n',
        "--fuzz-examples", "5",
    )  # fmt: skip

    assert b"the token [redacted] is not taken" in done.files["report.json"]
    assert any(OTHER.encode() in each for each in server.received)
    assert {name: ways for name, each in done.everything.items() if (ways := scan([each], HEX, OTHER))} == {}
    assert scan(server.seen_beside, HEX, OTHER) == set()


@ON_LINUX
@pytest.mark.skipif(not shutil.which("curl") or not shutil.which("bash"), reason="runs curl lines in bash")
@pytest.mark.parametrize(
    ("contract", "requirement", "states", "header"),
    [
        (
            "zuora",
            "zuora/rerun-task/no-permission",
            'task.always = { task_id = "1" }\ncaller_without_run_access.always = { token = "env:SMALL" }',
            "Authorization: Bearer ",
        ),
        (
            "onedata",
            "onedata/rerun-execution/forbidden-caller",
            'forbidden_execution.each = [{ wid = "w", lane_index = 1, lane_run_number = 1, token = "env:SMALL" }]',
            "X-Auth-Token: ",
        ),
    ],
)
def test_a_curl_line_sends_the_token_of_the_variable_that_it_names(
    leaky: Leaky, tmp_path: Path, contract: str, requirement: str, states: str, header: str
) -> None:
    server = leaky(HEX)
    secrets = {"MAIN": AWKWARD, "SMALL": THIRD}
    done = judged(
        tmp_path,
        f'target = {{ name = "lab", contract = "{contract}", base_url = "{server.url}", timeout_s = {PLENTY_S} }}\n'
        f'auth = {{ token = "env:MAIN" }}\n[states]\n{states}\n',
        "--only", requirement,
        **secrets,
    )  # fmt: skip
    lines = {name: line for line in map(curl_of, done.exchanges()) for name in re.findall(r'"\$(\w+)"', line)}
    server.received.clear()

    bash = shutil.which("bash") or "bash"
    for line in lines.values():
        subprocess.run(
            [bash, "-c", line], env={"PATH": os.environ["PATH"], **secrets}, capture_output=True, check=False
        )

    assert "SMALL" in lines
    sent = {each.decode("latin-1").partition(header)[2].partition("\r\n")[0] for each in server.received}
    assert sent == {secrets[name] for name in lines}


def curl_of(exchange: Json) -> str:
    return str(exchange["curl"])
