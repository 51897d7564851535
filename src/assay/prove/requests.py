"""Measures how many requests each check sends to a server that conforms, for the table that `assay plan` adds up."""

from __future__ import annotations

import os
import re
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from assay import catalogue
from assay.exceptions import AssayError
from assay.model import Outcome
from assay.plan import Plan
from assay.probe import accepts
from assay.prove.judging import DEADLINE_S, target_of
from assay.reference.hosting import LOOPBACK, EmbeddedServers
from assay.runner import decide
from assay.traffic import EXAMPLES, Table, Traffic

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assay.model import Check, Contract

Counted = dict[str, dict[str, Traffic]]
"""Check id → operation id → what was sent."""


def measured(workers: int) -> Table:
    """Judge the reference servers once for each of `EXAMPLES`, and count."""
    few, many = (_counted(examples, workers) for examples in EXAMPLES)
    checks = {check.id: check for contract in catalogue.load().values() for check in contract.checks if check.file}
    return Table({name: _found(check, few[name], many[name]) for name, check in checks.items()})


def _found(check: Check, few: Mapping[str, Traffic], many: Mapping[str, Traffic]) -> dict[str, list[Traffic]]:
    if not check.fuzz:
        return {operation: [traffic] for operation, traffic in few.items()}
    asked = sorted({*few, *many})
    return {operation: [few.get(operation, Traffic()), many.get(operation, Traffic())] for operation in asked}


def _counted(examples: int, workers: int) -> Counted:
    # A proxy that the environment names would not find its way back to the loopback of this machine.
    os.environ["NO_PROXY"] = LOOPBACK
    contracts = catalogue.load()
    found: Counted = {}

    def take(entry: dict[str, Any]) -> None:
        if entry["outcome"] not in (Outcome.PASSED, Outcome.INAPPLICABLE):
            message = f"{entry['check']} is {entry['outcome']} on a server that conforms: {entry['message']}"
            raise AssayError(message)
        found[entry["check"]] = traffic_of(entry, contracts[entry["check"].partition("/")[0]])

    with EmbeddedServers() as servers, tempfile.TemporaryDirectory(prefix="assay-") as folder:
        plan = Plan(
            targets=tuple(target_of(name, contract, servers[name]) for name, contract in contracts.items()),
            only=(),
            seed=1,
            fuzz_examples=examples,
            deadline=time.time() + DEADLINE_S,
            workers=workers,
            folder=Path(folder),
            controller=os.getpid(),
        )
        # Without the probes behind the checks, which a plan counts for itself.
        decide(plan, contracts, lambda entry: take(entry) if entry["kind"] == "check" else None)
    return found


def traffic_of(entry: Mapping[str, Any], contract: Contract) -> dict[str, Traffic]:
    """Return by operation id what a decided check has sent."""
    own = entry["check"].rpartition("::")[0].rpartition("/")[0]
    found = defaultdict(Traffic, {own: Traffic()})
    for exchange in entry["exchanges"]:
        asked = _operation(contract, exchange["request"]) or own
        found[asked] += Traffic(1, 1 if accepts(exchange) else 0)
    return dict(found)


def _operation(contract: Contract, request: Mapping[str, Any]) -> str:
    """Return the operation that a request was for, as far as its method and path show it."""
    path = urlsplit(request["url"]).path
    for operation in contract.operations.values():
        template = re.sub(r"\\\{[^}]*\\\}", "[^/]*", re.escape(operation.path))
        if request["method"] == operation.method and re.fullmatch(f".*{template}", path):
            return operation.id
    return ""
