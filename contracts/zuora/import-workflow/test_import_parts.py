"""Importing a workflow: the tasks and linkages that an export may hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from assay.bench import requirement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assay.bench import Answer, Bench, Call

OK = 200
REFUSED = 400
SERVER_ERROR = 500
WORKFLOW = 458
"""The id that the plain export gives its workflow."""

Export = dict[str, Any]


class Exports(Protocol):
    """The fixture `exports`: exports to vary, and the calls that import them."""

    def plain(self) -> Export:
        """Return a small export, to be changed at will."""

    def workflow(self, **fields: object) -> Export:
        """Return a small export whose workflow has these fields too."""

    def tasks(self, tasks: list[Export], linkages: list[Export]) -> Export:
        """Return an export with these tasks and linkages, as changes to the plain ones."""

    def call(self, export: object, **query: str | int) -> Call:
        """Return the import of an export; without a query, as a new definition."""

    def bare(self) -> Export:
        """Return a small export without the ids of the workflow that it was taken from, without objects and limits."""

    def accepted(self, call: Call, control: Call | None = None) -> Answer:
        """Send an import and demand that it succeeds, as the plain one does, or the one passed as `control`."""


@requirement("every-field")
def test_an_export_may_carry_every_field(bench: Bench, exports: Exports) -> None:
    task = {"data": {"Workflow": {}}, "instance": False, "task_id": None, "workflow_id": WORKFLOW, "tags": ["assay"]}
    export = exports.tasks([{"id": 1, **task}, {"id": 2, **task, "task_id": 1}], [start(1), link(1, 2, "Approve")])
    times = {"createdAt": "2024-03-01 09:30:00", "updatedAt": "2024-03-02 10:00:00"}
    export["workflow"] |= {"interval": None, "timezone": None, **times}

    exports.accepted(
        exports.call(export), exports.call(exports.bare()).labelled("an export without ids, times, objects and limits")
    )

    # And what of one with hardly a field?
    alone = {"workflow": exports.plain()["workflow"]}
    for label, few in (("no tasks", exports.tasks([], [])), ("a workflow alone", alone)):
        answer = bench.send(exports.call(few).labelled(label))
        if answer.status < SERVER_ERROR:
            bench.reading("empty-export", "taken" if answer.status < REFUSED else "refused")


@requirement("instance-task")
def test_an_export_may_carry_a_task_of_an_instance(exports: Exports) -> None:
    times = {"start_time": "2024-03-01T09:30:00.000Z", "end_time": "2024-03-01T09:30:01.000Z"}
    origin = {"instance": True, "original_task_id": 7, "original_workflow_id": 3}
    error = {"error": "No answer.", "error_class": "Callout", "error_details": "After one try."}
    failed = {"id": 1, **origin, **times, **error, "status": "Error"}

    exports.accepted(exports.call(exports.tasks([{"id": 1, **origin, **times, "status": "Success"}], [start(1)])))
    exports.accepted(exports.call(exports.tasks([failed], [start(1)])).labelled("a failed one"))

    # And the statuses that are left, of tasks that say no more of their instance.
    statuses = ("Queued", "Processing", "Pending", "Stopped")
    tasks = [{"id": number, **origin, "status": status} for number, status in enumerate(statuses, 1)]
    links = [start(1), *(link(number - 1, number, "Approve") for number in range(2, len(tasks) + 1))]
    ended = exports.tasks([{**task, "status": "Success"} for task in tasks], links)
    every = exports.call(exports.tasks(tasks, links)).labelled("every other status")
    exports.accepted(every, exports.call(ended).labelled("the same tasks, ended"))


@requirement("linkage-types")
def test_each_linkage_type_is_accepted(bench: Bench, exports: Exports) -> None:
    kinds = ("Approval", "If", "Iterate", "Callout", "Delay", "Delay", "Delay", "Delay")
    tasks = [{"id": number, "action_type": kind, "parameters": {}} for number, kind in enumerate(kinds, 1)]
    # Each type behind a task of the kind that has such an outcome.
    links = {
        "Start": start(1),
        "Approve": link(1, 2, "Approve"),
        "Reject": link(1, 5, "Reject"),
        "True": link(2, 3, "True"),
        "False": link(2, 6, "False"),
        "Iterate": link(3, 4, "Iterate"),
        "Success": link(4, 7, "Success"),
        "Failure": link(4, 8, "Failure"),
    }
    alone = {kind: exports.tasks(tasks, [links["Start"], each]) for kind, each in links.items()}
    alone["Start"] = exports.tasks(tasks[:1], [links["Start"]])
    # All of them have a start, so it is the one to blame if another type is accepted in its place.
    control = exports.call(exports.tasks(tasks[:1], [{**start(1), "linkage_type": "Success"}]))

    must_accept_each(bench, exports, exports.tasks(tasks, list(links.values())), alone, control)

    for kind in ("Finish", "For Each"):
        answer = bench.send(exports.call(exports.tasks(tasks[:2], [start(1), link(1, 2, kind)])).labelled(kind))
        if answer.status < 500:
            name = "finish-linkage" if kind == "Finish" else "for-each-linkage"
            bench.reading(name, "taken" if answer.status == OK else "refused")


@requirement("action-types")
def test_each_action_type_is_accepted(bench: Bench, exports: Exports) -> None:
    kinds = bench.contract.spec["components"]["schemas"]["ActionType"]["enum"]
    tasks = [
        {"id": number, "name": kind, "action_type": kind, "parameters": {}, "task_id": number - 1 or None}
        for number, kind in enumerate(kinds, 1)
    ]
    chain = [start(1), *(link(number - 1, number, "Success") for number in range(2, len(tasks) + 1))]
    alone = {task["action_type"]: exports.tasks([{**task, "id": 1, "task_id": None}], [start(1)]) for task in tasks}

    must_accept_each(bench, exports, exports.tasks(tasks, chain), alone, exports.call(exports.plain()))


@requirement("parents")
def test_tasks_and_linkages_have_a_parent_or_null(bench: Bench, exports: Exports) -> None:
    first, second = {"id": 1, "task_id": None}, {"id": 2, "task_id": 1}

    answer = bench.send(exports.call(exports.tasks([first], [start(1)])).labelled("no parent"))
    if answer.status != OK and bench.send(exports.call(without_nulls(exports)).labelled("left out")).status != OK:
        bench.control(exports.call(with_parents_only(exports)).labelled("parents only"), OK)
    answer.must_be(OK)
    both = exports.tasks([first, second], [start(1), link(1, 2, "Approve")])
    exports.accepted(exports.call(both).labelled("a parent"))


def must_accept_each(
    bench: Bench, exports: Exports, together: Export, alone: Mapping[str, Export], control: Call
) -> None:
    """Demand that all types are accepted; where they are not together, the one to blame is looked for.

    Where each of them is refused, `control` tells whether there is another reason.
    """
    if bench.send(exports.call(together).labelled("all types at once")).status == OK:
        return
    # A limit on the size of an export is nowhere excluded, so only what is refused alone counts.
    answers = [bench.send(exports.call(export).labelled(f"type {kind}")) for kind, export in alone.items()]
    refused = [answer for answer in answers if answer.status != OK]
    if len(refused) == len(answers):
        bench.control(control, OK)
    for answer in refused:
        answer.must_be(OK)


def without_nulls(exports: Exports) -> Export:
    """Return a small export whose first task has neither a parent nor a null in its place."""
    export = exports.plain()
    for part in (*export["tasks"], *export["linkages"]):
        for name in [name for name, value in part.items() if value is None]:
            del part[name]
    return export


def with_parents_only(exports: Exports) -> Export:
    """Return a small export whose linkage starts from a task, and whose first task says nothing of a parent."""
    export = exports.tasks([{"id": 1}, {"id": 2, "task_id": 1}], [link(1, 2, "Start")])
    del export["tasks"][0]["task_id"]
    return export


def start(target: int) -> Export:
    """Return the linkage from the workflow to its first task."""
    return {"source_workflow_id": WORKFLOW, "source_task_id": None, "target_task_id": target, "linkage_type": "Start"}


def link(source: int, target: int, kind: str) -> Export:
    """Return a linkage between two tasks."""
    return {"source_workflow_id": WORKFLOW, "source_task_id": source, "target_task_id": target, "linkage_type": kind}
