"""`assay serve`: one reference server to talk to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from assay.cli.contracts import ContractName, contract_packs
from assay.exceptions import UsageError
from assay.reference.hosting import LOOPBACK, serve

if TYPE_CHECKING:
    from assay.faults import Fault


@click.command("serve")
@click.argument("vendor", metavar="CONTRACT", type=ContractName())
@contract_packs
@click.option("--host", default=LOOPBACK, show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help="Port to listen on; 0 takes a free one. [default: the server's own, such as 8702 for vcf]",
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
@click.option(
    "--fault",
    "fault_id",
    metavar="ID",
    help="Build this deliberate violation in; `assay prove --list` names them.",
)
def command(  # noqa: PLR0913, PLR0917 - one parameter per option, passed by name
    vendor: str, host: str, port: int | None, db: Path | None, token: str | None, fault_id: str | None
) -> None:
    """Run the reference server of a CONTRACT, such as vcf, as an emulator, until Ctrl-C.

    It behaves as the documents say, keeps real state, and sets up provider states at /_assay/states. With --fault it
    violates one requirement, for those who want to see whether their own tools notice.
    """
    fault = None if fault_id is None else _fault(vendor, fault_id)
    serve(vendor, host=host, port=port, db=db, token=token, variation=fault, announce=click.echo)


def _fault(vendor: str, fault_id: str) -> Fault:
    from assay.faults import find  # noqa: PLC0415 - only where a fault is asked for

    found = find(fault_id)
    if found.contract != vendor:
        message = f"the fault {fault_id} belongs to {found.contract}, not to {vendor}"
        raise UsageError(message)
    return found
