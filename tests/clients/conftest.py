"""The vendors' own clients against the reference servers."""

# ruff: noqa: S310 - the URL is that of our own server

from __future__ import annotations

import gc
import importlib
import json
import urllib.request
import warnings
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import pytest

from assay.reference.hosting import EmbeddedServers
from tests.patience import PLENTY_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from assay.reference.hosting import Address

WANTED = {"zuora-sdk": "3.21.0", "zuora-swagger-client": "1.2.0", "vmware-sddc-manager": "9.1.1.0"}


@pytest.fixture(scope="session")
def servers() -> Iterator[dict[str, Address]]:
    with EmbeddedServers() as servers:
        yield servers


@pytest.fixture(scope="session")
def given(servers: dict[str, Address]) -> Callable[[str, str], dict[str, Any]]:
    def given(vendor: str, state: str) -> dict[str, Any]:
        request = urllib.request.Request(servers[vendor].state_handler_url, json.dumps({"state": state}).encode())
        with urllib.request.urlopen(request, timeout=PLENTY_S) as response:
            values: dict[str, Any] = json.load(response)
            return values

    return given


@pytest.fixture(scope="session")
def client_module() -> Callable[[str, str], Any]:
    """Return what imports a client: one that is missing fails the test, because a skip would look like success."""

    def client_module(package: str, module: str) -> Any:
        try:
            found = version(package)
        except PackageNotFoundError:
            pytest.fail(f"{package} is not installed: install the dependency group `clients`", pytrace=False)
        if found != WANTED[package]:
            pytest.fail(f"{package} is {found}, and {WANTED[package]} is wanted: see the dependency group `clients`")
        with warnings.catch_warnings():
            # Generated code, old and not ours.
            warnings.simplefilter("ignore")
            return imported(module)

    return client_module


def imported(module: str) -> Any:
    """Import a module without looking for garbage, which takes a quarter of the time where there are many classes."""
    gc.disable()
    try:
        return importlib.import_module(module)
    finally:
        gc.enable()
