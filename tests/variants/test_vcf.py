"""Each freedom of SDDC Manager is taken: the variant shows what the reference server does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from assay.reference.messages import Reply
    from tests.variants.conftest import Shown, Site


def retry(site: Site, task_id: object, *sent: Any, **more: Any) -> Reply:
    return site.send("PATCH", f"/v1/tasks/{task_id}", *sent, **more)


def unknown(site: Site) -> Reply:
    return retry(site, site.given("unknown_task")["task_id"])


def failed(site: Site, *sent: Any, **more: Any) -> Reply:
    return retry(site, site.given("failed_task")["task_id"], *sent, **more)


def stranger(site: Site) -> Reply:
    return failed(site, token=None)


def last_of(retries: int) -> Callable[[Site], Reply]:
    """Retry fresh tasks, and the last one twice."""

    def ask(site: Site) -> Reply:
        for _ in range(retries - 1):
            failed(site)
        task_id = site.given("failed_task")["task_id"]
        retry(site, task_id)
        return retry(site, task_id)

    return ask


def retried_after_a_while(site: Site) -> Reply:
    task_id = site.given("failed_task")["task_id"]
    retry(site, task_id)
    site.wait(0.05)
    return retry(site, task_id)


TAKEN: dict[str, tuple[Callable[[Site], Any], Shown]] = {
    "nothing-compressed": (failed, lambda reply: reply.body.startswith(b"\x1f\x8b")),
    "error-code-only": (unknown, lambda reply: reply.body == b'{"errorCode":"TASK_NOT_FOUND"}'),
    "message-only": (unknown, lambda reply: reply.body.startswith(b'{"message":"') and reply.body.count(b":") == 1),
    "null-fields": (unknown, {"arguments": None, "context": None, "causes": None, "nestedErrors": None}),
    "newer-fields": (unknown, {"label": None, "notifications": [{"severity": 1}]}),
    "nested-errors": (unknown, {"nestedErrors": [{"nestedErrors": [{"nestedErrors": []}, {}]}, {}]}),
    "deep-errors": (unknown, lambda reply: reply.body.count(b'"nestedErrors"') == 101),
    "context-of-any-kind": (unknown, {"context": {"attempt": 3}}),
    "odd-causes": (unknown, {"causes": [{"type": "java.io.IOException"}, {"stack": ["a", "b"]}, {}]}),
    "translated-messages": (unknown, "Задачу".encode()),
    "page-401": (stranger, lambda reply: (reply.status, reply.body[:2]) == (401, b"<!")),
    "empty-401": (stranger, lambda reply: (reply.status, reply.body) == (401, b"")),
    "refused-with-403": (stranger, 403),
    "hidden-from-strangers": (stranger, 404),
    "task-before-caller": (lambda site: retry(site, site.given("unfailed_task")["task_id"], token=None), 409),
    "bare-tokens": (lambda site: failed(site, token=None, authorization="token-of-the-main-caller"), 200),
    "strict-ids": (lambda site: retry(site, "no-uuid"), 400),
    "odd-ids": (lambda site: site.given("failed_task")["task_id"], lambda task_id: "%" in task_id),
    "number-ids": (lambda site: site.given("failed_task")["task_id"], lambda task_id: task_id == 1),
    "letter-case-of-ids": (lambda site: retry(site, site.given("failed_task")["task_id"].upper()), 200),
    "bodies-read": (lambda site: failed(site, b"retry"), 400),
    "large-bodies-refused": (lambda site: failed(site, b" " * 2000), 413),
    "fails-again-at-once": (last_of(1), 200),
    "fails-again-soon": (retried_after_a_while, 200),
    "fails-again-by-chance": (last_of(2), 200),
}


def test_every_freedom_is_looked_at(slugs_of: Callable[[str, Sequence[str]], set[str]]) -> None:
    assert slugs_of("vcf", ["vcf"]) == set(TAKEN)


@pytest.mark.parametrize("slug", TAKEN)
def test_the_freedom_is_taken(differs: Callable[..., None], slug: str) -> None:
    differs(f"vcf/{slug}", *TAKEN[slug])
