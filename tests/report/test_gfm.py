"""What is held against the Markdown here is GitHub's own parser, and what GitHub and GitLab look for behind it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import cmarkgfm
import html5lib  # type: ignore[import-untyped]  # it has no types
import pytest
from cmarkgfm.cmark import Options
from hypothesis import given
from hypothesis import strategies as st

from assay.report.gfm import block, cell, code, prose
from assay.report.text import one_line

if TYPE_CHECKING:
    from xml.etree import ElementTree as ET

LOOKED_FOR = re.compile(
    r"(?<![\w`])@\w|(?<!\w)#\d|\w/\w+#\d|\bGH-\d|://|\bwww\.|(?<!\w):[\w+-]+:|[!~%&$]\d|\b[0-9a-f]{7,40}\b|\w@\w",
    re.IGNORECASE,
)
"""Mentions, references, addresses, emoji, commits, and what GitLab has besides."""

ODD = [
    "@octocat and @org/team",
    "see #1, org/repo#2, GH-3, !4, ~5, %6, &7, $8",
    "https://evil.test/?a=b www.evil.test mailto:a@b.test",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "[click](https://evil.test) ![x](https://evil.test/pixel) [ref]: https://evil.test",
    "a | b || \\| c",
    "`one` ``two`` ```three``` ` `` ```",
    "`",
    "``",
    " spaces ",
    "",
    " ",
    "\\",
    "end \\",
    "*bold* _under_ **more** ~~gone~~ $x^2$ $`y`$",
    "/close",
    "# heading",
    "- item",
    "> quote",
    "```\nfence\n```",
    "line\n\n/close\n\n</details>",
    "</details></summary><!-- ",
    "&lt;b&gt; &amp;",
    ":bug: :+1:",
    "0a1b2c3d4e5f67890a1b2c3d4e5f67890a1b2c3d",
    "\x1b[31m \u202e \u200b \ud800",
]


def rendered(markdown: str) -> ET.Element:
    # GitHub takes HTML out afterwards; here it stays, so that it is seen.
    text = cmarkgfm.github_flavored_markdown_to_html(markdown, Options.CMARK_OPT_UNSAFE)
    root: ET.Element = html5lib.parse(text, namespaceHTMLElements=False)
    return root


def outside_of_code(root: ET.Element) -> str:
    for each in [each for each in root.iter() if each.tag in ("code", "pre")]:
        each[:] = []
        each.text = ""
    return "".join(root.itertext())


def tags(root: ET.Element) -> list[str]:
    return [each.tag for each in root.iter() if each.tag not in ("html", "head", "body")]


@pytest.mark.parametrize("text", ODD)
def test_code_is_one_span_that_holds_the_text(text: str) -> None:
    root = rendered(f"got {code(text)}")

    assert tags(root) == ["p", "code"]
    assert (root.findtext(".//code") or "").strip() == one_line(text).strip()


@given(st.text(alphabet="`|\\ <>@#a*_[]()!$~&-\n", max_size=30))
def test_no_text_breaks_out_of_code(text: str) -> None:
    root = rendered(f"got {code(text)} behind")

    assert tags(root) == ["p", "code"]
    assert outside_of_code(root).split() == ["got", "behind"]


@pytest.mark.parametrize("text", ODD)
def test_a_cell_is_one_cell_that_holds_the_text(text: str) -> None:
    root = rendered(f"| a | b |\n|---|---|\n| {cell(text)} | 1 |")

    assert [(each.findtext("code") or "").strip() for each in root.iter("td")] == [one_line(text).strip(), ""]


@given(st.text(alphabet="`|\\ <>a", max_size=20))
def test_no_text_breaks_out_of_a_cell(text: str) -> None:
    root = rendered(f"| a | b |\n|---|---|\n| {cell(text)} | 1 |")

    assert [len(each) for each in root.iter("td")] == [1, 0]


@pytest.mark.parametrize("text", ODD)
def test_a_block_holds_the_text_on_one_line(text: str) -> None:
    root = rendered(f"before\n\n{block(text, 'sh')}\n\nbehind")

    assert tags(root) == ["p", "pre", "code", "p"]
    assert root.findtext(".//code") == one_line(text) + "\n"


@pytest.mark.parametrize("text", ODD)
def test_prose_is_text_in_which_nothing_is_found(text: str) -> None:
    root = rendered(f"It is promised: {prose(text)}")

    assert set(tags(root)) <= {"p", "code"}
    assert LOOKED_FOR.search(outside_of_code(root)) is None


def test_prose_reads_as_it_was_written() -> None:
    root = rendered(f"It is promised: {prose('`id` is *one* of <a|b> at $.data[0]')}")

    assert "".join(root.itertext()).strip() == "It is promised: id is *one* of <a|b> at $.data[0]"
    assert root.findtext(".//code") == "id"


def test_a_long_text_is_cut() -> None:
    assert code("x" * 50, limit=10) == "`xxxxxxxxxx …`"
