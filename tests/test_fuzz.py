"""Generated requests are the same in every process, legal HTTP, and find what they are meant to find."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import textwrap
import threading
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from assay.bench import Bench, Inconclusive, Untestable, Violation
from assay.exceptions import ContractError
from assay.expect import Expectations
from assay.fuzz import NOT_SET, fuzz, generated_values
from assay.fuzz.generation import generate
from assay.model import Check, Contract, Operation
from assay.target import Target
from assay.transport import Transport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from assay.bench import Answer, Call
    from assay.fuzz.generation import Generated

SPEC: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Parcels", "version": "1"},
    "paths": {
        "/parcels/{id}": {
            "put": {
                "operationId": "move",
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
                    {"name": "urgent", "in": "query", "schema": {"type": "boolean"}},
                    {"name": "floor", "in": "query", "schema": {"type": "integer", "minimum": 0, "maximum": 90}},
                    {"name": "Mark", "in": "header", "schema": {"type": "string", "maxLength": 9}},
                    {"name": "Idempotency-Key", "in": "header", "schema": {"type": "string"}},
                    {"name": "Content-Encoding", "in": "header", "schema": {"type": "string"}},
                ],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Move"}}},
                },
                "responses": {"200": {"description": "moved"}},
            }
        },
        "/bell": {"post": {"operationId": "ring", "responses": {"200": {"description": "rung"}}}},
    },
    "components": {
        "schemas": {
            "Move": {
                "type": "object",
                "required": ["to", "weight"],
                "properties": {
                    "to": {"type": "string", "enum": ["shelf", "dock"]},
                    "weight": {"type": "integer", "minimum": 1, "maximum": 1000},
                    "note": {"type": ["string", "null"]},
                },
            }
        }
    },
}
OPERATIONS = {
    "toy/move": Operation("toy/move", "PUT", "/parcels/{id}", SPEC["paths"]["/parcels/{id}"]["put"]),
    "toy/ring": Operation("toy/ring", "POST", "/bell", SPEC["paths"]["/bell"]["post"]),
}
CONTRACT = Contract("toy", "Toy", SPEC, "Authorization", "Bearer", {}, {}, (), OPERATIONS, {}, ())
VALID = {"to": "shelf", "weight": 5}
FORBIDDEN = {
    "host", "content-length", "transfer-encoding", "expect", "connection", "authorization", "idempotency-key",
    "content-encoding", "accept-encoding",
}  # fmt: skip
DIGESTS = """
    import hashlib, json, sys
    from assay import catalogue
    from assay.fuzz.generation import generate

    found = {}
    operations = [
        (contract.spec, operation, mode)
        for contract in catalogue.load().values()
        for operation in contract.operations.values()
        for mode in ("positive", "negative")
        if operation.id != "vcf/retry-task"  # whose request has nothing to generate
    ]
    for spec, operation, mode in operations[::int(sys.argv[1])]:
        examples = generate(
            spec, operation, mode=mode, vary=("body", "query", "headers"), keep=(), examples=12, seed=4
        )
        found[f"{operation.id} {mode}"] = hashlib.sha256(repr(examples).encode()).hexdigest()
    print(json.dumps(found, sort_keys=True))
