"""The terms on which the exit code of a run is worked out: what its user lets pass, and until when.

They stand in the journal, as an entry of their own, so that a report that is made later comes to the same exit code. A
run that is gone on with has the terms that it was told last.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from assay.evidence import Redactor, known_secrets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assay.model import Contract
    from assay.target import Target
    from assay.waivers import Waiver


@dataclass(frozen=True, slots=True)
class Terms:
    """What the user of a run lets pass."""

    strict: bool = False
    """Whether a deviation fails the build."""
    accept_incomplete: bool = False
    """Whether what could not be verified does not."""
    waivers: tuple[Waiver, ...] | None = None
    """The failures that are excused; `None` where none were told, and a run that goes on keeps those that it had."""

    def without_secrets(self, targets: Sequence[Target], contracts: Mapping[str, Contract]) -> Terms:
        """Return the same terms; whatever stands in a report is searched, also what a user has written."""
        if not self.waivers:
            return self
        known = {
            value: name for each in targets for name, value in known_secrets(each, contracts[each.contract], os.environ)
        }
        redactor = Redactor((name, value) for value, name in known.items())
        cleaned = [
            replace(each, reason=redactor.text(each.reason), owner=redactor.text(each.owner)) for each in self.waivers
        ]
        return replace(self, waivers=tuple(cleaned))

    def entry(self, started: float, before: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return them as an entry of a journal; `before` is the one that the run had earlier."""
        told = [each.document() for each in self.waivers or ()]
        kept = before.get("waivers", []) if before and self.waivers is None else told
        return {
            "kind": "terms",
            # The day by which waivers expire.
            "on": datetime.fromtimestamp(started, UTC).date().isoformat(),
            "strict": self.strict,
            "accept_incomplete": self.accept_incomplete,
            "waivers": kept,
        }
