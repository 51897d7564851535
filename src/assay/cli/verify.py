"""`assay verify`: check the in-toto statements about a report."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from assay.exceptions import ReportError

UNCHECKED = 3
"""Exit code where everything agrees, but nobody has looked at the signatures that there are."""


@click.command("verify")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--key",
    metavar="PUB.pem",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Public ed25519 key (PEM) of whoever must have signed.",
)
@click.option(
    "--report",
    "document",
    metavar="report.json",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The report that the statements are about; the one beside FILE unless it is named.",
)
def command(file: Path, key: Path | None, document: Path | None) -> None:
    """Check the in-toto statements about a report.

    FILE is what the form intoto is written to (report.json.intoto.jsonl). Signatures, the digest of report.json, and
    everything that the statements say of it are checked: verdicts, failed tests, targets, catalogue, proof, versions.

    Exit code: 0 everything agrees, and with --key is signed with that key; 1 it does not verify; 2 wrong usage;
    3 everything agrees, but it is signed and no --key says whose signature it must be.
    """
    from assay.report.attestation.account import account  # noqa: PLC0415 - `--help` needs none of it
    from assay.report.attestation.bundle import read  # noqa: PLC0415 - as above
    from assay.report.attestation.signing import public_key_of  # noqa: PLC0415 - as above
    from assay.report.attestation.verification import Standing, verify  # noqa: PLC0415 - as above
    from assay.report.forms import DOCUMENT  # noqa: PLC0415 - as above

    public = None if key is None else public_key_of(key)
    bundle = read(file)
    document = document or file.with_name(DOCUMENT)
    found = verify(bundle, _content(document), public)
    for line in account(found, file, document):
        click.echo(line)
    if found.problems:
        sys.exit(1)
    sys.exit(UNCHECKED if found.standing is Standing.UNCHECKED else 0)


def _content(document: Path) -> bytes:
    try:
        return document.read_bytes()
    except OSError as error:
        message = f"{document}: the report cannot be read: {error.strerror}; name it by --report"
        raise ReportError(message) from error
