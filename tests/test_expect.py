"""Bodies, media types and codings are judged on what came, and each error counts against its own requirement."""

from __future__ import annotations

import gzip
from dataclasses import replace
from typing import Any

import pytest

from assay.expect import Expectations
from assay.model import Check, Contract, Exchange, Operation, ReceivedResponse, SentRequest

TASK = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "time": {"type": ["string", "null"]},
        "sub": {"$ref": "#/components/schemas/Sub"},
    },
    "allOf": [
        {"x-assay-requirement": "usable", "required": ["id"]},
        {
            "x-assay-requirement": "no-time",
            "if": {"properties": {"done": {"const": False}}, "required": ["done"]},
            "then": {"properties": {"time": {"type": "null"}}},
        },
        {"properties": {"time": {"x-assay-requirement": "iso", "pattern": "T"}}},
    ],
    "anyOf": [
        {"x-assay-reading": {"ambiguity": "kind", "reading": "numbers"}, "properties": {"kind": {"type": "integer"}}},
        {"x-assay-reading": {"ambiguity": "kind", "reading": "names"}, "properties": {"kind": {"type": "string"}}},
    ],
}
SPEC: dict[str, Any] = {
    "paths": {
        "/a/{b}": {
            "post": {
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Task"}}}},
                    "204": {"description": "nothing"},
                    "202": {"content": {"text/plain": {}}},
                    "404": {"$ref": "#/components/responses/Missing"},
                }
            }
        }
    },
    "components": {
        "schemas": {
            "Task": TASK,
            "Sub": {"allOf": [{"type": "object"}, {"x-assay-requirement": "deep", "required": ["x"]}]},
        },
        "responses": {"Missing": {"content": {"application/json": {"schema": {"type": "object", "required": ["e"]}}}}},
    },
}
OPERATION = Operation("toy/act", "POST", "/a/{b}", SPEC["paths"]["/a/{b}"]["post"])
CONTRACT = Contract("toy", "Toy", SPEC, "A", "B", {}, {}, (), {"toy/act": OPERATION}, {}, ())


