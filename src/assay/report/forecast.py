"""What a run would do, on a terminal: the whole of it for `assay plan`, the short form for `assay run`."""

from __future__ import annotations

import textwrap
from collections import Counter
from typing import TYPE_CHECKING

from rich.text import Text

from assay.forecast import Provider
from assay.report.text import counted, joined, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console

    from assay.forecast import Forecast, OperationForecast, Settings, StateForecast

MOST_IN_SHORT = 5
"""Targets that a run is told of one by one; of more there is one line for all."""
_SHOWN = 4
_INDENT = "  "


def render_all(forecasts: Sequence[Forecast], settings: Settings, screen: Console) -> None:
    """Print all that a run would do to each target, and whether it may."""
    page = _Page(screen)
    for each in forecasts:
        page.whole(each, settings)
    if settings.max_requests is not None:
        page.line(_budget(forecasts, settings))


def render_short(forecasts: Sequence[Forecast], settings: Settings, screen: Console) -> None:
    """Print a few lines for each target, or one for all of many."""
    page = _Page(screen)
    if settings.shard is not None:
        page.line(f"Shard {settings.shard}; the others decide the rest.")
    if len(forecasts) > MOST_IN_SHORT:
        page.line(_all_in_one(forecasts))
    else:
        for each in forecasts:
            page.short(each)
    if _needed(forecasts) > settings.requests_left:
        page.line(_budget(forecasts, settings))
    screen.print()


class _Page:
    """Lays forecasts out on a console; whatever a target file says is printed without control characters."""

    def __init__(self, screen: Console) -> None:
        self._screen = screen

    def whole(self, forecast: Forecast, settings: Settings) -> None:
        target = forecast.target
        self.line(target.name, style="bold")
        self.line(f"{target.contract} at {target.base_url}", style="bright_black")
        self._gap()
        does = "needs" if forecast.requests > settings.requests_left else "sends"
        self.line(f"A run {does} {_about(forecast.requests, 'request')} ({_options(settings)}).")
        for operation in forecast.operations:
            self._gap()
            self._operation(operation)
        if forecast.states:
            self._gap()
            self.line("States that it needs", style="bold")
        for state in forecast.states:
            self._state(state, settings)
        self._closing(forecast, settings)
        self._gap()

    def short(self, forecast: Forecast) -> None:
        asked = [each.operation for each in forecast.operations if round(each.traffic.requests)]
        names = joined([f"{each.method} {each.path}" for each in asked])
        self.line(f"{forecast.target.name}: {_about(forecast.requests, 'request')}" + (f", {names}" if names else ""))
        for name, text in (("touches", _touched(forecast)), ("lacks", _lacked(forecast))):
            if text:
                self.line(f"{name} {text}", depth=1)

    def line(self, text: str, depth: int = 0, style: str = "") -> None:
        """Print a text wrapped at words, each line behind its indent."""
        indent = _INDENT * depth
        hanging = indent + _INDENT if depth else ""
        for line in textwrap.wrap(
            one_line(text), self._screen.width, initial_indent=indent, subsequent_indent=hanging,
            break_long_words=False, break_on_hyphens=False,
        ):  # fmt: skip
            self._screen.print(Text(line, style), soft_wrap=True)

    def _operation(self, each: OperationForecast) -> None:
        self.line(f"{each.operation.id}: {each.operation.method} {each.operation.path}", style="bold")
        sent = f"{_about(each.traffic.requests, 'request')}, {round(each.traffic.accepted):,} of them to be accepted"
        own = counted(each.checks, "check") if each.checks else "called by checks of another operation"
        self.line(f"{own}, {sent}", depth=1)
        if each.operation.effects:
            self.line(f"changes: {each.operation.effects.changes}", depth=1)
            self.line(f"leaves behind: {each.operation.effects.leaves}", depth=1)

    def _state(self, state: StateForecast, settings: Settings) -> None:
        self.line(
            f"{state.kind.name}: {_provision(state, settings)}", depth=1, style="yellow" if state.untestable else ""
        )
        if state.objects:
            self.line(", ".join(state.objects), depth=2)
        if state.provider is Provider.NOBODY:
            self.line(f"it is {state.kind.description}; list it in [states.{state.kind.name}]", depth=2)
        elif state.untestable:
            for problem in state.problems:
                self.line(problem, depth=2)

    def _closing(self, forecast: Forecast, settings: Settings) -> None:
        for note in _notes(forecast, settings):
            self._gap()
            self.line(note)
        told: set[str] = set()
        for state in forecast.states:
            checks = [check for check in state.untestable if check not in told]
            told.update(checks)
            if checks:
                self._gap()
                self.line(f"Untestable for want of {state.kind.name}", style="bold")
            for check in checks:
                self.line(check, depth=1, style="bright_black")

    def _gap(self) -> None:
        self._screen.print()


