from __future__ import annotations

import base64
import gzip
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft6Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT6

from assay.report.document import Written, pieces
from assay.report.har import UNPACKED, HarView
from tests.report.conftest import binary_body, check, exchange, report, requirement, target, text_body

Json = dict[str, Any]

SCHEMAS = Path(__file__).parent / "formats" / "har-schema"
URL = "https://lab.example.test/v1/tasks"


def text_of(document: Json) -> str:
    made = Written(document)
    return "".join(pieces(made, HarView(made)))


def log_of(document: Json) -> Json:
    log: Json = json.loads(text_of(document))["log"]
    return log


def entry_of(*exchanges: Json) -> Json:
    """Return the last entry of a report with these exchanges alone."""
    one = requirement("vcf/retry-task/one", "It holds.", check("one", "passed", "", *exchanges))
    entry: Json = log_of(report(target("lab", "vcf", one)))["entries"][-1]
    return entry


def validator() -> Draft6Validator:
    schemas = {path.name: json.loads(path.read_text()) for path in SCHEMAS.glob("*.json")}
    resources = [(name, DRAFT6.create_resource(schema)) for name, schema in schemas.items()]
    return Draft6Validator(
        {"$ref": "har.json"}, registry=Registry().with_resources(resources), format_checker=FormatChecker()
    )


def test_it_is_valid_by_the_schema_of_har_validator(document: Json) -> None:
    assert list(validator().iter_errors(json.loads(text_of(document)))) == []


def test_the_schema_looks_into_entries(document: Json) -> None:
    archive = json.loads(text_of(document))
    del archive["log"]["entries"][0]["timings"]["wait"]

    assert [each.message for each in validator().iter_errors(archive)] == ["'wait' is a required property"]


def test_every_exchange_is_an_entry_that_says_whose_it_is(document: Json) -> None:
    told = [
        (each["_assay"]["requirement"], each["_assay"]["check"], each["request"]["url"])
        for each in log_of(document)["entries"]
    ]

    assert told == [
        (requirement["id"], check["name"], exchange["request"]["url"])
        for target in document["targets"]
        for requirement in target["requirements"]
        for check in requirement["checks"]
        for exchange in check["exchanges"]
    ]


def test_an_entry_names_its_part_in_the_check(document: Json) -> None:
    entry = log_of(document)["entries"][0]

    assert entry["comment"] == (
        "vcf/retry-task/unknown-task, check a_task_that_does_not_exist: failed (control) (a known task)"
    )
    assert entry["_assay"] == {
        "target": "sddc-manager-lab",
        "requirement": "vcf/retry-task/unknown-task",
        "check": "a_task_that_does_not_exist",
        "outcome": "failed",
        "role": "control",
        "label": "a known task",
    }


def test_a_page_is_a_requirement_with_exchanges(document: Json) -> None:
    log = log_of(document)

    assert {each["pageref"] for each in log["entries"]} == {each["id"] for each in log["pages"]}
    assert len({each["id"] for each in log["pages"]}) == len(log["pages"])
    assert log["pages"][0]["title"] == "failed: vcf/retry-task/unknown-task (sddc-manager-lab)"


def test_the_parts_of_the_time_add_up(document: Json) -> None:
    entries = log_of(document)["entries"]

    parts = [each["timings"] for each in entries]
    assert [each["send"] + each["wait"] + each["receive"] for each in parts] == [each["time"] for each in entries]
    assert entries[0]["time"] == 12.3


def test_entries_start_one_after_the_other(document: Json) -> None:
    started = [datetime.fromisoformat(each["startedDateTime"]) for each in log_of(document)["entries"]]

    assert started == sorted(started)
    assert started[0].isoformat() == "2026-03-01T09:30:00.123000+00:00"


def test_an_exchange_without_an_answer_has_the_status_0(document: Json) -> None:
    (entry,) = [each for each in log_of(document)["entries"] if each["_assay"]["check"] == "retried"]

    assert entry["response"]["status"] == 0
    assert entry["response"]["_error"] == "reset after 512 bytes"


