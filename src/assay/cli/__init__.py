"""The command line: one module per command, wiring only."""

from __future__ import annotations

from assay.cli.group import main

__all__ = ["main"]
