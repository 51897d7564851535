"""What a server or a target file says stays text: on a terminal, in a log, in HTML and in XML."""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import cmarkgfm
import html5lib  # type: ignore[import-untyped]  # it has no types
import pytest
from cmarkgfm.cmark import Options

from assay.report import html, junit, terminal
from assay.report.document import Written
from assay.report.files import write_all
from assay.report.forms import FORMS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Json, JudgeToy
    from tests.secrets.conftest import LeakyServer

HOSTILE = (
    "</script></style></pre><script>alert(1)</script><img src=x onerror=alert(1)>\"'><b onmouseover=alert(1)>"
    "]]>&amp;{{7*7}}\x1b[2J\x1b]0;title\x07\x9b31m\r\n::error ::owned\n##vso[task.complete]\n"
    "\u202egnp.exe\u2066\u200b\u2028\ufeff\x00\x7f"
)
ON_A_WIRE = re.sub(r"[\x00-\x1f\x7f]", " ", HOSTILE)
"""What a header line can carry of it."""
UNSEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def answer(body: bytes, *lines: str, reason: str = "OK") -> bytes:
    head = [f"HTTP/1.1 200 {reason}", *lines, f"Content-Length: {len(body)}", "Connection: close"]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


@pytest.fixture
def report(judge_toy: JudgeToy, answering: Callable[..., LeakyServer]) -> Json:
    """Return the report on a server, of a hostile name too, that is hostile wherever it can be."""
    json_type = "Content-Type: application/json"
    key = json.dumps({HOSTILE: 1, "sent": HOSTILE}).encode()
    server = answering(
        ("reason", answer(b"{}", json_type, reason=ON_A_WIRE)),
        ("header", answer(b"{}", json_type, f"X-Echo: {ON_A_WIRE}", f"X-{'a' * 300}: {ON_A_WIRE * 20}")),
        ("type", answer(b"{}", f"Content-Type: {ON_A_WIRE}")),
        ("coding", answer(b"{}", json_type, f"Content-Encoding: {ON_A_WIRE}")),
        ("text", answer(HOSTILE.encode(), json_type)),
        ("key", answer(key, json_type)),
        ("twice", answer(b'{"\\u202e<b>": 1, "\\u202e<b>": 2}', json_type)),
        ("surplus", answer(b"{}", json_type) + HOSTILE.encode()),
        ("status", f"HTTP/1.1 {ON_A_WIRE}\r\n\r\n".encode()),
    )
    cases = f"""
        @requirement("done", each={{str(number): number for number in range(9)}})
        def test_it_is_done(bench, case):
            answer = bench.send(bench.call().labelled({HOSTILE!r}))
            answer.must_be_json()
            answer.must_match_its_schema()
            answer.must(False, "no answer", answer.response.body.decode("utf-8", "replace") + answer.response.reason)
    """
    return judge_toy(cases, name=HOSTILE, base_url=server.url)


@pytest.mark.parametrize("width", [60, 100, 10_000])
def test_a_terminal_gets_no_control_characters_and_no_line_that_a_server_began(report: Json, width: int) -> None:
    stream = io.StringIO()
    terminal.render(
        Written(report), terminal.console(stream, {"FORCE_COLOR": "1", "COLUMNS": str(width), "TERM": "xterm"})
    )

    printed = COLOURS.sub("", stream.getvalue())
    assert "owned" in printed
    assert not UNSEEN.search(printed)
    assert not re.search(r"^\s*(::|##)", printed, re.MULTILINE)
    assert not re.search(r"##(vso)?\[", printed)


def test_a_page_holds_hostile_text_as_text_alone(report: Json) -> None:
    page = html.render(report)

    root = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)
    names = {name for each in root.iter() for name in each.attrib}
    assert "<script>alert(1)</script><img src=x onerror=alert(1)>" in "".join(root.itertext())
    assert len(list(root.iter("script"))) == 1
    assert {each.tag for each in root.iter()} & {"img", "b", "iframe", "object", "link"} <= {"b"}
    assert not {name for name in names if name.startswith("on") or name in ("style", "src", "action")}
    assert not UNSEEN.search(page)


def test_a_page_that_is_printed_starts_no_line_with_what_a_server_said(report: Json) -> None:
    page = html.render(report)

    assert "::error ::owned" in page
    assert not re.search(r"^\s*(::|##)", page, re.MULTILINE)
    assert "##vso[" not in page


def test_a_page_names_its_policy_before_anything_that_a_server_said(report: Json) -> None:
    page = html.render(report)

    policy = re.search(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', page)
    assert policy is not None
    assert policy.start() < page.index("alert(1)")
    assert "unsafe" not in policy[1]
    assert re.search(r"script-src &#39;sha256-[^;]*&#39;;", policy[1])


def test_xml_holds_hostile_text_as_text_alone(report: Json) -> None:
    text = junit.render(report)

    root = ET.fromstring(text)  # noqa: S314 - our own report
    assert {each.tag for each in root.iter()} <= {
        "testsuites", "testsuite", "testcase", "properties", "property", "failure", "error", "skipped", "system-out",
    }  # fmt: skip
    assert any("<script>alert(1)</script>" in str(each.get("message")) for each in root.iter())
    assert not UNSEEN.search(text)
    assert not re.search(r"^\s*(::|##)", text, re.MULTILINE)


def test_markdown_holds_hostile_text_as_text_alone(report: Json, tmp_path: Path) -> None:
    text = "".join(FORMS["markdown"].text(Written(report), tmp_path))

    page = cmarkgfm.github_flavored_markdown_to_html(text, Options.CMARK_OPT_UNSAFE)
    root = html5lib.parse(page, namespaceHTMLElements=False)
    assert "<script>alert(1)</script><img src=x onerror=alert(1)>" in "".join(root.itertext())
    assert not {each.tag for each in root.iter()} & {"script", "img", "a", "b", "style", "input"}
    assert not {name for each in root.iter() for name in each.attrib} - {"align", "lang"}


@pytest.mark.parametrize("name", sorted({*FORMS} - {"json"}))
def test_no_form_but_the_document_holds_a_character_that_is_not_seen(report: Json, tmp_path: Path, name: str) -> None:
    write_all(Written(report), tmp_path, ["json", name])

    text = (tmp_path / FORMS[name].file).read_text()
    assert text
    assert not UNSEEN.search(text)
    assert "##vso[" not in text
    assert not re.search(r"^\s*::", text, re.MULTILINE)
