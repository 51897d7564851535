"""How long tests wait for what must come, and how long what must not be waited for takes."""

from __future__ import annotations

PLENTY_S = 120.0
"""What only a hang takes, however busy the machine is."""

FOR_EVER_S = 600.0
"""What nobody waits for."""
