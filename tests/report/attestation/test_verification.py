"""Statements hold if they are signed with the key that was named and say what the report says; tampering is found."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from assay.report.attestation.account import account
from assay.report.attestation.bundle import attest
from assay.report.attestation.signing import sign
from assay.report.attestation.statement import TEST_RESULT
from assay.report.attestation.verification import Standing
from assay.report.document import Written
from assay.report.files import write_all
from tests.report.attestation.conftest import changed
from tests.report.conftest import HOSTILE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from securesystemslib.signer import CryptoSigner

    from assay.report.attestation.verification import Verification

    Checked = Callable[..., Verification]

Json = dict[str, Any]


def restated(line: str, change: Callable[[Json], object]) -> str:
    """Return an unsigned statement that says something else."""
    statement = json.loads(line)
    change(statement)
    return json.dumps(statement)


def swapped(line: str, payload: bytes) -> str:
    """Return an envelope with another payload."""
    return changed(line, payload=base64.b64encode(payload).decode())


def payload_of(line: str) -> bytes:
    return base64.b64decode(json.loads(line)["payload"])


def test_what_was_signed_with_the_key_is_verified(checked: Checked, signed: list[str]) -> None:
    found = checked(signed)

    assert (found.problems, found.notes, found.standing) == ((), (), Standing.VERIFIED)


def test_without_a_key_signatures_stay_unchecked(checked: Checked, signed: list[str]) -> None:
    found = checked(signed, with_key=False)

    assert (found.problems, found.standing) == ((), Standing.UNCHECKED)


def test_what_nobody_signed_can_agree_all_the_same(checked: Checked, unsigned: list[str]) -> None:
    found = checked(unsigned, with_key=False)

    assert (found.problems, found.standing) == ((), Standing.UNSIGNED)


def test_the_order_of_statements_does_not_matter(checked: Checked, signed: list[str]) -> None:
    assert checked(signed[::-1]).problems == ()


def test_a_changed_payload_does_not_verify(checked: Checked, signed: list[str]) -> None:
    forged = payload_of(signed[0]).replace(b'"result":"FAILED"', b'"result":"PASSED"')

    problems = checked([swapped(signed[0], forged), signed[1]]).problems

    assert [each.partition(":")[0] for each in problems] == ["line 1", "line 1"]
    assert "it was changed since it was signed with this key" in problems[0]
    assert 'predicate: result is "PASSED", and "FAILED" in the report' in problems[1]


def test_white_space_in_a_payload_is_a_change(checked: Checked, signed: list[str]) -> None:
    problems = checked([swapped(signed[0], payload_of(signed[0]) + b" "), signed[1]]).problems

    assert len(problems) == 1
    assert "it was changed since it was signed" in problems[0]


def test_another_payload_type_does_not_verify(checked: Checked, signed: list[str]) -> None:
    found = checked([changed(signed[0], payloadType="text/plain"), signed[1]])

    assert "there is no test result statement" in found.problems[0]
    assert "line 1 was not looked at: its payloadType is 'text/plain'" in found.notes[0]


def test_a_changed_report_does_not_verify(checked: Checked, signed: list[str], report_file: Path) -> None:
    report_file.write_bytes(report_file.read_bytes().replace(b"expected 404, got 200", b"expected 404, got 201"))

    problems = checked(signed).problems

    assert ["test result" in problems[0], "conformance" in problems[1]] == [True, True]
    assert ", but one about sha256 " in problems[0]


def test_the_key_of_somebody_else_does_not_verify(
    checked: Checked, document: Json, report_file: Path, stranger: CryptoSigner
) -> None:
    problems = checked(attest(Written(document), report_file, stranger)).problems

    assert len(problems) == 2
    assert f"as it says itself, with '{stranger.public_key.keyid}'" in problems[0]


@pytest.mark.parametrize("signatures", [[], [{"keyid": "", "sig": ""}], [{"keyid": "", "sig": "AA=="}]])
def test_stripped_signatures_do_not_verify(checked: Checked, signed: list[str], signatures: list[Json]) -> None:
    problems = checked([changed(line, signatures=signatures) for line in signed]).problems

    assert [each.partition(",")[0] for each in problems] in (
        ["line 1: it is not signed", "line 2: it is not signed"],
        ["line 1: it is not signed with this key", "line 2: it is not signed with this key"],
    )


def test_bare_statements_do_not_verify_with_a_key(checked: Checked, unsigned: list[str]) -> None:
    assert checked(unsigned).problems == ("line 1: it is not signed", "line 2: it is not signed")


def test_an_unsigned_statement_beside_the_signed_ones_does_not_verify(
    checked: Checked, signed: list[str], unsigned: list[str]
) -> None:
    assert checked([*signed, unsigned[0]]).problems == ("line 3: it is not signed",)


def test_the_envelopes_of_another_report_do_not_verify(
    checked: Checked, signed: list[str], conforming: Json, tmp_path: Path, signer: CryptoSigner
) -> None:
    (tmp_path / "other").mkdir()
    write_all(Written(conforming), tmp_path / "other", ["json"])
    others = attest(Written(conforming), tmp_path / "other" / "report.json", signer)

    problems = checked([others[0], signed[1]]).problems

    assert len(problems) == 1
    assert "there is no test result statement" in problems[0]


@pytest.mark.parametrize("kept", [0, 1])
def test_a_statement_that_was_taken_out_is_missed(checked: Checked, signed: list[str], kept: int) -> None:
    (problem,) = checked([signed[kept]]).problems

    assert problem.startswith("there is no ")


def test_a_file_without_a_statement_does_not_verify_and_is_told_what_makes_one(checked: Checked) -> None:
    (problem,) = checked(['{"schema": "a report, say"}'], with_key=False).problems

    assert "--format intoto" in problem


@pytest.mark.parametrize(
    ("line", "change", "problem"),
    [
        (0, lambda each: each["predicate"].update(result="PASSED"), 'result is "PASSED", and "FAILED" in the report'),
        (0, lambda each: each["predicate"]["failedTests"].pop(), "predicate: failedTests lacks "),
        (
            0,
            lambda each: each["predicate"]["passedTests"].append("lab: x"),
            'passedTests has, other than the report, "la',
        ),
        (0, lambda each: each["predicate"]["configuration"].pop(), "predicate: configuration is [{"),
        (
            0,
            lambda each: each["predicate"]["configuration"][1]["digest"].update(sha256="00"),
            'sha256 is "00", and "3f',
        ),
        (0, lambda each: each.pop("predicate"), "line 1: it lacks predicate, which is {"),
        (0, lambda each: each["subject"].append({}), "line 1: subject is [{"),
        (0, lambda each: each["subject"][0].update(name="other.json"), 'name is "other.json", and "report.json"'),
        (
            1,
            lambda each: each["predicate"].update(verdict="conformant"),
            'verdict is "conformant", and "non-conformant"',
        ),
        (1, lambda each: each["predicate"]["targets"][0].update(verdict="conformant"), "targets 1: verdict is "),
        (1, lambda each: each["predicate"]["targets"].reverse(), 'targets 1: name is "oneprovider-krakow"'),
        (1, lambda each: each["predicate"].update(catalogue_sha256="aa"), 'catalogue_sha256 is "aa", and "3f3f'),
        (
            1,
            lambda each: each["predicate"].update(suite_version="9"),
            'suite_version is "9", and "0.1.0" in the report',
        ),
        (1, lambda each: each["predicate"].update(seed="20260301"), 'seed is "20260301", and 20260301 in the report'),
        (1, lambda each: each["predicate"].update(complete=1), "complete is 1, and true in the report"),
        (1, lambda each: each["predicate"].update(shard="1/2"), 'shard is "1/2", and null in the report'),
        (1, lambda each: each["predicate"].pop("partial"), "it lacks partial, which is false in the report"),
        (1, lambda each: each["predicate"]["proof"].update(sha256="aa"), 'proof: sha256 is "aa", and null in the rep'),
        (1, lambda each: each.update(predicate=[]), "line 2: predicate is [], and {"),
    ],
)
def test_a_statement_that_says_something_else_than_the_report_does_not_verify(
    checked: Checked, unsigned: list[str], line: int, change: Callable[[Json], object], problem: str
) -> None:
    unsigned[line] = restated(unsigned[line], change)

    problems = checked(unsigned, with_key=False).problems

    assert any(problem in each for each in problems)


def test_a_lie_that_was_signed_does_not_verify_either(
    checked: Checked, signed: list[str], signer: CryptoSigner
) -> None:
    lie = payload_of(signed[0]).replace(b'"result":"FAILED"', b'"result":"PASSED"')

    (problem,) = checked([sign(lie, signer), signed[1]]).problems

    assert 'result is "PASSED"' in problem


def test_the_order_of_tests_says_nothing(checked: Checked, unsigned: list[str]) -> None:
    unsigned[0] = restated(unsigned[0], lambda each: each["predicate"]["passedTests"].reverse())

    assert checked(unsigned, with_key=False).problems == ()


def test_what_others_add_is_passed_over_and_named(checked: Checked, signed: list[str], signer: CryptoSigner) -> None:
    subject = json.loads(payload_of(signed[0]))["subject"]
    foreign = {"_type": "https://in-toto.io/Statement/v1", "subject": subject, "predicateType": "https://slsa.dev/x"}
    elsewhere = {**foreign, "subject": [{"digest": {"sha256": "00"}}], "predicateType": TEST_RESULT}
    more = json.dumps({**json.loads(payload_of(signed[0])), "certified": True})

    found = checked([*signed, json.dumps(foreign), json.dumps(elsewhere), "text", sign(more.encode(), signer)])

    assert found.problems == ()
    assert sorted(found.notes) == [
        "line 3 was not looked at: its predicate is of the type 'https://slsa.dev/x'",
        "line 4 was not looked at: it is about sha256 00",
        "line 5 was not looked at: it is not JSON",
        "line 6: 'certified' was not looked at",
    ]


@pytest.mark.parametrize("subject", [None, {}, "x", [None], [{"digest": "sha256"}], [{"digest": {}}], [{}]])
def test_a_subject_that_is_none_belongs_to_no_report(checked: Checked, unsigned: list[str], subject: object) -> None:
    found = checked([changed(line, subject=subject) for line in unsigned], with_key=False)

    assert len(found.problems) == 2
    assert "line 1 was not looked at: it is about sha256 of nothing" in found.notes


@pytest.mark.parametrize("kind", [None, [], {}, 7, "test-result"])
def test_a_predicate_of_no_known_type_is_passed_over(checked: Checked, unsigned: list[str], kind: object) -> None:
    found = checked([changed(unsigned[0], predicateType=kind), unsigned[1]], with_key=False)

    assert "there is no test result statement" in found.problems[0]
    assert found.notes == (f"line 1 was not looked at: its predicate is of the type {str(kind)!r}",)


@pytest.mark.parametrize("depth", [500, 950, 980, 100_000])
def test_however_deeply_a_predicate_is_nested_it_differs(checked: Checked, unsigned: list[str], depth: int) -> None:
    deep = changed(unsigned[1], predicate="deep").replace('"deep"', "[" * depth + "]" * depth)

    assert checked([unsigned[0], deep], with_key=False).problems


@pytest.mark.parametrize("depth", [500, 950, 980, 100_000])
def test_however_deeply_a_report_is_nested_it_is_none(
    checked: Checked, document: Json, report_file: Path, depth: int
) -> None:
    report_file.write_text('{"format": ' + "[" * depth + "]" * depth + "}")

    assert checked(attest(Written(document), report_file), with_key=False).problems


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"verdict": 1, "verdict": 2}', "the report cannot be read: the name 'verdict' stands twice in one object"),
        ("{", "the report cannot be read: it is not JSON"),
        ("{}", "the report is not valid: $: 'format' is a required property"),
    ],
)
def test_a_report_that_is_none_does_not_verify(
    checked: Checked, document: Json, report_file: Path, signer: CryptoSigner, text: str, problem: str
) -> None:
    report_file.write_text(text)

    problems = checked(attest(Written(document), report_file, signer)).problems

    assert problem in problems


def test_a_verdict_that_its_requirements_do_not_come_to_does_not_verify(
    checked: Checked, conforming: Json, report_file: Path, signer: CryptoSigner
) -> None:
    conforming["verdict"] = conforming["targets"][0]["verdict"] = "conformant-with-deviations"
    report_file.write_text(json.dumps(conforming))

    (problem,) = checked(attest(Written(conforming), report_file, signer)).problems

    assert "'conformant-with-deviations' is not what the outcomes of its requirements come to" in problem


def test_an_account_says_what_was_verified(
    checked: Checked, signed: list[str], signer: CryptoSigner, tmp_path: Path
) -> None:
    lines = list(account(checked(signed), tmp_path / "bundle", tmp_path / "report.json"))

    assert lines[0].endswith("bundle: verified")
    assert f"  key       ed25519, key id {signer.public_key.keyid}" in lines
    assert "  judged    sddc-manager-lab, vcf at https://vcf.example.test: Non-conformant" in lines


def test_an_account_brings_nothing_to_a_terminal_that_it_obeys(
    checked: Checked, unsigned: list[str], tmp_path: Path
) -> None:
    unsigned[0] = restated(unsigned[0], lambda each: each["predicate"].update(result=HOSTILE, **{HOSTILE: 1}))

    lines = list(account(checked(unsigned, with_key=False), tmp_path / "bundle", tmp_path / "report.json"))

    assert all(line.isprintable() for line in lines)


def test_an_account_of_an_endless_name_stays_short(checked: Checked, signed: list[str], tmp_path: Path) -> None:
    signature = {**json.loads(signed[0])["signatures"][0], "keyid": "x" * 1_000_000}
    found = checked([changed(line, payload="e30=", signatures=[signature]) for line in signed])
    stranger = checked([changed(line, signatures=[{**signature, "sig": ""}]) for line in signed])

    accounts = [list(account(each, tmp_path / "bundle", tmp_path / "report.json")) for each in (found, stranger)]

    assert max(len(line) for lines in accounts for line in lines) < 1100


def test_an_account_of_a_million_lines_stays_short(checked: Checked, tmp_path: Path) -> None:
    found = checked(["[]"] * 10_000, with_key=False)

    lines = list(account(found, tmp_path / "bundle", tmp_path / "report.json"))

    assert lines[-1] == "  and 9,980 more notes"
    assert len(lines) < 30
