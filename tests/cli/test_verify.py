"""`assay verify` finds out whether statements hold; what signs them comes by `--sign-key`."""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from assay import catalogue, proof
from assay.journal import Journal
from tests.cli.test_report import DECIDED, HEAD

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Called, Vendor

BUNDLE = "reports/report.json.intoto.jsonl"
REQUIREMENT = "vcf/retry-task/unknown-task"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a report folder that a run left when it was killed behind its first check."""
    made = tmp_path / "reports"
    made.mkdir()
    with Journal(made / "journal.jsonl") as journal:
        journal.write(HEAD)
        journal.write(DECIDED)
    return made


@pytest.fixture
def key(tmp_path: Path) -> Ed25519PrivateKey:
    """Write a key pair into `key.pem` and `pub.pem`."""
    made = Ed25519PrivateKey.generate()
    (tmp_path / "key.pem").write_bytes(made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (tmp_path / "pub.pem").write_bytes(made.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return made


@pytest.mark.usefixtures("folder", "key")
def test_what_was_signed_is_verified_with_the_public_key(call: Callable[..., Called]) -> None:
    made = call("report", "--formats", "intoto", "--sign-key", "key.pem")
    called = call("verify", BUNDLE, "--key", "pub.pem")

    assert (made.code, called.code) == (0, 0)
    assert called.out.startswith(f"{BUNDLE}: verified\n  The holder of this key vouches for this very report.\n")
    assert "  judged    lab, toy at http://toy.test: Non-conformant\n" in called.out
    assert "seed 7; broken off\n" in called.out


@pytest.mark.usefixtures("folder")
def test_an_unsigned_bundle_is_said_to_prove_nothing_of_its_maker(call: Callable[..., Called]) -> None:
    call("report", "--formats", "intoto")
    called = call("verify", BUNDLE)

    assert called.code == 0
    assert called.out.startswith(f"{BUNDLE}: agrees with its report; it is not signed\n")
    assert "anyone can have made it" in called.out


@pytest.mark.usefixtures("folder", "key")
def test_a_signature_that_nobody_looked_at_is_no_success(call: Callable[..., Called]) -> None:
    call("report", "--formats", "intoto", "--sign-key", "key.pem")
    called = call("verify", BUNDLE)

    assert called.code == 3
    assert "its signatures were not checked\n" in called.out


@pytest.mark.usefixtures("key")
def test_a_report_that_was_changed_does_not_verify(call: Callable[..., Called], folder: Path) -> None:
    call("report", "--formats", "intoto", "--sign-key", "key.pem")
    report = folder / "report.json"
    report.write_bytes(report.read_bytes().replace(b'"outcome": "failed"', b'"outcome": "passed"'))

    called = call("verify", BUNDLE, "--key", "pub.pem")

    assert called.code == 1
    assert called.out.startswith(f"{BUNDLE}: does not verify\n  there is no test result statement")


@pytest.mark.usefixtures("key")
def test_one_form_by_itself_speaks_of_the_report_beside_the_journal(call: Callable[..., Called], folder: Path) -> None:
    call("report", "--formats", "json")
    call("report", "--format", "intoto", "--sign-key", "key.pem", "--output", "elsewhere.jsonl")

    called = call("verify", "elsewhere.jsonl", "--report", str(folder / "report.json"), "--key", "pub.pem")

    assert called.code == 0
    assert called.out.startswith("elsewhere.jsonl: verified")


def test_a_report_is_attested_as_its_file_stands(call: Callable[..., Called], folder: Path, tmp_path: Path) -> None:
    call("report", "--formats", "json")
    indented = tmp_path / "indented.json"
    indented.write_text(json.dumps(json.loads((folder / "report.json").read_bytes()), indent=2))
    call("report", "indented.json", "--format", "intoto", "--output", "i.jsonl")

    called = call("verify", "i.jsonl", "--report", "indented.json")

    assert called.code == 0


@pytest.mark.usefixtures("folder")
def test_statements_about_a_journal_need_its_report(call: Callable[..., Called]) -> None:
    called = call("report", "--format", "intoto")

    assert (called.code, called.out) == (2, "")
    assert "reports/report.json: is not there yet; `assay report reports --formats json,intoto` writes it" in called.err


def test_statements_about_a_journal_need_the_report_that_it_makes(call: Callable[..., Called], folder: Path) -> None:
    call("report", "--formats", "json")
    with (folder / "report.json").open("a") as report:
        report.write("\n")

    called = call("report", "--format", "intoto")

    assert called.code == 2
    assert "report.json: was made from another journal, or changed since" in called.err


def test_a_run_signs_what_it_found(
    call: Callable[..., Called], key: Ed25519PrivateKey, write_target: Callable[..., str], tmp_path: Path
) -> None:
    ran = call(
        "run", "--target", write_target(), "--only", REQUIREMENT, "--workers", "0",
        "--formats", "intoto", "--sign-key", "key.pem",
    )  # fmt: skip
    called = call("verify", BUNDLE, "--key", "pub.pem")

    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).splitlines()[1]
    files = [path for path in (tmp_path / "reports").iterdir() if secret in path.read_bytes()]
    assert (ran.code, called.code, files) == (1, 0, [])
    assert "; selected requirements only\n" in called.out


def test_a_run_names_the_proof_behind_its_checks_by_digest(
    call: Callable[..., Called], write_target: Callable[..., str], tmp_path: Path
) -> None:
    call("run", "--target", write_target(), "--only", REQUIREMENT, "--workers", "0", "--formats", "intoto")

    digest = hashlib.sha256(proof.path_in(catalogue.shipped_data()).read_bytes()).hexdigest()
    assert json.loads((tmp_path / "reports/report.json").read_bytes())["run"]["proof_sha256"] == digest
    assert f", sha256 {digest}\n" in call("verify", BUNDLE).out


def test_a_key_that_cannot_sign_ends_a_run_before_anything_is_sent(
    call: Callable[..., Called], vendor: Vendor, write_target: Callable[..., str], tmp_path: Path
) -> None:
    (tmp_path / "key.pem").write_text("no key")

    called = call("run", "--target", write_target(), "--formats", "intoto", "--sign-key", "key.pem")

    assert called.code == 2
    assert called.err.startswith("assay: --sign-key key.pem: is no private key in PEM")
    assert (vendor.asked, (tmp_path / "reports").exists()) == ([], False)


@pytest.mark.usefixtures("folder", "key")
@pytest.mark.parametrize("arguments", [["report"], ["report", "--format", "html"], ["run"], ["merge", "shard"]])
def test_a_key_without_anything_to_sign_is_wrong_usage(call: Callable[..., Called], arguments: list[str]) -> None:
    called = call(*arguments, "--sign-key", "key.pem")

    assert called.code == 2
    assert "--sign-key key.pem: signs the form intoto, which is not among the forms" in called.err


@pytest.mark.usefixtures("folder")
def test_the_passphrase_of_a_key_comes_from_the_environment_and_goes_no_further(
    call: Callable[..., Called], key: Ed25519PrivateKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"open sesame"))
    (tmp_path / "key.pem").write_bytes(sealed)
    monkeypatch.setenv("ASSAY_SIGN_KEY_PASSPHRASE", "open sesame")

    call("report", "--formats", "intoto", "--sign-key", "key.pem")

    assert "ASSAY_SIGN_KEY_PASSPHRASE" not in os.environ
    assert call("verify", BUNDLE, "--key", "pub.pem").code == 0


@pytest.mark.usefixtures("folder", "key")
@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([BUNDLE], f"{BUNDLE}: cannot be read: No such file"),
        (["key.pem"], "report.json: the report cannot be read: No such file or directory; name it by --report"),
        (["key.pem", "--key", "key.pem"], "--key key.pem: holds a private key"),
        (["key.pem", "--key", "none.pem"], "--key none.pem: cannot be read: No such file"),
        ([], "Missing argument 'FILE'"),
    ],
)
def test_what_cannot_be_looked_at_is_wrong_usage(
    call: Callable[..., Called], arguments: list[str], problem: str
) -> None:
    called = call("verify", *arguments)

    assert (called.code, called.out) == (2, "")
    assert problem in called.err
