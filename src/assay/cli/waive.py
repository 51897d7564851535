"""`assay waive`: excuse a known failure for a while."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assay.cli.contracts import contract_packs
from assay.exceptions import UnwritableError, UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.report.digest import Node
    from assay.report.document import Report
    from assay.waivers import Waiver

DAYS = 90
_HEAD = """\
# Known failures that do not fail the build: `assay run --waivers` takes this file, `assay waive` adds to it.
# An entry is stale, and fails the run, once it has expired, its requirement passes, or the failure is another one.

"""


@click.command("waive")
@click.argument("source", metavar="REPORT", type=click.Path(path_type=Path))
@click.argument("requirement", metavar="ID")
@click.option("--reason", required=True, help="Why the failure may stay for now.")
@click.option(
    "--owner", envvar="USER", show_envvar=True, required=True, help="Who sees to it that it does not stay forever."
)
@click.option(
    "--expires",
    metavar="DATE",
    type=click.DateTime(["%Y-%m-%d"]),
    help=f"The last day on which the waiver holds.  [default: in {DAYS} days]",
)
@click.option("--target", metavar="NAME", help="Of which target; not needed where only one fails it.")
@click.option(
    "--file",
    default="waivers.toml",
    show_default=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where the entry goes; whatever stands there stays.",
)
@click.option("--replace", is_flag=True, help="Take the place of the entry about this requirement and target.")
@contract_packs
def command(  # noqa: PLR0913, PLR0917 - one parameter per option, passed by name
    source: Path, requirement: str, reason: str, owner: str, expires: dt.datetime | None, target: str | None,
    file: Path, replace: bool,  # noqa: FBT001 - click passes them by name
) -> None:  # fmt: skip
    """Excuse a known failure for a while.

    REPORT is a report folder, a journal or a report.json in which the requirement ID failed or deviates. The entry
    excuses this very failure: should the requirement fail in another way, the run fails.
    """
    from assay.report.source import report_at  # noqa: PLC0415 - not needed for a mistake on the command line
    from assay.report.text import one_line  # noqa: PLC0415 - as above
    from assay.waivers import Waiver  # noqa: PLC0415 - as above

    today = dt.datetime.now(dt.UTC).date()
    until = expires.date() if expires else today + dt.timedelta(days=DAYS)
    if until < today:
        message = f"--expires {until}: that day is over"
        raise UsageError(message)
    report = report_at(source)
    name, failed = _failure(source, report, requirement, target)
    waiver = Waiver(requirement, name, _told("--reason", reason), _told("--owner", owner), until, failed["fingerprint"])
    _add(file, waiver, replace=replace)
    click.echo(one_line(f"{file}: {requirement} of {name} is waived until {until}, by {waiver.owner}"))


def _told(option: str, text: str) -> str:
    if not text.strip():
        message = f"{option}: expected a text that is not blank"
        raise UsageError(message)
    return text.strip()


def _failure(source: Path, report: Report, id_: str, target: str | None) -> tuple[str, Node]:
    """Return the target and the requirement that is to be waived, without its evidence."""
    if "shard" in report.run:
        message = f"{source}: holds shard {report.run['shard']} alone; what a failure is, only `assay merge` tells"
        raise UsageError(message)
    everywhere = dict(_requirements(report, id_))
    if not everywhere:
        known = {name for matrix in report.survey.matrices.values() for name in matrix.requirements}
        message = f"{source}: no requirement {id_!r}{did_you_mean(id_, known)}"
        raise UsageError(message)
    found = {name: each for name, each in everywhere.items() if target in (None, name)}
    if target is not None and not found:
        message = f"{source}: no target {target!r} has the requirement {id_}{did_you_mean(target, everywhere)}"
        raise UsageError(message)
    failed = {name: each for name, each in found.items() if "fingerprint" in each}
    if not failed:
        outcomes = ", ".join(f"{each['outcome']} at {name}" for name, each in found.items())
        message = f"{source}: nothing to waive: {id_} is {outcomes}"
        raise UsageError(message)
    if len(failed) > 1:
        message = f"{source}: {id_} fails at several targets; name one of them by --target: {', '.join(failed)}"
        raise UsageError(message)
    return next(iter(failed.items()))


def _requirements(report: Report, id_: str) -> Iterator[tuple[str, Node]]:
    """Yield the name of each target that has the requirement, and of that the outcome and the fingerprint."""
    from assay.report.fingerprint import VIOLATIONS, fingerprint  # noqa: PLC0415 - as above

    for target in report.targets():
        for each in target["requirements"]:
            if each["id"] == id_:
                known = {"fingerprint": fingerprint(each)} if each["outcome"] in VIOLATIONS else {}
                yield target["name"], {"outcome": each["outcome"], **known}


def _add(file: Path, waiver: Waiver, *, replace: bool) -> None:
    """Add an entry to a file, which is read as strictly as by a run; it is written whole or not at all."""
    from assay import catalogue, waivers  # noqa: PLC0415 - as above

    text = _HEAD
    if file.exists():
        waivers.read(file, catalogue.load())
        text = file.read_text(encoding="utf-8")
    changed = waivers.with_entry(file, text, waiver, replace=replace)
    waivers.parse(file, changed, catalogue.load())
    copy = file.with_name(f".{file.name}.new")
    try:
        copy.write_text(changed, encoding="utf-8")
        copy.replace(file)
    except OSError as error:
        raise UnwritableError(file, error.errno) from error
