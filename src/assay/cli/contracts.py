"""Contract packs on the command line: the option that names them, and the names of what they hold."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.shell_completion import CompletionItem

from assay import packs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Command = TypeVar("Command", bound="Callable[..., Any]")

FLAG = "--contracts"


def contract_packs(command: Command) -> Command:
    """Add the option that names contract packs; what it names is known to the command and to its child processes."""
    decorate = click.option(
        FLAG,
        metavar="DIR",
        multiple=True,
        # Before whatever names a contract.
        is_eager=True,
        expose_value=False,
        callback=_known_from_here_on,
        type=click.Path(path_type=Path),
        help=f"Folder of a contract pack, to know its contracts too; may stand several times. [also: {packs.VARIABLE}]",
    )
    return decorate(command)


def _known_from_here_on(_ctx: click.Context, _parameter: click.Parameter, folders: tuple[Path, ...]) -> None:
    if folders:
        # Child processes, of which a run has many, learn of packs as users of CI say it.
        os.environ[packs.VARIABLE] = packs.added(folders, os.environ.get(packs.VARIABLE, ""), FLAG)


@contextmanager
def forgotten_at_the_end() -> Iterator[None]:
    """Leave the environment as it was, however a command ends."""
    before = os.environ.get(packs.VARIABLE)
    try:
        yield
    finally:
        os.environ.pop(packs.VARIABLE, None)
        if before is not None:
            os.environ[packs.VARIABLE] = before


def complete(_ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the contracts that a shell may offer, also those without a reference server."""
    known = sorted(contract for pack in packs.known() for contract in pack.ids())
    return [CompletionItem(name) for name in known if name.startswith(incomplete)]


class ContractName(click.ParamType[str]):
    """The id of a contract that has a reference server."""

    name = "contract"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ANN401 - click's signature
        """Return the id; packs may have added to what there is."""
        from assay.exceptions import did_you_mean  # noqa: PLC0415 - only where a contract is named
        from assay.reference.servers import factories, why_none  # noqa: PLC0415 - as above

        if value not in factories():
            known = [contract for pack in packs.known() for contract in pack.ids()]
            if value in known:
                self.fail(why_none(value), param, ctx)
            self.fail(f"there is no contract {value!r}{did_you_mean(value, known)}", param, ctx)
        return str(value)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002 - click's signature
        """Return what may follow."""
        from assay.reference.servers import factories  # noqa: PLC0415 - as above

        return [CompletionItem(name) for name in factories() if name.startswith(incomplete)]
