"""What is wrong with a body is said in one line: what was expected, where, and what came, each short and as JSON."""

from __future__ import annotations

import random
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from assay.demands import describe, place
from assay.evidence import Redactor

TEXT_FIELD = {"not": {"enum": [None, ""]}}
NAMED_OR_DESCRIBED = {
    "anyOf": [
        {"required": ["code"], "properties": {"code": TEXT_FIELD}},
        {"required": ["message"], "properties": {"message": TEXT_FIELD}},
    ]
}
ENVELOPES = {
    "anyOf": [
        {"required": ["Errors"], "properties": {"Errors": {"type": "array", "items": {"type": "object"}}}},
        {"required": ["errors"], "properties": {"errors": {"type": "array", "items": {"type": "object"}}}},
    ]
}
STATUS = {"anyOf": [{"type": "string", "enum": ["Success", "Error"]}, {"type": "null"}]}
TIME = {"anyOf": [{"pattern": "^.{10}$", "examples": ["2031-04-09"]}, {"pattern": f"^{'.' * 70}T", "examples": ["T1"]}]}


def said(schema: Any, body: object) -> str:
    return describe(list(Draft202012Validator(schema).iter_errors(body)))


@pytest.mark.parametrize(
    ("schema", "body", "message"),
    [
        ({"type": "string"}, None, "expected a string as the body, got null"),
        ({"type": ["integer", "null"]}, True, "expected an integer or null as the body, got true"),
        ({"type": "boolean"}, "it's", 'expected true or false as the body, got "it\'s"'),
        ({"enum": ["a", None, 1]}, "b", 'expected "a", null or 1 as the body, got "b"'),
        ({"enum": list(range(10))}, 11, "expected 0, 1, 2, 3, 4 or 5 others as the body, got 11"),
        ({"const": False}, True, "expected false as the body, got true"),
        ({"pattern": "^[a-z]$"}, "B", 'expected a string that matches ^[a-z]$ as the body, got "B"'),
        ({"minimum": 5}, 4, "expected a number of at least 5 as the body, got 4"),
        ({"maxLength": 1}, "ab", 'expected a string of at most 1 character as the body, got "ab"'),
        ({"minItems": 2}, [{}], "expected an array of at least 2 items as the body, got [{}]"),
        (
            {"additionalProperties": False},
            {"a": 1},
            'no other fields than the documented ones as the body, got {"a": 1}',
        ),
        ({"not": {"enum": [None, ""]}}, "", 'expected anything but null or "" as the body, got ""'),
        ({"not": {"const": 1}}, 1, "expected anything but 1 as the body, got 1"),
        ({"not": {"type": "array"}}, [], "expected anything but an array as the body, got []"),
        ({"not": {"required": ["a"]}}, {"a": 1}, 'expected an object without the field "a" as the body, got {"a": 1}'),
        ({"not": {"minimum": 1}}, 1, 'anything but what the schema {"minimum": 1} allows as the body, got 1'),
        ({"contains": {"const": 1}}, [2], 'what its schema allows by contains {"const": 1} as the body, got [2]'),
        (False, 1, "expected nothing as the body, got 1"),
    ],
)
def test_each_keyword_says_what_it_wants(schema: Any, body: object, message: str) -> None:
    assert said(schema, body).endswith(message)


def test_a_body_without_errors_has_nothing_to_say() -> None:
    assert said({"type": "null"}, None) == ""


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, 'expected the fields "id" and "name" in the body, got {}'),
        ({"Id": 1, "name": ""}, 'expected the field "id" in the body, got only "Id", "name"'),
    ],
)
def test_missing_fields_are_named_together_beside_those_that_there_are(body: object, message: str) -> None:
    assert said({"required": ["id", "name"]}, body) == message


