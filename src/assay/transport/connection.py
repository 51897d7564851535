"""A socket under one deadline, with every way it can fail told in one sentence."""

from __future__ import annotations

import contextlib
import errno
import selectors
import socket
import ssl
import threading
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from assay.address import Origin

Addresses = list[tuple[Any, ...]]
"""What `socket.getaddrinfo` returns."""

# The default one opens a file each time, which is much for one look at one socket.
_Selector = getattr(selectors, "PollSelector", selectors.DefaultSelector)

_PIECE = 65536
_SENTENCES = {
    errno.ECONNREFUSED: "connection refused",
    errno.ECONNRESET: "connection reset",
    errno.EPIPE: "connection reset",
    errno.ETIMEDOUT: "connecting timed out",
    errno.EHOSTUNREACH: "host unreachable",
    errno.ENETUNREACH: "network unreachable",
}


_IN_THE_HANDSHAKE = " in the TLS handshake"
_NOT_TLS = frozenset({"WRONG_VERSION_NUMBER", "PACKET_LENGTH_TOO_LONG"})
"""What OpenSSL, by its version, calls an answer that does not begin as TLS does."""


class NoAnswer(Exception):  # noqa: N818 - it is what happened, and no mistake of anybody's
    """Why there is no whole, well-formed HTTP answer; `str()` is the sentence that the report shows."""

    @classmethod
    def because_of(cls, failure: OSError) -> NoAnswer:
        """Return the sentence for a failure of a socket."""
        if isinstance(failure, ssl.SSLCertVerificationError):
            return cls(f"TLS certificate not accepted: {failure.verify_message}")
        if isinstance(failure, ssl.SSLEOFError):
            return cls("connection closed without the end of TLS")
        if isinstance(failure, ssl.SSLError):
            return cls(f"TLS failed: {(failure.reason or 'connection closed').lower().replace('_', ' ')}")
        known = _SENTENCES.get(failure.errno or 0)
        return cls(known or f"network error: {(failure.strerror or str(failure)).lower()}")

    @classmethod
    def because_of_handshake(cls, failure: OSError) -> NoAnswer:
        """Return the sentence for a failure before anything could be sent through TLS."""
        if isinstance(failure, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            return cls(f"connection closed{_IN_THE_HANDSHAKE}")
        if isinstance(failure, ssl.SSLError) and failure.reason in _NOT_TLS:
            return cls("the server does not speak TLS there: its answer to the handshake is something else")
        sentence = cls.because_of(failure)
        return sentence if isinstance(failure, ssl.SSLError) else cls(f"{sentence}{_IN_THE_HANDSHAKE}")


class Deadline:
    """The end of one exchange; each wait gets what is left of it."""

    def __init__(self, seconds: float, sentence: str, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._start = clock()
        self._end = self._start + seconds
        self._sentence = sentence

    def left(self) -> float:
        """Return the seconds that are left, or raise that there are none."""
        left = self._end - self._clock()
        if left <= 0:
            raise self.passed()
        return left

    def passed(self, step: str = "") -> NoAnswer:
        """Return the sentence for an exchange that took too long, and in which step of it."""
        return NoAnswer(self._sentence + step)

    def elapsed(self) -> float:
        """Return the seconds since the exchange began."""
        return self._clock() - self._start

    def put_off(self, seconds: float) -> None:
        """Leave out time that was not the server's."""
        self._start += seconds
        self._end += seconds


class Connection:
    """An open connection: bytes out, bytes in, each within a deadline."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self.is_kept = False
        """Whether it is in use for more than the first time."""
        self.is_mute = True
        """Whether nothing has come in since it was taken into use."""

    def send(self, data: bytes, deadline: Deadline) -> None:
        """Send `data`, all of it or as much as the server wants.

        A server may answer and close before it has read everything. Whether it has answered is found by reading, so a
        connection that breaks here raises nothing.
        """
        rest = memoryview(data)
        while rest:
            self._socket.settimeout(deadline.left())
            try:
                sent = self._socket.send(rest[:_PIECE])
            except TimeoutError:
                raise deadline.passed() from None
            except OSError:
                return
            rest = rest[sent:]

    def receive(self, deadline: Deadline) -> bytes:
        """Return the next bytes, as soon as there are some; nothing at the end."""
        self._socket.settimeout(deadline.left())
        try:
            data = self._socket.recv(_PIECE)
        except TimeoutError:
            raise deadline.passed() from None
        except OSError as failure:
            raise NoAnswer.because_of(failure) from None
        self.is_mute = self.is_mute and not data
        return data

    def is_quiet(self, seconds: float = 0.0) -> bool:
        """Return whether for so long nothing comes: no byte and no end."""
        if isinstance(self._socket, ssl.SSLSocket) and self._socket.pending():
            return False
        with _Selector() as selector:
            selector.register(self._socket, selectors.EVENT_READ)
            return not selector.select(seconds)

    def remaining(self, deadline: Deadline, limit: int) -> bytes:
        """Return what still comes when the server is told that nothing more will be sent, then close.

        A server that has said all it has to say closes at once, so the wait for latecomers rarely costs anything.
        """
        came = bytearray()
        with contextlib.suppress(NoAnswer, OSError):
            # Not `self._socket.shutdown`: under TLS that one forgets the keys, and what comes could not be read.
            socket.socket.shutdown(self._socket, socket.SHUT_WR)
            while len(came) < limit and (data := self.receive(deadline)):
                came += data
        self.close()
        return bytes(came[:limit])

    def secured(self, context: ssl.SSLContext, host: str, deadline: Deadline) -> Connection:
        """Return the connection with TLS on top; closes this one if that fails."""
        try:
            self._socket.settimeout(deadline.left())
            # RFC 6066, 3: without the dot that a complete name may end with; certificates have none either.
            name = host.removesuffix(".")
            # RFC 9112, 9.8: a body that ends with the connection is whole only if TLS says that this is the end.
            secured = context.wrap_socket(self._socket, server_hostname=name, suppress_ragged_eofs=False)
            return Connection(secured)
        except TimeoutError:
            self.close()
            raise deadline.passed(_IN_THE_HANDSHAKE) from None
        except OSError as failure:
            self.close()
            raise NoAnswer.because_of_handshake(failure) from None

    def close(self) -> None:
        """Close the connection, whatever state it is in."""
        with contextlib.suppress(OSError):
            self._socket.close()


def open_connection(origin: Origin, addresses: Addresses, deadline: Deadline) -> Connection:
    """Connect to the first address that answers; each gets an equal share of the time that is left."""
    last = NoAnswer(f"no such host: {origin.host}")
    for tried, (family, kind, protocol, _, address) in enumerate(addresses):
        share = deadline.left() / (len(addresses) - tried)
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(share)
            sock.connect(address)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except TimeoutError:
            sock.close()
            last = deadline.passed()
        except OSError as failure:
            sock.close()
            last = NoAnswer.because_of(failure)
        else:
            return Connection(sock)
    raise last


def addresses_of(origin: Origin, deadline: Deadline) -> Addresses:
    """Look up a host within the deadline."""
    with contextlib.suppress(OSError, UnicodeError):
        return socket.getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    # The resolver knows no timeout, so it is asked in a thread that may be left behind.
    found: SimpleQueue[Addresses] = SimpleQueue()
    threading.Thread(target=_look_up, args=(origin, found), daemon=True).start()
    try:
        addresses = found.get(timeout=deadline.left())
    except Empty:
        raise deadline.passed() from None
    if not addresses:
        message = f"no such host: {origin.host}"
        raise NoAnswer(message)
    return addresses


def _look_up(origin: Origin, found: SimpleQueue[Addresses]) -> None:
    try:
        found.put(list(socket.getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM)))
    except (OSError, UnicodeError):
        found.put([])
