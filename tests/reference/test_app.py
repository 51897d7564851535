"""Whatever bytes come, an answer goes out that is no server error, or the connection is closed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.reference.conftest import Client

PATHS = {
    "zuora": ("/workflows/tasks/1/rerun", "/workflows/tasks/batch_update", "/workflows/import"),
    "vcf": ("/v1/tasks/x",),
    "onedata": ("/api/v3/oneprovider/automation/execution/workflows/x/rerun",),
}
EVERY_PATH = [(vendor, path) for vendor, paths in PATHS.items() for path in paths]

METHODS = [
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "TRACE",
    "QUERY",
    "CONNECT",
    "get",
    "M-SEARCH",
    "X" * 999,
]

BODIES = {
    "empty": b"",
    "no json": b"{",
    "odd bytes": bytes(range(256)),
    "deep": b"[" * 100_000,
    "deep and whole": b'{"data":' + b"[" * 900 + b"]" * 900 + b"}",
    "deep inside": b'{"tasks":[{"parameters":' + b'{"a":' * 900 + b"1" + b"}" * 900 + b"}]}",
    "not a number": b'{"data":[{"id":NaN}],"laneIndex":Infinity}',
    "huge integer": b'{"data":[{"id":' + b"9" * 5000 + b'}],"laneIndex":' + b"9" * 4000 + b"}",
    "huge float": b'{"data":[{"id":1e400}],"laneIndex":1e308,"laneRunNumber":1e308}',
    "surrogates": b'{"data":[{"id":1,"name":"\\ud800"}],"workflow":{"name":"\\udfff"},"laneIndex":"\\ud800"}',
    "encoded surrogates": b'{"workflow":{"name":"\xed\xa0\x80"}}',
    "utf-16": '{"workflow":{"name":"\\ud800"}}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"workflow":{}}',
    "nul": b'{"workflow":{"name":"\\u0000"},"data":[{"id":0}]}',
    "too large": b" " * 5_000_000,
}

HEADERS = {
    "plain": [],
    "gzip": ["Content-Encoding: gzip"],
    "unknown coding": ["Content-Encoding: \xff\xfe, br, gzip"],
    "unknown charset": ["Content-Type: application/json; charset=klingon"],
    "odd type": ["Content-Type: \x80;;;="],
    "no type": ["Content-Type:"],
    "odd accept": ["Accept: \xff", "Accept-Encoding: gzip;q=nan, *;q=-1, ;;;,,,", "Accept-Language: \x80"],
    "odd tracking": ["Zuora-Track-Id: \xff\xfe", "Zuora-Track-Id: a", "Idempotency-Key: \xff", "Zuora-Org-Ids: \xff,,"],
    "long key": ["Idempotency-Key: " + "k" * 5000, "Zuora-Track-Id: " + "t" * 5000],
    "expectation": ["Expect: 100-continue"],
    "upgrade": ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: x", "Sec-WebSocket-Version: 13"],
    "h2c": ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"],
    "two tokens": ["Authorization: Bearer x", "X-Auth-Token: y", "X-Auth-Token: \xff"],
}

NO_HTTP = {
    "garbage": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 10 + b"\r\n\r\n",
    "http/0.9": b"GET /\r\n\r\n",
    "no version": b"GET / HTTP/x\r\n\r\n",
    "space in name": b"GET / HTTP/1.1\r\nHost: x\r\nA B: c\r\n\r\n",
    "nul in value": b"GET / HTTP/1.1\r\nHost: x\r\nA: \x00\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "negative length": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "unknown transfer coding": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "bad chunk": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "endless header": b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 200_000,
    "raw bytes in path": b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
}

TARGETS = [
    "/", "*", "//", "/%", "/%zz", "/%00", "/%ff%fe", "/..%2f..", "/?" + "&" * 2000, "/?%ff=%ff", "/a?b?c#d",
    "http://other/workflows/import", "http://", "host:80", "/v1/tasks/%", "/v1/tasks/%ff?%", "/_assay/states/x",
    "/workflows/tasks/%f0%9f%99%82/rerun", "/workflows/import?version=%ff&activate=%00", "/workflows/import/",
]  # fmt: skip


def request(client: Client, method: str, target: str, headers: list[str], body: bytes) -> bytes:
    lines = [
        f"{method} {target} HTTP/1.1",
        "Host: x",
        *(f"{name}: {value}" for name, value in client.credentials.items()),
    ]
    if not any(line.startswith("Content-Type") for line in headers):
        lines.append("Content-Type: application/json")
    lines += [
        *headers,
        f"Content-Length: {len(body)}",
        *([] if "Connection: Upgrade" in headers else ["Connection: close"]),
    ]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def status_of(received: bytes) -> int:
    assert received.startswith(b"HTTP/1.1 "), received[:100]
    # An interim answer may come first.
    final = received.split(b"\r\n\r\n", 1)[1] if received.startswith(b"HTTP/1.1 100") else received
    return int(final.split(b" ", 2)[1])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("vendor", "path"), EVERY_PATH)
def test_any_method_is_answered(request_to: dict[str, Client], vendor: str, path: str, method: str) -> None:
    client = request_to[vendor]

    status = status_of(client.send_raw(request(client, method, path, [], b"{}")))

    assert 200 <= status < 500


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize(("vendor", "path"), EVERY_PATH)
def test_any_body_is_answered(request_to: dict[str, Client], vendor: str, path: str, body: str) -> None:
    client = request_to[vendor]
    method = {"/workflows/tasks/batch_update": "PUT", "/v1/tasks/x": "PATCH"}.get(path, "POST")

    for headers in ([], ["Idempotency-Key: " + body]):
        status = status_of(client.send_raw(request(client, method, path, headers, BODIES[body])))
        assert 200 <= status < 500


@pytest.mark.parametrize("headers", HEADERS)
@pytest.mark.parametrize(("vendor", "path"), EVERY_PATH)
def test_any_header_is_answered(request_to: dict[str, Client], vendor: str, path: str, headers: str) -> None:
    client = request_to[vendor]

    for method in ("POST", "PUT", "PATCH"):
        status = status_of(client.send_raw(request(client, method, path, HEADERS[headers], b"{}")))
        assert 200 <= status < 500


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
def test_any_target_is_answered(any_vendor: Client, method: str, target: str) -> None:
    status = status_of(any_vendor.send_raw(request(any_vendor, method, target, [], b"{}")))

    assert 200 <= status < 500


@pytest.mark.parametrize("data", NO_HTTP)
def test_what_is_no_http_is_refused_in_the_vendors_shape(any_vendor: Client, data: str) -> None:
    received = any_vendor.send_raw(NO_HTTP[data])

    assert status_of(received) == 400
    assert json.loads(received.split(b"\r\n\r\n", 1)[1]).keys() & {"Errors", "errorCode", "error"}


def test_the_server_still_answers_after_a_connection_was_given_up(any_vendor: Client) -> None:
    for data in (b"", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf", b"GET / HT"):
        any_vendor.send_raw(data)

    assert any_vendor.send("GET", "/nowhere").status == 404


def test_the_preface_of_http_2_is_answered(any_vendor: Client) -> None:
    assert status_of(any_vendor.send_raw(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")) == 404


def test_a_request_in_absolute_form_is_understood(vcf: Client) -> None:
    task_id = vcf.given("failed_task")["task_id"]

    assert status_of(vcf.send_raw(request(vcf, "PATCH", f"http://other/v1/tasks/{task_id}", [], b""))) == 200


def test_a_chunked_body_is_understood(zuora: Client) -> None:
    head = request(zuora, "POST", "/workflows/import", ["Transfer-Encoding: chunked"], b"").replace(
        b"Content-Length: 0\r\n", b""
    )

    assert status_of(zuora.send_raw(head + b"1\r\n{\r\n1;x=y\r\n}\r\n0\r\n\r\n")) == 200


def test_requests_that_follow_each_other_at_once_are_all_answered(zuora: Client) -> None:
    one = request(zuora, "POST", "/workflows/import", [], b"{}").replace(b"Connection: close\r\n", b"")
    last = request(zuora, "POST", "/workflows/import", [], b"{}")

    assert zuora.send_raw(one * 5 + last).count(b"HTTP/1.1 200") == 6


def test_an_answer_to_head_has_no_body(any_vendor: Client) -> None:
    received = any_vendor.send_raw(request(any_vendor, "HEAD", "/nowhere", [], b""))

    assert received.startswith(b"HTTP/1.1 404")
    assert received.endswith(b"\r\n\r\n")


def test_a_method_that_a_path_does_not_know_is_told_which_it_knows(zuora: Client) -> None:
    got = zuora.send("GET", "/workflows/tasks/batch_update")

    assert (got.status, got.headers["allow"]) == (405, "PUT")


@pytest.fixture(scope="session")
def request_to(zuora: Client, vcf: Client, onedata: Client) -> dict[str, Client]:
    return {"zuora": zuora, "vcf": vcf, "onedata": onedata}
