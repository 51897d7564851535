"""A comparison as a JSON document (`assay-diff/1`, whose schema is `diff.schema.json` beside this module)."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from assay.report.history.changes import FORMAT

if TYPE_CHECKING:
    from assay.report.digest import Node
    from assay.report.history.changes import Changed, Comparison, Side, TargetDiff

_FACTS = ("suite_version", "catalogue_sha256", "seed", "started", "complete", "partial", "shard")


def document(comparison: Comparison) -> dict[str, Any]:
    """Return the document."""
    return {
        "format": FORMAT,
        "worse": comparison.is_worse,
        "old": _run(comparison.old),
        "new": _run(comparison.new),
        "targets": [_target(each) for each in comparison.targets],
        "only_in_old": [{"name": name, "contract": contract} for name, contract in comparison.gone],
        "only_in_new": [{"name": name, "contract": contract} for name, contract in comparison.added],
    }


def _run(run: Node) -> dict[str, Any]:
    return {key: run[key] for key in _FACTS if key in run}


def _target(target: TargetDiff) -> dict[str, Any]:
    return {
        "name": target.name,
        "contract": target.contract,
        "old_verdict": target.old_verdict,
        "new_verdict": target.new_verdict,
        "worse": any(each.is_worse for each in target.changes),
        "requirements": [_changed(each) for each in target.changes],
        "not_compared": target.not_compared,
        "readings": [{**asdict(each), "old": list(each.old), "new": list(each.new)} for each in target.readings],
        "speed": [asdict(each) for each in target.speeds],
    }


def _changed(changed: Changed) -> dict[str, Any]:
    return {
        "id": changed.id,
        "change": str(changed.change),
        "worse": changed.is_worse,
        "waived": changed.is_excused,
        "old": _side(changed.old),
        "new": _side(changed.new),
        **({"curl": changed.curl} if changed.curl else {}),
    }


def _side(side: Side | None) -> dict[str, str] | None:
    if side is None:
        return None
    said = {"outcome": str(side.outcome), "message": side.message, "fingerprint": side.fingerprint}
    return {key: value for key, value in said.items() if value}
