"""Compressed answers and compressed requests: shared by every operation of the contract."""

from __future__ import annotations

import gzip
from io import BytesIO
from typing import TYPE_CHECKING, Any

from assay.bench import Inapplicable, Inconclusive, Untestable, quoted, requirement
from assay.trials import accepts

if TYPE_CHECKING:
    from collections.abc import Callable

    from assay.bench import Answer, Bench, Call

TASK = {"rerun-task": "task", "update-tasks": "task"}
LARGE_TASK = {"rerun-task": "large_task", "update-tasks": "large_task"}
GZIP = {"Accept-Encoding": "gzip"}
LIMIT = 1000
"""Bytes; an answer with more of them is compressed where the client asks for it."""
ROOM = 12
ONE_MORE, FAR_MORE = "one byte more", "far more"
GZIP_MAGIC = b"\x1f\x8b"


def gzip_file(data: bytes) -> bytes:
    """Return what the command gzip makes of a file: its name and time stand in the header."""
    made = BytesIO()
    with gzip.GzipFile(filename="payload.json", mode="wb", fileobj=made, mtime=1_700_000_000) as file:
        file.write(data)
    return made.getvalue()


COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {
    "compressed": lambda data: gzip.compress(data, mtime=0),
    "a file made by gzip": gzip_file,
    # Shorter on the wire than its content: a server that takes Content-Length for the plain size cuts it.
    "behind 4000 blanks": lambda data: gzip.compress(b" " * 4000 + data, mtime=0),
}


@requirement("compression-on-request", given=LARGE_TASK)
def test_a_large_answer_is_compressed_where_gzip_is_asked_for(
    bench: Bench,
    large_baseline: Call,
    accepted: Callable[..., Answer],
    keyed: Callable[..., Call],
    compressed: Callable[[Call], Call],
) -> None:
    asking = large_baseline.with_headers(GZIP)
    answer = accepted(asking, large_baseline)

    must_be_gzip_if_large(answer)
    if coding(answer):
        answer.must(not answer.content.problem, "a compressed JSON body", answer.content.problem)
    must_have_been_large(bench, answer)
    tracked = asking.with_headers({"Zuora-Track-Id": "compressed"})
    for beside in (
        compressed(asking).labelled("beside a compressed request"),
        (tracked if bench.operation.slug == "update-tasks" else keyed(tracked)).labelled("beside other headers"),
    ):
        # Whether these are accepted is for other requirements to say.
        if accepts(again := bench.send(beside)):
            must_be_gzip_if_large(again)


@requirement("accept-encoding-forms", given=LARGE_TASK)
def test_gzip_is_asked_for_in_every_form_that_http_has(
    bench: Bench, large_baseline: Call, accepted: Callable[..., Answer]
) -> None:
    if not coding(bench.control(large_baseline.with_headers(GZIP))):
        message = "the answer is not compressed where gzip alone is asked for, so there is nothing to compare with"
        raise Inconclusive(message)

    for accept in ("gzip, deflate", "deflate, gzip;q=1.0", "GZIP"):
        answer = accepted(large_baseline.with_headers({"Accept-Encoding": accept}).labelled(accept), large_baseline)
        answer.must(bool(coding(answer)), f"an answer in one of the codings {accept}", "no Content-Encoding")
    for refusing in ("gzip;q=0", "br, deflate"):
        answer = bench.send(large_baseline.with_headers({"Accept-Encoding": refusing}).labelled(refusing))
        answer.must(coding(answer) not in ("gzip", "x-gzip"), "an answer in another coding than gzip", coding(answer))


@requirement("compression-threshold", given={"update-tasks": "task"})
def test_an_answer_of_just_over_1000_bytes_is_compressed(
    bench: Bench, baseline: Call, sized: Callable[[Call, str], Call]
) -> None:
    sample = bench.control(sized(baseline, "x").labelled("sample"))
    missing = LIMIT - len(sample.content.data)
    if missing < 0:
        # A larger answer shows nothing of the limit; that it is compressed is a requirement of its own.
        message = f"the answer has {len(sample.content.data)} bytes by itself, so it cannot be made just over {LIMIT}"
        raise Inapplicable(message)

    for label, fill in fills_beyond(missing).items():
        larger = sized(baseline, fill)
        answer = bench.send(larger.with_headers(GZIP).labelled(label))
        if not accepts(answer):
            plain = bench.send(larger.labelled(f"{label}, plain"))
            answer.must(not accepts(plain), "success", str(answer.status))
            if label == FAR_MORE:
                break
            message = f"a text of {len(fill)} characters is refused, so no answer can be made just over {LIMIT} bytes"
            raise Inapplicable(message)
        must_be_gzip_if_large(answer)
        if label != ONE_MORE and len(answer.content.data) <= LIMIT:
            message = f"{label}: the answer has {len(answer.content.data)} bytes although a long text was sent for it"
            raise Inconclusive(message)


