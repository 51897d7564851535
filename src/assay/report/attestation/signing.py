"""Keys of users (ed25519, PEM), and the envelopes (DSSE) that are signed with them.

securesystemslib, on which in-toto and TUF are built, makes and checks signatures; what is here is how a key is read,
and what is said where it cannot be. No message quotes a key.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import UnverifiedSignatureError, VerificationError
from securesystemslib.signer import CryptoSigner, Signature, SSlibKey

from assay.exceptions import UsageError

if TYPE_CHECKING:
    from pathlib import Path

PAYLOAD_TYPE = "application/vnd.in-toto+json"
_GENERATED = "`openssl genpkey -algorithm ed25519 -out KEY.pem` makes one"
_EXTRACTED = "`openssl pkey -in KEY.pem -pubout -out KEY.pub.pem` writes the public key of a private one"
_LONGEST = 64 * 1024
"""Bytes of a key file; a key has about a hundred."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A payload with its type and the signatures on both: key id, which is a mere hint, and signature."""

    payload: bytes
    payload_type: str
    signatures: tuple[tuple[str, bytes], ...]


def signer_from(path: Path, passphrase: str, variable: str) -> CryptoSigner:
    """Read the private key of a user; raise `UsageError` where the file holds none that can be used.

    `passphrase` is empty where there is none; `variable` is where users put it.
    """
    content = _read(path, "--sign-key")
    if b"PUBLIC KEY-----" in content:
        message = f"--sign-key {path}: holds a public key; signing needs the private one"
        raise UsageError(message)
    try:
        key = _private(content, passphrase)
    except _NeedsPassphraseError:
        message = f"--sign-key {path}: is encrypted; put its passphrase into the environment variable {variable}"
        raise UsageError(message) from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        wrong = f", or {variable} is not its passphrase" if b"ENCRYPTED" in content else ""
        message = f"--sign-key {path}: is no private key in PEM (PKCS #8){wrong}; {_GENERATED}"
        raise UsageError(message) from None
    if not isinstance(key, Ed25519PrivateKey):
        message = f"--sign-key {path}: is no ed25519 key; {_GENERATED}"
        raise UsageError(message)
    return CryptoSigner(key)


def public_key_of(path: Path) -> SSlibKey:
    """Read the public key of whoever is believed; raise `UsageError` where the file holds none that can be used."""
    content = _read(path, "--key")
    if b"PRIVATE KEY-----" in content:
        message = f"--key {path}: holds a private key, which belongs to whoever signs; {_EXTRACTED}"
        raise UsageError(message)
    try:
        key = load_pem_public_key(content)
    except (ValueError, UnsupportedAlgorithm):
        message = f"--key {path}: is no public key in PEM; {_EXTRACTED}"
        raise UsageError(message) from None
    if not isinstance(key, Ed25519PublicKey):
        message = f"--key {path}: is no ed25519 key"
        raise UsageError(message)
    return SSlibKey.from_crypto(key)


def sign(payload: bytes, signer: CryptoSigner) -> str:
    """Return a signed envelope as one line of JSON."""
    envelope = Envelope(payload, PAYLOAD_TYPE, {})
    envelope.sign(signer)
    return json.dumps(envelope.to_dict(), separators=(",", ":"))


def is_signed_by(signed: Signed, key: SSlibKey) -> bool:
    """Whether one of the signatures was made with the private half of a key.

    Each is tried, whatever key id stands beside it: other tools leave it empty, and nothing vouches for it.
    """
    encoded = Envelope(signed.payload, signed.payload_type, {}).pae()
    return any(_verifies(key, signature, encoded) for _, signature in signed.signatures)


def _verifies(key: SSlibKey, signature: bytes, encoded: bytes) -> bool:
    try:
        key.verify_signature(Signature(key.keyid, signature.hex()), encoded)
    except (UnverifiedSignatureError, VerificationError):
        return False
    return True


class _NeedsPassphraseError(Exception):
    """A private key is encrypted, and nobody has said by what."""


def _private(content: bytes, passphrase: str) -> Any:  # noqa: ANN401 - a key of any kind
    try:
        return load_pem_private_key(content, None)
    except TypeError:
        # It is encrypted; where it is not, a passphrase in the environment belongs to another key.
        if not passphrase:
            raise _NeedsPassphraseError from None
        return load_pem_private_key(content, os.fsencode(passphrase))


def _read(path: Path, option: str) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(_LONGEST + 1)
    except OSError as error:
        message = f"{option} {path}: cannot be read: {error.strerror}"
        raise UsageError(message) from error
    if len(content) > _LONGEST:
        message = f"{option} {path}: is too long for a key"
        raise UsageError(message)
    return content
