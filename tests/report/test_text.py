from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.report.text import counted, indented_json, joined, one_line, visible

UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@given(st.text(st.characters(exclude_categories=()), max_size=200))
def test_a_line_holds_nothing_that_cannot_be_seen(text: str) -> None:
    assert not {unicodedata.category(char) for char in one_line(text)} & UNSEEN


@given(st.text(st.characters(exclude_categories=()), max_size=200))
def test_a_line_is_one_line_however_lines_are_told_apart(text: str) -> None:
    assert len(f"x{one_line(text)}x".splitlines()) == 1


@given(st.text(st.characters(exclude_categories=()), max_size=200))
def test_a_line_made_twice_is_the_line_made_once(text: str) -> None:
    assert one_line(one_line(text)) == one_line(text)


@given(st.text(st.characters(exclude_categories=()), max_size=200))
def test_a_line_survives_any_encoding_that_holds_unicode(text: str) -> None:
    assert one_line(text).encode("utf-8").decode("utf-8") == one_line(text)


@given(st.text(st.characters(categories=("L", "N", "P"), max_codepoint=0x24F)))
def test_an_ordinary_text_stays_as_it_is(text: str) -> None:
    assert one_line(text) == text


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\r\nb\tc", r"a\r\nb\tc"),
        ("\x1b[31m", r"\x1b[31m"),
        ("\x7f\x9b", r"\x7f\x9b"),
        ("\u202e\u2028\u2029\ufeff", r"\u202e\u2028\u2029\ufeff"),
        ("\u200b\u2066", r"\u200b\u2066"),
        ("\U000e0041\U000e0100", r"\U000e0041\U000e0100"),
        ("\ud800", r"\ud800"),
        ("\u3164", r"\u3164"),
        ("Grüße 東京 🙂", "Grüße 東京 🙂"),
    ],
)
def test_what_cannot_be_seen_is_spelled_out(text: str, line: str) -> None:
    assert one_line(text) == line


@pytest.mark.parametrize("command", ["##vso[task.complete]", "##[error]x", "##TeamCity[buildStop]"])
def test_a_command_to_a_ci_runner_is_broken(command: str) -> None:
    assert one_line(f"got {command}") == "got \\x23" + command[1:]


def test_a_block_keeps_its_lines_and_tabs() -> None:
    assert visible("a\r\n\tb\x00") == "a\n\tb\\x00"


def test_json_is_laid_out_without_touching_its_values() -> None:
    text = '{"a":1.0e5,"a":[ ],"b":{"c":["\\u00e4, {","\\""],"d":{}}}'

    laid_out = indented_json(text)

    assert str(laid_out).splitlines() == [
        "{",
        '  "a": 1.0e5,',
        '  "a": [],',
        '  "b": {',
        '    "c": [',
        '      "\\u00e4, {",',
        '      "\\""',
        "    ],",
        '    "d": {}',
        "  }",
        "}",
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON, st.booleans())
def test_json_that_is_laid_out_says_the_same(value: object, ascii_only: bool) -> None:  # noqa: FBT001 - Hypothesis passes by position
    assert json.loads(indented_json(json.dumps(value, ensure_ascii=ascii_only)) or "") == value


@pytest.mark.parametrize("text", ["", "{", "<html>", "[" * 100_000, "1" * 10_000])
def test_what_is_no_json_is_not_laid_out(text: str) -> None:
    assert indented_json(text) is None


def test_deep_json_does_not_grow_by_the_square_of_its_depth() -> None:
    assert len(indented_json("[" * 900 + "1" + "]" * 900) or "") < 200_000


@pytest.mark.parametrize(("number", "words"), [(0, "0 checks"), (1, "1 check"), (1200, "1,200 checks")])
def test_things_are_counted(number: int, words: str) -> None:
    assert counted(number, "check") == words


@pytest.mark.parametrize(
    ("words", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_words_are_joined(words: list[str], text: str) -> None:
    assert joined(words) == text
