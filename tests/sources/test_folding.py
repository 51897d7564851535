"""The folded text of a page is the same however it was scraped."""

from __future__ import annotations

import pytest

from assay.sources.folding import Folded, clean, fold
from tests.sources.pages import FORMS


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a  crate\n\tis sealed", "a crate is sealed"),
        ("a crate\u00a0is\u200b sealed", "a crate is sealed"),
        ("the ‘seal’ of a “crate”", "the 'seal' of a \"crate\""),  # noqa: RUF001 - folded
        ("kept — at least – for a day", "kept - at least - for a day"),  # noqa: RUF001 - folded
        ("kept â€” for a day", "kept — for a day"),
        ("itâ€™s sealed", "it's sealed"),
        ("a **packed** `crate`", "a packed crate"),
        ("| Seal-Key | string |\n| --- | --- |", "Seal-Key string"),
        ("crate\\_id", "crate_id"),
        ("- one\n- two", "• one • two"),
        ("<p>a <b>packed</b> crate<br/></p>", "a packed crate"),
        ("see [the guide](https://crates.test/guide)", "see the guide"),
        ("R&amp;D &lt;= 5", "R&D <= 5"),
        ("\ufeffa crate", "a crate"),
        ('---\ntitle: "A"\nscraped_at: "2031-01-01"\n---\na crate', "a crate"),
        ('--- title: "A" scraped_at: "2031-01-01" --- a crate', "a crate"),
        ('<!-- saved today -->\n---\ntitle: "A"\n---\na crate', "a crate"),
        ('+++\ntitle = "A"\n+++\na crate', "a crate"),
        ("<!DOCTYPE html><html><head><style>p {a: b}</style><script>c()</script></head>a crate</html>", "a crate"),
        ("```json\na crate\n```", "a crate"),
        ("the __Crate Access__ and _its_ holder", "the Crate Access and its holder"),
        ("A crate\n=======\n+ one", "A crate\n- one"),
    ],
)
def test_what_differs_between_two_scrapes_is_folded(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("at most 255 characters", "at most 200 characters"),
        ("<= 255", ">= 255"),
        ("from -5 on", "from 5 on"),
        ("1.10", "11.0"),
        ("Success", "success"),
        ("task_id", "taskid"),
        ("_id", "id"),
        ("weight__lt and weight__gt", "weightlt and weightgt"),
        ("a + b", "a b"),
        ("colon (:)", "colon (;)"),
        ("<value>", "<token>"),
    ],
)
def test_what_says_something_else_stays_different(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_a_rule_in_the_middle_of_a_page_is_no_front_matter() -> None:
    assert fold("a crate\n---\nkey: value\n---\nb") == fold("a crate key: value b")


@pytest.mark.parametrize("form", FORMS)
def test_folded_spans_lead_back_to_the_words_of_the_page(form: str) -> None:
    folded = Folded(clean(FORMS[form]))
    start = folded.text.index("rate")

    assert folded.shown(start, start + 4) == "rate"
