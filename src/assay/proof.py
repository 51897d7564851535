"""The committed summary of the proof: which deliberate violations the checks of each requirement were seen to find.

`assay prove` measures it; `contracts/proof.json` keeps it, and it travels with the catalogue. It is bound to the digest
of the catalogue: once a spec, a requirement or a case has changed, what was measured before says nothing of what is
run now, and the summary is refused as stale until the proof is made again.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from assay.catalogue import digest_of
from assay.exceptions import ReportError

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping
    from pathlib import Path

FILE_NAME = "proof.json"
FORMAT = "assay-proof-summary/1"


class Standing(StrEnum):
    """What a summary is worth for the catalogue at hand."""

    FRESH = "fresh"
    STALE = "stale"
    """Made for another state of the catalogue."""
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Summary:
    """Requirement id → ids of the faults that its checks were seen to find; empty unless it is fresh."""

    standing: Standing
    proven_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sha256: str = ""
    """Of the file; empty where there is none."""


def path_in(data: Path) -> Path:
    """Return where the summary of the catalogue under `data` is."""
    return data / "contracts" / FILE_NAME


def of(folders: Iterable[Path]) -> Summary:
    """Read the summaries of several catalogues as one: it stands as the worst does, and says what the fresh ones say.

    Each is bound to the digest of its own catalogue.
    """
    found = [read(path_in(data), digest_of(data)) for data in sorted(folders)]
    if len(found) == 1:
        return found[0]
    standing = max((each.standing for each in found), key=list(Standing).index)
    proven = {name: faults for each in found for name, faults in each.proven_by.items()}
    return Summary(standing, proven, _joined(each.sha256 for each in found))


def _joined(digests: Iterable[str]) -> str:
    """Return what names several files, in whatever order, as the digest of one names one."""
    known = sorted(filter(None, digests))
    return hashlib.sha256("\n".join(known).encode()).hexdigest() if len(known) > 1 else "".join(known)


def read(path: Path, catalogue_sha256: str) -> Summary:
    """Read the summary for the catalogue with this digest; raise `ReportError` where the file is none."""
    try:
        content = path.read_bytes()
        document = json.loads(content)
    except FileNotFoundError:
        return Summary(Standing.ABSENT)
    except (OSError, ValueError) as error:
        message = f"{path}: cannot be read: {error}"
        raise ReportError(message) from error
    if not _is_summary(document):
        message = f"{path}: is no summary of a proof ({FORMAT}); `assay prove --update` makes one"
        raise ReportError(message)
    sha256 = hashlib.sha256(content).hexdigest()
    if document["catalogue_sha256"] != catalogue_sha256:
        return Summary(Standing.STALE, sha256=sha256)
    return Summary(Standing.FRESH, {name: tuple(faults) for name, faults in document["proven_by"].items()}, sha256)


def _is_summary(document: object) -> bool:
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        return False
    proven = document.get("proven_by")
    return (
        isinstance(document.get("catalogue_sha256"), str)
        and isinstance(proven, dict)
        and all(
            isinstance(faults, list) and all(isinstance(each, str) for each in faults) for faults in proven.values()
        )
    )


def summarised(document: Mapping[str, Any], contracts: Container[str], catalogue_sha256: str) -> str:
    """Return the text of the summary of a whole proof (`assay-proof/1`), as far as it is about these contracts."""
    proven = {
        each["id"]: tuple(each["proven_by"])
        for each in document["requirements"]
        if each["id"].partition("/")[0] in contracts
    }
    return render(catalogue_sha256, proven)


def says(path: Path, text: str) -> bool:
    """Whether the committed summary has this very text."""
    return path.is_file() and path.read_text(encoding="utf-8") == text


def render(catalogue_sha256: str, proven_by: Mapping[str, tuple[str, ...]]) -> str:
    """Return the text of a summary, the same for the same proof."""
    document: dict[str, Any] = {
        "format": FORMAT,
        "catalogue_sha256": catalogue_sha256,
        "proven_by": {name: list(proven_by[name]) for name in sorted(proven_by)},
    }
    return json.dumps(document, indent=1) + "\n"
