"""What Zuora's three operations have in common: credentials, headers, compression, idempotency."""

from __future__ import annotations

import asyncio
import gzip
import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from assay.reference.messages import Asked
from assay.reference.zuora import Zuora

if TYPE_CHECKING:
    from tests.reference.conftest import Client

BATCH = "/workflows/tasks/batch_update"
IMPORT = "/workflows/import"

NOT_GZIP = {
    "plain": b"{}",
    "cut short": gzip.compress(b"{}")[:-4],
    "with a rest": gzip.compress(b"{}") + b"rest",
}


@pytest.fixture
def rerun(zuora: Client) -> str:
    return f"/workflows/tasks/{zuora.given('task')['task_id']}/rerun"


@pytest.fixture
def rerun_large(zuora: Client) -> str:
    return f"/workflows/tasks/{zuora.given('large_task')['task_id']}/rerun"


@pytest.mark.parametrize(("method", "path"), [("POST", "/workflows/tasks/1/rerun"), ("PUT", BATCH), ("POST", IMPORT)])
def test_every_operation_refuses_wrong_credentials(zuora: Client, method: str, path: str) -> None:
    for client in (zuora.without_credentials(), zuora.as_caller("wrong")):
        got = client.send(method, path, json={})

        assert got.status == 401
        assert got.json["Errors"][0]["status"] == "401"


def test_each_operation_needs_its_permission(zuora: Client, rerun: str) -> None:
    manager = zuora.as_caller(zuora.given("caller_without_run_access")["token"])
    runner = zuora.as_caller(zuora.given("caller_without_manage_access")["token"])

    assert [client.send("POST", rerun).status for client in (manager, runner)] == [403, 200]
    assert [client.send("PUT", BATCH, json={}).status for client in (manager, runner)] == [400, 403]
    assert [client.send("POST", IMPORT, json={}).status for client in (manager, runner)] == [200, 403]


# Tracking


@pytest.mark.parametrize("track_id", ["a", "x" * 64, "A b-c_d/e\\f,g!h~", "{}[]()<>@#$%^&*+=|?`."])
def test_a_legal_tracking_id_comes_back_unchanged(zuora: Client, rerun: str, track_id: str) -> None:
    headers = {"Zuora-Track-Id": track_id}

    assert zuora.send("POST", rerun, headers=headers).headers["zuora-track-id"] == track_id
    for got in (
        zuora.send("PUT", BATCH, json={}, headers=headers),
        zuora.send("POST", "/workflows/tasks/1/rerun", headers=headers),
        zuora.without_credentials().send("POST", IMPORT, headers=headers),
        zuora.send("GET", "/nowhere", headers=headers),
    ):
        assert got.status >= 400
        assert got.headers["zuora-track-id"] == track_id


@pytest.mark.parametrize("track_id", ["x" * 65, "a:b", "a;b", 'a"b', "a'b", "é", "a\tb"])
def test_an_illegal_tracking_id_is_refused_and_not_sent_back(zuora: Client, rerun: str, track_id: str) -> None:
    got = zuora.send("POST", rerun, headers={"Zuora-Track-Id": track_id})

    assert got.status == 400
    assert "zuora-track-id" not in got.headers


def test_a_long_tracking_id_is_legal_where_no_limit_is_documented(zuora: Client) -> None:
    got = zuora.send("POST", IMPORT, json={}, headers={"Zuora-Track-Id": "x" * 65})

    assert (got.status, got.headers["zuora-track-id"]) == (200, "x" * 65)


# Compression


@pytest.mark.parametrize(
    "accept", ["gzip", "GZIP", "deflate, gzip;q=0.5", "*", "x-gzip", "br , gzip ; q=0.1", "gzip;q=1.000"]
)
def test_a_large_response_is_compressed_on_request(zuora: Client, rerun_large: str, accept: str) -> None:
    got = zuora.send("POST", rerun_large, headers={"Accept-Encoding": accept})

    assert got.headers["content-encoding"] == "gzip"
    assert len(gzip.decompress(got.body)) > 1000
    assert json.loads(gzip.decompress(got.body))["status"] == "Processing"


@pytest.mark.parametrize("accept", ["identity", "gzip;q=0", "*;q=0", "gzip;q=0, *", "gzip;q=x", "", "deflate", ";;,=,"])
def test_a_large_response_is_not_compressed_unasked(zuora: Client, rerun_large: str, accept: str) -> None:
    got = zuora.send("POST", rerun_large, headers={"Accept-Encoding": accept})

    assert "content-encoding" not in got.headers
    assert len(got.body) > 1000


def test_a_small_response_is_not_compressed(zuora: Client, rerun: str) -> None:
    got = zuora.send("POST", rerun, headers={"Accept-Encoding": "gzip"})

    assert "content-encoding" not in got.headers
    assert len(got.body) <= 1000


