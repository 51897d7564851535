"""A plan on its way to another process or machine, which has folders and perhaps a clock of its own."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from assay.transport.pacing import requests_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from assay.plan import Plan


@dataclass(frozen=True, slots=True)
class Parcel:
    """What cannot be said by the plan alone goes beside it."""

    plan: Plan
    seconds_left: float
    share: int | None
    """How many requests may be sent by the one who gets it."""
    ca_bundles: Mapping[str, bytes]
    """Target name → the certificates that it is checked against."""


def packed(plan: Plan, now: float, share: int | None) -> bytes:
    """Return a plan for another machine; it holds tokens."""
    bundles = {each.name: each.ca_bundle.read_bytes() for each in plan.targets if each.ca_bundle is not None}
    return pickle.dumps(Parcel(plan, plan.deadline - now, share, bundles))


def unpacked(parcel: bytes, folder: Path, now: float) -> Plan:
    """Return the plan for this machine, where `folder` is free for it."""
    sent: Parcel = pickle.loads(parcel)  # noqa: S301 - from our own controller
    targets = []
    for number, target in enumerate(sent.plan.targets):
        if target.name in sent.ca_bundles:
            bundle = folder / f"ca-{number}.pem"
            bundle.write_bytes(sent.ca_bundles[target.name])
            targets.append(replace(target, ca_bundle=bundle))
        else:
            targets.append(target)
    plan = replace(
        sent.plan,
        targets=tuple(targets),
        deadline=now + sent.seconds_left,
        folder=folder,
        apart=max(1, sent.plan.workers),
        journal=None,
        controller=0,
    )
    if sent.share is not None and plan.max_requests is not None:
        others = plan.max_requests - sent.share
        requests_of(plan).change(lambda _: others)
    return plan
