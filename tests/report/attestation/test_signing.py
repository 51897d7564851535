"""Statements are signed with the key of a user, in envelopes that other tools understand; a bad key is one message."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError

from assay.exceptions import UsageError
from assay.report.attestation.bundle import parse
from assay.report.attestation.signing import is_signed_by, public_key_of, sign, signer_from

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.serialization import KeySerializationEncryption
    from securesystemslib.signer import CryptoSigner

KEY = Ed25519PrivateKey.generate()
PUBLIC = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def private(key: Ed25519PrivateKey | X25519PrivateKey = KEY, passphrase: str = "") -> bytes:
    sealed: KeySerializationEncryption = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, sealed)


def written(folder: Path, content: bytes) -> Path:
    path = folder / "key.pem"
    path.write_bytes(content)
    return path


def test_securesystemslib_verifies_the_envelope_by_itself(signed: list[str], signer: CryptoSigner) -> None:
    envelopes = [Envelope.from_dict(json.loads(line)) for line in signed]

    assert [list(each.verify([signer.public_key], 1)) for each in envelopes] == [[signer.public_key.keyid]] * 2


def test_securesystemslib_finds_a_changed_envelope_out(signed: list[str], signer: CryptoSigner) -> None:
    envelope = Envelope.from_dict(json.loads(signed[0]))
    envelope.payload = envelope.payload.replace(b"FAILED", b"PASSED")

    with pytest.raises(VerificationError):
        envelope.verify([signer.public_key], 1)


def test_the_payload_of_an_envelope_is_the_unsigned_statement(signed: list[str], unsigned: list[str]) -> None:
    payloads = [Envelope.from_dict(json.loads(line)).payload.decode() + "\n" for line in signed]

    assert payloads == unsigned


def test_a_key_in_a_file_signs(tmp_path: Path) -> None:
    signer = signer_from(written(tmp_path, private()), "", "VARIABLE")

    assert signer.public_key == public_key_of(written(tmp_path, PUBLIC))


def test_an_encrypted_key_signs_with_its_passphrase(tmp_path: Path) -> None:
    path = written(tmp_path, private(passphrase="open sesame"))

    assert signer_from(path, "open sesame", "VARIABLE").public_key == public_key_of(written(tmp_path, PUBLIC))


def test_a_passphrase_that_no_key_asks_for_does_not_matter(tmp_path: Path) -> None:
    assert signer_from(written(tmp_path, private()), "open sesame", "VARIABLE").public_key.keytype == "ed25519"


@pytest.mark.parametrize(
    ("content", "passphrase", "problem"),
    [
        (private(passphrase="open sesame"), "", "is encrypted; put its passphrase into the environment variable VARI"),
        (private(passphrase="open sesame"), "wrong", "or VARIABLE is not its passphrase"),
        (private(X25519PrivateKey.generate()), "", "is no ed25519 key; `openssl genpkey"),
        (PUBLIC, "", "holds a public key; signing needs the private one"),
        (b"", "", "is no private key in PEM"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "", "is no private key in PEM"),
        (b"-" * 100_000, "", "is too long for a key"),
    ],
    # Keys are made anew in each process of the tests, so they cannot name a case.
    ids=["no passphrase", "wrong passphrase", "X25519", "public", "empty", "no key in it", "too long"],
)
def test_a_key_that_cannot_sign_is_one_message_that_does_not_quote_it(
    tmp_path: Path, content: bytes, passphrase: str, problem: str
) -> None:
    path = written(tmp_path, content)

    with pytest.raises(UsageError) as told:
        signer_from(path, passphrase, "VARIABLE")

    assert str(told.value).startswith(f"--sign-key {path}: ")
    assert problem in str(told.value)
    assert told.value.__cause__ is None
    assert not any(line and line.decode() in str(told.value) for line in content.splitlines()[1:-1])


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (private(), "holds a private key, which belongs to whoever signs; `openssl pkey"),
        (b"", "is no public key in PEM"),
        (
            X25519PrivateKey.generate().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
            "is no ed25519 key",
        ),
    ],
    ids=["private", "empty", "X25519"],
)
def test_a_key_that_cannot_check_is_one_message(tmp_path: Path, content: bytes, problem: str) -> None:
    path = written(tmp_path, content)

    with pytest.raises(UsageError, match="--key ") as told:
        public_key_of(path)

    assert problem in str(told.value)


def test_a_key_that_is_not_there_is_one_message(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        signer_from(tmp_path / "nothing.pem", "", "VARIABLE")


def test_the_key_id_of_a_signature_decides_nothing(signer: CryptoSigner, stranger: CryptoSigner) -> None:
    statement = b'{"_type": "https://in-toto.io/Statement/v1"}'
    envelope = json.loads(sign(statement, signer))
    envelope["signatures"] = [
        {"keyid": signer.public_key.keyid, **json.loads(sign(statement, stranger))["signatures"][0]},
        {"sig": envelope["signatures"][0]["sig"]},
    ]

    (line,) = parse([json.dumps(envelope).encode()]).lines

    assert line.signed is not None
    assert is_signed_by(line.signed, signer.public_key)
