"""What every command needs of its options, also those that must not import what judges."""

from __future__ import annotations

from typing import Any

import click
from click.core import ParameterSource

from assay.report.forms import DEFAULT, FORMS


class FormsOption(click.ParamType[tuple[str, ...]]):
    """Forms of a report, as `a,b,c` or `all`; `report.json` is always among them, because it is their source."""

    name = "NAME,..."

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:  # noqa: ANN401 - click's signature
        """Return the names that were written, in the order of the table."""
        told = {each.strip() for each in str(value).split(",")}
        for name in sorted(told - {*FORMS, "all"}):
            self.fail(f"{name!r} is none of {', '.join(FORMS)}, all", param, ctx)
        return tuple(name for name in FORMS if name in told or "all" in told or name == "json")


formats = click.option(
    "--formats",
    "forms",
    default=",".join(DEFAULT),
    show_default=True,
    type=FormsOption(),
    help=f"Forms of the report, separated by commas: {', '.join(FORMS)}; or 'all'. report.json is always written.",
)


def is_default(name: str) -> bool:
    """Whether a parameter of the running command was left as it is."""
    return click.get_current_context().get_parameter_source(name) is ParameterSource.DEFAULT
