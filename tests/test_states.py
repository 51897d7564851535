"""Provider states in all four forms, and everything that can be wrong with what they give."""

from __future__ import annotations

import contextlib
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from assay.model import StateKind
from assay.states import StateProvider, StateUnavailable
from assay.target import StateEntry, StateHandler, Target
from assay.transport import Transport
from tests.patience import PLENTY_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from assay.model import Exchange, SentRequest

KINDS = {
    "failed_task": StateKind("failed_task", "a failed task", {"task_id": "text"}),
    "unknown_task": StateKind("unknown_task", "no task", {"task_id": "text"}, {"task_id": "made-up"}),
    "stopped": StateKind("stopped", "a stopped one", {"wid": "text", "lane_index": "integer"}),
    "caller": StateKind("caller", "another caller", {"token": "token"}),
}
PARAMS = {"contract": "vcf", "operation": "vcf/retry-task", "requirement": "vcf/retry-task/retried"}


def provider(handler: StateHandler | None = None, /, **states: StateEntry) -> StateProvider:
    target = Target("t", "vcf", "http://127.0.0.1:9", states=states, state_handler=handler)
    reach = Target(
        "handler", "vcf", (handler and handler.url) or target.base_url, timeout_s=PLENTY_S, max_response_bytes=1_000_000
    )

    def fetch(request: SentRequest) -> Exchange:
        with contextlib.closing(Transport(reach, pacing=None)) as transport:
            return transport.exchange(request)

    return StateProvider(target, KINDS, fetch)


def unavailable(provider: StateProvider, state: str = "failed_task", position: int = 0) -> str:
    with pytest.raises(StateUnavailable) as raised:
        provider.setup(state, position, PARAMS)
    return str(raised.value)


def test_listed_sets_are_taken_by_position() -> None:
    states = provider(failed_task=StateEntry(each=({"task_id": "a"}, {"task_id": 7})))

    assert states.setup("failed_task", 1, PARAMS)["task_id"] == "7"
    assert "all 2 sets in [states.failed_task] are used up" in unavailable(states, position=2)


def test_what_is_listed_as_always_serves_any_number_of_times() -> None:
    states = provider(failed_task=StateEntry(always={"task_id": "a", "more": []}))

    assert dict(states.setup("failed_task", 99, PARAMS)) == {"task_id": "a"}


def test_an_unknown_thing_is_made_up_and_anything_else_is_asked_for() -> None:
    assert provider().setup("unknown_task", 0, PARAMS)["task_id"] == "made-up"
    assert "'failed_task' is not provided: a failed task; list it in [states.failed_task]" in unavailable(provider())


@pytest.mark.parametrize(
    ("state", "values", "problem"),
    [
        ("failed_task", {}, "the value 'task_id' is missing (given: nothing)"),
        ("failed_task", {"id": 1}, "the value 'task_id' is missing (given: 'id')"),
        ("failed_task", {"task_id": None}, "'task_id' is null"),
        ("failed_task", {"task_id": True}, "'task_id' is a boolean"),
        ("failed_task", {"task_id": 1.5}, "'task_id' is a number"),
        ("failed_task", {"task_id": ["a"]}, "'task_id' is a list"),
        ("failed_task", {"task_id": ""}, "'task_id' is empty"),
        ("failed_task", {"task_id": "a\r\nb"}, "'task_id' is empty or holds control characters"),
        ("stopped", {"wid": "w", "lane_index": "one"}, "'lane_index' is 'one', expected a whole number"),
        ("caller", {"token": "a b"}, "'token' holds characters that no header can carry"),
    ],
)
def test_values_that_cannot_be_used_name_state_and_value(state: str, values: dict[str, Any], problem: str) -> None:
    states = provider(**{state: StateEntry(always=values)})

    assert f"state '{state}': {problem}" in unavailable(states, state)


def test_a_number_is_given_in_the_form_that_the_request_needs() -> None:
    values = provider(stopped=StateEntry(always={"wid": "w", "lane_index": "2"})).setup("stopped", 0, PARAMS)

    assert (values["lane_index"], values.integer("lane_index")) == ("2", 2)
    assert len(values) == 2
    with pytest.raises(StateUnavailable, match="wid = 'w' is not the whole number"):
        values.integer("wid")


@pytest.fixture
def serve() -> Iterator[Callable[[int, bytes], tuple[str, list[Any]]]]:
    """Start a state handler that gives one answer and keeps what it was asked."""
    servers: list[ThreadingHTTPServer] = []

    def start(status: int, body: bytes) -> tuple[str, list[Any]]:
        asked: list[Any] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Location", "/elsewhere")
                self.end_headers()
                # An answer that is too large is not read to its end.
                with contextlib.suppress(ConnectionError):
                    self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Stay silent."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/states", asked

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_handler_is_asked_over_http_and_told_when_the_check_is_over(
    serve: Callable[[int, bytes], tuple[str, list[Any]]],
) -> None:
    url, asked = serve(200, b'{"task_id": "h1"}')
    states = provider(StateHandler(url=url, teardown=True))

    assert states.setup("failed_task", 0, PARAMS)["task_id"] == "h1"
    states.teardown()

    assert asked == [
        {"state": "failed_task", "action": "setup", "params": PARAMS},
        {"state": "failed_task", "action": "teardown", "values": {"task_id": "h1"}},
    ]