@requirement("compression-unasked", given=LARGE_TASK)
def test_an_answer_is_not_compressed_where_nobody_asks(
    bench: Bench, large_baseline: Call, accepted: Callable[..., Answer], compressed: Callable[[Call], Call]
) -> None:
    for label, headers in {"no Accept-Encoding": {}, "identity": {"Accept-Encoding": "identity"}}.items():
        answer = accepted(large_baseline.with_headers(headers).labelled(label), large_baseline)

        must_be_plain(answer)
        must_have_been_large(bench, answer)
    must_be_plain(bench.send(compressed(large_baseline)))


@requirement("compressed-request", given=TASK)
def test_a_compressed_request_is_understood_as_its_plain_twin(
    baseline: Call,
    renamed: Callable[..., Call],
    shown_name: Callable[[Answer], Any],
    accepted: Callable[..., Answer],
) -> None:
    for label, compress in COMPRESSIONS.items():
        name = f"{label} \u2713"
        twin = renamed(baseline, name)
        answer = accepted(announced_gzip(twin, compress(twin.body or b"{}")).labelled(label), twin)
        if twin.body:
            answer.must(
                shown_name(answer) == name, f"the name that was sent, {quoted(name)}", quoted(shown_name(answer))
            )


@requirement("broken-compression", given=TASK)
def test_a_body_that_is_no_gzip_although_announced_is_refused(bench: Bench, baseline: Call) -> None:
    plain = baseline.body or b"{}"
    whole = gzip.compress(plain, mtime=0)

    broken = {"plain JSON": plain, "cut in half": whole[: len(whole) // 2], "without its checksum": whole[:-8]}
    for label, body in broken.items():
        bench.send(announced_gzip(baseline, body).labelled(label)).must_be_refused()

    bench.control(announced_gzip(baseline, whole))


def fills_beyond(missing: int) -> dict[str, str]:
    """Return texts that make a sample answer, which has so many bytes less than the limit, larger than that."""
    # Room for a few digits more in an id or a time, and still less than the round number 1024.
    roomy = missing + ROOM
    return {
        # One byte is taken by the sample's own text. Where the size of answers varies, this one may be too small.
        ONE_MORE: "x" * (missing + 2),
        "ASCII": "x" * (roomy + 1),
        # Twice as many bytes as characters: the limit is one of bytes.
        "letters of two bytes": "\u00e9" * (roomy // 2 + 1),
        # More than fits a buffer of 4 or 8 KiB.
        FAR_MORE: "x" * 10_000,
    }


def announced_gzip(call: Call, body: bytes) -> Call:
    """Return the call with a body that is announced as gzip."""
    return call.with_body(body).with_headers({"Content-Encoding": "gzip"})


def coding(answer: Answer) -> str:
    """Return the content coding of an answer."""
    return (answer.header("Content-Encoding") or "").strip().lower()


def must_be_gzip_if_large(answer: Answer) -> None:
    """Demand whole gzip, announced as such; a small answer may come plain."""
    problem = answer.content.coding_problem
    answer.must(not problem, "a body in the announced content coding", problem)
    if coding(answer) in ("gzip", "x-gzip"):
        return
    announced = coding(answer) or "no Content-Encoding"
    answer.must(not answer.response.body.startswith(GZIP_MAGIC), "Content-Encoding: gzip for gzip bytes", announced)
    answer.must(len(answer.content.data) <= LIMIT, "Content-Encoding: gzip", announced)


def must_be_plain(answer: Answer) -> None:
    """Demand an answer in no content coding, announced or not."""
    answer.must(coding(answer) in ("", "identity"), "no content coding", coding(answer))
    answer.must(not answer.response.body.startswith(GZIP_MAGIC), "a body that is not compressed", "gzip bytes")


def must_have_been_large(bench: Bench, answer: Answer) -> None:
    """End the check where the answer is too small to show anything."""
    size = len(answer.content.data)
    if size > LIMIT:
        return
    if bench.operation.slug == "import-workflow":
        message = f"the answer has {size} bytes although the description was long, which shows nothing"
        raise Inconclusive(message)
    message = f"state 'large_task': the answer has {size} bytes; provide a task whose JSON is longer than {LIMIT} bytes"
    if bench.operation.slug == "update-tasks":
        message += ", also behind an update of its name"
    raise Untestable(message)
