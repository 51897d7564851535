"""One bounded exchange on the wire: bytes out, bytes in.

Nothing that a server or a network does raises here; it becomes an `Exchange` with a `transport_error`. Nothing is
decoded, followed, remembered or sent twice, except that a 429 or 503 is asked again within bounds (see `pacing`).
"""

from __future__ import annotations

import contextlib
import math
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from assay.address import Address
from assay.model import Exchange, ReceivedResponse
from assay.transport.connection import Deadline, NoAnswer
from assay.transport.dialing import Dialer
from assay.transport.pacing import Pacing
from assay.transport.wire import TooLarge, prepare, read_response

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping, Sequence

    import h11

    from assay.address import Origin
    from assay.model import Headers, SentRequest
    from assay.target import Target
    from assay.transport.connection import Connection
    from assay.transport.proxy import Proxy
    from assay.transport.wire import Message

__all__ = ["Pacing", "Transport"]

_LATECOMERS_S = 0.1
_MAX_SURPLUS_BYTES = 65536
_SHARE_BYTES = 2_000_000
"""What each of many answers that come together may take at least."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A request that has been found fit to be sent, its bytes, and the parser that awaits the response."""

    request: SentRequest
    origin: Origin
    data: bytes
    parser: h11.Connection
    max_bytes: int
    """How large the response may be."""
    proxy: Proxy | None
    """Who reads the request before the target, and may answer in its place; through a tunnel nobody does."""


