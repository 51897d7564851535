"""What a case holds in its hands: requests exactly as asked for, and every way in which a check can end."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from assay.bench import Call, Inconclusive, Violation, requirement
from assay.call import request_of
from assay.model import ReceivedResponse
from assay.states import Values
from assay.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable

    from assay.bench import Answer, Bench, CheckEnded
    from tests.conftest import Script

LAB = Target("lab", "toy", "http://toy.test:8080/prefix/", token="secret")
CALL = Call("POST", "/act", token="secret")


def names(call: Call, target: Target = LAB) -> list[str]:
    return [name for name, _ in request_of(target, call).headers]


def end_of(act: Callable[[], object], kind: type[CheckEnded]) -> str:
    with pytest.raises(kind) as ended:
        act()
    return str(ended.value)


def test_a_case_declares_what_it_takes() -> None:
    def case() -> None: ...

    marked = requirement("done", given=["task", "task"], capability="org", each={"one": 1}, fuzz=True, calls="undo")(
        case
    )

    declared = marked.__assay__  # type: ignore[attr-defined]  # functions carry their declaration
    assert marked is case
    assert (declared.slug, declared.states_of("act"), declared.capability) == ("done", ("task", "task"), "org")
    assert (declared.each, declared.fuzz, declared.calls) == ({"one": 1}, True, ("undo",))


def test_one_state_is_declared_by_its_name() -> None:
    declared = requirement("done", given="task")(lambda: None).__assay__  # type: ignore[attr-defined]  # as above

    assert declared.states_of("act") == ("task",)


def test_a_shared_case_takes_other_states_for_other_operations() -> None:
    shared = requirement("done", given={"act": "task", "undo": ("task", "org")})(lambda: None)

    declared = shared.__assay__  # type: ignore[attr-defined]  # as above
    assert [declared.states_of(slug) for slug in ("act", "undo", "other")] == [("task",), ("task", "org"), ()]


def test_the_plain_call_fills_the_path_with_encoded_values(script: Script) -> None:
    call = script().call(id="a/b ?é%", run=7)

    assert (call.method, call.path) == ("POST", "/tasks/a%2Fb%20%3F%C3%A9%25/runs/7")
    assert (call.token, call.body, call.headers) == ("t0", b"", ())


def test_a_parameter_that_the_path_lacks_is_a_mistake_of_the_case(script: Script) -> None:
    with pytest.raises(LookupError, match=r"has the parameters \['id', 'run'\], and is given \['id', 'task'\]"):
        script().call(id="a", task="b")


def test_another_operation_is_called_where_the_case_has_declared_it(script: Script) -> None:
    bench = script()
    act = bench.operation
    bench.contract = replace(
        bench.contract, operations={act.id: act, "toy/undo": replace(act, id="toy/undo", path="/undo/{id}")}
    )

    with pytest.raises(LookupError, match="toy/act/done::it_is_done does not declare that it calls undo"):
        bench.call_elsewhere("undo", id=7)

    bench.check = replace(bench.check, calls=("toy/undo",))
    assert bench.call_elsewhere("undo", id=7).path == "/undo/7"


def test_a_change_makes_a_new_call() -> None:
    changed = (
        CALL.with_headers({"One": "1"})
        .with_headers({"Two": "2"})
        .with_query(page=2)
        .with_query(all="yes")
        .with_json({"é": [1, 2]})
        .with_content_type("text/json")
        .with_token("other")
        .labelled("second")
    )

    assert (changed.headers, changed.query) == ((("One", "1"), ("Two", "2")), (("page", "2"), ("all", "yes")))
    assert (changed.body, changed.content_type) == ('{"é":[1,2]}'.encode(), "text/json")
    assert (changed.token, changed.label) == ("other", "second")
    assert Call("POST", "/act", token="secret") == CALL


def test_headers_go_out_in_a_fixed_order() -> None:
    call = CALL.with_headers({"Zuora-Track-Id": "z", "Accept-Encoding": "gzip"}).with_json({})

    assert request_of(LAB, call).headers == (
        ("Host", "toy.test:8080"),
        ("User-Agent", LAB.user_agent),
        ("Accept", "application/json"),
        ("Authorization", "Bearer secret"),
        ("Content-Type", "application/json"),
        ("Content-Length", "2"),
        ("Zuora-Track-Id", "z"),
        ("Accept-Encoding", "gzip"),
    )


def test_the_prefix_of_the_target_leads_the_documented_path() -> None:
    assert request_of(LAB, CALL).url == "http://toy.test:8080/prefix/act"


def test_names_and_values_of_the_query_are_encoded() -> None:
    call = CALL.with_query(**{"a b": "ü&=", "c": "1"})

    assert request_of(LAB, call).url == "http://toy.test:8080/prefix/act?a+b=%C3%BC%26%3D&c=1"


def test_a_call_says_what_the_client_takes() -> None:
    assert request_of(LAB, CALL.accepting("*/*")).header("Accept") == "*/*"


def test_without_credentials_no_such_header_is_sent() -> None:
    assert "Authorization" not in names(CALL.without_credentials())


def test_the_token_of_another_caller_takes_the_place_of_the_own() -> None:
    assert request_of(LAB, CALL.with_token("other")).header("Authorization") == "Bearer other"


def test_a_target_says_how_its_token_is_sent() -> None:
    bare = Target("lab", "toy", "http://toy.test", auth_header="X-Auth-Token", auth_scheme="")

    assert request_of(bare, CALL).header("X-Auth-Token") == "secret"


def test_a_content_type_can_be_left_out() -> None:
    assert "Content-Type" not in names(CALL.with_body(b"raw", None))


@pytest.mark.parametrize(
    ("method", "body", "length"),
    [
        ("POST", b"", "0"),
        ("PUT", b"", "0"),
        ("PATCH", b"", "0"),
        ("GET", b"", None),
        ("DELETE", b"", None),
        ("GET", b"{}", "2"),
        ("POST", "ü".encode(), "2"),
    ],
)
def test_the_length_of_the_body_is_sent_in_bytes_where_a_body_is_awaited(
    method: str, body: bytes, length: str | None
) -> None:
    assert request_of(LAB, Call(method, "/act", body=body)).header("Content-Length") == length


def answer(script: Script, answered: int | tuple[int, bytes] | ReceivedResponse, label: str = "") -> Answer:
    bench: Bench = script(answered)
    return bench.send(bench.call(id=1, run=1).labelled(label))


def test_an_answer_shows_status_headers_and_json(script: Script) -> None:
    given = answer(script, (200, b'{"id": 1}'))

    assert (given.status, given.header("CONTENT-TYPE"), given.json) == (200, "application/json", {"id": 1})
    assert given.content.data == b'{"id": 1}'


def test_a_body_that_is_no_json_is_a_violation(script: Script) -> None:
    given = answer(script, (200, b"<html>"))

    assert end_of(lambda: given.json, Inconclusive).startswith(
        "expected a JSON body to look at, got a body that is not"
    )


def test_what_holds_gives_the_answer_back(script: Script) -> None:
    good = answer(script, (200, b'{"id": 1}'))

    assert good.must_be(204, 200).must_match_its_schema().must_be_json().must_not_be_a_server_error() is good
    assert good.must(True, "the truth", "a lie") is good  # noqa: FBT003 - reads as a sentence


@pytest.mark.parametrize(
    ("expected", "message"), [((409,), "expected 409, got 200"), ((400, 404), "expected 400 or 404, got 200")]
)
def test_another_status_is_a_violation(script: Script, expected: tuple[int, ...], message: str) -> None:
    given = answer(script, 200)

    assert end_of(lambda: given.must_be(*expected), Violation) == message


@pytest.mark.parametrize("overloaded", [429, 503])
def test_an_overloaded_server_is_inconclusive_and_no_violation(script: Script, overloaded: int) -> None:
    given = answer(script, overloaded)

    for demand in (lambda: given.must_be(200), given.must_be_refused, given.must_not_be_a_server_error):
        assert end_of(demand, Inconclusive) == f"answered {overloaded} in place of an answer, also after waiting"


def test_an_overload_that_is_asked_for_holds(script: Script) -> None:
    assert answer(script, 429).must_be(429).status == 429


def test_a_target_that_refuses_its_own_token_in_every_form_is_not_to_blame(script: Script) -> None:
    bench = script(*[401] * 5)
    given = bench.send(id=1, run=1)

    assert "is its token still valid?" in end_of(lambda: given.must_be(200, 204), Inconclusive)
    assert [each.label for each in bench.exchanges[1:]] == [
        "the token as a lower-case name",
        "the token as a lower-case scheme",
        "the token as the bare token",
        "the token as X-Auth-Token",
    ]


def test_a_target_that_takes_its_token_in_another_form_only_is_to_blame(script: Script) -> None:
    bench = script(401, 401, 200)
    given = bench.send(id=1, run=1)

    assert end_of(lambda: given.must_be(200), Violation) == "expected 200, got 401"


@pytest.mark.parametrize("expected", [404, 403])
def test_a_target_that_refuses_its_own_token_where_a_refusal_is_due_is_to_blame(script: Script, expected: int) -> None:
    given = answer(script, 401)

    assert end_of(lambda: given.must_be(expected), Violation) == f"expected {expected}, got 401"


def test_a_target_that_refuses_another_token_is_to_blame(script: Script) -> None:
    bench = script(401)
    given = bench.send(bench.call(id=1, run=1).with_token("of another caller"))

    assert end_of(lambda: given.must_be(200), Violation) == "expected 200, got 401"


@pytest.mark.parametrize("status", [400, 401, 404, 418, 499])
def test_every_client_error_is_a_refusal(script: Script, status: int) -> None:
    assert answer(script, status).must_be_refused().status == status


@pytest.mark.parametrize(
    ("status", "kind", "message"),
    [
        (200, Violation, 'request "late": expected a refusal (4xx), got 200'),
        (302, Violation, 'request "late": expected a refusal (4xx), got 302'),
        (500, Inconclusive, 'request "late": answered 500: neither accepted nor refused'),
    ],
)
def test_nothing_else_is_a_refusal(script: Script, status: int, kind: type[CheckEnded], message: str) -> None:
    assert end_of(answer(script, status, "late").must_be_refused, kind) == message


def test_a_server_error_where_none_may_be_is_a_violation(script: Script) -> None:
    assert end_of(answer(script, 500).must_not_be_a_server_error, Violation) == "expected no server error, got 500"


@pytest.mark.parametrize(
    ("answered", "problem"),
    [
        ((200, b"{}"), 'request "first": expected the field "id" in the body, got {}'),
        ((204, b"{}"), 'request "first": expected no body, got 2 bytes'),
        (418, 'request "first": expected one of the documented statuses 200 or 204, got 418'),
    ],
)
def test_a_body_of_another_shape_is_a_violation(
    script: Script, answered: int | tuple[int, bytes], problem: str
) -> None:
    assert end_of(answer(script, answered, "first").must_match_its_schema, Violation) == problem


def test_another_media_type_is_a_violation(script: Script) -> None:
    html = ReceivedResponse(200, "OK", "HTTP/1.1", (("Content-Type", "text/html"),), b"<html>", 0.0)

    message = 'request "page": expected the content type application/json, got "text/html"'
    assert end_of(answer(script, html, "page").must_be_json, Violation) == message


def test_any_other_fact_shows_what_it_got_as_json(script: Script) -> None:
    given = answer(script, 200)

    assert end_of(lambda: given.must(False, "a name", {"é": None}), Violation) == 'expected a name, got {"é": null}'  # noqa: FBT003 - reads as a sentence
    assert end_of(lambda: given.must(False, "a name", "no name"), Violation) == "expected a name, got no name"  # noqa: FBT003 - as above


def test_a_violation_names_the_call_that_it_is_about(script: Script) -> None:
    given = answer(script, 200, "second retry")

    assert end_of(lambda: given.must_be(409), Violation) == 'request "second retry": expected 409, got 200'


def test_the_plain_call_is_sent_with_path_parameters_alone(script: Script) -> None:
    bench = script(204)

    bench.send(id="x", run=2)

    assert bench.exchanges[0].request.url == "http://toy.test/tasks/x/runs/2"


def test_every_exchange_is_kept_with_its_label(script: Script) -> None:
    bench = script(204, 204)
    plain = bench.call(id=1, run=1)

    bench.send(plain.labelled("first"))
    bench.control(plain.labelled("known"))

    assert [(each.label, each.role) for each in bench.exchanges] == [("first", ""), ("known", "control")]


def test_what_is_no_whole_answer_is_inconclusive_and_kept(script: Script) -> None:
    bench = script("timed out after 10 s")

    assert end_of(lambda: bench.send(id=1, run=1), Inconclusive) == "timed out after 10 s"
    assert [each.transport_error for each in bench.exchanges] == ["timed out after 10 s"]


def test_states_are_handed_on(script: Script) -> None:
    bench = script()
    bench.provide = lambda state: Values(state, {"task_id": "a"})

    assert bench.given("task")["task_id"] == "a"


@pytest.mark.parametrize("status", [200, 201, 299])
def test_a_control_that_succeeds_is_returned(script: Script, status: int) -> None:
    bench = script(status)

    assert bench.control(bench.call(id=1, run=1)).status == status


@pytest.mark.parametrize("status", [199, 302, 401, 500])
def test_a_control_that_fails_leaves_nothing_proven(script: Script, status: int) -> None:
    bench = script(status)

    message = end_of(lambda: bench.control(bench.call(id=1, run=1)), Inconclusive)
    assert message == f"the control request was answered {status} and not accepted, so nothing can be concluded"


def test_a_control_may_be_asked_for_other_statuses(script: Script) -> None:
    bench = script(409, 200)
    plain = bench.call(id=1, run=1)

    assert bench.control(plain, 409).status == 409
    assert "was answered 200" in end_of(lambda: bench.control(plain, 409), Inconclusive)


def test_the_refused_call_goes_before_the_control(script: Script) -> None:
    bench = script(404, 200)
    plain = bench.call(id=1, run=1)

    bench.must_refuse(plain.without_credentials(), 404, control=plain)

    assert [each.role for each in bench.exchanges] == ["", "control"]
    assert [each.request.header("Authorization") for each in bench.exchanges] == [None, "Bearer t0"]


def test_an_accepted_call_decides_without_the_control(script: Script) -> None:
    bench = script(200, 200)
    plain = bench.call(id=1, run=1)

    assert end_of(lambda: bench.must_refuse(plain, 404, control=plain), Violation) == "expected 404, got 200"
    assert len(bench.exchanges) == 1


@pytest.mark.parametrize(
    ("refusal", "control", "statuses", "kind", "message"),
    [
        (401, 401, (404,), Inconclusive, "the control request was answered 401"),
        (401, 200, (404,), Violation, "expected 404, got 401"),
        (500, 200, (), Inconclusive, "answered 500: neither accepted nor refused"),
        (302, 200, (), Violation, "expected a refusal (4xx), got 302"),
    ],
)
def test_how_a_call_was_refused_is_judged_behind_the_control(
    script: Script, refusal: int, control: int, statuses: tuple[int, ...], kind: type[CheckEnded], message: str
) -> None:
    bench = script(refusal, control)
    plain = bench.call(id=1, run=1)

    assert end_of(lambda: bench.must_refuse(plain, *statuses, control=plain), kind).startswith(message)


def test_calls_that_are_sent_together_are_answered_in_their_order(script: Script) -> None:
    bench = script(200, 409)
    plain = bench.call(id=1, run=1)

    answers = bench.send_together([plain.labelled("one"), plain.labelled("two")])

    assert [(each.status, each.exchange.label) for each in answers] == [(200, "one"), (409, "two")]
    assert bench.exchanges == [each.exchange for each in answers]


def test_one_call_without_an_answer_makes_those_sent_together_inconclusive(script: Script) -> None:
    bench = script(200, "connection reset", 409)

    assert end_of(lambda: bench.send_together([bench.call(id=1, run=1)] * 3), Inconclusive) == "connection reset"
    assert len(bench.exchanges) == 3


def test_readings_of_the_register_are_reported(script: Script) -> None:
    bench = script()

    bench.reading("second-call", "accepted")

    assert bench.readings == [("second-call", "accepted")]


@pytest.mark.parametrize(("ambiguity", "reading"), [("second-call", "ignored"), ("third-call", "accepted")])
def test_a_reading_that_the_register_lacks_is_a_mistake(script: Script, ambiguity: str, reading: str) -> None:
    with pytest.raises(LookupError, match=reading):
        script().reading(ambiguity, reading)


@pytest.mark.parametrize(
    ("token", "misses"),
    [
        ("Ab1", {"Ab1x", "Ab", "aB1"}),
        ("12", {"12x", "1"}),
        ("a", {"ax", "A"}),
        (None, set()),
    ],
)
def test_tokens_that_almost_are_the_right_one_are_kept_secret(
    script: Script, token: str | None, misses: set[str]
) -> None:
    bench = script(token=token)

    assert set(bench.near_misses().values()) == misses
    assert set(bench.secrets.values()) == misses


@pytest.mark.parametrize("length", [1, 7, 36, 255])
def test_a_key_has_the_length_that_is_asked_for(script: Script, length: int) -> None:
    assert len(script().fresh_key(length)) == length


def test_a_key_is_new_although_the_seed_is_the_same(script: Script) -> None:
    assert script().fresh_key() != script().fresh_key()


def test_an_answer_that_is_too_much_to_be_read_is_inconclusive(script: Script) -> None:
    bench = script((200, b"[" * 300 + b"]" * 300))

    with pytest.raises(Inconclusive, match='request "first": answered 200 with JSON of more than 250 levels'):
        bench.send(CALL.labelled("first"))


def test_the_answers_to_one_check_stay_within_bounds(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay.expect.MOST_BYTES_OF_A_CHECK", 5)
    bench = script((200, b"[1]"), (200, b"[2]"))
    bench.send(CALL)

    with pytest.raises(Inconclusive, match="brings the answers to this check to more than 5 bytes together"):
        bench.send(CALL)


def test_a_broken_answer_is_named_as_a_flaw(script: Script) -> None:
    bench = script((200, b"{}"), (200, b"{"))
    bench.send(CALL)

    assert bench.flaw() == ""

    bench.send(CALL.labelled("second"))

    assert bench.flaw().startswith('request "second": answered 200 with a body that is not JSON')


def test_a_redirect_is_no_sign_of_a_server_without_errors(script: Script) -> None:
    with pytest.raises(Inconclusive, match="answered 302, which sends elsewhere"):
        script(302).send(CALL).must_not_be_a_server_error()


def test_a_message_shows_the_beginning_of_what_is_long(script: Script) -> None:
    with pytest.raises(Violation, match=r"^expected less, got x{1000}…$"):
        script(200).send(CALL).must(holds=False, expected="less", got="x" * 5000)


@pytest.mark.parametrize("status", [429, 503])
def test_nobody_is_blamed_for_what_a_busy_answer_lacks(script: Script, status: int) -> None:
    with pytest.raises(Inconclusive, match=f"answered {status} in place of an answer"):
        script(status).send(CALL).must(holds=False, expected="a tracking id", got="none")
