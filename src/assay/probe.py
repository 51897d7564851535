"""Asks a target for what no server may grant, so that a server that accepts anything earns nothing.

Many requirements hold when a request is accepted. A server that answers everything with 200 would fulfil them all, so
once at the end of a run each operation gets a request that is wrong in every way: no credentials, an object that does
not exist, a body that is no JSON. Where that is accepted, every pass that rests on an acceptance is taken back
(`assay.report.build`). Nothing is asked of operations of which nothing was accepted.
"""

from __future__ import annotations

import contextlib
import os
import re
from typing import TYPE_CHECKING, Any

from assay.call import Call, request_of
from assay.evidence import Redactor, SharedSecrets, known_secrets, record
from assay.model import Exchange, Outcome
from assay.transport import Pacing, Transport

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from assay.model import Contract, Operation
    from assay.plan import Plan
    from assay.target import Target

LABEL = "wrong in every way"
NO_SUCH_OBJECT = "assay-no-such-object"


def entries(
    plan: Plan, contracts: Mapping[str, Contract], accepted: Collection[tuple[str, str]]
) -> Iterator[dict[str, Any]]:
    """Yield a journal entry for each (target name, operation id) of which a request was accepted."""
    for target in plan.targets:
        wanted = [
            each for name, each in contracts[target.contract].operations.items() if (target.name, name) in accepted
        ]
        if not wanted:
            continue
        pacing = Pacing.of(plan, target)
        known = known_secrets(target, contracts[target.contract], os.environ)
        shared = SharedSecrets(plan.folder, plan.key)
        redactor = Redactor([*known, *(each.pair for each in shared.look())])
        with contextlib.closing(Transport(target, pacing=pacing)) as transport:
            for operation in wanted:
                exchange = _probed(target, operation, transport)
                if exchange.response is None and pacing.end_of_the_run():
                    # Nothing was learned. That it is missing tells the report so.
                    break
                yield {
                    "kind": "probe",
                    "target": target.name,
                    "operation": operation.id,
                    "exchange": record(exchange, redactor),
                    "known": len(shared.known),
                }


def accepted(entry: Mapping[str, Any]) -> set[tuple[str, str]]:
    """Return target name and operation id where a decided check rests on an accepted request, else nothing."""
    if entry["outcome"] != Outcome.PASSED or not any(map(accepts, entry["exchanges"])):
        return set()
    return {(entry["target"], entry["check"].rpartition("::")[0].rpartition("/")[0])}


def accepts(exchange: Mapping[str, Any]) -> bool:
    """Whether a recorded exchange ended in a success (2xx)."""
    response = exchange["response"]
    return response is not None and 200 <= response["status"] < 300  # noqa: PLR2004 - the class of success


def _probed(target: Target, operation: Operation, transport: Transport) -> Exchange:
    path = re.sub(r"\{[^}]*\}", NO_SUCH_OBJECT, operation.path)
    call = Call(operation.method, path, body=b"no JSON", content_type="text/plain")
    exchange = transport.exchange(request_of(target, call))
    return Exchange(exchange.request, exchange.response, exchange.transport_error, role="control", label=LABEL)
