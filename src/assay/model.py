"""The nouns of Assay: what is promised, what was exchanged, and what was decided.

Everything here is a frozen value without behaviour beyond its own definition. Files are read in `catalogue` and
`target`; bytes move in `transport`; nothing here reaches for a clock, a socket or the environment.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path


class Level(StrEnum):
    """How strongly a requirement is meant."""

    MUST = "must"
    """The document, or its schema, says so."""
    SHOULD = "should"
    """A careful reader infers it, or it is hygiene that no sentence demands."""

    @property
    def violation(self) -> Outcome:
        """The outcome of evidence against a requirement of this level."""
        return Outcome.FAILED if self is Level.MUST else Outcome.DEVIATION


class CheckKind(StrEnum):
    """What a check rests on."""

    CASE = "case"
    """Calls that are the same in every run but for the values of states."""
    GENERATED = "generated"
    """Generated requests, which differ with the seed."""
    OBSERVER = "observer"
    """Whatever was exchanged for other checks."""


class Outcome(StrEnum):
    """What became of a check or of a requirement; worst first, which is the order that `worst` uses."""

    ERROR = "error"
    FAILED = "failed"
    DEVIATION = "deviation"
    INCONCLUSIVE = "inconclusive"
    UNTESTABLE = "untestable"
    NOT_RUN = "not_run"
    PASSED = "passed"
    INAPPLICABLE = "inapplicable"

    @classmethod
    def worst(cls, outcomes: Iterable[Outcome]) -> Outcome:
        """Return the outcome of a requirement whose checks ended with `outcomes` (at least one)."""
        order = list(cls)
        return min(outcomes, key=order.index)


class Verdict(StrEnum):
    """What is said of a target as a whole; worst first."""

    NON_CONFORMANT = "non-conformant"
    NOT_FULLY_VERIFIED = "not-fully-verified"
    CONFORMANT_WITH_DEVIATIONS = "conformant-with-deviations"
    CONFORMANT = "conformant"

    @classmethod
    def of(cls, outcomes: Iterable[Outcome]) -> Verdict:
        """Return the verdict on a target whose requirements ended with `outcomes`."""
        seen = set(outcomes)
        if Outcome.FAILED in seen:
            return cls.NON_CONFORMANT
        if seen & {Outcome.UNTESTABLE, Outcome.INCONCLUSIVE, Outcome.NOT_RUN, Outcome.ERROR}:
            return cls.NOT_FULLY_VERIFIED
        if Outcome.DEVIATION in seen:
            return cls.CONFORMANT_WITH_DEVIATIONS
        return cls.CONFORMANT

    @classmethod
    def worst(cls, verdicts: Iterable[Verdict]) -> Verdict:
        """Return the verdict on a run of several targets (at least one)."""
        order = list(cls)
        return min(verdicts, key=order.index)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a requirement comes from: a document and the section in it."""

    document: str
    section: str


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing that the documents promise or demand."""

    id: str
    """`contract/operation/slug`, never reused."""
    operation: str
    """The id of its operation, `contract/operation`."""
    level: Level
    statement: str
    source: Source
    observers: tuple[tuple[str, tuple[int, ...]], ...] = ()
    """Passive checks on every exchange of the operation: observer name and the statuses it looks at."""
    note: str = ""
    """Where the check says less than the document, and why."""
    rests_on: str = ""
    """Where no statement of the document founds it: what does, such as an RFC and its section."""

    @property
    def slug(self) -> str:
        """The last part of the id."""
        return self.id.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """A place where the documents leave or contradict themselves, with every defensible reading."""

    id: str
    statement: str
    readings: Mapping[str, str]
    """Reading name → what it looks like on the wire."""
    touches: tuple[str, ...]
    """Ids of the requirements that it touches."""


@dataclass(frozen=True, slots=True)
class StateKind:
    """A provider state that a contract knows: its values by name and type (`text`, `integer` or `token`)."""

    name: str
    description: str
    values: Mapping[str, str]
    made_up: Mapping[str, str] = field(default_factory=dict)
    """Plausible values for a state that nobody needs to provide, such as an unknown id."""
    used_up: bool = False
    """Whether a check may leave the object in another state, so that each needs an object of its own."""


@dataclass(frozen=True, slots=True)
class Effects:
    """What a run of the checks does to a target by one operation, in words."""

    changes: str
    """What happens while the checks run."""
    leaves: str
    """What is there afterwards that was not there before."""


@dataclass(frozen=True, slots=True)
class HarmlessCall:
    """A call that a conforming server refuses and that changes nothing, to see whether a target can be reached."""

    operation: str
    """The id of its operation."""
    given: str = ""
    """The provider state that fills its path: something that does not exist."""
    path: Mapping[str, str] = field(default_factory=dict)
    """Path parameter → name of the value of that state."""
    json: Any = None
    """The body; `None` sends none."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One documented HTTP operation, as its spec describes it."""

    id: str
    method: str
    path: str
    """The path template, base path included."""
    definition: Mapping[str, Any]
    """The OpenAPI operation object."""
    effects: Effects | None = None

    @property
    def slug(self) -> str:
        """The part of the id behind the contract."""
        return self.id.partition("/")[2]


