"""Secrets that came up when something that gives them away had been decided already.

A check is redacted where it runs, with what is known there by then. While its decision is on its way to the journal
another process may be given a token; and a server may have sent a token back before any check was given it. So the
controller takes what a decision could not know out of it before it is written, and at the end out of what was written.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from assay.address import Address
from assay.evidence import Redactor, cleaned

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assay.evidence import Given, SharedSecrets
    from assay.journal import Journal
    from assay.plan import Plan

KNOWN = "known"
"""Where a decision says how many of the shared secrets were known when it was recorded."""


def hosts_of(plan: Plan) -> dict[str, str]:
    """Return the host of each target: who gets a token of one target may send it back to another on the same host."""
    return {target.name: Address.of(target.base_url).origin.host for target in plan.targets}


@dataclass
class Latecomers:
    """Writes decisions into the journal, without what came up too late for them."""

    shared: SharedSecrets
    journal: Journal
    hosts: Mapping[str, str]
    """Target name → its host."""
    _until: list[int] = field(default_factory=list)
    """For each shared secret, up to which place in the journal it was not known."""

    def write(self, entry: dict[str, Any]) -> None:
        """Write an entry, without the secrets that have come up since it was recorded."""
        self._look()
        known = entry.pop(KNOWN, None)
        missing = [] if known is None else self.shared.known[known:]
        self.journal.write(cleaned(entry, Redactor(each.pair for each in missing)) if missing else entry)

    def clean(self) -> None:
        """Take out of what was written whatever came up behind it."""
        self._look()
        late: dict[str, list[tuple[Given, int]]] = defaultdict(list)
        for each, until in zip(self.shared.known, self._until, strict=True):
            late[self.hosts.get(each.target, "")].append((each, until))
        redactors = {host: Redactor(each.pair for each, _ in secrets) for host, secrets in late.items()}
        ends = {host: max(until for _, until in secrets) for host, secrets in late.items()}

        def host_of(entry: Mapping[str, Any]) -> str:
            return self.hosts.get(entry.get("target", ""), "")

        def without_them(entry: dict[str, Any]) -> dict[str, Any]:
            return cleaned(entry, redactors[host_of(entry)])

        # Only their places are kept: a whole journal need not have room in memory.
        offsets = {
            offset
            for offset, entry in self.journal.entries(max(ends.values(), default=0))
            if offset < ends.get(host_of(entry), 0) and without_them(entry) != entry
        }
        if offsets:
            self.journal.replace(offsets, without_them)

    def _look(self) -> None:
        self.shared.look()
        self._until += [self.journal.size] * (len(self.shared.known) - len(self._until))
