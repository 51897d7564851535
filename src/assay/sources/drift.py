"""Holds a newer copy of a document against its ledger: which statements are new or gone, and what rests on them.

A ledger has no words, so known statements are looked for by their digests, wherever a word begins: that finds them
however the copy was scraped. The chain of them that accounts for most of the text, in the order of the ledger, is what
has stayed; what has only moved is looked for in the rest. What is left of the copy is new.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from assay.sources.folding import digest
from assay.sources.ledger import Kind
from assay.sources.segmentation import segments

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from assay.sources.ledger import Ledger, Statement
    from assay.sources.segmentation import Segment

FEWEST_MOVED = 12
"""From so many characters on, a statement that turns up elsewhere in its section is the same one, not a word that
stands anywhere; a shorter one, or one in another section, is it where it stands beside the neighbour that it had."""


class Found(NamedTuple):
    """A statement of the ledger, found in the copy."""

    number: int
    """Of the statement in the ledger."""
    start: int
    end: int
    at_home: bool
    """Whether it stands in its section; what stands under several statuses word for word says another thing there."""

    @property
    def weight(self) -> int:
        """How much text it accounts for; twice as much at home, so that a section that moved takes its own along."""
        return (self.end - self.start) * (2 if self.at_home else 1)


@dataclass(frozen=True, slots=True)
class Change:
    """A place at which the copy says something else."""

    section: str
    gone: tuple[Statement, ...]
    """Statements of the ledger that the copy has no more."""
    new: tuple[str, ...]
    """What stands there now, in the words of the copy."""
    beside: tuple[str, ...] = ()
    """Where nothing is gone: the requirements that rest on what stands around it, see `_Comparison._beside`."""

    @property
    def requirements(self) -> tuple[str, ...]:
        """The ids of the requirements that rest on what is gone."""
        return tuple(dict.fromkeys(name for each in self.gone for name in each.requirements))


@dataclass(frozen=True, slots=True)
class Drift:
    """What a copy of a document says otherwise."""

    ledger: Ledger
    kept: int
    """How many statements it still has."""
    changes: tuple[Change, ...]

    @property
    def requirements(self) -> tuple[str, ...]:
        """The ids of the requirements that rest on what is gone, each once."""
        return tuple(dict.fromkeys(name for change in self.changes for name in change.requirements))


def drift(ledger: Ledger, document: str) -> Drift:
    """Hold a copy of the document of a ledger against it."""
    return _Comparison(ledger, document).drift()


def still_there(ledger: Ledger, document: str) -> dict[tuple[int, int], Statement]:
    """Return the statements of a ledger that a copy still has, by the span of its folded text in which each stands."""
    found = _Comparison(ledger, document).found
    return {(each.start, each.end): ledger.statements[each.number] for each in found}


def likeness(ledger: Ledger, document: str) -> float:
    """Return which part of the text of a document the ledger knows, from 0 to 1."""
    comparison = _Comparison(ledger, document)
    known = sum(found.end - found.start for found in comparison.found)
    return known / max(1, len(comparison.folded.text))


class _Comparison:
    """A ledger beside a copy of its document."""

    def __init__(self, ledger: Ledger, document: str) -> None:
        self.ledger = ledger
        self.statements = ledger.statements
        self.folded, self.segments = segments(document)
        self.cuts = {each.start for each in self.segments} | {len(self.folded.text)}
        self.places = list(self._places())

    @cached_property
    def found(self) -> list[Found]:
        """The statements that the copy still has, by where they stand in it."""
        return self._with_moved(_chain(self.places), self.places)

    def _with_moved(self, kept: Iterable[Found], places: Sequence[Found]) -> list[Found]:
        """Return what was found, and which of the other statements stand elsewhere, by where they stand in the copy."""
        found = list(kept)
        while moved := _chain(self._elsewhere(places, found)):
            found += moved
        return sorted(found, key=lambda each: each.start)

    def _elsewhere(self, places: Iterable[Found], kept: Sequence[Found]) -> Iterator[Found]:
        """Return where statements that were not found in their order stand in the rest of the copy."""
        taken = {each.number for each in kept}
        before = {(each.number + 1, each.end) for each in kept}
        behind = {(each.number - 1, each.start) for each in kept}
        for each in places:
            goes_along = (each.number, each.start) in before or (each.number, each.end) in behind
            is_free = all(each.end <= other.start or each.start >= other.end for other in kept)
            tells = each.at_home and each.end - each.start >= FEWEST_MOVED
            if each.number not in taken and is_free and (goes_along or tells):
                yield each

    def _segment(self, place: int) -> Segment:
        """Return the statement of the copy in which a place of its folded text lies."""
        return self.segments[bisect_right(self.segments, place, key=lambda each: each.start) - 1]

    def _places(self) -> Iterator[Found]:
        """Return each place at which a statement of the ledger stands in the copy."""
        text = self.folded.text
        numbers: dict[tuple[int, str], list[int]] = {}
        for number, each in enumerate(self.statements):
            numbers.setdefault((each.chars, each.digest), []).append(number)
        lengths = sorted({each.chars for each in self.statements})
        edges = [place for place in range(len(text) + 1) if place in self.cuts or self.folded.is_edge(place)]
        ends = set(edges)
        for start in edges:
            for length in lengths:
                end = start + length
                if end in ends:
                    for number in numbers.get((length, digest(text[start:end])), ()):
                        at_home = self._segment(start).section == self.statements[number].section
                        yield Found(number, start, end, at_home)

    def drift(self) -> Drift:
        found = self._undisturbed()
        kept = {each.number for each in found}
        new = [(start, self._new(start, end)) for start, end in self._runs(found)]
        return Drift(self.ledger, len(kept), tuple(self._changes(found, new)))

    def _undisturbed(self) -> list[Found]:
        """Return what was found and does not go on in something that was not: that would be another statement."""
        runs = list(self._runs(self.found))
        starts = {start for start, _ in runs} - self.cuts
        ends = {end for _, end in runs} - self.cuts
        calm = [each for each in self.found if each.end not in starts and each.start not in ends]
        # A part of an example that reads like a statement may have stood in the way of the example itself.
        other = [each for each in self.places if each not in self.found and {each.start, each.end} <= self.cuts]
        return self._with_moved(calm, other) if len(calm) < len(self.found) else calm

    def _runs(self, found: Sequence[Found]) -> Iterator[tuple[int, int]]:
        """Return the spans that nothing was found for and that say something."""
        borders = [0, *(place for each in found for place in (each.start, each.end)), len(self.folded.text)]
        for start, end in zip(borders[::2], borders[1::2], strict=True):
            if any(char.isalnum() for char in self.folded.text[start:end]):
                yield start, end

    def _new(self, start: int, end: int) -> tuple[str, ...]:
        """Return the statements of a span that nothing was found for, in the words of the copy."""
        inner = sorted({start, end, *(cut for cut in self.cuts if start < cut < end)})
        words = (self.folded.shown(first, last) for first, last in pairwise(inner))
        return tuple(each for each in words if any(char.isalnum() for char in each))

    def _changes(self, found: Sequence[Found], new: Iterable[tuple[int, tuple[str, ...]]]) -> Iterator[Change]:
        """Put together what is gone and what is new at the same place: between the same two that have stayed."""
        kept = {each.number for each in found}
        gaps: dict[int, tuple[list[Statement], list[str]]] = {}
        kinds: dict[int, Kind] = {}
        for number, statement in enumerate(self.statements):
            if number not in kept:
                before = max((each for each in kept if each < number), default=-1)
                gaps.setdefault(before, ([], []))[0].append(statement)
        for start, words in new:
            ended = [each for each in found if each.end <= start]
            before = ended[-1].number if ended else -1
            gaps.setdefault(before, ([], []))[1].extend(words)
            kinds.setdefault(before, self._segment(start).kind)
        for before, (gone, said) in sorted(gaps.items()):
            section = gone[0].section if gone else self.statements[max(before, 0)].section
            beside = () if gone else self._beside(before, kinds[before], section)
            yield Change(section, tuple(gone), tuple(said), beside)

    def _beside(self, before: int, kind: Kind, section: str) -> tuple[str, ...]:
        """Return what a new statement of a kind behind a known one may touch.

        Of a field or a status, what rests on both of its like that it stands between; otherwise, what rests on the
        statements right before and behind.
        """
        earlier = [each for each in self.statements[: before + 1] if each.kind is kind][-1:]
        later = [each for each in self.statements[before + 1 :] if each.kind is kind][:1]
        like = [each for each in earlier + later if kind is Kind.STATUS or each.section == section]
        shared = [name for name in like[0].requirements if name in like[-1].requirements] if like else []
        if kind in (Kind.FIELD, Kind.STATUS) and shared:
            return tuple(shared)
        near = [each for each in self.statements[max(before, 0) : before + 2] if each.section == section]
        return tuple(dict.fromkeys(name for each in near for name in each.requirements))


def _chain(places: Iterable[Found]) -> list[Found]:
    """Return the places that account for most of the text, in the order of the ledger and without an overlap.

    Of two that account for as much, the one with the earlier statements and places: of a block that stands several
    times in a page, the last of those in question is the one that is gone or new.
    """
    ordered = sorted(places, key=lambda each: (each.start, each.number))
    if not ordered:
        return []
    best = _Best(max(each.number for each in ordered) + 1)
    reached: list[tuple[tuple[int, int, int], int]] = []
    back: list[int] = []
    waiting = sorted(range(len(ordered)), key=lambda number: ordered[number].end)
    ended = 0
    for number, place in enumerate(ordered):
        while ended < len(waiting) and ordered[waiting[ended]].end <= place.start:
            done = waiting[ended]
            best.put(ordered[done].number, reached[done])
            ended += 1
        (length, numbers, starts), before = best.below(place.number)
        reached.append(((length + place.weight, numbers - place.number, starts - place.start), number))
        back.append(before)
    last = max(range(len(ordered)), key=lambda number: reached[number][0])
    chain = []
    while last >= 0:
        chain.append(ordered[last])
        last = back[last]
    return chain[::-1]


class _Best:
    """The best chain that ends below a statement of the ledger (a Fenwick tree of maxima)."""

    NOTHING = ((0, 0, 0), -1)

    def __init__(self, size: int) -> None:
        self._tree = [self.NOTHING] * (size + 1)

    def put(self, number: int, value: tuple[tuple[int, int, int], int]) -> None:
        place = number + 1
        while place < len(self._tree):
            self._tree[place] = max(self._tree[place], value)
            place += place & -place

    def below(self, number: int) -> tuple[tuple[int, int, int], int]:
        found = self.NOTHING
        while number > 0:
            found = max(found, self._tree[number])
            number -= number & -number
        return found
