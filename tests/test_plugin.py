"""Every way in which a case can end is one outcome, and nothing that it handled leaks."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest

from assay.plugin import why_not_run
from assay.target import StateEntry, StateHandler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Json, JudgeToy

    Judged = Callable[..., dict[str, Json]]


@pytest.fixture
def judged(judge_toy: JudgeToy) -> Judged:
    """Judge a server by these cases, and return each check by its name."""

    def run(cases: str, **options: Any) -> dict[str, Json]:
        report = judge_toy(cases, **options)
        return {each["name"]: each for each in report["targets"][0]["requirements"][0]["checks"]}

    return run


@pytest.fixture
def serve_broken() -> Iterator[str]:
    """Run a server whose bodies are called JSON and are half of a text."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(b'{"a":')

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def ended(check: Json) -> tuple[str, str]:
    return check["outcome"], check.get("message", "")


def test_a_case_that_returns_has_passed(judged: Judged) -> None:
    checks = judged("""
        @requirement("done")
        def test_it_is_done(bench):
            bench.send(bench.call()).must_be(200)
    """)

    assert ended(checks["it_is_done"]) == ("passed", "")
    assert [each["response"]["status"] for each in checks["it_is_done"]["exchanges"]] == [200]


@pytest.mark.parametrize(("level", "outcome"), [("must", "failed"), ("should", "deviation")])
def test_a_violation_counts_by_the_level_of_its_requirement(judged: Judged, level: str, outcome: str) -> None:
    checks = judged(
        """
        @requirement("done")
        def test_it_is_done(bench):
            bench.send(bench.call()).must_be(409)
        """,
        level=level,
    )

    assert ended(checks["it_is_done"]) == (outcome, "expected 409, got 200")


@pytest.mark.parametrize(
    ("statement", "outcome", "message"),
    [
        ("raise Untestable('no permission')", "untestable", "no permission"),
        ("raise Inconclusive('an unstable answer')", "inconclusive", "an unstable answer"),
        ("raise Inapplicable('no such feature')", "inapplicable", "no such feature"),
        ("bench.given('task')", "untestable", "state 'task' is not provided: a task that has failed"),
        ("{}['key']", "error", "the suite failed: KeyError: 'key' (test_0.py:7)"),
        ("bench.given('task'), bench.given('task')", "untestable", "state 'task' is not provided"),
        ("bench.given('caller')", "error", "the suite failed: LookupError: it_is_done asks for state 'caller'"),
        ("pytest.skip('later')", "error", "the suite failed: Skipped: later"),
        ("bench.reading('second', 'lost')", "error", "the suite failed: LookupError: the register has no reading"),
    ],
)
def test_what_else_ends_a_case_is_an_outcome_of_its_own(
    judged: Judged, statement: str, outcome: str, message: str
) -> None:
    cases = f"@requirement('done', given='task')\ndef test_it_is_done(bench):\n    {statement}\n"

    kind, said = ended(judged(cases)["it_is_done"])

    assert kind == outcome
    assert said.startswith(message)


def test_no_check_passes_by_a_broken_answer(judged: Judged, serve_broken: str) -> None:
    cases = """
        @requirement("done")
        def test_it_is_done(bench):
            bench.send(bench.call()).must_be(200)

        @requirement("done")
        def test_it_is_refused(bench):
            bench.send(bench.call()).must_be(404)
    """

    checks = judged(cases, base_url=serve_broken)

    assert ended(checks["it_is_done"]) == (
        "inconclusive",
        "answered 200 with a body that is not JSON (Expecting value at character 5 of 5), so nothing can be concluded",
    )
    assert ended(checks["it_is_refused"]) == ("failed", "expected 404, got 200")
    assert ended(checks["every_exchange_server_error"])[0] == "inapplicable"


def test_a_case_that_asks_more_often_than_it_declares_is_a_mistake(judged: Judged) -> None:
    checks = judged(
        """
        @requirement("done", given="task")
        def test_it_is_done(bench):
            bench.given("task")
            bench.given("task")
        """,
        states={"task": StateEntry(always={"task_id": "a"})},
    )

    assert ended(checks["it_is_done"])[1].startswith(
        "the suite failed: LookupError: it_is_done asks for state 'task' more often than it declares (judge.py:"
    )


SET_UP = """
    @pytest.fixture
    def task(bench):
        return bench.given("task")

    @pytest.fixture
    def control(bench):
        return bench.control(bench.call().without_credentials())

    @pytest.fixture
    def broken():
        return {}["key"]

    @pytest.fixture
    def lent(bench):
        yield
        return {}["lent"]

    @pytest.fixture
    def slow(bench):
        yield
        raise Inconclusive("it could not be put back")
"""


