"""Servers that send one elsewhere, are overloaded, slow, forgetful or dying."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.hostile.fronts import by_turns, dies_after, is_mute, passes_on
from tests.hostile.server import Kind, answer, says_then_resets

if TYPE_CHECKING:
    import socket

    from tests.hostile.server import Behaviour, Server

_BUSY = {"429": b"429 Too Many Requests", "503": b"503 Service Unavailable"}
_ONE_HOUR_EACH = {"429": b"3600", "503": b"Fri, 31 Dec 9999 23:59:59 GMT"}


def redirects(status: bytes, to: str = "") -> Behaviour:
    """Redirect to a path of the server itself, or, without one, to the server elsewhere."""

    def behave(connection: socket.socket, server: Server) -> None:
        server.read(connection)
        place = server.url + to if to or server.elsewhere is None else f"{server.elsewhere.url}/{TRAP}"
        connection.sendall(
            answer(b"", b"Location: " + place.encode(), b"Refresh: 0; url=" + place.encode(), status=status)
        )

    return behave


TRAP = "must-not-be-asked"

_COOKIES = (("Set-Cookie", "session=stolen; Path=/"), ("Set-Cookie2", "a=b"))

KINDS = (
    Kind("redirects-elsewhere", "Every answer is a redirect to another host.", redirects(b"302 Found"), answers=True),
    Kind("redirects-the-method", "The same with 307, which keeps method and body.", redirects(b"307 Go"), answers=True),
    Kind("redirects-for-good", "The same with 308.", redirects(b"308 Moved"), answers=True),
    Kind(
        "redirects-in-circles",
        "Every answer is a redirect to where it came from.",
        redirects(b"301 Moved", "/x"),
        answers=True,
    ),
    Kind(
        "sets-cookies",
        "Every answer of a server that works sets cookies.",
        passes_on(lambda reply: reply.with_header(*_COOKIES[0]).with_header(*_COOKIES[1])),
        answers=True,
        fronts=True,
        earns=True,
    ),
    *(
        Kind(
            f"storm-of-{status}",
            f"Every answer is a {status} without Retry-After.",
            lambda connection, server, line=line: _busy(connection, server, line),  # type: ignore[misc]  # mypy knows no default in a lambda
            answers=True,
        )
        for status, line in _BUSY.items()
    ),
    *(
        Kind(
            f"storm-of-{status}-for-hours",
            f"Every answer is a {status} whose Retry-After is far away.",
            lambda connection, server, status=status: _busy(  # type: ignore[misc]  # mypy knows no default in a lambda
                connection, server, _BUSY[status], b"Retry-After: " + _ONE_HOUR_EACH[status]
            ),
            answers=True,
        )
        for status in _BUSY
    ),
    Kind(
        "storm-of-429-for-no-time",
        "Every answer is a 429 with a Retry-After of 0.",
        lambda connection, server: _busy(connection, server, _BUSY["429"], b"Retry-After: 0"),
        answers=True,
    ),
    Kind(
        "storm-of-503-for-nonsense",
        "Every answer is a 503 with a Retry-After that is none.",
        lambda connection, server: _busy(connection, server, _BUSY["503"], b"Retry-After: -1e9 \xff"),
        answers=True,
    ),
    Kind(
        "every-second-is-busy",
        "Every second answer of a server that works is a 503.",
        by_turns(passes_on(), lambda connection, server: _busy(connection, server, _BUSY["503"], b"Retry-After: 0")),
        answers=True,
        fronts=True,
        earns=True,
    ),
    Kind(
        "dies-in-mid-run",
        "A server that works dies after twenty requests.",
        dies_after(20),
        answers=True,
        fronts=True,
        earns=True,
    ),
    Kind(
        "flaps",
        "Every second connection to a server that works is reset.",
        by_turns(passes_on(), says_then_resets()),
        answers=True,
        fronts=True,
        earns=True,
    ),
    Kind(
        "flaps-in-the-body",
        "Every third answer of a server that works breaks off.",
        by_turns(passes_on(), passes_on(), says_then_resets(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{")),
        answers=True,
        fronts=True,
        earns=True,
    ),
    Kind(
        "mute-four-times-of-five",
        "Four of five requests to a server that works are never answered.",
        by_turns(is_mute, is_mute, is_mute, is_mute, passes_on()),
        answers=True,
        fronts=True,
        earns=True,
    ),
    Kind(
        "mute-every-second-time",
        "Every second request to a server that works is never answered.",
        by_turns(passes_on(), is_mute),
        answers=True,
        fronts=True,
        earns=True,
    ),
    Kind(
        "slow",
        "A server that works answers in 2 s each.",
        passes_on(after_s=2.0),
        answers=True,
        fronts=True,
        earns=True,
    ),
    Kind(
        "late",
        "A server that works answers in 1.5 s each.",
        passes_on(after_s=1.5),
        answers=True,
        fronts=True,
        earns=True,
    ),
)


def _busy(connection: socket.socket, server: Server, status: bytes, *lines: bytes) -> None:
    server.read(connection)
    connection.sendall(answer(b"", *lines, status=status))
