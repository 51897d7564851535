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
from assay.decisions import Decisions
from assay.exceptions import AssayError
from assay.model import Outcome
from assay.plan import Plan
from assay.probe import accepts
from assay.prove.judging import DEADLINE_S, target_of
from assay.reference.hosting import LOOPBACK, EmbeddedServers
from assay.reference.servers import factory_of
from assay.runner import run_checks
from assay.traffic import EXAMPLES, Table, Traffic
from assay.transport.pacing import requests_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from assay.model import Check, Contract
    from assay.transport.sharing import SharedNumber

Counted = dict[str, dict[str, Traffic]]
"""Check id → operation id → what was sent."""


def measured(names: Iterable[str]) -> Table:
    """Judge the reference servers of contracts once for each of `EXAMPLES`, and count."""
    known = catalogue.load()
    contracts = {name: known[name] for name in names}
    few, many = (_counted(contracts, examples) for examples in EXAMPLES)
    checks = {check.id: check for contract in contracts.values() for check in contract.checks if check.file}
    return Table({name: _found(check, few[name], many[name]) for name, check in checks.items()})


def _found(check: Check, few: Mapping[str, Traffic], many: Mapping[str, Traffic]) -> dict[str, list[Traffic]]:
    if not check.fuzz:
        return {operation: [traffic] for operation, traffic in few.items()}
    asked = sorted({*few, *many})
    return {operation: [few.get(operation, Traffic()), many.get(operation, Traffic())] for operation in asked}


def _counted(contracts: Mapping[str, Contract], examples: int) -> Counted:
    # A proxy that the environment names would not find its way back to the loopback of this machine.
    os.environ["NO_PROXY"] = LOOPBACK
    factories = {name: factory_of(name) for name in contracts}
    with EmbeddedServers(factories) as servers, tempfile.TemporaryDirectory(prefix="assay-") as folder:
        plan = Plan(
            targets=tuple(target_of(name, contract, servers[name]) for name, contract in contracts.items()),
            only=(),
            seed=1,
            fuzz_examples=examples,
            deadline=time.time() + DEADLINE_S,
            workers=0,
            folder=Path(folder),
        )
        count = Count(contracts, requests_of(plan))
        # Without the probes behind the checks, which a plan counts for itself.
        run_checks(plan, contracts, Decisions(count.take), count.begin)
        count.end()
    return count.found


class Count:
    """Counts what each check sends, also what its fixtures send when it is decided, to put back what it was lent."""

    def __init__(self, contracts: Mapping[str, Contract], sent: SharedNumber) -> None:
        self._contracts = contracts
        self._sent = sent
        self._check = ""
        self._before = 0.0
        self.found: Counted = {}

    def begin(self, check: str) -> None:
        """Count what comes now for another check."""
        self.end()
        self._check, self._before = check, self._sent.now

    def take(self, entry: dict[str, Any]) -> None:
        """Count what a decision shows."""
        if entry["outcome"] not in (Outcome.PASSED, Outcome.INAPPLICABLE):
            message = f"{entry['check']} is {entry['outcome']} on a server that conforms: {entry['message']}"
            raise AssayError(message)
        self.found[entry["check"]] = traffic_of(entry, self._contracts[entry["check"].partition("/")[0]])

    def end(self) -> None:
        """Count what the last check has sent beside what its decision shows."""
        shown = self.found.get(self._check)
        if shown is None:
            return
        behind = self._sent.now - self._before - sum(each.requests for each in shown.values())
        own = _operation_of(self._check)
        shown[own] += Traffic(behind, behind)


def _operation_of(check: str) -> str:
    return check.rpartition("::")[0].rpartition("/")[0]


def traffic_of(entry: Mapping[str, Any], contract: Contract) -> dict[str, Traffic]:
    """Return by operation id what a decided check has sent."""
    own = _operation_of(entry["check"])
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
