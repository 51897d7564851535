"""The specs say what the documents say: whole, valid, and strict exactly where the documents are."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
import yaml
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from referencing import Registry
from referencing.jsonschema import DRAFT202012

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jsonschema.protocols import Validator

Node: TypeAlias = Any
"""A node of a YAML or JSON document, which has no narrower type."""

SPECS = Path(__file__).parents[1] / "specs"
VENDORS = ("onedata", "vcf", "zuora")
REQUIREMENT, READING = "x-assay-requirement", "x-assay-reading"
SCHEMAS = "#/components/schemas/"
TEXTS = dict.fromkeys(
    ("serviceReleaseVersion", "serviceId", "serviceDomain", "serviceBuildVersion", "onedataErrorsRevision", "module"),
    "x",
)
CTX = {"timestamp": 1_933_333_333_333, "service": "ozw", "line": 1, **TEXTS}
ERROR_FIELDS = "errorCode errorType arguments context message remediationMessage causes nestedErrors referenceToken"
TASK_FIELDS = (
    "action_type call_type concurrent_limit data end_time error error_class error_details id instance name object "
    "object_id original_task_id original_workflow_id parameters start_time status tags task_id workflow_id"
)
WORKFLOW_FIELDS = (
    "calloutTrigger createdAt description id interval name ondemandTrigger scheduledTrigger timezone type "
    "updatedAt version"
)
ZUORA_HEADERS = "Accept-Encoding Content-Encoding Zuora-Track-Id"


@cache
def spec(vendor: str) -> Node:
    return yaml.safe_load((SPECS / f"{vendor}.yaml").read_text(encoding="utf-8"))


@cache
def must_part(vendor: str) -> Node:
    """Return the spec without the subschemas that count against requirements of their own."""
    return without_annotated(spec(vendor))


def without_annotated(node: Node) -> Node:
    if isinstance(node, list):
        return [without_annotated(each) for each in node]
    if isinstance(node, dict):
        return {} if REQUIREMENT in node else {key: without_annotated(each) for key, each in node.items()}
    return node


def validator(document: Node, pointer: str) -> Validator:
    registry: Any = Registry().with_resource("urn:spec", DRAFT202012.create_resource(document))
    return Draft202012Validator({"$ref": "urn:spec" + pointer}, registry=registry)


def accepts(document: Node, pointer: str, instance: Node) -> bool:
    return validator(document, pointer).is_valid(instance)


def at(document: Node, pointer: str) -> Node:
    for part in pointer.removeprefix("#/").split("/"):
        name = part.replace("~1", "/").replace("~0", "~")
        document = document[int(name) if isinstance(document, list) else name]
    return document


def nodes(node: Node, pointer: str = "#") -> Iterator[tuple[str, dict[str, Node]]]:
    """Yield every object of the document that is not part of an example, with its JSON pointer."""
    if isinstance(node, dict):
        yield pointer, node
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, each in pairs:
        if key not in ("value", "example") and not (key == "examples" and isinstance(each, list)):
            yield from nodes(each, f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}")


def examples(document: Node) -> Iterator[tuple[str, Node]]:
    """Yield every example with the pointer of the schema that it is an example of."""
    for pointer, node in nodes(document):
        if isinstance(node.get("schema"), dict):
            yield from ((f"{pointer}/schema", value) for value in examples_beside_a_schema(document, node))
        elif isinstance(node.get("examples"), list):
            yield from ((pointer, value) for value in node["examples"])


def examples_beside_a_schema(document: Node, node: dict[str, Node]) -> Iterator[Node]:
    if "example" in node:
        yield node["example"]
    for named in node.get("examples", {}).values():
        yield (at(document, named["$ref"]) if "$ref" in named else named)["value"]


def operations(vendor: str) -> dict[str, dict[str, Node]]:
    return {
        operation["operationId"]: {**operation, "path": path, "method": method}
        for path, item in spec(vendor)["paths"].items()
        for method, operation in item.items()
    }


def resolved(vendor: str, node: dict[str, Node]) -> dict[str, Node]:
    return resolved(vendor, at(spec(vendor), node["$ref"])) if "$ref" in node else node


def annotated_slugs(document: Node, pointer: str, seen: set[str] | None = None) -> set[str]:
    """Return the requirements that validation against the schema at `pointer` can blame."""
    seen = set() if seen is None else seen
    if pointer in seen:
        return set()
    seen.add(pointer)
    slugs: set[str] = set()
    for _, node in nodes(at(document, pointer)):
        slugs |= {node[REQUIREMENT]} if REQUIREMENT in node else set()
        slugs |= annotated_slugs(document, node["$ref"], seen) if "$ref" in node else set()
    return slugs


def annotated_under_a_choice(document: Node, pointer: str) -> set[str]:
    """Return the requirements named below anyOf, oneOf, not or if, where an error would also blame the shape."""
    return {
        slug
        for where, node in nodes(at(document, pointer), pointer)
        for word in ("anyOf", "oneOf", "not", "if")
        if word in node
        for slug in annotated_slugs(document, f"{where}/{word}")
    }


# ---- the documents as a whole ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_spec_is_valid_openapi(vendor: str) -> None:
    validate(spec(vendor))

    assert spec(vendor)["openapi"].startswith("3.1.")


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_schema_is_valid_json_schema(vendor: str) -> None:
    for _, node in nodes(spec(vendor)):
        if isinstance(node.get("schema"), dict):
            Draft202012Validator.check_schema(node["schema"])
    for schema in spec(vendor)["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


EXAMPLES = [(vendor, pointer, value) for vendor in VENDORS for pointer, value in examples(spec(vendor))]


@pytest.mark.parametrize(("vendor", "pointer", "value"), EXAMPLES, ids=[f"{v}{p}" for v, p, _ in EXAMPLES])
def test_an_example_is_valid_by_its_own_schema(vendor: str, pointer: str, value: Node) -> None:
    problems = [error.message for error in validator(spec(vendor), pointer).iter_errors(value)]

    assert problems == []


@pytest.mark.parametrize("vendor", VENDORS)
def test_no_example_is_left_unvisited(vendor: str) -> None:
    counted = sum(len(node.get("examples", ())) + ("example" in node) for _, node in nodes(spec(vendor)))
    shared = len(spec(vendor)["components"].get("examples", {}))

    assert len(list(examples(spec(vendor)))) == counted - shared


@pytest.mark.parametrize(("vendor", "count"), [("onedata", 10), ("vcf", 10), ("zuora", 58)])
def test_the_examples_are_as_many_as_they_were(vendor: str, count: int) -> None:
    assert len(list(examples(spec(vendor)))) == count


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_place_on_the_wire_has_an_example(vendor: str) -> None:
    bare = [
        pointer
        for pointer, node in nodes(spec(vendor))
        if isinstance(node.get("schema"), dict) and not list(examples_beside_a_schema(spec(vendor), node))
    ]

    assert bare == []


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_reference_is_local_and_resolves_and_every_component_is_used(vendor: str) -> None:
    references = {node["$ref"] for _, node in nodes(spec(vendor)) if "$ref" in node}
    shared = {
        f"#/components/{kind}/{name}"
        for kind, members in spec(vendor)["components"].items()
        for name in members
        if kind != "securitySchemes"
    }

    assert all(at(spec(vendor), reference) is not None for reference in references)
    assert references == shared


# ---- operations -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("vendor", "operation", "method", "path", "statuses"),
    [
        ("zuora", "rerun-task", "post", "/workflows/tasks/{task_id}/rerun", "200"),
        ("zuora", "update-tasks", "put", "/workflows/tasks/batch_update", "200 400 404"),
        ("zuora", "import-workflow", "post", "/workflows/import", "200"),
        ("vcf", "retry-task", "patch", "/v1/tasks/{id}", "200 404 409 500"),
        (
            "onedata",
            "rerun-execution",
            "post",
            "/api/v3/oneprovider/automation/execution/workflows/{wid}/rerun",
            "204 400 403 404 500",
        ),
    ],
)
def test_an_operation_has_its_documented_place_and_statuses(
    vendor: str, operation: str, method: str, path: str, statuses: str
) -> None:
    found = operations(vendor)[operation]

    assert (found["method"], found["path"], " ".join(found["responses"])) == (method, path, statuses)


@pytest.mark.parametrize(("vendor", "count"), [("onedata", 1), ("vcf", 1), ("zuora", 3)])
def test_a_spec_has_no_other_operation(vendor: str, count: int) -> None:
    assert len(operations(vendor)) == count


@pytest.mark.parametrize(
    ("vendor", "operation", "place", "names"),
    [
        ("zuora", "rerun-task", "path", "task_id"),
        ("zuora", "rerun-task", "query", ""),
        ("zuora", "rerun-task", "header", f"{ZUORA_HEADERS} Idempotency-Key Zuora-Entity-Ids Zuora-Org-Ids"),
        ("zuora", "update-tasks", "path", ""),
        ("zuora", "update-tasks", "query", ""),
        ("zuora", "update-tasks", "header", f"{ZUORA_HEADERS} Zuora-Entity-Ids Zuora-Org-Ids"),
        ("zuora", "import-workflow", "path", ""),
        ("zuora", "import-workflow", "query", "workflow_definition_id version activate"),
        ("zuora", "import-workflow", "header", f"{ZUORA_HEADERS} Idempotency-Key"),
        ("vcf", "retry-task", "path", "id"),
        ("vcf", "retry-task", "query", ""),
        ("vcf", "retry-task", "header", ""),
        ("onedata", "rerun-execution", "path", "wid"),
        ("onedata", "rerun-execution", "query", ""),
        ("onedata", "rerun-execution", "header", ""),
    ],
)
def test_an_operation_has_its_documented_parameters(vendor: str, operation: str, place: str, names: str) -> None:
    found = [resolved(vendor, each) for each in operations(vendor)[operation]["parameters"]]

    assert {each["name"] for each in found if each["in"] == place} == set(names.split())


@pytest.mark.parametrize(
    ("vendor", "operation", "has_body"),
    [
        ("zuora", "rerun-task", False),
        ("zuora", "update-tasks", True),
        ("zuora", "import-workflow", True),
        ("vcf", "retry-task", False),
        ("onedata", "rerun-execution", True),
    ],
)
def test_a_request_has_a_body_where_one_is_documented(vendor: str, operation: str, has_body: bool) -> None:  # noqa: FBT001 - a column of the table
    assert operations(vendor)[operation].get("requestBody", {}).get("required", False) is has_body


@pytest.mark.parametrize(
    ("vendor", "operation", "status"), [("vcf", "retry-task", "200"), ("onedata", "rerun-execution", "204")]
)
def test_a_bare_answer_has_no_content(vendor: str, operation: str, status: str) -> None:
    assert "content" not in operations(vendor)[operation]["responses"][status]


@pytest.mark.parametrize("operation", ["rerun-task", "update-tasks", "import-workflow"])
def test_zuora_answers_with_the_track_id_and_the_content_coding(operation: str) -> None:
    assert set(operations("zuora")[operation]["responses"]["200"]["headers"]) == {"Zuora-Track-Id", "Content-Encoding"}


@pytest.mark.parametrize(
    ("vendor", "scheme"),
    [
        ("zuora", ("http", "bearer", None)),
        ("vcf", ("apiKey", None, "Authorization")),
        ("onedata", ("apiKey", None, "X-Auth-Token")),
    ],
)
def test_the_credentials_travel_where_the_document_shows_them(vendor: str, scheme: tuple[str | None, ...]) -> None:
    (name,) = spec(vendor)["security"][0]
    found = spec(vendor)["components"]["securitySchemes"][name]

    assert tuple(found.get(key) for key in ("type", "scheme", "name")) == scheme


# ---- fields and enums -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("vendor", "schema", "fields"),
    [
        ("zuora", "Task", TASK_FIELDS),
        ("zuora", "ExportedTask", TASK_FIELDS),
        ("zuora", "TaskUpdates", "data"),
        (
            "zuora",
            "TaskUpdate",
            "action_type call_type concurrent_limit id name object object_id status tags workflow_id",
        ),
        ("zuora", "UpdatedTasks", "data pagination"),
        ("zuora", "Pagination", "next_page page page_length"),
        ("zuora", "WorkflowExport", "linkages tasks workflow"),
        ("zuora", "Linkage", "linkage_type source_task_id source_workflow_id target_task_id"),
        ("zuora", "ExportedWorkflow", WORKFLOW_FIELDS),
        ("zuora", "Workflow", WORKFLOW_FIELDS),
        ("zuora", "TaskErrors/anyOf/0/properties/Errors/items", "code status title"),
        ("zuora", "TaskErrors/anyOf/1/properties/errors/items", "code status title"),
        ("vcf", "Error", ERROR_FIELDS),
        ("vcf", "Error/properties/causes/items", "type message"),
        ("onedata", "LaneRun", "laneIndex laneRunNumber"),
        ("onedata", "ErrorAnswer", "error"),
        ("onedata", "ErrorJson", "id description details ctx"),
        ("onedata", "ErrorJsonCtx", " ".join(CTX)),
    ],
)
def test_a_schema_has_exactly_the_documented_fields(vendor: str, schema: str, fields: str) -> None:
    assert set(at(spec(vendor), SCHEMAS + schema)["properties"]) == set(fields.split())


@pytest.mark.parametrize(
    ("vendor", "schema", "count"),
    [
        ("zuora", "ActionType", 48),
        ("zuora", "TaskStatus", 6),
        ("zuora", "LinkageType", 8),
        ("zuora", "WorkflowType", 2),
        ("onedata", "ErrorJsonCtx/properties/service", 4),
    ],
)
def test_an_enum_is_whole(vendor: str, schema: str, count: int) -> None:
    values = at(spec(vendor), SCHEMAS + schema)["enum"]

    assert len(values) == count
    assert len(set(values)) == count
    assert all(isinstance(value, str) for value in values)


@pytest.mark.parametrize("vendor", VENDORS)
def test_nothing_is_closed_to_further_fields(vendor: str) -> None:
    words = {
        word
        for _, node in nodes(spec(vendor))
        for word in ("additionalProperties", "unevaluatedProperties")
        if word in node
    }

    assert words == set()


# ---- how strict the schemas are -------------------------------------------------------------------------------------

REJECTED = """
zuora TaskUpdates: [[{id: 1}], {}, {data: {id: 1}}, {data: []}, {data: [1]}, {data: [{name: x}]}]
zuora TaskUpdate:
  [{id: "1"}, {id: null}, {id: 1.5}, {id: 1, action_type: Sleep}, {id: 1, call_type: 1}, {id: 1, concurrent_limit: "2"},
   {id: 1, concurrent_limit: 0}, {id: 1, concurrent_limit: 10000000}, {id: 1, name: null}, {id: 1, object: {}},
   {id: 1, object_id: 5}, {id: 1, status: queued}, {id: 1, tags: "a,b"}, {id: 1, workflow_id: "7"}]
