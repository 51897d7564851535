"""What is read of a bundle can be read in one way only; the rest is passed over and named."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from assay.exceptions import ReportError
from assay.report.attestation import bundle
from assay.report.attestation.bundle import attest, is_of, parse, read
from assay.report.document import Written
from tests.report.attestation.conftest import changed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Json = dict[str, Any]


def why(line: str) -> str:
    """Return why a line is passed over."""
    (reason,) = parse([line.encode("utf-8", "surrogatepass")]).passed_over
    return reason.removeprefix("line 1 was not looked at: ")


def test_a_bundle_is_read_as_it_was_written(signed: list[str], unsigned: list[str], tmp_path: Path) -> None:
    path = tmp_path / "both"
    path.write_text("".join([*signed, "\n", *unsigned]), encoding="utf-8")

    found = read(path)

    assert found.passed_over == ()
    assert [line.number for line in found.lines] == [1, 2, 4, 5]
    assert [line.statement for line in found.lines[:2]] == [line.statement for line in found.lines[2:]]
    assert [line.signed is None for line in found.lines] == [False, False, True, True]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "it is not JSON"),
        ("\ud800", "it is not JSON"),
        ("[" * 100_000, "it is not JSON"),
        ('{"a": ' * 100_000, "it is not JSON"),
        ("9" * 10_000, "it is not JSON"),
        ("[]", "it is no JSON object"),
        ("{}", "it is neither a statement"),
        ('{"_type": "https://in-toto.io/Statement/v0.1"}', "it is neither a statement"),
        ('{"_type": "https://in-toto.io/Statement/v1", "_type": 1}', "the name '_type' stands twice"),
        ('{"_type": "https://in-toto.io/Statement/v1", "a": [{"b": 1, "b": 1}]}', "the name 'b' stands twice"),
        ('{"_type": "https://in-toto.io/Statement/v1", "a": NaN}', "NaN is no JSON number"),
    ],
)
def test_a_line_that_is_no_statement_is_passed_over(line: str, reason: str) -> None:
    assert why(line).startswith(reason)


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"payloadType": "application/json"}, "its payloadType is 'application/json', not 'application/vnd.in-toto+js"),
        ({"payloadType": None}, "its payloadType is None"),
        ({"signatures": {}}, "its signatures are no list of objects"),
        ({"signatures": ["x"]}, "its signatures are no list of objects"),
        ({"signatures": [{"keyid": "a"}]}, "its signature is no base64"),
        ({"payload": 7}, "its payload is no base64"),
        ({"payload": "e30"}, "its payload is no base64"),
        ({"payload": "e3\n0="}, "its payload is no base64"),
        ({"payload": "e31="}, "its payload is no base64"),
        ({"payload": "e30=e30="}, "its payload is no base64"),
        ({"payload": "é30="}, "its payload is no base64"),
        ({"payload": "-_+/"}, "its payload is no base64"),
        ({"payload": "e30="}, "it is neither a statement"),
        ({"payload": "eyJhIjoxLCJhIjoyfQ=="}, "the name 'a' stands twice"),
    ],
)
def test_an_envelope_that_can_be_misread_is_passed_over(signed: list[str], members: Json, reason: str) -> None:
    assert why(changed(signed[0], **members)).startswith(reason)


def test_a_signature_has_one_spelling(signed: list[str]) -> None:
    signature = json.loads(signed[0])["signatures"][0]
    last = signature["sig"][-3]
    # The last letter of 64 bytes in base64 has four bits that decoding throws away.
    other = signature["sig"][:-3] + chr(ord(last) + 1) + "=="

    assert why(changed(signed[0], signatures=[{**signature, "sig": other}])).startswith("its signature is no base64")


def test_the_alphabet_for_urls_is_read_too(signed: list[str]) -> None:
    signature = json.loads(signed[0])["signatures"][0]
    safe = signature["sig"].replace("+", "-").replace("/", "_")

    (line,) = parse([changed(signed[0], signatures=[{**signature, "sig": safe}]).encode()]).lines

    assert line.signed == parse([signed[0].encode()]).lines[0].signed


def test_a_statement_beside_an_envelope_does_not_stand_for_it(signed: list[str], unsigned: list[str]) -> None:
    (line,) = parse([changed(signed[0], **json.loads(unsigned[1])).encode()]).lines

    assert line.statement == json.loads(unsigned[0])


def test_a_file_that_is_far_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "LARGEST", 2**20)
    path = tmp_path / "huge"
    path.write_bytes(b"[" * (2**20 + 1))

    with pytest.raises(ReportError, match="has more than 1 MiB"):
        read(path)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="cannot be read: No such file"):
        read(tmp_path / "nothing")


def test_statements_about_a_report_that_is_not_there_are_not_made(conforming: Json, tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="the report cannot be read: No such file"):
        attest(Written(conforming), tmp_path / "report.json")


def test_a_document_is_that_of_its_report_to_the_byte(document: Json, conforming: Json, report_file: Path) -> None:
    assert is_of(report_file, Written(document))
    assert not is_of(report_file, Written(conforming))
    assert not is_of(report_file.with_name("nothing"), Written(document))


def test_the_statements_about_hundreds_of_targets_are_far_below_the_bound(
    fleet: Callable[[int], Json], tmp_path: Path
) -> None:
    (tmp_path / "report.json").write_bytes(b"{}")

    assert sum(map(len, attest(Written(fleet(200)), tmp_path / "report.json"))) < bundle.LARGEST / 100
