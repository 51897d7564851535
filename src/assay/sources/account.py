"""What became of every statement, document by document, as plain data for `--json`, the terminal and the reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.sources.ledger import Fate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from assay.model import Ambiguity, Contract
    from assay.sources.ledger import Ledger, Statement
    from assay.sources.tracing import Gap

COUNTED = {
    Fate.TIED: "tied",
    Fate.AMBIGUOUS: "ambiguous",
    Fate.NOT_TESTABLE: "not_testable",
    Fate.INFORMATIVE: "informative",
}
"""Fate → the name of its count."""


def document(ledger: Ledger) -> dict[str, Any]:
    """Return a document with its statements, which are counted from 1, as reports hold it."""
    return {
        "document": ledger.document,
        "operation": ledger.operation,
        "title": ledger.title,
        "address": ledger.address,
        "statements": [{"number": number, **_statement(each)} for number, each in enumerate(ledger.statements, 1)],
    }


def resting(ledger: Ledger, requirement: str) -> list[dict[str, Any]]:
    """Return the statements of a document on which a requirement rests, each with the operation of the document."""
    return [
        {
            "operation": ledger.operation,
            "number": number,
            "digest": each.key,
            "section": each.section,
            "kind": str(each.kind),
            "gist": each.gist,
        }
        for number, each in enumerate(ledger.statements, 1)
        if requirement in each.requirements
    ]


def account(ledgers: Iterable[Ledger], contracts: Mapping[str, Contract], gaps: Iterable[Gap]) -> dict[str, Any]:
    """Return what `assay sources --json` prints: documents with their counts, the register of ambiguities, the gaps."""
    listed = list(ledgers)
    names = dict.fromkeys(each.operation.partition("/")[0] for each in listed)
    return {
        "documents": [_with_places(each) | {"counts": counts(each)} for each in listed],
        "ambiguities": [
            _ambiguity(contracts[name], each, listed) for name in names for each in contracts[name].ambiguities
        ],
        "gaps": [{"operation": each.operation, "what": each.what, "problem": each.problem} for each in gaps],
    }


def counts(ledger: Ledger) -> dict[str, int]:
    """Return how many statements a document has, in all and by what became of them."""
    told = {name: ledger.count(fate) for fate, name in COUNTED.items()}
    return {"statements": len(ledger.statements), **told, "open": ledger.count(Fate.OPEN)}


def _statement(each: Statement) -> dict[str, Any]:
    return {
        "digest": each.key,
        "section": each.section,
        "kind": str(each.kind),
        "gist": each.gist,
        "fate": COUNTED.get(each.fate, "open"),
        **({"requirements": list(each.requirements)} if each.requirements else {}),
        **({"ambiguities": list(each.ambiguities)} if each.ambiguities else {}),
        **({"reason": each.reason} if each.reason else {}),
    }


def _with_places(ledger: Ledger) -> dict[str, Any]:
    """Return a document with its statements and where the spec says them."""
    told = document(ledger)
    statements = [
        {**said, **({"spec": list(each.places)} if each.places else {})}
        for said, each in zip(told["statements"], ledger.statements, strict=True)
    ]
    return {**told, "statements": statements}


def _ambiguity(contract: Contract, each: Ambiguity, ledgers: Iterable[Ledger]) -> dict[str, Any]:
    return {
        "contract": contract.id,
        "id": each.id,
        "statement": each.statement,
        "readings": dict(each.readings),
        "requirements": list(each.touches),
        "opened_by": [
            {"document": ledger.document, "section": statement.section, "gist": statement.gist, "digest": statement.key}
            for ledger in ledgers
            if ledger.operation.startswith(contract.id + "/")
            for statement in ledger.statements
            if each.id in statement.ambiguities
        ],
    }