zuora WorkflowExport: [[], {linkages: {}}, {linkages: [1]}, {tasks: {}}, {tasks: [1]}, {workflow: []}]
zuora Linkage:
  [{linkage_type: Finish}, {linkage_type: true}, {source_task_id: "1"}, {source_workflow_id: null},
   {target_task_id: null}]
zuora ExportedTask:
  [{action_type: callout}, {call_type: 1}, {concurrent_limit: 0}, {data: []}, {end_time: 5}, {error: 1},
   {error_class: 1}, {error_details: 1}, {id: "1"}, {instance: "true"}, {name: 1}, {object: {}}, {object_id: 1},
   {original_task_id: "1"}, {original_workflow_id: "1"}, {parameters: ""}, {start_time: 5}, {status: Failed},
   {tags: {}},
   {tags: [1]}, {id: 0}, {id: 9007199254740992}, {task_id: "1"},
   {workflow_id: "1"}]
zuora ExportedWorkflow:
  [{calloutTrigger: 0}, {createdAt: 9 April 2031}, {description: 1}, {id: "1"}, {interval: daily},
   {interval: 5}, {name: 1}, {ondemandTrigger: null}, {scheduledTrigger: "true"}, {timezone: 1}, {type: Setup},
   {updatedAt: 5}, {version: 1.0}]
