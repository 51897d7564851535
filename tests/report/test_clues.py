"""What a message points at in the answer that it speaks of."""

from __future__ import annotations

import pytest

from assay.report.clues import Clue, path_of, pointer
from tests.report.conftest import exchange, text_body

ANSWER = exchange("GET", "https://lab.test/a", 200, text_body('{"a":1}'), headers=(("Zuora-Track-Id", "x"),))


@pytest.mark.parametrize(
    ("place", "path"),
    [
        ("$", ()),
        ("$.data[0].id", ("data", 0, "id")),
        ('$["a b"][12]', ("a b", 12)),
        ('$["\\x"]', ('["\\x"]',)),
    ],
)
def test_a_place_is_read(place: str, path: tuple[str | int, ...]) -> None:
    assert path_of(place) == path


def test_the_status_is_meant_where_it_came() -> None:
    assert pointer("expected 404, got 200", ANSWER).status
    assert not pointer("expected 3 tasks, got 201", ANSWER).status


def test_a_header_is_meant_by_its_name() -> None:
    assert pointer("expected Zuora-Track-Id: y, got x", ANSWER).headers == {"zuora-track-id"}
    assert pointer('expected the content type application/json, got "text/html"', ANSWER).headers == {"content-type"}


def test_a_header_that_did_not_come_is_absent() -> None:
    assert pointer("expected Content-Encoding: gzip, got no Content-Encoding", ANSWER).absent == ("Content-Encoding",)


def test_what_must_not_come_is_not_absent() -> None:
    assert pointer("expected no Content-Encoding, got 200", ANSWER).absent == ()


def test_each_place_of_a_message_is_a_clue() -> None:
    found = pointer('expected a string at $.a or the field "c" in $.b, got 1 at $.a', ANSWER)

    assert found.clues == (Clue(("a",), note="expected a string"), Clue(("b",), missing=('"c"',)))


def test_the_body_as_a_whole_is_a_place() -> None:
    assert pointer("expected an object as the body, got []", ANSWER).clues == (Clue((), note="expected an object"),)


def test_a_message_of_another_form_points_at_nothing() -> None:
    assert pointer("the run ended before it", ANSWER).clues == ()


def test_nothing_is_pointed_at_where_no_answer_came() -> None:
    silent = exchange("GET", "https://lab.test/a", None, transport_error="reset")

    assert pointer("expected 200, got nothing", silent).clues == ()
