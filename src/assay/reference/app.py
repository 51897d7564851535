"""The wire side of a reference server: Starlette's routing around a vendor, and uvicorn's HTTP/1.1 protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import h11
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route
from uvicorn.protocols.http.h11_impl import STATUS_PHRASES, H11Protocol

from assay.reference.messages import BODY_LIMIT, Asked, Refused, Reply
from assay.reference.states import HEALTH_PATH, STATES_PATH, StateHandler

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Receive, Scope, Send
    from uvicorn.config import Config
    from uvicorn.server import ServerState

    from assay.reference.vendor import Endpoint, Vendor

DROPPED_LIMIT = 64 * 1024 * 1024
"""How much of a body that is too large is read and dropped before the answer."""

LINGER_S = 2.0
"""How long a refused client may go on sending before the connection is closed under it."""

_PROTOCOL = "protocol"
"""Where a request's scope holds the protocol object of its connection."""

_MAY_REPLY = (h11.IDLE, h11.SEND_RESPONSE)


def application(vendor: Vendor) -> Starlette:
    """Return the application that answers for a vendor, whatever it is asked."""
    by_path: dict[str, dict[str, Endpoint]] = {}
    for endpoint in vendor.endpoints:
        by_path.setdefault(endpoint.path, {})[endpoint.method] = endpoint
    # An endpoint that is no plain function gets every method, known to HTTP or not.
    routes = [Route(path, VendorPath(vendor, methods)) for path, methods in by_path.items()]
    states = Route(STATES_PATH, StateHandlerPath(StateHandler(vendor.states())))
    health = Route(HEALTH_PATH, HealthPath(vendor))
    app = Starlette(routes=[*routes, states, health], middleware=[Middleware(OriginForm)])
    app.router.redirect_slashes = False
    app.router.default = VendorPath(vendor, {})
    return app


class OriginForm:
    """Takes `GET http://host/path`, which clients send to a proxy and every server must accept, for `GET /path`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        scheme, separator, rest = scope["path"].partition("://")
        if separator and "/" not in scheme:
            scope["path"] = "/" + rest.partition("/")[2]
        await self._app(scope, receive, send)


class VendorPath:
    """One path of a vendor, with the operations on it; without any, all paths that nobody knows."""

    def __init__(self, vendor: Vendor, endpoints: Mapping[str, Endpoint]) -> None:
        self._vendor = vendor
        self._endpoints = endpoints

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        asked = await _asked(scope, receive, self._endpoints)
        if asked is not None:
            await _reply(await self._vendor.answer(asked), scope, receive, send)


class StateHandlerPath:
    """The path of the provider state handler."""

    def __init__(self, handler: StateHandler) -> None:
        self._handler = handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        asked = await _asked(scope, receive, {})
        if asked is not None:
            await _reply(self._handler.answer(asked), scope, receive, send)


class HealthPath:
    """The path that tells what went wrong in the server itself."""

    def __init__(self, vendor: Vendor) -> None:
        self._vendor = vendor

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        reply = Reply.of_json(200, {"unexpected_errors": self._vendor.unexpected_errors})
        await _reply(reply, scope, receive, send)


async def _asked(scope: Scope, receive: Receive, endpoints: Mapping[str, Endpoint]) -> Asked | None:
    body, whole = await _body(receive)
    if not whole:
        return None
    endpoint = endpoints.get(scope["method"])
    query: bytes = scope["query_string"]
    target: str = scope["raw_path"].decode("latin-1")
    return Asked(
        method=scope["method"],
        target=f"{target}?{query.decode('latin-1')}" if query else target,
        headers=tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]),
        body=body,
        query=query,
        operation=endpoint.slug if endpoint else "",
        path=scope.get("path_params", {}),
        allowed=() if endpoint else tuple(endpoints),
    )


async def _body(receive: Receive) -> tuple[bytes | None, bool]:
    """Return the body, `None` where it is too large, and whether the client stayed to the end of it."""
    body = bytearray()
    size, more = 0, True
    # A client that sends before it reads would lose an answer that comes too early, so much of the rest is read too.
    while more and size <= DROPPED_LIMIT:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None, False
        part, more = message.get("body", b""), message.get("more_body", False)
        size += len(part)
        if size <= BODY_LIMIT:
            body += part
    return (bytes(body), True) if size <= BODY_LIMIT else (None, True)


async def _reply(reply: Reply, scope: Scope, receive: Receive, send: Send) -> None:
    if reply.raw is not None:
        await _reply_raw(reply.raw, scope, receive)
        return
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers]
    chunked = any(name.lower() == b"transfer-encoding" for name, _ in headers)
    if reply.status != 204 and not chunked:  # noqa: PLR2004 - HTTP forbids a content length there
        headers.append((b"content-length", str(len(reply.body)).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})


async def _reply_raw(raw: bytes, scope: Scope, receive: Receive) -> None:
    transport: asyncio.Transport = scope["state"][_PROTOCOL].transport
    transport.write(raw)
    transport.close()
    while (await receive())["type"] != "http.disconnect":
        pass


class VendorProtocol(H11Protocol):
    """uvicorn's protocol, except that bytes that are no HTTP request are refused in the vendor's shape."""

    vendor: Vendor

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, {**app_state, _PROTOCOL: self}, _loop)
        self._refused = False
        self._is_heard_out = False

    def data_received(self, data: bytes) -> None:
        """Take what came, or drop it behind a refusal."""
        if not self._refused:
            super().data_received(data)

    def eof_received(self) -> bool:  # type: ignore[override]  # asyncio allows it
        """Say whether the connection stays open: a client that has no more to say still waits for its answers."""
        self._is_heard_out = True
        return self._is_answering

    def on_response_complete(self) -> None:
        """Go on with the next request, or end with the client."""
        super().on_response_complete()
        if self._is_heard_out and not self._is_answering:
            self.transport.close()

    @property
    def _is_answering(self) -> bool:
        is_whole = self.conn.their_state is not h11.SEND_BODY
        return is_whole and bool(self.cycle) and not self.cycle.response_complete

    def send_400_response(self, msg: str) -> None:
        """Refuse what cannot be read, unless a reply is already under way."""
        self._refused = True
        if self.conn.our_state not in _MAY_REPLY:
            self.transport.close()
            return
        reply = self.vendor.refusal(Refused(400, "bad-request", msg))
        headers = [*reply.headers, ("content-length", str(len(reply.body))), ("connection", "close")]
        start = h11.Response(status_code=400, headers=headers, reason=STATUS_PHRASES[400])
        for event in (start, h11.Data(data=reply.body), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        # Closed at once, what the client is still sending would reset the connection and take the answer with it.
        self.transport.write_eof()
        self.loop.call_later(LINGER_S, self.transport.close)


def protocol_for(vendor: Vendor) -> type[VendorProtocol]:
    """Return the protocol class of a vendor's connections."""
    return type("VendorProtocol", (VendorProtocol,), {"vendor": vendor})