zuora Task:
  [[{id: 1}], null, {action_type: Callouts}, {action_type: null}, {call_type: 1}, {concurrent_limit: "1"}, {data: []},
   {end_time: 5}, {error: false}, {error_class: []}, {error_details: {}}, {id: "1"}, {id: null}, {instance: "true"},
   {name: null}, {object: {}}, {object_id: 1}, {original_task_id: "1"}, {original_workflow_id: 1.5}, {parameters: x},
   {start_time: 0}, {status: Running}, {tags: null}, {task_id: "1"}, {workflow_id: null},
   {instance: true, status: null}, {instance: true, original_task_id: null},
   {instance: true, original_workflow_id: null}]
zuora UpdatedTasks: [[], {pagination: {}}, {data: {}}, {data: [{id: "1"}]}, {data: [], pagination: null}]
zuora Pagination: [{page: "1"}, {page_length: "1"}, {page_length: 101}, {page_length: -1}, {next_page: 2}]
zuora TaskErrors:
  [[{code: x}], {message: x}, {Errors: {code: x}}, {Errors: [x]}, {Errors: [{status: 404}]}, {Errors: [{code: 7}]},
   {Errors: [{title: null}]}, {errors: [x]},
   {errors: {code: x}}, {errors: [{status: "404"}]}, {errors: [{code: 7}]}, {errors: [{title: 7}]}]