@dataclass(frozen=True, slots=True)
class Check:
    """One declared check: a pytest case, or an observer of every exchange."""

    requirement: str
    name: str
    given: tuple[str, ...] = ()
    """Provider states that it takes, one set of values each; a name may stand twice."""
    capability: str = ""
    """The optional capability without which the check is inapplicable."""
    file: Path | None = None
    """The case file; `None` for an observer."""
    function: Callable[..., None] | None = None
    case: tuple[str, Any] | None = None
    """Label and value of one member of `each`, for a check that is declared once per member."""
    fuzz: bool = False
    calls: tuple[str, ...] = ()
    """The ids of other operations that it calls beside its own."""
    observer: tuple[str, tuple[int, ...]] | None = None

    @property
    def id(self) -> str:
        """Unique in the catalogue: the requirement and the name."""
        return f"{self.requirement}::{self.name}"

    @property
    def operation(self) -> str:
        """The id of the operation that the check judges."""
        return self.requirement.rpartition("/")[0]

    @property
    def kind(self) -> CheckKind:
        """What the check rests on."""
        if self.observer is not None:
            return CheckKind.OBSERVER
        return CheckKind.GENERATED if self.fuzz else CheckKind.CASE


@dataclass(frozen=True, slots=True)
class Contract:
    """All that one vendor documents, and the checks for it."""

    id: str
    name: str
    spec: Mapping[str, Any]
    """The OpenAPI document, as read."""
    auth_header: str
    auth_scheme: str
    capabilities: Mapping[str, str]
    states: Mapping[str, StateKind]
    ambiguities: tuple[Ambiguity, ...]
    operations: Mapping[str, Operation]
    """By operation id."""
    requirements: Mapping[str, Requirement]
    """By requirement id, in the order of the catalogue."""
    checks: tuple[Check, ...]
    """In the order of the catalogue: by requirement, observers last."""
    harmless: HarmlessCall | None = None
    folder: Path | None = None
    """Where its files are; `None` for one that was not read from files."""


Headers = tuple[tuple[str, str], ...]
"""Header lines in order, as sent or received; bytes are mapped one to one by ISO-8859-1."""


@dataclass(frozen=True, slots=True)
class SentRequest:
    """One HTTP request, exactly as asked for."""

    method: str
    url: str
    headers: Headers
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """Return the first value of the header `name`, in any letter case."""
        return _first(self.headers, name)


@dataclass(frozen=True, slots=True)
class ReceivedResponse:
    """One HTTP response, exactly as it came; `body` is still content-encoded."""

    status: int
    reason: str
    http_version: str
    headers: Headers
    body: bytes
    elapsed_s: float
    surplus: bytes = b""
    """Bytes that came behind the end of the message, such as a body after a 204."""

    def header(self, name: str) -> str | None:
        """Return the first value of the header `name`, in any letter case."""
        return _first(self.headers, name)


def _first(headers: Headers, name: str) -> str | None:
    wanted = name.lower()
    return next((value for key, value in headers if key.lower() == wanted), None)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its response, or what happened instead of a whole, well-formed response."""

    request: SentRequest
    response: ReceivedResponse | None
    transport_error: str = ""
    role: str = ""
    """`control` for a control request, else empty."""
    label: str = ""
    """What the check calls this exchange, where it makes several."""
    observed: bool = True
    """Whether the observers look at it."""
