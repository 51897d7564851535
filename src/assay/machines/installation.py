"""What there is on a machine, as far as a verdict depends on it.

The source of this module also runs on other machines, before it is known what is installed there; so it imports nothing
of ours at the top.
"""

from __future__ import annotations

import platform
import sys
from importlib.metadata import version
from pathlib import Path

GENERATORS = ("hypothesis", "schemathesis", "jsonschema")
"""What generated requests depend on, beside Python itself."""


def here() -> dict[str, str]:
    """Return the facts of this process; where Assay is not installed, a `problem` takes the place of most."""
    found = {"executable": sys.executable, "place": _place()}
    try:
        found["version"] = version("assay")
        from assay import catalogue, packs  # noqa: PLC0415 - may not be there

        found["generators"] = ", ".join(
            [f"Python {sys.version_info[0]}.{sys.version_info[1]}", *(f"{name} {version(name)}" for name in GENERATORS)]
        )
        known = packs.known()
        found["contracts"] = ", ".join(sorted(name for pack in known for name in pack.ids()))
        found["catalogue"] = catalogue.digest_of(*(pack.data for pack in known))
        # A socket server lives long and keeps what it has read.
        found["in_memory"] = catalogue.digest()
    except ImportError as error:
        found["problem"] = str(error)
    return found


def _place() -> str:
    """Return what two processes have in common whose loopback is the same."""
    kernel = _text(Path("/proc/sys/kernel/random/boot_id"))
    network = Path("/proc/self/ns/net")
    return f"{platform.node()} {kernel} {network.stat().st_ino if network.exists() else ''}"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return ""


if __name__ == "__channelexec__":
    channel.send(here())  # type: ignore[name-defined]  # noqa: F821 - execnet puts it there
