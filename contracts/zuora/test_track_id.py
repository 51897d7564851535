"""The tracking id of a call: shared by every operation of the contract."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from assay.bench import Inapplicable, Inconclusive, quoted, requirement
from assay.trials import accepts

if TYPE_CHECKING:
    from collections.abc import Callable

    from assay.bench import Answer, Bench, Call

TASK = {"rerun-task": "task", "update-tasks": "task"}
BOTH_TASKS = {slug: (state, "large_task") for slug, state in TASK.items()}
UNKNOWN = {"rerun-task": "unknown_task", "update-tasks": "unknown_task", "import-workflow": "unknown_workflow"}

LEGAL = {
    # One that many a language takes for nothing.
    "one character": "0",
    "64 characters in both letter cases": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_",
    # All that US-ASCII has but the colon, the semicolon and the two quotes.
    "every legal punctuation": "!#$%&()*+,-./<=>?@[\\]^_`{|}~",
    "spaces inside": "night run  7",
    "leading zeros": "007",
    "what looks encoded": "a%2Fb%20c+d&amp",
}
FORBIDDEN = {"a colon": "a:b", "a semicolon": "a;b", "a double quote": 'a"b', "a quote": "a'b"}
# An update documents the shape of its 400, but what is illegal in HTTP may be refused before the update sees it.
ILLEGAL = {
    "rerun-task": FORBIDDEN | {"65 characters": "x" * 65, "a character outside US-ASCII": "caf\xe9"},
    "update-tasks": FORBIDDEN,
    "import-workflow": FORBIDDEN | {"a character outside US-ASCII": "caf\xe9"},
}


@requirement("track-id-returned", given=TASK)
def test_a_legal_tracking_id_comes_back_unchanged(baseline: Call, accepted: Callable[..., Answer]) -> None:
    for label, track_id in LEGAL.items():
        answer = accepted(tracked(baseline, track_id).labelled(label), baseline)
        answer.must(track_ids(answer) == [track_id], f"Zuora-Track-Id: {track_id}", shown(answer))


@requirement("track-id-returned", given=TASK)
def test_the_name_of_the_header_is_known_in_any_letter_case(baseline: Call, accepted: Callable[..., Answer]) -> None:
    for name in ("zuora-track-id", "ZUORA-TRACK-ID"):
        answer = accepted(baseline.with_headers({name: "letter-case"}).labelled(name), baseline)
        answer.must(track_ids(answer) == ["letter-case"], "Zuora-Track-Id: letter-case", shown(answer))


@requirement("track-id-returned", given=BOTH_TASKS)
def test_a_tracking_id_comes_back_beside_other_headers(
    bench: Bench, baseline: Call, large_baseline: Call, keyed: Callable[..., Call], accepted: Callable[..., Answer]
) -> None:
    beside = {"Accept-Encoding": large_baseline.with_headers({"Accept-Encoding": "gzip"})}
    if bench.operation.slug != "update-tasks":
        beside["Idempotency-Key"] = keyed(baseline)

    for name, call in beside.items():
        answer = accepted(tracked(call, "in-company").labelled(f"beside {name}"), call)
        answer.must(track_ids(answer) == ["in-company"], "Zuora-Track-Id: in-company", shown(answer))


@requirement("track-id-returned", given=TASK)
def test_a_tracking_id_comes_back_from_a_compressed_request(
    bench: Bench, baseline: Call, compressed: Callable[[Call], Call]
) -> None:
    answer = bench.send(tracked(compressed(baseline), "in-company"))

    if not accepts(answer):
        message = f"the compressed request was answered {answer.status}, which another requirement is about"
        raise Inapplicable(message)
    answer.must(track_ids(answer) == ["in-company"], "Zuora-Track-Id: in-company", shown(answer))


@requirement("track-id-side-by-side", given=TASK)
def test_calls_side_by_side_get_their_own_tracking_ids(bench: Bench, baseline: Call) -> None:
    sent = [f"neighbour-{number}" for number in range(6)]

    answers = bench.send_together([*(tracked(baseline, each).labelled(each) for each in sent), baseline, baseline])
    later = bench.send(baseline.labelled("afterwards"))

    own = list(zip(answers, sent, strict=False))
    if not any(accepts(answer) and answer.content.json for answer, _ in own):
        message = "none of the calls that were sent side by side succeeded, and said what was done"
        raise Inconclusive(message)
    for answer, track_id in own:
        foreign = set(track_ids(answer)) & set(sent) - {track_id}
        answer.must(not foreign, f"no tracking id of another call than {track_id}", shown(answer))
        # A call that collides with its neighbour may be refused, and a refusal need not carry the id back.
        if accepts(answer):
            answer.must(track_ids(answer) == [track_id], f"Zuora-Track-Id: {track_id}", shown(answer))
    for answer in (*answers[len(sent) :], later):
        invented = set(track_ids(answer)) & set(sent)
        answer.must(not invented, "no tracking id of another call, as none was sent", shown(answer))


@requirement("track-id-on-errors", given=UNKNOWN)
def test_a_refused_call_carries_its_tracking_id_back(bench: Bench, unknown_call: Call) -> None:
    answer = bench.send(tracked(unknown_call, "refused-7"))

    if answer.status < HTTPStatus.BAD_REQUEST:
        message = f"what does not exist was answered {answer.status}, so there is no error to look at"
        raise Inconclusive(message)
    if answer.status == HTTPStatus.UNAUTHORIZED:
        message = "answered 401 to the credentials of the target file, so nothing was said of what does not exist"
        raise Inconclusive(message)
    # Whoever is too busy, or fails, has not dealt with the call.
    answer.must_be_refused()
    answer.must(track_ids(answer) == ["refused-7"], "Zuora-Track-Id: refused-7", shown(answer))


@requirement("track-id-illegal", given=TASK)
def test_an_illegal_tracking_id_causes_no_server_error(
    bench: Bench, baseline: Call, accepted: Callable[..., Answer]
) -> None:
    accepted(tracked(baseline, "legal").labelled("a legal one"), baseline)

    for label, track_id in ILLEGAL[bench.operation.slug].items():
        bench.send(tracked(baseline, track_id).labelled(label)).must_not_be_a_server_error()


def tracked(call: Call, track_id: str) -> Call:
    """Return the call with a tracking id."""
    return call.with_headers({"Zuora-Track-Id": track_id})


def track_ids(answer: Answer) -> list[str]:
    """Return the tracking ids in an answer, one for each header line."""
    return [value for name, value in answer.response.headers if name.lower() == "zuora-track-id"]


def shown(answer: Answer) -> str:
    """Return the tracking ids in an answer, for a message."""
    return ", ".join(map(quoted, track_ids(answer))) or "no Zuora-Track-Id"
