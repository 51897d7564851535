"""Each freedom of Zuora in tasks and workflows is taken: the variant shows what the reference server does not."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from assay.reference.messages import Reply
    from tests.variants.conftest import Shown, Site

BATCH = "/workflows/tasks/batch_update"
TASK: dict[str, Any] = {"id": 7, "name": "One"}
WORKFLOW: dict[str, Any] = {"name": "Export"}


def rerun(site: Site, times: int = 1, state: str = "task") -> Reply:
    task_id = site.given(state)["task_id"]
    return [site.send("POST", f"/workflows/tasks/{task_id}/rerun") for _ in range(times)][-1]


def twice(site: Site) -> Reply:
    return rerun(site, 2)


def rerun_and_looked_at(site: Site) -> Reply:
    task_id = site.given("task")["task_id"]
    site.send("POST", f"/workflows/tasks/{task_id}/rerun")
    return site.send("PUT", BATCH, json={"data": [{"id": task_id}]})


def of_a_busy_task(site: Site) -> Reply:
    task_id = site.given("task")["task_id"]
    site.send("POST", f"/workflows/tasks/{task_id}/rerun")
    return site.send("PUT", BATCH, json={"data": [{"id": task_id, "name": "Renamed"}]})


def batch(*items: object) -> Callable[[Site], Reply]:
    """Update; "task" stands for the id of a new one."""

    def ask(site: Site) -> Reply:
        known = [
            {**item, "id": site.given("task")["task_id"]} if item.get("id") == "task" else item
            for item in items
            if isinstance(item, dict)
        ]
        return site.send("PUT", BATCH, json={"data": known})

    return ask


def one(**values: object) -> Callable[[Site], Reply]:
    return batch({"id": "task", **values})


def of_a_mixed_batch(site: Site) -> Any:
    task_id = site.given("task")["task_id"]
    site.send("PUT", BATCH, json={"data": [{"id": task_id, "name": "Changed"}, {"id": 1}]})
    return json.loads(site.send("PUT", BATCH, json={"data": [{"id": task_id}]}).body)["data"][0]["name"]


def id_as_text(site: Site) -> Reply:
    return site.send("PUT", BATCH, json={"data": [{"id": str(site.given("task")["task_id"])}]})


def named_twice(site: Site) -> Reply:
    task_id = site.given("task")["task_id"]
    return site.send("PUT", BATCH, json={"data": [{"id": task_id, "name": name} for name in ("A", "B")]})


def at_the_same_moment(site: Site) -> int:
    """Update one task twice at once, and return the greater status."""
    task_id = site.given("task")["task_id"]
    asked = [site.asked("PUT", BATCH, json={"data": [{"id": task_id, "name": name}]}) for name in ("A", "B")]
    return max(reply.status for reply in site.together(*asked))


def behind_a_comment(site: Site) -> Reply:
    body = json.dumps({"data": [{"id": site.given("task")["task_id"]}]}).encode()
    return site.send("PUT", BATCH, b"/* one task */" + body, content_type="application/json")


def of_its_twin(site: Site) -> Reply:
    return site.send("PUT", BATCH, json={"data": [{"id": site.given("task")["task_id"] + 2**32}]})


def fifty_one(site: Site) -> Reply:
    ids = [site.given("task")["task_id"] for _ in range(51)]
    return site.send("PUT", BATCH, json={"data": [{"id": each} for each in ids]})


def started_at(pattern: str) -> Callable[[Reply], bool]:
    return lambda reply: re.fullmatch(pattern, json.loads(reply.body)["start_time"]) is not None


OF_TASKS: dict[str, tuple[Callable[[Site], Any], Shown]] = {
    "nulls": (rerun, {"call_type": None, "concurrent_limit": None, "object": None}),
    "full-tasks": (rerun, {"object_id": "", "task_id": 12, "tags": ["", 7, None, {}]}),
    "fields-left-out": (rerun, lambda reply: b"null" not in reply.body),
    "lean-tasks": (rerun, lambda reply: b"parameters" not in reply.body),
    "large-tasks": (rerun, lambda reply: len(reply.body) > 5000),
    "times-in-another-zone": (rerun, started_at(r".*\+05:30")),
    "times-without-fractions": (rerun, started_at(r"\d+-\d+-\d+T\d+:\d+:\d+Z")),
    "times-in-iso-forms": (rerun, started_at(r".*,\d+\+00")),
    "small-ids": (rerun, {"id": 1}),
    "large-ids": (rerun, {"id": 2**53 + 1}),
    "ids-far-apart": (of_its_twin, 200),
    "ends-at-once": (rerun, {"status": "Success"}),
    "fails-at-once": (rerun, {"status": "Error", "error": "Again."}),
    "queued-first": (twice, {"status": "Queued", "start_time": None}),
    "old-failure-shown": (rerun, {"status": "Processing", "error_class": "WorkflowError::Callout"}),
    "moves-on-at-once": (rerun_and_looked_at, {"data": [{"status": "Success"}]}),
}

OF_UPDATES: dict[str, tuple[Callable[[Site], Any], Shown]] = {
    "batches-in-part": (of_a_mixed_batch, lambda name: name == "Changed"),
    "batches-of-any-size": (fifty_one, 200),
    "last-mention-counts": (named_twice, {"data": [{"name": "B"}]}),
    "each-mention-answered": (named_twice, {"data": [{"name": "A"}, {"name": "B"}]}),
    "updates-one-at-a-time": (at_the_same_moment, lambda status: status == 409),
    "comments-skipped": (behind_a_comment, 200),
    "ids-as-text": (id_as_text, 200),
    "unknown-fields-refused": (one(colour="red"), 400),
    "nulls-refused": (one(object=None), 400),
    "nulls-unread": (one(name=None), 200),
    "scalars-read": (one(name=5, concurrent_limit="3"), {"data": [{"name": "5", "concurrent_limit": 3}]}),
    "any-limit": (one(concurrent_limit=-4), {"data": [{"concurrent_limit": -4}]}),
    "types-fixed": (one(action_type="If"), 400),
    "values-known": (one(object="Wormhole"), 400),
    "plain-tags-alone": (one(tags=["a < b"]), 400),
    "busy-tasks-fixed": (of_a_busy_task, 400),
    "basic-plane-alone": (one(name="🙂"), 400),
    "old-failure-kept": (one(status="Success"), {"data": [{"error_class": "WorkflowError::Callout"}]}),
    "null-pages": (one(name="A"), {"pagination": {"page": None, "page_length": None}}),
    "pages-from-zero": (one(name="A"), {"pagination": {"page": 0, "page_length": 1}}),
    "pages-left-out": (one(name="A"), lambda reply: b'"pagination":{}' in reply.body),
    "tasks-in-another-order": (
        batch({"id": "task", "name": "A"}, {"id": "task", "name": "B"}),
        {"data": [{"name": "B"}, {"name": "A"}]},
    ),
}


def importing(query: str = "", tasks: Sequence[object] = (), **workflow: object) -> Callable[[Site], Reply]:
    export = {"workflow": {**WORKFLOW, **workflow}, "tasks": list(tasks), "linkages": []}
    return lambda site: site.send("POST", f"/workflows/import?{query}", json=export)


def linked(kind: str = "Start", source: object = None, tasks: Sequence[object] = ()) -> Callable[[Site], Reply]:
    linkage = {"linkage_type": kind, "source_task_id": source, "target_task_id": None}
    export = {"workflow": WORKFLOW, "tasks": list(tasks), "linkages": [linkage]}
    return lambda site: site.send("POST", "/workflows/import", json=export)


def under_a_definition(site: Site, query: str = "version=2.0.0") -> Any:
    definition = site.given("workflow")["workflow_definition_id"]
    reply = importing(f"workflow_definition_id={definition}&{query}")(site)
    return reply.status, json.loads(reply.body).get("id") == definition


OF_IMPORTS: dict[str, tuple[Callable[[Site], Any], Shown]] = {
    "workflow-times-iso": (importing(), {"createdAt": "2030-03-17T17:46:40Z"}),
    "workflow-times-with-offset": (importing(), {"updatedAt": "2030-03-17T17:46:40.000+00:00"}),
    "workflow-times-in-another-zone": (importing(), {"createdAt": "2030-03-18 02:46:40"}),
    "empty-descriptions": (importing(), {"description": ""}),
    "workflow-fields-left-out": (importing(), lambda reply: b"description" not in reply.body),
    "lean-workflows": (importing(), lambda reply: b"createdAt" not in reply.body and b"interval" not in reply.body),
    "instances": (importing(), {"type": "Workflow::Instance"}),
    "definition-ids": (under_a_definition, lambda seen: seen == (200, True)),
    "finish-refused": (linked("Finish"), 400),
    "for-each-refused": (linked("For Each"), 400),
    "setup-alone": (importing(type="Workflow::Instance"), 400),
    "unknown-parts-refused": (importing(colour="red"), 400),
    "linkages-checked": (linked("Success", 5), 400),
    "linkages-fit-their-tasks": (linked("Approve", 7, [{**TASK, "action_type": "Email"}]), 400),
    "task-ids-unique": (importing(tasks=[TASK, TASK]), 400),
    "names-demanded": (importing(name=None), 400),
    "tasks-demanded": (importing(), 400),
    "workflow-names-of-255": (importing(name="n" * 256), 400),
    "schedules-whole": (importing(scheduledTrigger=True), 400),
    "triggers-demanded": (importing(calloutTrigger=False, ondemandTrigger=False, scheduledTrigger=False), 400),
    "contents-unread": (importing(tasks=["anything"]), 200),
    "unknown-parameters-refused": (importing("colour=red"), 400),
    "versions-demanded": (lambda site: under_a_definition(site, "activate=true"), lambda seen: seen[0] == 400),
    "versions-of-three-parts": (importing("version=1.0"), 400),
    "versions-of-four-digits": (importing("version=10000.0.0"), 400),
    "plain-booleans": (importing("activate=yes"), 400),
}


def test_every_freedom_is_looked_at(slugs_of: Callable[[str, Sequence[str]], set[str]]) -> None:
    assert slugs_of("zuora", ["zuora_tasks"]) == set(OF_TASKS)
    assert slugs_of("zuora", ["zuora_updates"]) == set(OF_UPDATES)
    assert slugs_of("zuora", ["zuora_imports"]) == set(OF_IMPORTS)


@pytest.mark.parametrize("slug", OF_TASKS)
def test_the_freedom_is_taken_in_tasks(differs: Callable[..., None], slug: str) -> None:
    differs(f"zuora/{slug}", *OF_TASKS[slug])


@pytest.mark.parametrize("slug", OF_UPDATES)
def test_the_freedom_is_taken_in_updates(differs: Callable[..., None], slug: str) -> None:
    differs(f"zuora/{slug}", *OF_UPDATES[slug])


@pytest.mark.parametrize("slug", OF_IMPORTS)
def test_the_freedom_is_taken_in_imports(differs: Callable[..., None], slug: str) -> None:
    differs(f"zuora/{slug}", *OF_IMPORTS[slug])


@pytest.mark.parametrize("slug", ["lean-tasks", "fields-left-out", "nulls"])
def test_a_large_task_stays_large(site: Callable[[str], Site], slug: str) -> None:
    reply = rerun(site(f"zuora/{slug}"), state="large_task")

    assert len(reply.body) > 1000
