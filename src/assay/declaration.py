"""What a case says of itself: the requirement that it decides, and what it takes for that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


@dataclass(frozen=True, slots=True)
class Declaration:
    """What `requirement` says of a case function; read by the catalogue."""

    slug: str
    given: tuple[str, ...] | Mapping[str, tuple[str, ...]]
    capability: str
    each: Mapping[str, Any] | None
    fuzz: bool
    calls: tuple[str, ...]

    def states_of(self, operation_slug: str) -> tuple[str, ...]:
        """Return the provider states that the case takes for one operation."""
        if isinstance(self.given, tuple):
            return self.given
        return self.given.get(operation_slug, ())


def requirement(  # noqa: PLR0913 - what a case says of itself, by keyword
    slug: str,
    *,
    given: str | Sequence[str] | Mapping[str, str | Sequence[str]] = (),
    capability: str = "",
    each: Mapping[str, Any] | None = None,
    fuzz: bool = False,
    calls: str | Sequence[str] = (),
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Declare that a case decides the requirement `slug` of its operation.

    `given` names the provider states that it takes, one set of values each (a name may stand twice); a mapping from
    operation slug to names serves a case that is shared by several operations. `capability` makes the check
    inapplicable where the target declares that it lacks it. `each` turns the case into one check per member: the
    function then takes a second argument `case` and the label is part of the check's name. `fuzz` marks a generated
    check, which is left out when no examples are asked for. `calls` names by their slugs the other operations of the
    contract that the case calls beside its own.

    A case in an operation's folder belongs to that operation; one in the contract's folder to every operation
    whose requirements have the slug.
    """

    def mark(function: Callable[..., None]) -> Callable[..., None]:
        declared = Declaration(slug, _states(given), capability, each, fuzz, _names(calls))
        function.__assay__ = declared  # type: ignore[attr-defined]  # functions carry their declaration
        return function

    return mark


def _states(
    given: str | Sequence[str] | Mapping[str, str | Sequence[str]],
) -> tuple[str, ...] | dict[str, tuple[str, ...]]:
    return {key: _names(value) for key, value in given.items()} if isinstance(given, Mapping) else _names(given)


def _names(value: str | Iterable[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
