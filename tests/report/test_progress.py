from __future__ import annotations

import io

from assay.report.progress import Progress
from assay.report.terminal import console


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class Clock:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_log_gets_no_progress() -> None:
    stream = io.StringIO()

    with Progress(console(stream, {"FORCE_COLOR": "1"}), total=2) as progress:
        progress.decided("passed")

    assert stream.getvalue() == ""


def test_a_terminal_gets_a_line_of_counts() -> None:
    stream = Terminal()
    clock = Clock()

    with Progress(console(stream, {"TERM": "xterm", "NO_COLOR": "1"}), total=3, clock=clock) as progress:
        clock.now = 1.0
        progress.decided("passed")
        clock.now = 2.0
        progress.decided("not_run")

    assert "2/3 checks  1 not run  1 passed" in stream.getvalue()


def test_refreshes_are_limited() -> None:
    stream = Terminal()

    with Progress(console(stream, {"TERM": "xterm"}), total=1000, clock=Clock()) as progress:
        before = len(stream.getvalue())
        for _ in range(1000):
            progress.decided("passed")
        after = len(stream.getvalue())

    assert after == before
    assert progress.counts["passed"] == 1000  # type: ignore[index]  # an outcome is its own name


def test_the_line_is_gone_when_the_run_is_over() -> None:
    stream = Terminal()

    with Progress(console(stream, {"TERM": "xterm"}), total=1):
        pass

    assert stream.getvalue().endswith("\x1b[2K")


def test_the_line_fits_on_one_line() -> None:
    stream = Terminal()
    narrow = console(stream, {"TERM": "xterm", "COLUMNS": "40", "NO_COLOR": "1"})
    clock = Clock()

    with Progress(narrow, total=8, clock=clock) as progress:
        for outcome in (
            "passed",
            "failed",
            "deviation",
            "error",
            "untestable",
            "inconclusive",
            "not_run",
            "inapplicable",
        ):
            clock.now += 1
            progress.decided(outcome)

    assert "8/8 checks" in stream.getvalue()
    assert "…" in stream.getvalue()


def test_more_checks_than_announced_do_not_break_the_bar() -> None:
    progress = Progress(console(io.StringIO(), {}), total=0)

    progress.decided("passed")

    assert progress.line().plain.endswith(" 1/0 checks  1 passed")
