"""`assay serve`: one reference server to talk to."""

from __future__ import annotations

from pathlib import Path

import click

from assay.reference.hosting import FACTORIES, LOOPBACK, PORTS, serve

_DEFAULT_PORTS = ", ".join(f"{vendor} {port}" for vendor, port in PORTS.items())


@click.command("serve")
@click.argument("vendor", type=click.Choice(list(FACTORIES)))
@click.option("--host", default=LOOPBACK, show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help=f"Port to listen on; 0 takes a free one. [default: {_DEFAULT_PORTS}]",
)
@click.option(
    "--db",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Keep the state in this file. [default: in memory]",
)
@click.option(
    "--token",
    envvar="ASSAY_SERVE_TOKEN",
    help="Token that callers must send; also read from ASSAY_SERVE_TOKEN. [default: a new one]",
)
def command(vendor: str, host: str, port: int | None, db: Path | None, token: str | None) -> None:
    """Run the reference server of a contract, as an emulator, until Ctrl-C.

    It behaves as the documents say, keeps real state, and sets up provider states at /_assay/states.
    """
    serve(vendor, host=host, port=port, db=db, token=token, announce=click.echo)
