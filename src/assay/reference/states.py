"""The paths of a reference server beside its vendor's: provider states, in Pact's convention, and its own health."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.reference.messages import Asked, Refused, Reply, read_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from assay.reference.vendor import Values

STATES_PATH = "/_assay/states"
HEALTH_PATH = "/_assay/health"
"""Where a reference server says what went wrong in itself: `GET` → `{"unexpected_errors": ["..."]}`."""


class StateHandler:
    """Sets up provider states; every setup makes objects of its own, so that checks in parallel never share one."""

    def __init__(self, states: Mapping[str, Callable[[], Values]]) -> None:
        self._states = states

    def answer(self, asked: Asked) -> Reply:
        """Return the values of a state, or what is wrong with the request."""
        try:
            return Reply.of_json(200, self._values(asked))
        except Refused as refused:
            reply = Reply.of_json(refused.status, {"error": refused.message})
            return reply.with_headers(*refused.headers.items())

    def _values(self, asked: Asked) -> Values:
        if asked.method != "POST":
            raise Refused(405, "bad-method", "States are asked for by POST.", {"allow": "POST"})
        if asked.body is None:
            raise Refused(413, "too-large", "The body is too large.")
        request = read_json(asked.body)
        if not isinstance(request, dict) or not isinstance(request.get("state"), str):
            raise Refused(400, "bad-body", 'Expected {"state": "...", "action": "setup", "params": {...}}.')
        action = request.get("action", "setup")
        if action == "teardown":
            return {}
        if action != "setup":
            raise Refused(400, "bad-action", "The action is neither setup nor teardown.")
        if request["state"] not in self._states:
            raise Refused(404, "unknown-state", f"There is no state {request['state']!r}.")
        return self._states[request["state"]]()
