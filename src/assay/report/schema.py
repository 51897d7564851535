"""Holds a report document against its published JSON Schema, and its figures against each other."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema_rs
from jsonschema import Draft202012Validator

from assay.exceptions import ReportError
from assay.model import Outcome, Verdict
from assay.report.statements import figures, numbers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

SCHEMA_FILE = Path(__file__).with_name("report.schema.json")


def validate(document: object) -> None:
    """Raise `ReportError` with everything that is wrong with a report document."""
    problems = list(find_problems(document))
    if problems:
        message = "not a valid report: " + "; ".join(problems)
        raise ReportError(message)


def find_problems(document: Any) -> Iterator[str]:  # noqa: ANN401 - anything that JSON can hold may be handed in
    """Yield each way in which a document departs from the format; its figures are added up once the form is right."""
    errors = [] if _is_valid(document) else sorted(_validator().iter_errors(document), key=lambda each: each.json_path)
    for error in errors:
        yield f"{error.json_path}: {_brief(error.message)}"
    if not errors:
        yield from _contradictions(document)


@cache
def _schema() -> Any:  # noqa: ANN401 - a JSON document has no narrower type
    return json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))


@cache
def _swift_validator() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(_schema())


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(_schema())


def _is_valid(document: object) -> bool:
    """Whether it certainly has the form: most have, and it is found out in a hundredth of the time."""
    try:
        return _swift_validator().is_valid(document)
    except (ValueError, RecursionError):
        # Something that JSON cannot hold, such as a number as a name.
        return False


def _brief(message: str, limit: int = 200) -> str:
    return message if len(message) <= limit else message[:limit] + " …"


def _contradictions(document: Mapping[str, Any]) -> Iterator[str]:
    targets = document["targets"]
    worst = Verdict.worst(Verdict(each["verdict"]) for each in targets)
    if document["verdict"] != worst:
        yield f"$.verdict: {document['verdict']!r} is not the worst verdict of the targets, {worst.value!r}"
    for name, times in Counter(each["name"] for each in targets).items():
        if times > 1:
            yield f"$.targets: the name {name!r} stands {times} times"
    documents = document.get("documents", ())
    yield from _contradictions_of_documents(documents)
    for position, target in enumerate(targets):
        path = f"$.targets[{position}]"
        yield from _contradictions_of_target(target, path)
        yield from _contradictions_of_statements(target, documents, path)
        if target["verdict"] not in _possible_verdicts(target, is_partial=document["run"]["partial"]):
            yield f"{path}.verdict: {target['verdict']!r} is not what the outcomes of its requirements come to"


def _possible_verdicts(target: Mapping[str, Any], *, is_partial: bool) -> set[Verdict]:
    """Return the verdicts that a target can have; a report does not say of what is not run whether it was selected."""
    outcomes = {Outcome(each["outcome"]) for each in target["requirements"]}
    possible = {Verdict.of(outcomes)}
    return possible | {Verdict.of(outcomes - {Outcome.NOT_RUN})} if is_partial else possible


def _contradictions_of_target(target: Mapping[str, Any], path: str) -> Iterator[str]:
    requirements = target["requirements"]
    counted = Counter(each["outcome"] for each in requirements)
    if Counter(target["counts"]) != counted:
        yield f"{path}.counts: they do not count the requirements"
    for name, times in Counter(each["id"] for each in requirements).items():
        if times > 1:
            yield f"{path}.requirements: the id {name!r} stands {times} times"
    for position, each in enumerate(requirements):
        yield from _contradictions_of_requirement(each, f"{path}.requirements[{position}]")


def _contradictions_of_documents(documents: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for name, times in Counter(each["operation"] for each in documents).items():
        if times > 1:
            yield f"$.documents: the operation {name!r} stands {times} times"
    for position, each in enumerate(documents):
        if [statement["number"] for statement in each["statements"]] != list(range(1, len(each["statements"]) + 1)):
            yield f"$.documents[{position}].statements: they are not numbered from 1"


def _contradictions_of_statements(
    target: Mapping[str, Any], documents: Sequence[Mapping[str, Any]], path: str
) -> Iterator[str]:
    """Yield where what a target says of statements is not what the documents say."""
    own = [each for each in documents if each["operation"].partition("/")[0] == target["contract"]]
    resting = numbers(own)
    for position, each in enumerate(target["requirements"]):
        if each.get("statements", {}) != resting.get(each["id"], {}):
            yield f"{path}.requirements[{position}].statements: they are not those that name {each['id']!r}"
    outcomes = {each["id"]: Outcome(each["outcome"]) for each in target["requirements"]}
    if target.get("statements") != (figures(own, outcomes) if own else None):
        yield f"{path}.statements: they do not count the statements by what rests on them"


def _contradictions_of_requirement(requirement: Mapping[str, Any], path: str) -> Iterator[str]:
    worst = Outcome.worst(Outcome(each["outcome"]) for each in requirement["checks"])
    if requirement["outcome"] != worst:
        yield f"{path}.outcome: {requirement['outcome']!r} is not the worst outcome of the checks, {worst.value!r}"
    if requirement["id"].rpartition("/")[0] != requirement["operation"]:
        yield f"{path}.operation: {requirement['operation']!r} does not lead the id {requirement['id']!r}"
