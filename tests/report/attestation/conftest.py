"""A report as it lies on a disk, a key, and what can be done to the statements about it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from securesystemslib.signer import CryptoSigner

from assay.report.attestation.bundle import attest, parse
from assay.report.attestation.verification import verify
from assay.report.document import Written
from assay.report.files import write_all
from assay.report.forms import DOCUMENT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from assay.report.attestation.verification import Verification

Json = dict[str, Any]


@pytest.fixture
def report_file(document: Json, tmp_path: Path) -> Path:
    """Write a report with every outcome."""
    write_all(Written(document), tmp_path, ["json"])
    return tmp_path / DOCUMENT


@pytest.fixture(scope="session")
def signer() -> CryptoSigner:
    """Make a key."""
    return CryptoSigner(Ed25519PrivateKey.generate())


@pytest.fixture(scope="session")
def stranger() -> CryptoSigner:
    """Make the key of somebody else."""
    return CryptoSigner(Ed25519PrivateKey.generate())


@pytest.fixture
def unsigned(document: Json, report_file: Path) -> list[str]:
    """Return the lines of an unsigned bundle."""
    return attest(Written(document), report_file)


@pytest.fixture
def signed(document: Json, report_file: Path, signer: CryptoSigner) -> list[str]:
    """Return the lines of a signed bundle."""
    return attest(Written(document), report_file, signer)


@pytest.fixture
def checked(report_file: Path, signer: CryptoSigner) -> Callable[..., Verification]:
    """Hold lines against the report on the disk, and their signatures against the key."""

    def check(lines: list[str], *, with_key: bool = True) -> Verification:
        bundle = parse([line.encode() for line in lines])
        return verify(bundle, report_file.read_bytes(), signer.public_key if with_key else None)

    return check


def changed(line: str, **members: object) -> str:
    """Return a line of JSON with other members."""
    return json.dumps({**json.loads(line), **members})
