from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.reference.conftest import Client, Got


def path_of(execution: dict[str, Any]) -> str:
    return f"/api/v3/oneprovider/automation/execution/workflows/{execution['wid']}/rerun"


def body_of(execution: dict[str, Any]) -> dict[str, Any]:
    return {"laneIndex": execution["lane_index"], "laneRunNumber": execution["lane_run_number"]}


@pytest.fixture
def stopped(onedata: Client) -> dict[str, Any]:
    return onedata.given("stopped_execution")


def rerun(client: Client, execution: dict[str, Any], **changes: Any) -> Got:
    return client.send("POST", path_of(execution), json=body_of(execution) | changes)


def test_a_stopped_execution_is_rerun_without_a_body(onedata: Client, stopped: dict[str, Any]) -> None:
    got = rerun(onedata, stopped)

    assert (got.status, got.body) == (204, b"")
    assert "content-length" not in got.headers


def test_nothing_follows_the_head_of_a_204(onedata: Client, stopped: dict[str, Any]) -> None:
    body = b'{"laneIndex":1,"laneRunNumber":1}'
    head = (
        f"POST {path_of(stopped)} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {onedata.address.token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )

    assert onedata.send_raw(head.encode() + body).endswith(b"\r\n\r\n")


@pytest.mark.parametrize("changes", [{"laneIndex": "2"}, {"laneIndex": 2.0}, {"laneRunNumber": "+3"}, {"more": 1}])
def test_other_spellings_of_an_integer_are_taken(
    onedata: Client, stopped: dict[str, Any], changes: dict[str, Any]
) -> None:
    assert rerun(onedata, stopped, **changes).status == 204


@pytest.mark.parametrize("name", ["laneIndex", "laneRunNumber"])
@pytest.mark.parametrize("value", [None, 1.5, True, "two", "", " 2", "٢", "2.0", [], {}, 0, -1, "0"])
def test_what_is_no_positive_integer_is_refused(
    onedata: Client, stopped: dict[str, Any], name: str, value: object
) -> None:
    got = rerun(onedata, stopped, **{name: value})

    assert got.status == 400
    assert got.json["error"]["id"] in {"badValueInteger", "badValueTooLow"}
    assert rerun(onedata, stopped).status == 204


@pytest.mark.parametrize("value", [99, 10**18, 10**30, 1e300, "9" * 40])
@pytest.mark.parametrize("name", ["laneIndex", "laneRunNumber"])
def test_an_unknown_lane_or_run_is_not_found(
    onedata: Client, stopped: dict[str, Any], name: str, value: object
) -> None:
    assert rerun(onedata, stopped, **{name: value}).status == 404


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'{"laneIndex":1}', b'"x"', b'{"laneIndex":NaN,"laneRunNumber":1}', b"\xff\xfe"]
)
def test_a_bad_body_is_refused(onedata: Client, stopped: dict[str, Any], body: bytes) -> None:
    got = onedata.send("POST", path_of(stopped), body, headers={"Content-Type": "application/json"})

    assert got.status == 400


def test_another_content_type_is_refused_and_none_is_taken_for_json(onedata: Client, stopped: dict[str, Any]) -> None:
    body = b'{"laneIndex":1,"laneRunNumber":1}'

    assert onedata.send("POST", path_of(stopped), body, headers={"Content-Type": "text/plain"}).status == 415
    assert onedata.send("POST", path_of(stopped), body).status == 204


def test_an_unknown_execution_is_not_found(onedata: Client) -> None:
    unknown = onedata.given("unknown_execution") | {"lane_index": 1, "lane_run_number": 1}

    assert rerun(onedata, unknown).status == 404


def test_an_execution_that_has_not_ended_is_refused(onedata: Client, stopped: dict[str, Any]) -> None:
    assert rerun(onedata, onedata.given("running_execution")).status == 400
    assert rerun(onedata, stopped).status == 204
    assert rerun(onedata, stopped).status == 400


def test_a_caller_without_the_privilege_is_forbidden_and_the_main_one_is_not(onedata: Client) -> None:
    execution = onedata.given("forbidden_execution")

    assert rerun(onedata.as_caller(execution["token"]), execution).status == 403
    assert rerun(onedata, execution).status == 204


def test_a_bearer_token_works_too(onedata: Client, stopped: dict[str, Any]) -> None:
    headers = {"Authorization": f"Bearer {onedata.address.token}"}
    got = onedata.without_credentials().send("POST", path_of(stopped), json=body_of(stopped), headers=headers)

    assert got.status == 204


def test_the_token_is_looked_at_first_and_the_execution_last(onedata: Client) -> None:
    path = path_of({"wid": "unknown"})

    assert onedata.as_caller("wrong").send("POST", path, b"{", headers={"Content-Type": "a/b"}).status == 401
    assert onedata.send("POST", path, b"{", headers={"Content-Type": "a/b"}).status == 415
    assert onedata.send("POST", path, json={}).status == 400
    assert onedata.send("POST", path, json={"laneIndex": 1, "laneRunNumber": 1}).status == 404


def test_every_error_has_the_whole_error_json(onedata: Client, stopped: dict[str, Any]) -> None:
    answers = [
        rerun(onedata, stopped, laneIndex=None),
        rerun(onedata, {"wid": "x", "lane_index": 1, "lane_run_number": 1}),
        rerun(onedata.without_credentials(), stopped),
        onedata.send("GET", path_of(stopped)),
        onedata.send("GET", "/nowhere"),
    ]

    for error in (got.json["error"] for got in answers):
        assert isinstance(error["id"], str)
        assert isinstance(error["description"], str)
        assert error["ctx"]["service"] == "opw"
        assert len(error["ctx"]) == 9
        assert abs(error["ctx"]["timestamp"] / 1000 - time.time()) < 60


def test_of_many_reruns_at_once_one_is_accepted(onedata: Client, stopped: dict[str, Any]) -> None:
    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(lambda _: rerun(onedata, stopped).status, range(16)))

    assert sorted(statuses) == [204] + [400] * 15
