# ruff: noqa: S310 - the URLs are our own

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

import pytest

from assay.exceptions import AssayError
from assay.reference.hosting import EmbeddedServers
from assay.reference.servers import factories, factory_of
from tests.patience import PLENTY_S

if TYPE_CHECKING:
    from assay.reference.hosting import Address


def state_of(address: Address, state: str) -> object:
    request = urllib.request.Request(address.state_handler_url, json.dumps({"state": state}).encode())
    with urllib.request.urlopen(request, timeout=PLENTY_S) as response:
        return json.load(response)


def test_every_contract_has_a_server_with_an_address_and_a_token_of_its_own(servers: dict[str, Address]) -> None:
    assert servers.keys() == factories().keys()
    assert len({address.base_url for address in servers.values()}) == 3
    assert len({address.token for address in servers.values()}) == 3
    assert all(address.base_url.startswith("http://127.0.0.1:") for address in servers.values())


def test_several_servers_of_one_contract_share_nothing() -> None:
    with EmbeddedServers({"one": factory_of("zuora"), "two": factory_of("zuora")}) as servers:
        assert state_of(servers["one"], "task") == state_of(servers["two"], "task")
        assert servers["one"].token != servers["two"].token


def test_the_servers_are_gone_with_the_block() -> None:
    with EmbeddedServers({"vcf": factory_of("vcf")}) as servers:
        address = servers["vcf"]

    with pytest.raises(OSError, match="refused"):
        state_of(address, "failed_task")


def test_tokens_are_not_in_the_arguments_of_the_process() -> None:
    program = (
        "import subprocess; from assay.reference import hosting; real = subprocess.Popen\n"
        "def spy(arguments, **more): print(arguments); return real(arguments, **more)\n"
        "hosting.subprocess.Popen = spy\n"
        "with hosting.EmbeddedServers() as servers: print(*(each.token for each in servers.values()))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=PLENTY_S
    )
    arguments, tokens = shown.stdout.splitlines()

    assert len(tokens.split()) == 3
    assert not any(token in arguments for token in tokens.split())


@pytest.mark.parametrize("missing", ["assay.reference.nowhere:Nothing", "assay.reference.vcf:Nothing"])
def test_a_server_that_does_not_start_is_an_error(missing: str) -> None:
    with (
        pytest.raises(AssayError, match=r"the server x did not start: .*(Nothing|nowhere)"),
        EmbeddedServers({"x": missing}),
    ):
        pass


def test_a_server_that_does_not_start_keeps_no_other_from_it() -> None:
    servers = EmbeddedServers({"x": "assay.reference.vcf:Nothing", "vcf": factory_of("vcf")}, tolerant=True)

    with servers as addresses:
        assert list(addresses) == ["vcf"]
        assert "Nothing" in servers.broken["x"]


def test_a_server_that_takes_too_long_is_given_up() -> None:
    with pytest.raises(AssayError, match="did not start"), EmbeddedServers(startup_s=0.01):
        pass


def is_refused_before_long(url: str) -> bool:
    deadline = time.monotonic() + PLENTY_S
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=PLENTY_S)
        except urllib.error.HTTPError as error:
            error.close()
        except OSError:
            return True
        time.sleep(0.02)
    return False


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL to send")
def test_the_servers_end_when_the_parent_is_killed() -> None:
    program = (
        "import time; from assay.reference.hosting import EmbeddedServers\n"
        "with EmbeddedServers() as servers: print(servers['vcf'].base_url, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        url = parent.stdout.readline().strip()
        parent.kill()

    assert url
    assert is_refused_before_long(url)


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
def test_ctrl_c_for_the_whole_group_leaves_the_servers_to_their_parent() -> None:
    program = (
        "import os, signal; from assay.reference.hosting import EmbeddedServers\n"
        "with EmbeddedServers() as servers:\n"
        "    try: os.killpg(0, signal.SIGINT); signal.pause()\n"
        "    except KeyboardInterrupt: pass\n"
        "    import urllib.request\n"
        "    try: urllib.request.urlopen(servers['vcf'].base_url, timeout=60)\n"
        "    except urllib.error.HTTPError as error: print(error.code); error.close()"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        timeout=PLENTY_S,
        start_new_session=True,
    )

    assert (ran.stdout, ran.stderr) == ("404\n", "")
