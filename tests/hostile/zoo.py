"""Every kind of hostile or broken server that a run must bear, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.hostile import certificates, connections, contents, framing, heads, moods

if TYPE_CHECKING:
    from tests.hostile.server import Kind

KINDS: dict[str, Kind] = {
    kind.name: kind for module in (connections, heads, framing, contents, moods, certificates) for kind in module.KINDS
}