zuora Workflow:
  [null, {calloutTrigger: "false"}, {createdAt: 5}, {createdAt: 09/04/2031 16:20}, {description: 1}, {id: "9"},
   {interval: 5}, {name: null}, {ondemandTrigger: 1}, {scheduledTrigger: null}, {timezone: 1}, {type: Setup},
   {updatedAt: "2031-04-09"}, {version: 1.1}]
vcf ErrorAnswer:
  [Error Object, [], null, {errorCode: 404}, {errorType: {}}, {arguments: a}, {arguments: [1]}, {context: engine},
   {message: [x]}, {remediationMessage: 0}, {causes: {type: x}}, {causes: [x]}, {causes: [{type: 1}]},
   {causes: [{message: []}]}, {nestedErrors: {}}, {nestedErrors: [Error Object]}, {referenceToken: 1},
   {nestedErrors: [{nestedErrors: [x]}]}, {nestedErrors: [{nestedErrors: [{errorCode: 1}]}]}]
onedata LaneRun:
  [[1, 1], {laneIndex: 1}, {laneRunNumber: 1}, {laneIndex: "1", laneRunNumber: 1}, {laneIndex: 1.5, laneRunNumber: 1},
   {laneIndex: true, laneRunNumber: 1}, {laneIndex: 1, laneRunNumber: null}, {laneIndex: 1, laneRunNumber: "1"},
   {laneIndex: 0, laneRunNumber: 1}, {laneIndex: 1, laneRunNumber: 2147483648}]
