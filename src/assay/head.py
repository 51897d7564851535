"""The first entry of a journal: what a run asks, and of whom; a report tells from it what was left out."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from assay import catalogue, resume
from assay.evidence import Redactor, known_secrets
from assay.journal import FORMAT
from assay.plan import selected
from assay.sources.account import document
from assay.sources.ledger import ledgers_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assay import proof
    from assay.model import Check, Contract
    from assay.plan import Plan
    from assay.target import Target


def head(plan: Plan, contracts: Mapping[str, Contract], started: float, proven: proof.Summary) -> dict[str, Any]:
    """Return the journal entry that describes a run."""
    return {
        "kind": "run",
        "format": FORMAT,
        "run": {
            "suite_version": version("assay"),
            "catalogue_sha256": catalogue.digest(),
            "proof": str(proven.standing),
            **({"proof_sha256": proven.sha256} if proven.sha256 else {}),
            "seed": plan.seed,
            "started": datetime.fromtimestamp(started, UTC).isoformat(timespec="seconds"),
            "partial": bool(plan.only or plan.shard),
            **({"shard": str(plan.shard)} if plan.shard else {}),
        },
        "options": {"--only": list(plan.only), "--fuzz-examples": plan.fuzz_examples},
        "contracts": {name: _declared(contract, plan, proven) for name, contract in contracts.items()},
        "targets": [
            {
                "name": target.name,
                "contract": target.contract,
                **({"file": str(target.file)} if target.file is not None else {}),
                "base_url": shown_base_url(target, contracts[target.contract]),
                "lacks": [name for name in target.capabilities if target.lacks(name)],
                "states": resume.listed_sets(target, contracts[target.contract]),
                **({"share": plan.share(target, contracts[target.contract])} if plan.shard else {}),
            }
            for target in plan.targets
        ],
    }


def shown_base_url(target: Target, contract: Contract) -> str:
    """Return the address of a target without secrets."""
    return Redactor(known_secrets(target, contract, os.environ)).text(target.base_url)


def _declared(contract: Contract, plan: Plan, proven: proof.Summary) -> dict[str, Any]:
    ledgers = ledgers_of(contract, contract.folder) if contract.folder is not None else {}
    return {
        "documents": [document(each) for each in ledgers.values()],
        "requirements": [
            {
                "id": each.id,
                "operation": each.operation,
                "level": str(each.level),
                "statement": each.statement,
                "source": {"document": each.source.document, "section": each.source.section},
                "note": each.note,
                "rests_on": each.rests_on,
                "proven_by": list(proven.proven_by.get(each.id, ())),
                "selected": selected(each.id, plan.only),
            }
            for each in contract.requirements.values()
        ],
        "checks": [
            {
                "id": check.id,
                "name": check.name,
                "requirement": check.requirement,
                "capability": check.capability,
                "observer": check.observer is not None,
                "generated": check.fuzz,
                "statuses": list(check.observer[1]) if check.observer is not None else [],
                "not_selected": _reason_not_to_run(check, plan),
            }
            for check in contract.checks
        ],
        "states": {
            each.name: {"description": each.description, "values": dict(each.values), "used_up": each.used_up}
            for each in contract.states.values()
        },
        "ambiguities": [
            {"id": each.id, "statement": each.statement, "readings": dict(each.readings), "touches": list(each.touches)}
            for each in contract.ambiguities
        ],
    }


def _reason_not_to_run(check: Check, plan: Plan) -> str:
    if not selected(check.requirement, plan.only):
        return f"not selected by --only {' '.join(plan.only)}"
    return "" if plan.selects(check) else "generated checks are switched off by --fuzz-examples 0"
