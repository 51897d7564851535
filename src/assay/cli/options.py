"""What several commands take as options."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from assay.plan import Shard
from assay.runner import DEFAULT_FUZZ_EXAMPLES, auto_workers

if TYPE_CHECKING:
    from collections.abc import Callable

Command = TypeVar("Command", bound="Callable[..., Any]")


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


def target(*, without: str = "") -> Callable[[Command], Command]:
    """Return the option that names target files; `without` says what happens where it is left out, if it may be."""
    return click.option(
        "--target",
        "files",
        metavar="FILE|DIR",
        multiple=True,
        required=not without,
        type=click.Path(path_type=Path),
        help=f"Target file of a server, or a folder of such files; may stand several times. {without}".strip(),
    )


only = click.option(
    "--only",
    metavar="PATTERN",
    multiple=True,
    help="Look at nothing but the requirements whose id matches this glob, such as 'vcf/*'; may stand several times.",
)
fuzz_examples = click.option(
    "--fuzz-examples",
    default=DEFAULT_FUZZ_EXAMPLES,
    show_default=True,
    type=click.IntRange(0, 10_000),
    help="Generated requests per operation and kind; 0 leaves them out, which the report says.",
)
earlier_report = click.option(
    "--report-dir",
    default="reports",
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Where an earlier run has reported: listed sets of states that it used up are told of.",
)
seed = click.option(
    "--seed", default=1, show_default=True, type=click.IntRange(0, 2**32 - 1), help="Seed of the generated requests."
)
shard = click.option(
    "--shard",
    type=ShardOption(),
    help="Only the K-th of N parts of the checks, as on one of N machines; `assay merge` unites the reports of a run.",
)
max_requests = click.option(
    "--max-requests",
    metavar="N",
    type=click.IntRange(1),
    help="Send no more than N requests to all targets together; what is not decided by then is not run.",
)
