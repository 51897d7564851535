"""Whether a run gets the provider states that it needs: the listed sets counted, the handler asked once for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.doctor.findings import Finding, Standing, Step
from assay.evidence import variable
from assay.forecast import Provider, shown
from assay.state_handlers import handler_of
from assay.states import StateProvider, StateUnavailable
from assay.transport import Transport

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from assay.forecast import Forecast, StateForecast
    from assay.model import Contract, Exchange, SentRequest
    from assay.states import Values
    from assay.target import Target


class Provisions:
    """Who provides the states of one target, tried out."""

    def __init__(self, target: Target, contract: Contract, expected: Forecast, environ: Mapping[str, str]) -> None:
        self._target = target
        self._contract = contract
        self._expected = expected
        self._environ = environ
        self._handler: Transport | None = None
        self.tokens: list[tuple[str, str]] = []
        """Name and value of each token that the handler gave."""

    def close(self) -> None:
        """Close what is open."""
        if self._handler is not None:
            self._handler.close()

    def states(self) -> Iterator[Finding]:
        """Look at every state that the run takes; one that is wrong does not hide the next."""
        if not self._expected.states:
            yield Finding(Step.STATES, Standing.OK, "the selected checks need none")
        for state in self._expected.states:
            yield self._asked(state) if state.provider is Provider.HANDLER else self._given(state)

    def _given(self, state: StateForecast) -> Finding:
        name = state.kind.name
        match state.provider:
            case Provider.LISTED:
                said = f"{name}: {state.listed} listed, {state.takes} needed"
            case Provider.ALWAYS:
                said = f"{name}: listed, the same each time"
            case Provider.MADE_UP:
                said = f"{name}: made up"
            case _:
                said = f"{name}: not provided"
        if state.untestable:
            return Finding(Step.STATES, Standing.WRONG, said, _of_missing(state))
        if state.is_worn_out:
            advice = (
                "A check uses it up, so that the next ones may find it in another state and decide nothing. Better "
                f"list {state.takes} sets, each = [{{…}}, …], or let a [state_handler] make them."
            )
            return Finding(Step.STATES, Standing.NOTE, said, advice)
        return Finding(Step.STATES, Standing.OK, said)

    def _asked(self, state: StateForecast) -> Finding:
        """Ask the handler for one set as a check would, and tell it that the check is over."""
        name = state.kind.name
        provider = StateProvider(self._target, self._contract.states, self._fetch)
        params = {"contract": self._contract.id, "operation": state.operations[0], "requirement": "assay doctor"}
        was_made, problems = False, []
        try:
            values = provider.setup(name, 0, params)
        except StateUnavailable as problem:
            return Finding(Step.STATES, Standing.WRONG, _without_name(name, str(problem)), _of_handler(state))
        finally:
            # Also on Ctrl-C, and where what was made cannot be used.
            was_made = bool(provider.made)
            problems = provider.teardown()
        self._note_tokens(state, values)
        said = f"{name}: the handler gave {shown(state.kind, values)}" if was_made else f"{name}: made up"
        if problems:
            advice = "The object that was asked for now may be left. See what the handler says to action = teardown."
            return Finding(Step.STATES, Standing.WRONG, _without_name(name, problems[0]), advice)
        handler = self._target.state_handler
        torn_down = " and took it down" if was_made and handler is not None and handler.teardown else ""
        return Finding(Step.STATES, Standing.OK, said + torn_down)

    def _note_tokens(self, state: StateForecast, values: Values) -> None:
        for name, kind in state.kind.values.items():
            if kind == "token":
                self.tokens.append((variable(state.kind.name, name), values[name]))

    def _fetch(self, request: SentRequest) -> Exchange:
        if self._handler is None:
            self._handler = Transport(handler_of(self._target), pacing=None, environ=self._environ)
        return self._handler.exchange(request)


def _without_name(name: str, problem: str) -> str:
    return f"{name}: {problem.removeprefix(f'state {name!r}').removeprefix(':').strip()}"


def _of_missing(state: StateForecast) -> str:
    name, checks = state.kind.name, len(state.untestable)
    lost = f"Without it {checks} check{'s' if checks > 1 else ''} will be untestable."
    used_up = state.provider is Provider.LISTED and state.listed < state.takes
    broken = [each for each in state.problems if "are used up" not in each]
    if broken:
        return f"{_without_name(name, broken[0])}. {lost}"
    if used_up:
        return f"List {state.takes - state.listed} more in [states.{name}], or let a [state_handler] make them. {lost}"
    return f"It is {state.kind.description}. List it in [states.{name}], or let a [state_handler] make it. {lost}"


def _of_handler(state: StateForecast) -> str:
    return (
        f"It is to be {state.kind.description}. Let the handler answer with {', '.join(state.kind.values)}, or list "
        f"the state in [states.{state.kind.name}]."
    )
