"""Generated requests: what Schemathesis makes of the spec of one operation, checked, legal on the wire, and repeatable.

The same spec, operation, mode and seed give the same examples in every process: nothing is read from a database, from a
configuration file, from the modules that happen to be imported, or from what was generated before. Two sources are
mixed: the coverage cases (every boundary and every kind of mistake once, cheap and small) and random ones.

In negative mode each example breaks one part of the request only, so that a refusal can have no other cause; that the
part is broken, and in positive mode that nothing is, is checked once more against the spec.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from math import ceil
from typing import TYPE_CHECKING, Any, Final

from assay.exceptions import ContractError
from assay.fuzz.request_parts import NOT_SET, PARTS, Validity, excerpt, header_lines, parts_of, payload_of, query_pairs

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from assay.fuzz.schemathesis_cases import Draft
    from assay.model import Operation

_WEIGHTS: Final[Mapping[str, int]] = {"body": 4, "query": 2, "headers": 1}
"""How the examples are shared out where each breaks one part only: a body has most to get wrong."""
_COVERAGE_SHARE: Final = 2 / 3
"""The part of the examples that the coverage cases make up, where there are enough of both kinds."""
_EXACT: Final = 2**53


@dataclass(frozen=True, slots=True)
class Generated:
    """What was generated for one request; parts that were not varied are `NOT_SET` or empty."""

    mode: str
    """`positive` or `negative`."""
    body: object
    """The body as a Python value; `bytes` where it is not JSON at all; `NOT_SET` where none is sent."""
    query: tuple[tuple[str, str], ...]
    headers: tuple[tuple[str, str], ...]
    invalid: frozenset[str]
    """The parts that break the spec: one of `body`, `query`, `headers` in negative mode, nothing in positive mode."""
    parameter: str
    """The parameter that is meant, where it is known."""
    scenario: str
    """What was done, such as `object_missing_required_property`; `fuzzing` for a random example."""
    description: str
    """The same for people."""
    parts: tuple[str, ...]
    """The parts that were generated; the others stay as in the valid call."""
    payload: bytes
    """The body as it is sent."""

    @property
    def size(self) -> int:
        """Roughly the bytes of what was generated."""
        return len(self.payload) + sum(len(name) + len(value) for name, value in (*self.query, *self.headers))


def generate(  # noqa: PLR0913 - the whole identity of a stream of examples
    spec: Mapping[str, Any],
    operation: Operation,
    *,
    mode: str,
    vary: Collection[str],
    keep: Collection[str],
    examples: int,
    seed: int,
) -> tuple[Generated, ...]:
    """Return at most `examples` different examples for an operation, the smallest first.

    `keep` names parameters that are not generated. Nothing at all to generate is a mistake of the contract.
    """
    wanted = tuple(part for part in PARTS if part in vary)
    groups = [(part,) for part in wanted] if mode == "negative" else [wanted]
    cut = [excerpt(spec, operation, parts=parts, keep=keep, closed=mode == "positive") for parts in groups]
    documents = [each for each in cut if each is not None]
    weights = [sum(_WEIGHTS[part] for part in parts_of(each)) for each in documents]
    found = []
    for document, weight in zip(documents, weights, strict=True):
        stream = f"{seed}/{operation.id}/{mode}/{'+'.join(parts_of(document))}"
        number = int.from_bytes(sha256(stream.encode()).digest()[:8])
        found.append(_generate(json.dumps(document, default=str), mode, ceil(examples * weight / sum(weights)), number))
    merged = _interleaved(found)[:examples]
    if not merged and examples:
        file, problem = f"{operation.id.partition('/')[0]}.yaml", f"nothing {mode} to generate for {', '.join(vary)}"
        raise ContractError(file, operation.slug, problem)
    return tuple(sorted(merged, key=lambda each: (each.size, repr(each))))


@lru_cache(maxsize=64)
def _generate(document: str, mode: str, count: int, seed: int) -> tuple[Generated, ...]:
    """Return `count` examples of one document, best first; a function of its arguments alone."""
    from assay.fuzz.schemathesis_cases import Source, hermetic  # noqa: PLC0415 - takes most of a second to load

    with hermetic():
        source = Source(json.loads(document), mode)
        intake = _Intake(json.loads(document), mode)
        coverage = _spread(intake.accepted(source.coverage()), random.Random(seed))  # noqa: S311 - no secret
        share = max(round(count * _COVERAGE_SHARE), 1)
        # Twice as many, because some are equal to others, not sendable or not of the mode after all.
        rest = intake.accepted(source.random(2 * (count - min(share, len(coverage))), seed))
    return _mixed(coverage, rest, share, count)


class _Intake:
    """Takes drafts one by one and lets through what is new, can be sent and is of the mode asked for."""

    def __init__(self, document: Mapping[str, Any], mode: str) -> None:
        self._validity = Validity(document)
        self._parts = parts_of(document)
        self._mode = mode
        self._seen: set[tuple[object, ...]] = set()

    def accepted(self, drafts: Iterable[Draft]) -> list[Generated]:
        """Return the acceptable ones in their order."""
        return [each for each in map(self._taken, drafts) if each is not None]

    def _taken(self, draft: Draft) -> Generated | None:
        found = self._read(draft)
        if found is None or bool(found.invalid) != (self._mode == "negative"):
            return None
        key = (found.payload, found.body is NOT_SET, found.query, found.headers)
        if key in self._seen:
            return None
        self._seen.add(key)
        return found

    def _read(self, draft: Draft) -> Generated | None:
        body = _with_plain_integers(draft.body) if self._mode == "positive" else draft.body
        payload, query, headers = payload_of(body), query_pairs(draft.query), header_lines(draft.headers, self._mode)
        if payload is None or query is None or headers is None:
            return None
        return Generated(
            mode=self._mode,
            body=body,
            query=query,
            headers=headers,
            invalid=self._validity.invalid_parts(body, query, headers),
            parameter=draft.parameter,
            scenario=draft.scenario,
            description=draft.description,
            parts=self._parts,
            payload=payload,
        )


def _with_plain_integers(value: object) -> object:
    """Return a body that says `2` where it said `2.0`: both are integers to JSON Schema, but not to every server."""
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return int(value)
    if isinstance(value, list):
        return [_with_plain_integers(each) for each in value]
    if isinstance(value, dict):
        return {name: _with_plain_integers(each) for name, each in value.items()}
    return value


def _spread(examples: list[Generated], source: random.Random) -> list[Generated]:
    """Order examples so that the first ones differ most: every scenario before its second example, then every place."""
    shuffled = source.sample(examples, len(examples))
    return _by_turns(_by_turns(shuffled, lambda each: each.description), lambda each: each.scenario)


def _by_turns(examples: list[Generated], kind: Callable[[Generated], str]) -> list[Generated]:
    """Order examples by how many of the same kind came before; stable."""
    seen: Counter[str] = Counter()
    turns = []
    for each in examples:
        turns.append(seen[kind(each)])
        seen[kind(each)] += 1
    return [each for _, each in sorted(zip(turns, examples, strict=True), key=lambda pair: pair[0])]


def _mixed(coverage: list[Generated], rest: list[Generated], share: int, count: int) -> tuple[Generated, ...]:
    """Return `count` examples, `share` of them from the coverage cases; either fills up what the other lacks."""
    share = max(share, count - len(rest))
    chosen = coverage[:share]
    return tuple(_interleaved([chosen, rest[: count - len(chosen)]]))


def _interleaved(streams: Iterable[Iterable[Generated]]) -> list[Generated]:
    """Return the first of each stream, then the second of each, and so on."""
    placed = [(turn, each) for stream in streams for turn, each in enumerate(stream)]
    return [each for _, each in sorted(placed, key=lambda pair: pair[0])]
