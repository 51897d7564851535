"""The way to a target: its name, a connection, and TLS, each with what to do where it fails."""

from __future__ import annotations

import ssl
import time
from typing import TYPE_CHECKING

from assay.address import Address
from assay.doctor.findings import Finding, Standing, Step
from assay.transport.connection import Addresses, Connection, Deadline, NoAnswer, addresses_of, open_connection
from assay.transport.dialing import tls_context
from assay.transport.proxy import Proxy, proxy_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from assay.address import Origin
    from assay.target import Target

_LOOK_AWAY = "For a trial only, verify_tls = false in [target] looks away."
_OTHER_HOST = (
    "The certificate is for another host. Write the name that it is made for into base_url, or renew it with this one. "
    + _LOOK_AWAY
)
_OF_CERTIFICATES = {
    9: "The certificate is not valid yet: look at the clocks of the server and of this machine.",
    10: f"The certificate has expired: renew it on the server. {_LOOK_AWAY}",
    18: "The certificate is signed by nobody but itself. Save it as a PEM file and name that in [target] ca_bundle. "
    + _LOOK_AWAY,
    62: _OTHER_HOST,
    64: _OTHER_HOST,
}
"""OpenSSL's number of what is wrong with a certificate → what to do."""
_UNKNOWN_ISSUER = (
    "The certificate comes from an authority that this machine does not know, such as one of a company. Name its "
    f"certificate, a PEM file, in [target] ca_bundle. {_LOOK_AWAY}"
)


class Way:
    """The way to one target, gone step by step."""

    def __init__(self, target: Target, environ: Mapping[str, str]) -> None:
        self._target = target
        self._environ = environ
        self._origin = Address.of(target.base_url).origin
        self._proxy: Proxy | None = None
        self._addresses: Addresses = []
        self._connection: Connection | None = None

    @property
    def _first(self) -> Origin:
        """Who is connected to: the target, or the proxy in front of it."""
        return self._origin if self._proxy is None else self._proxy.origin

    def close(self) -> None:
        """Close what is open."""
        if self._connection is not None:
            self._connection.close()

    def name(self) -> Iterator[Finding]:
        """Look the host up, or the proxy on the way to it."""
        try:
            self._proxy = proxy_for(self._origin, self._environ)
            self._addresses = addresses_of(self._first, self._deadline())
        except NoAnswer as problem:
            yield Finding(Step.NAME, Standing.WRONG, str(problem), self._of_name())
            return
        host = self._first.host
        shown = ", ".join(dict.fromkeys(str(address[-1][0]) for address in self._addresses))
        found = f"{host} is an address itself" if shown == host else f"{host} is {shown}"
        yield Finding(Step.NAME, Standing.OK, f"{found}, of a proxy" if self._proxy else found)

    def _of_name(self) -> str:
        variable = f"{self._origin.scheme.upper()}_PROXY"
        if self._proxy is not None:
            return f"Check the host in {variable}; a host that needs no proxy stands in NO_PROXY."
        if self._environ.get(variable) or self._environ.get(variable.lower()):
            return f"Write {variable} as http://host:port, or name the target's host in NO_PROXY."
        return (
            "Check the host in [target] base_url. If it is right: is this machine in the right network or VPN, and "
            f"does its resolver know the name? Behind a proxy, set {variable}."
        )

    def connection(self) -> Iterator[Finding]:
        """Connect, through the proxy where there is one."""
        started = time.monotonic()
        try:
            self._connection = open_connection(self._first, self._addresses, self._deadline())
            if self._proxy is not None and self._origin.scheme == "https":
                self._proxy.tunnel(self._connection, self._origin, self._deadline())
        except NoAnswer as problem:
            place = f"{self._first.host}, port {self._first.port}: {problem}"
            yield Finding(Step.CONNECTION, Standing.WRONG, place, self._of_connection(str(problem)))
            return
        took = (time.monotonic() - started) * 1000
        via = f" through the proxy {self._proxy.shown}" if self._proxy else ""
        yield Finding(
            Step.CONNECTION, Standing.OK, f"{self._origin.host}, port {self._origin.port}{via}, in {took:.0f} ms"
        )

    def _of_connection(self, problem: str) -> str:
        if self._proxy is not None:
            if "with 407" in problem:
                return "The proxy wants credentials: http://user:password@host:port in the variable that names it."
            return (
                f"The proxy {self._proxy.shown} is named by the environment. Is it right, and does it let connections "
                f"to {self._origin.host} through? If none is needed for this host, name it in NO_PROXY."
            )
        if "refused" in problem:
            return f"Nothing listens there: is the server up, and is port {self._origin.port} in base_url right?"
        if "timed out" in problem or "unreachable" in problem:
            return (
                "No answer from that address: a firewall in between, the wrong network or VPN, or a proxy that is "
                f"needed and not set ({self._origin.scheme.upper()}_PROXY). A slow server needs a larger timeout_s."
            )
        return "Look at the server's log and at what stands between this machine and the server."

    def tls(self) -> Iterator[Finding]:
        """Speak TLS where the URL says so."""
        target = self._target
        try:
            yield from self._spoken(target)
        finally:
            # A server that serves one connection at a time would wait for a request on this one.
            self.close()

    def _spoken(self, target: Target) -> Iterator[Finding]:
        if self._origin.scheme == "http":
            yield self._plain()
            return
        assert self._connection is not None  # noqa: S101 - the step before has opened it
        try:
            context = tls_context(target.ca_bundle, verify=target.verify_tls)
            self._connection = self._connection.secured(context, self._origin.host, self._deadline())
        except NoAnswer as problem:
            yield Finding(Step.TLS, Standing.WRONG, str(problem), _of_tls(problem))
            return
        if target.verify_tls:
            yield Finding(Step.TLS, Standing.OK, f"the certificate for {self._origin.host} is accepted")
        else:
            yield Finding(
                Step.TLS,
                Standing.NOTE,
                "works, but nobody looks at the certificate (verify_tls = false)",
                "Whoever stands in between can read the token. Name the authority's certificate in ca_bundle instead.",
            )

    def _plain(self) -> Finding:
        if self._target.token is None or self._origin.is_loopback:
            return Finding(Step.TLS, Standing.OK, "not used: base_url begins with http://")
        return Finding(
            Step.TLS,
            Standing.NOTE,
            "not used: base_url begins with http://",
            "The token crosses the network for everybody to read; use https:// where the server has it.",
        )

    def _deadline(self) -> Deadline:
        seconds = self._target.timeout_s
        return Deadline(seconds, f"timed out after {seconds:g} s", time.monotonic)


def _of_tls(problem: NoAnswer) -> str:
    # The transport tells what happened in one sentence; which of many mistakes it was is in what it was raised for.
    failure = problem.__context__
    if isinstance(failure, ssl.SSLCertVerificationError):
        return _OF_CERTIFICATES.get(failure.verify_code, _UNKNOWN_ISSUER)
    if "no certificates can be read" in str(problem):
        return "[target] ca_bundle must hold certificates in PEM form, which begin with -----BEGIN CERTIFICATE-----."
    return (
        "What answers on that port does not speak TLS as expected: is it a plain HTTP port (base_url with http://), or "
        "does the server want a client's certificate or an old version of TLS, which Assay has not?"
    )
