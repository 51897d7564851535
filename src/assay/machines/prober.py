"""The probes at the end of a run, where the targets are reached from other machines only.

The source of this module runs on one of them.
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import Any

from assay import catalogue, probe
from assay.evidence import Given, SharedSecrets
from assay.machines.parcel import unpacked


def ask(channel: Any) -> None:  # noqa: ANN401 - execnet's, untyped in a worker
    """Send a journal entry for each probe, as JSON, and then nothing."""
    parcel, accepted, secrets = channel.receive()
    with tempfile.TemporaryDirectory(prefix="assay-") as folder:
        plan = unpacked(parcel, Path(folder), time.time())
        shared = SharedSecrets(plan.folder, plan.key)
        for each in json.loads(secrets):
            shared.add(Given(*each))
        for entry in probe.entries(plan, catalogue.load(), {(target, operation) for target, operation in accepted}):
            channel.send(json.dumps(entry))
    channel.send("")


if __name__ == "__channelexec__":
    ask(channel)  # type: ignore[name-defined]  # noqa: F821 - execnet puts it there
