"""Which secrets a run knows from the start: those of the target file, and those of the way there."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from assay.model import Contract
    from assay.target import Target

_PROXIES = ("http_proxy", "https_proxy", "all_proxy")
_USER_INFO = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*://)?(?P<user>[^/]*):(?P<password>.*)@[^@]*")


def known_secrets(target: Target, contract: Contract, environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the name of a variable and the value of every secret that stands in a target file or in a proxy's URL.

    The token comes first, so that its own name stands for it in curl lines also where a state gives the same one.
    """
    if target.token:
        yield target.token_name, target.token
        yield from _in_basic(target.auth_scheme, target.token)
    yield from _listed(target, contract)
    yield from _of_proxies(environ)


def _listed(target: Target, contract: Contract) -> Iterator[tuple[str, str]]:
    for state, entry in target.states.items():
        sets = entry.each if entry.always is None else (entry.always,)
        for name, kind in contract.states[state].values.items():
            for number, values in enumerate(sets):
                if kind == "token" and isinstance(token := values.get(name), str):
                    yield target.token_names.get(token, f"{variable(state, name)}_{number}"), token


def variable(state: str, value: str) -> str:
    """Return the variable that stands for a token which a state gives; sets that are listed are numbered behind it."""
    return f"{state}_{value}".upper()


def meanings(contract: Contract) -> dict[str, str]:
    """Return what such variables stand for: nobody has set them before."""
    return {
        variable(state.name, name): f"the token of the state {state.name}"
        for state in contract.states.values()
        for name, kind in state.values.items()
        if kind == "token"
    }


def _in_basic(scheme: str, token: str) -> Iterator[tuple[str, str]]:
    """Yield what basic credentials are made of: a server knows the password, and may send back that alone."""
    if scheme.lower() != "basic":
        return
    try:
        pair = base64.b64decode(token, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return
    yield "ASSAY_USER_AND_PASSWORD", pair
    yield "ASSAY_PASSWORD", pair.partition(":")[2]


def _of_proxies(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield passwords of proxies: one that refuses a request answers in the place of the target."""
    for name in (*_PROXIES, *map(str.upper, _PROXIES)):
        parts = _USER_INFO.fullmatch(environ.get(name, "").strip())
        if parts is not None:
            yield "PROXY_PASSWORD", unquote(parts["password"])
            yield "PROXY_CREDENTIALS", f"{unquote(parts['user'])}:{unquote(parts['password'])}"
