"""Every mistake in a target file is named: file, key and what was expected."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assay import catalogue
from assay.exceptions import TargetError
from assay.target import StateEntry, distinct_names, read_target

if TYPE_CHECKING:
    from collections.abc import Callable

    from assay.target import Target

MINIMAL = """
[target]
name = "lab"
contract = "vcf"
base_url = "https://sddc.example.test/"
"""

Read = "Callable[..., Target]"


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Target]:
    def read(text: str, **environ: str) -> Target:
        path = tmp_path / "target.toml"
        path.write_text(text, encoding="utf-8")
        return read_target(path, catalogue.load(), environ)

    return read


def test_a_minimal_file_has_the_documented_defaults(read: Callable[..., Target]) -> None:
    target = read(MINIMAL)

    assert target.base_url == "https://sddc.example.test"
    assert (target.timeout_s, target.max_response_bytes, target.verify_tls) == (10, 10_000_000, True)
    assert (target.token, target.max_requests_per_second, target.state_handler) == (None, None, None)


def test_a_whole_file_is_read(read: Callable[..., Target], tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("-")
    text = """
    [target]
    name = "z"
    contract = "zuora"
    base_url = "http://127.0.0.1:1/front"
    timeout_s = 2.5
    max_requests_per_second = 20
    max_response_bytes = 5_000
    verify_tls = false
    ca_bundle = "ca.pem"
    [auth]
    token = "env:Z_TOKEN"
    [capabilities]
    multi_org = false
    [states.task]
    each = [{ task_id = "1" }, { task_id = 2 }]
    [states.caller_without_run_access]
    always = { token = "env:OTHER" }
    [state_handler]
    command = ["./prepare", "x"]
    teardown = true
    """

    target = read(text, Z_TOKEN="secret-1", OTHER="secret-2")

    assert (target.token, target.token_name) == ("secret-1", "Z_TOKEN")
    assert target.credentials("t") == ("Authorization", "Bearer t")
    assert target.lacks("multi_org")
    assert not target.lacks("multi_entity")
    assert target.states["task"] == StateEntry(each=({"task_id": "1"}, {"task_id": 2}))
    assert target.states["caller_without_run_access"].always == {"token": "secret-2"}
    assert target.state_handler is not None
    assert target.state_handler.command == ("./prepare", "x")
    assert target.ca_bundle == tmp_path / "ca.pem"
    assert "secret" not in repr(target)


def test_a_token_may_come_from_a_file_and_go_out_bare(read: Callable[..., Target], tmp_path: Path) -> None:
    (tmp_path / "token").write_text("abc\n")

    target = read(MINIMAL + '[auth]\ntoken = "file:token"\nscheme = ""\n')

    assert target.credentials(target.token or "") == ("Authorization", "abc")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "target: is missing; expected a table"),
        ("[target", "is not valid TOML"),
        ("x = " + "9" * 5000, "has a number that is too long to be read"),
        ("x = " + "[" * 5000, "is nested too deep to be read"),
        (MINIMAL + "timeout_s = 1e300", "target.timeout_s: expected a number up to 1,000,000"),
        (
            MINIMAL + "max_requests_per_second = 1" + "0" * 400,
            "target.max_requests_per_second: expected a number up to",
        ),
        (MINIMAL + "max_response_bytes = 1" + "0" * 20, "target.max_response_bytes: expected a whole number up to"),
        (MINIMAL + "colour = 1", "target.colour: unknown key"),
        (MINIMAL + "timeout = 1", "target.timeout: unknown key; did you mean 'timeout_s'?"),
        (MINIMAL + "timeout_s = '1'", "target.timeout_s: expected a number, got a string"),
        (MINIMAL + "timeout_s = true", "target.timeout_s: expected a number, got a boolean"),
        (MINIMAL + "timeout_s = nan", "target.timeout_s: expected a number above 0"),
        (MINIMAL + "max_response_bytes = 0", "target.max_response_bytes: expected a whole number above 0"),
        (MINIMAL + "verify_tls = 1", "target.verify_tls: expected true or false, got a whole number"),
        (MINIMAL + "ca_bundle = 'none.pem'", "target.ca_bundle: no such file"),
        (MINIMAL.replace("vcf", "vcfx"), "target.contract: no contract 'vcfx'; did you mean 'vcf'?"),
        (MINIMAL.replace('name = "lab"', ""), "target.name: is missing; expected a string"),
        (MINIMAL.replace("https://", "ftp://"), "target.base_url: expected an http or https URL"),
        (MINIMAL.replace("example.test/", "example.test/?q"), "target.base_url: expected no query"),
        (MINIMAL.replace("sddc.", "u:hidden@sddc."), "target.base_url: holds credentials"),
        (MINIMAL.replace(".test/", ".test:99999/"), "target.base_url: expected an http or https URL"),
        (MINIMAL + "[auth]\ntoken = 'env:NOT_SET'", "auth.token: the environment variable NOT_SET is not set"),
        (MINIMAL + "[auth]\ntoken = 'file:none'", "auth.token: cannot read"),
        (MINIMAL + "[auth]\ntoken = 'file:/dev/zero'", "auth.token: cannot read /dev/zero: it is no file"),
        (MINIMAL + "[auth]\nscheme = 'a\\u000d\\u000aX: y'", "auth.scheme: expected printable ASCII"),
        (MINIMAL + "[auth]\ntoken = ''", "auth.token: expected a string that is not empty"),
        (MINIMAL + "[auth]\ntoken = 'a b'", "auth.token: expected printable ASCII"),
        (MINIMAL + "[capabilities]\nmulti_org = false", "capabilities.multi_org: unknown key"),
        (MINIMAL + "[states.faild_task]\nalways = {}", "states.faild_task: unknown key; did you mean 'failed_task'?"),
        (MINIMAL + "[states.failed_task]\n", "states.failed_task: expected either each"),
        (
            MINIMAL + "[states.failed_task]\neach = {}",
            "states.failed_task.each: expected a list of tables, got a table",
        ),
        (MINIMAL + "[states.failed_task]\neach = ['a']", "states.failed_task.each[0]: expected a table, got a string"),
        (MINIMAL + "[state_handler]\n", "state_handler: expected exactly one of url, command and python"),
        (MINIMAL + "[state_handler]\nurl = 'x'", "state_handler.url: expected an http or https URL"),
        (MINIMAL + "[state_handler]\npython = 'x'", "state_handler.python: expected 'module:function'"),
        (MINIMAL + "[state_handler]\ncommand = []", "state_handler.command: expected a list of strings that is not"),
        (MINIMAL + "[state_handler]\ncommand = ['']", "state_handler.command: expected a list of strings that is not"),
        (MINIMAL + "[state_handler]\ncommand = 'x'", "state_handler.command: expected a list of strings, got a string"),
    ],
)
def test_a_mistake_is_named_with_file_and_key(read: Callable[..., Target], text: str, named: str) -> None:
    with pytest.raises(TargetError) as raised:
        read(text)

    assert "target.toml: " + named in str(raised.value)
    assert "hidden" not in str(raised.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://u:hidden@h",
        "u:hidden@h",
        "http://u:hid/hidden@h",
        "http://u:[hidden@h",
        "ftp://u:hidden@h",
        "http://h/hidden@x y",
    ],
)
@pytest.mark.parametrize("place", ["base_url", "state_handler"])
def test_an_address_that_may_hold_a_password_is_refused_without_being_shown(
    read: Callable[..., Target], url: str, place: str
) -> None:
    handler = f"{MINIMAL}[state_handler]\nurl = '{url}'"
    text = handler if place == "state_handler" else MINIMAL.replace("https://sddc.example.test/", url)

    with pytest.raises(TargetError) as raised:
        read(text)

    assert place in str(raised.value)
    assert "hidden" not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://[v1.x]", "got 'http://[v1.x]': in brackets stands an IPv6 address, without a zone"),
        ("http://[::1%25lo]", "in brackets stands an IPv6 address, without a zone"),
        ("http://h:0", "its port is no number from 1 to 65535"),
        ("http://h/v1#part", "a fragment (#…) is never sent"),
        ("http://b\u00fccher.test", "a host the form that begins with xn--"),
    ],
)
@pytest.mark.parametrize("place", ["target.base_url", "state_handler.url"])
def test_an_address_that_cannot_be_asked_is_refused_with_the_reason(
    read: Callable[..., Target], url: str, why: str, place: str
) -> None:
    handler = f"{MINIMAL}[state_handler]\nurl = '{url}'"
    text = handler if place == "state_handler.url" else MINIMAL.replace("https://sddc.example.test/", url)

    with pytest.raises(TargetError) as raised:
        read(text)

    assert f"{place}: expected an http or https URL, got " in str(raised.value)
    assert why in str(raised.value)


@pytest.mark.parametrize("url", ["https://h?", "https://h/v1?a=1"])
def test_nothing_could_be_appended_behind_a_query(read: Callable[..., Target], url: str) -> None:
    with pytest.raises(TargetError, match=r"base_url: expected no query: the documented path is appended"):
        read(MINIMAL.replace("https://sddc.example.test/", url))


def test_a_path_may_hold_an_at_sign(read: Callable[..., Target]) -> None:
    assert read(MINIMAL.replace("example.test/", "example.test/@me")).base_url == "https://sddc.example.test/@me"


@pytest.mark.parametrize(
    ("place", "with_it"), [('"lab"', '"lab-a-secret"'), ("example.test/", "example.test/%61-secret")]
)
def test_what_stands_in_every_report_does_not_hold_the_token(
    read: Callable[..., Target], place: str, with_it: str
) -> None:
    with pytest.raises(TargetError, match="holds the token"):
        read(MINIMAL.replace(place, with_it) + "[auth]\ntoken = 'a-secret'")


def test_a_token_file_without_a_token_is_a_mistake(read: Callable[..., Target], tmp_path: Path) -> None:
    (tmp_path / "token").write_text("\n")

    with pytest.raises(TargetError, match="token is empty"):
        read(MINIMAL + "[auth]\ntoken = 'file:token'")


def test_a_name_may_hold_a_token_that_is_too_short_to_be_a_secret(read: Callable[..., Target]) -> None:
    assert read(MINIMAL + "[auth]\ntoken = 'lab'").name == "lab"


def test_a_variable_gives_its_name_to_the_token_of_a_state(read: Callable[..., Target]) -> None:
    states = "[states.caller_without_run_access]\nalways = { token = 'env:SMALL' }"

    target = read(MINIMAL.replace('"vcf"', '"zuora"') + states, SMALL="a-token")

    assert target.token_names == {"a-token": "SMALL"}
    assert "a-token" not in repr(target)


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "target.toml").write_bytes(b"\xff")

    with pytest.raises(TargetError, match=r"target\.toml: is not UTF-8 text"):
        read_target(tmp_path / "target.toml", catalogue.load(), {})


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match=r"none\.toml: cannot be read: No such file"):
        read_target(tmp_path / "none.toml", catalogue.load(), {})


def test_two_targets_of_a_run_have_different_names(read: Callable[..., Target], tmp_path: Path) -> None:
    target = read(MINIMAL)

    with pytest.raises(TargetError, match=r"b\.toml: target\.name: 'lab' is the name of .*a\.toml already"):
        distinct_names([(tmp_path / "a.toml", target), (tmp_path / "b.toml", target)])


def test_a_target_knows_its_file_as_it_was_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    Path("lab.toml").write_text(MINIMAL, encoding="utf-8")

    assert read_target(Path("lab.toml"), catalogue.load(), {}).file == Path("lab.toml")
