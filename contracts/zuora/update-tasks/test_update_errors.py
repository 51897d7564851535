"""Updating tasks: how an error is put."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

from assay.bench import Inapplicable, Inconclusive, requirement

if TYPE_CHECKING:
    from assay.bench import Answer, Bench, Call

REFUSED = (400, 404)
"""Both are documented with one shape, and nothing says which mistake gets which."""


class Tasks(Protocol):
    """The fixture `tasks`: calls that name tasks."""

    def batch(self, *items: object) -> Call:
        """Return the update of these items."""


@requirement("error-body", given="unknown_task")
def test_an_error_has_the_documented_shape(bench: Bench, tasks: Tasks) -> None:
    unknown, no_data = _mistakes(bench, tasks)
    for call in (unknown, no_data):
        _refusal(bench, call).must_match_its_schema()

    # That the same task stands there twice may be refused as well, with a status of its own.
    several = bench.send(tasks.batch(*json.loads(unknown.body)["data"] * 2).labelled("several mistakes"))
    if several.status in REFUSED:
        several.must_match_its_schema()


@requirement("error-content-type", given="unknown_task")
def test_an_error_is_sent_as_json(bench: Bench, tasks: Tasks) -> None:
    for call in _mistakes(bench, tasks):
        _refusal(bench, call).must_be_json()


@requirement("error-status", given="unknown_task")
def test_an_error_repeats_the_status(bench: Bench, tasks: Tasks) -> None:
    is_said = False
    for call in _mistakes(bench, tasks):
        answer = _refusal(bench, call)
        for error in _errors(answer):
            # Nothing marks the field as required.
            if (said := error.get("status")) is not None:
                is_said = True
                answer.must(str(said) == str(answer.status), f"status {answer.status}", said)
    if not is_said:
        message = "no error says a status"
        raise Inapplicable(message)


@requirement("error-reason", given="unknown_task")
def test_an_error_says_what_is_wrong(bench: Bench, tasks: Tasks) -> None:
    for call in _mistakes(bench, tasks):
        answer = _refusal(bench, call)
        answer.must(bool(_errors(answer)), "at least one error", "none")
        for error in _errors(answer):
            for field in ("code", "title"):
                said = error.get(field)
                answer.must(isinstance(said, str) and said != "", f"a text in {field}", said)


def _mistakes(bench: Bench, tasks: Tasks) -> tuple[Call, Call]:
    unknown = tasks.batch({"id": bench.given("unknown_task").integer("task_id")})
    return unknown.labelled("unknown task"), unknown.with_json({}).labelled("no data")


def _refusal(bench: Bench, call: Call) -> Answer:
    """Return a documented error; that the mistake is answered with one is a requirement of its own."""
    answer = bench.send(call)
    if answer.status not in REFUSED:
        message = f"{call.label}: answered {answer.status}, so there is no 400 or 404 to look at"
        raise Inconclusive(message)
    return answer


def _errors(answer: Answer) -> list[dict[str, Any]]:
    """Return the errors, whichever way the envelope is written; that it has the shape is a requirement of its own."""
    body = answer.json
    errors = (body.get("Errors") or body.get("errors")) if isinstance(body, dict) else None
    return [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