def answer(body: bytes, status: int = 200, **headers: str) -> ReceivedResponse:
    lines = {"Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return ReceivedResponse(status, "", "HTTP/1.1", tuple(lines.items()), body, 0.0)


def observed(
    observer: str, response: ReceivedResponse, slug: str = "x", statuses: tuple[int, ...] = (), **asked: str
) -> str | None:
    headers = tuple((name.replace("_", "-"), value) for name, value in asked.items())
    exchange = Exchange(SentRequest("POST", "http://h/a/1", headers), response)
    check = Check(f"toy/act/{slug}", "n", observer=(observer, statuses))
    return Expectations(CONTRACT, 1000).observe(check, OPERATION, exchange)


def test_a_body_of_the_documented_shape_has_no_problem() -> None:
    assert Expectations(CONTRACT, 1000).shape_problem(OPERATION, answer(b'{"id": 1}')) == ""


@pytest.mark.parametrize(
    ("response", "problem"),
    [
        (answer(b'{"id": "1"}'), 'expected an integer at $.id, got "1"'),
        (answer(b"[]"), "expected an object as the body, got []"),
        (answer(b""), "expected a JSON body, got an empty body"),
        (answer(b"<html>"), "expected a JSON body, got a body that is not JSON"),
        (answer(b"{}", 404), 'expected the field "e" in the body, got {}'),
        (answer(b"x", 204), "expected no body, got 1 byte"),
        (answer(b"{}", 418), "expected one of the documented statuses 200 or 204 or 202 or 404, got 418"),
    ],
)
def test_a_body_of_another_shape_says_where(response: ReceivedResponse, problem: str) -> None:
    assert Expectations(CONTRACT, 1000).shape_problem(OPERATION, response).startswith(problem)


def test_bytes_behind_a_message_without_body_are_a_body() -> None:
    late = ReceivedResponse(204, "", "HTTP/1.1", (), b"", 0.0, surplus=b"{}")

    assert Expectations(CONTRACT, 1000).shape_problem(OPERATION, late) == "expected no body, got 2 bytes"


def test_nothing_that_was_compressed_is_no_body() -> None:
    nothing = answer(gzip.compress(b""), 204, Content_Encoding="gzip")
    something = answer(gzip.compress(b" "), 204, Content_Encoding="gzip")

    assert Expectations(CONTRACT, 1000).shape_problem(OPERATION, nothing) == ""
    assert Expectations(CONTRACT, 1000).shape_problem(OPERATION, something) == "expected no body, got 21 bytes"


@pytest.mark.parametrize(
    ("body", "annotated"),
    [
        (b'{"id": 1}', {"usable": ""}),
        (b"{}", {"usable": 'expected the field "id" in the body, got {}'}),
        (b'{"id": 1, "done": true, "time": "T"}', {"usable": "", "iso": ""}),
        (b'{"id": 1, "time": null}', {"usable": ""}),
        (b'{"id": 1, "done": false, "time": null}', {"usable": "", "no-time": ""}),
        (
            b'{"id": 1, "done": false, "time": "T"}',
            {"usable": "", "iso": "", "no-time": 'expected null at $.time, got "T"'},
        ),
        (b'{"id": 1, "time": "noon"}', {"usable": "", "iso": 'expected a string that matches T at $.time, got "noon"'}),
        (b'{"id": 1, "sub": {}}', {"usable": "", "deep": 'expected the field "x" in $.sub, got {}'}),
    ],
)
def test_an_annotated_subschema_takes_its_own_errors(body: bytes, annotated: dict[str, str]) -> None:
    report = Expectations(CONTRACT, 1000).shape(OPERATION, answer(body))

    assert report.problem == ""
    assert report.annotated == annotated


def test_an_annotation_that_the_body_does_not_exercise_says_nothing() -> None:
    assert observed("annotation", answer(b'{"id": 1}'), "iso") is None
    assert observed("annotation", answer(b'{"id": 1, "time": "T"}'), "iso") == ""
    assert (
        observed("annotation", answer(b'{"id": 1, "time": "x"}'), "iso")
        == 'expected a string that matches T at $.time, got "x"'
    )


@pytest.mark.parametrize(
    ("body", "reading"), [(b'{"id": 1, "kind": 1}', "numbers"), (b'{"id": 1, "kind": "a"}', "names")]
)
def test_the_reading_that_a_body_follows_is_found(body: bytes, reading: str) -> None:
    exchange = Exchange(SentRequest("POST", "http://h/", ()), answer(body))

    assert Expectations(CONTRACT, 1000).readings(OPERATION, exchange) == [("kind", reading)]


@pytest.mark.parametrize(
    "given", ["application/json", "Application/JSON", "application/json; charset=utf-8", "application/json;x"]
)
def test_every_legal_spelling_of_the_media_type_holds(given: str) -> None:
    assert observed("content_type", answer(b"{}", Content_Type=given)) == ""


def test_of_a_documented_body_that_is_no_json_nothing_is_said() -> None:
    assert observed("shape", answer(b"done", 202, Content_Type="text/plain")) == ""


@pytest.mark.parametrize("given", ["text/html", "application/problem+json", "application/jsonx", ""])
def test_another_media_type_is_a_problem(given: str) -> None:
    assert "expected the content type application/json" in (
        observed("content_type", answer(b"{}", Content_Type=given)) or ""
    )


def test_a_body_without_a_media_type_is_a_problem() -> None:
    untyped = ReceivedResponse(200, "", "HTTP/1.1", (), b"{}", 0.0)

    assert observed("content_type", untyped) == "expected the content type application/json, got none"


@pytest.mark.parametrize(
    ("given", "got"),
    [
        (["text/html", "application/json"], '"text/html" and "application/json"'),
        (["application/json", "text/html"], '"application/json" and "text/html"'),
        (list("abcde"), '"a" and "b" and "c" and 2 more'),
    ],
)
def test_of_several_media_types_each_is_told(given: list[str], got: str) -> None:
    torn = ReceivedResponse(200, "", "HTTP/1.1", tuple(("Content-Type", each) for each in given), b"{}", 0.0)

    assert observed("content_type", torn) == f"expected the content type application/json, got {got}"


def test_the_same_media_type_said_twice_is_no_problem() -> None:
    again = ReceivedResponse(200, "", "HTTP/1.1", (("Content-Type", "application/json"),) * 2, b"{}", 0.0)

    assert observed("content_type", again) == ""


def test_a_body_where_none_may_be_is_a_problem() -> None:
    assert observed("no_body", answer(b"{}", 204), statuses=(204,)) == "expected no body, got 2 bytes"
    assert observed("no_body", answer(b"", 204), statuses=(204,)) == ""


def test_an_annotation_says_nothing_of_a_status_that_is_not_documented() -> None:
    assert observed("annotation", answer(b"{}", 418), "iso") is None


def test_nothing_is_seen_in_an_exchange_without_an_answer() -> None:
    silent = Exchange(SentRequest("POST", "http://h/", ()), None, "timed out")
    check = Check("toy/act/x", "n", observer=("shape", ()))
    expectations = Expectations(CONTRACT, 1000)

    assert expectations.observe(check, OPERATION, silent) is None
    assert expectations.readings(OPERATION, silent) == []


def test_an_observer_that_does_not_exist_is_a_mistake() -> None:
    with pytest.raises(LookupError, match="no observer 'shapes'"):
        observed("shapes", answer(b"{}"))


def test_observers_look_at_their_statuses_only() -> None:
    assert observed("shape", answer(b"<", 404), statuses=(200,)) is None
    assert observed("shape", answer(b"<", 404), statuses=(404,))
    assert observed("content_type", answer(b"", 404), statuses=(404,)) is None


def test_a_success_with_another_status_than_the_documented_ones_is_a_problem() -> None:
    assert observed("success", answer(b"", 204), statuses=(204,)) == ""
    assert (
        observed("success", answer(b"{}", 202), statuses=(204,)) == "expected 204 as the status of a success, got 202"
    )
    assert observed("success", answer(b"{}", 404), statuses=(204,)) is None


def test_a_server_error_is_a_problem_and_an_overload_says_nothing() -> None:
    assert observed("server_error", answer(b"", 502)) == "expected no server error, got 502"
    assert observed("server_error", answer(b"", 503)) is None
    assert observed("server_error", answer(b"", 404)) == ""


def test_a_coding_that_nobody_asked_for_is_a_problem() -> None:
    packed = answer(gzip.compress(b"{}", mtime=0), Content_Encoding="GZIP")

    assert observed("unasked_coding", packed) == "expected no content coding, as none was asked for, got gzip"
    assert observed("unasked_coding", packed, Accept_Encoding="gzip") is None
    assert observed("unasked_coding", answer(b"{}", Content_Encoding="identity"), Accept_Encoding="identity") == ""


def test_a_body_nested_deeper_than_the_validator_reads_is_a_problem() -> None:
    deep = b'{"id":1,"sub":' + b"[" * 900 + b"]" * 900 + b"}"

    assert Expectations(CONTRACT, 10_000).shape_problem(OPERATION, answer(deep))


@pytest.mark.parametrize("status", [302, 429, 503])
def test_who_has_not_dealt_with_the_input_shows_no_absence_of_a_server_error(status: int) -> None:
    assert observed("server_error", answer(b"", status)) is None


BROKEN = {
    "cut short": answer(b'{"e": '),
    "twice the name": answer(b'{"e": 1, "e": 1}'),
    "no gzip": answer(b'{"e": 1}', Content_Encoding="gzip"),
    "too large": answer(b"[" + b"{}," * 60_000 + b"{}]"),
    "surplus": replace(answer(b"{}"), surplus=b"{}"),
}


@pytest.mark.parametrize("response", BROKEN.values(), ids=BROKEN)
def test_no_observer_is_content_with_a_broken_answer(response: ReceivedResponse) -> None:
    assert observed("server_error", response) is None
    assert observed("content_type", response) is None
    assert Expectations(CONTRACT, 1000).flaw(response)


def test_a_broken_answer_may_violate_a_requirement() -> None:
    assert observed("server_error", answer(b"{", 500)) == "expected no server error, got 500"
    assert observed("shape", answer(b"{")) != ""
    assert observed("no_body", replace(answer(b""), surplus=b"{}")) == "expected no body, got 2 bytes"


def test_nothing_is_said_of_the_shape_of_what_is_too_much_to_be_read() -> None:
    assert observed("shape", answer(b"[" * 300 + b"]" * 300)) is None


@pytest.mark.parametrize(
    "response",
    [answer(b""), answer(b'{"e": 1}'), answer(b"<html>", Content_Type="text/html")],
    ids=["", "json", "html"],
)
def test_an_answer_that_is_what_it_says_has_no_flaw(response: ReceivedResponse) -> None:
    assert Expectations(CONTRACT, 1000).flaw(response) == ""


def test_of_large_bodies_only_the_last_stays_in_memory() -> None:
    expectations = Expectations(CONTRACT, 1_000_000)
    first, second = (answer(b'"' + b"x" * 200_000 + b'"') for _ in range(2))
    contents = [expectations.content(each) for each in (first, first, second, first)]

    assert contents[0] is contents[1]
    assert contents[0] is not contents[3]
    assert contents[0] == contents[3]


def packed(size: int) -> ReceivedResponse:
    return answer(gzip.compress(b'"' + b"x" * size + b'"', mtime=0), Content_Encoding="gzip")


def test_what_is_compressed_counts_by_what_it_grows_to() -> None:
    expectations = Expectations(CONTRACT, 10_000_000)
    first, second = packed(7_000_000), packed(7_000_000)
    limits = [expectations.limit(each) for each in (first, second, first)]

    assert limits == ["", "a body that brings the answers to this check to more than 12000000 bytes together", ""]
    assert expectations.flaw(second) == limits[1]
    assert expectations.content(first).problem == ""


def test_each_check_has_the_whole_bound_for_its_answers() -> None:
    expectations = Expectations(CONTRACT, 10_000_000)
    expectations.limit(packed(7_000_000))
    expectations.forget()

    assert expectations.limit(packed(7_000_000)) == ""


def test_a_body_behind_the_bound_is_not_read_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    expectations = Expectations(CONTRACT, 10_000_000)
    expectations.limit(packed(7_000_000))
    expectations.limit(packed(7_000_000))
    monkeypatch.setattr("assay.expect.decode", pytest.fail)

    assert expectations.limit(packed(7_000_000))


def test_a_large_body_is_read_once_to_say_whether_it_is_flawed(monkeypatch: pytest.MonkeyPatch) -> None:
    expectations = Expectations(CONTRACT, 1_000_000)
    large = [packed(200_000), packed(200_000)]
    assert [expectations.limit(each) for each in large] == ["", ""]
    monkeypatch.setattr("assay.expect.decode", pytest.fail)

    assert [expectations.flaw(each) for each in large] == ["", ""]
