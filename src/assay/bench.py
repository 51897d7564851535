"""What a contract case holds in its hands: provider states, calls, answers and the ways a check can end.

A case is a pytest function under `contracts/`. It asks for states, sends calls and says what the answers must be:

    @requirement("unfailed-task", given="unfailed_task")
    def test_a_task_that_has_not_failed_is_refused(bench: Bench) -> None:
        task = bench.given("unfailed_task")

        answer = bench.send(id=task["task_id"])

        answer.must_be(409)
        answer.must_match_its_schema()

A case that returns has passed. It ends early by `Violation` (evidence against the requirement), `Untestable`,
`Inconclusive` or `Inapplicable`; any other exception is a mistake of the suite.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from assay.call import Call, request_of
from assay.declaration import requirement
from assay.evidence import NEAR_MISS, brief, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from assay.content import Content
    from assay.expect import Expectations
    from assay.model import Check, Contract, Exchange, Operation, ReceivedResponse, SentRequest
    from assay.states import Values
    from assay.target import Target
    from assay.transport import Transport

# What the file of a case needs, it finds here.
__all__ = [
    "Answer",
    "Bench",
    "Call",
    "CheckEnded",
    "Inapplicable",
    "Inconclusive",
    "Untestable",
    "Violation",
    "about",
    "brief",
    "quoted",
    "requirement",
]

_MOST_SHOWN = 1000
_MOST_OF_A_VALUE = 200


class CheckEnded(Exception):  # noqa: N818 - these are outcomes, not errors
    """A check ended otherwise than by passing; `str()` is the message of its outcome."""


class Violation(CheckEnded):
    """Evidence that the requirement does not hold: `failed` or `deviation`, as its level says."""

    exchanges: tuple[Exchange, ...] = ()
    """Those that prove it, where they are not the one that the message names or the last one."""

    @classmethod
    def of(cls, expected: str, got: str, label: str = "") -> Self:
        """Return the violation with the message `expected …, got …`, behind `label` where there is one."""
        return cls(about(label, f"expected {brief(expected, _MOST_SHOWN)}, got {brief(got, _MOST_SHOWN)}"))

    def shown_by(self, exchanges: Iterable[Exchange]) -> Self:
        """Return it with the exchanges that prove it."""
        self.exchanges = tuple(exchanges)
        return self


def about(label: str, message: str) -> str:
    """Return what is said of one of several requests of a check, each of which has a label."""
    return f'request "{label}": {message}' if label else message


class Untestable(CheckEnded):
    """A provider state, credential or permission is missing."""


class Inconclusive(CheckEnded):
    """The evidence allows no verdict."""


class Inapplicable(CheckEnded):
    """The target declares that it lacks the capability, or its answers cannot show the requirement."""


class Answer:
    """The response to a call, and what must be true of it."""

    def __init__(self, exchange: Exchange, response: ReceivedResponse, bench: Bench) -> None:
        self.exchange = exchange
        self.response = response
        self._bench = bench

    @property
    def status(self) -> int:
        """The status code."""
        return self.response.status

    def header(self, name: str) -> str | None:
        """Return the first value of a header, in any letter case."""
        return self.response.header(name)

    @property
    def content(self) -> Content:
        """The body without its content coding, and what it says as JSON."""
        return self._bench.expectations.content(self.response)

    @property
    def json(self) -> Any:  # noqa: ANN401 - a JSON document has no narrower type
        """The body as JSON; without one there is nothing to look at, which the shape of the status is blamed for."""
        content = self.content
        if content.problem:
            message = f"expected a JSON body to look at, got {content.problem}"
            raise Inconclusive(about(self.exchange.label, message))
        return content.json

    def violation(self, expected: str, got: str) -> Violation:
        """Return evidence against the requirement, for the case to raise; a 429 or 503 is evidence of nothing."""
        self._rule_out_overload()
        return Violation.of(expected, got, self.exchange.label)

    def must_be(self, *statuses: int) -> Self:
        """Demand one of `statuses`; a 429 or 503 in its place is inconclusive."""
        if self.status in statuses:
            return self
        self._rule_out_overload()
        self._rule_out_refused_token(statuses)
        raise self.violation(" or ".join(map(str, statuses)), str(self.status))

    def must_be_refused(self) -> Self:
        """Demand a refusal: any 4xx. A 5xx is neither a refusal nor an acceptance, and so inconclusive."""
        if 400 <= self.status < 500 and self.status != 429:  # noqa: PLR2004 - the class of client errors
            return self
        self._rule_out_overload()
        if self.status >= 500:  # noqa: PLR2004 - the class of server errors
            message = f"answered {self.status}: neither accepted nor refused"
            raise Inconclusive(about(self.exchange.label, message))
        raise self.violation(expected="a refusal (4xx)", got=str(self.status))

    def must_not_be_a_server_error(self) -> Self:
        """Demand anything but a 5xx; a redirect, which is not followed, is inconclusive."""
        self._rule_out_overload()
        if 300 <= self.status < 400:  # noqa: PLR2004 - the class of redirects
            message = f"answered {self.status}, which sends elsewhere"
            raise Inconclusive(message)
        if self.status >= 500:  # noqa: PLR2004 - the class of server errors
            raise self.violation(expected="no server error", got=str(self.status))
        return self

    def must_match_its_schema(self) -> Self:
        """Demand the documented body of this status: everything that its schema says at the level `must`."""
        problem = self._bench.expectations.shape_problem(self._bench.operation, self.response)
        if problem:
            raise Violation(about(self.exchange.label, problem))
        return self

    def must_be_json(self) -> Self:
        """Demand the media type `application/json`, in any letter case and with any parameters."""
        problem = self._bench.expectations.media_type_problem(self.response)
        if problem:
            raise Violation(about(self.exchange.label, problem))
        return self

    def must(self, holds: bool, expected: str, got: object) -> Self:  # noqa: FBT001 - reads as a sentence
        """Demand any other fact; `got` is shown as JSON."""
        if not holds:
            raise self.violation(expected, got if isinstance(got, str) else quoted(got, _MOST_OF_A_VALUE))
        return self

    def _rule_out_overload(self) -> None:
        if self.status in (429, 503):
            message = f"answered {self.status} in place of an answer, also after waiting"
            raise Inconclusive(message)

    def _rule_out_refused_token(self, statuses: tuple[int, ...]) -> None:
        """End inconclusively where the target refuses its own token: one that has expired is no fault of the target.

        If it takes the token in another form, the token is good, and refusing the documented form is a violation.
        """
        target = self._bench.target
        success_is_due = all(200 <= status < 300 for status in statuses)  # noqa: PLR2004 - the class of success
        sent = target.token is not None and target.credentials(target.token) in self.exchange.request.headers
        if self.status != 401 or not success_is_due or not sent:  # noqa: PLR2004 - Unauthorized
            return
        if not self._bench.takes_the_token_in_another_form(self.exchange.request):
            message = "answered 401 to the credentials of the target file; is its token still valid?"
            raise Inconclusive(message)


class Bench:
    """One check at work on one target; made anew for each check."""

    def __init__(  # noqa: PLR0913 - what a check needs, by keyword
        self,
        *,
        check: Check,
        contract: Contract,
        target: Target,
        transport: Transport,
        expectations: Expectations,
        provide: Callable[[str], Values],
        seed: int,
        fuzz_examples: int,
    ) -> None:
        self.check = check
        self.contract = contract
        self.operation: Operation = contract.operations[check.operation]
        self.target = target
        self.expectations = expectations
        self.seed = seed
        self.fuzz_examples = fuzz_examples
        self.exchanges: list[Exchange] = []
        self.readings: list[tuple[str, str]] = []
        self.secrets: dict[str, str] = {}
        """Made during the check, by the name that stands for each in curl lines; kept out of every output."""
        self._transport = transport
        self.provide = provide

    def given(self, state: str) -> Values:
        """Return the next set of values of a provider state that the case has declared; `Untestable` without one."""
        return self.provide(state)

    def call(self, **path: str | int) -> Call:
        """Return the plain call of the operation: its method and path, the target's credentials, no body."""
        return Call.plain(self.operation, path, self.target.token)

    def call_elsewhere(self, slug: str, /, **path: str | int) -> Call:
        """Return the plain call of another operation, one of those that the case has declared to call."""
        operation = self.contract.operations[f"{self.contract.id}/{slug}"]
        if operation.id not in self.check.calls:
            message = f"{self.check.id} does not declare that it calls {slug}"
            raise LookupError(message)
        return Call.plain(operation, path, self.target.token)

    def send(self, call: Call | None = None, /, **path: str | int) -> Answer:
        """Send a call (or the plain call with these path parameters) and return the answer.

        Whatever is no whole, well-formed HTTP response ends the check as inconclusive.
        """
        return self._answer(self._exchange(call or self.call(**path)))

    def send_unobserved(self, call: Call, *but: int) -> Answer:
        """Send a call whose answer the observers leave alone, unless its status is one of `but`.

        For calls to another operation, and for what a proxy or a framework may refuse before the server looks at it:
        such a refusal need not have the shape of the operation's errors.
        """
        exchange = self._exchange(call, observed=False)
        if exchange.response is not None and exchange.response.status in but:
            exchange = self.exchanges[-1] = replace(exchange, observed=True)
        return self._answer(exchange)

    def control(self, call: Call, *statuses: int) -> Answer:
        """Send a control request, which must succeed (2xx, or one of `statuses`) for the check to mean anything."""
        answer = self._answer(self._exchange(call, role="control"))
        accepted = answer.status in statuses if statuses else 200 <= answer.status < 300  # noqa: PLR2004 - the class of success
        if not accepted:
            message = f"the control request was answered {answer.status} and not accepted, so nothing can be concluded"
            if answer.status == 401 and self.target.token is None:  # noqa: PLR2004 - Unauthorized
                message += "; the target file has no [auth] token"
            raise Inconclusive(message)
        return answer

    def must_refuse(self, call: Call, *statuses: int, control: Call) -> Answer:
        """Demand that `call` is refused while `control`, which differs in nothing else, succeeds.

        `statuses` are the documented ones for this cause; without any, every 4xx is a refusal. The refused call goes
        first, because the control may use the object up. That it was accepted decides at once; with which status it
        was refused is judged behind the control: a token that has expired, say, is no fault of the target.
        """
        answer = self.send(call)
        if 200 <= answer.status < 300:  # noqa: PLR2004 - the class of success
            raise answer.violation(" or ".join(map(str, statuses)) or "a refusal (4xx)", str(answer.status))
        self.control(control)
        return answer.must_be(*statuses) if statuses else answer.must_be_refused()

    def send_together(self, calls: Sequence[Call]) -> list[Answer]:
        """Send calls at the same moment, each on its own connection; answers come in the order of the calls."""
        exchanges = self._transport.exchange_together([request_of(self.target, call) for call in calls])
        named = [replace(each, label=call.label) for each, call in zip(exchanges, calls, strict=True)]
        self.exchanges += named
        return [self._answer(each) for each in named]

    def reading(self, ambiguity: str, reading: str) -> None:
        """Report which reading of an ambiguity the target follows."""
        known = {each.id: each.readings for each in self.contract.ambiguities}
        if reading not in known.get(ambiguity, ()):
            message = f"the register has no reading {reading!r} of an ambiguity {ambiguity!r}"
            raise LookupError(message)
        self.readings.append((ambiguity, reading))

    def takes_the_token_in_another_form(self, request: SentRequest) -> bool:
        """Whether a request that was answered 401 is not, once its credentials are written otherwise."""
        token = self.target.token or ""
        documented = self.target.credentials(token)
        forms = {
            "a lower-case name": (documented[0].lower(), documented[1]),
            "a lower-case scheme": (documented[0], documented[1].replace("Bearer ", "bearer ", 1)),
            "the bare token": (documented[0], token),
            "Authorization: Bearer": ("Authorization", f"Bearer {token}"),
            "X-Auth-Token": ("X-Auth-Token", token),
        }
        others = [line for line in request.headers if line != documented]
        for label, form in forms.items():
            if form == documented:
                continue
            exchange = self._transport.exchange(replace(request, headers=(*others, form)))
            self.exchanges.append(replace(exchange, role="control", label=f"the token as {label}"))
            if exchange.response is not None and exchange.response.status != 401:  # noqa: PLR2004 - Unauthorized
                return True
        return False

    def near_misses(self) -> dict[str, str]:
        """Return, by label, tokens that almost are the target's own; none where it has none."""
        token = self.target.token or ""
        misses = {
            "one character more": token + "x",
            "one character less": token[:-1],
            "the other letter case": token.swapcase(),
        }
        wrong = {label: each for label, each in misses.items() if token and each not in ("", token)}
        # They tell most of the token, or all of it.
        self.secrets |= {f"{NEAR_MISS}{label}".upper().replace(" ", "_"): each for label, each in wrong.items()}
        return wrong

    def fresh_key(self, length: int = 36) -> str:
        """Return an idempotency key of `length` characters that no run has used before."""
        # Never from the seed: a second run against the same server would get the replies of the first.
        return secrets.token_hex((length + 1) // 2)[:length]

    def _exchange(self, call: Call, role: str = "", *, observed: bool = True) -> Exchange:
        made = self._transport.exchange(request_of(self.target, call))
        exchange = replace(made, role=role, label=call.label, observed=observed)
        self.exchanges.append(exchange)
        return exchange

    def _answer(self, exchange: Exchange) -> Answer:
        if exchange.response is None:
            raise Inconclusive(exchange.transport_error)
        if limit := self.expectations.limit(exchange.response):
            message = f"answered {exchange.response.status} with {limit}"
            raise Inconclusive(about(exchange.label, message))
        return Answer(exchange, exchange.response, self)

    def flaw(self) -> str:
        """Return why the check may not pass, although nothing was violated: an answer that is broken in itself."""
        for exchange in self.exchanges:
            if exchange.response and (flaw := self.expectations.flaw(exchange.response)):
                message = f"answered {exchange.response.status} with {flaw}, so nothing can be concluded"
                return about(exchange.label, message)
        return ""
