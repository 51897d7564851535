"""Freedoms that the page leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.variants import variant

from ..reference.depot import Depot

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assay.reference.messages import Refused, Reply


@variant("depot/repetition-refused")
class RepetitionRefused(Depot):
    """A second call with the same number is answered with 409, as the table of the page has it."""

    def is_repetition(self, known: str, number: str) -> bool:  # noqa: ARG002 - whatever it is
        return False


@variant("depot/no-note-at-all")
class NoNoteAtAll(Depot):
    """A crate without a note has no member for it; the page does not say that there is one."""

    def sealed(self, crate: Mapping[str, Any]) -> Reply:
        return super().sealed({name: value for name, value in crate.items() if value is not None})


@variant("depot/reason-in-full")
class ReasonInFull(Depot):
    """A problem says more than its reason; the page does not say that it is closed."""

    def error_body(self, refused: Refused) -> object:
        return {"reason": refused.message, "kind": refused.kind, "help": None}


@variant("depot/offset-for-the-zone")
class OffsetForTheZone(Depot):
    """The time of sealing tells the zone by an offset, which is the same time."""

    def now(self) -> str:
        return super().now().replace("Z", ".000+00:00")