def test_a_query_is_taken_apart() -> None:
    entry = entry_of(exchange("POST", f"{URL}?version=1.10.0&empty=&version=%C3%A9", 200))

    assert entry["request"]["queryString"] == [
        {"name": "version", "value": "1.10.0"},
        {"name": "empty", "value": ""},
        {"name": "version", "value": "é"},
    ]


def test_a_version_of_http_reads_as_on_the_wire() -> None:
    came = exchange("GET", URL, 200)
    came["response"]["http_version"] = "1.0"

    assert entry_of(came)["response"]["httpVersion"] == "HTTP/1.0"


@pytest.mark.parametrize("url", ["https://[::1/x?a=b", f"{URL}?%ff=1", f"{URL}?" + "&" * 300])
def test_an_odd_address_is_no_obstacle(url: str) -> None:
    assert entry_of(exchange("GET", url, 200))["request"]["url"] == url


def test_what_was_sent_stands_in_the_request() -> None:
    sent = entry_of(exchange("POST", URL, 200, sent='{"a": 1}'))["request"]

    assert (sent["postData"]["text"], sent["bodySize"]) == ('{"a": 1}', 8)


def test_bytes_that_were_sent_say_that_they_are_encoded() -> None:
    sent = exchange("POST", URL, 200)
    sent["request"]["body"] = binary_body(b"\x00\xff")

    data = entry_of(sent)["request"]["postData"]
    assert (base64.b64decode(data["text"]), data["comment"]) == (b"\x00\xff", "the text is base64 of the bytes")


def test_bytes_that_came_are_encoded() -> None:
    content = entry_of(exchange("GET", URL, 200, binary_body(b"\x00\xff")))["response"]["content"]

    assert (content["encoding"], base64.b64decode(content["text"]), content["size"]) == ("base64", b"\x00\xff", 2)


def test_a_compressed_body_is_unpacked() -> None:
    packed = gzip.compress(b'{"id": 7}' * 20)

    content = entry_of(exchange("GET", URL, 200, binary_body(packed), headers=(("Content-Encoding", "gzip"),)))[
        "response"
    ]["content"]
    assert content["text"] == '{"id": 7}' * 20
    assert content["size"] - content["compression"] == len(packed)


@pytest.mark.parametrize(
    "content",
    [b"no gzip", gzip.compress(b"cut")[:-4], gzip.compress(bytes(UNPACKED + 1)), gzip.compress(b"a") + b"b"],
    # gzip holds the time, so it cannot name a case.
    ids=["no gzip", "cut short", "too large", "more behind it"],
)
def test_a_body_that_cannot_be_unpacked_stays_as_it_came(content: bytes) -> None:
    came = exchange("GET", URL, 200, binary_body(content), headers=(("Content-Encoding", "gzip"),))

    assert base64.b64decode(entry_of(came)["response"]["content"]["text"]) == content


def test_what_was_cut_is_told() -> None:
    content = entry_of(exchange("GET", URL, 200, text_body("x" * 70_000)))["response"]["content"]

    assert (content["size"], len(content["text"])) == (70_000, 65_536)
    assert content["comment"] == "cut when it was recorded, of 70,000 bytes"


def test_what_came_beside_a_whole_answer_is_told(document: Json) -> None:
    (entry,) = [each for each in log_of(document)["entries"] if each["_assay"]["check"] == "no_body[200]"]

    assert entry["response"]["comment"] == "59,800 more header lines came; 7 bytes came behind the end of the message"


def test_it_is_printable_whatever_a_server_sent(document: Json) -> None:
    assert set(text_of(document)) <= {"\n", *map(chr, range(0x20, 0x7F))}


def test_one_report_gives_one_text(document: Json) -> None:
    assert text_of(document) == text_of(document)


def test_a_report_without_an_exchange_is_an_empty_archive(conforming: Json) -> None:
    log = log_of(conforming)

    assert (log["entries"], log["pages"]) == ([], [])


def test_a_page_says_what_its_requirement_rests_on(document: Json) -> None:
    pages = {each["id"]: each.get("comment") for each in log_of(document)["pages"]}

    assert pages["1/vcf/retry-task/unknown-task"] == (
        "It rests on Retry Task, Path Parameters: id is a string; Retry Task, Responses 404: status of an unknown task"
    )
    assert pages["1/vcf/retry-task/hostile-body"] is None