"""


def examples(mode: str, *, seed: int = 1, count: int = 60, **options: Any) -> tuple[Generated, ...]:
    chosen = {"vary": ("body", "query", "headers"), "keep": (), **options}
    return generate(SPEC, OPERATIONS["toy/move"], mode=mode, examples=count, seed=seed, **chosen)


class Parcels(BaseHTTPRequestHandler):
    """A server that refuses what is wrong, except for the fault it is given."""

    protocol_version = "HTTP/1.1"
    fault: Callable[[dict[str, Any]], bool] = staticmethod(lambda _: False)

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status = self.verdict(body)
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def verdict(self, body: bytes) -> int:
        try:
            move = json.loads(body)
        except ValueError:
            return 400
        if not isinstance(move, dict):
            return 400
        if type(self).fault(move):
            return 200
        fits = move.get("to") in ("shelf", "dock") and type(move.get("weight")) is int and 1 <= move["weight"] <= 1000
        return 200 if fits and isinstance(move.get("note", ""), str | None) else 400

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def bench_on(base_url: str, operation: str = "toy/move") -> Iterator[Bench]:
    target = Target("toy", "toy", base_url, token="secret")
    transport = Transport(target, pacing=None, environ={})
    try:
        yield Bench(
            check=Check(f"{operation}/generated", "generated", fuzz=True),
            contract=CONTRACT,
            target=target,
            transport=transport,
            expectations=Expectations(CONTRACT, 100_000),
            provide=pytest.fail,
            seed=7,
            fuzz_examples=25,
        )
    finally:
        transport.close()


@pytest.fixture
def bench() -> Iterator[Bench]:
    with serving(Parcels) as url, bench_on(url) as bench:
        yield bench


@pytest.fixture
def careless(monkeypatch: pytest.MonkeyPatch, bench: Bench) -> Bench:
    """Return a bench before a server that takes a parcel without a weight."""
    monkeypatch.setattr(Parcels, "fault", staticmethod(lambda move: "weight" not in move and move.get("to") == "shelf"))
    return bench


def valid(bench: Bench) -> Call:
    return bench.call(id="p/1").with_query(urgent="true").with_headers({"Mark": "blue"}).with_json(VALID)


def refused(generated: Generated, answer: Answer) -> None:
    if "body" in generated.invalid:
        answer.must_be_refused()


def digests(folder: Path, *, before: str = "", step: int = 1, **environment: str) -> dict[str, str]:
    """Return what a process of its own generates for the shipped operations, taken in this order."""
    done = subprocess.run(
        [sys.executable, "-c", f"{before}\n{textwrap.dedent(DIGESTS)}", str(step)],
        cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found: dict[str, str] = json.loads(done.stdout)
    return found


# By default each process of the tests would generate its own.
UNDISTURBED = pytest.mark.xdist_group("undisturbed")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], list[Path]]:
    """Return what a plain process generates, and the files that it leaves behind."""
    folder = tmp_path_factory.mktemp("undisturbed")
    environment = {"HOME": str(folder), "TMPDIR": str(folder), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "1"}
    return digests(folder, before="", step=1, **environment), list(folder.iterdir())


@UNDISTURBED
def test_examples_depend_on_nothing_but_the_spec_and_the_seed(
    tmp_path: Path, undisturbed: tuple[dict[str, str], list[Path]]
) -> None:
    numbers = list(range(10**6, 10**6 + 300))
    (tmp_path / "local.py").write_text(f"VALUES = {[f'harvested {n}' for n in numbers]}, {numbers}\n")
    (tmp_path / "schemathesis.toml").write_text('[generation]\nallow-x00 = false\ncodec = "ascii"\n')

    disturbed = digests(
        tmp_path, before="import sys; sys.path.insert(0, '.'); import local", step=-1, PYTHONHASHSEED="2", CI="true"
    )

    assert disturbed == undisturbed[0]
    assert len(disturbed) >= 8


@UNDISTURBED
def test_nothing_is_written(undisturbed: tuple[dict[str, str], list[Path]]) -> None:
    assert undisturbed[1] == []


def test_another_seed_gives_other_examples() -> None:
    assert examples("positive", seed=2) != examples("positive", seed=1)


def test_hypothesis_still_has_what_is_switched_off() -> None:
    from hypothesis.internal.conjecture import providers  # noqa: PLC0415 - slow to load

    from assay.fuzz.schemathesis_cases import hermetic  # noqa: PLC0415 - slow to load

    with hermetic():
        provider = providers.HypothesisProvider(None)

        assert list(provider._local_constants) == []  # noqa: SLF001 - what draws from the constants


def test_importing_fuzz_loads_neither_schemathesis_nor_hypothesis() -> None:
    code = "import sys, assay.fuzz; print([m for m in ('schemathesis', 'hypothesis') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_a_positive_example_breaks_nothing_and_says_nothing_undeclared() -> None:
    bodies = [each.body for each in examples("positive")]

    assert len(bodies) == 60
    for body in bodies:
        assert isinstance(body, dict)
        assert {"to", "weight"} <= body.keys() <= {"to", "weight", "note"}
        assert body["to"] in ("shelf", "dock")
        assert type(body["weight"]) is int
        assert 1 <= body["weight"] <= 1000


def test_a_negative_example_breaks_one_part_and_leaves_the_others_alone() -> None:
    for each in examples("negative"):
        assert each.invalid == set(each.parts)
        assert len(each.parts) == 1
        assert (each.body is not NOT_SET) <= (each.parts == ("body",))
        assert bool(each.query) == (each.parts == ("query",))
        assert bool(each.headers) == (each.parts == ("headers",))


def test_negative_examples_have_every_kind_of_mistake() -> None:
    scenarios = {each.scenario for each in examples("negative")}

    assert scenarios >= {
        "missing_parameter", "incorrect_type", "object_missing_required_property", "invalid_enum_value",
        "value_below_minimum", "value_above_maximum", "fuzzing",
    }  # fmt: skip


def test_examples_come_smallest_first_and_once() -> None:
    found = examples("negative")

    assert [each.size for each in found] == sorted(each.size for each in found)
    assert len({(each.payload, each.query, each.headers, each.parts) for each in found}) == len(found)


@pytest.mark.parametrize("mode", ["positive", "negative"])
def test_every_example_is_legal_http(mode: str) -> None:
    for each in examples(mode, count=100):
        assert not {name.lower() for name, _ in each.headers} & FORBIDDEN
        for name, value in each.headers:
            assert re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", name)
            assert re.fullmatch("[!-~\xa1-\xff]([ -~\xa0-\xff]*[!-~\xa1-\xff])?", value)
        for name, value in each.query:
            (name + value).encode()
        if not isinstance(each.body, bytes) and each.body is not NOT_SET:
            json.loads(each.payload, parse_constant=pytest.fail)


def test_a_parameter_that_is_kept_is_not_generated() -> None:
    found = examples("positive", keep=("URGENT", "mark"))

    assert {name for each in found for name, _ in (*each.query, *each.headers)} == {"floor"}


def test_a_part_that_is_not_varied_is_not_generated() -> None:
    found = examples("positive", vary=("query",))

    assert all(each.body is NOT_SET and each.parts == ("query",) for each in found)
    assert {name for each in found for name, _ in each.query} == {"urgent", "floor"}


def test_an_operation_with_nothing_to_generate_is_a_mistake_of_the_contract(bench: Bench) -> None:
    with bench_on(bench.target.base_url, "toy/ring") as ring, pytest.raises(ContractError, match=r"toy\.yaml: ring"):
        fuzz(ring, mode="positive", base=ring.call())


def test_what_is_not_generated_stays_as_in_the_valid_call(bench: Bench) -> None:
    base = replace(valid(bench), headers=(("X-Own", "1"), ("Mark", "blue")))

    fuzz(bench, mode="positive", base=base)

    for exchange in bench.exchanges:
        assert exchange.request.url.startswith(f"{bench.target.base_url}/parcels/p%2F1")
        assert exchange.request.header("Authorization") == "Bearer secret"
        assert exchange.request.header("X-Own") == "1"
        assert exchange.request.header("Content-Type") == "application/json"
        assert exchange.request.header("Mark") != "blue"
        assert exchange.request.url.count("urgent=") <= 1


def test_a_broken_part_is_sent_with_valid_others(bench: Bench) -> None:
    fuzz(bench, mode="negative", base=valid(bench))

    assert len(bench.exchanges) == 25
    for exchange in bench.exchanges:
        intact = [
            exchange.request.body == valid(bench).body,
            exchange.request.url.endswith("?urgent=true"),
            exchange.request.header("Mark") == "blue",
        ]
        assert intact.count(False) == 1


def test_an_idempotency_key_is_never_used_twice(bench: Bench) -> None:
    fuzz(bench, mode="positive", base=valid(bench).with_headers({"Idempotency-Key": bench.fresh_key()}))

    keys = {exchange.request.header("Idempotency-Key") for exchange in bench.exchanges}
    assert len(keys) == 25


def test_a_server_that_refuses_what_is_wrong_passes(bench: Bench) -> None:
    answers = fuzz(bench, mode="negative", base=valid(bench), judge=refused)

    assert len(answers) == 25


def test_a_fault_is_found_and_its_request_kept_last(careless: Bench) -> None:
    with pytest.raises(
        Violation, match=r'^request "negative example \d+ \(.+\)": expected a refusal \(4xx\), got 200$'
    ):
        fuzz(careless, mode="negative", base=valid(careless), judge=refused)

    last = careless.exchanges[-1]
    assert "weight" not in json.loads(last.request.body)
    assert "Missing required property: weight" in last.label
    assert last.response is not None
    assert last.response.status == 200


def test_a_judge_that_asks_further_does_not_hide_the_failing_request(bench: Bench) -> None:
    def judge(_: Generated, answer: Answer) -> None:
        bench.send(valid(bench).labelled("asked again"))
        message = "wrong"
        raise answer.violation("something", "nothing") if answer.status == 200 else Violation(message)

    with pytest.raises(Violation, match=r'^request "positive example 1 '):
        fuzz(bench, mode="positive", base=valid(bench), judge=judge)

    assert [exchange.label[:8] for exchange in bench.exchanges] == ["asked ag", "positive"]


def test_a_violation_without_a_label_gets_the_one_of_its_example(bench: Bench) -> None:
    def judge(_: Generated, __: Answer) -> None:
        message = "not so"
        raise Violation(message)

    with pytest.raises(Violation, match=r'^request "positive example 1 \(.+\)": not so$'):
        fuzz(bench, mode="positive", base=valid(bench), judge=judge)


@pytest.mark.parametrize("ending", [Inconclusive, Untestable])
def test_a_check_that_cannot_go_on_ends_as_itself(bench: Bench, ending: type[Exception]) -> None:
    def judge(_: Generated, __: Answer) -> None:
        raise ending

    with pytest.raises(ending):
        fuzz(bench, mode="positive", base=valid(bench), judge=judge)

    assert len(bench.exchanges) == 1


def test_a_server_that_goes_away_is_inconclusive(bench: Bench) -> None:
    with serving(Parcels) as url:
        gone = url

    with bench_on(gone) as late, pytest.raises(Inconclusive):
        fuzz(late, mode="negative", base=valid(bench), judge=refused)


def test_a_server_that_never_has_time_is_inconclusive(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Parcels, "verdict", lambda *_: 503)

    with pytest.raises(Inconclusive, match="all 3 generated requests were answered 503"):
        fuzz(bench, mode="positive", base=valid(bench), examples=3)


def test_a_new_call_is_made_after_each_accepted_one(bench: Bench) -> None:
    numbers = iter(range(2, 100))

    def fresh() -> Call:
        return bench.call(id=str(next(numbers))).with_json(VALID)

    answers = fuzz(bench, mode="positive", base=bench.call(id="1").with_json(VALID), fresh=fresh, examples=5)

    paths = [answer.exchange.request.url.partition("?")[0].rpartition("/")[2] for answer in answers]
    assert paths == ["1", "2", "3", "4", "5"]


def test_valid_values_are_generated_for_a_parameter_of_the_path(bench: Bench) -> None:
    values = generated_values(bench, "id")

    assert len(values) == 25
    assert all(isinstance(value, str) for value in values)
    assert values == generated_values(bench, "id")


def test_the_call_can_be_prepared_for_each_example(bench: Bench) -> None:
    def prepare(generated: Generated, call: Call) -> Call:
        return call.with_json({**VALID, "note": generated.scenario})

    answers = fuzz(bench, mode="positive", base=valid(bench), prepare=prepare, examples=4)

    assert all(b'"note":' in answer.exchange.request.body for answer in answers)
