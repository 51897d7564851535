"""`assay requirements`: list what is checked."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from assay import catalogue
from assay.cli.contracts import contract_packs
from assay.exceptions import UsageError, did_you_mean
from assay.plan import selected


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
    from rich.text import Text  # noqa: PLC0415 - JSON does not need it

    from assay.report.terminal import console  # noqa: PLC0415 - as above
    from assay.report.text import counted  # noqa: PLC0415 - as above

    screen = console()
    for each in found:
        source = each["source"]
        screen.print(Text.assemble((each["id"], "bold"), "  ", (each["level"], "cyan")), soft_wrap=True)
        screen.print(Text(f"    {each['statement']}"), soft_wrap=True)
        screen.print(Text(f"    {source['document']}, {source['section']}", "bright_black"), soft_wrap=True)
    screen.print(
        Text(f"{counted(len(found), 'requirement')}, {counted(sum(len(each['checks']) for each in found), 'check')}"),
        soft_wrap=True,
    )


def _requirements(patterns: tuple[str, ...]) -> list[dict[str, Any]]:
    contracts = catalogue.load()
    found: list[dict[str, Any]] = []
    for contract in contracts.values():
        for each in contract.requirements.values():
            if not selected(each.id, patterns):
                continue
            checks = [check for check in contract.checks if check.requirement == each.id]
            found.append(
                {
                    "id": each.id,
                    "operation": each.operation,
                    "level": str(each.level),
                    "statement": each.statement,
                    "source": {"document": each.source.document, "section": each.source.section},
                    "checks": [check.name for check in checks],
                    "states": sorted({state for check in checks for state in check.given}),
                    **({"note": each.note} if each.note else {}),
                    **({"rests_on": each.rests_on} if each.rests_on else {}),
                }
            )
    if not found:
        known = [name for contract in contracts.values() for name in contract.requirements]
        message = f"no requirement matches {' '.join(patterns)}{did_you_mean(patterns[0], known)}"
        raise UsageError(message)
    return found