@pytest.mark.parametrize("coding", ["gzip", "GZip", "x-gzip"])
def test_a_compressed_request_is_understood(zuora: Client, coding: str) -> None:
    change = {"id": zuora.given("task")["task_id"], "name": "compressed"}
    packed = gzip.compress(json.dumps({"data": [change]}).encode())
    headers = {"Content-Encoding": coding, "Content-Type": "application/json"}

    assert zuora.send("PUT", BATCH, packed, headers=headers).json["data"][0]["name"] == "compressed"


def test_a_compressed_request_of_several_members_is_understood(zuora: Client) -> None:
    packed = gzip.compress(b'{"workflow":') + gzip.compress(b'{"name":"two parts"}}')
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}

    assert zuora.send("POST", IMPORT, packed, headers=headers).json["name"] == "two parts"


@pytest.mark.parametrize("body", NOT_GZIP)
@pytest.mark.parametrize(("method", "path"), [("POST", IMPORT), ("PUT", BATCH), ("POST", "/workflows/tasks/1/rerun")])
def test_a_request_that_is_not_gzip_although_announced_is_refused(
    zuora: Client, body: str, method: str, path: str
) -> None:
    assert zuora.send(method, path, NOT_GZIP[body], headers={"Content-Encoding": "gzip"}).status == 400


def test_a_bomb_is_refused(zuora: Client) -> None:
    bomb = gzip.compress(b" " * 50_000_000)

    assert zuora.send("POST", IMPORT, bomb, headers={"Content-Encoding": "gzip"}).status == 413


def test_an_unknown_coding_is_refused_unless_there_is_nothing_to_decode(zuora: Client, rerun: str) -> None:
    headers = {"Content-Encoding": "string"}

    assert zuora.send("POST", IMPORT, b"{}", headers=headers).status == 415
    assert zuora.send("POST", rerun, headers=headers).status == 200


# Entities and orgs


def test_a_known_entity_and_org_are_accepted(zuora: Client, rerun: str) -> None:
    org, other = (zuora.given("org")["org_id"] for _ in range(2))
    headers = {"Zuora-Entity-Ids": zuora.given("entity")["entity_id"], "Zuora-Org-Ids": f"{org}, {other}"}

    assert zuora.send("POST", rerun, headers=headers).status == 200


def test_an_org_that_the_caller_may_not_use_is_refused_also_among_others(zuora: Client, rerun: str) -> None:
    org, forbidden = zuora.given("org")["org_id"], zuora.given("inaccessible_org")["org_id"]

    for ids in (forbidden, f"{org},{forbidden}", "made-up"):
        assert zuora.send("POST", rerun, headers={"Zuora-Org-Ids": ids}).status == 403
        assert zuora.send("PUT", BATCH, json={}, headers={"Zuora-Org-Ids": ids}).status == 403


def test_the_import_does_not_know_entities_and_orgs(zuora: Client) -> None:
    headers = {"Zuora-Org-Ids": "made-up", "Zuora-Entity-Ids": "made-up"}

    assert zuora.send("POST", IMPORT, json={}, headers=headers).status == 200


# Idempotency


@pytest.fixture
def key(request: pytest.FixtureRequest) -> str:
    return f"{request.node.nodeid}".ljust(255, "k")[-255:]


def test_a_key_of_255_characters_makes_a_rerun_happen_once(zuora: Client, rerun: str, key: str) -> None:
    first, second = (zuora.send("POST", rerun, headers={"Idempotency-Key": key}) for _ in range(2))
    third = zuora.send("POST", rerun, headers={"Idempotency-Key": key[1:]})

    assert first.status == second.status == third.status == 200
    assert first.json == second.json != third.json


def test_a_longer_key_is_refused_by_the_rerun(zuora: Client, rerun: str, key: str) -> None:
    assert zuora.send("POST", rerun, headers={"Idempotency-Key": key + "k"}).status == 400


def test_a_key_makes_an_import_happen_once(zuora: Client, key: str) -> None:
    first, second = (zuora.send("POST", IMPORT, json={}, headers={"Idempotency-Key": key}) for _ in range(2))
    third = zuora.send("POST", IMPORT, json={}, headers={"Idempotency-Key": key[1:]})

    assert first.json == second.json
    assert third.json["id"] > first.json["id"]


def test_the_same_request_may_be_written_and_compressed_differently(zuora: Client, key: str) -> None:
    headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
    first = zuora.send("POST", IMPORT, b'{"tasks":[],"workflow":{}}', headers=headers)
    packed = gzip.compress(b'{"workflow": {}, "tasks": []}')
    second = zuora.send("POST", IMPORT, packed, headers=headers | {"Content-Encoding": "gzip"})

    assert first.json == second.json