def test_a_handler_that_fails_when_the_check_is_over_decides_nothing(
    serve: Callable[[int, bytes], tuple[str, list[Any]]],
) -> None:
    url, asked = serve(500, b"")
    states = provider(StateHandler(url=url, teardown=True))
    states.made.append(("failed_task", {"task_id": "h1"}))

    states.teardown()
    states.teardown()

    assert [each["action"] for each in asked] == ["teardown"]


def test_a_handler_that_did_not_ask_for_it_is_told_nothing(
    serve: Callable[[int, bytes], tuple[str, list[Any]]],
) -> None:
    url, asked = serve(200, b'{"task_id": "h1"}')
    states = provider(StateHandler(url=url))
    states.setup("failed_task", 0, PARAMS)

    states.teardown()

    assert [each["action"] for each in asked] == ["setup"]


@pytest.mark.parametrize("status", [404, 422])
def test_a_handler_may_not_support_a_state(serve: Callable[[int, bytes], tuple[str, list[Any]]], status: int) -> None:
    states = provider(StateHandler(url=serve(status, b"")[0]))

    assert "and the state handler does not support it" in unavailable(states)
    assert states.setup("unknown_task", 0, PARAMS)["task_id"] == "made-up"


@pytest.mark.parametrize(
    ("status", "body", "problem"),
    [
        (500, b"{}", "it answered 500"),
        (302, b"{}", "it answered 302"),
        (200, b"<html>", "its answer is not JSON"),
        (200, b"[]", "gave a list, expected an object"),
        (200, b" " * 1_000_001, "larger than"),
    ],
)
def test_a_handler_that_fails_says_how(
    serve: Callable[[int, bytes], tuple[str, list[Any]]], status: int, body: bytes, problem: str
) -> None:
    assert problem in unavailable(provider(StateHandler(url=serve(status, body)[0])))


def test_a_handler_that_is_not_there_is_told() -> None:
    assert "connection refused" in unavailable(provider(StateHandler(url="http://127.0.0.1:9/"))).lower()


def command(*code: str, timeout_s: float = PLENTY_S) -> StateHandler:
    return StateHandler(command=(sys.executable, "-c", "import json, sys\n" + "\n".join(code)), timeout_s=timeout_s)


def test_a_command_gets_the_question_on_standard_input() -> None:
    states = provider(command("print(json.dumps({'task_id': json.load(sys.stdin)['params']['requirement']}))"))

    assert states.setup("failed_task", 0, PARAMS)["task_id"] == "vcf/retry-task/retried"


@pytest.mark.parametrize(
    ("handler", "problem"),
    [
        (command("sys.exit(3)"), "does not support it"),
        (command("sys.exit('no database')"), "the state handler failed: exit 1: no database"),
        (command("print('{')"), "its answer is not JSON"),
        (command("print(' ' * 1_000_001)"), "its answer is larger than 1 MB"),
        (command("while True: print('a' * 9999)"), "its answer is larger than 1 MB"),
        (command("while True: print('a' * 9999, file=sys.stderr)"), "its answer is larger than 1 MB"),
        (command("import time; time.sleep(60)", timeout_s=0.3), "no answer after 0.3 s"),
        (StateHandler(command=("sh", "-c", "setsid sleep 10 & echo {}"), timeout_s=0.3), "no answer after 0.3 s"),
        (StateHandler(command=("./none",)), "./none: No such file"),
    ],
)
def test_a_command_that_gives_nothing_says_why(handler: StateHandler, problem: str) -> None:
    assert problem in unavailable(provider(handler))


@pytest.fixture
def module(tmp_path: Path) -> Iterator[Callable[[str], StateHandler]]:
    names: list[str] = []

    def write(body: str, timeout_s: float = PLENTY_S) -> StateHandler:
        name = f"states_of_{tmp_path.name.replace('-', '_')}_{len(names)}"
        names.append(name)
        (tmp_path / f"{name}.py").write_text(f"import time\ndef provide(state, params):\n    {body}\n")
        return StateHandler(python=f"{name}:provide", folder=tmp_path, timeout_s=timeout_s)

    yield write
    sys.path[:] = [entry for entry in sys.path if entry != str(tmp_path)]


def test_a_python_function_beside_the_target_file_is_called(module: Callable[[str], StateHandler]) -> None:
    states = provider(module("return {'task_id': state + params['contract']}"))

    assert states.setup("failed_task", 0, PARAMS)["task_id"] == "failed_taskvcf"


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("return None", "does not support it"),
        ("raise KeyError('no such table')", "KeyError: 'no such table'"),
        ("raise SystemExit(1)", "SystemExit: 1"),
        ("return 5", "gave a number, expected an object"),
        ("return {'task_id': 10**6000}", "ValueError: Exceeds the limit"),
        ("return {'task_id': object()}", "TypeError: Object of type object is not JSON serializable"),
    ],
)
def test_a_python_function_that_gives_nothing_says_why(
    module: Callable[[str], StateHandler], body: str, problem: str
) -> None:
    assert problem in unavailable(provider(module(body)))


def test_a_python_function_that_hangs_is_left_behind(module: Callable[..., StateHandler]) -> None:
    states = provider(module("time.sleep(10)", timeout_s=0.3))

    assert "no answer after 0.3 s" in unavailable(states)


def test_a_python_module_that_is_not_there_is_told(tmp_path: Path) -> None:
    handler = StateHandler(python="no_such_module_here:provide", folder=tmp_path)

    assert "ModuleNotFoundError" in unavailable(provider(handler))
    sys.path.remove(str(tmp_path))
