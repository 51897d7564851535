"""Which proxy stands between us and the target, and how it is asked to let us through."""

from __future__ import annotations

import base64
import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from assay.address import Origin
from assay.model import SentRequest
from assay.transport.connection import NoAnswer
from assay.transport.wire import prepare, read_status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assay.model import Headers
    from assay.transport.connection import Connection, Deadline

WANTS_CREDENTIALS = 407
_URL = re.compile(
    r"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://)?(?:(?P<user>.*)@)?(?P<host>\[[0-9A-Fa-f:.]+\]|[^:/?#@\[\]\s]+)(?::(?P<port>[0-9]{1,5}))?/?"
)


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy."""

    origin: Origin
    headers: Headers
    """Credentials for it, where its URL has some."""

    @property
    def shown(self) -> str:
        """Its URL without credentials."""
        return f"http://{_authority(self.origin)}"

    def tunnel(self, connection: Connection, origin: Origin, deadline: Deadline) -> None:
        """Make the connection to the proxy one to `origin`."""
        there = _authority(origin)
        request = SentRequest("CONNECT", there, (("Host", there), *self.headers))
        parser, data = prepare(request, there)
        connection.send(data, deadline)
        try:
            status = read_status(parser, lambda: connection.receive(deadline))
        except NoAnswer as failure:
            message = f"no tunnel through the proxy {self.shown}: {failure}"
            raise NoAnswer(message) from None
        if not 200 <= status < 300:  # noqa: PLR2004 - the class of success
            message = f"the proxy {self.shown} refused the connection to {there} with {status}"
            raise NoAnswer(message)

    def rule_out_own_refusal(self, status: int) -> None:
        """Raise where an answer is certainly the proxy's own (RFC 9110, 15.5.8), and none of the target."""
        if status == WANTS_CREDENTIALS:
            message = f"the proxy {self.shown} refused the request with {status}: it wants credentials"
            raise NoAnswer(message)


def proxy_for(origin: Origin, environ: Mapping[str, str]) -> Proxy | None:
    """Return the proxy that the environment names for `origin`, unless `NO_PROXY` exempts it."""
    name = f"{origin.scheme}_proxy"
    url = _setting(environ, name).strip()
    if not url or _is_exempt(origin, _setting(environ, "no_proxy")):
        return None
    parts = _URL.fullmatch(url)
    if parts is None or (parts["scheme"] or "http").lower() != "http":
        # The URL is not shown: it may hold a password in a place where nobody would look for one.
        message = f"the proxy that {name.upper()} names is not usable: only http://[user:password@]host:port is"
        raise NoAnswer(message)
    origin = Origin("http", parts["host"].strip("[]").lower(), int(parts["port"] or 80))
    return Proxy(origin, _credentials(parts["user"]))


def _setting(environ: Mapping[str, str], name: str) -> str:
    """Return a variable by its lower-case name, which like everywhere wins over the upper-case one."""
    return environ[name] if name in environ else environ.get(name.upper(), "")


def _credentials(user_info: str | None) -> Headers:
    if not user_info:
        return ()
    user, _, password = user_info.partition(":")
    pair = base64.b64encode(unquote_to_bytes(user) + b":" + unquote_to_bytes(password)).decode("ascii")
    return (("Proxy-Authorization", f"Basic {pair}"),)


def _is_exempt(origin: Origin, no_proxy: str) -> bool:
    return any(_covers(entry.strip().lower(), origin) for entry in no_proxy.split(",") if entry.strip())


def _covers(entry: str, origin: Origin) -> bool:
    if entry == "*":
        return True
    with_port = re.fullmatch(r"(\[.*\]|[^:]*):([0-9]+)", entry)
    if with_port is not None:
        if int(with_port[2]) != origin.port:
            return False
        entry = with_port[1]
    address = _address(origin.host)
    if address is not None:
        network = _network(entry.strip("[]"))
        return network is not None and address in network
    suffix = entry.lstrip("*").strip(".")
    host = origin.host.rstrip(".")
    return bool(suffix) and (host == suffix or host.endswith(f".{suffix}"))


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _authority(origin: Origin) -> str:
    host = f"[{origin.host}]" if ":" in origin.host else origin.host
    return f"{host}:{origin.port}"
