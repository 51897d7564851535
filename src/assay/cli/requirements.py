"""`assay requirements`: list what is checked."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from assay import catalogue, sources
from assay.cli.contracts import contract_packs
from assay.exceptions import UsageError, did_you_mean
from assay.plan import selected
from assay.sources.account import resting

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assay.model import Contract, Requirement
    from assay.sources.ledger import Ledger


@click.command("requirements")
@click.argument("patterns", metavar="[PATTERN]...", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
@contract_packs
def command(patterns: tuple[str, ...], as_json: bool) -> None:  # noqa: FBT001 - click passes it by name
    """List the requirements whose id matches a glob such as 'vcf/*', or all."""
    found = _requirements(patterns)
    if as_json:
        json.dump(found, sys.stdout, indent=1, ensure_ascii=False)
        sys.stdout.write("\n")
        return
    from assay.report.lines import console  # noqa: PLC0415 - JSON does not need it
    from assay.report.requirements import render  # noqa: PLC0415 - as above

    render(found, console())


def _requirements(patterns: tuple[str, ...]) -> list[dict[str, Any]]:
    contracts = catalogue.load()
    chosen = {
        contract.id: [each for each in contract.requirements.values() if selected(each.id, patterns)]
        for contract in contracts.values()
    }
    if not any(chosen.values()):
        known = [name for contract in contracts.values() for name in contract.requirements]
        message = f"no requirement matches {' '.join(patterns)}{did_you_mean(patterns[0], known)}"
        raise UsageError(message)
    ledgers = list(sources.load().values())
    return [_requirement(each, contracts[name], ledgers) for name in chosen for each in chosen[name]]


def _requirement(each: Requirement, contract: Contract, ledgers: Iterable[Ledger]) -> dict[str, Any]:
    checks = [check for check in contract.checks if check.requirement == each.id]
    own_first = sorted(ledgers, key=lambda ledger: ledger.operation != each.operation)
    statements = [statement for ledger in own_first for statement in resting(ledger, each.id)]
    return {
        "id": each.id,
        "operation": each.operation,
        "level": str(each.level),
        "statement": each.statement,
        "source": {"document": each.source.document, "section": each.source.section},
        "checks": [check.name for check in checks],
        "states": sorted({state for check in checks for state in check.given}),
        **({"note": each.note} if each.note else {}),
        **({"statements": statements} if statements else {}),
        **({"rests_on": each.rests_on} if each.rests_on else {}),
    }
