"""What every command needs of its options, also those that must not import what judges."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from assay.exceptions import UsageError
from assay.report.forms import DEFAULT, FORMS

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner

PASSPHRASE = "ASSAY_SIGN_KEY_PASSPHRASE"  # noqa: S105 - the name of the variable that holds one


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


sign_key = click.option(
    "--sign-key",
    metavar="KEY.pem",
    type=click.Path(path_type=Path, dir_okay=False),
    help=f"Sign the form intoto with this ed25519 key (PEM); {PASSPHRASE} holds its passphrase if it has one.",
)


def signer_of(sign_key: Path | None, *forms: str | None) -> CryptoSigner | None:
    """Return what signs these forms of a report; raise `UsageError` where the key cannot be used."""
    # It is taken out of what workers and state handlers inherit.
    passphrase = os.environ.pop(PASSPHRASE, "")
    if sign_key is None:
        return None
    if "intoto" not in forms:
        message = f"--sign-key {sign_key}: signs the form intoto, which is not among the forms that were asked for"
        raise UsageError(message)
    from assay.report.attestation.signing import signer_from  # noqa: PLC0415 - only to sign

    return signer_from(sign_key, passphrase, PASSPHRASE)


def is_default(name: str) -> bool:
    """Whether a parameter of the running command was left as it is."""
    return click.get_current_context().get_parameter_source(name) is ParameterSource.DEFAULT
