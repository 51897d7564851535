"""What becomes of a waiver in a report: whether it still excuses the failure that it is about."""

from __future__ import annotations

from collections import defaultdict
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from assay.model import Outcome
from assay.report.fingerprint import VIOLATIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assay.report.digest import Node


class State(StrEnum):
    """How a waiver stands to what the run found out."""

    USED = "used"
    """It excuses the failure."""
    EXPIRED = "expired"
    """It is about this failure, and its day is over."""
    UNUSED = "unused"
    """The requirement passes."""
    CHANGED = "changed"
    """The requirement fails in another way."""
    IDLE = "idle"
    """The run says nothing about the requirement."""


STALE = (State.EXPIRED, State.UNUSED, State.CHANGED)
"""What fails a run: somebody has to look at the waiver."""


class Waived:
    """The waivers of a run, as a target's requirements meet them."""

    def __init__(self, terms: Mapping[str, Any]) -> None:
        self._today: str = terms.get("on", "")
        self._by_target: dict[str, dict[str, Node]] = defaultdict(dict)
        for waiver in terms.get("waivers", ()):
            self._by_target[waiver["target"]][waiver["requirement"]] = waiver

    def waiver(self, target: str, requirement: Node, *, is_whole: bool) -> dict[str, dict[str, str]]:
        """Return what is added to a requirement that has a waiver.

        `is_whole` says that this run shows all of a failure of the requirement: a shard shows a part, and so may an
        observer where only some requirements were selected.
        """
        waiver = self._by_target.get(target, {}).get(requirement["id"])
        if waiver is None:
            return {}
        said = {key: waiver[key] for key in ("reason", "owner", "expires", "fingerprint")}
        return {"waiver": {**said, "state": str(self._state(waiver, requirement, is_whole=is_whole))}}

    def _state(self, waiver: Node, requirement: Node, *, is_whole: bool) -> State:
        outcome = Outcome(requirement["outcome"])
        if outcome is Outcome.PASSED:
            return State.UNUSED if is_whole else State.IDLE
        if outcome not in VIOLATIONS:
            return State.IDLE
        if waiver["fingerprint"] != requirement["fingerprint"]:
            return State.CHANGED if is_whole else State.IDLE
        # Dates in this form are in order as texts.
        return State.EXPIRED if waiver["expires"] < self._today else State.USED


def is_excused(requirement: Node) -> bool:
    """Whether a waiver keeps the failure of a requirement from failing the build."""
    return "waiver" in requirement and requirement["waiver"]["state"] == State.USED


def in_words(requirement: Node) -> str:
    """Return the sentence that says how a waiver stands to its requirement, and what to do about it."""
    waiver = requirement["waiver"]
    match State(waiver["state"]):
        case State.USED:
            return f"waived until {waiver['expires']} by {waiver['owner']}: {waiver['reason']}"
        case State.EXPIRED:
            day, owner = waiver["expires"], waiver["owner"]
            return f"its waiver expired on {day}: mend the server, or agree with {owner} on another day"
        case State.UNUSED:
            return "it passes: take its waiver out of the file"
        case State.CHANGED:
            return (
                f"it fails in another way ({requirement['fingerprint']}) than its waiver excuses "
                f"({waiver['fingerprint']}): look at the failure; `assay waive --replace` excuses it as it is now"
            )
        case State.IDLE:
            return (
                f"{requirement['outcome'].replace('_', ' ')} as far as this run shows: its waiver is not stale for it"
            )
