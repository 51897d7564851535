"""A URL taken apart, in one way for whoever reads it from a file, connects to it, or sends it."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from functools import lru_cache

_PORTS = {"http": 80, "https": 443}
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<authority>[^/?#]*)(?P<target>[^#]*)(?P<fragment>#.*)?", re.IGNORECASE | re.DOTALL
)
_AUTHORITY = re.compile(r"(?P<host>\[[^\]]*\]|[^:\[\]]*)(?::(?P<port>[^:]*))?")
_NAME = re.compile(r"(?:[A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63}\.?")
_NUMBER = re.compile(r"[0-9]+|0[Xx][0-9A-Fa-f]*")
_LONGEST_NAME = 254
_PORT = re.compile("[0-9]{1,5}")

_NO_SCHEME = "it does not begin with http:// or https://"
_NOT_PLAIN = (
    "it holds blanks, control characters or letters beyond ASCII; a path has %20 and the like in their place, "
    "a host the form that begins with xn--"
)
_FRAGMENT = "a fragment (#…) is never sent"
_CREDENTIALS = "it holds credentials"
_NO_AUTHORITY = "its host is followed by something that is no port; an IPv6 address stands in brackets"
_NO_PORT = "its port is no number from 1 to 65535"
_NO_HOST = "it names no host"
_NO_IPV6 = "in brackets stands an IPv6 address, without a zone"
_NO_NAME = "its host is no name: letters, digits, hyphens and underscores, in parts of at most 63 with dots between"
_NO_IPV4 = "its host ends with a number and is no IPv4 address of four numbers"


class NoAddressError(ValueError):
    """A text is no URL that can be sent; `why` quotes nothing of it, because it may hold a password."""

    def __init__(self, why: str) -> None:
        super().__init__(f"not a URL that can be sent: {why}")
        self.why = why


@dataclass(frozen=True, slots=True)
class Origin:
    """Who is asked: scheme, host and port."""

    scheme: str
    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        """Whether it can only be this machine itself."""
        name = self.host.removesuffix(".")
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return name == "localhost" or name.endswith(".localhost")
        # Whoever connects to 0.0.0.0 or :: gets to this machine.
        return address.is_loopback or address.is_unspecified


@dataclass(frozen=True, slots=True)
class Address:
    """A URL taken apart without changing a character of what is sent."""

    origin: Origin
    authority: str
    target: str
    """Path and query; `/` where the URL has no path."""

    @classmethod
    def of(cls, url: str) -> Address:
        """Take `url` apart; raise `NoAddressError` where it cannot be sent."""
        parts = _URL.fullmatch(url)
        if parts is None:
            raise NoAddressError(_NO_SCHEME)
        if not (url.isascii() and url.isprintable()) or " " in url:
            raise NoAddressError(_NOT_PLAIN)
        if parts["fragment"]:
            raise NoAddressError(_FRAGMENT)
        scheme, target = parts["scheme"].lower(), parts["target"]
        origin = _origin(scheme, parts["authority"])
        return cls(origin, parts["authority"], target if target.startswith("/") else f"/{target}")

    @property
    def absolute(self) -> str:
        """The form that is sent to a proxy."""
        return f"{self.origin.scheme}://{self.authority}{self.target}"


@lru_cache(maxsize=1024)
def _origin(scheme: str, authority: str) -> Origin:
    # Kept, because every request of a run goes to one of a few.
    if "@" in authority:
        raise NoAddressError(_CREDENTIALS)
    parts = _AUTHORITY.fullmatch(authority)
    if parts is None:
        raise NoAddressError(_NO_AUTHORITY)
    port = parts["port"]
    if port is not None and not (_PORT.fullmatch(port) and 0 < int(port) < 65536):  # noqa: PLR2004 - behind the last port
        raise NoAddressError(_NO_PORT)
    return Origin(scheme, _host(parts["host"]), _PORTS[scheme] if port is None else int(port))


def _host(text: str) -> str:
    if not text:
        raise NoAddressError(_NO_HOST)
    if text.startswith("["):
        # A zone, as in fe80::1%eth0, says something to one machine only, and no header may carry it.
        if "%" in text or not _is_address(text[1:-1], ipaddress.IPv6Address):
            raise NoAddressError(_NO_IPV6)
        return text[1:-1].lower()
    if not _NAME.fullmatch(text) or len(text) > _LONGEST_NAME:
        raise NoAddressError(_NO_NAME)
    # Resolvers read 127.1 and 010.0.0.1 as addresses too, and do not agree on which.
    if _NUMBER.fullmatch(text.removesuffix(".").rpartition(".")[2]) and not _is_address(text, ipaddress.IPv4Address):
        raise NoAddressError(_NO_IPV4)
    return text.lower()


def _is_address(text: str, kind: type[ipaddress.IPv4Address | ipaddress.IPv6Address]) -> bool:
    try:
        kind(text)
    except ValueError:
        return False
    return True