onedata ErrorAnswer: [refused, {}, {error: refused}, {error: {id: x, description: x}}]
"""
# Each of these breaks one field of a whole context, or of a whole error around it.
BROKEN_CONTEXT = [
    *({key: value for key, value in CTX.items() if key != name} for name in CTX),
    *({**CTX, name: 25} for name in TEXTS),
    {**CTX, "timestamp": "1933333333333"},
    {**CTX, "timestamp": 1_933_333_333_333.5},
    {**CTX, "timestamp": 1_933_333_333},
    {**CTX, "timestamp": 1_933_333_333_333_000},
    {**CTX, "service": "ozwopwozpopp"},
    {**CTX, "service": None},
    {**CTX, "line": "1"},
    {**CTX, "line": 1.5},
]
WHOLE_ERROR: dict[str, Node] = {"id": "x", "description": "x", "ctx": CTX}
BROKEN_ERROR = [
    *({key: value for key, value in WHOLE_ERROR.items() if key != name} for name in WHOLE_ERROR),
    {**WHOLE_ERROR, "id": 1},
    {**WHOLE_ERROR, "description": None},
    {**WHOLE_ERROR, "details": []},
    {**WHOLE_ERROR, "ctx": None},
]
CONTRADICTIONS = [
    *((*where.split(), each) for where, rows in yaml.safe_load(REJECTED).items() for each in rows),
    *(("onedata", "ErrorJsonCtx", each) for each in BROKEN_CONTEXT),
    *(("onedata", "ErrorJson", each) for each in BROKEN_ERROR),
]


@pytest.mark.parametrize(("vendor", "schema", "instance"), CONTRADICTIONS, ids=repr)
def test_what_contradicts_a_document_is_rejected(vendor: str, schema: str, instance: Node) -> None:
    assert not accepts(must_part(vendor), SCHEMAS + schema, instance)


ACCEPTED: dict[str, tuple[str, str, Node]] = {
    "nothing": ("zuora", "WorkflowExport", {}),
    "an update of more than 100 tasks": ("zuora", "TaskUpdates", {"data": [{"id": 1}] * 101}),
    "an instance task with every null": (
        "zuora",
        "Task",
        {"id": 1, "status": "Queued", "instance": True}
        | dict.fromkeys(("object", "object_id", "error", "error_class", "error_details", "start_time", "end_time"))
        | dict.fromkeys(("task_id", "call_type", "concurrent_limit")),
    ),
    "a template task without the fields of instances": ("zuora", "Task", {"id": 1, "instance": False}),
    "a template task with nulls": (
        "zuora",
        "Task",
        {"id": 1, "instance": False, "status": None, "original_task_id": None},
    ),
    "a task with further fields": (
        "zuora",
        "Task",
        {"id": 1, "status": "Stopped", "organization": {"id": 4}, "tags": [1]},
    ),
    "a page of 100": (
        "zuora",
        "UpdatedTasks",
        {"data": [], "pagination": {"page_length": 100, "page": 1, "next_page": None}},
    ),
    "pagination without fields": ("zuora", "UpdatedTasks", {"data": [], "pagination": {}}),
    "a relative next page": ("zuora", "Pagination", {"next_page": "/workflows/tasks?page=3"}),
    "no errors in the list": ("zuora", "TaskErrors", {"Errors": []}),
    "both envelopes": ("zuora", "TaskErrors", {"Errors": [{"status": "404"}], "errors": "more"}),
    "a workflow of an instance": (
        "zuora",
        "Workflow",
        {"id": 1, "type": "Workflow::Instance", "createdAt": "2031-04-09T16:20:05Z"},
    ),
    "a scheduled workflow without a zone": ("zuora", "Workflow", {"id": 1, "scheduledTrigger": True, "timezone": None}),
    "an error with newer fields": (
        "vcf",
        "ErrorAnswer",
        {"message": "x", "label": 1, "notifications": [], "context": {"a": 1}},
    ),
    "an error with nulls": ("vcf", "ErrorAnswer", dict.fromkeys(ERROR_FIELDS.split()) | {"errorCode": "X"}),
    "a float that is whole": ("onedata", "ErrorJsonCtx", {**CTX, "timestamp": 1_933_333_333_333.0}),
    "details of any shape": ("onedata", "ErrorJson", {"id": "", "description": "", "ctx": CTX, "details": {"a": [{}]}}),
    "a context with further fields": (
        "onedata",
        "ErrorAnswer",
        {"error": {"id": "", "description": "", "ctx": {**CTX, "pid": 1}}},
    ),
}


@pytest.mark.parametrize(("vendor", "schema", "instance"), ACCEPTED.values(), ids=ACCEPTED)
def test_what_a_document_leaves_free_is_accepted(vendor: str, schema: str, instance: Node) -> None:
    assert accepts(spec(vendor), SCHEMAS + schema, instance)


PARAMETERS = {
    "rerun": "#/paths/~1workflows~1tasks~1{task_id}~1rerun/post/parameters",
    "shared": "#/components/parameters",
}


@pytest.mark.parametrize(
    ("pointer", "value", "legal"),
    [
        (PARAMETERS["rerun"] + "/1/schema", "k" * 255, True),
        (PARAMETERS["rerun"] + "/1/schema", "k" * 256, False),
        ("#/paths/~1workflows~1import/post/parameters/0/schema", "k" * 256, True),
        (PARAMETERS["rerun"] + "/6/schema", "t" * 64, True),
        (PARAMETERS["rerun"] + "/6/schema", "t" * 65, False),
        (PARAMETERS["shared"] + "/TrackId/schema", "t" * 65, True),
        *(
            (PARAMETERS[kind] + where, f"a{mark}b", False)
            for mark in ":;\"'é\n"
            for kind, where in (("rerun", "/6/schema"), ("shared", "/TrackId/schema"))
        ),
        (PARAMETERS["shared"] + "/TrackId/schema", "!#$%&()*+,-./09<=>?@AZ[\\]^_`az{|}~ .", True),
        (PARAMETERS["shared"] + "/OrgIds/schema", "a,b", True),
        (PARAMETERS["shared"] + "/OrgIds/schema", "a,,b", False),
        ("#/paths/~1workflows~1import/post/parameters/4/schema", 0, False),
        ("#/paths/~1workflows~1import/post/parameters/5/schema", "1.10.0", True),
        ("#/paths/~1workflows~1import/post/parameters/6/schema", "yes", False),
    ],
)
def test_a_zuora_parameter_has_its_limits(pointer: str, value: Node, legal: bool) -> None:  # noqa: FBT001 - a column of the table
    assert accepts(spec("zuora"), pointer, value) is legal


def test_an_import_activates_nothing_by_default() -> None:
    assert operations("zuora")["import-workflow"]["parameters"][6]["schema"]["default"] is False


# ---- requirements and readings --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("vendor", "operation", "slugs"),
    [
        ("zuora", "rerun-task", "instance-fields iso-times usable-task"),
        ("zuora", "update-tasks", "instance-fields iso-times next-page-url pagination usable-task"),
        ("zuora", "import-workflow", "schedule-null-when-off usable-workflow"),
        ("vcf", "retry-task", "identified-error"),
        ("onedata", "rerun-execution", ""),
    ],
)
def test_an_operation_annotates_these_requirements(vendor: str, operation: str, slugs: str) -> None:
    found = operations(vendor)[operation]
    path = found["path"].replace("/", "~1")

    assert annotated_slugs(spec(vendor), f"#/paths/{path}/{found['method']}") == set(slugs.split())


@pytest.mark.parametrize(
    ("vendor", "schema", "instance", "slug"),
    [
        ("zuora", "Task", {}, "usable-task"),
        ("zuora", "Task", {"id": 1}, "usable-task"),
        ("zuora", "Task", {"status": "Queued"}, "usable-task"),
        ("zuora", "Task", {"id": 1, "instance": False, "status": "Queued"}, "instance-fields"),
        *(
            ("zuora", "Task", {"id": 1, "instance": False, name: value}, "instance-fields")
            for name, value in {
                "end_time": "2031-04-09T16:20:05Z",
                "error": "x",
                "error_class": "x",
                "error_details": "",
                "original_task_id": 1,
                "original_workflow_id": 1,
                "start_time": "2031-04-09T16:20:05Z",
            }.items()
        ),
        ("zuora", "Task", {"id": 1, "status": "Error", "start_time": "2031-04-09 16:20:05"}, "iso-times"),
        ("zuora", "Task", {"id": 1, "status": "Error", "end_time": "2031-04-09T16:20:05"}, "iso-times"),
        ("zuora", "Task", {"id": 1, "status": "Error", "end_time": ""}, "iso-times"),
        ("zuora", "UpdatedTasks", {"data": []}, "pagination"),
        ("zuora", "Pagination", {"next_page": ""}, "next-page-url"),
        ("zuora", "Pagination", {"next_page": "page two"}, "next-page-url"),
        ("zuora", "Workflow", {"id": 1, "scheduledTrigger": False, "interval": "0 0 * * *"}, "schedule-null-when-off"),
        ("zuora", "Workflow", {"id": 1, "scheduledTrigger": False, "timezone": "UTC"}, "schedule-null-when-off"),
        ("zuora", "Workflow", {"name": "x"}, "usable-workflow"),
        ("vcf", "ErrorAnswer", {}, "identified-error"),
        ("vcf", "ErrorAnswer", {"errorCode": None, "message": None, "errorType": "X"}, "identified-error"),
    ],
)
def test_an_annotated_subschema_alone_objects(vendor: str, schema: str, instance: Node, slug: str) -> None:
    problems = list(validator(spec(vendor), SCHEMAS + schema).iter_errors(instance))

    assert slug in annotated_slugs(spec(vendor), SCHEMAS + schema)
    assert accepts(must_part(vendor), SCHEMAS + schema, instance)
    assert problems
    assert not accepts(only(slug, vendor), SCHEMAS + schema, instance)


def only(slug: str, vendor: str) -> Node:
    """Return the spec with the annotated subschemas of one requirement, without those of the others."""

    def kept(node: Node) -> Node:
        if isinstance(node, list):
            return [kept(each) for each in node]
        if isinstance(node, dict):
            return {} if node.get(REQUIREMENT, slug) != slug else {key: kept(each) for key, each in node.items()}
        return node

    return kept(spec(vendor))


@pytest.mark.parametrize("vendor", VENDORS)
def test_no_annotated_subschema_lies_under_a_choice(vendor: str) -> None:
    assert annotated_under_a_choice(spec(vendor), "#/paths") == set()
    assert annotated_under_a_choice(spec(vendor), "#/components") == set()


@pytest.mark.parametrize("vendor", VENDORS)
def test_an_annotated_subschema_finds_no_evidence_in_another_type(vendor: str) -> None:
    conditions = [node["if"] for _, node in nodes(spec(vendor)) if REQUIREMENT in node]

    assert all(condition["type"] in ("object", "string") for condition in conditions)


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_extensions_are_well_formed(vendor: str) -> None:
    slug = re.compile(r"[a-z0-9]+([-.][a-z0-9]+)*")
    for _, node in nodes(spec(vendor)):
        assert {key for key in node if key.startswith("x-")} <= {REQUIREMENT, READING}
        assert slug.fullmatch(node.get(REQUIREMENT, "none"))
        reading = node.get(READING, {"ambiguity": "none", "reading": "none"})
        assert set(reading) == {"ambiguity", "reading"}
        assert all(slug.fullmatch(name) for name in reading.values())


@pytest.mark.parametrize(
    ("vendor", "readings"),
    [
        ("onedata", {"error-context": {"documented", "pre-25.0"}}),
        ("vcf", {"null-fields": {"null", "omitted"}}),
        (
            "zuora",
            {
                "error-envelope": {"documented", "vendor-example"},
                "failure-fields": {"cleared", "kept"},
                "page-numbers": {"numbers", "nulls"},
                "task-nulls": {"null", "omitted"},
                "workflow-times": {"plain", "iso"},
                "workflow-type": {"setup", "instance"},
            },
        ),
    ],
)
def test_a_spec_names_these_readings(vendor: str, readings: dict[str, set[str]]) -> None:
    found: dict[str, set[str]] = {}
    for _, node in nodes(spec(vendor)):
        if READING in node:
            found.setdefault(node[READING]["ambiguity"], set()).add(node[READING]["reading"])

    assert found == readings


PLAIN_ERROR = dict.fromkeys(("errorCode", "errorType", "message", "remediationMessage", "referenceToken"), "x")
FULL_ERROR = {**PLAIN_ERROR, "arguments": [], "context": {}, "causes": [], "nestedErrors": []}


@pytest.mark.parametrize(
    ("vendor", "choice", "instance", "readings"),
    [
        ("zuora", "TaskErrors", {"Errors": [{"status": "400"}]}, {"documented"}),
        ("zuora", "TaskErrors", {"errors": [{"status": 400}]}, {"vendor-example"}),
        ("zuora", "Pagination", {"page": 1, "page_length": 2}, {"numbers"}),
        ("zuora", "Pagination", {"page": None, "page_length": None}, {"nulls"}),
        ("zuora", "Pagination", {"page": 1, "page_length": None}, set()),
        ("zuora", "Pagination", {}, set()),
        ("zuora", "TaskNulls", {"id": 1, "object": None}, {"null"}),
        ("zuora", "TaskNulls", {"id": 1, "object": "x"}, {"omitted"}),
        ("zuora", "TaskFailure", {"status": "Success", "error": None}, {"cleared"}),
        ("zuora", "TaskFailure", {"status": "Queued", "error": "x"}, {"kept"}),
        ("zuora", "TaskFailure", {"status": "Error", "error": "x"}, set()),
        ("zuora", "TaskFailure", {"status": None}, set()),
        *(("zuora", choice, "x", set()) for choice in ("TaskErrors", "Pagination", "TaskNulls", "TaskFailure")),
        ("vcf", "NullFields", "x", set()),
        ("onedata", "ContextForm", "x", set()),
        ("zuora", "WorkflowTime", "2031-04-09 16:20:05", {"plain"}),
        ("zuora", "WorkflowTime", "2031-04-09T16:20:05.000Z", {"iso"}),
        ("zuora", "Workflow/properties/type", "Workflow::Setup", {"setup"}),
        ("zuora", "Workflow/properties/type", "Workflow::Instance", {"instance"}),
        ("vcf", "NullFields", {"errorCode": "x", "causes": None}, {"null"}),
        ("vcf", "NullFields", {"errorCode": "x"}, {"omitted"}),
        ("vcf", "NullFields", FULL_ERROR, set()),
        ("onedata", "ContextForm", {"error": {"id": "x", "description": "x", "ctx": CTX}}, {"documented"}),
        ("onedata", "ContextForm", {"error": {"id": "x", "description": "x"}}, {"pre-25.0"}),
        ("onedata", "ContextForm", {"error": "x"}, set()),
        ("onedata", "ContextForm", {}, set()),
    ],
)
def test_a_reading_shows_where_there_is_evidence_for_it(
    vendor: str, choice: str, instance: Node, readings: set[str]
) -> None:
    branches = at(spec(vendor), SCHEMAS + choice)["anyOf"]
    holding = [
        branch
        for index, branch in enumerate(branches)
        if accepts(spec(vendor), f"{SCHEMAS}{choice}/anyOf/{index}", instance)
    ]

    assert {branch[READING]["reading"] for branch in holding if READING in branch} == readings
