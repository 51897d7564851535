"""The plain valid call of each operation, which the cases vary in one thing at a time."""

from __future__ import annotations

import gzip
import hashlib
import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from assay.bench import Inconclusive, Untestable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from assay.bench import Answer, Bench, Call
    from assay.states import Values

# An answer that carries it is longer than 1000 bytes.
LONG_DESCRIPTION = "Collects what the day has left open. " * 30
BUSY = {"rerun-task": {409: "the task may still be at work since the call before"}}


class Renamed(Protocol):
    """What the fixture `renamed` is."""

    def __call__(self, call: Call, name: str, /, **others: object) -> Call:
        """Return the call with another name, and other values beside it."""


class Accepted(Protocol):
    """What the fixture `accepted` is."""

    def __call__(self, call: Call, control: Call | None = None, undecided: Mapping[int, str] = {}) -> Answer:
        """Return the answer to a call that must succeed and say something: an empty object is evidence of nothing.

        Where it is refused, `control` must succeed, or there is another reason than what the check is about. The
        control comes last, because a server may refuse to rerun a task that is still at work since the call before.
        `undecided` names statuses that decide nothing, and why.
        """


@pytest.fixture
def unique_name(bench: Bench) -> str:
    """Return a name that no other check uses; the same one with the same seed, so that reports can be compared."""
    return "assay " + hashlib.sha256(f"{bench.seed} {bench.check.id}".encode()).hexdigest()[:12]


@pytest.fixture
def plain(bench: Bench, unique_name: str) -> Callable[[str], Call]:
    """Return what makes the plain valid call for the next task of a state; an import needs none."""

    def call(state: str) -> Call:
        match bench.operation.slug:
            case "rerun-task":
                return bench.call(task_id=bench.given(state)["task_id"])
            case "update-tasks":
                task = bench.given(state)
                return bench.call().with_json({"data": [{"id": task.integer("task_id"), "name": unique_name}]})
            case _:
                return bench.call().with_query(version="1.0.0").with_json(exported_workflow(unique_name))

    return call


@pytest.fixture
def baseline(plain: Callable[[str], Call]) -> Call:
    """Return the plain valid call: a rerun or a harmless update of a `task`, or the import of a small new workflow.

    A case that takes it for a rerun or an update declares the state `task`.
    """
    return plain("task")


@pytest.fixture
def large_baseline(bench: Bench, plain: Callable[[str], Call], renamed: Renamed, unique_name: str) -> Call:
    """Return the plain valid call whose answer is longer than 1000 bytes.

    A case that takes it for a rerun or an update declares the state `large_task`.
    """
    call = plain("large_task")
    if bench.operation.slug == "import-workflow":
        return renamed(call, unique_name, description=LONG_DESCRIPTION)
    return call


@pytest.fixture
def unknown_call(bench: Bench, plain: Callable[[str], Call]) -> Call:
    """Return the plain call for what does not exist: another task, or a new version of another workflow.

    A case that takes it declares the state `unknown_task` or, for an import, `unknown_workflow`.
    """
    call = plain("unknown_task")
    if bench.operation.slug == "import-workflow":
        return call.with_query(workflow_definition_id=bench.given("unknown_workflow")["workflow_definition_id"])
    return call


@pytest.fixture
def renamed() -> Renamed:
    """Return what gives an update or an import another name; a rerun has no body and stays as it is."""

    def call_named(call: Call, name: str, /, **others: object) -> Call:
        if not call.body:
            return call
        body = json.loads(call.body)
        (body["data"][0] if "data" in body else body["workflow"]).update(name=name, **others)
        return call.with_json(body)

    return call_named


@pytest.fixture
def shown_name(bench: Bench) -> Callable[[Answer], Any]:
    """Return what reads the name of the task or workflow in an answer; it finds `None` where there is none."""

    def name_in(answer: Answer) -> Any:  # noqa: ANN401 - whatever the answer says
        body = answer.json
        if bench.operation.slug == "update-tasks":
            tasks = body.get("data") if isinstance(body, dict) else None
            body = tasks[0] if isinstance(tasks, list) and tasks else None
        return body.get("name") if isinstance(body, dict) else None

    return name_in


@pytest.fixture
def accepted(bench: Bench) -> Accepted:
    """Return what sends a call and demands that it succeeds; see `Accepted`."""

    def demand(call: Call, control: Call | None = None, undecided: Mapping[int, str] = {}) -> Answer:
        answer = bench.send(call)
        reasons: dict[int, str] = {**BUSY.get(bench.operation.slug, {}), **undecided}
        if answer.status in reasons:
            message = f"answered {answer.status}: {reasons[answer.status]}"
            raise Inconclusive(message)
        if not is_success(answer):
            if control is not None:
                bench.control(control)
            expected = "success"
            raise answer.violation(expected, str(answer.status))
        if not answer.content.json and not answer.content.problem:
            message = "answered without a word on what was done"
            raise Inconclusive(message)
        return answer

    return demand


@pytest.fixture
def plain_answer(bench: Bench, baseline: Call) -> Answer:
    """Return the answer to the plain call, for cases that look at it; that it is 200 is a requirement of its own."""
    answer = bench.send(baseline)
    if answer.status != HTTPStatus.OK:
        message = f"the plain call was answered {answer.status} and not 200, so there is no answer to look at"
        raise Inconclusive(message)
    if not answer.content.problem and not answer.content.json:
        message = "the plain call was answered without a word on what was done"
        raise Inconclusive(message)
    return answer


