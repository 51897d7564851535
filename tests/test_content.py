"""What a body says, and that nothing that a server sends takes long to read or much room."""

from __future__ import annotations

import gzip
import zlib

import pytest

from assay.content import decode, is_json
from assay.model import ReceivedResponse


def answer(body: bytes, **headers: str) -> ReceivedResponse:
    lines = {name.replace("_", "-"): value for name, value in headers.items()}
    return ReceivedResponse(200, "", "HTTP/1.1", tuple(lines.items()), body, 0.0)


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "x-gzip", "identity, gzip"])
def test_gzip_is_undone_in_every_spelling(coding: str) -> None:
    assert decode(answer(gzip.compress(b'{"a":1}', mtime=0), Content_Encoding=coding), 1000).json == {"a": 1}


def test_deflate_and_several_gzip_members_are_undone() -> None:
    assert decode(answer(zlib.compress(b"[1]"), Content_Encoding="deflate"), 1000).json == [1]
    assert decode(
        answer(gzip.compress(b"[1", mtime=0) + gzip.compress(b"]", mtime=0), Content_Encoding="gzip"), 1000
    ).json == [1]


@pytest.mark.parametrize(
    ("body", "coding", "problem"),
    [
        (b"{}", "gzip", "announced as gzip and is not"),
        (gzip.compress(b"{}", mtime=0)[:-4], "gzip", "cut short"),
        (gzip.compress(b"{}", mtime=0) + b"more", "gzip", "22 bytes with 4 bytes behind it that are no gzip"),
        (b"{}", "br", 'unknown content coding "br"'),
        (b"{}", "deflate", "announced as deflate and is not"),
    ],
)
def test_a_coding_that_cannot_be_undone_is_a_problem(body: bytes, coding: str, problem: str) -> None:
    content = decode(answer(body, Content_Encoding=coding), 1000)

    assert problem in content.problem
    assert content.coding_problem == content.problem


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"\xef\xbb\xbf{}", "not JSON"),
        (b'"\xff"', "not UTF-8"),
        (b"NaN", "NaN is no JSON value"),
        (b"[-Infinity]", "-Infinity is no JSON value"),
        (b'{"a":1,"a":2}', 'the name "a" twice'),
        (b"{} {}", "not JSON"),
        (b"", "an empty body"),
    ],
)
def test_what_is_no_json_is_told(body: bytes, problem: str) -> None:
    assert problem in decode(answer(body), 1_000_000).problem


TOO_MUCH = {
    "a bomb": (gzip.compress(b" " * 2_000_000, mtime=0), "gzip", "a compressed body that grows beyond 1000000 bytes"),
    "a bomb in members": (
        gzip.compress(b" " * 600_000, mtime=0) * 2,
        "gzip",
        "a compressed body that grows beyond 1000000 bytes",
    ),
    "a deflated bomb": (
        zlib.compress(b" " * 2_000_000),
        "deflate",
        "a compressed body that grows beyond 1000000 bytes",
    ),
    "members": (gzip.compress(b"", mtime=0) * 10_000, "gzip", "a gzip body of more than 100 members"),
    "codings": (b"", "gzip," * 10_000, "a body in more than 4 content codings"),
    "depth": (b"[" * 300 + b"]" * 300, "", "JSON of more than 250 levels"),
    "depth for Python": (b"[" * 40_000, "", "JSON of more than 250 levels"),
    "depth of objects": (b'{"a":' * 300 + b"1" + b"}" * 300, "", "JSON of more than 250 levels"),
    "values": (b"[" + b"{}," * 50_000 + b"{}]", "", "a body of more than 50000 JSON values"),
    "digits": (b"9" * 10_000, "", "JSON with a number of too many digits to be read"),
}


@pytest.mark.parametrize(("body", "coding", "problem"), TOO_MUCH.values(), ids=TOO_MUCH)
def test_what_is_too_much_to_be_read_is_told_apart(body: bytes, coding: str, problem: str) -> None:
    content = decode(answer(body, Content_Encoding=coding), 1_000_000)

    assert content.is_beyond_limits
    assert content.problem == problem


@pytest.mark.parametrize(
    "body",
    [b"1e999999", b"-0", b'"\\ud800"', b"[" * 250 + b"]" * 250, b'"' + b"," * 40_000 + b'"', b"9" * 4000],
    ids=["huge", "minus zero", "lone surrogate", "depth", "commas", "digits"],
)
def test_what_json_allows_is_read(body: bytes) -> None:
    assert decode(answer(body), 1_000_000).problem == ""


def test_an_empty_body_has_no_coding_to_undo() -> None:
    content = decode(answer(b"", Content_Encoding="gzip"), 1000)

    assert (content.problem, content.coding_problem) == ("an empty body", "")


def test_a_media_type_names_json_in_any_spelling() -> None:
    assert is_json("Application/JSON ; charset=utf-8")
    assert not is_json("text/json")
    assert not is_json(None)
