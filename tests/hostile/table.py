"""Judges every hostile server and prints how it went: `nox -s hostile`.

    python -m tests.hostile.table [KIND]... [--contract CONTRACT]... [--timeout SECONDS]

KIND is a glob. Ends with 1 where a bound was broken: a suite that failed, two minutes, 600 MB.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from tests.hostile.stage import Stage, outcomes
from tests.hostile.zoo import KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.hostile.server import Kind

CONTRACTS = ("vcf", "onedata", "zuora")
MOST_SECONDS = 120.0
MOST_MB = 600.0
_COLUMNS = ("passed", "failed", "deviation", "inconclusive", "untestable", "inapplicable", "not_run", "error")
_WIDTH = max(map(len, KINDS))


def main(arguments: Sequence[str]) -> int:
    """Judge the kinds that match, and print one line for each."""
    parser = argparse.ArgumentParser(description="Judge hostile servers.")
    parser.add_argument("kinds", nargs="*", metavar="KIND", default=["*"])
    parser.add_argument("--contract", action="append", choices=CONTRACTS)
    parser.add_argument("--timeout", type=float, default=2.0)
    options = parser.parse_args(arguments)
    kinds = [kind for name, kind in KINDS.items() if any(fnmatchcase(name, glob) for glob in options.kinds)]
    print(f"{'kind':{_WIDTH}}  contract code seconds   MB  " + " ".join(f"{name[:7]:>7}" for name in _COLUMNS))  # noqa: T201 - it is what it is for
    broken = [
        line
        for kind in kinds
        for contract in options.contract or CONTRACTS
        for line, holds in [_row(kind, contract, options.timeout)]
        if not holds
    ]
    print(*(["Bounds broken by:", *broken] if broken else ["All bounds hold."]), sep="\n")  # noqa: T201 - as above
    return bool(broken)


def _row(kind: Kind, contract: str, timeout_s: float) -> tuple[str, bool]:
    with tempfile.TemporaryDirectory() as folder, Stage(Path(folder)) as stage:
        judged = stage.judge([stage.target(kind, contract, timeout_s=timeout_s)])
        counted = outcomes(judged.report["targets"][0])
    line = (
        f"{kind.name:{_WIDTH}}  {contract:8} {judged.code:4} {judged.seconds:7.1f} {judged.peak_mb:4.0f}  "
        + " ".join(f"{counted[name] or '·':>7}" for name in _COLUMNS)
    )
    print(line, flush=True)  # noqa: T201 - as above
    bounded = judged.seconds <= MOST_SECONDS and judged.peak_mb <= MOST_MB
    return line, bounded and judged.code in (0, 1, 3, 4) and not counted["error"] and not judged.err


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
