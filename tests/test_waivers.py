"""A file of waivers is read strictly, and an entry is added to it without touching the rest."""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path

import pytest

from assay import catalogue, waivers
from assay.exceptions import UsageError, WaiverError
from assay.target import Target
from assay.waivers import Waiver

FILE = Path("waivers.toml")
ENTRY = """
[[waiver]]
requirement = "vcf/retry-task/unknown-task"
target = "lab"
reason = "Fixed in 5.2.1."
owner = "dana"
expires = 2027-03-31
fingerprint = "0123456789abcdef"
"""
WAIVER = Waiver(
    "vcf/retry-task/unknown-task", "lab", "Fixed in 5.2.1.", "dana", dt.date(2027, 3, 31), "0123456789abcdef"
)
OTHER = Waiver("vcf/retry-task/no-body", "lab", 'Says "soon"\n\x1b[31m\u202e🧾', "dana", dt.date(2027, 1, 1), "f" * 16)


def parsed(text: str) -> tuple[Waiver, ...]:
    return waivers.parse(FILE, text, catalogue.load())


def test_an_entry_says_which_failure_is_excused_why_by_whom_and_until_when() -> None:
    assert parsed(ENTRY) == (WAIVER,)


def test_a_file_may_be_empty() -> None:
    assert parsed("") == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("waiver = 1", "waivers.toml: waiver: expected a list of tables, got a whole number"),
        ("waivers = []", "waivers.toml: waivers: unknown key; did you mean 'waiver'?"),
        ("[[waiver]", "waivers.toml: is not valid TOML"),
        (ENTRY.replace("reason", "raeson"), "waiver[0].raeson: unknown key; did you mean 'reason'?"),
        (ENTRY.replace("target =", "#"), "waiver[0].target: is missing; expected a string"),
        (ENTRY.replace("unknown-task", "unknown-tsk"), "did you mean 'vcf/retry-task/unknown-task'?"),
        (ENTRY.replace('"Fixed in 5.2.1."', "7"), "waiver[0].reason: expected a string, got a whole number"),
        (ENTRY.replace("Fixed in 5.2.1.", "  "), "waiver[0].reason: expected a string that is not blank"),
        (ENTRY.replace('"dana"', '""'), "waiver[0].owner: expected a string that is not empty"),
        (ENTRY.replace("2027-03-31", '"2027-03-31"'), "waiver[0].expires: expected a date such as 2027-03-31, got a"),
        (ENTRY.replace("2027-03-31", "2027-03-31T00:00:00"), "waiver[0].expires: expected a date without a time"),
        (ENTRY.replace("2027-03-31", "2027-02-30"), "waivers.toml: is not valid TOML"),
        (ENTRY.replace("0123456789abcdef", "0123"), "waiver[0].fingerprint: expected 16 hexadecimal digits"),
        (ENTRY + ENTRY, "waiver[1].requirement: waiver[0] is about this requirement and target already"),
    ],
)
def test_a_mistake_is_told_with_file_entry_and_key(text: str, message: str) -> None:
    with pytest.raises(WaiverError) as told:
        parsed(text)

    assert message in str(told.value)


@pytest.mark.parametrize(("content", "message"), [(None, "cannot be read"), (b"\xff", "is not UTF-8")])
def test_a_file_that_cannot_be_read_is_a_mistake(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "waivers.toml"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(WaiverError, match=message):
        waivers.read(path, catalogue.load())


def lab(name: str, contract: str = "vcf") -> Target:
    return Target(name=name, contract=contract, base_url="http://lab.test")


def test_what_is_about_other_targets_is_left_out() -> None:
    assert waivers.fit(FILE, [WAIVER], [lab("lab"), lab("other")]) == [WAIVER]
    assert waivers.fit(FILE, [WAIVER], [lab("other")]) == []


def test_a_requirement_of_another_contract_than_that_of_the_target_is_a_mistake() -> None:
    with pytest.raises(WaiverError, match="no requirement of target lab, a zuora"):
        waivers.fit(FILE, [WAIVER], [lab("lab", "zuora")])


def test_an_entry_is_added_behind_the_others_and_their_comments() -> None:
    text = f"# Ours.\n{ENTRY}# Until the next release.\n"

    changed = waivers.with_entry(FILE, text, OTHER, replace=False)

    assert changed.startswith(text)
    assert parsed(changed) == (WAIVER, OTHER)


def test_an_entry_about_the_same_failure_is_only_replaced_when_that_is_asked_for() -> None:
    again = Waiver(WAIVER.requirement, "lab", "Fixed in 6.", "eli", dt.date(2028, 1, 1), "e" * 16)
    text = f"# Ours.\n{ENTRY}"

    with pytest.raises(UsageError, match=r"is waived already, until 2027-03-31; --replace"):
        waivers.with_entry(FILE, text, again, replace=False)
    changed = waivers.with_entry(FILE, text, again, replace=True)

    assert changed.startswith("# Ours.\n")
    assert parsed(changed) == (again,)


def test_a_list_of_inline_tables_is_not_added_to() -> None:
    (entry,) = tomllib.loads(ENTRY)["waiver"]
    inline = ", ".join(f"{key} = {value if key == 'expires' else repr(value)}" for key, value in entry.items())

    with pytest.raises(WaiverError, match=r"expected \[\[waiver\]\] tables"):
        waivers.with_entry(FILE, f"waiver = [{{ {inline} }}]", OTHER, replace=False)
