"""What a server says to a harmless call shows whether it takes the token and whether it is the API."""

from __future__ import annotations

import gzip
from http.server import HTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from assay.doctor import Finding, Standing, Step
from assay.target import StateEntry
from tests.doctor.conftest import NOT_FOUND, REFUSED, STATES, TOKEN, of
from tests.patience import PLENTY_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.doctor.conftest import Examine, Serve

FORBIDDEN = (403, "application/json", b"{}")


def knows(token: str) -> Callable[[str], tuple[int, str, bytes]]:
    return lambda sent: NOT_FOUND if sent == token else REFUSED


def test_a_server_where_everything_is_right_is_asked_to_the_end(examined: Examine, lab: str) -> None:
    findings = examined(lab)

    assert {each.standing for each in findings} == {Standing.OK}
    assert list(dict.fromkeys(each.step for each in findings)) == [step for step in Step if step is not Step.FILE]
    assert of(Step.CREDENTIALS, findings)[0].said == "answered 404 with the token, 401 without"


def test_a_server_that_serves_one_connection_at_a_time_is_not_held_up(examined: Examine, serve: Serve) -> None:
    findings = examined(serve(knows(TOKEN), kind=HTTPServer), timeout_s=PLENTY_S)

    assert {each.standing for each in findings} == {Standing.OK}


def test_a_token_that_the_server_does_not_take_ends_the_examination(examined: Examine, serve: Serve) -> None:
    findings = examined(serve(knows("another-token")))

    assert findings[-1].step is Step.CREDENTIALS
    assert findings[-1].said == "answered 401 with the token, 401 without"
    assert "sent as 'Authorization: Bearer <token>'" in findings[-1].advice


def test_a_token_of_somebody_without_the_permission_is_told_apart(examined: Examine, serve: Serve) -> None:
    findings = examined(serve(lambda sent: FORBIDDEN if sent == TOKEN else REFUSED))

    assert findings[-1].standing is Standing.WRONG
    assert "give its owner the permission" in findings[-1].advice


def test_a_server_that_answers_the_same_without_the_token_is_a_note(examined: Examine, serve: Serve) -> None:
    findings = examined(serve(lambda _: NOT_FOUND))

    assert [each.standing for each in of(Step.CREDENTIALS, findings)] == [Standing.NOTE]
    assert "does not show whether the token is good" in of(Step.CREDENTIALS, findings)[0].advice
    assert findings[-1].step is Step.EXCHANGE


def test_a_missing_token_that_the_server_wants_is_told(examined: Examine, lab: str) -> None:
    findings = examined(lab, token=None)

    assert findings[-1].said == "the target file gives none; the server answers 401"
    assert 'token = "env:NAME" in [auth]' in findings[-1].advice


def test_a_missing_token_that_nobody_misses_is_a_note(examined: Examine, serve: Serve) -> None:
    findings = examined(serve(lambda _: NOT_FOUND), token=None)

    assert [each.standing for each in of(Step.CREDENTIALS, findings)] == [Standing.NOTE]


def test_a_redirect_is_told_with_its_address_and_not_followed(examined: Examine, serve: Serve) -> None:
    location = f"https://sso.example.test/?t={TOKEN}"
    findings = examined(serve(lambda _: (302, "text/html", b"", ("Location", location))))

    assert findings[-1].said == "answered 302, a redirect to https://sso.example.test/?t=[redacted]"
    assert "write the final address into base_url" in findings[-1].advice


def test_what_a_server_says_at_length_is_cut_behind_its_secrets(examined: Examine, serve: Serve) -> None:
    location = "x" * 495 + TOKEN + "y" * 10_000

    findings = examined(serve(lambda _: (302, "text/html", b"", ("Location", location))))

    assert len(findings[-1].said) < 600
    assert TOKEN[:4] not in findings[-1].said


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_server_that_is_overloaded_or_away_is_told(examined: Examine, serve: Serve, status: int) -> None:
    findings = examined(serve(lambda _: (status, "text/html", b"")))

    assert (findings[-1].step, findings[-1].said) == (Step.CREDENTIALS, f"answered {status}")
    assert "Try later" in findings[-1].advice


def test_a_proxy_that_wants_credentials_is_told(examined: Examine, serve: Serve) -> None:
    proxy = serve(lambda _: (407, "text/html", b""))

    findings = examined("http://sddc.example.test", environ={"HTTP_PROXY": proxy})

    said = f"opened, but a call got no answer: the proxy {proxy} refused the request with 407: it wants credentials"
    assert findings[-1].said == said
    assert findings[-1].advice.startswith("The proxy wants credentials")


def test_a_server_that_accepts_and_says_nothing_is_told(examined: Examine, silent: int) -> None:
    findings = examined(f"http://127.0.0.1:{silent}", timeout_s=2.0)

    assert findings[-1] == Finding(
        Step.CONNECTION,
        Standing.WRONG,
        "opened, but a call got no answer: timed out after 2 s",
        "No whole HTTP answer came: is it the server, or a port that wants https://?",
    )


@pytest.mark.parametrize(
    ("answer", "advice"),
    [
        ((404, "text/html", b"<h1>Not Found</h1>"), "The document promises JSON here, and text/html came"),
        ((200, "application/json", b"{}"), "The server accepts a call for something that does not exist"),
        ((405, "application/json", b"{}"), "The server knows no such call."),
        ((500, "application/json", b"{}"), "The server is in trouble with a call as plain as this one"),
    ],
    ids=["HTML", "accepted", "no such method", "server error"],
)
def test_an_answer_that_this_api_would_not_give_is_told(
    examined: Examine, serve: Serve, answer: tuple[int, str, bytes], advice: str
) -> None:
    findings = examined(serve(lambda sent: answer if sent == TOKEN else REFUSED))

    assert (findings[-1].step, findings[-1].standing) == (Step.EXCHANGE, Standing.WRONG)
    assert findings[-1].advice.startswith(advice)


def test_a_listed_object_that_does_not_exist_is_the_one_that_is_asked_for(examined: Examine, lab: str) -> None:
    findings = examined(lab, states={**STATES, "unknown_task": StateEntry(always={"task_id": "no-task-of-ours"})})

    assert findings[-1].said.startswith("PATCH /v1/tasks/no-task-of-ours answered 404")


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ((404, "application/json", b"<h1>Not Found</h1>"), "documented: "),
        ((404, "application/json", b"[]"), "expected "),
        ((404, "application/json", b"[" * 10_000 + b"]" * 10_000), "levels"),
        ((404, "application/json", gzip.compress(bytes(20_000_000)), ("Content-Encoding", "gzip")), "grows beyond"),
    ],
    ids=["no JSON", "another shape", "deep", "gzip bomb"],
)
def test_a_refusal_with_another_body_than_documented_is_noted(
    examined: Examine, serve: Serve, answer: tuple[Any, ...], problem: str
) -> None:
    findings = examined(serve(lambda sent: answer if sent == TOKEN else REFUSED))

    assert (findings[-1].step, findings[-1].standing) == (Step.EXCHANGE, Standing.NOTE)
    assert problem in findings[-1].said
