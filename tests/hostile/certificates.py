"""Servers whose TLS is wrong, absent, or where nobody expects it."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import trustme

from tests.hostile.server import FOR_EVER_S, Kind, Server, answer, says

if TYPE_CHECKING:
    import socket
    from pathlib import Path

_LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)
_OK = says(answer(b'{"success": true}', b"Content-Type: application/json"))


@cache
def authority() -> trustme.CA:
    """Return the authority that every target file names as its bundle."""
    return trustme.CA()


def write_bundle(path: Path) -> None:
    """Write what certificates are checked against."""
    authority().cert_pem.write_to_path(str(path))


def _context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


@cache
def _good() -> ssl.SSLContext:
    return _context(authority().issue_cert("127.0.0.1"))


@cache
def _expired() -> ssl.SSLContext:
    return _context(authority().issue_cert("127.0.0.1", not_before=_LONG_AGO, not_after=_LONG_AGO.replace(year=2002)))


@cache
def _of_another_host() -> ssl.SSLContext:
    return _context(authority().issue_cert("other.example.test"))


@cache
def _of_nobody() -> ssl.SSLContext:
    return _context(trustme.CA().issue_cert("127.0.0.1"))


@cache
def _mutual() -> ssl.SSLContext:
    context = _context(authority().issue_cert("127.0.0.1"))
    context.verify_mode = ssl.CERT_REQUIRED
    trustme.CA().configure_trust(context)
    return context


def _closes_in_the_handshake(connection: socket.socket, _server: Server) -> None:
    connection.recv(100)


def _hangs_in_the_handshake(connection: socket.socket, server: Server) -> None:
    connection.recv(100)
    connection.sendall(b"\x16\3\3")
    server.wait(FOR_EVER_S)


def _garbage_in_the_handshake(connection: socket.socket, _server: Server) -> None:
    connection.recv(100)
    connection.sendall(b"\x16\3\3\0\x50" + b"\xff" * 80)


def _cut(connection: socket.socket, server: Server) -> None:
    """Break off without a word of TLS, where the end of the connection is the end of the body."""
    server.read(connection)
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"success": true}')


KINDS = (
    Kind("plain-where-tls-is-due", "The address says https and the server speaks plainly.", _OK, https=True),
    Kind("tls-where-plain-is-due", "The address says http and the server speaks TLS.", _OK, certificate=_good),
    Kind("tls-expired", "The certificate has expired.", _OK, certificate=_expired, https=True),
    Kind("tls-of-another-host", "The certificate is another host's.", _OK, certificate=_of_another_host, https=True),
    Kind(
        "tls-of-nobody", "The certificate is signed by an unknown authority.", _OK, certificate=_of_nobody, https=True
    ),
    Kind("tls-asks-for-a-certificate", "The server wants a certificate of ours.", _OK, certificate=_mutual, https=True),
    Kind("tls-closes", "The connection is closed in the handshake.", _closes_in_the_handshake, https=True),
    Kind("tls-hangs", "The handshake stops.", _hangs_in_the_handshake, https=True),
    Kind("tls-garbage", "The handshake is garbage.", _garbage_in_the_handshake, https=True),
    Kind("tls-cut", "The body ends without the end of TLS.", _cut, certificate=_good, https=True),
)
