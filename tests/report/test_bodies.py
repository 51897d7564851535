"""Bodies are made readable within bounds, and what a message speaks of is marked in them."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest

from assay.report import bodies
from assay.report.bodies import BodyView, Segment, marked_view, places
from assay.report.clues import Clue

Json = dict[str, Any]


def text(content: str) -> Json:
    return {"bytes": len(content), "text": content}


@pytest.mark.parametrize(
    ("body", "view"),
    [
        (None, BodyView("empty", 0)),
        ({"bytes": 0, "text": ""}, BodyView("empty", 0)),
        ({"bytes": 2, "text": "hi"}, BodyView("text", 2, "hi")),
        ({"bytes": 7, "text": '{"a":1}'}, BodyView("JSON", 7, '{\n  "a": 1\n}')),
        ({"bytes": 3, "base64": "AEH/"}, BodyView("binary", 3, "0000  00 41 ff                 .A.")),
        (
            {"bytes": 9, "text": "{", "truncated": True},
            BodyView("text", 9, "{", "cut when it was recorded, of 9 bytes"),
        ),
    ],
)
def test_a_body_is_made_readable(body: Json | None, view: BodyView) -> None:
    assert bodies.body_view(body) == view


def test_a_gzip_body_is_unpacked_within_bounds() -> None:
    bomb = gzip.compress(b"a" * 50_000_000)

    view = bodies.body_view(
        {"bytes": len(bomb), "base64": base64.b64encode(bomb).decode()}, [["content-encoding", "GZIP"]]
    )

    assert view.kind == "text"
    assert view.text == "a" * bodies.BODY_SHOWN
    assert view.remark == "unpacked from gzip; first 8,192 characters; more in report.json"


def test_a_body_that_only_claims_to_be_gzip_is_dumped() -> None:
    assert bodies.body_view({"bytes": 3, "base64": "AEH/"}, [["Content-Encoding", "gzip"]]).kind == "binary"


def test_a_place_is_marked_with_what_was_expected_there() -> None:
    _, parts = marked_view(text('{"a":[1,{"b":"x"}],"c":2}'), [], [Clue(("a", 1, "b"), note="expected a number")])

    assert parts == [
        Segment('{\n  "a": [\n    1,\n    {'),
        Segment('      "b": "x"', "wrong", "expected a number"),
        Segment('    }\n  ],\n  "c": 2\n}'),
    ]


def test_a_field_that_is_missing_gets_a_line_in_the_object_that_lacks_it() -> None:
    _, parts = marked_view(text('{"a":{"b":1}}'), [], [Clue(("a",), missing=('"id"', '"name"'))])

    assert [each.text for each in parts if each.mark == "missing"] == ['    "id"', '    "name"']


def test_a_field_that_an_empty_object_lacks_stands_behind_it() -> None:
    _, parts = marked_view(text("{}"), [], [Clue((), missing=('"id"',))])

    assert parts == [Segment("{}"), Segment('  "id"', "missing", "missing")]


def test_a_member_is_known_by_its_name_and_what_came() -> None:
    clue = Clue(names=frozenset({"name"}), value='"old"')

    found = places(text('{"data":[{"name":"new"},{"name":"old"}]}'), [], [clue])

    assert found == [("data", 1, "name")]


def test_members_of_one_name_are_told_apart_by_their_place() -> None:
    found = places(text('{"a":{"id":1},"b":{"id":1}}'), [], [Clue(("b", "id"))])

    assert found == [("b", "id")]


def test_what_is_marked_is_shown_however_long_the_body_is() -> None:
    body = text(json.dumps([f"value {each}" for each in range(2000)]))

    view, parts = marked_view(body, [], [Clue((1900,), note="wrong")])

    assert [each.mark for each in parts] == ["", "gap", "", "wrong", "", "gap"]
    assert parts[3].text == '  "value 1900",'
    assert sum(len(each.text) for each in parts) < bodies.BODY_SHOWN + 200
    assert view.remark == "first 8,192 characters; more in report.json"


def test_a_body_without_the_place_is_shown_as_it_is() -> None:
    view, parts = marked_view(text('{"a":1}'), [], [Clue(("b",))])

    assert parts == [Segment(view.text)]


@pytest.mark.parametrize("content", ["[" * 20 + "]" * 20, '{"a\\"b": {"": []}}', '"{"', "[]", '[{"]": "}"}]'])
def test_odd_json_is_walked_to_its_end(content: str) -> None:
    view, parts = marked_view(text(content), [], [Clue((), note="here")])

    assert "\n".join(each.text for each in parts) == view.text
