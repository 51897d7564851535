"""The embedded reference servers as targets, for `assay run` without a target."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from assay import catalogue
from assay.reference.hosting import LOOPBACK, EmbeddedServers
from assay.reference.servers import why_none, without_server
from assay.target import StateHandler, Target

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def embedded_targets() -> Iterator[list[Target]]:
    """Run one reference server per contract while the context lasts."""
    contracts = catalogue.load()
    # A proxy that the environment names would not find its way back to the loopback of this machine.
    os.environ["NO_PROXY"] = ",".join(filter(None, (os.environ.get("NO_PROXY"), LOOPBACK)))
    for name in without_server():
        click.echo(f"assay: {why_none(name)}, so it is not judged without --target", err=True)
    with EmbeddedServers() as servers:
        yield [
            Target(
                name=f"embedded-{name}",
                contract=name,
                base_url=servers[name].base_url,
                token=servers[name].token,
                auth_header=contract.auth_header,
                auth_scheme=contract.auth_scheme,
                state_handler=StateHandler(url=servers[name].state_handler_url),
            )
            for name, contract in contracts.items()
            if name in servers
        ]
