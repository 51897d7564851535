"""Measures runs over few and over many targets: seconds, and the peak memory of the whole process tree.

The targets are reference servers of one contract, hosted in one process that is not counted. Memory must not grow with
the number of targets; this prints what it is, for the judging alone and with the reports, and decides nothing.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from assay.reference.hosting import EmbeddedServers
from assay.reference.servers import factories, factory_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.reference.hosting import Address

SERVERS = 4
LOOKS_EVERY_S = 0.1


@dataclass
class Peak:
    """The largest process tree that was seen, in MB, and how many processes it had."""

    total_mb: float = 0.0
    processes: int = 0
    largest_mb: dict[int, float] = field(default_factory=dict)
    """By process."""

    def look(self, root: int) -> None:
        """Measure the tree below a process."""
        sizes = {each: _resident_mb(each) for each in _tree(root)}
        self.processes = max(self.processes, len(sizes))
        self.total_mb = max(self.total_mb, sum(sizes.values()))
        for each, size in sizes.items():
            self.largest_mb[each] = max(self.largest_mb.get(each, 0.0), size)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--targets", type=int, nargs="+", default=[20, 200])
    parser.add_argument("--contract", choices=factories(), default="vcf")
    parser.add_argument("--workers", default="auto")
    parser.add_argument("--fuzz-examples", default="0")
    chosen = parser.parse_args()
    options = ["--workers", chosen.workers, "--fuzz-examples", chosen.fuzz_examples]
    sys.stdout.write(
        f"{'targets':>8}{'seconds':>10}{'judging MB':>12}{'all MB':>10}{'processes':>11}{'journal MB':>12}\n"
    )
    with EmbeddedServers(
        {f"{chosen.contract}-{each}": factory_of(chosen.contract) for each in range(SERVERS)}
    ) as servers:
        for number in chosen.targets:
            with tempfile.TemporaryDirectory() as folder:
                _write_targets(Path(folder) / "targets", list(servers.values()), chosen.contract, number)
                _measure(Path(folder), options, number)


def _write_targets(folder: Path, servers: Sequence[Address], contract: str, number: int) -> None:
    folder.mkdir()
    for each in range(number):
        server = servers[each % len(servers)]
        (folder / f"target-{each:04}.toml").write_text(
            f"[target]\nname = 'target-{each:04}'\ncontract = '{contract}'\nbase_url = '{server.base_url}'\n"
            f"[auth]\ntoken = '{server.token}'\n[state_handler]\nurl = '{server.state_handler_url}'\n"
        )


def _measure(folder: Path, options: Sequence[str], number: int) -> None:
    journal = folder / "reports" / "journal.jsonl"
    run = [sys.executable, "-m", "assay", "run", "--target", str(folder / "targets"), *options]
    judging, whole = Peak(), Peak()
    started = time.monotonic()
    with subprocess.Popen(run, cwd=folder, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            whole.look(process.pid)
            if not _has_ended(journal):
                judging.look(process.pid)
            time.sleep(LOOKS_EVERY_S)
    sys.stdout.write(
        f"{number:8}{time.monotonic() - started:10.1f}{judging.total_mb:12.0f}{whole.total_mb:10.0f}"
        f"{whole.processes:11}{journal.stat().st_size / 2**20:12.1f}"
        f"   largest of each process: {', '.join(f'{each:.0f}' for each in whole.largest_mb.values())}\n"
    )
    sys.stdout.flush()


def _has_ended(journal: Path) -> bool:
    if not journal.exists():
        return False
    with journal.open("rb") as file:
        file.seek(max(0, journal.stat().st_size - 200))
        return b'{"kind":"end"' in file.read()


def _tree(root: int) -> list[int]:
    """Return a process and all below it."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name of a program may hold blanks and parentheses.
            parent = int(path.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(path.parent.name))
    found = [root]
    for each in found:
        found.extend(children.get(each, ()))
    return found


def _resident_mb(process: int) -> float:
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0.0
    lines = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(lines[0]) / 1024 if lines else 0.0


if __name__ == "__main__":
    main()
