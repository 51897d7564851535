"""Every way in which a case can end is one outcome, and nothing that it handled leaks."""

from __future__ import annotations

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from assay import catalogue
from assay.report.schema import find_problems
from assay.runner import Settings, judge
from assay.target import StateEntry, StateHandler, Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Json = dict[str, Any]
    Judged = Callable[..., dict[str, Json]]

TOKEN = "token-of-the-target"
SPEC = {
    "openapi": "3.1.0",
    "info": {"title": "Toy", "version": "1"},
    "paths": {
        "/act": {
            "post": {
                "operationId": "act",
                "responses": {
                    "200": {
                        "description": "Done.",
                        "content": {"application/json": {"schema": {"type": "object", "required": ["sent"]}}},
                    },
                    "404": {"description": "Missing."},
                },
            }
        }
    },
}
CONTRACT = {
    "name": "Toy",
    "spec": "toy.yaml",
    "auth": {"header": "Authorization", "scheme": "Bearer"},
    "capabilities": {"org": "more than one organisation"},
    "states": {
        "task": {"description": "a task that has failed", "values": {"task_id": "text"}},
        "caller": {"description": "another caller", "values": {"token": "token"}},
    },
    "ambiguities": [
        {"id": "second", "statement": "And then?", "readings": {"taken": "2xx"}, "touches": ["act/done"]},
    ],
}
OBSERVES = {"shape": [200], "server_error": []}
CASES = """
import pytest
from assay.bench import Inapplicable, Inconclusive, Untestable, Violation, requirement

"""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Run a server that sends back the credentials that it was given."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            body = json.dumps({"sent": self.headers["Authorization"]}).encode()
            self.send_response(404 if self.headers["Authorization"] is None else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def judged(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Judged]:
    """Judge the server by these cases in this process, and return each check by its name."""
    known = set(sys.modules)
    monkeypatch.setattr(sys, "path", [*sys.path])

    def run(cases: str, *, conftest: str = "", level: str = "must", deadline_s: float = 60, **target: Any) -> Any:
        home = tmp_path / "contracts" / "toy"
        (home / "act").mkdir(parents=True)
        (tmp_path / "specs").mkdir()
        (tmp_path / "specs" / "toy.yaml").write_text(yaml.safe_dump(SPEC))
        (home / "contract.yaml").write_text(yaml.safe_dump(CONTRACT))
        done = {"id": "done", "level": level, "statement": "It is done.", "source": {"document": "d", "section": "s"}}
        (home / "act" / "requirements.yaml").write_text(yaml.safe_dump([{**done, "observes": OBSERVES}]))
        (home / "act" / "conftest.py").write_text(CASES + dedent(conftest))
        (home / "act" / "test_act.py").write_text(CASES + dedent(cases))
        contracts = catalogue.load_from(tmp_path)
        monkeypatch.setattr(catalogue, "shipped_data", lambda: tmp_path)
        monkeypatch.setattr(catalogue, "load", lambda: contracts)
        monkeypatch.setattr(catalogue, "digest", lambda: "0" * 64)
        lab = Target(**{"name": "lab", "contract": "toy", "base_url": url, "token": TOKEN, **target})
        report = judge([lab], Settings(tmp_path / "reports", deadline_s=deadline_s))
        assert list(find_problems(report)) == []
        return {each["name"]: each for each in report["targets"][0]["requirements"][0]["checks"]}

    yield run
    for name in set(sys.modules) - known:
        if name.startswith(("toy", "assay_contracts.")):
            del sys.modules[name]


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
        ("{}['key']", "error", "the suite failed: KeyError: 'key' (test_act.py:7)"),
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
        "the suite failed: LookupError: it_is_done asks for state 'task' more often than it declares (plugin.py:"
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
        deadline_s=-1,
    )

    message = "the run ended at its deadline: the run's deadline has passed"
    assert ended(checks["it_is_done"]) == ("not_run", message)


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

    message = "the suite failed: test_act.py: test_it_is_done does not take the fixture 'bench'"
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
    assert TOKEN not in written


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


def test_a_handler_over_http_is_asked_on_a_connection_of_its_own(judged: Judged, url: str) -> None:
    checks = judged(
        """
        @requirement("done", given="task")
        def test_it_is_done(bench):
            bench.given("task")
        """,
        state_handler=StateHandler(url=url),
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
