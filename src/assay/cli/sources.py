"""`assay sources`: account for every statement of the documents, and find drift."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assay import catalogue, sources
from assay.cli.contracts import contract_packs
from assay.exceptions import UsageError, did_you_mean
from assay.plan import selected

if TYPE_CHECKING:
    from collections.abc import Sequence


@click.command("sources")
@click.argument("patterns", metavar="[OPERATION]...", nargs=-1)
@click.option(
    "--documents",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Read copies of the documents again, and name what they say otherwise and the requirements that rest on it.",
)
@click.option(
    "--draft",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Print a ledger of this document to begin with; what the ledger of OPERATION says of its statements is kept.",
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON document.")
@contract_packs
def command(patterns: tuple[str, ...], documents: Path | None, draft: Path | None, as_json: bool) -> None:  # noqa: FBT001 - click passes it by name
    """Account for every statement of the documents, for all operations or those whose id matches a glob.

    Exit code 1 says that something is not accounted for, or that a copy says something else than the ledger; 3 that
    no copy does, but not every document was compared.
    """
    if draft is not None:
        if documents is not None or as_json:
            message = "--draft prints YAML, and goes with neither --documents nor --json"
            raise UsageError(message)
        sys.stdout.write(_draft(patterns, draft))
        return
    chosen = _chosen(patterns)
    sys.exit(_account(chosen, as_json=as_json) if documents is None else _compare(chosen, documents, as_json=as_json))


def _account(operations: Sequence[str], *, as_json: bool) -> int:
    """Say what became of every statement, and return the exit code."""
    from assay.sources.account import account  # noqa: PLC0415 - a draft needs none of this
    from assay.sources.tracing import gaps  # noqa: PLC0415 - as above

    contracts, known = catalogue.load(), sources.load()
    ledgers = [known[each] for each in operations if each in known]
    found = [
        gap
        for contract in contracts.values()
        for gap in gaps(contract, {each: known[each] for each in contract.operations if each in known})
        if gap.operation in operations
        or (gap.operation == contract.id and contract.operations.keys() <= set(operations))
    ]
    if as_json:
        _print(account(ledgers, contracts, found))
    else:
        from assay.report import sources as page  # noqa: PLC0415 - JSON does not need it
        from assay.report.lines import console  # noqa: PLC0415 - as above

        page.render_account(ledgers, found, console())
    return 1 if found else 0


def _compare(operations: Sequence[str], documents: Path, *, as_json: bool) -> int:
    """Say what copies of the documents say otherwise, and return the exit code."""
    from assay.sources.copies import compare  # noqa: PLC0415 - nothing else needs it

    known = sources.load()
    chosen = [known[each] for each in operations if each in known]
    comparison = compare(
        chosen,
        documents,
        others=[each for each in known.values() if each not in chosen],
        without_ledger=[each for each in operations if each not in known],
    )
    if as_json:
        _print(comparison.document())
    else:
        from assay.report import sources as page  # noqa: PLC0415 - JSON does not need it
        from assay.report.lines import console  # noqa: PLC0415 - as above

        page.render_comparison(comparison, console())
    if comparison.has_drifted:
        return 1
    # What was not looked at must not read as green.
    return 3 if comparison.not_compared else 0


def _draft(patterns: Sequence[str], file: Path) -> str:
    from assay.sources.copies import read  # noqa: PLC0415 - nothing else needs it
    from assay.sources.draft import draft  # noqa: PLC0415 - as above
    from assay.sources.places import places  # noqa: PLC0415 - as above

    chosen = _chosen(patterns) if patterns else []
    if len(chosen) > 1:
        message = f"a document is drafted for one operation, not for {len(chosen)}: {', '.join(chosen)}"
        raise UsageError(message)
    document = read(file)
    if not chosen:
        return draft(file.name, document, None)
    (operation,) = chosen
    contract = catalogue.load()[operation.partition("/")[0]]
    named = places(contract.operations[operation], contract.spec)
    return draft(file.name, document, sources.load().get(operation), named)


def _chosen(patterns: Sequence[str]) -> list[str]:
    """Return the ids of the operations that match one of the globs, or all."""
    operations = [each for contract in catalogue.load().values() for each in contract.operations]
    found = [each for each in operations if selected(each, tuple(patterns))]
    if not found:
        message = f"no operation matches {' '.join(patterns)}{did_you_mean(patterns[0], operations)}"
        raise UsageError(message)
    return found


def _print(document: object) -> None:
    json.dump(document, sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.write("\n")
