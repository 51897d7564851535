"""Measures Assay beside `schemathesis run`, on the same servers and specs, in turns within one run.

Prints medians and ratios and decides nothing: a machine may be slow, a ratio is what can be compared.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from assay import catalogue
from assay.reference.hosting import EmbeddedServers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assay.reference.hosting import Address

SCHEMATHESIS = "schemathesis run, three specs"
TARGETED = "assay run, targeted checks"
WHOLE = "assay run, with generated requests"
HELP = "assay --help"
GOALS = {TARGETED: 0.25, WHOLE: 1.0}


@dataclass
class Measured:
    """Seconds and peak memory of each run of one command line."""

    seconds: list[float] = field(default_factory=list)
    peak_mb: list[float] = field(default_factory=list)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    with EmbeddedServers() as servers, tempfile.TemporaryDirectory() as folder:
        commands = _commands(servers, Path(folder))
        measured = {name: Measured() for name in commands}
        for _ in range(rounds):
            for name, lines in commands.items():
                _measure(lines, measured[name], folder)
    _print(measured, rounds)


def _commands(servers: Mapping[str, Address], folder: Path) -> dict[str, list[list[str]]]:
    """Return command lines by name; those of one name are run one after the other and their times added."""
    scripts = Path(sys.executable).parent
    contracts = catalogue.load()
    fuzz, targets = [], []
    for name, server in servers.items():
        header, scheme = contracts[name].auth_header, contracts[name].auth_scheme
        spec = catalogue.shipped_data() / "specs" / f"{name}.yaml"
        credentials = f"{header}: {scheme} {server.token}" if scheme else f"{header}: {server.token}"
        fuzz.append([str(scripts / "schemathesis"), "run", str(spec), "--url", server.base_url, "-H", credentials])
        file = folder / f"{name}.toml"
        file.write_text(
            f"[target]\nname = '{name}'\ncontract = '{name}'\nbase_url = '{server.base_url}'\n"
            f"[auth]\ntoken = '{server.token}'\n[state_handler]\nurl = '{server.state_handler_url}'\n"
        )
        targets += ["--target", str(file)]
    run = [str(scripts / "assay"), "run", *targets, "--report-dir", str(folder / "reports")]
    help_ = [str(scripts / "assay"), "--help"]
    return {SCHEMATHESIS: fuzz, TARGETED: [[*run, "--fuzz-examples", "0"]], WHOLE: [run], HELP: [help_]}


def _measure(lines: Sequence[Sequence[str]], measured: Measured, folder: str) -> None:
    seconds, peak = 0.0, 0.0
    for line in lines:
        # A process of its own in between: what it waited for is the tree of this command alone.
        script = (
            "import json, resource, subprocess, sys, time\n"
            "started = time.perf_counter()\n"
            "subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n"
            "seconds = time.perf_counter() - started\n"
            "print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024]))\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", script, *line],
            cwd=folder,
            env=os.environ,
            check=True,
            capture_output=True,
            text=True,
        )
        took, largest = json.loads(done.stdout)
        seconds, peak = seconds + took, max(peak, largest)
    measured.seconds.append(seconds)
    measured.peak_mb.append(peak)


def _print(measured: Mapping[str, Measured], rounds: int) -> None:
    beside = measured[SCHEMATHESIS].seconds
    lines = [f"{'':38}{'median s':>10}{'min':>8}{'max':>8}{'ratio':>8}{'goal':>8}{'largest process':>18}"]
    for name, each in measured.items():
        # The ratio round by round, so that a machine that slows down slows both sides of it.
        ratio = statistics.median(one / other for one, other in zip(each.seconds, beside, strict=True))
        goal = f"{GOALS[name]:.2f}" if name in GOALS else ""
        lines.append(
            f"{name:38}{statistics.median(each.seconds):10.2f}{min(each.seconds):8.2f}{max(each.seconds):8.2f}"
            f"{ratio:8.2f}{goal:>8}{max(each.peak_mb):15.0f} MB"
        )
    lines.append(
        f"{rounds} rounds in turns on {os.cpu_count()} processors; the ratio is to schemathesis, round by round"
    )
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
