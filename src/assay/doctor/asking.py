"""What a target says to a call that changes nothing: whether it takes the credentials, and whether it is the API."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from assay.call import Call, request_of
from assay.doctor.findings import Finding, Standing, Step
from assay.expect import Expectations
from assay.states import StateProvider, StateUnavailable, Values
from assay.transport import Transport
from assay.transport.proxy import WANTS_CREDENTIALS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from assay.model import Contract, Exchange, HarmlessCall, ReceivedResponse, SentRequest
    from assay.target import Target

_REFUSED_CALLER = (401, 403)
_BUSY = (429, 502, 503, 504)
_NO_SUCH_PATH = (405, 501)
_BETWEEN = (*range(300, 400), WANTS_CREDENTIALS, *_BUSY)
"""Answers that say nothing of the token: redirects, and what something in between says."""
_CREDENTIALS_OF_A_PROXY = "The proxy wants credentials: http://user:password@host:port in HTTP_PROXY."


class Asking:
    """A target that is sent one harmless call, with and without its token."""

    def __init__(self, target: Target, contract: Contract, environ: Mapping[str, str]) -> None:
        self._target = target
        self._contract = contract
        self._transport = Transport(target, pacing=None, environ=environ)

    def close(self) -> None:
        """Close what is open."""
        self._transport.close()

    def credentials(self) -> Iterator[Finding]:
        """Send the call with the token and without, and compare."""
        if self._contract.harmless is None:
            yield Finding(Step.CREDENTIALS, Standing.NOTE, "the contract names no harmless call to try them with")
            return
        call = self._call(self._contract.harmless)
        own = self._send(call)
        if own.response is None:
            # It says nothing of the token.
            said, advice = _no_use(own)
            yield Finding(Step.CONNECTION, Standing.WRONG, f"opened, but a call got no answer: {said}", advice)
            return
        if own.response.status in _BETWEEN:
            yield Finding(Step.CREDENTIALS, Standing.WRONG, *_no_use(own))
            return
        if self._target.token is None:
            yield self._without_token(own.response)
            return
        stranger = self._send(call.without_credentials())
        yield self._compared(own.response.status, stranger.response.status if stranger.response else None)

    def _without_token(self, own: ReceivedResponse) -> Finding:
        said = f"the target file gives none; the server answers {own.status}"
        if own.status in _REFUSED_CALLER:
            advice = 'Set token = "env:NAME" in [auth], and put the token into that environment variable.'
            return Finding(Step.CREDENTIALS, Standing.WRONG, said, advice)
        advice = 'Checks that compare calls with and without credentials stay untestable; [auth] token = "env:NAME".'
        return Finding(Step.CREDENTIALS, Standing.NOTE, said, advice)

    def _compared(self, own: int, stranger: int | None) -> Finding:
        without = "no answer" if stranger is None else str(stranger)
        said = f"answered {own} with the token, {without} without"
        if own not in _REFUSED_CALLER:
            if stranger in _REFUSED_CALLER:
                return Finding(Step.CREDENTIALS, Standing.OK, said)
            advice = "The server answers the same either way, which does not show whether the token is good."
            return Finding(Step.CREDENTIALS, Standing.NOTE, said, advice if own == stranger else "")
        if stranger != own and stranger in _REFUSED_CALLER:
            advice = (
                "The server tells this token from none, but does not let it make the call: give its owner the "
                "permission for the operation, or use the token of somebody who has it."
            )
            return Finding(Step.CREDENTIALS, Standing.WRONG, said, advice)
        header = self._target.auth_header
        form = f"{header}: {self._target.auth_scheme} <token>" if self._target.auth_scheme else f"{header}: <token>"
        advice = (
            f"The server does not take the token. Has it expired, and is it for this server? It is sent as '{form}'; "
            'another word before it is [auth] scheme, and scheme = "" sends it bare.'
        )
        return Finding(Step.CREDENTIALS, Standing.WRONG, said, advice)

    def exchange(self) -> Iterator[Finding]:
        """Send the call as a run would, and look whether it is this API that answers."""
        harmless = self._contract.harmless
        if harmless is None:
            yield Finding(Step.EXCHANGE, Standing.NOTE, "the contract names no harmless call, so none was made")
            return
        call = self._call(harmless)
        answer = self._send(call)
        if answer.response is None:
            yield Finding(Step.EXCHANGE, Standing.WRONG, *_no_use(answer))
            return
        said = (
            f"{call.method} {call.path} answered {answer.response.status} in {answer.response.elapsed_s * 1000:.0f} ms"
        )
        advice = self._of_answer(harmless, answer.response)
        if advice:
            yield Finding(Step.EXCHANGE, Standing.WRONG, said, advice)
        elif problem := self._problem_of_body(harmless, answer.response):
            advice = "The status is a refusal as expected; checks that look at such a body will not pass."
            yield Finding(Step.EXCHANGE, Standing.NOTE, f"{said}, with another body than documented: {problem}", advice)
        else:
            yield Finding(Step.EXCHANGE, Standing.OK, f"{said}, a refusal as expected; nothing was changed")

    def _of_answer(self, harmless: HarmlessCall, answer: ReceivedResponse) -> str:
        """Return what to do about an answer that this API would not give, or nothing."""
        prefix = f"Is base_url right, {self._target.base_url}? The documented path is appended to it."
        if answer.status < 300:  # noqa: PLR2004 - the class of success
            return f"The server accepts a call for something that does not exist: perhaps it takes everything. {prefix}"
        if answer.status in _NO_SUCH_PATH:
            return f"The server knows no such call. {prefix}"
        if answer.status >= 500 or answer.status in _BUSY:  # noqa: PLR2004 - the class of server errors
            return "The server is in trouble with a call as plain as this one; look at its log."
        documented = self._contract.operations[harmless.operation].definition["responses"].get(str(answer.status), {})
        is_json = "json" in (answer.header("Content-Type") or "").lower()
        if "application/json" in documented.get("content", {}) and not is_json:
            kind = answer.header("Content-Type") or "no media type"
            return f"The document promises JSON here, and {kind} came, as from another server. {prefix}"
        return ""

    def _problem_of_body(self, harmless: HarmlessCall, answer: ReceivedResponse) -> str:
        """Return why the body is not the one that the document promises, or nothing."""
        expectations = Expectations(self._contract, self._target.max_response_bytes)
        operation = self._contract.operations[harmless.operation]
        if flaw := expectations.flaw(answer):
            return flaw
        if not expectations.is_documented(operation, answer.status):
            return ""
        return expectations.shape_problem(operation, answer)

    def _call(self, harmless: HarmlessCall) -> Call:
        operation = self._contract.operations[harmless.operation]
        path = operation.path
        values = self._nothing(harmless)
        for parameter, name in harmless.path.items():
            path = path.replace("{" + parameter + "}", quote(values[name], safe=""))
        call = Call(operation.method, path, token=self._target.token)
        return call if harmless.json is None else call.with_json(harmless.json)

    def _nothing(self, harmless: HarmlessCall) -> Mapping[str, str]:
        """Return the values of what does not exist: the listed ones, or made-up ones; no handler is asked."""
        if not harmless.given:
            return {}
        kinds = self._contract.states
        try:
            return StateProvider(replace(self._target, state_handler=None), kinds, self._transport.exchange).setup(
                harmless.given, 0, {}
            )
        except StateUnavailable:
            return Values(harmless.given, kinds[harmless.given].made_up)

    def _send(self, call: Call) -> Exchange:
        request: SentRequest = request_of(self._target, call)
        return self._transport.exchange(request)


def _no_use(exchange: Exchange) -> tuple[str, str]:
    """Return what came instead of an answer that shows anything, and what to do about it."""
    if exchange.response is None and f"with {WANTS_CREDENTIALS}" in exchange.transport_error:
        return exchange.transport_error, _CREDENTIALS_OF_A_PROXY
    if exchange.response is None:
        other = "https://" if exchange.request.url.startswith("http://") else "http://"
        return exchange.transport_error, f"No whole HTTP answer came: is it the server, or a port that wants {other}?"
    status = exchange.response.status
    if status in _BUSY:
        advice = (
            "The server, or a gateway before it, is overloaded or away. Try later, or slower: max_requests_per_second."
        )
        return f"answered {status}", advice
    if status == WANTS_CREDENTIALS:
        return f"answered {status}", _CREDENTIALS_OF_A_PROXY
    place = exchange.response.header("Location") or "nowhere"
    return (
        f"answered {status}, a redirect to {place}",
        "No redirect is ever followed: write the final address into base_url.",
    )
