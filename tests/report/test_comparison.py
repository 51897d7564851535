"""What sets an exchange apart from its control, field by field."""

from __future__ import annotations

import json
from typing import Any

from assay.report.comparison import SHOWN, Difference, comparison
from tests.report.conftest import check, exchange, text_body

Json = dict[str, Any]
URL = "https://lab.test/tasks"


def sent(body: str = "", url: str = URL, answer: object = None, **more: Any) -> Json:
    return exchange("PUT", url, 200, text_body("" if answer is None else json.dumps(answer)), sent=body, **more)


def control(body: str = "", **more: Any) -> Json:
    return sent(body, role="control", **more)


def failed(*exchanges: Json, message: str = "expected 404, got 200") -> Json:
    return check("it", "failed", message, *exchanges)


def test_bodies_are_compared_field_by_field() -> None:
    found = comparison(failed(sent('{"a":{"b":[1,2]},"c":3}'), control('{"a":{"b":[1,5]},"d":null}')))

    assert found is not None
    assert found.request == (
        Difference("$.a.b[1]", "5", "2"),
        Difference("$.d", "null", ""),
        Difference("$.c", "", "3"),
    )


def test_a_header_that_differs_is_named_but_not_what_follows_from_the_body() -> None:
    one, other = sent(), control()
    one["request"]["headers"] += [["Zuora-Org-Ids", "12"], ["Content-Length", "4"]]

    found = comparison(failed(one, other))

    assert found is not None
    assert found.request == (Difference("header Zuora-Org-Ids", "", "12"),)


def test_of_addresses_on_one_host_the_rest_is_compared() -> None:
    found = comparison(failed(sent(url=f"{URL}/9?x=1"), control(url=f"{URL}/1")))

    assert found is not None
    assert found.request == (Difference("url", "/tasks/1", "/tasks/9?x=1"),)


def test_what_differs_by_the_sets_of_one_state_is_left_out() -> None:
    refused = failed(
        sent('{"id":2783,"lane":1}', url=f"{URL}/ab-1?x=1"), control('{"id":2784,"lane":2}', url=f"{URL}/ab-2")
    )
    refused["given"] = [
        {"state": "task", "by": "handler", "values": {"id": name}, "used_up": True}
        for name in ("ab-1", "ab-2", "2783", "2784")
    ]

    found = comparison(refused)

    assert found is not None
    assert found.request == (Difference("url", "/tasks/ab-2", "/tasks/ab-1?x=1"), Difference("$.lane", "2", "1"))


def test_the_set_of_another_state_is_what_sets_a_request_apart() -> None:
    refused = failed(sent(url=f"{URL}/none"), control(url=f"{URL}/a1"))
    refused["given"] = [
        {"state": "task", "by": "handler", "values": {"id": "a1"}, "used_up": True},
        {"state": "unknown_task", "by": "made-up", "values": {"id": "none"}, "used_up": False},
    ]

    found = comparison(refused)

    assert found is not None
    assert found.request == (Difference("url", "/tasks/a1", "/tasks/none"),)


def test_a_body_that_is_no_json_is_compared_as_a_whole() -> None:
    found = comparison(failed(sent("{"), control('{"a":1}')))

    assert found is not None
    assert found.request == (Difference("body", '{"a":1}', "{"),)


def test_where_several_were_sent_the_one_that_the_message_names_is_compared() -> None:
    exchanges = sent('{"a":1}', label="one"), sent('{"a":2}', label="two"), control('{"a":3}')

    found = comparison(failed(*exchanges, message='request "one": expected 404, got 200'))

    assert found is not None
    assert found.request == (Difference("$.a", "3", "1"),)


def test_without_a_control_the_answer_before_is_compared() -> None:
    exchanges = sent(answer={"id": 1, "n": 1}), sent(answer={"id": 2, "n": 1})

    found = comparison(failed(*exchanges, message="expected the first answer again, got another one"))

    assert found is not None
    assert not found.is_control
    assert found.answer == (Difference("$.id", "1", "2"),)


def test_bodies_that_have_nothing_in_common_make_no_table() -> None:
    many = {f"field {each}": each for each in range(SHOWN + 1)}

    found = comparison(failed(sent(json.dumps(many)), control("{}")))

    assert found is not None
    assert found.request == ()


def test_exchanges_that_are_alike_are_no_comparison() -> None:
    assert comparison(failed(sent(), control())) is None


def test_a_single_exchange_is_compared_with_nothing() -> None:
    assert comparison(failed(sent())) is None
    assert comparison(failed()) is None


def test_a_body_of_any_depth_is_compared() -> None:
    deep = "[" * 900 + "1" + "]" * 900

    found = comparison(failed(sent(deep), control(deep.replace("1", "2"))))

    assert found is not None
    assert [(each.other, each.this) for each in found.request] == [("2", "1")]


def test_an_observer_is_compared_with_nothing_for_its_exchanges_are_those_of_others() -> None:
    seen = check("every_exchange_shape_200", "failed", "expected a, got b", sent('{"a":1}'), control('{"a":2}'))

    assert comparison(seen) is None


def test_where_a_request_was_to_be_refused_its_answer_is_not_compared() -> None:
    found = comparison(failed(sent('{"a":1}', answer={"id": 1}), control('{"a":2}', answer={"id": 2})))

    assert found is not None
    assert found.answer == ()
