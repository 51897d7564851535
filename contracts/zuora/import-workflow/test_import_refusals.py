"""Importing a workflow: what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlencode

from assay.bench import requirement
from assay.fuzz import fuzz
from assay.trials import refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from assay.bench import Answer, Bench, Call
    from assay.fuzz import Generated

Export = dict[str, Any]

REFUSED = 400
SERVER_ERROR = 500
DEFINITION = "workflow_definition_id"
CONTENT_TYPES = ("text/plain", "application/xml", "multipart/form-data", "application/x-www-form-urlencoded", ";", None)
ODD_QUERIES = {
    "version": ("", "abc", "1..2", ".", "-1.0.0", "1.0.0-beta", "1.2.3.4.5.6.7", "9" * 40, "1.0\x00"),
    "activate": ("", "banana", "2"),
    DEFINITION: ("", "abc", "0", "-1", "0.5", "9" * 30, "1\x00"),
}


class Exports(Protocol):
    """The fixture `exports`: exports to vary, and the calls that import them."""

    def plain(self) -> Export:
        """Return a small export, to be changed at will."""

    def workflow(self, **fields: object) -> Export:
        """Return a small export whose workflow has these fields too."""

    def call(self, export: object, **query: str | int) -> Call:
        """Return the import of an export; without a query, as a new definition."""


class Definition(Protocol):
    """The fixture `definition`: a definition that others may import versions under at the same time."""

    def call(self, version: str, **query: str) -> Call:
        """Return the import of a version under the definition."""

    def raised(self, rest: str) -> int:
        """Import `rest` behind the first major number that is taken, and return it."""


@requirement("body-not-json")
def test_a_body_that_is_no_json_is_refused(bench: Bench, exports: Exports) -> None:
    call = exports.call(exports.plain())
    form = {name: json.dumps(value) for name, value in json.loads(call.body).items()}
    bodies = {
        "words": b"not json",
        "without its last character": call.body[:-1],
        "with a word behind it": call.body + b"xyz",
        "a form": urlencode(form).encode(),
    }

    refused(bench, [call.with_body(body).labelled(label) for label, body in bodies.items()], control=call)
    # RFC 8259 lets a parser take extensions of JSON.
    not_a_number = call.body.replace(b'"parameters":{', b'"parameters":{"limit":NaN,')
    extended = {
        "a comment": b"/* one workflow */" + call.body,
        "single quotes": call.body.replace(b'"', b"'"),
        "NaN": not_a_number,
    }
    for label, body in extended.items():
        answer = bench.send(call.with_body(body).labelled(label))
        if answer.status < SERVER_ERROR:
            bench.reading("json-extensions", "taken" if answer.status < REFUSED else "refused")


@requirement("missing-body")
def test_an_import_without_a_body_is_refused(bench: Bench, exports: Exports) -> None:
    call = exports.call(exports.plain())

    bench.must_refuse(call.with_body(b"").labelled("no body"), control=call)


@requirement("body-not-an-object")
def test_a_body_that_is_no_object_is_refused(bench: Bench, exports: Exports) -> None:
    for label, body in (("array", [exports.plain()]), ("string", "workflow"), ("number", 7), ("null", None)):
        call = exports.call(exports.plain())
        bench.must_refuse(call.with_json(body).labelled(f"body: {label}"), control=call)


@requirement("field-types")
def test_a_field_of_another_type_is_refused(bench: Bench, exports: Exports) -> None:
    call = exports.call(exports.plain())

    for label, export in _mistyped(exports).items():
        bench.send(call.with_json(export).labelled(label)).must_be_refused()

    bench.control(call)
    # What is inside the tasks and linkages does not show in an answer, so a server may keep it unread.
    for label, export in _mistyped_inside(exports).items():
        answer = bench.send(call.with_json(export).labelled(label))
        if answer.status < 500:
            bench.reading("export-contents", "unread" if answer.status < 300 else "read")


@requirement("query-types")
def test_a_definition_id_that_is_no_integer_is_refused(bench: Bench, exports: Exports) -> None:
    # No definition has the number 0, and it is none to leave a definition out by.
    calls = [
        exports.call(exports.plain(), version="1.0.0", workflow_definition_id=number).labelled(f"id {number!r}")
        for number in ("workflow", "one two", "{}", "0")
    ]

    refused(bench, calls, control=exports.call(exports.plain(), version="1.0.0"))


@requirement("query-types", given="workflow")
def test_an_almost_right_definition_id_is_refused(bench: Bench, definition: Definition) -> None:
    major = definition.raised("0.0")

    for form in ("{}x", "{}.5", "-{}"):
        call = definition.call(f"{major}.1.0")
        query = tuple((key, form.format(value) if key == DEFINITION else value) for key, value in call.query)
        bench.send(replace(call, query=query, label=f"id as {form.format('its number')}")).must_be_refused()

    definition.raised("1.0")


@requirement("no-server-error")
def test_odd_requests_cause_no_server_error(bench: Bench, exports: Exports) -> None:
    call = exports.call(exports.plain())
    bench.control(call)

    for content_type in CONTENT_TYPES:
        odd = call.with_content_type(content_type).labelled(f"sent as {content_type}")
        bench.send(odd).must_not_be_a_server_error()
    for label, body in _odd_bodies().items():
        bench.send(call.with_body(body).labelled(label)).must_not_be_a_server_error()
    for name, values in ODD_QUERIES.items():
        for value in values:
            odd = exports.call(exports.plain(), **{name: value}).labelled(f"{name}={value!r}")
            bench.send(odd).must_not_be_a_server_error()


@requirement("no-server-error", fuzz=True)
def test_generated_mistakes_cause_no_server_error(
    bench: Bench, baseline: Call, careful: Callable[[Generated, Call], Call]
) -> None:
    def judge(_: Generated, answer: Answer) -> None:
        answer.must_not_be_a_server_error()

    fuzz(bench, mode="negative", base=baseline, vary=("body", "query"), judge=judge, prepare=careful)


def _mistyped(exports: Exports) -> dict[str, Export]:
    """Return exports in which one value can in no way be read as the documented type."""
    found: dict[str, Export] = {}
    parts: dict[str, tuple[object, ...]] = {
        "workflow": ("text", 7, [1]),
        **dict.fromkeys(("tasks", "linkages"), (7, {"a": 1})),
    }
    for part, values in parts.items():
        found |= {f"{part}: {json.dumps(value)}": {**exports.plain(), part: value} for value in values}
    fields: dict[str, tuple[object, ...]] = {
        **dict.fromkeys(("name", "description"), ({}, ["a"])),
        **dict.fromkeys(("calloutTrigger", "ondemandTrigger", "scheduledTrigger"), ({}, [], "maybe")),
    }
    for field, values in fields.items():
        found |= {f"workflow.{field}: {json.dumps(value)}": exports.workflow(**{field: value}) for value in values}
    return found


def _mistyped_inside(exports: Exports) -> dict[str, Export]:
    """Return exports whose first task or linkage has a value of another type or outside an enum."""
    tasks = {"id": "one", "name": {}, "parameters": "text", "tags": 7, "action_type": "Assay", "status": "Assay"}
    linkages = {"target_task_id": "one", "linkage_type": "Assay"}
    found = {}
    for part, values in (("tasks", tasks), ("linkages", linkages)):
        for field, value in values.items():
            export = exports.plain()
            export[part][0][field] = value
            found[f"{part}.{field}: {json.dumps(value)}"] = export
    return found


def _odd_bodies() -> dict[str, bytes]:
    named = b'{"workflow":{"name":%s},"tasks":[],"linkages":[]}'
    return {
        "empty": b"",
        "an empty object": b"{}",
        "words": b"not json",
        "null parts": b'{"workflow":null,"tasks":null,"linkages":null}',
        "null items": b'{"workflow":{"name":"odd"},"tasks":[null],"linkages":[null]}',
        "not UTF-8": named % b'"\xff\xfe"',
        "UTF-16": (named % b'"wide"').decode().encode("utf-16"),
        "a null character": named % b'"a\\u0000b"',
        "half a surrogate pair": named % b'"\\ud83e"',
        "a key twice": b'{"workflow":{"name":"one"},"workflow":{"name":"two"},"tasks":[],"linkages":[]}',
        "NaN": b'{"workflow":{"name":"odd","id":NaN},"tasks":[],"linkages":[]}',
        "a number beyond 64 bits": b'{"workflow":{"name":"odd","id":100000000000000000000},"tasks":[],"linkages":[]}',
        "a long name": named % (b'"' + b"n" * 20_000 + b'"'),
    }
