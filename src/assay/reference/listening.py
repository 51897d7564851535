"""Runs reference servers in this process: sockets, uvicorn and the event loop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

import uvicorn

from assay.exceptions import UsageError
from assay.reference.app import application, protocol_for

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator, Sequence

    from assay.reference.vendor import Vendor

GRACE_S = 1
"""How long a request that is under way may take after the server was told to stop."""

_POLL_S = 0.002


class Server(uvicorn.Server):
    """uvicorn's server, which leaves the signals to whoever runs it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def server_of(vendor: Vendor) -> Server:
    """Return the server of a vendor, not yet running."""
    config = uvicorn.Config(
        application(vendor),
        http=protocol_for(vendor),
        ws="none",
        loop="asyncio",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        # A request that is no HTTP is a client's affair; what is logged as an error is a mistake of ours.
        log_level="error",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=GRACE_S,
    )
    return Server(config)


def vendor_class(factory: str) -> type[Vendor]:
    """Return the vendor class that `package.module:Class` or `package.module:function(argument)` names."""
    module, _, name = factory.partition(":")
    function, bracket, argument = name.removesuffix(")").partition("(")
    found = getattr(import_module(module), function)
    return cast("type[Vendor]", found(argument) if bracket else found)


def bound(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 takes a free one."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        sock = socket.socket(family, kind, protocol)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
        sock.listen(2048)
    except (OSError, OverflowError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        message = f"cannot listen on {host} port {port}: {reason}; --port names another one, and 0 takes a free one"
        raise UsageError(message) from error
    return sock


def run(serving: Coroutine[Any, Any, None]) -> None:
    """Run what serves until it ends, on uvloop where there is one: an exchange takes a fifth less time on it."""
    if sys.platform == "win32":
        asyncio.run(serving)
    else:
        import uvloop  # noqa: PLC0415 - there is none for Windows

        uvloop.run(serving)


async def listen(
    sites: Sequence[tuple[Vendor, socket.socket]], announce: Callable[[], None], stop: asyncio.Event
) -> None:
    """Serve every vendor on its socket, announce it when all of them answer, and end when `stop` is set."""
    servers = [server_of(vendor) for vendor, _ in sites]
    tasks = [
        asyncio.ensure_future(server.serve(sockets=[sock])) for server, (_, sock) in zip(servers, sites, strict=True)
    ]
    while not all(server.started for server in servers):
        await asyncio.sleep(_POLL_S)
        for task in tasks:
            if task.done():
                task.result()
    announce()
    await stop.wait()
    # A request that is cut off now is no mistake of ours.
    logging.getLogger("uvicorn.error").disabled = True
    for server in servers:
        server.should_exit = True
    await asyncio.gather(*tasks)