class Transport:
    """All exchanges with one target in one process; safe to use from several threads.

    `pacing` of `None` means one try, no rate and no giving up. `named` are the origins that may be connected to:
    that of the target, unless told otherwise.
    """

    def __init__(
        self,
        target: Target,
        *,
        pacing: Pacing | None,
        environ: Mapping[str, str] = os.environ,
        clock: Callable[[], float] = time.monotonic,
        named: Container[Origin] | None = None,
    ) -> None:
        self._target = target
        self._pacing = pacing
        self._clock = clock
        self._dialer = Dialer(
            frozenset([Address.of(target.base_url).origin]) if named is None else named,
            verify_tls=target.verify_tls,
            ca_bundle=target.ca_bundle,
            environ=environ,
            clock=clock,
        )
        self._lock = threading.Lock()
        self.requests = 0
        """How many exchanges went to the target, each repetition counted."""
        self.answered = False
        """Whether any of them brought an HTTP answer."""

    def refusal(self) -> str:
        """Return why nothing is sent to the target any more, or nothing."""
        return self._pacing.refusal() if self._pacing else ""

    def end_of_the_run(self) -> str:
        """Return why nothing is sent to any target any more, or nothing."""
        return self._pacing.end_of_the_run() if self._pacing else ""

    def exchange(self, request: SentRequest) -> Exchange:
        """Send a request and return what came of it.

        A request that HTTP does not allow raises `ValueError`; it is a mistake of the caller.
        """
        for repeats in count():
            prepared = self._prepared(request)
            refusal = self._pacing.wait_for_turn() if self._pacing else ""
            if refusal:
                return Exchange(request, None, refusal)
            exchange = self._attempt(prepared)
            if self._pacing is None or not self._pacing.waits_to_repeat(exchange.response, repeats):
                return exchange
        raise AssertionError  # pragma: no cover - the loop ends by returning

    def exchange_together(self, requests: Sequence[SentRequest]) -> list[Exchange]:
        """Send requests at the same moment, each on a connection of its own that is open by then.

        An overloaded server is not asked again: a repetition would come alone, and not overlap with anything.
        """
        prepared = [self._prepared(request, len(requests)) for request in requests]
        if not prepared:
            return []
        refusal = self._pacing.wait_for_turn(len(prepared)) if self._pacing else ""
        if refusal:
            return [Exchange(request, None, refusal) for request in requests]
        gate = threading.Barrier(len(prepared))
        with ThreadPoolExecutor(max_workers=len(prepared)) as threads:
            return list(threads.map(lambda each: self._attempt(each, gate), prepared))

    def close(self) -> None:
        """Close every connection that is still open."""
        self._dialer.close()

    def _prepared(self, request: SentRequest, at_once: int = 1) -> _Prepared:
        address = Address.of(request.url)
        target = address.target
        extra: Headers = ()
        proxy = None
        if address.origin.scheme == "http":
            # A proxy that cannot be used is told of when a connection through it is asked for.
            with contextlib.suppress(NoAnswer):
                if proxy := self._dialer.proxy_for(address.origin):
                    target, extra = address.absolute, proxy.headers
        parser, data = prepare(request, target, extra)
        most = self._target.max_response_bytes
        # Answers that come together are in memory together.
        return _Prepared(request, address.origin, data, parser, min(most, max(most // at_once, _SHARE_BYTES)), proxy)

    def _attempt(self, prepared: _Prepared, gate: threading.Barrier | None = None) -> Exchange:
        deadline = self._deadline()
        response, problem, crowded = None, "", False
        try:
            response = self._response(prepared, self._connection(prepared.origin, deadline, gate), deadline)
        except NoAnswer as failure:
            problem = str(failure)
            # Alone it would have had more room: that is no silence of the target.
            crowded = isinstance(failure, TooLarge) and prepared.max_bytes < self._target.max_response_bytes
        with self._lock:
            self.requests += 1
            self.answered = self.answered or response is not None
        if self._pacing and not crowded:
            # Behind an answer there may have been a wait for what does not belong to it.
            took_s = deadline.elapsed() if response is None else response.elapsed_s
            self._pacing.heard(answered=response is not None, took_s=took_s)
        return Exchange(prepared.request, response, problem)

    def _deadline(self) -> Deadline:
        timeout = self._target.timeout_s
        run = self._pacing.time_left() if self._pacing else math.inf
        if run < timeout:
            return Deadline(run, "the run's deadline has passed", self._clock)
        return Deadline(timeout, f"timed out after {timeout:g} s", self._clock)

    def _connection(self, origin: Origin, deadline: Deadline, gate: threading.Barrier | None) -> Connection:
        if gate is None:
            return self._dialer.take(origin, deadline)
        try:
            return self._dialer.open(origin, deadline)
        finally:
            arrived = self._clock()
            # Everybody arrives, at the latest when connecting has taken too long.
            gate.wait()
            deadline.put_off(self._clock() - arrived)

    def _response(self, prepared: _Prepared, connection: Connection, deadline: Deadline) -> ReceivedResponse:
        may_be_kept = False
        try:
            connection.send(prepared.data, deadline)
            message = read_response(prepared.parser, lambda: connection.receive(deadline), prepared.max_bytes)
            if prepared.proxy is not None:
                prepared.proxy.rule_out_own_refusal(message.status)
            elapsed_s = deadline.elapsed()
            surplus = message.behind + self._latecomers(connection, message)
            may_be_kept = message.goes_on and not message.is_empty and not surplus
        finally:
            self._dialer.give_back(prepared.origin, connection, may_be_kept=may_be_kept)
        return ReceivedResponse(
            status=message.status,
            reason=message.reason,
            http_version=message.http_version,
            headers=message.headers,
            body=message.body,
            elapsed_s=elapsed_s,
            surplus=surplus[:_MAX_SURPLUS_BYTES],
        )

    def _latecomers(self, connection: Connection, message: Message) -> bytes:
        """Return what still comes behind the end of a message.

        A body that must not be there may come a moment after the headers, so behind an empty message there is a wait
        for it; behind any other, what is there at once is taken.
        """
        if message.is_empty:
            return connection.remaining(Deadline(_LATECOMERS_S, "", self._clock), _MAX_SURPLUS_BYTES)
        if connection.is_quiet():
            return b""
        with contextlib.suppress(NoAnswer):
            return connection.receive(Deadline(_LATECOMERS_S, "", self._clock))
        return b""