@pytest.mark.parametrize(
    ("fixture", "outcome", "message"),
    [
        ("task", "untestable", "state 'task' is not provided"),
        ("control", "inconclusive", "the control request was answered 404"),
        ("broken", "error", "the suite failed: KeyError: 'key' (conftest.py:"),
        ("lent", "error", "the suite failed: KeyError: 'lent' (conftest.py:"),
        ("slow", "failed", "the case itself ran"),
    ],
)
def test_what_happens_before_and_behind_the_case_is_told_apart(
    judged: Judged, fixture: str, outcome: str, message: str
) -> None:
    cases = f"""
        @requirement("done", given="task")
        def test_it_is_done(bench, {fixture}):
            raise Violation("the case itself ran")
    """

    kind, said = ended(judged(cases, conftest=SET_UP)["it_is_done"])

    assert kind == outcome
    assert said.startswith(message)


def test_what_the_deadline_cut_off_is_not_run(judged: Judged) -> None:
    checks = judged(
        """
        @requirement("done")
        def test_it_is_done(bench):
            bench.send(bench.call())
        """,
        settings={"deadline_s": -1},
    )

    message = "the run's deadline has passed"
    assert ended(checks["it_is_done"]) == ("not_run", message)


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("", "the end came"),
        ("the end came in the TLS handshake", "the end came in the TLS handshake"),
        ("connection reset", "the end came: connection reset"),
    ],
)
def test_the_end_of_a_run_is_told_once(what: str, message: str) -> None:
    assert why_not_run("the end came", what) == message


def test_a_case_is_one_check_per_member(judged: Judged) -> None:
    checks = judged("""
        @requirement("done", each={"one": 1, "two": 2})
        def test_it_is_done(bench, case):
            if case == 2:
                raise Violation(f"got {case}")
    """)

    assert ended(checks["it_is_done[one]"]) == ("passed", "")
    assert ended(checks["it_is_done[two]"]) == ("failed", "got 2")


def test_a_capability_that_is_lacking_leaves_a_case_out(judged: Judged) -> None:
    checks = judged(
        """
        @requirement("done", capability="org")
        def test_it_is_done_for_one(bench):
            raise Violation("the case itself ran")

        @requirement("done")
        def test_it_is_done(bench):
            pass
        """,
        capabilities={"org": False},
    )

    assert ended(checks["it_is_done_for_one"]) == ("inapplicable", "the target declares that it lacks org")
    assert ended(checks["it_is_done"]) == ("passed", "")


def test_a_case_without_a_bench_is_a_mistake_of_the_suite(judged: Judged) -> None:
    checks = judged("""
        @requirement("done")
        def test_it_is_done():
            pass
    """)

    message = "the suite failed: test_0.py: test_it_is_done does not take the fixture 'bench'"
    assert ended(checks["it_is_done"]) == ("error", message)


def test_observers_look_at_every_exchange_of_every_case(judged: Judged) -> None:
    checks = judged("""
        @requirement("done")
        def test_it_is_done(bench):
            bench.send(bench.call().without_credentials())
            bench.send(bench.call().labelled("the second"))
    """)

    assert ended(checks["every_exchange_shape_200"]) == ("passed", "")
    assert [each["label"] for each in checks["every_exchange_shape_200"]["exchanges"]] == ["the second"]
    assert ended(checks["every_exchange_server_error"]) == ("passed", "")


def test_an_exchange_can_be_kept_from_the_observers(judged: Judged) -> None:
    checks = judged("""
        @requirement("done")
        def test_it_is_done(bench):
            bench.send_unobserved(bench.call().labelled("not for them"))
    """)

    assert [each["label"] for each in checks["it_is_done"]["exchanges"]] == ["not for them"]
    assert checks["every_exchange_shape_200"]["outcome"] == "inapplicable"


def test_an_exchange_is_kept_from_the_observers_but_with_some_statuses(judged: Judged) -> None:
    checks = judged("""
        @requirement("done")
        def test_it_is_done(bench):
            bench.send_unobserved(bench.call().labelled("of the status"), 500, 200)
            bench.send_unobserved(bench.call().labelled("of another status"), 500)
    """)

    assert [each["label"] for each in checks["every_exchange_shape_200"]["exchanges"]] == ["of the status"]


HANDLER = """
    import json, itertools, pathlib
    number = itertools.count(1)
    def provide(state, params):
        with pathlib.Path(__file__).with_name("asked.jsonl").open("a") as asked:
            asked.write(json.dumps([state, params]) + "\\n")
        return {"token": f"state-token-{next(number)}", "task_id": "a"}
"""


@pytest.fixture
def handler(tmp_path: Path) -> StateHandler:
    """Return a state handler that makes a new token each time, and writes down what it is asked."""
    (tmp_path / "toy_states.py").write_text(dedent(HANDLER))
    return StateHandler(python="toy_states:provide", folder=tmp_path, teardown=True)


