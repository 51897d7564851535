"""Each freedom of Zuora in headers, keys and refusals is taken: variants show what the reference server does not."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from assay.reference.messages import Reply
    from tests.variants.conftest import Shown, Site

BATCH = "/workflows/tasks/batch_update"
IMPORT = "/workflows/import"
EXPORT = {"workflow": {"name": "Export"}, "tasks": [], "linkages": []}


def rerun(site: Site, task_id: object = None, *sent: Any, **more: Any) -> Reply:
    task_id = site.given("task")["task_id"] if task_id is None else task_id
    return site.send("POST", f"/workflows/tasks/{task_id}/rerun", *sent, **more)


def update(site: Site, *items: object, **more: Any) -> Reply:
    return site.send("PUT", BATCH, **{"json": {"data": list(items)}, **more})


def rename(site: Site, **more: Any) -> Reply:
    return update(site, {"id": site.given("task")["task_id"], "name": "Renamed"}, **more)


def imported(site: Site, query: str = "", **more: Any) -> Reply:
    return site.send("POST", f"{IMPORT}?{query}", **{"json": EXPORT, **more})


def with_headers(call: Callable[..., Reply], **headers: str) -> Callable[[Site], Reply]:
    return lambda site: call(site, **headers)


def large(site: Site) -> Reply:
    return rerun(site, site.given("large_task")["task_id"], accept_encoding="gzip")


def large_for_all(site: Site) -> Reply:
    return rerun(site, site.given("large_task")["task_id"], accept_encoding="*")


def by_caller_without_access(site: Site) -> Reply:
    return rerun(site, token=site.given("caller_without_run_access")["token"])


def in_closed_org(site: Site) -> Reply:
    return rerun(site, zuora_org_ids=site.given("inaccessible_org")["org_id"])


def in_orgs_with_a_blank(site: Site) -> Reply:
    one, other = (site.given("org")["org_id"] for _ in range(2))
    return rerun(site, zuora_org_ids=f"{one}, {other}")


def stranger(site: Site) -> Reply:
    return rerun(site, token=None)


def one_version_twice(site: Site) -> Reply:
    definition = site.given("workflow")["workflow_definition_id"]
    return imported(site, f"workflow_definition_id={definition}&version=1.9.0")


def is_whole(reply: Reply) -> bool:
    return bool(json.loads(gzip.decompress(reply.body))["status"] == "Processing")


def header(reply: Reply, name: str) -> str | None:
    return dict(reply.headers).get(name)


IN_HEADERS: dict[str, tuple[Callable[[Site], Any], Shown]] = {
    "small-answers-compressed": (with_headers(rerun, accept_encoding="gzip"), ("content-encoding", "gzip")),
    "coding-in-capitals": (large, ("content-encoding", "GZIP")),
    "x-gzip": (large, ("content-encoding", "x-gzip")),
    "identity-named": (rerun, ("content-encoding", "identity")),
    "gzip-in-members": (large, lambda reply: reply.body.count(b"\x1f\x8b\x08") > 1 and is_whole(reply)),
    "gzip-by-name-alone": (large_for_all, lambda reply: header(reply, "content-encoding") is None),
    "broken-gzip-422": (lambda site: imported(site, content_encoding="gzip"), 422),
    "illegal-track-ids-ignored": (with_headers(rerun, zuora_track_id="a:b"), 200),
    "illegal-track-ids-returned": (with_headers(rerun, zuora_track_id="a:b"), ("zuora-track-id", "a:b")),
    "track-id-limit-everywhere": (with_headers(imported, zuora_track_id="t" * 65), 400),
    "track-ids-of-its-own": (rerun, lambda reply: header(reply, "zuora-track-id") is not None),
    "no-request-ids": (rerun, lambda reply: header(reply, "zuora-request-id") is None),
    "entities-unread": (with_headers(rerun, zuora_entity_ids="nobody"), 200),
    "orgs-404": (in_closed_org, 404),
    "orgs-400": (in_closed_org, 400),
    "blanks-in-lists-refused": (in_orgs_with_a_blank, 400),
    "headers-out-of-place-refused": (with_headers(rename, idempotency_key="k"), 400),
    "any-content-type": (with_headers(imported, content_type="text/plain"), 200),
    "content-type-demanded": (lambda site: site.send("POST", IMPORT, b"{}"), 415),
    "bodies-of-reruns-read": (lambda site: rerun(site, None, b"[]"), 400),
}


def overlapping(site: Site) -> list[int]:
    request = site.asked("POST", IMPORT, json=EXPORT, idempotency_key="k")
    return [reply.status for reply in site.together(request, request, request)]


def with_one_key(*exports: object, **more: Any) -> Callable[[Site], Reply]:
    """Import these with one key, and return the last answer."""
    return lambda site: [imported(site, json=export, idempotency_key="k", **more) for export in exports][-1]


def key_of_another_caller(site: Site) -> Reply:
    rerun(site, token=site.given("caller_without_manage_access")["token"], idempotency_key="k")
    return imported(site, idempotency_key="k")


def refused_and_repaired(site: Site) -> Reply:
    task_id = site.given("task")["task_id"]
    rerun(site, task_id + 1, idempotency_key="k")
    assert site.given("task")["task_id"] == task_id + 1
    return rerun(site, task_id + 1, idempotency_key="k")


def repeated(second_track_id: str) -> Callable[[Site], Reply]:
    def ask(site: Site) -> Reply:
        task_id = site.given("task")["task_id"]
        rerun(site, task_id, idempotency_key="k", zuora_track_id="first")
        return rerun(site, task_id, idempotency_key="k", zuora_track_id=second_track_id)

    return ask


OTHER = {**EXPORT, "workflow": {"name": "Another"}}
SAME_WITH_SPACES = json.dumps(EXPORT, indent=1).encode()


def same_json_in_other_bytes(site: Site) -> Reply:
    imported(site, idempotency_key="k")
    return site.send("POST", f"{IMPORT}?", SAME_WITH_SPACES, idempotency_key="k")


IN_KEYS: dict[str, tuple[Callable[[Site], Any], Shown]] = {
    "conflict-while-running": (overlapping, lambda statuses: statuses == [200, 409, 409]),
    "locked-while-running": (overlapping, lambda statuses: statuses == [200, 423, 423]),
    "reused-key-409": (with_one_key(EXPORT, OTHER), 409),
    "reused-key-400": (with_one_key(EXPORT, OTHER), 400),
    "reused-key-performed": (with_one_key(EXPORT, OTHER), {"name": "Another"}),
    "reused-key-replayed": (with_one_key(EXPORT, OTHER), {"name": "Export"}),
    "bytes-compared": (same_json_in_other_bytes, 422),
    "retries-alike-in-their-headers": (repeated("second"), 422),
    "short-keys-refused": (with_headers(imported, idempotency_key="k"), 400),
    "keys-of-the-tenant": (key_of_another_caller, 422),
    "long-keys-refused-everywhere": (with_headers(imported, idempotency_key="k" * 256), 431),
    "failures-forgotten": (refused_and_repaired, 200),
    "replays-announced": (repeated("second"), ("idempotent-replayed", "true")),
    "replays-untracked": (repeated("second"), lambda reply: header(reply, "zuora-track-id") is None),
    "replays-with-the-first-track-id": (repeated("second"), ("zuora-track-id", "first")),
}

IN_ERRORS: dict[str, tuple[Callable[[Site], Any], Shown]] = {
    "vendor-errors": (update, {"errors": [{"status": 400}]}),
    "errors-without-status": (update, lambda reply: b"status" not in reply.body),
    "several-errors": (update, {"Errors": [{"status": "400"}, {"code": "0"}]}),
    "undocumented-pages": (stranger, ("content-type", "text/html; charset=ISO-8859-1")),
    "undocumented-nothing": (stranger, lambda reply: reply.body == b""),
    "undocumented-legacy": (stranger, {"success": False}),
    "credentials-403": (stranger, 403),
    "credentials-400": (stranger, 400),
    "permission-401": (by_caller_without_access, 401),
    "permission-404": (by_caller_without_access, 404),
    "unknown-rerun-400": (lambda site: rerun(site, 1), 400),
    "unknown-rerun-410": (lambda site: rerun(site, 1), 410),
    "batches-400": (lambda site: update(site, {"id": 1}), 400),
    "batches-404": (update, 404),
    "values-422": (lambda site: rename(site, json={"data": [{"id": "x"}]}), 422),
    "broken-json-422": (lambda site: site.send("PUT", BATCH, b"{"), 422),
    "old-version-409": (one_version_twice, 409),
    "old-version-422": (one_version_twice, 422),
    "unknown-definition-403": (lambda site: imported(site, "workflow_definition_id=5"), 403),
    "unknown-definition-400": (lambda site: imported(site, "workflow_definition_id=5"), 400),
}


def test_every_freedom_is_looked_at(slugs_of: Callable[[str, Sequence[str]], set[str]]) -> None:
    assert slugs_of("zuora", ["zuora_headers"]) == set(IN_HEADERS)
    assert slugs_of("zuora", ["zuora_idempotency"]) == {*IN_KEYS, "waits-for-the-first"}
    assert slugs_of("zuora", ["zuora_errors"]) == set(IN_ERRORS)


@pytest.mark.parametrize("slug", IN_HEADERS)
def test_the_freedom_is_taken_in_headers(differs: Callable[..., None], slug: str) -> None:
    differs(f"zuora/{slug}", *IN_HEADERS[slug])


@pytest.mark.parametrize("slug", IN_KEYS)
def test_the_freedom_is_taken_in_keys(differs: Callable[..., None], slug: str) -> None:
    differs(f"zuora/{slug}", *IN_KEYS[slug])


@pytest.mark.parametrize("slug", IN_ERRORS)
def test_the_freedom_is_taken_in_errors(differs: Callable[..., None], slug: str) -> None:
    differs(f"zuora/{slug}", *IN_ERRORS[slug])


@pytest.mark.parametrize("slug", ["undocumented-pages", "undocumented-nothing", "undocumented-legacy"])
def test_an_error_with_a_documented_shape_keeps_it(site: Callable[[str], Site], slug: str) -> None:
    reply = update(site(f"zuora/{slug}"))

    assert json.loads(reply.body)["Errors"][0]["status"] == "400"


def test_a_tracking_id_comes_back_with_the_first_answer_too(site: Callable[[str], Site]) -> None:
    reply = rerun(site("zuora/replays-with-the-first-track-id"), zuora_track_id="t", idempotency_key="k")

    assert header(reply, "zuora-track-id") == "t"


def test_requests_that_would_be_in_conflict_wait_for_the_first(site: Callable[[str], Site]) -> None:
    waiting, impatient = site("zuora/waits-for-the-first"), site("zuora/conflict-while-running")

    assert (overlapping(waiting), overlapping(impatient)) == ([200, 200, 200], [200, 409, 409])