def test_a_key_is_not_for_another_request(zuora: Client, rerun: str, key: str) -> None:
    headers = {"Idempotency-Key": key}
    other = f"/workflows/tasks/{zuora.given('task')['task_id']}/rerun"

    assert zuora.send("POST", rerun, headers=headers).status == 200
    assert zuora.send("POST", other, headers=headers).status == 422
    assert zuora.send("POST", rerun, b"{}", headers=headers).status == 422
    assert zuora.send("POST", other, headers={"Idempotency-Key": key[1:]}).status == 200


def test_a_key_belongs_to_its_caller(zuora: Client, rerun: str, key: str) -> None:
    other = zuora.as_caller(zuora.given("caller_without_manage_access")["token"])
    first, second = (client.send("POST", rerun, headers={"Idempotency-Key": key}) for client in (zuora, other))

    assert first.status == second.status == 200
    assert first.json != second.json


def test_a_refusal_is_remembered_too(zuora: Client, key: str) -> None:
    path = f"{IMPORT}?workflow_definition_id={zuora.given('workflow')['workflow_definition_id']}&version=1.0.0"
    first, second = (zuora.send("POST", path, json={}, headers={"Idempotency-Key": key}) for _ in range(2))

    assert first.status == second.status == 400
    assert first.json == second.json


def test_a_key_is_ignored_on_put(zuora: Client, key: str) -> None:
    task_id = zuora.given("task")["task_id"]
    names = [
        zuora.send("PUT", BATCH, json={"data": [{"id": task_id, "name": name}]}, headers={"Idempotency-Key": key})
        for name in ("one", "two")
    ]

    assert [got.json["data"][0]["name"] for got in names] == ["one", "two"]


def test_a_repeated_answer_is_compressed_and_tracked_like_any_other(zuora: Client, rerun_large: str, key: str) -> None:
    headers = {"Idempotency-Key": key}
    first = zuora.send("POST", rerun_large, headers=headers)
    again = zuora.send("POST", rerun_large, headers=headers | {"Accept-Encoding": "gzip", "Zuora-Track-Id": "t"})

    assert again.headers["zuora-track-id"] == "t"
    assert gzip.decompress(again.body) == first.body


def test_requests_with_one_key_that_overlap_are_performed_once(zuora: Client, key: str) -> None:
    with ThreadPoolExecutor(16) as pool:
        sent = pool.map(lambda _: zuora.send("POST", IMPORT, json={}, headers={"Idempotency-Key": key}), range(16))
        answers = list(sent)

    assert {got.status for got in answers} <= {200, 409}
    assert len({got.json["id"] for got in answers if got.status == 200}) == 1


class SlowZuora(Zuora):
    """Takes as long as its test wants it to."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = asyncio.Event()

    async def work(self, asked: Asked) -> None:
        await super().work(asked)
        await self.go_on.wait()


def asked(token: str, key: str) -> Asked:
    headers = (("authorization", f"Bearer {token}"), ("idempotency-key", key))
    return Asked("POST", IMPORT, headers, b"{}", operation="import-workflow", path={})


async def overlap() -> tuple[int, int, int, list[tuple[int]]]:
    vendor = SlowZuora()
    try:
        vendor.admit_main_caller("token")
        first = asyncio.create_task(vendor.answer(asked("token", "key")))
        await asyncio.sleep(0)
        meanwhile = await vendor.answer(asked("token", "key"))
        vendor.go_on.set()
        done = await first
        later = await vendor.answer(asked("token", "key"))
        with vendor.store.transaction() as db:
            return done.status, meanwhile.status, later.status, db.execute("SELECT count(*) FROM versions").fetchall()
    finally:
        vendor.store.close()


def test_a_second_request_gets_409_while_the_first_is_in_progress() -> None:
    assert asyncio.run(overlap()) == (200, 409, 200, [(1,)])


async def interrupted() -> int:
    vendor = SlowZuora()
    try:
        vendor.admit_main_caller("token")
        first = asyncio.create_task(vendor.answer(asked("token", "key")))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.wait([first])
        vendor.go_on.set()
        return (await vendor.answer(asked("token", "key"))).status
    finally:
        vendor.store.close()


def test_a_key_is_free_again_where_the_first_request_came_to_nothing() -> None:
    assert asyncio.run(interrupted()) == 200


def test_a_key_is_forgotten_after_a_day() -> None:
    now = [0.0]
    vendor = Zuora(clock=lambda: now[0])
    vendor.admit_main_caller("token")

    async def ids() -> list[int]:
        made = []
        for at in (0.0, 86_399.0, 86_401.0):
            now[0] = at
            made.append(json.loads((await vendor.answer(asked("token", "key"))).body)["id"])
        return made

    first, second, third = asyncio.run(ids())
    vendor.store.close()

    assert first == second < third