def is_success(answer: Answer) -> bool:
    """Whether the answer says yes; that it says so by 200 is a requirement of its own."""
    return HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES


@pytest.fixture
def keyed(bench: Bench) -> Callable[..., Call]:
    """Return what gives a call an idempotency key that no run has used before, or the key that is passed."""

    def with_key(call: Call, key: str = "") -> Call:
        return call.with_headers({"Idempotency-Key": key or bench.fresh_key()})

    return with_key


def exported_workflow(name: str) -> dict[str, Any]:
    """Return the export of a small workflow: one task, and the link that starts it."""
    return {
        "workflow": {
            "id": 458,
            "name": name,
            "description": "Asks for an approval.",
            "type": "Workflow::Setup",
            "version": "1.0.0",
            "calloutTrigger": False,
            "ondemandTrigger": True,
            "scheduledTrigger": False,
        },
        "tasks": [
            {
                "id": 1418,
                "name": "Ask for approval",
                "action_type": "Approval",
                "call_type": "SOAP",
                "object": "",
                "object_id": "",
                "task_id": None,
                "concurrent_limit": 9999999,
                "parameters": {"delivery_method": "email", "email_approver_emails": ["approver@example.test"]},
                "tags": [],
            }
        ],
        "linkages": [
            {"source_workflow_id": 458, "source_task_id": None, "target_task_id": 1418, "linkage_type": "Start"}
        ],
    }


@pytest.fixture
def compressed() -> Callable[[Call], Call]:
    """Return what compresses the body of a call and says so; an empty object stands in for the body of a rerun."""

    def packed(call: Call) -> Call:
        body = gzip.compress(call.body or b"{}", mtime=0)
        return call.with_body(body).with_headers({"Content-Encoding": "gzip"}).labelled("a compressed request")

    return packed


@pytest.fixture
def detours(
    bench: Bench, compressed: Callable[[Call], Call], keyed: Callable[..., Call]
) -> Callable[[Call], Iterator[Call]]:
    """Return what makes calls of one that may take another way through a server, past the place that looks who asks."""

    def ways(call: Call) -> Iterator[Call]:
        yield compressed(call)
        if bench.operation.slug != "update-tasks":
            yield keyed(call).labelled("a key of its own")
        if bench.operation.slug == "import-workflow":
            yield call.with_query(activate="true").labelled("to be activated")

    return ways


@pytest.fixture
def two_tasks(bench: Bench) -> Callable[[], tuple[Values, Values]]:
    """Return what gives two different tasks; a case that takes them declares `task`, `task` and `large_task`."""

    def different() -> tuple[Values, Values]:
        first = bench.given("task")
        # The third for a target that gives the same task each time; it is asked for only then.
        for state in ("task", "large_task"):
            if (other := bench.given(state))["task_id"] != first["task_id"]:
                return first, other
        message = f"the states 'task' and 'large_task' give the same task {first['task_id']}; two are needed"
        raise Untestable(message)

    return different


@pytest.fixture(scope="session")
def used_keys() -> dict[tuple[str, str], tuple[Call, Answer, float]]:
    """Return calls with keys that checks have sent, their answers, and when, by target and operation.

    A later check comes back to them without having waited.
    """
    return {}


@pytest.fixture
def without_credentials(bench: Bench) -> Callable[[Call], Iterator[Call]]:
    """Return what makes a call without any credentials, in several ways."""
    if bench.target.token is None:
        message = "the target file gives no token, so no call with credentials can be compared; set [auth] token"
        raise Untestable(message)

    def strangers(call: Call) -> Iterator[Call]:
        stranger = call.without_credentials()
        yield stranger.labelled("no Authorization header")
        yield stranger.with_headers({"Authorization": "Bearer"}).labelled("a scheme without a token")

    return strangers


@pytest.fixture
def elsewhere(bench: Bench) -> Callable[..., Answer]:
    """Return what asks another operation about something, by its slug and the number of a task, and what to change.

    What observes this operation leaves the answer alone, which is none of its own.
    """

    def send(slug: str, task: int, headers: Mapping[str, str] = {}, **changes: object) -> Answer:
        call = bench.call_elsewhere(slug, task_id=task)
        if slug == "update-tasks":
            call = call.with_json({"data": [{"id": task, **changes}]})
        return bench.send_unobserved(call.with_headers(headers).labelled(f"by {slug}"))

    return send


@pytest.fixture
def sized(renamed: Renamed, bench: Bench, unique_name: str) -> Callable[[Call, str], Call]:
    """Return what puts a text of any length into a call, which comes back in its answer."""

    def filled(call: Call, text: str) -> Call:
        if bench.operation.slug == "import-workflow":
            return renamed(call, unique_name, description=text)
        return renamed(call, unique_name + text)

    return filled


@pytest.fixture
def key_twins(bench: Bench) -> Callable[[], tuple[str, dict[str, str]]]:
    """Return what makes an idempotency key and, by label, others that a careless comparison takes for it."""

    def twins() -> tuple[str, dict[str, str]]:
        unique = bench.fresh_key(32)
        return f"run-{unique}", {
            "another letter case": f"RUN-{unique}",
            "another punctuation": f"run_{unique}",
            "no hyphen": f"run{unique}",
            "the same end": f"rerun-{unique}",
            "the same beginning": f"run-{unique},2",
        }

    return twins
