"""Servers in this process, asked without a socket between: a variant and the reference server, side by side."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest

from assay import variants
from assay.reference.messages import Asked
from assay.reference.servers import server_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from assay.reference.messages import Reply
    from assay.reference.vendor import Vendor

    Shown = int | bytes | tuple[str, str] | dict[str, Any] | Callable[[Any], bool]
    """What is to be seen: a status, a piece of the bytes, a header, members of the JSON, or what a function finds."""

TOKEN = "token-of-the-main-caller"
NOW = 1_900_000_000.0


class Site:
    """One server; the clock stands still, so that only what a variant does makes a difference."""

    def __init__(self, kind: type[Vendor]) -> None:
        self.server = kind(clock=lambda: NOW)
        self.server.admit_main_caller(TOKEN)
        self._loop = asyncio.new_event_loop()

    def given(self, state: str) -> dict[str, Any]:
        return dict(self.server.states()[state]())

    def send(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        json: Any = None,
        token: str | None = TOKEN,
        **headers: str,
    ) -> Reply:
        asked = self.asked(method, path, body, json=json, token=token, **headers)
        return self._loop.run_until_complete(self.server.answer(asked))

    def together(self, *requests: Asked) -> list[Reply]:
        async def all_at_once() -> list[Reply]:
            return list(await asyncio.gather(*map(self.server.answer, requests)))

        return self._loop.run_until_complete(all_at_once())

    def wait(self, seconds: float) -> None:
        self._loop.run_until_complete(asyncio.sleep(seconds))

    def close(self) -> None:
        self._loop.close()
        self.server.store.close()

    def asked(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        json: Any = None,
        token: str | None = TOKEN,
        **headers: str,
    ) -> Asked:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if json is not None:
            body, sent = to_json(json), {"content-type": "application/json", **sent}
        if token is not None:
            name, _, value = self.server.credentials_header(token).partition(": ")
            sent = {name.lower(): value, **sent}
        bare, _, query = path.partition("?")
        for endpoint in self.server.endpoints:
            found = re.fullmatch(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", endpoint.path), bare)
            if found and endpoint.method == method:
                values = {name: unquote(value) for name, value in found.groupdict().items()}
                return Asked(method, path, tuple(sent.items()), body, query.encode(), endpoint.slug, values)
        raise AssertionError(path)


def to_json(value: Any) -> bytes:
    return json.dumps(value).encode()


@pytest.fixture
def site() -> Iterator[Callable[[str], Site]]:
    """Start a server: a reference server by its contract, a variant by its id."""
    started = []

    def start(name: str) -> Site:
        started.append(Site(variants.server(name) if "/" in name else server_of(name)))
        return started[-1]

    yield start
    for each in started:
        assert each.server.unexpected_errors == []
        each.close()


def is_seen(in_what: Any, shown: Shown) -> bool:
    match shown:
        case int():
            return bool(in_what.status == shown)
        case bytes():
            return shown in (in_what.body if in_what.raw is None else in_what.raw)
        case tuple():
            return shown in in_what.headers
        case dict():
            return contains(json.loads(in_what.body or b"null"), shown)
    return shown(in_what)


def contains(value: Any, part: Any) -> bool:
    """Say whether a document has these members, at whatever depth they are given."""
    if isinstance(part, dict):
        return isinstance(value, dict) and all(name in value and contains(value[name], part[name]) for name in part)
    if isinstance(part, list):
        return isinstance(value, list) and len(value) == len(part) and all(map(contains, value, part))
    return type(value) is type(part) and bool(value == part)


@pytest.fixture
def differs(site: Callable[[str], Site]) -> Callable[..., None]:
    """Demand that a variant shows something where its reference server, asked in the same way, does not show it."""

    def demand(variant_id: str, ask: Callable[[Site], Any], shown: Shown) -> None:
        taken, reference = ask(site(variant_id)), ask(site(variant_id.partition("/")[0]))

        assert is_seen(taken, shown), taken
        assert not is_seen(reference, shown), reference

    return demand


@pytest.fixture
def slugs_of() -> Callable[[str, Sequence[str]], set[str]]:
    """Return the slugs of a contract's variants that these modules declare."""

    def declared(contract: str, modules: Sequence[str]) -> set[str]:
        every: Mapping[str, variants.Variant] = variants.load()
        names = {f"assay.variants.{module}" for module in modules}
        return {
            each.id.partition("/")[2]
            for each in every.values()
            if each.contract == contract and each.server.__module__ in names
        }

    return declared