@pytest.mark.parametrize(
    ("schema", "body", "message"),
    [
        (NAMED_OR_DESCRIBED, {}, 'expected the field "code" or the field "message" in the body, got {}'),
        (
            NAMED_OR_DESCRIBED,
            {"code": "", "message": None},
            'expected anything but null or "" at $.code or at $.message, got "" at $.code and null at $.message',
        ),
        (
            NAMED_OR_DESCRIBED,
            {"code": ""},
            'expected anything but null or "" at $.code or the field "message" in the body, got "" at $.code',
        ),
        (ENVELOPES, {"Errors": [5]}, "expected an object at $.Errors[0], got 5"),
        (STATUS, "Running", 'expected "Success", "Error" or null as the body, got "Running"'),
        (STATUS, 7, "expected a string or null as the body, got 7"),
        (
            TIME,
            "noon",
            'expected a string such as "2031-04-09" (pattern ^.{10}$) or a string such as "T1" as the body, got "noon"',
        ),
        ({"oneOf": [{"type": "null"}, STATUS]}, 7, "expected null or a string as the body, got 7"),
        ({"oneOf": [True, True]}, 7, "expected what its schema allows by oneOf [true, true] as the body, got 7"),
    ],
)
def test_alternatives_say_what_each_of_them_would_have_wanted(schema: Any, body: object, message: str) -> None:
    assert said(schema, body) == message


def test_of_several_errors_the_shallowest_is_told_and_the_others_are_counted() -> None:
    schema = {
        "required": ["id"],
        "properties": {"a": {"type": "string", "enum": ["x"]}, "b": {"properties": {"c": {"type": "null"}}}},
    }

    assert said(schema, {"a": 1, "b": {"c": 2}}) == (
        'expected the field "id" in the body, got only "a", "b" (and 2 more problems in the body)'
    )
    assert said(schema, {"a": 1, "id": 1}) == "expected a string at $.a, got 1"


def test_the_order_in_which_errors_are_found_makes_no_difference() -> None:
    schema = {"items": {"properties": {name: {"type": "null", "const": 1, "enum": [2]} for name in "cab"}}}
    errors = list(Draft202012Validator(schema).iter_errors([dict.fromkeys("bca", 0) for _ in range(12)]))
    told = describe(errors)
    chance = random.Random(1)  # noqa: S311 - an order is no secret
    shuffled = [chance.sample(errors, len(errors)) for _ in range(20)]

    assert {describe(each) for each in shuffled} == {told}
    assert told == "expected null at $[0].a, got 0 (and 35 more problems in the body)"


def test_whole_bodies_are_cut() -> None:
    body = [{"id": number, "name": "n" * 50} for number in range(1000)]
    long_names = {f"name-{number}-{'x' * 100}": number for number in range(100)}

    assert said({"type": "object"}, body) == (f'expected an object as the body, got [{{"id": 0, "name": "{"n" * 40}…')
    assert len(said({"required": ["id"]}, long_names)) < 150
    assert len(said({"enum": ["e" * 1000] * 100}, "x" * 10_000)) < 500
    assert len(said({"anyOf": [{"required": [str(n) * 50]} for n in range(100)]}, {})) < 700
    assert len(said({"pattern": "a" * 1000}, "b")) < 300


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ([], "$"),
        (["data", 0, "Zuora-Id"], "$.data[0].Zuora-Id"),
        (["a b", "it's", '"'], '$["a b"]["it\'s"]["\\""]'),
        (["x" * 100], f'$["{"x" * 39}…]'),
    ],
)
def test_places_are_written_so_that_they_can_be_followed(path: list[str | int], shown: str) -> None:
    assert place(path) == shown


def test_what_a_cut_leaves_of_a_secret_goes_too() -> None:
    secret = "9f3c2a7be1d84506a2c5f0d19b7e6433"
    messages = [said({"type": "object"}, "x" * number + secret) for number in range(70)]
    kept = [Redactor([("T", secret)]).text(each) for each in messages]

    assert not [each for each in kept if secret[:5] in each]


def test_a_number_that_only_python_holds_is_shown_all_the_same() -> None:
    assert said({"type": "string"}, float("inf")) == "expected a string as the body, got Infinity"
