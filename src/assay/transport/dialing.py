"""Connections to a target: opened through proxy and TLS, and kept where that is worth it.

A server may close a connection after any answer without a word, and a request that meets such a close cannot be sent
again. So a connection is used twice only where opening one is slow (a distant server, TLS), never where it is cheap
(loopback), and even there not before it has been looked at for a close on its way.
"""

from __future__ import annotations

import ssl
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assay.transport.connection import Addresses, Connection, NoAnswer, addresses_of, open_connection
from assay.transport.proxy import Proxy, proxy_for

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping
    from pathlib import Path

    from assay.address import Origin
    from assay.transport.connection import Deadline

WORTH_KEEPING_S = 0.002
"""What opening a connection must cost for keeping it to be worth the risk."""
LONGEST_IDLE_S = 1.0
_LOOKS_S = (0.1, 0.02, 0.02)
"""How long the first reuses wait for a close that may be on its way."""


@dataclass(slots=True)
class _Kept:
    """What is known of the connections to one origin."""

    opening_s: float
    idle: list[tuple[Connection, float]]
    reuses: int = 0
    closes_unannounced: bool = False


class Dialer:
    """Opens connections and keeps those that may be used again; safe to use from several threads.

    It opens none to an origin that is not among the `named` ones, but to the proxy of the environment.
    """

    def __init__(
        self,
        named: Container[Origin],
        *,
        verify_tls: bool,
        ca_bundle: Path | None,
        environ: Mapping[str, str],
        clock: Callable[[], float],
    ) -> None:
        self._named = named
        self._verify_tls = verify_tls
        self._ca_bundle = ca_bundle
        self._environ = environ
        self._clock = clock
        self._lock = threading.Lock()
        self._context: ssl.SSLContext | None = None
        self._addresses: dict[Origin, Addresses] = {}
        self._kept: dict[Origin, _Kept] = {}

    def proxy_for(self, origin: Origin) -> Proxy | None:
        """Return the proxy on the way to `origin`, if there is one."""
        return proxy_for(origin, self._environ)

    def open(self, origin: Origin, deadline: Deadline) -> Connection:
        """Open a new connection."""
        started = self._clock()
        connection = self._open(origin, deadline)
        took = self._clock() - started
        with self._lock:
            kept = self._kept.setdefault(origin, _Kept(took, []))
            kept.opening_s = min(kept.opening_s, took)
        return connection

    def take(self, origin: Origin, deadline: Deadline) -> Connection:
        """Return a connection that nobody else uses: a kept one that is still good, or a new one."""
        while kept := self._pop(origin):
            connection, since, look_s = kept
            if self._clock() - since > LONGEST_IDLE_S:
                connection.close()
            elif connection.is_quiet(look_s):
                connection.is_kept = connection.is_mute = True
                return connection
            else:
                connection.close()
                self._distrust(origin)
        return self.open(origin, deadline)

    def give_back(self, origin: Origin, connection: Connection, *, may_be_kept: bool) -> None:
        """Keep a connection for the next exchange, or close it."""
        if connection.is_kept and connection.is_mute:
            self._distrust(origin)
        with self._lock:
            kept = self._kept[origin]
            if may_be_kept and kept.opening_s >= WORTH_KEEPING_S and not kept.closes_unannounced:
                kept.idle.append((connection, self._clock()))
                return
        connection.close()

    def _distrust(self, origin: Origin) -> None:
        """Use no connection to `origin` twice any more: it closes them without saying so."""
        with self._lock:
            self._kept[origin].closes_unannounced = True
        self._close_idle([origin])

    def close(self) -> None:
        """Close every kept connection."""
        self._close_idle(list(self._kept))

    def _close_idle(self, origins: list[Origin]) -> None:
        for origin in origins:
            with self._lock:
                idle, self._kept[origin].idle = self._kept[origin].idle, []
            for connection, _ in idle:
                connection.close()

    def _pop(self, origin: Origin) -> tuple[Connection, float, float] | None:
        with self._lock:
            kept = self._kept.get(origin)
            if kept is None or not kept.idle:
                return None
            connection, since = kept.idle.pop()
            kept.reuses += 1
            return connection, since, _LOOKS_S[kept.reuses - 1] if kept.reuses <= len(_LOOKS_S) else 0.0

    def _open(self, origin: Origin, deadline: Deadline) -> Connection:
        if origin not in self._named:
            # A mistake of ours, whatever a server has said.
            message = f"no connection to {origin.host}:{origin.port}, which no target file names"
            raise RuntimeError(message)
        proxy = self.proxy_for(origin)
        if proxy is None:
            connection = self._connect(origin, deadline)
        else:
            try:
                connection = self._connect(proxy.origin, deadline)
            except NoAnswer as failure:
                message = f"no connection to the proxy {proxy.shown}: {failure}"
                raise NoAnswer(message) from None
        if origin.scheme == "http":
            return connection
        try:
            if proxy is not None:
                proxy.tunnel(connection, origin, deadline)
            return connection.secured(self._tls(), origin.host, deadline)
        except BaseException:
            connection.close()
            raise

    def _connect(self, origin: Origin, deadline: Deadline) -> Connection:
        if origin not in self._addresses:
            self._addresses[origin] = addresses_of(origin, deadline)
        return open_connection(origin, self._addresses[origin], deadline)

    def _tls(self) -> ssl.SSLContext:
        with self._lock:
            if self._context is None:
                self._context = tls_context(self._ca_bundle, verify=self._verify_tls)
            return self._context


def tls_context(ca_bundle: Path | None, *, verify: bool) -> ssl.SSLContext:
    """Return how TLS is spoken: which certificates are accepted, if it matters."""
    try:
        context = ssl.create_default_context(cafile=ca_bundle)
    except OSError as failure:
        # It was there when the target file was read.
        message = f"no certificates can be read from {ca_bundle}: {failure.strerror or failure}"
        raise NoAnswer(message) from None
    context.set_alpn_protocols(["http/1.1"])
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
