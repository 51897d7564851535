"""`assay init`: write a target file to begin with."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

import click

from assay import catalogue
from assay.cli.contracts import complete, contract_packs
from assay.draft import Answers, draft
from assay.exceptions import AssayError, UsageError, did_you_mean
from assay.forecast import Settings, forecast
from assay.runner import DEFAULT_FUZZ_EXAMPLES
from assay.target import Target, parse_target
from assay.traffic import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from assay.model import Contract

T = TypeVar("T")


@click.command("init")
@click.option(
    "--contract",
    "contract_id",
    metavar="NAME",
    shell_complete=complete,
    help="What the server follows, such as vcf.",
)
@click.option("--base-url", metavar="URL", help="Where the server is; the documented path is appended.")
@click.option("--name", help="How reports call it. [default: the host of --base-url]")
@click.option(
    "--token",
    metavar="env:NAME|file:PATH|none",
    help="Where its token is found; never the token itself. [default: env:VCF_TOKEN and the like]",
)
@click.option("--lacks", metavar="CAPABILITY", multiple=True, help="What the server lacks; may stand several times.")
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where the target file goes. [default: NAME.toml]",
)
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@contract_packs
def command(  # noqa: PLR0913, PLR0917 - one parameter per option, passed by name
    contract_id: str | None, base_url: str | None, name: str | None, token: str | None, lacks: tuple[str, ...],
    output: Path | None, force: bool,  # noqa: FBT001 - click passes them by name
) -> None:  # fmt: skip
    """Write a target file to begin with: what is known of the server, and the rest as comments to be filled in.

    Without --contract or --base-url it asks for whatever no option says, on a terminal; elsewhere both must be given.
    It connects to nothing and never writes a token.

    Exit code: 0; 2 wrong usage, or a file that is there already.
    """
    missing = [flag for flag, value in {"--contract": contract_id, "--base-url": base_url}.items() if value is None]
    asks = bool(missing)
    if asks and not sys.stdin.isatty():
        message = f"there is no terminal to ask on, so {' and '.join(missing)} must be given"
        raise UsageError(message)
    contract = _value(f"Contract ({', '.join(catalogue.load())})", contract_id, _contract, asks=asks)
    url = _value("Base URL of the server", base_url, lambda text: _base_url(contract, text), asks=asks)
    host = re.sub(r"[^A-Za-z0-9.-]+", "-", urlsplit(url).hostname or "").strip("-") or contract.id
    shown = _value("Name in reports", name, _name, asks=asks, default=host)
    variable = f"env:{contract.id.upper()}_TOKEN"
    kept = _value("Token (env:NAME, file:PATH or none)", token, _token, asks=asks, default=variable)
    absent = _absent(contract, lacks, asks=asks)
    default = re.sub(r"[^\w.-]+", "-", shown).strip("-.") or contract.id
    path = _value("Target file", output, Path, asks=asks, default=f"{default}.toml")
    _write(path, contract, Answers(shown, url, kept, absent), force=force)
    click.echo(f"Written: {path}")
    for line in _next(path, kept):
        click.echo(line)


def _value(question: str, given: object, checked: Callable[[str], T], *, asks: bool, default: str | None = None) -> T:
    """Return what an option says, or else an answer, or the default; an answer that cannot be is asked for anew."""
    if given is not None or not asks:
        return checked(str(default if given is None else given))

    def answered(text: str) -> T:
        try:
            return checked(text.strip())
        except AssayError as error:
            raise click.UsageError(str(error)) from None

    answer: T = click.prompt(question, default=default, value_proc=answered)
    return answer


def _contract(text: str) -> Contract:
    contracts = catalogue.load()
    if text not in contracts:
        hint = did_you_mean(text, contracts) or f"; there are {', '.join(contracts)}"
        message = f"--contract {text}: no such contract{hint}"
        raise UsageError(message)
    return contracts[text]


def _base_url(contract: Contract, text: str) -> str:
    probed = draft(Path("--base-url"), contract, Answers("x", text, ""), {})
    return parse_target(Path("--base-url"), probed, catalogue.load(), {}).base_url


def _name(text: str) -> str:
    if not text or not text.isprintable():
        message = "--name: expected a text that is not empty and has no control characters"
        raise UsageError(message)
    return text


def _token(text: str) -> str:
    if text == "none":
        return ""
    kind, _, place = text.partition(":")
    if kind == "file" and place:
        return text
    if kind != "env" or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", place):
        # What was written is not repeated: it may be the token.
        message = (
            "--token: expected env:NAME, file:PATH or none. A token itself is never written into a target file: "
            "put it into an environment variable, and say --token env:NAME"
        )
        raise UsageError(message)
    return text


def _absent(contract: Contract, lacks: tuple[str, ...], *, asks: bool) -> tuple[str, ...]:
    for name in lacks:
        if name not in contract.capabilities:
            message = f"--lacks {name}: no capability of {contract.id}{did_you_mean(name, contract.capabilities)}"
            raise UsageError(message)
    if lacks or not asks:
        return lacks
    return tuple(
        name
        for name, description in contract.capabilities.items()
        if not click.confirm(f"{description.partition(',')[0]}?", default=True)
    )


def _write(path: Path, contract: Contract, answers: Answers, *, force: bool) -> None:
    text = draft(path, contract, answers, _takes(contract))
    # A variable that is not set yet is for `assay doctor` to tell; everything else must be right.
    parse_target(path, text, catalogue.load(), {answers.token.removeprefix("env:"): "set-later", **os.environ})
    try:
        with path.open("w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        message = f"{path}: is there already; --force replaces it"
        raise UsageError(message) from None
    except OSError as error:
        message = f"{path}: cannot be written: {error.strerror}"
        raise UsageError(message) from error


def _takes(contract: Contract) -> Mapping[str, int]:
    """Return how many sets of each state a whole run takes."""
    anything = Target(name="", contract=contract.id, base_url="")
    expected = forecast(anything, contract, Settings((), 1, DEFAULT_FUZZ_EXAMPLES), Table({}))
    return {state.kind.name: state.takes for state in expected.states}


def _next(path: Path, token: str) -> list[str]:
    steps = [f"Put the token into the environment variable {token[4:]}."] if token.startswith("env:") else []
    return [*steps, "Fill the states in that the server can provide.", f"Then: assay doctor --target {path}"]