def test_the_state_handler_is_told_when_a_check_is_over(judged: Judged, handler: StateHandler, tmp_path: Path) -> None:
    judged(
        """
        @requirement("done", given=("task", "caller"))
        def test_it_is_done(bench):
            bench.given("task"), bench.given("caller")
            raise Violation("no")
        """,
        state_handler=handler,
    )

    params = {"contract": "toy", "operation": "toy/act", "requirement": "toy/act/done"}
    assert [json.loads(line) for line in (tmp_path / "asked.jsonl").read_text().splitlines()] == [
        ["task", params],
        ["caller", params],
        ["caller", {"action": "teardown", "values": {"token": "state-token-2", "task_id": "a"}}],
        ["task", {"action": "teardown", "values": {"token": "state-token-1", "task_id": "a"}}],
    ]


def test_no_token_that_a_server_sends_back_stays(judged: Judged, handler: StateHandler, tmp_path: Path) -> None:
    checks = judged(
        """
        @requirement("done", given=("caller", "caller"))
        def test_it_is_done(bench):
            one, two = bench.given("caller"), bench.given("caller")
            plain = bench.call()
            answers = [bench.send(plain.with_token(token)) for token in (one["token"], two["token"], plain.token)]
            raise Violation("got " + ", ".join(answer.json["sent"] for answer in answers))
        """,
        state_handler=handler,
    )

    assert ended(checks["it_is_done"])[1] == "got Bearer [redacted], Bearer [redacted], Bearer [redacted]"
    written = (tmp_path / "reports" / "journal.jsonl").read_text()
    assert "state-token-" not in written
    assert "token-of-lab" not in written


def test_a_token_of_an_earlier_check_stays_secret_in_a_later_one(judged: Judged, handler: StateHandler) -> None:
    checks = judged(
        """
        earlier = []

        @requirement("done", given="caller")
        def test_it_is_done(bench):
            earlier.append(bench.given("caller")["token"])

        @requirement("done", given="caller")
        def test_it_is_done_again(bench):
            bench.given("caller")
            raise Violation(f"got {earlier}")
        """,
        state_handler=handler,
    )

    assert ended(checks["it_is_done_again"]) == ("failed", "got ['[redacted]']")


def test_a_token_that_is_listed_for_another_check_stays_secret(judged: Judged) -> None:
    checks = judged(
        """
        @requirement("done")
        def test_it_is_done(bench):
            raise Violation("got token-two and token-one")
        """,
        states={"caller": StateEntry(each=({"token": "token-one"}, {"token": "token-two"}))},
    )

    assert ended(checks["it_is_done"]) == ("failed", "got [redacted] and [redacted]")


def test_a_token_that_almost_is_the_right_one_stays_secret(judged: Judged) -> None:
    checks = judged("""
        @requirement("done")
        def test_it_is_done(bench):
            answers = [bench.send(bench.call().with_token(token)) for token in bench.near_misses().values()]
            raise Violation("got " + ", ".join(answer.json["sent"] for answer in answers))
    """)

    assert ended(checks["it_is_done"])[1] == "got Bearer [redacted], Bearer [redacted], Bearer [redacted]"


def test_a_handler_over_http_is_asked_on_a_connection_of_its_own(judged: Judged, toy_url: str) -> None:
    checks = judged(
        """
        @requirement("done", given="task")
        def test_it_is_done(bench):
            bench.given("task")
        """,
        state_handler=StateHandler(url=toy_url),
    )

    assert ended(checks["it_is_done"])[0] == "untestable"
    assert checks["it_is_done"]["exchanges"] == []


def test_readings_of_a_case_are_reported(judged: Judged, tmp_path: Path) -> None:
    judged("""
        @requirement("done")
        def test_it_is_done(bench):
            bench.reading("second", "taken")
    """)

    written = (tmp_path / "reports" / "journal.jsonl").read_text()
    assert '"readings":[["second","taken"]]' in written


def test_a_check_says_which_states_it_was_given_without_their_tokens(judged: Judged, handler: StateHandler) -> None:
    checks = judged(
        """
        @requirement("done", given=("task", "caller"))
        def test_it_is_done(bench):
            bench.given("task"), bench.given("caller")
        """,
        states={"task": StateEntry(each=({"task_id": "a"},))},
        state_handler=handler,
    )

    assert checks["it_is_done"]["given"] == [
        {"state": "task", "by": "listed", "values": {"task_id": "a"}, "used_up": False},
        {"state": "caller", "by": "handler", "values": {}, "used_up": False},
    ]


def test_a_violation_may_name_the_exchanges_that_prove_it(judged: Judged) -> None:
    checks = judged("""
        @requirement("done")
        def test_it_is_done(bench):
            one, other, _ = (bench.send(bench.call()) for _ in range(3))
            raise Violation("both were accepted").shown_by([one.exchange, other.exchange])
    """)

    assert checks["it_is_done"]["evidence"] == [0, 1]
