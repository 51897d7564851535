"""Reads a file of waivers: which failures are known and excused, why, by whom, until when.

    [[waiver]]
    requirement = "vcf/retry-task/unknown-task"
    target = "lab"
    reason = "Fixed in 5.2.1, which is rolled out in March."
    owner = "dana@example.test"
    expires = 2027-03-31
    fingerprint = "9f86d081884c7d65"

Everything is checked here, once; a mistake is a `WaiverError` that names the file, the entry, the key and what was
expected. Whether a waiver still excuses anything is found out when a report is built (`assay.report.waived`).
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from assay.exceptions import UsageError, WaiverError, did_you_mean
from assay.toml_files import Table, loads

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from assay.model import Contract
    from assay.target import Target

_FINGERPRINT = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Waiver:
    """One failure that does not fail the build: of one requirement, at one target."""

    requirement: str
    target: str
    reason: str
    owner: str
    expires: dt.date
    """The last day on which it holds, by UTC."""
    fingerprint: str
    """Of the failure that it excuses (`assay.report.fingerprint`); another failure is not excused."""

    def document(self) -> dict[str, str]:
        """Return it as it stands in a journal."""
        return {**asdict(self), "expires": self.expires.isoformat()}


KEYS = tuple(Waiver.__slots__)


def read(path: Path, contracts: Mapping[str, Contract]) -> tuple[Waiver, ...]:
    """Read the waivers of a file; raise `WaiverError` for the first mistake."""
    try:
        return parse(path, path.read_text(encoding="utf-8"), contracts)
    except OSError as error:
        raise WaiverError(path, "", f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise WaiverError(path, "", "is not UTF-8") from error


def parse(path: Path, text: str, contracts: Mapping[str, Contract]) -> tuple[Waiver, ...]:
    """Return the waivers in the text of a file; raise `WaiverError` for the first mistake."""
    try:
        root = Table(path, "", loads(text), WaiverError)
    except ValueError as error:
        raise WaiverError(path, "", str(error)) from error
    root.only("waiver")
    entries = root.tables("waiver")
    waivers = tuple(_waiver(entry, contracts) for entry in entries)
    seen: dict[tuple[str, str], str] = {}
    for entry, waiver in zip(entries, waivers, strict=True):
        about = waiver.requirement, waiver.target
        if about in seen:
            raise entry.wrong("requirement", f"{seen[about]} is about this requirement and target already")
        seen[about] = entry.key
    return waivers


def fit(path: Path, waivers: Iterable[Waiver], targets: Sequence[Target]) -> list[Waiver]:
    """Return the waivers about these targets; raise `WaiverError` where one cannot be about its target."""
    known = {target.name: target.contract for target in targets}
    kept = [waiver for waiver in waivers if waiver.target in known]
    for waiver in kept:
        if known[waiver.target] != waiver.requirement.partition("/")[0]:
            problem = f"{waiver.requirement} is no requirement of target {waiver.target}, a {known[waiver.target]}"
            raise WaiverError(path, "waiver", problem)
    return kept


def _waiver(entry: Table, contracts: Mapping[str, Contract]) -> Waiver:
    entry.only(*KEYS)
    return Waiver(
        _requirement(entry, contracts),
        entry.text("target", required=True),
        _sentence(entry, "reason"),
        _sentence(entry, "owner"),
        entry.date("expires"),
        _fingerprint(entry),
    )


def _requirement(entry: Table, contracts: Mapping[str, Contract]) -> str:
    id_ = entry.text("requirement", required=True)
    known = {name for contract in contracts.values() for name in contract.requirements}
    if id_ not in known:
        raise entry.wrong("requirement", f"no requirement {id_!r}{did_you_mean(id_, known)}")
    return id_


def _sentence(entry: Table, key: str) -> str:
    text = entry.text(key, required=True).strip()
    if not text:
        raise entry.wrong(key, "expected a string that is not blank")
    return text


def _fingerprint(entry: Table) -> str:
    text = entry.text("fingerprint", required=True)
    if not _FINGERPRINT.fullmatch(text):
        raise entry.wrong("fingerprint", "expected 16 hexadecimal digits, as `assay waive` writes them")
    return text


def entry_of(waiver: Waiver) -> dict[str, Any]:
    """Return a waiver as it stands in a file."""
    return {key: getattr(waiver, key) for key in KEYS}


def with_entry(path: Path, text: str, waiver: Waiver, *, replace: bool) -> str:
    """Return the text of a file with one more waiver; everything else in it stays as it is.

    Raise `UsageError` where there is one about the same requirement and target and it is not to be replaced.
    """
    import tomlkit  # noqa: PLC0415 - only for writing
    from tomlkit.items import AoT  # noqa: PLC0415 - as above

    document = tomlkit.parse(text)
    table = tomlkit.table()
    table.update(entry_of(waiver))
    entries = document.setdefault("waiver", tomlkit.aot())
    if not isinstance(entries, AoT):
        raise WaiverError(path, "waiver", "expected [[waiver]] tables, to which one can be added")
    for entry in entries:
        if (entry["requirement"], entry["target"]) == (waiver.requirement, waiver.target):
            if not replace:
                message = f"{path}: {waiver.requirement} of {waiver.target} is waived already, until {entry['expires']}"
                raise UsageError(message + "; --replace takes the new entry in its place")
            entry.update(entry_of(waiver))
            return tomlkit.dumps(document)
    entries.append(table)
    return tomlkit.dumps(document)
