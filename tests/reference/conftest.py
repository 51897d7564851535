"""Real servers and a plain client: raw bytes of the body, nothing decoded, no redirects."""

from __future__ import annotations

import http.client
import json
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from assay.reference.hosting import EmbeddedServers
from tests.patience import PLENTY_S

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from assay.reference.hosting import Address


@dataclass(frozen=True)
class Got:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        assert self.headers["content-type"] == "application/json"
        return json.loads(self.body)


class Client:
    def __init__(self, address: Address, credentials: Mapping[str, str]) -> None:
        self.address = address
        self.credentials = credentials
        self.netloc = urlsplit(address.base_url).netloc

    def given(self, state: str) -> dict[str, Any]:
        got = self.send("POST", "/_assay/states", json={"state": state, "action": "setup", "params": {}})
        assert got.status == 200, got
        return dict(got.json)

    def send(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Got:
        every = {**self.credentials, **(headers or {})}
        if json is not None:
            body = to_json(json)
            every = {"Content-Type": "application/json", **every}
        connection = http.client.HTTPConnection(self.netloc, timeout=PLENTY_S)
        try:
            connection.request(method, path, body, every)
            response = connection.getresponse()
            return Got(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def as_caller(self, token: str) -> Client:
        name = next(iter(self.credentials))
        return Client(self.address, {name: self.credentials[name].replace(self.address.token, token)})

    def without_credentials(self) -> Client:
        return Client(self.address, {})

    def send_raw(self, data: bytes) -> bytes:
        """Send bytes as they are on a connection of their own and return all that comes until it is closed."""
        host, port = self.netloc.split(":")
        received = bytearray()
        with socket.create_connection((host, int(port)), timeout=PLENTY_S) as sock:
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)
            try:
                while chunk := sock.recv(65536):
                    received += chunk
            except ConnectionResetError:
                pass
        return bytes(received)


def to_json(value: Any) -> bytes:
    return json.dumps(value).encode()


@pytest.fixture(scope="session")
def servers() -> Iterator[dict[str, Address]]:
    with EmbeddedServers() as servers:
        yield servers


@pytest.fixture(scope="session")
def zuora(servers: dict[str, Address]) -> Client:
    return Client(servers["zuora"], {"Authorization": f"Bearer {servers['zuora'].token}"})


@pytest.fixture(scope="session")
def vcf(servers: dict[str, Address]) -> Client:
    return Client(servers["vcf"], {"Authorization": f"Bearer {servers['vcf'].token}"})


@pytest.fixture(scope="session")
def onedata(servers: dict[str, Address]) -> Client:
    return Client(servers["onedata"], {"X-Auth-Token": servers["onedata"].token})


@pytest.fixture(params=["zuora", "vcf", "onedata"])
def any_vendor(request: pytest.FixtureRequest) -> Client:
    client: Client = request.getfixturevalue(request.param)
    return client
