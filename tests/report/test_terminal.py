from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import pytest
from rich.cells import cell_len

from assay.report import terminal
from assay.report.document import Written
from tests.report.conftest import check, exchange

if TYPE_CHECKING:
    from collections.abc import Mapping

Json = dict[str, Any]


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def printed(document: Json, environ: Mapping[str, str], stream: io.StringIO | None = None) -> str:
    stream = stream or io.StringIO()
    terminal.render(Written(document), terminal.console(stream, environ))
    return stream.getvalue()


@pytest.fixture
def log(document: Json) -> str:
    return printed(document, {})


def test_a_log_has_no_escape_sequence(log: str) -> None:
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u2028\u202e]", log)


@pytest.mark.parametrize("environ", [{"TTY_COMPATIBLE": "1"}, {"TERM": "xterm-256color", "COLORTERM": "truecolor"}])
def test_no_setting_but_force_color_brings_escape_sequences_to_a_log(
    document: Json, environ: Mapping[str, str]
) -> None:
    assert "\x1b" not in printed(document, environ)


@pytest.mark.parametrize(
    ("stream", "environ", "coloured"),
    [
        (Terminal, {"TERM": "xterm-256color"}, True),
        (Terminal, {"TERM": "xterm-256color", "NO_COLOR": "1"}, False),
        (Terminal, {"TERM": "xterm-256color", "NO_COLOR": ""}, True),
        (Terminal, {"TERM": "dumb"}, False),
        (io.StringIO, {"FORCE_COLOR": "1"}, True),
        (io.StringIO, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (io.StringIO, {"FORCE_COLOR": ""}, False),
        (io.StringIO, {"FORCE_COLOR": "0"}, False),
    ],
)
def test_colours_are_for_those_who_want_them(
    document: Json,
    stream: type[io.StringIO],
    environ: Mapping[str, str],
    coloured: bool,  # noqa: FBT001 - a row of the table
) -> None:
    assert ("\x1b[" in printed(document, environ, stream())) is coloured


def test_only_colours_are_forced_on_a_log() -> None:
    assert not terminal.console(io.StringIO(), {"FORCE_COLOR": "1"}).is_interactive


@pytest.mark.parametrize("columns", [60, 100, 200])
def test_nothing_but_what_is_to_be_copied_is_wider_than_the_screen(document: Json, columns: int) -> None:
    lines = printed(document, {"COLUMNS": str(columns)}).splitlines()

    wide = [line for line in lines if cell_len(line) > columns]
    assert all(line.startswith(("curl ", "assay run ")) for line in wide)


@pytest.mark.parametrize("columns", [60, 100, 200])
def test_a_curl_line_can_be_copied_whole(document: Json, columns: int) -> None:
    curl = document["targets"][0]["requirements"][0]["checks"][0]["exchanges"][1]["curl"]

    assert curl in printed(document, {"COLUMNS": str(columns)}).splitlines()


def test_a_long_curl_line_is_not_wrapped_on_a_terminal_either(document: Json) -> None:
    curl = "curl " + "'a long header' " * 50
    document["targets"][0]["requirements"][0]["checks"][0]["exchanges"][1]["curl"] = curl

    assert curl in printed(document, {"TERM": "xterm", "COLUMNS": "60"}, Terminal()).replace("\x1b[0m", "")


@pytest.mark.parametrize("columns", [60, 100, 200])
def test_no_line_starts_with_what_a_server_sent(document: Json, columns: int) -> None:
    lines = printed(document, {"COLUMNS": str(columns)}).splitlines()

    assert not [line for line in lines if line.lstrip().startswith(("::", "##", "<script"))]
    assert any("::error" in line for line in lines)


def test_markup_in_a_message_is_text(document: Json) -> None:
    document["targets"][0]["requirements"][0]["message"] = "got [bold red]x[/] :boom: [link=http://e.test]y[/link]"

    assert "got [bold red]x[/] :boom: [link=http://e.test]y[/link]" in printed(document, {})


def test_a_finding_says_what_was_promised_and_what_came(log: str) -> None:
    assert (
        "FAILED  vcf/retry-task/unknown-task\n"
        "│ Retrying a task that does not exist is answered with 404 and an Error.\n"
        "│ expected 404, got 200\n"
        "│ rests on Retry Task, Path Parameters: id is a string\n"
        "│ rests on Retry Task, Responses 404: status of an unknown task\n"
        "│ check a_task_that_does_not_exist: 1 control a known task → 200, 2 an unknown task → 200\n"
        "│ (1 more check with this outcome in the report)\n"
        "curl "
    ) in log


def test_a_finding_that_rests_on_no_statement_says_on_what(log: str) -> None:
    assert "│ rests on no statement, but on this: RFC 9110, section 15.5.2: 401 is for requests" in log


def test_of_the_statements_of_a_finding_the_first_are_shown(document: Json) -> None:
    document["targets"][0]["requirements"][0]["statements"] = {"vcf/retry-task": [2, 3, 5, 6, 7]}

    shown = printed(document, {}).partition("rests on Retry Task, Responses 404: status of an unknown task\n")[2]

    assert shown.startswith("│ and on 2 more statements in the report\n")


def test_the_figure_of_a_target_stands_behind_its_verdict(log: str) -> None:
    assert "│ 0 of 6 statements verified, 4 violated, 2 not verified.\n" in log
    assert "│ 2 of 3 statements verified, 1 not applicable.\n" in log


def test_a_report_without_documents_says_nothing_of_statements(undocumented: Json) -> None:
    assert "rests on" not in printed(undocumented, {})
    assert "statements" not in printed(undocumented, {})


def test_a_missing_state_stands_once_with_all_that_it_blocks(log: str) -> None:
    assert log.count("state caller_without_manage_access was not provided") == 1
    assert "untestable  3 checks of 3 requirements\n" in log


def test_a_long_list_of_blocked_requirements_is_cut(document: Json) -> None:
    for each in document["targets"][1]["requirements"]:
        each["checks"][0].update(outcome="not_run", message="not selected")

    assert "zuora/rerun-task/no-permission, zuora/update-tasks/no-permission" in printed(document, {"COLUMNS": "200"})
    assert "and 15 more" in printed(document, {"COLUMNS": "200"})


def test_the_table_has_a_row_per_operation_and_the_columns_in_use(log: str) -> None:
    lines = log.splitlines()

    assert "operation              deviation  untestable  not run  passed  inapplicable" in [
        each.rstrip() for each in lines
    ]
    assert "zuora/update-tasks             ·           1        ·      12             ·" in [
        each.rstrip() for each in lines
    ]


def test_counts_are_sentences_where_the_table_has_no_room(document: Json) -> None:
    output = printed(document, {"COLUMNS": "60"})

    assert "zuora/update-tasks\n│ 1 untestable, 12 passed\n" in output


def test_the_verdict_stands_in_words_with_its_reason(log: str) -> None:
    assert "Non-conformant\n│ 4 of 8 requirements failed, with 1 deviation besides; 3 could not be verified.\n" in log


def test_several_targets_are_summed_up_at_the_end(log: str) -> None:
    assert log.endswith(
        "sddc-manager-lab    Non-conformant      0 of 6 statements verified\n"
        "zuora-apisandbox    Not fully verified\n"
        "oneprovider-krakow  Conformant          2 of 3 statements verified\n"
        "812 requests, 4.8 s, seed 20260301\n"
    )


def test_a_run_that_is_not_whole_says_so(conforming: Json) -> None:
    conforming["run"].update(complete=False, partial=True)

    output = printed(conforming, {})

    assert output.endswith("812 requests, 4.8 s, seed 20260301, interrupted, selected requirements only\n")


def test_where_nobody_answered_it_says_how_to_find_out_why(unanswered: Json) -> None:
    assert "\nNo target gave a single HTTP answer: `assay doctor --target FILE` finds out" in printed(unanswered, {})


def test_a_problem_of_the_target_comes_first(conforming: Json) -> None:
    conforming["targets"][0]["problem"] = "connection refused"

    assert "│ onedata at https://onedata.example.test\n\n│ connection refused\n" in printed(conforming, {})


def test_an_endless_message_is_cut(document: Json) -> None:
    document["targets"][0]["requirements"][0]["message"] = "x" * 70_000

    assert "... (70,000 characters)" in printed(document, {"COLUMNS": "2000"})


def test_a_curl_line_that_no_screen_holds_is_left_out(document: Json) -> None:
    document["targets"][0]["requirements"][0]["checks"][0]["exchanges"][1]["curl"] = "curl " + "x" * 20_000

    output = printed(document, {})

    assert "xxx" not in output
    assert "(the curl line has 20,005 characters: see the report)" in output


def test_an_old_encoding_loses_characters_and_not_the_report(document: Json) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")

    terminal.render(Written(document), terminal.console(stream, {}))

    stream.flush()
    assert b"| expected 404, got 200" in raw.getvalue()


def test_what_repeats_a_finding_stands_before_a_curl_line_that_does_not(conforming: Json) -> None:
    done = check("done", "failed", "expected 404, got 200", exchange("PATCH", "https://lab.test/tasks/a1", 200))
    done["given"] = [{"state": "failed_task", "by": "handler", "values": {"task_id": "a1"}, "used_up": True}]
    conforming["targets"][0]["requirements"][0] |= {"outcome": "failed", "message": "no", "checks": [done]}
    conforming["targets"][0] |= {"file": "lab.toml"}

    output = printed(conforming, {"COLUMNS": "120"})

    assert (
        "│ check done\n"
        "assay run --target lab.toml --seed 20260301 --only onedata/rerun-execution/rerun --report-dir reports/again\n"
        "│ The curl line needs a fresh failed_task (a1 was used by this run): ask the state handler for one.\n"
        "curl "
    ) in output
