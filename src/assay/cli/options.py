"""What several commands take as options."""

from __future__ import annotations

import re
from typing import Any

import click

from assay.plan import Shard
from assay.runner import auto_workers


class Workers(click.ParamType[int]):
    """A number of worker processes, or `auto`."""

    name = "N|auto"

    def __init__(self, least: int = 0, per_processor: int = 1) -> None:
        self._least = least
        self._per_processor = per_processor

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:  # noqa: ANN401 - click's signature
        """Return the number that was written."""
        if value == "auto":
            return max(self._least, self._per_processor * auto_workers())
        try:
            number = int(value)
        except ValueError:
            number = -1
        if number < self._least:
            self.fail(f"{value!r} is neither a whole number from {self._least} on nor 'auto'", param, ctx)
        return number


class ShardOption(click.ParamType[Shard]):
    """One of several parts of a run, as `K/N`."""

    name = "K/N"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Shard:  # noqa: ANN401 - click's signature
        """Return the shard that was written."""
        written = re.fullmatch(r"(\d{1,9})/(\d{1,9})", str(value), re.ASCII)
        if written is None or not 1 <= int(written[1]) <= int(written[2]):
            self.fail(f"{value!r} is not the number of a shard of how many, such as 2/5", param, ctx)
        return Shard(int(written[1]), int(written[2]))
