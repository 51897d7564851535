"""Each freedom of HTTP is taken by each vendor's server: the variant shows what the reference server does not."""

from __future__ import annotations

import json
import socket
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from assay import variants
from assay.reference.hosting import EmbeddedServers
from assay.reference.servers import factories, server_of
from assay.reference.vendor import Vendor
from assay.variants import messages, wire
from tests.patience import PLENTY_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from assay.reference.messages import Reply
    from tests.variants.conftest import Shown, Site

ONEDATA = "/api/v3/oneprovider/automation/execution/workflows/{}/rerun"


def refused(site: Site, **sent: Any) -> Reply:
    """Return an answer with a body: of an update without any task, or about what does not exist."""
    match site.server.name:
        case "zuora":
            return site.send("PUT", "/workflows/tasks/batch_update", json={"data": []}, **sent)
        case "vcf":
            return site.send("PATCH", "/v1/tasks/x", **sent)
        case _:
            return site.send("POST", ONEDATA.format("x"), json={"laneIndex": 1, "laneRunNumber": 1}, **sent)


def done(site: Site) -> Reply:
    """Return an answer without a body."""
    if site.server.name == "vcf":
        return site.send("PATCH", f"/v1/tasks/{site.given('failed_task')['task_id']}")
    execution = site.given("stopped_execution")
    body = {"laneIndex": int(execution["lane_index"]), "laneRunNumber": int(execution["lane_run_number"])}
    return site.send("POST", ONEDATA.format(execution["wid"]), json=body)


def numbers(site: Site) -> Reply:
    if site.server.name != "zuora":
        return refused(site)
    return site.send("POST", f"/workflows/tasks/{site.given('task')['task_id']}/rerun")


def statuses(site: Site) -> set[int]:
    return {refused(site).status for _ in range(messages.OVERLOADED_EVERY)}


def seconds(site: Site) -> float:
    started = time.monotonic()
    refused(site)
    return time.monotonic() - started


def with_odd_text(site: Site) -> Reply:
    if site.server.name == "vcf":
        return site.send("PATCH", "/v1/tasks/%C3%A4%2F")
    return site.send("POST", "/workflows/import", json={"workflow": {"name": "\xe4/"}})


def members_of(reply: Reply) -> list[str]:
    body = json.loads(reply.body)
    return list(body["Errors"][0] if "Errors" in body else body.get("error", body))


TAKEN: dict[str, tuple[Callable[[Site], Any], Shown]] = {
    "chunked-bodies": (refused, ("transfer-encoding", "chunked")),
    "chunk-forms": (refused, b'\r\n\r\n007;part="0"\r\n'),
    "http-1.0": (refused, b"HTTP/1.0 4"),
    "closing": (refused, ("connection", "close")),
    "closing-unannounced": (refused, lambda reply: reply.raw and b"close" not in reply.raw),
    "length-of-nothing": (done, b"HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n"),
    "upper-case-names": (refused, b"CONTENT-TYPE: "),
    "title-case-names": (refused, ("Content-Type", "application/json")),
    "bare-colons": (refused, b"\r\ncontent-type:application/json\r\n"),
    "padded-values": (refused, b"\r\ncontent-type:\t  application/json \t\r\n"),
    "no-reason-phrase": (refused, lambda reply: reply.raw and b" \r\n" in reply.raw[:15]),
    "odd-reason-phrase": (refused, b"Sch\xf6n"),
    "continue-first": (refused, b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 4"),
    "early-hints": (refused, b"HTTP/1.1 103 Early Hints\r\n"),
    "indented-json": (refused, b'\n   "'),
    "escaped-json": (with_odd_text, lambda reply: b"\\u00e4\\/" in reply.body),
    "reordered-members": (refused, lambda reply: members_of(reply)[0] in ("status", "referenceToken", "ctx")),
    "further-members": (refused, {"x-further": {"since": 7}}),
    "zero-fractions": (numbers, b".0,"),
    "media-type-case": (refused, ("content-type", "Application/JSON")),
    "charset": (refused, ("content-type", "application/json; charset=utf-8")),
    "quoted-charset": (refused, ("content-type", 'application/json ; CHARSET="UTF-8" ;version=2')),
    "type-of-nothing": (done, ("content-type", "text/html;charset=UTF-8")),
    "further-headers": (refused, ("x-empty", "")),
    "cookies": (refused, ("set-cookie", "route=; Max-Age=0")),
    "slow": (seconds, lambda took: took >= messages.PAUSE_S),
    "length-demanded": (refused, 411),
    "too-many-requests": (statuses, lambda seen: 429 in seen),
    "unavailable": (statuses, lambda seen: 503 in seen),
    "states-as-text": (
        lambda site: site.given(next(iter(site.server.states()))),
        lambda values: {type(each) for each in values.values()} == {str} and "note" in values,
    ),
}
EVERY = [each.id for each in variants.load().values() if each.server.__module__ in (wire.__name__, messages.__name__)]


def test_every_freedom_is_looked_at() -> None:
    assert {each.partition("/")[2] for each in EVERY} == set(TAKEN)


@pytest.mark.parametrize("variant_id", EVERY)
def test_the_freedom_is_taken(differs: Callable[..., None], variant_id: str) -> None:
    differs(variant_id, *TAKEN[variant_id.partition("/")[2]])


@pytest.mark.parametrize("freedom", [wire.Written, messages.Spelling])
def test_its_own_methods_override_none_of_a_reference_server(freedom: type[Vendor]) -> None:
    own = {name for name in vars(freedom) if not name.startswith("__") and not hasattr(Vendor, name)}

    assert [name for server in map(server_of, factories()) for name in own if hasattr(server, name)] == []


ON_THE_WIRE = {
    "vcf/chunked-bodies": b"\r\nTransfer-Encoding: chunked\r\n",
    "vcf/chunk-forms": b"\r\nx-checked: yes\r\n\r\n",
    "vcf/http-1.0": b"HTTP/1.0 401 Unauthorized\r\n",
    "vcf/title-case-names": b"\r\nContent-Type: application/json\r\n",
    "vcf/continue-first": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 401",
}


def test_the_bytes_reach_the_wire() -> None:
    seen = {}
    with EmbeddedServers({each: variants.find(each).factory for each in ON_THE_WIRE}) as servers:
        for name, address in servers.items():
            seen[name] = all_that_comes(address.base_url)

    assert {name: ON_THE_WIRE[name] in came for name, came in seen.items()} == dict.fromkeys(ON_THE_WIRE, True)


def all_that_comes(base_url: str) -> bytes:
    place = urlsplit(base_url)
    received = b""
    with socket.create_connection((place.hostname, place.port), timeout=PLENTY_S) as sock:
        sock.sendall(b"PATCH /v1/tasks/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        while piece := sock.recv(65536):
            received += piece
    return received
