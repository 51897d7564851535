"""A bundle of in-toto statements (`.intoto.jsonl`): one a line, in a signed envelope (DSSE) or, unsigned, as it is.

What is read may have been made by anybody. A line that can be read in two ways is read in none: no name may stand
twice, and base64 has one spelling. As in-toto demands, lines that are not understood are passed over; they are named.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assay.exceptions import ReportError
from assay.report.attestation.signing import PAYLOAD_TYPE, Signed, sign
from assay.report.attestation.statement import STATEMENT, serialised, statements
from assay.report.document import pieces
from assay.report.machine import JsonView

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from securesystemslib.signer import CryptoSigner

    from assay.report.document import Report

LARGEST = 64 * 2**20
"""Bytes; the statements about two hundred targets take three million."""

_URL_SAFE = str.maketrans("-_", "+/")


class AmbiguousError(ValueError):
    """A text cannot be read, or can be read in more than one way."""


@dataclass(frozen=True, slots=True)
class Line:
    """A statement of a bundle."""

    number: int
    statement: Mapping[str, Any]
    signed: Signed | None
    """The envelope around it; `None` where it stands by itself."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """What was understood of a bundle, and what was not."""

    lines: tuple[Line, ...]
    passed_over: tuple[str, ...]
    """Why each of the other lines was not looked at."""


def attest(report: Report, document: Path, signer: CryptoSigner | None = None) -> list[str]:
    """Return a bundle of the statements about a report whose `report.json` is `document`, line by line."""
    lines = [serialised(statement) for statement in statements(report, _digest_of(document)).values()]
    return [(sign(line.encode(), signer) if signer else line) + "\n" for line in lines]


def is_of(document: Path, report: Report) -> bool:
    """Whether a file is the `report.json` that a report comes to, byte by byte."""
    written = hashlib.sha256()
    for piece in pieces(report, JsonView(report)):
        written.update(piece.encode("utf-8", "backslashreplace"))
    return document.is_file() and _digest_of(document) == written.hexdigest()


def _digest_of(document: Path) -> str:
    try:
        with document.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        message = f"{document}: the report cannot be read: {error.strerror}"
        raise ReportError(message) from error


def read(path: Path) -> Bundle:
    """Read a bundle; raise `ReportError` where there is none."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        message = f"{path}: cannot be read: {error.strerror}"
        raise ReportError(message) from error
    if len(content) > LARGEST:
        message = f"{path}: has more than {LARGEST // 2**20} MiB, which no bundle of statements about a report has"
        raise ReportError(message)
    return parse(content.split(b"\n"))


def parse(texts: Sequence[bytes]) -> Bundle:
    """Return what the lines of a bundle say."""
    lines: list[Line] = []
    passed_over: list[str] = []
    for number, text in enumerate(texts, 1):
        if not text.strip():
            continue
        try:
            lines.append(_line(number, text))
        except AmbiguousError as error:
            passed_over.append(f"line {number} was not looked at: {error}")
    return Bundle(tuple(lines), tuple(passed_over))


def parsed(text: bytes) -> Any:  # noqa: ANN401 - JSON has no narrower type
    """Return what a JSON text says; raise `AmbiguousError` where readers may differ about that, or it is none."""
    try:
        return json.loads(text.decode("utf-8"), object_pairs_hook=_once, parse_constant=_refused)
    except AmbiguousError:
        raise
    except (ValueError, RecursionError):
        message = "it is not JSON"
        raise AmbiguousError(message) from None


def _once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in members:
        if name in found:
            message = f"the name {name!r} stands twice in one object"
            raise AmbiguousError(message)
        found[name] = value
    return found


def _refused(constant: str) -> None:
    message = f"{constant} is no JSON number"
    raise AmbiguousError(message)


def _line(number: int, text: bytes) -> Line:
    document = parsed(text)
    if not isinstance(document, dict):
        message = "it is no JSON object"
        raise AmbiguousError(message)
    if "payload" not in document:
        return Line(number, _statement(document), None)
    signed = _envelope(document)
    return Line(number, _statement(parsed(signed.payload)), signed)


def _statement(document: Any) -> Mapping[str, Any]:  # noqa: ANN401 - JSON has no narrower type
    if not isinstance(document, dict) or document.get("_type") != STATEMENT:
        message = f"it is neither a statement ({STATEMENT}) nor an envelope with one"
        raise AmbiguousError(message)
    return document


def _envelope(document: Mapping[str, Any]) -> Signed:
    kind, signatures = document.get("payloadType"), document.get("signatures")
    if kind != PAYLOAD_TYPE:
        message = f"its payloadType is {kind!r}, not {PAYLOAD_TYPE!r}"
        raise AmbiguousError(message)
    if not isinstance(signatures, list) or not all(isinstance(each, dict) for each in signatures):
        message = "its signatures are no list of objects"
        raise AmbiguousError(message)
    return Signed(
        _decoded(document["payload"], "payload"),
        PAYLOAD_TYPE,
        tuple((str(each.get("keyid", "")), _decoded(each.get("sig"), "signature")) for each in signatures),
    )


def _decoded(text: object, what: str) -> bytes:
    """Undo base64, in either alphabet, where it is spelled as encoding spells it: padded, and without left-overs."""
    if isinstance(text, str):
        try:
            decoded = base64.b64decode(text.translate(_URL_SAFE), validate=True)
        except (binascii.Error, ValueError):
            decoded = b""
        if text in {base64.b64encode(decoded).decode(), base64.urlsafe_b64encode(decoded).decode()}:
            return decoded
    message = f"its {what} is no base64 as it is spelled"
    raise AmbiguousError(message)