def _notes(forecast: Forecast, settings: Settings) -> Iterator[str]:
    if rate := forecast.target.max_requests_per_second:
        least = min(forecast.requests, settings.requests_left) / rate
        yield f"At {rate:g} requests a second at most, a run takes {least:,.0f} s or more; see `assay run --deadline`."
    if forecast.target.state_handler is not None:
        yield "The state handler was not asked; it is taken to know every state that is not listed."
    if forecast.target.token is None:
        yield "No [auth] token is given: what compares a call with credentials to one without stays untestable."
    for name, checks in forecast.absent.items():
        yield f"Declared absent: {name}, so that {counted(checks, 'check')} will be inapplicable."
    if forecast.untestable:
        yield f"{counted(len(forecast.untestable), 'check')} will be untestable, and the verdict not-fully-verified."
    if forecast.unmeasured:
        guessed = counted(len(forecast.unmeasured), "check")
        yield f"What {guessed} will send was never measured, and is guessed; `assay prove --update` measures it."


def _options(settings: Settings) -> str:
    facts = [f"seed {settings.seed}"]
    if settings.fuzz_examples:
        facts.append(f"{counted(settings.fuzz_examples, 'generated request')} per operation and kind")
    else:
        facts.append("no generated requests")
    if settings.only:
        facts.append(f"only {' '.join(settings.only)}")
    if settings.shard:
        facts.append(f"shard {settings.shard}")
    return ", ".join(facts)


def _budget(forecasts: Sequence[Forecast], settings: Settings) -> str:
    needed, left = _needed(forecasts), settings.requests_left
    option = f"--max-requests {settings.max_requests}"
    if settings.past.requests and settings.max_requests is not None:
        # What the budget cut off counts as well, so that there may have been more.
        option += f", of which {min(settings.past.requests, settings.max_requests):,} were used before,"
    if needed <= left:
        return f"{option} is enough for servers that conform, which are sent {_about(needed, 'request')}."
    return (
        f"{option} is not enough: {_about(needed, 'request')} are needed, {needed - left:,} more than may be sent. "
        "What is not decided by then is not run; which checks these are depends on how the workers get on."
    )


def _needed(forecasts: Sequence[Forecast]) -> int:
    return sum(each.requests for each in forecasts)


def _provision(state: StateForecast, settings: Settings) -> str:
    takes = f"{counted(state.takes, 'set')} taken"
    lost = f"; {counted(len(state.untestable), 'check')} will be untestable" if state.untestable else ""
    match state.provider:
        case Provider.LISTED:
            return f"{takes}, {state.listed:,} listed{' for all shards' if settings.shard else ''}{lost}"
        case Provider.ALWAYS:
            worn = ", although a check uses it up" if state.is_worn_out else ""
            return f"{takes}, the same one each time{worn}{lost}"
        case Provider.HANDLER:
            return f"{takes}, from the state handler"
        case Provider.MADE_UP:
            return f"{takes}, made up"
    return f"{takes}, not provided{lost}"


def _touched(forecast: Forecast) -> str:
    listed = [f"{each.kind.name} {_some(each.objects)}" for each in forecast.states if each.objects]
    made = [each.kind.name for each in forecast.states if each.provider is Provider.HANDLER]
    return "; ".join(listed + ([f"what the state handler makes ({', '.join(made)})"] if made else []))


def _lacked(forecast: Forecast) -> str:
    short = [each for each in forecast.states if each.untestable]
    names = [each.kind.name + _shortage(each) for each in short]
    return f"{joined(names)}: {counted(len(forecast.untestable), 'check')} will be untestable" if short else ""


def _shortage(state: StateForecast) -> str:
    return f" ({state.usable:,} of {state.takes:,} sets)" if state.provider is Provider.LISTED else ""


def _some(objects: Sequence[str]) -> str:
    more = len(objects) - _SHOWN
    return ", ".join(objects[:_SHOWN]) + (f" and {more:,} more" if more > 0 else "")


def _all_in_one(forecasts: Sequence[Forecast]) -> str:
    contracts = Counter(each.target.contract for each in forecasts)
    of_each = joined([f"{number:,} {name}" for name, number in contracts.items()])
    requests = _about(_needed(forecasts), "request")
    lacking = sum(bool(each.untestable) for each in forecasts)
    lack = f"; {lacking:,} of them {'lacks' if lacking == 1 else 'lack'} states" if lacking else ""
    return f"{counted(len(forecasts), 'target')} ({of_each}): {requests} in all{lack}"


def _about(number: float, noun: str) -> str:
    return f"about {counted(round(number), noun)}"
